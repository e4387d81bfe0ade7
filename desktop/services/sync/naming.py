"""What people call a row that two offices met over: 租客 顾听澜, 房间 1 栋 1203, 收据 WJYA26-000012; and its fields."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from desktop.models.base import model_of, table_of
from desktop.models.columns import Sealed, from_wire
from desktop.models.places import Building, Room
from desktop.models.values import LeaseState, Money
from desktop.services.keys import SealBroken
from desktop.services.leases import STATE_WORDS
from desktop.services.masks import mask_bank_card, mask_id_number
from desktop.services.rights import part
from desktop.services.work import Look
from desktop.world import OFFICE_ZONE

_NOUNS = {
    "party": "租客", "person_document": "租客", "bank_account": "租客", "contact": "租客", "lease": "租约",
    "lease_term": "租约", "lease_room": "房间", "room": "房间", "building": "楼栋", "bill": "账单", "bill_line": "账单",
    "payment": "收款", "receipt": "收据", "enquiry": "意向", "staff_member": "员工", "role": "角色", "setting": "设置",
    "desk": "前台", "template": "模板", "work_order": "工单", "repair_cost": "维修费用", "repair_bill": "维修账单",
    "technician": "维修员", "tag": "标签", "custom_field": "自定义栏", "maintenance_plan": "保养计划",
    "plan_round": "保养巡检", "pool_charge": "公摊", "reservation": "预订",
}  # fmt: skip
_OWN = ("name", "number", "title", "login", "code", "key", "source_key")
"""Columns by which people know a row, the best first."""
_OWNERS = (
    ("room_id", "room"), ("party_id", "party"), ("lease_id", "lease"), ("payment_id", "payment"),
    ("reverses_id", "payment"), ("bill_id", "bill"), ("plan_id", "maintenance_plan"), ("work_order_id", "work_order"),
    ("role_id", "role"),
)  # fmt: skip
"""Columns by which a row is known where it has no name of its own."""
_FIELDS = {
    "lease_term.rent": "月租", "lease_term.deposit": "押金", "person_document.number": "证件号",
    "bank_account.number": "银行账号",
}  # fmt: skip
_MASKS = {"person_document.number": mask_id_number, "bank_account.number": mask_bank_card}


class Named(NamedTuple):
    """A row as people know it; `name` empty: it has none."""

    noun: str
    name: str

    def __str__(self) -> str:
        return f"{self.noun} {self.name}".strip()


@part
def name_of(look: Look, table: str, row_id: UUID, depth: int = 0) -> Named:
    """What people call a row. Names are shown as everywhere; numbers of papers never."""
    noun = _NOUNS.get(table, "资料")
    row = look.session.get(model_of(table), row_id)
    if row is None or depth > 3:
        return Named(noun, "")
    if isinstance(row, Room):
        building = look.session.get(Building, row.building_id)
        return Named(noun, f"{building.name if building is not None else ''} {row.number}".strip())
    for column in _OWN:
        if isinstance(value := getattr(row, column, None), str) and value:
            return Named(noun, value)
    for column, owner in _OWNERS:
        if isinstance(value := getattr(row, column, None), UUID):
            owned = name_of(look, owner, value, depth + 1)
            return owned if table not in _NOUNS else Named(noun, owned.name)
    return Named(noun, "")


def field_words(table: str, field: str) -> str:
    """What a field is called on screen."""
    return _FIELDS.get(f"{table}.{field}", "这一项")


def state_words(value: Any) -> str:
    """What a state of a lease is called; others as they stand."""
    known = {state.value: words for state, words in STATE_WORDS.items()}
    return known.get(LeaseState(value).value, str(value)) if value in set(LeaseState) else str(value)


@part
def value_words(look: Look, table: str, row_id: UUID, field: str, wire: Any) -> str:
    """A value of a field, from its form in an op, as it may be shown: what is sealed is masked."""
    column = table_of(model_of(table)).c[field]
    value = from_wire(column, wire)
    if value is None:
        return "没有填"
    if isinstance(column.type, Sealed):
        try:
            text = look.vault.open(table, field, row_id, value)
        except SealBroken:
            return "打不开"
        return _MASKS.get(f"{table}.{field}", mask_bank_card)(text)
    if isinstance(value, Money):
        return f"¥{value}"
    if isinstance(value, datetime):
        return f"{value.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
