"""The price list of the demo office: usual items, prices of last year, this year and next, spaces, discounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from desktop.models.values import DiscountKind, FeeBasis, FeeType, Money, TierSpan
from desktop.services import discount_rules, fees, room_fees, tariffs
from desktop.services.acts import Op
from desktop.services.demo_stage import Stage
from desktop.services.discount_rules import DiscountForm
from desktop.services.fees import FeeItemForm
from desktop.services.room_fees import RoomFeeForm
from desktop.services.tariff_problems import TariffForm, tariff_plan
from desktop.services.work import Work

_WATER = ((Decimal(180), Decimal("3.45")), (Decimal(260), Decimal("4.83")), (None, Decimal("5.83")))
_SPACES = 9
"""Every so many rooms one has a parking space, every third of those a second one."""


def set_prices(stage: Stage) -> None:
    """One act: what the office charges for. Nothing is billed by it, and nothing is drawn by lot."""
    with stage.act(stage.staff["manager"], Op.SAVE_TARIFF) as work:
        _Prices(stage, work).put()


class _Prices:
    """The price list as it is typed by the manager."""

    def __init__(self, stage: Stage, work: Work) -> None:
        self.stage, self.work = stage, work
        this_year = stage.plan.today.year
        self.before, self.now, self.next = date(this_year - 1, 1, 1), date(this_year, 1, 1), date(this_year + 1, 1, 1)
        self.agreed = f"业主大会 {this_year - 1} 年 12 号决议"
        self.ids: dict[str, UUID] = {}

    def put(self) -> None:
        by_hand = FeeItemForm("补办门卡", FeeType.OTHER, FeeBasis.ONE_OFF, self.before, every_room=False, unit="张")
        for form in (*fees.propose_catalogue(self.before), by_hand):
            self.ids[form.name] = fees.put_item(self.work, form).item_id
        water = {"tiers": _WATER, "tier_span": TierSpan.YEAR, "document": f"市价格局 {self.before.year} 年 7 号"}
        self._price("住宅物业费", "1.60", self.before, document="物业服务合同第 5 条")
        self._price("住宅物业费", "1.80", self.now, document=self.agreed, tax_rate=Decimal("0.06"))
        self._price(
            "住宅物业费", "1.95", self.next, document=f"业主大会 {self.now.year} 年 3 号决议", tax_rate=Decimal("0.06")
        )
        self._price("地下车位费", "280", self.before)
        self._price("自来水费", None, self.before, **water)
        self._price("电费", "0.64", self.before, document="供电公司目录电价")
        self._price("垃圾清运费", "8", self.before, minimum=Money.yuan(10))
        self._price("宽带费", "60", self.before)
        self._price("补办门卡", "30", self.before)
        self._rooms()
        self._discounts()
        self.work.record(prices=len(self.ids))

    def _price(self, name: str, yuan: str | None, start: date, **more: object) -> None:
        price = Decimal(yuan) if yuan is not None else None
        form = TariffForm(self.ids[name], start, unit_price=price, **more)  # type: ignore[arg-type]
        facts = tariffs.tariff_facts(self.work, form.fee_item_id)
        moved = tariff_plan(form, facts).moved
        tariffs.add_tariff(self.work, form, moved.id if moved is not None else None)

    def _rooms(self) -> None:
        parking = self.ids["地下车位费"]
        for at, room_id in enumerate(self.stage.rooms[::_SPACES]):
            form = RoomFeeForm(parking, room_id, self.now, quantity=Decimal(1))
            room_fees.add_room_fee(self.work, form)
            if at % 3 == 2:
                later = replace(form, valid_from=self.now + timedelta(days=181), quantity=Decimal(2))
                room_fees.add_room_fee(self.work, later)
        empty = next((each.room for each in self.stage.plan.empties), None)
        if empty is not None:
            show = RoomFeeForm(
                self.ids["住宅物业费"], self.stage.rooms[empty], self.now, exempt=True, reason="样板间，管理处自用"
            )
            room_fees.add_room_fee(self.work, show)

    def _discounts(self) -> None:
        fee = frozenset([self.ids["住宅物业费"]])
        for form in (
            DiscountForm(
                "预缴一年优惠", DiscountKind.PREPAY_MONTHS, Decimal(5), self.now, threshold=12, fee_item_ids=fee,
                document=self.agreed,
            ),
            DiscountForm(
                "空置优惠", DiscountKind.VACANCY, Decimal(30), self.now, fee_item_ids=fee,
                document="市物业服务收费办法第 21 条",
            ),
        ):  # fmt: skip
            discount_rules.add_discount(self.work, form)
