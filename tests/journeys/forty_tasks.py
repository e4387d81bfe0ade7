"""The day's script: what a clerk is asked for from morning to evening, with the keys that do it (see day.py).

Each task begins where a clerk would be, mostly before the board. `python3 run.py tasks` writes what they take into
docs/tasks.md; the test holds every task to the presses told there.
"""

from __future__ import annotations

from desktop.models.values import PayMethod, RoomState
from tests.journeys import desk_checks as so
from tests.journeys import desk_states as at
from tests.journeys.day import Task

CLERK, MANAGER, ADMIN = "linxm", "gumy", "admin"
BOARD, TILL, LIST = "房态图", "收款页", "意向列表"

SIGN_IN = [
    Task("早上登录（工号记着）", "", "登录卡", "「demo」 Return", so.place("today")),
]

FIND = [
    Task(
        "找人：拼音首字母",
        MANAGER,
        BOARD,
        "Ctrl+K 「{known}」 Return",
        so.place("party", "known", "party_id"),
        at.board,
    ),
    Task(
        "找人：手机后四位", MANAGER, BOARD, "Ctrl+K 「{tail}」 Return", so.place("party", "known", "party_id"), at.board
    ),
    Task(
        "找人：身份证后四位",
        MANAGER,
        BOARD,
        "Ctrl+K 「{id_tail}」 Return",
        so.place("party", "known", "party_id"),
        at.board,
    ),
    Task("找人：车牌", MANAGER, BOARD, "Ctrl+K 「{plate}」 Return", so.place("party", "known", "party_id"), at.board),
    Task(
        "找房间：几栋几号", MANAGER, BOARD, "Ctrl+K 「{room}」 Return", so.place("room", "known", "room_id"), at.board
    ),
    Task("找收据：号码后六位", MANAGER, BOARD, "Ctrl+K 「{receipt}」 Return", so.place("receipt"), at.board),
    Task("把常来的人置顶", MANAGER, BOARD, "Ctrl+K 「{known}」 Ctrl+D", so.pinned, at.board),
    Task("打开置顶的人", MANAGER, BOARD, "Ctrl+K Return", so.place("party", "known", "party_id"), at.board),
    Task(
        "回到刚才看过的那位", MANAGER, BOARD, "Ctrl+K Down Return", so.place("party", "calm", "party_id"), at.just_seen
    ),
    Task(
        "房态图上打开这间的租客",
        MANAGER,
        BOARD,
        "「{calm_room}」 Return",
        so.place("party", "calm", "party_id"),
        at.board,
    ),
    Task("看手机号原文", MANAGER, "租客页", "F3", so.phone_in_clear, at.party("calm")),
]

MONEY = [
    Task("收现金，正好", MANAGER, BOARD, "Ctrl+K 「{exact}」 F4 Return", so.paid("exact", PayMethod.CASH), at.board),
    Task(
        "收现金，找零",
        MANAGER,
        BOARD,
        "Ctrl+K 「{change}」 F4 「{change_given}」 Return Return",
        so.both(so.paid("change", PayMethod.CASH), so.change_given),
        at.owing("change"),
    ),
    Task(
        "两张账单先收一张",
        MANAGER,
        BOARD,
        "Ctrl+K 「{two}」 F4 Down Space Return",
        so.paid("two", PayMethod.CASH, rest=True),
        at.board,
    ),
    Task(
        "收微信，记流水号",
        MANAGER,
        BOARD,
        "Ctrl+K 「{two}」 F4 Ctrl+2 「4821」 Return",
        so.paid("two", PayMethod.WECHAT),
        at.board,
    ),
    Task(
        "一半现金一半微信",
        MANAGER,
        BOARD,
        "Ctrl+K 「{mixed}」 F4 「1000」 Alt+1 「5077」 Return",
        so.paid("mixed", PayMethod.CASH, PayMethod.WECHAT),
        at.board,
    ),
    Task(
        "钱没带够，先收一部分",
        MANAGER,
        BOARD,
        "Ctrl+K 「{part}」 F4 「500」 Alt+2 Return",
        so.paid("part", PayMethod.CASH, rest=True),
        at.board,
    ),
    Task(
        "多交的存作预存",
        MANAGER,
        BOARD,
        "Ctrl+K 「{credit}」 F4 「{credit_given}」 Alt+2",
        so.both(so.paid("credit", PayMethod.CASH), so.credited),
        at.owing("credit"),
    ),
    Task("刚收完，收据再打一张", MANAGER, "收款页，刚收完", "F6", so.printed(2)),
    Task(
        "收完一位，接着收下一位",
        MANAGER,
        "收款页，刚收完",
        "F4 「{part}」 Return Return",
        so.paid("part", PayMethod.CASH),
        at.rested,
    ),
    Task("补打一张旧收据", MANAGER, BOARD, "Ctrl+K 「{receipt}」 F6", so.old_printed, at.board),
    Task(
        "冲红一张收据",
        MANAGER,
        BOARD,
        "Ctrl+K 「{last}」 Return Alt+1 「付款方式录错」 Ctrl+Return",
        so.reversed_,
        at.last,
    ),
    Task("谁欠费", MANAGER, BOARD, "Ctrl+3", so.owing_shown, at.board),
    Task("这笔钱怎么算出来的", MANAGER, BOARD, "「{calm_room}」 Return Ctrl+2 Return", so.derivation, at.board),
]

