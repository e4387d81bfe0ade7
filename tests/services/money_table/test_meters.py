"""By hand: what went through a meter: multiplier, roll-over, replacement, estimate (DOMAIN §7, §16)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from desktop.services.errors import DomainError
from tests.services.money_table.kit import Case, day, each, number, yuan


@dataclass(frozen=True, slots=True)
class Read(Case):
    """Two readings of one meter. `highest`: what it shows before it begins at 0 again; only then it may roll over."""

    earlier: str
    later: str
    usage: str
    multiplier: str = "1"
    highest: str | None = None
    rolled_over: bool = False

    def found(self) -> Decimal:
        from desktop.services.meter_usage import usage_between

        return usage_between(
            Decimal(self.earlier), Decimal(self.later), Decimal(self.multiplier), number(self.highest), self.rolled_over
        )


READS = (
    Read("plain", "1300 − 1234 = 66", "1234", "1300", "66"),
    Read("decimals", "530.7 − 521.9 = 8.8", "521.9", "530.7", "8.8"),
    Read("nothing used", "1234 − 1234 = 0", "1234", "1234", "0"),
    Read("multiplier 40", "88.5 − 81.2 = 7.3; × 40 = 292", "81.2", "88.5", "292", "40"),
    Read("multiplier 1.5", "30 − 10 = 20; × 1.5 = 30", "10", "30", "30", "1.5"),
    Read("a highest reading alone changes nothing", "99980 − 99000 = 980", "99000", "99980", "980", "1", "99999"),
    # ---- roll-over: + highest reading + 1
    Read("99999 to 12", "99999 + 1 = 100000 stands for 0: one unit to 100000, 12 after it: 1 + 12 = 13",
         "99999", "12", "13", "1", "99999", True),
    Read("99980 to 12", "12 − 99980 + 100000 = 32", "99980", "12", "32", "1", "99999", True),
    Read("to exactly 0", "0 − 99999 + 100000 = 1", "99999", "0", "1", "1", "99999", True),
    Read("roll-over and multiplier 40", "32 units as above; × 40 = 1280", "99980", "12", "1280", "40", "99999", True),
    Read("a highest reading stored with places", "99999.000 is 99999: modulus 100000 as before: 32",
         "99980.000", "12.000", "32", "1", "99999.000", True),
    Read("decimals under a highest reading of whole units", "9999 + 1 = 10000; 0.4 − 9999.9 + 10000 = 0.5",
         "9999.9", "0.4", "0.5", "1", "9999", True),
    Read("a highest reading of 9999.9",
         "behind 9999.9 the dial shows 0000.0: it is full at 9999 + 1 = 10000 whole units; 3.2 − 9998.5 + 10000 = 4.7 "
         "(10000.9 would bill 0.9 that nobody used)",
         "9998.5", "3.2", "4.7", "1", "9999.9", True),
)  # fmt: skip


@each(READS)
def test_went_through(case: Read) -> None:
    assert case.found() == Decimal(case.usage)


@dataclass(frozen=True, slots=True)
class Refused(Read):
    """Readings that cannot be."""


REFUSED = (
    Refused("below the earlier one", "1233 − 1234 = − 1, and the meter did not roll over", "1234", "1233", ""),
    Refused("below the earlier one under a highest reading", "it may roll over, but nobody said so: 12 is below 99980",
            "99980", "12", "", "1", "99999"),
    Refused("rolled over without a highest reading", "+ ? : the modulus is not known",
            "99980", "12", "", "1", None, True),
    Refused("rolled over to a higher reading", "99990 is above 99980: it would be a whole round, 100010",
            "99980", "99990", "", "1", "99999", True),
    Refused("rolled over to the same reading", "99980 twice: it would be a whole round, 100000",
            "99980", "99980", "", "1", "99999", True),
)  # fmt: skip


@each(REFUSED)
def test_cannot_be_read(case: Refused) -> None:
    from desktop.services.meter_usage import ReadingBelow

    with pytest.raises(DomainError) as caught:
        case.found()
    if not case.rolled_over:
        assert isinstance(caught.value, ReadingBelow)


@dataclass(frozen=True, slots=True)
class Replaced(Case):
    """A meter replaced inside the period: earlier and end of the old one, start and later of the new, and × what."""

    old: tuple[str, str, str]
    new: tuple[str, str, str]
    usage: str


REPLACED = (
    Replaced("a new meter from 0", "4530.8 − 4521.3 = 9.5; 12.7 − 0 = 12.7; 22.2",
             ("4521.3", "4530.8", "1"), ("0", "12.7", "1"), "22.2"),
    Replaced("a new meter that was used before", "9.5; 15.7 − 3.0 = 12.7; 22.2: its 3.0 are not ours",
             ("4521.3", "4530.8", "1"), ("3.0", "15.7", "1"), "22.2"),
    Replaced("a new multiplier", "812 − 810 = 2; × 20 = 40; 1.5 − 0 = 1.5; × 40 = 60; 100",
             ("810", "812", "20"), ("0", "1.5", "40"), "100"),
    Replaced("replaced on the day it was read", "4521.3 twice: 0; 12.7; 12.7",
             ("4521.3", "4521.3", "1"), ("0", "12.7", "1"), "12.7"),
)  # fmt: skip


@each(REPLACED)
def test_replaced_in_the_period(case: Replaced) -> None:
    from desktop.services.meter_usage import usage_between

    pieces = [usage_between(*map(Decimal, meter)) for meter in (case.old, case.new)]
    assert sum(pieces) == Decimal(case.usage)


@dataclass(frozen=True, slots=True)
class Estimate(Case):
    """A reading between two readings, in proportion to the days, whole units, rounded down."""

    on: str
    earlier: tuple[str, str]
    later: tuple[str, str]
    reading: str


ESTIMATES = (
    Estimate("in proportion", "1 to 31 Mar is 30 days for 30 units, one a day; 11 Mar is 10 days on: 1200 + 10 = 1210",
             "2027-03-11", ("2027-03-01", "1200"), ("2027-03-31", "1230"), "1210"),
    Estimate("rounded down",
             "1 Mar to 1 Apr is 31 days for 47; 15 days: 15 × 47 ÷ 31 = 705 ÷ 31 = 22.74; 1222.74: 1222",
             "2027-03-16", ("2027-03-01", "1200"), ("2027-04-01", "1247"), "1222"),
    Estimate("the sum is rounded, not the part", "1200.6 + 22.74 = 1223.34: 1223",
             "2027-03-16", ("2027-03-01", "1200.6"), ("2027-04-01", "1247.6"), "1223"),
    Estimate("over the leap day",
             "1 Feb to 1 Mar 2028 is 29 days for 58, two a day; 15 Feb is 14 days on: 500 + 28 = 528",
             "2028-02-15", ("2028-02-01", "500"), ("2028-03-01", "558"), "528"),
    Estimate("on the later day", "31 of 31 days: 1200 + 47 = 1247",
             "2027-04-01", ("2027-03-01", "1200"), ("2027-04-01", "1247"), "1247"),
    Estimate("no usage between them", "0 × 15 ÷ 31 = 0: 1200",
             "2027-03-16", ("2027-03-01", "1200"), ("2027-04-01", "1200"), "1200"),
)  # fmt: skip


@each(ESTIMATES)
def test_estimated_between(case: Estimate) -> None:
    from desktop.services.meter_usage import estimate_on

    (first, one), (last, other) = case.earlier, case.later
    found = estimate_on(day(case.on), (day(first), Decimal(one)), (day(last), Decimal(other)))
    assert found == Decimal(case.reading)


@dataclass(frozen=True, slots=True)
class Billed(Case):
    """From readings to money: usage times price, rounded once."""

    earlier: str
    later: str
    multiplier: str
    price: str
    money: str


BILLED = (
    Billed("multiplier 40 to money",
           "7.3 × 40 = 292; × 0.6512 = 190.1504: 190.15 (7.3 × 0.6512 = 4.75376, rounded 4.75, × 40 = 190.00: "
           "rounding early loses 0.15)",
           "81.2", "88.5", "40", "0.6512", "190.15"),
    Billed("half a fen of water", "0.5 × 3.45 = 1.725: 1.73", "10.0", "10.5", "1", "3.45", "1.73"),
)  # fmt: skip


@each(BILLED)
def test_readings_to_money(case: Billed) -> None:
    from desktop.services.meter_usage import usage_between
    from desktop.services.tariff_rating import Price, rate_usage

    usage = usage_between(Decimal(case.earlier), Decimal(case.later), Decimal(case.multiplier))
    (line,) = rate_usage(usage, Price(unit_price=Decimal(case.price)))
    assert line.money == yuan(case.money)
