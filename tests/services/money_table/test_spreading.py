"""By hand: how much of a payment goes to which line of a bill, discounts and counter-lines among them."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.models.values import total
from tests.services.money_table.kit import Case, each, yuan, yuans


@dataclass(frozen=True, slots=True)
class Spread(Case):
    """What is open of each line, what is paid, and where it goes."""

    opens: str
    paid: str
    goes: str


SPREADS = (
    # ---- plain lines: each is filled before the next
    Spread("all of it", "100 + 50 = 150", "100.00 50.00", "150.00", "100.00 50.00"),
    Spread("a part", "100 to the first, 120 − 100 = 20 to the second", "100.00 50.00", "120.00", "100.00 20.00"),
    Spread("less than the first line", "99.99 to the first", "100.00 50.00", "99.99", "99.99 0.00"),
    Spread("a line that is paid", "nothing is open of the first: 40 to the second",
           "0.00 100.00", "40.00", "0.00 40.00"),
    Spread("nothing paid", "0 to each", "100.00 50.00", "0.00", "0.00 0.00"),
    # ---- a discount: taken whole first, so there is more to give
    Spread("all of it with a discount", "100 − 20 + 50 = 130", "100.00 -20.00 50.00", "130.00", "100.00 -20.00 50.00"),
    Spread("a part with a discount", "60 + 20 = 80 to give: 80 to the first, nothing left",
           "100.00 -20.00 50.00", "60.00", "80.00 -20.00 0.00"),
    Spread("the discount fills the first line", "80 + 20 = 100: the first is full",
           "100.00 -20.00 50.00", "80.00", "100.00 -20.00 0.00"),
    Spread("a discount before the line", "100 + 20 = 120: 100, then 20",
           "-20.00 100.00 50.00", "100.00", "-20.00 100.00 20.00"),
    Spread("two discounts", "93 + 8.32 = 101.32; 1000 + 101.32 = 1101.32, below 1860: all to the first",
           "1860.00 -93.00 83.16 -8.32", "1000.00", "1101.32 -93.00 0.00 -8.32"),
    Spread("two discounts, into the second line", "1800 + 101.32 = 1901.32; − 1860 = 41.32",
           "1860.00 -93.00 83.16 -8.32", "1800.00", "1860.00 -93.00 41.32 -8.32"),
    Spread("two discounts, all of it", "1860 − 93 + 83.16 − 8.32 = 1841.84",
           "1860.00 -93.00 83.16 -8.32", "1841.84", "1860.00 -93.00 83.16 -8.32"),
    Spread("a fen with a discount", "0.01 + 20 = 20.01", "100.00 -20.00", "0.01", "20.01 -20.00"),
    Spread("nothing paid with a discount", "0 + 20 = 20 to the first: 20 − 20 = 0",
           "100.00 -20.00 50.00", "0.00", "20.00 -20.00 0.00"),
    Spread("100 % discount", "100 − 100 = 0: both lines are settled without money",
           "100.00 -100.00", "0.00", "100.00 -100.00"),
    # ---- a bill that owes the tenant: what is paid is paid out
    Spread("paid out in part", "30 of the first, 40 − 30 = 10 of the second",
           "-30.00 -50.00", "-40.00", "-30.00 -10.00"),
    Spread("paid out whole", "− 30 − 50 = − 80", "-30.00 -50.00", "-80.00", "-30.00 -50.00"),
    Spread("nothing paid out", "0 of each", "-30.00 -50.00", "0.00", "0.00 0.00"),
    Spread("paid out whole beside a debt", "20 − 30 − 50 = − 60",
           "20.00 -30.00 -50.00", "-60.00", "20.00 -30.00 -50.00"),
    Spread("paid out in part beside a debt",
           "mirrored: the debt is used whole first: 40 + 20 = 60 to take: 30, then 30",
           "20.00 -30.00 -50.00", "-40.00", "20.00 -30.00 -30.00"),
)  # fmt: skip


@each(SPREADS)
def test_a_payment_goes_to(case: Spread) -> None:
    from desktop.services.spreading import spread

    goes = tuple(spread(yuans(case.opens), yuan(case.paid)))
    assert goes == yuans(case.goes)
    assert total(goes) == yuan(case.paid)
