"""Fee items and prices for tests, stored through the real services, and bills of them as a run would make them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from desktop.models.values import FeeBasis, FeeType, MeterKind, Money, Period
from desktop.services import billing, fees, places, tariffs
from desktop.services.acts import Op
from desktop.services.fee_catalogue import Catalogue, catalogue_of
from desktop.services.fees import FeeItemForm
from desktop.services.office import Office
from desktop.services.schedule import PlannedBill, PlannedLine
from desktop.services.tariff_problems import TariffForm, tariff_plan
from desktop.services.work import PROGRAM, Actor, begin, look

NEW_YEAR = date(2026, 1, 1)
PROPERTY = FeeItemForm("住宅物业费", FeeType.PROPERTY_FEE, FeeBasis.AREA, NEW_YEAR)
PARKING = FeeItemForm("地下车位费", FeeType.PARKING, FeeBasis.PIECE, NEW_YEAR, every_room=False, unit="车位")
WATER = FeeItemForm("自来水费", FeeType.WATER, FeeBasis.METER, NEW_YEAR, meter_kind=MeterKind.WATER)
BY_HAND = FeeItemForm("一次性收费", FeeType.OTHER, FeeBasis.ONE_OFF, NEW_YEAR, unit="次")
LADDER = ((Decimal(180), Decimal("3.45")), (Decimal(260), Decimal("4.83")), (None, Decimal("5.83")))


def put_item(office: Office, actor: Actor = PROGRAM, form: FeeItemForm = PROPERTY, **changed: Any) -> UUID:
    with begin(office, actor, Op.SAVE_TARIFF) as work:
        return fees.add_item(work, replace(form, **changed)).item_id


def put_price(
    office: Office, item_id: UUID, yuan: str | None, start: date = NEW_YEAR, actor: Actor = PROGRAM, **changed: Any
) -> tariffs.TariffSaved:
    """A price; the open one that the screen would tell of is closed."""
    form = TariffForm(item_id, start, unit_price=Decimal(yuan) if yuan is not None else None, **changed)
    with look(office, actor) as reading:
        facts = tariffs.tariff_facts(reading, item_id)
    moved = tariff_plan(form, facts).moved
    with begin(office, actor, Op.SAVE_TARIFF) as work:
        return tariffs.add_tariff(work, form, moved.id if moved is not None else None)


def bill_room(office: Office, item_id: UUID, room_id: UUID, debtor_id: UUID, days: Period) -> UUID:
    """One bill of an item for some days, posted as the run posts it."""
    line = PlannedLine(
        f"{room_id.hex}/01", FeeType.PROPERTY_FEE, days, Decimal("46.20"), "m²·月", Decimal("2.80"),
        Money.yuan("129.36"), "", ("46.20 m² × 2.80",), None, item_id,
    )  # fmt: skip
    bill = PlannedBill(f"{room_id.hex}:{days.start:%Y%m}", 1, FeeType.PROPERTY_FEE, days, days.end, (line,))
    with begin(office, PROGRAM, Op.POST_BILLS) as work:
        work.authorised += 1
        (bill_id,) = billing.put_bills(
            work, [billing.BillOrder(debtor_id, room_id, [bill], f"fee:{item_id.hex}", title="住宅物业费")]
        )
    return bill_id


def catalogue(office: Office) -> Catalogue:
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        return catalogue_of(reading)


def building_of(office: Office) -> UUID:
    with look(office, PROGRAM) as reading:
        return places.list_buildings(reading)[0][0]
