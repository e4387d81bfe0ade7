"""Charges by the month 按月收的费: by area, by the piece, by the room; a bill for each debtor of a period."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from uuid import UUID

from desktop.models.values import NIL, AreaKind, FeeBasis, FeeType, Period, total
from desktop.services.bearers import Bearer, bearers
from desktop.services.charge_values import (
    Plan,
    RoomToBill,
    Skipped,
    charge_of,
    discount_lines,
    nobody_owes,
    price_words,
    top_up_line,
)
from desktop.services.fee_catalogue import (
    Catalogue,
    FeeItemRow,
    RoomFeeRow,
    TariffRow,
    room_fee_runs,
    tariff_for,
    tariff_runs,
)
from desktop.services.month_lines import Pieces, PlannedLine, month_lines, with_keys
from desktop.services.proration import ONE_DAY, Unit, units


@dataclass(frozen=True, slots=True)
class MonthlyCharge:
    """One item, room and collecting period."""

    catalogue: Catalogue
    item: FeeItemRow
    room: RoomToBill
    window: Period
    today: date

    def into(self, plan: Plan) -> None:
        period = self._standing()
        if period is None:
            return
        bills: dict[tuple[UUID, UUID | None], tuple[Bearer, list[Period]]] = {}
        for part, bearer in bearers(self.room.past, self.item.debtor, period):
            if bearer is None:
                plan.skipped.append(self._skip(part, *nobody_owes(self.item.debtor)))
            elif bearer.stay is not None and bearer.stay.pays_property_fee and self._is_property_fee:
                plan.skipped.append(self._skip(part, "随租约收取", expected=True))
            else:
                bills.setdefault((bearer.party_id, bearer.lease_id), (bearer, []))[1].append(part)
        for bearer, parts in bills.values():
            self._bill(bearer, parts, plan)

    @property
    def _is_property_fee(self) -> bool:
        return self.item.fee_type is FeeType.PROPERTY_FEE

    def _standing(self) -> Period | None:
        """The days of the window on which both the item and the room exist."""
        start = max(self.window.start, self.item.valid_from)
        ends = [self.window.end]
        ends += [self.item.valid_to] if self.item.valid_to is not None else []
        ends += [self.room.retired_on - ONE_DAY] if self.room.retired_on is not None else []
        return Period(start, min(ends)) if start <= min(ends) else None

    def _bill(self, bearer: Bearer, parts: Sequence[Period], plan: Plan) -> None:
        owner = bearer.lease_id or bearer.party_id
        key = f"{self.room.id.hex}:{owner.hex}"
        lines: list[PlannedLine] = []
        for part in parts:
            for piece, fee in room_fee_runs(self.catalogue, self.item.id, self.room.id, part):
                lines += self._piece(f"{key}/{len(lines) + 1:02d}", piece, fee, plan)
        if not lines:
            return
        lines += self._minimum(key, parts, lines)
        lines += discount_lines(self.catalogue, self.item, bearer, parts[0].start, key, lines, self._months(parts))
        first, last = parts[0].start, parts[-1].end
        due = last + ONE_DAY if self.item.in_arrears else first
        plan.charges.append(
            charge_of(
                self.item, self.room, bearer, Period(first, last),
                f"fee:{self.item.id.hex}:{self.window.start:%Y%m}", key, lines, due, self.today,
            )
        )  # fmt: skip

    def _piece(self, key: str, piece: Period, fee: RoomFeeRow | None, plan: Plan) -> Iterator[PlannedLine]:
        """The lines of days on which one exception, or none, holds."""
        if fee is not None and fee.exempt:
            plan.skipped.append(self._skip(piece, f"免收：{fee.reason or '已登记免收'}", expected=True))
            return
        if fee is None and not self.item.every_room:
            return  # between two spans of a room that is named: nothing was agreed for these days
        pieces, trouble = self._pieces(fee)
        if pieces is None:
            plan.skipped.append(self._skip(piece, trouble))
            return
        priced = tariff_runs(self.catalogue, self.item.id, self.room.building_id, self.room.kind, piece)
        for number, (run, tariffs) in enumerate(_priced(priced, fee), 1):
            if not tariffs:
                plan.skipped.append(self._skip(run, "没有单价：在「收费标准」里给这段日子补上"))
                continue
            lines = self._lines(run, tariffs, pieces, fee)
            rule = tuple(price_words(tariff, fee) for _, tariff in tariffs)
            yield from with_keys(lines, f"{key}.{number}", tariffs[0][1].tax_rate, self.item.id, rule)

    def _lines(
        self, run: Period, tariffs: Sequence[tuple[Period, TariffRow]], pieces: Pieces, fee: RoomFeeRow | None
    ) -> tuple[PlannedLine, ...]:
        own = fee.unit_price if fee is not None else None
        prices = tuple(
            (part, _monthly_fen(own if own is not None else tariff.unit_price, pieces)) for part, tariff in tariffs
        )
        told = None if self.item.basis is FeeBasis.MONTHLY else pieces
        return month_lines(self.item.fee_type, _months(run), prices, self.item.stub_rule, pieces=told)

    def _pieces(self, fee: RoomFeeRow | None) -> tuple[Pieces | None, str]:
        """So many m² or spaces; None with what to do when the record does not say."""
        own = fee.quantity if fee is not None else None
        match self.item.basis:
            case FeeBasis.AREA:
                inner = self.item.area_kind is AreaKind.INNER
                area = own if own is not None else self.room.inner_area if inner else self.room.area
                if not area or area <= 0:
                    word = "套内面积" if inner else "建筑面积"
                    return None, f"{word}没有填或为 0：先在房间资料里填上"
                return Pieces(area, "m²"), ""
            case FeeBasis.PIECE:
                if own is not None and own <= 0:
                    return None, "数量为 0：改数量，或写成免收"
                return Pieces(own if own is not None else Decimal(1), self.item.unit or "个"), ""
            case _:
                return Pieces(own if own is not None else Decimal(1), "间"), ""

    def _minimum(self, key: str, parts: Sequence[Period], lines: Sequence[PlannedLine]) -> list[PlannedLine]:
        """A whole collecting period costs at least the minimum; one that somebody shares with another does not."""
        tariff = tariff_for(self.catalogue, self.item.id, self.room.building_id, self.room.kind, self.window.start)
        if tariff is None or list(parts) != [self.window]:
            return []
        missing = tariff.minimum - total(line.money for line in lines)
        if missing <= NIL:
            return []
        return [top_up_line(self.item, f"{key}/min", self.window, missing, tariff)]

    def _months(self, parts: Sequence[Period]) -> int:
        """How many months are billed at once, for discounts; 0 when it is not the whole collecting period."""
        return self.item.cycle_months if list(parts) == [self.window] else 0

    def _skip(self, period: Period, reason: str, expected: bool = False) -> Skipped:
        return Skipped(self.item, self.room, period, reason, expected)


def _priced(
    runs: Iterable[tuple[Period, TariffRow | None]], fee: RoomFeeRow | None
) -> list[tuple[Period, list[tuple[Period, TariffRow]]]]:
    """Days with prices in one piece, with the price of each part; days without any, alone and with none.

    Prices of one piece share the tax rate: a line has one.
    """
    found: list[tuple[Period, list[tuple[Period, TariffRow]]]] = []
    for part, tariff in runs:
        usable = tariff is not None and (
            tariff.unit_price is not None or (fee is not None and fee.unit_price is not None)
        )
        last = found[-1] if found else None
        if usable and tariff is not None and last is not None and last[1] and last[1][0][1].tax_rate == tariff.tax_rate:
            found[-1] = (Period(last[0].start, part.end), [*last[1], (part, tariff)])
        else:
            found.append((part, [(part, tariff)] if usable and tariff is not None else []))
    return found


@lru_cache(maxsize=1024)
def _months(run: Period) -> tuple[Unit, ...]:
    return tuple(units(run, run.start.replace(day=1)))


def _monthly_fen(price: Decimal | None, pieces: Pieces) -> Fraction:
    return Fraction(price or 0) * Fraction(pieces.many) * 100
