"""Bill runs as the tests ask for them: catalogue, tenancies, what is billed, what the office says of it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.fees import DiscountRule, FeeItem, RoomFee, Tariff
from desktop.models.places import Ownership
from desktop.models.values import (
    AreaKind,
    DebtorRule,
    DiscountKind,
    FeeBasis,
    FeeType,
    MeterKind,
    Money,
    StubRule,
    TierSpan,
)
from desktop.services import bill_runs
from desktop.services.acts import Op
from desktop.services.bill_runs import Fate, RunDone, RunOrder, RunPreview, RunRow
from desktop.services.office import Office
from desktop.services.work import PROGRAM, Actor, begin, look

FROM = date(2026, 1, 1)


def add_item(
    office: Office, price: str | None = None, *, name: str = "住宅物业费", basis: FeeBasis = FeeBasis.AREA,
    fee_type: FeeType = FeeType.PROPERTY_FEE, meter: MeterKind | None = None, every: bool = True, cycle: int = 1,
    arrears: bool = False, due: int = 9, debtor: DebtorRule = DebtorRule.OCCUPANT,
    rule: StubRule = StubRule.ACTUAL_DAYS, unit: str | None = None,
    tiers: Sequence[Sequence[str | None]] = (), span: TierSpan = TierSpan.BILL,
    minimum: str = "0", one_line: bool = False, since: date = FROM,
) -> UUID:  # fmt: skip
    """A fee item of every room with a price, or tiers, from a day on."""
    with begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
        item = work.add(
            FeeItem(
                name=name, fee_type=fee_type, basis=basis, area_kind=AreaKind.BUILDING, meter_kind=meter, debtor=debtor,
                every_room=every, room_kinds=[], building_ids=[], cycle_months=cycle, in_arrears=arrears, due_days=due,
                stub_rule=rule, unit=unit, valid_from=since, valid_to=None, sort=1,
            )
        )  # fmt: skip
        item_id = item.id
    if price is not None or tiers:
        add_price(office, item_id, price, since, tiers=tiers, span=span, minimum=minimum, one_line=one_line)
    return item_id


def add_price(
    office: Office, item_id: UUID, price: str | None, since: date, until: date | None = None, *,
    tiers: Sequence[Sequence[str | None]] = (), span: TierSpan = TierSpan.BILL, minimum: str = "0",
    one_line: bool = False,
) -> UUID:  # fmt: skip
    """A price from a day on."""
    with begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
        return work.add(
            Tariff(
                fee_item_id=item_id, building_id=None, room_kind=None, valid_from=since, valid_to=until,
                unit_price=None if price is None else Decimal(price), tiers=[list(tier) for tier in tiers],
                tier_span=span, one_line=one_line, minimum=Money.yuan(minimum), tax_rate=Decimal("0.06"), document=None,
            )
        ).id  # fmt: skip


def room_fee(
    office: Office, item_id: UUID, room_id: UUID, *, quantity: str | None = None, price: str | None = None,
    exempt: bool = False, reason: str | None = None, since: date = FROM, until: date | None = None,
) -> UUID:  # fmt: skip
    """Something particular to a room."""
    with begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
        return work.add(
            RoomFee(
                fee_item_id=item_id, room_id=room_id, valid_from=since, valid_to=until, exempt=exempt,
                quantity=None if quantity is None else Decimal(quantity),
                unit_price=None if price is None else Decimal(price), reason=reason,
            )
        ).id  # fmt: skip


def discount(
    office: Office, kind: DiscountKind, items: Sequence[UUID], percent: str, threshold: int = 0, sort: int = 1
) -> UUID:
    """A discount rule from the beginning on."""
    with begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
        return work.add(
            DiscountRule(
                name=f"优惠 {percent}%", kind=kind, fee_item_ids=[item.hex for item in items], percent=Decimal(percent),
                threshold=threshold, valid_from=FROM, valid_to=None, sort=sort, document=None,
            )
        ).id  # fmt: skip


def own(office: Office, room_id: UUID, party_id: UUID, *, lives_there: bool = False, since: date = FROM) -> None:
    """Somebody owns a whole room."""
    with begin(office, PROGRAM, Op.CHANGE_PLACE) as work:
        work.add(
            Ownership(
                room_id=room_id, party_id=party_id, share=Decimal(1), owner_occupied=lives_there, valid_from=since,
                valid_to=None,
            )
        )  # fmt: skip


def shown(office: Office, order: RunOrder, actor: Actor = PROGRAM) -> RunPreview:
    """The list of a run."""
    with look(office, actor) as reading:
        return bill_runs.preview_run(reading, order)


def fee_rows(preview: RunPreview, fate: Fate = Fate.NEW) -> list[RunRow]:
    """Those of the list that are of fee items."""
    return [row for row in preview.of(fate) if row.fee_type is not FeeType.RENT]


def run(office: Office, order: RunOrder, actor: Actor = PROGRAM) -> RunDone:
    """Post a run, and see that posting did what the list said."""
    preview = shown(office, order, actor)
    before = owed(office)
    with begin(office, actor, Op.POST_BILLS) as work:
        done = bill_runs.post_run(
            work, RunOrder(order.first, order.last, order.building_id, order.without, preview.digest)
        )
    assert done.amount == preview.added
    assert owed(office) - before == preview.added
    return done


def owed(office: Office) -> Money:
    """What is open of all bills."""
    with office.reading() as session:
        return Money(sum(row.owed.fen for row in session.execute(sa.select(BillBalance.owed))))


def bill_of(office: Office, row: RunRow) -> UUID:
    """The bill that a line of the list became."""
    with office.reading() as session:
        return session.execute(sa.select(Bill.id).where(Bill.source_key == row.key)).scalar_one()


def lines_of(office: Office, bill_id: UUID) -> list[Money]:
    """The lines of a bill in the order in which they were written, counter-lines among them."""
    with office.reading() as session:
        rows = session.execute(sa.select(BillLine.amount).where(BillLine.bill_id == bill_id).order_by(BillLine.id))
        return [row.amount for row in rows]
