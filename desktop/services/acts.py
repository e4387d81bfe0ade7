"""The acts of the office: every write has one of these names, in the audit log, in the outgoing change and on
screen."""

from __future__ import annotations

from enum import StrEnum


class Op(StrEnum):
    """What was done; the Chinese words stand in `OP_WORDS`."""

    CREATE_OFFICE = "create_office"
    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    ADD_STAFF = "add_staff"
    CHANGE_STAFF = "change_staff"
    CHANGE_OWN_PASSWORD = "change_own_password"
    APPROVE_DEVICE = "approve_device"
    REFUSE_DEVICE = "refuse_device"
    REVOKE_DEVICE = "revoke_device"
    ADD_PLACES = "add_places"
    CHANGE_PLACE = "change_place"
    REGISTER_PARTY = "register_party"
    CHANGE_PARTY = "change_party"
    CHECK_IN = "check_in"
    CHANGE_LEASE = "change_lease"
    RENEW_LEASE = "renew_lease"
    POST_BILLS = "post_bills"
    TAKE_PAYMENT = "take_payment"
    REVERSE_PAYMENT = "reverse_payment"
    PRINT_PAPER = "print_paper"
    REVEAL = "reveal"
    SAVE_TEMPLATE = "save_template"
    CHANGE_SETTING = "change_setting"
    STORE_FILE = "store_file"
    MAKE_BACKUP = "make_backup"
    RESTORE_BACKUP = "restore_backup"
    MOVE_OFFICE = "move_office"
    CHECK_OFFICE = "check_office"
    REPORT_REPAIR = "report_repair"
    APPLY_CHANGES = "apply_changes"
    SETTLE_CLOCKS = "settle_clocks"
    MOVE_DESK = "move_desk"
    SETTLE_CONFLICT = "settle_conflict"
    ENROL_OFFICE = "enrol_office"
    ADD_DEMO_DATA = "add_demo_data"
    UPGRADE_OFFICE = "upgrade_office"
    ADD_NOTE = "add_note"
    CHANGE_NOTE = "change_note"
    ADD_ENQUIRY = "add_enquiry"
    CHANGE_ENQUIRY = "change_enquiry"
    RESERVE_ROOM = "reserve_room"
    CHANGE_RESERVATION = "change_reservation"
    SAVE_VIEW = "save_view"
    SET_PIN = "set_pin"
    APPROVE_ON_SPOT = "approve_on_spot"
    EXPORT_LIST = "export_list"
    SIGN_PAPER = "sign_paper"
    SAVE_TARIFF = "save_tariff"
    READ_METERS = "read_meters"
    CHANGE_METER = "change_meter"
    SHARE_COST = "share_cost"
    VOID_PAYMENT = "void_payment"
    MOVE_DEPOSIT = "move_deposit"
    MOVE_KEY = "move_key"
    REGISTER_INVOICE = "register_invoice"
    FIND_DUE = "find_due"
    ANSWER_DUE = "answer_due"
    GO_ON_WITH_REPAIR = "go_on_with_repair"
    ASSIGN_REPAIR = "assign_repair"
    CHANGE_TECHNICIANS = "change_technicians"
    CHANGE_PLAN = "change_plan"


OP_WORDS: dict[Op, str] = {
    Op.CREATE_OFFICE: "建立管理处",
    Op.SIGN_IN: "登录",
    Op.SIGN_IN_FAILED: "登录未成功",
    Op.SIGN_OUT: "退出",
    Op.ADD_STAFF: "添加员工",
    Op.CHANGE_STAFF: "修改员工",
    Op.CHANGE_OWN_PASSWORD: "修改自己的密码",
    Op.APPROVE_DEVICE: "批准终端",
    Op.REFUSE_DEVICE: "拒绝终端",
    Op.REVOKE_DEVICE: "收回终端",
    Op.ADD_PLACES: "添加楼栋房间",
    Op.CHANGE_PLACE: "修改房间",
    Op.REGISTER_PARTY: "登记人员",
    Op.CHANGE_PARTY: "修改资料",
    Op.CHECK_IN: "办理入住",
    Op.CHANGE_LEASE: "变更租约",
    Op.RENEW_LEASE: "续租",
    Op.POST_BILLS: "生成账单",
    Op.TAKE_PAYMENT: "收款",
    Op.REVERSE_PAYMENT: "冲红",
    Op.PRINT_PAPER: "打印",
    Op.REVEAL: "查看原文",
    Op.SAVE_TEMPLATE: "修改模板",
    Op.CHANGE_SETTING: "修改设置",
    Op.STORE_FILE: "存入文件",
    Op.MAKE_BACKUP: "备份",
    Op.RESTORE_BACKUP: "恢复备份",
    Op.MOVE_OFFICE: "迁移数据库",
    Op.CHECK_OFFICE: "体检",
    Op.REPORT_REPAIR: "报修",
    Op.APPLY_CHANGES: "接收同步",
    Op.SETTLE_CLOCKS: "按总部的时间校正",
    Op.MOVE_DESK: "换前台代号",
    Op.SETTLE_CONFLICT: "处理同步分歧",
    Op.ENROL_OFFICE: "登记到总部",
    Op.ADD_DEMO_DATA: "生成演示数据",
    Op.UPGRADE_OFFICE: "升级管理处",
    Op.ADD_NOTE: "记备注",
    Op.CHANGE_NOTE: "修改备注",
    Op.ADD_ENQUIRY: "登记意向",
    Op.CHANGE_ENQUIRY: "跟进意向",
    Op.RESERVE_ROOM: "预订房间",
    Op.CHANGE_RESERVATION: "变更预订",
    Op.SAVE_VIEW: "保存视图",
    Op.SET_PIN: "设置 PIN",
    Op.APPROVE_ON_SPOT: "当场授权",
    Op.EXPORT_LIST: "复制或打印名单",
    Op.SIGN_PAPER: "当面签名",
    Op.SAVE_TARIFF: "修改收费标准",
    Op.READ_METERS: "抄表",
    Op.CHANGE_METER: "修改表计",
    Op.SHARE_COST: "登记公摊",
    Op.VOID_PAYMENT: "作废收据",
    Op.MOVE_DEPOSIT: "处理押金",
    Op.MOVE_KEY: "登记钥匙",
    Op.REGISTER_INVOICE: "登记发票",
    Op.FIND_DUE: "查找到期事项",
    Op.ANSWER_DUE: "处理到期事项",
    Op.GO_ON_WITH_REPAIR: "办理工单",
    Op.ASSIGN_REPAIR: "派单",
    Op.CHANGE_TECHNICIANS: "修改维修人员",
    Op.CHANGE_PLAN: "修改保养计划",
}