LEASES = [
    Task("打印租约", MANAGER, BOARD, "「{caller_room}」 Return Return F6", so.lease_printed, at.board),
    Task("谁快到期", MANAGER, BOARD, "Ctrl+Tab 4 Ctrl+2", so.expiring_shown, at.board),
    Task(
        "同样的条款再租一年",
        MANAGER,
        BOARD,
        "「{renewing_room}」 Shift+F2 Ctrl+Return",
        so.lease("renewing", "renewed"),
        at.board,
    ),
    Task(
        "登记退租通知",
        MANAGER,
        BOARD,
        "「{leaving_room}」 Return Return Ctrl+M Return Return",
        so.lease("leaving", "notice"),
        at.board,
    ),
    Task(
        "办理搬离，抄表",
        MANAGER,
        "租约页",
        "Ctrl+M Down Return 「412」 Return 「8800」 Ctrl+Return",
        so.lease("ending", "moved_out"),
        at.lease("ending"),
    ),
    Task(
        "退租结算，退押金",
        MANAGER,
        "租约页",
        "Alt+1 Tab 「7730」 Ctrl+Return",
        so.lease("ending", "settled"),
        at.lease("ending"),
    ),
    Task(
        "签好的今天交房",
        MANAGER,
        BOARD,
        "Return 「12.5」 Return 「3021」 Ctrl+Return",
        so.state("coming", RoomState.LET),
        at.hand("coming"),
    ),
]

PEOPLE = [
    Task(
        "换手机号",
        MANAGER,
        "租客页",
        "Ctrl+E 「13700005566」 Ctrl+Return",
        so.phone_changed,
        at.party("caller"),
    ),
    Task(
        "记一次去电，约好回访",
        MANAGER,
        "租客页",
        "Ctrl+N Alt+2 「周三来交」 Tab 「12-02」 Ctrl+Return",
        so.called,
        at.party("caller"),
    ),
    Task("写一条备注", MANAGER, "租客页", "Ctrl+N 「钥匙忘在家里」 Ctrl+Return", so.noted, at.party("caller")),
    Task(
        "登记来看房的",
        MANAGER,
        BOARD,
        "Ctrl+Tab 3 Ctrl+Return 「{guest_name}」 Return 「{guest_phone}」 Ctrl+Return",
        so.enquired,
        at.board,
    ),
    Task("给他留一间房", MANAGER, LIST, "Ctrl+R Return Ctrl+Return", so.reserved, at.enquiries),
    Task(
        "预订的人来了，办入住",
        MANAGER,
        BOARD,
        "F2 「{guest_number}」 Return 「{guest_name}」 Return 「样例省青川市望江路88号」 Alt+9 Ctrl+Return "
        "Alt+1 Ctrl+Return Ctrl+Return Ctrl+Return Return Ctrl+Return",
        so.checked_in("guest"),
        at.guest_room,
    ),
    Task(
        "身份证复印在剪贴板，办入住",
        MANAGER,
        BOARD,
        "F2 Ctrl+V Return Return Alt+9 Ctrl+Return 「13812345678」 Alt+1 Ctrl+Return Ctrl+Return Ctrl+Return "
        "Return Ctrl+Return",
        so.checked_in("by card"),
        at.card,
    ),
    Task(
        "手输证件，办入住",
        MANAGER,
        BOARD,
        "F2 「{number}」 Return 「顾听澜」 Return 「样例省青川市临江区望江路88号」 Alt+9 Ctrl+Return "
        "「13812345670」 Alt+1 Ctrl+Return Ctrl+Return Ctrl+Return Return Ctrl+Return",
        so.checked_in("by hand"),
        at.hand("by hand"),
    ),
    Task("办到一半，先放一放", MANAGER, "办理入住", "Escape", so.parked, at.half_way),
    Task("接着办放下的那份", MANAGER, BOARD, "F2 Alt+1", so.resumed, at.board),
]

