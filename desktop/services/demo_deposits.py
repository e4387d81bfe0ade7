"""Deposits and keys of the demo office: something broken and paid for, a mistake taken back, cards lost and copied."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.places import Room
from desktop.models.values import NIL, FeeType, Money
from desktop.services import deposit_moves, key_register, key_rows, reversals
from desktop.services.acts import Op
from desktop.services.attachments import FileForm
from desktop.services.demo_plan import Fate
from desktop.services.demo_stage import Living, Stage
from desktop.services.deposit_forms import Cause, Deduct
from desktop.services.key_register import EnterKeys, GiveOut
from desktop.services.key_rows import Where
from desktop.services.paper.list_sheet import ListSheet, SheetColumn, list_pdf

_CLAUSE = "5.3 押金"
_BROKEN = (
    ("卧室门被撞坏，换门板", "380.00"), ("浴室玻璃门碎裂，更换", "260.00"), ("墙面钉孔十二处，补墙刷漆", "150.00"),
    ("灶台台面烫坏，打磨", "90.00"),
)  # fmt: skip
_MISTAKEN = 2
"""Of these deductions, that one is taken back the same day."""


def keep_deposits(stage: Stage) -> None:
    """What was taken off deposits in the last days, one of it by mistake."""
    lead = stage.staff["finance_lead"]
    some = _held(stage, FeeType.DEPOSIT, len(_BROKEN))
    for at, ((bill_id, room), (reason, yuan)) in enumerate(zip(some, _BROKEN, strict=False)):
        sheet = FileForm("验房单", "application/pdf", _inspected(stage, room, reason, yuan))
        asked = Deduct(bill_id, Money.yuan(yuan), Cause.DAMAGE, reason, _CLAUSE, evidence=(sheet,))
        with stage.act(lead, Op.MOVE_DEPOSIT) as work:
            done = deposit_moves.put_move(work, asked)
        if at == _MISTAKEN:
            with stage.act(lead, Op.REVERSE_PAYMENT) as work:
                reversals.reverse_payment(work, done.payment_id, "钉孔是上一位租客的")


def keep_keys(stage: Stage) -> None:
    """Spare cards with their serials, one copied, one lost and paid out of the key deposit, one with a repairer."""
    clerk = stage.staff["front_desk"]
    living = [each for each in stage.living.values() if each.stay.fate is Fate.LIVES][:8]
    spare: list[UUID] = []
    for at, each in enumerate(living):
        with stage.act(clerk, Op.MOVE_KEY) as work:
            kind = "remote" if at % 4 == 3 else "card"
            spare += key_register.enter_keys(work, EnterKeys(each.room_id, kind, serial=f"00{4410200 + at * 37:08d}"))
    if not spare:
        return
    with stage.act(clerk, Op.MOVE_KEY) as work:
        key_register.copy_key(work, spare[0], "0004419001")
        key_register.give_out(work, GiveOut((spare[0],), living[0].party_id, living[0].lease_id, "多要一张"))
    with stage.act(clerk, Op.MOVE_KEY) as work:
        key_register.report_lost(work, spare[0], "搬东西时丢了")
    with stage.act(clerk, Op.MOVE_KEY) as work:
        key_register.give_out(work, GiveOut((spare[-1],), living[-1].party_id, None, "家人来住几天"))
    for bill_id, lease in _key_deposits(stage)[:1]:
        _pay_for_a_lost_card(stage, bill_id, lease)


def _pay_for_a_lost_card(stage: Stage, bill_id: UUID, lease: Living) -> None:
    with stage.act(stage.staff["front_desk"], Op.MOVE_KEY) as work:
        row = next(
            (
                key
                for key in key_rows.keys_of_room(work, lease.room_id)
                if key.where is Where.OUT and key.kind == "card"
            ),
            None,
        )
        if row is None:
            work.record(keys=0)
            return
        key_register.report_lost(work, row.id, "地铁上丢了")
    asked = Deduct(bill_id, Money.yuan(30), Cause.KEYS, f"{row.words} 丢失补办", _CLAUSE)
    with stage.act(stage.staff["finance_lead"], Op.MOVE_DEPOSIT) as work:
        deposit_moves.put_move(work, asked)


def _held(stage: Stage, fee: FeeType, count: int) -> list[tuple[UUID, str]]:
    """Deposits in full hand of those who live there, in the order in which they came."""
    found = _paid(stage, fee, [each.lease_id for each in stage.living.values() if each.stay.fate is Fate.LIVES])
    rows = list(found.items())
    return [(bill_id, room) for bill_id, (room, _) in rows[:: max(1, len(rows) // count)][:count]]


def _key_deposits(stage: Stage) -> list[tuple[UUID, Living]]:
    found = _paid(stage, FeeType.KEY_DEPOSIT, list(stage.living))
    return [(bill_id, stage.living[lease_id]) for bill_id, (_, lease_id) in found.items()]


def _paid(stage: Stage, fee: FeeType, lease_ids: Sequence[UUID]) -> dict[UUID, tuple[str, UUID]]:
    with stage.office.reading() as session:
        rows = session.execute(
            sa.select(Bill.id, Room.number, Bill.lease_id)
            .join(BillLine, BillLine.bill_id == Bill.id)
            .join(BillBalance, BillBalance.bill_id == Bill.id)
            .join(Room, Room.id == Bill.room_id)
            .where(BillLine.fee_type == fee, Bill.lease_id.in_(lease_ids), BillBalance.owed == NIL)
            .order_by(Bill.id)
        ).all()
    return {row.id: (row.number, row.lease_id) for row in rows}


def _inspected(stage: Stage, room: str, what: str, yuan: str) -> bytes:
    """An inspection sheet, as it lies with a deduction."""
    columns = (SheetColumn("部位和情况", 40), SheetColumn("金额（元）", 14, right=True))
    sheet = ListSheet(
        "验房单", f"{room} · 租客和管理处一起看过", "望江苑", f"{stage.world.today()}", columns, ((what, yuan),)
    )
    return list_pdf(sheet, invariant=True)
