"""By hand: 公摊: an invoice shared to the fen by largest remainder, vacant homes both ways, pools (DOMAIN §7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from desktop.models.values import total
from desktop.services.errors import DomainError
from tests.services.money_table.kit import Case, each, fractions, number, numbers, yuan, yuans

if TYPE_CHECKING:
    from desktop.services.apportioning import PoolMember


@dataclass(frozen=True, slots=True)
class Shared(Case):
    """An amount, the weights it is shared by, and the shares; the lines of `why` reckon in fen."""

    amount: str
    weights: str
    shares: str


SHARED = (
    Shared("100.00 by three", "10000 ÷ 3 = 3333 each, 1 left: to the first", "100.00", "1 1 1", "33.34 33.33 33.33"),
    Shared("by area, nothing left", "45.5 + 60.3 + 94.2 = 200; 30000 ÷ 200 = 150 a m²: 6825, 9045, 14130",
           "300.00", "45.5 60.3 94.2", "68.25 90.45 141.30"),
    Shared("by area, two left",
           "46.2 + 58.8 + 71.5 = 176.5; 462000 ÷ 176.5 = 2617 rest .56; 588000 ÷ 176.5 = 3331 rest .44; 715000 ÷ "
           "176.5 = 4050 rest .99; 9998, so 2 left: to .99 and .56",
           "100.00", "46.2 58.8 71.5", "26.18 33.31 40.51"),
    Shared("by ratio 1 : 2 : 4",
           "1000 ÷ 7 = 142 rest 6/7; 2000 ÷ 7 = 285 rest 5/7; 4000 ÷ 7 = 571 rest 3/7; 998, so 2 left: to 6/7 and 5/7",
           "10.00", "1 2 4", "1.43 2.86 5.71"),
    Shared("by own use",
           "12 + 0 + 30.5 + 7.5 = 50; 8888 ÷ 50 = 177.76 a unit: 2133.12, 0, 5421.68, 1333.20; 2133 + 0 + 5421 + 1333 "
           "= 8887, 1 left: to .68",
           "88.88", "12 0 30.5 7.5", "21.33 0.00 54.22 13.33"),
    Shared("a tie goes to the earlier", "5 ÷ 3 = 1 rest 2/3 each, 2 left: to the first two",
           "0.05", "1 1 1", "0.02 0.02 0.01"),
    Shared("fewer fen than members", "2 ÷ 3 = 0 rest 2/3 each, 2 left", "0.02", "1 1 1", "0.01 0.01 0.00"),
    Shared("one left", "1001 × 6 ÷ 10 = 600 rest .6; × 3 = 300 rest .3; × 1 = 100 rest .1; 1000, 1 left: to .6",
           "10.01", "6 3 1", "6.01 3.00 1.00"),
    Shared("the largest remainder, not the largest share",
           "500 ÷ 6 = 83 rest 2/6; 100 ÷ 6 = 16 rest 4/6; 99, 1 left: to 4/6, though its share is the small one",
           "1.00", "5 1", "0.83 0.17"),
    Shared("a negative amount mirrors", "− 100.00 is 100.00 by three, with a minus before each",
           "-100.00", "1 1 1", "-33.34 -33.33 -33.33"),
    Shared("weight 0 gets nothing, not even a fen left over",
           "1 ÷ 2 = 0 rest 1/2 each for the others, 1 left: to the earlier of them",
           "0.01", "0 1 1", "0.00 0.01 0.00"),
    Shared("area 0 is a zero share", "10000 × 50 ÷ 80 = 6250; × 30 = 3750; 0", "100.00", "50 0 30", "62.50 0.00 37.50"),
    Shared("one member bears all", "12345 × 3 ÷ 3", "123.45", "3", "123.45"),
    Shared("nothing to share", "0 ÷ 3 = 0 each", "0.00", "1 1 1", "0.00 0.00 0.00"),
    Shared("nothing among nobody", "no amount, no weights, no shares", "0.00", "", ""),
)  # fmt: skip


@each(SHARED)
def test_shared_to_the_fen(case: Shared) -> None:
    from desktop.services.apportioning import apportion

    shares = apportion(yuan(case.amount), fractions(case.weights))
    assert shares == yuans(case.shares)
    assert total(shares) == yuan(case.amount)


@dataclass(frozen=True, slots=True)
class Many(Case):
    """Equal members by the thousand: so many of them pay the higher share, the rest the lower."""

    amount: str
    members: int
    higher: str
    paying_it: int
    lower: str


MANY = (
    Many("10,000 equal members",
         "123456 ÷ 10000 = 12 rest 3456: the first 3456 pay 13, 6544 pay 12: 44928 + 78528 = 123456",
         "1234.56", 10_000, "0.13", 3456, "0.12"),
    Many("less than a fen each", "1234 ÷ 10000 = 0 rest 1234: the first 1234 pay 1",
         "12.34", 10_000, "0.01", 1234, "0.00"),
    Many("10,000 equal members, nothing left", "123450000 ÷ 10000 = 12345 each",
         "1234500.00", 10_000, "123.45", 10_000, "123.45"),
)  # fmt: skip


@each(MANY)
def test_shared_among_many(case: Many) -> None:
    from desktop.services.apportioning import apportion

    shares = apportion(yuan(case.amount), [Fraction(1)] * case.members)
    rest = case.members - case.paying_it
    assert shares == (yuan(case.higher),) * case.paying_it + (yuan(case.lower),) * rest
    assert total(shares) == yuan(case.amount)


@dataclass(frozen=True, slots=True)
class Refused(Case):
    """What cannot be shared."""

    amount: str
    weights: str
    error: str


REFUSED = (
    Refused("among nobody", "1.00 ÷ 0: there is nobody to ask", "1.00", "", "NothingToApportion"),
    Refused("all weights 0", "0 + 0 = 0: nobody bears it", "1.00", "0 0", "NothingToApportion"),
    Refused("a negative weight", "no home has − 1 m²", "1.00", "2 -1", "ValueError"),
)  # fmt: skip


@each(REFUSED)
def test_cannot_be_shared(case: Refused) -> None:
    from desktop.services import apportioning

    error = ValueError if case.error == "ValueError" else apportioning.NothingToApportion
    assert case.error == "ValueError" or issubclass(error, DomainError)
    with pytest.raises(error):
        apportioning.apportion(yuan(case.amount), fractions(case.weights))


# ---- pools: members with areas, some of them vacant ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pool(Case):
    """An invoice among homes: m² each (or what the method weighs by), "v" behind a vacant one; shares and the office's.

    `vacant`: the part of its share that a vacant home bears. `office_bears`: the rest falls on the office, else on all.
    """

    amount: str
    method: str
    members: str
    vacant: str
    office_bears: bool
    shares: str
    office: str


def members_of(method: str, text: str) -> tuple[PoolMember, ...]:
    from desktop.services.apportioning import PoolMember

    found = []
    for word in text.split():
        weight, empty = number(word.removesuffix("v").replace("none", "") or None), word.endswith("v")
        match method:
            case "RATIO":
                found.append(PoolMember(Decimal(80), ratio=weight, vacant=empty))
            case "OWN_USE":
                found.append(PoolMember(Decimal(80), own_use=weight, vacant=empty))
            case _:
                found.append(PoolMember(weight, vacant=empty))
    return tuple(found)


POOLS = (
    Pool("vacant at 70 %, all bear the rest",
         "weights 100, 100, 70: 270; 90000 × 100 ÷ 270 = 33333 rest 1/3 twice; × 70 = 23333 rest 1/3; 89999, 1 left: "
         "tie, to the first",
         "900.00", "AREA", "100 100 100v", "7/10", False, "333.34 333.33 233.33", "0.00"),
    Pool("vacant at 70 %, the office bears the rest", "300 each; 300 × 0.7 = 210; the office 300 − 210 = 90",
         "900.00", "AREA", "100 100 100v", "7/10", True, "300.00 300.00 210.00", "90.00"),
    Pool("vacant at 70 % by area, all bear the rest",
         "80 + 120 + 35 = 235; 8000000 ÷ 235 = 34042 rest .55; 12000000 ÷ 235 = 51063 rest .83; 3500000 ÷ 235 = 14893 "
         "rest .62; 99998, 2 left: to .83 and .62",
         "1000.00", "AREA", "80 120 50v", "7/10", False, "340.42 510.64 148.94", "0.00"),
    Pool("vacant at 70 % by area, the office bears the rest", "250 m²: 320, 480, 200; 200 × 0.7 = 140; the office 60",
         "1000.00", "AREA", "80 120 50v", "7/10", True, "320.00 480.00 140.00", "60.00"),
    Pool("70 % of an odd share",
         "66.70 ÷ 2 = 33.35; × 0.7 = 23.345: half a fen goes up: 23.35; the office 33.35 − 23.35 = 10.00",
         "66.70", "EQUAL", "90 90v", "7/10", True, "33.35 23.35", "10.00"),
    Pool("70 % of an odd share, mirrored", "− 33.35 × 0.7 = − 23.345: away from zero: − 23.35; the office − 10.00",
         "-66.70", "EQUAL", "90 90v", "7/10", True, "-33.35 -23.35", "-10.00"),
    Pool("the share with the left-over fen is the vacant one",
         "100.00 ÷ 3: 33.34, 33.33, 33.33; 33.34 × 0.7 = 23.338: 23.34; the office 10.00; 23.34 + 66.66 + 10.00 = "
         "100.00",
         "100.00", "EQUAL", "90v 90 90", "7/10", True, "23.34 33.33 33.33", "10.00"),
    Pool("vacant bears nothing, all bear the rest", "weights 100, 100, 0: 450 each",
         "900.00", "AREA", "100 100 100v", "0", False, "450.00 450.00 0.00", "0.00"),
    Pool("vacant bears nothing, the office bears it", "300 each, the vacant one's 300 is the office's",
         "900.00", "AREA", "100 100 100v", "0", True, "300.00 300.00 0.00", "300.00"),
    Pool("vacant bears its whole share", "part 1: 300 each, as if let",
         "900.00", "AREA", "100 100 100v", "1", False, "300.00 300.00 300.00", "0.00"),
    Pool("all vacant, all bear the rest", "weights 70, 70: 35.00 each: among themselves 70 % is all of it",
         "70.00", "AREA", "100v 100v", "7/10", False, "35.00 35.00", "0.00"),
    Pool("all vacant, the office bears the rest", "35 each; 35 × 0.7 = 24.50; the office 70 − 49 = 21",
         "70.00", "AREA", "100v 100v", "7/10", True, "24.50 24.50", "21.00"),
    Pool("all vacant and bear nothing, the office bears it", "35 each × 0 = 0; the office 70",
         "70.00", "AREA", "100v 100v", "0", True, "0.00 0.00", "70.00"),
    Pool("a home without area", "50 + 30 = 80; 100.00 × 50 ÷ 80 = 62.50; 37.50; no area and area 0: nothing",
         "100.00", "AREA", "50 none 0 30", "1", False, "62.50 0.00 0.00 37.50", "0.00"),
    Pool("equal, whatever the areas", "10000 ÷ 3 = 3333 each, 1 left: to the first",
         "100.00", "EQUAL", "46.2 58.8 71.5", "1", False, "33.34 33.33 33.33", "0.00"),
    Pool("equal with a vacant one", "weights 1, 1, 0.7: 27000 ÷ 2.7 = 10000: 10000, 10000, 7000",
         "270.00", "EQUAL", "46.2 58.8 71.5v", "7/10", False, "100.00 100.00 70.00", "0.00"),
    Pool("by ratio",
         "33.3 + 33.3 + 33.4 = 100; 100001 × 0.333 = 33300.333; twice; × 0.334 = 33400.334; 100000, 1 left: to .334",
         "1000.01", "RATIO", "33.3 33.3 33.4", "1", False, "333.00 333.00 334.01", "0.00"),
    Pool("by own use of a pool", "177.76 a unit as above: 8888 × 12 ÷ 50 = 2133.12, 5421.68, 1333.20; 1 left: to .68",
         "88.88", "OWN_USE", "12 0 30.5 7.5", "1", False, "21.33 0.00 54.22 13.33", "0.00"),
)  # fmt: skip


@each(POOLS)
def test_a_pool_is_shared(case: Pool) -> None:
    from desktop.services.apportioning import PoolMethod, apportion_pool

    members = members_of(case.method, case.members)
    shares, office = apportion_pool(
        yuan(case.amount), PoolMethod[case.method], members, Fraction(case.vacant), case.office_bears
    )
    assert (tuple(shares), office) == (yuans(case.shares), yuan(case.office))
    assert total((*shares, office)) == yuan(case.amount)


@dataclass(frozen=True, slots=True)
class Weights(Case):
    """What the homes weigh under a method."""

    method: str
    members: str
    vacant: str
    weights: str


WEIGHTS = (
    Weights("areas, the vacant one at 70 %", "80; 120; 50 × 7 ÷ 10 = 35", "AREA", "80 120 50v", "7/10", "80 120 35"),
    Weights("areas with places", "58.85 × 7 ÷ 10 = 41.195, exactly", "AREA", "46.20 58.85v", "7/10", "46.2 41.195"),
    Weights("no area, area 0", "neither weighs anything", "AREA", "80 none 0", "7/10", "80 0 0"),
    Weights("equal", "1; 1; 1 × 7/10", "EQUAL", "80 120 50v", "7/10", "1 1 7/10"),
    Weights("ratio", "1; 2; 4 × 0 = 0", "RATIO", "1 2 4v", "0", "1 2 0"),
    Weights("own use", "12 and 30.5, nobody vacant", "OWN_USE", "12 30.5", "1", "12 30.5"),
)  # fmt: skip


@each(WEIGHTS)
def test_homes_weigh(case: Weights) -> None:
    from desktop.services.apportioning import PoolMethod, pool_weights

    found: Sequence[Fraction] = pool_weights(
        PoolMethod[case.method], members_of(case.method, case.members), Fraction(case.vacant)
    )
    assert tuple(found) == fractions(case.weights)


NOBODY = (
    Pool("all vacant and bear nothing, all bear the rest", "0 + 0 = 0: there is nobody to ask",
         "70.00", "AREA", "100v 100v", "0", False, "", ""),
    Pool("no areas at all", "0 + 0 = 0: the areas are missing", "70.00", "AREA", "none 0", "1", False, "", ""),
)  # fmt: skip


@each(NOBODY)
def test_a_pool_falls_on_nobody(case: Pool) -> None:
    from desktop.services.apportioning import NothingToApportion, PoolMethod, apportion_pool

    members = members_of(case.method, case.members)
    with pytest.raises(NothingToApportion):
        apportion_pool(yuan(case.amount), PoolMethod[case.method], members, Fraction(case.vacant), case.office_bears)


@dataclass(frozen=True, slots=True)
class Rest(Case):
    """What a main meter counted above its sub-meters, at a price; "" where that is below zero."""

    master: str
    subs: str
    price: str
    money: str


RESTS = (
    Rest("main less sub-meters", "300.2 + 410.1 + 512.7 = 1223.0; 1250.5 − 1223.0 = 27.5; × 0.6512 = 17.908: 17.91",
         "1250.5", "300.2 410.1 512.7", "0.6512", "17.91"),
    Rest("nothing between them", "1223.0 − 1223.0 = 0", "1223.0", "300.2 410.1 512.7", "0.6512", "0.00"),
    Rest("no sub-meters", "40 × 0.5 = 20", "40", "", "0.50", "20.00"),
    Rest("half a fen", "10.5 − 10 = 0.5; × 3.45 = 1.725: 1.73", "10.5", "4 6", "3.45", "1.73"),
    Rest("sub-meters above the main one", "1222.9 − 1223.0 = − 0.1: read them again",
         "1222.9", "300.2 410.1 512.7", "0.6512", ""),
)  # fmt: skip


@each(RESTS)
def test_the_rest_of_a_main_meter(case: Rest) -> None:
    from desktop.services.apportioning import pool_amount

    if not case.money:
        with pytest.raises(DomainError):
            pool_amount(Decimal(case.master), numbers(case.subs), Decimal(case.price))
    else:
        assert pool_amount(Decimal(case.master), numbers(case.subs), Decimal(case.price)) == yuan(case.money)