ROOMS = [
    Task("房间打扫好了", MANAGER, BOARD, "Return", so.state("dirty", RoomState.VACANT_CLEAN), at.hand("dirty")),
    Task(
        "房间坏了，转维修",
        MANAGER,
        BOARD,
        "Menu Up*2 Return 「换门锁」 Ctrl+Return",
        so.state("to close", RoomState.REPAIR),
        at.hand("to close"),
    ),
    Task(
        "修好了，恢复使用",
        MANAGER,
        BOARD,
        "Return Alt+1",
        so.state("repair", RoomState.VACANT_DIRTY),
        at.hand("repair"),
    ),
]

DESK = [
    Task("离开一下，锁屏", MANAGER, BOARD, "F9", so.locked, at.board),
    Task("回来，用密码解锁", MANAGER, "锁屏", "「demo」 Return", so.unlocked),
    Task(
        "给自己设一个 PIN",
        MANAGER,
        BOARD,
        "Ctrl+Tab 0 Alt+2 「demo」 Return 「{pin}」 Return 「{pin}」 Ctrl+Return",
        so.pin_set,
        at.board,
    ),
    Task(
        "锁屏，换同事用 PIN 坐下", MANAGER, BOARD, "F9 Down 「{colleague_pin}」 Return", so.colleague_here, at.colleague
    ),
    Task(
        "同事当场授权冲红",
        CLERK,
        "收据页",
        "Alt+1 「收错了房间」 Ctrl+Return 「{pin}」 Return",
        so.reversed_on_the_spot,
        at.receipt,
    ),
    Task("看打印队列", CLERK, BOARD, "Shift+F6", so.dialog("PrintQueueDialog"), at.board),
    Task("打开这一页的手册", CLERK, BOARD, "F1", so.dialog("HelpDialog"), at.board),
    Task("字号调大", CLERK, BOARD, "Ctrl+Tab 0 Tab*4 Right", so.large, at.board),
    Task("打印测试页", ADMIN, BOARD, "Ctrl+Tab 0 Ctrl+2 F6", so.test_page, at.board),
    Task(
        "添加一位员工",
        ADMIN,
        BOARD,
        "Ctrl+Tab 0 Ctrl+5 Alt+1 Ctrl+N 「许知远」 Return 「xuzy」 Tab*3 Space Tab*6 「Spruce-41-desk」 Ctrl+Return",
        so.hired,
        at.board,
    ),
    Task("校验审计链", ADMIN, BOARD, "Ctrl+Tab 0 Ctrl+6 Alt+1", so.chain_whole, at.board),
    Task("体检", ADMIN, BOARD, "Ctrl+Tab 0 Ctrl+7 Alt+1", so.healthy, at.board),
    Task("下班前备份（文件夹记着）", ADMIN, BOARD, "Ctrl+Tab 0 Ctrl+8 Ctrl+Return", so.backed_up, at.backup),
]

TASKS = [*SIGN_IN, *FIND, *MONEY, *LEASES, *PEOPLE, *ROOMS, *DESK]
