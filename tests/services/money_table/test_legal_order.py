"""By hand: a payment that does not cover all debts, in the order of the law (DOMAIN §1; Civil Code 560, 561)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from desktop.models.values import NIL, Money, total
from tests.services.money_table.kit import Case, day, each, yuan

TODAY = day("2026-11-22")


@dataclass(frozen=True, slots=True)
class Owed:
    """One debt: when it is due, what is open of it, ‰ a day it costs, and whether something secures it."""

    due: str
    principal: str
    interest: str = "0"
    costs: str = "0"
    per_mille: str = "0.5"
    secured: bool = False
    billed: str = "2026-08-01"


@dataclass(frozen=True, slots=True)
class Order(Case):
    """Debts A, B, C … in the order they are given, what is paid, and what of it goes to each.

    A share is one amount where only principal is open, else "costs interest principal".
    """

    debts: tuple[Owed, ...]
    paid: str
    goes: tuple[str, ...]


CHAIN = (
    Owed("2026-08-01", "1000", secured=True),
    Owed("2026-10-01", "400"),
    Owed("2026-11-01", "200", per_mille="3"),
    Owed("2026-11-10", "300"),
    Owed("2026-11-10", "150"),
    Owed("2026-12-01", "500", per_mille="5"),
)
"""Every rung: by law C (burden), B (older), D and E (same day, 2 : 1), A (secured), F (not yet due)."""
SAME_DAY = (Owed("2026-10-01", "123.45"), Owed("2026-10-01", "67.89"), Owed("2026-10-01", "8.66"))
THREE_PARTS = Owed("2026-10-01", "1860.00", "120.30", "50.00")

ORDERS = (
    # ---- due: unsecured, burden, oldest, pro rata
    Order("unsecured first", "B is unsecured, though younger: 800; 900 − 800 = 100 to A",
          (Owed("2026-09-01", "1000", secured=True), Owed("2026-11-01", "800")), "900", ("100", "800")),
    Order("unsecured before burden", "A costs 3 ‰ but is secured; B 500 first, nothing left",
          (Owed("2026-10-01", "500", per_mille="3", secured=True), Owed("2026-10-01", "500")), "500", ("0", "500")),
    Order("the heavier burden", "B costs 3 ‰ a day, A 0.5 ‰: B 500; 600 − 500 = 100 to A, though older",
          (Owed("2026-09-01", "500"), Owed("2026-10-01", "500", per_mille="3")), "600", ("100", "500")),
    Order("the heavier burden of two secured", "both secured alike: B costs more: 500; 100 to A",
          (Owed("2026-09-01", "500", secured=True), Owed("2026-10-01", "500", per_mille="3", secured=True)), "600",
          ("100", "500")),
    Order("the oldest", "same burden: B was due first: 300; 400 − 300 = 100 to A",
          (Owed("2026-10-01", "300"), Owed("2026-09-01", "300")), "400", ("100", "300")),
    Order("due first counts, not billed first", "A was billed earlier, B was due earlier: B 300, A 100",
          (Owed("2026-10-01", "300", billed="2026-06-01"), Owed("2026-09-01", "300", billed="2026-08-01")), "400",
          ("100", "300")),
    Order("pro rata", "same day: 300 : 200; 100 × 3 ÷ 5 = 60; 40",
          (Owed("2026-10-01", "300"), Owed("2026-10-01", "200")), "100", ("60", "40")),
    Order("pro rata whenever billed", "same day due, billed in different months: still 3 : 2",
          (Owed("2026-10-01", "300", billed="2026-09-01"), Owed("2026-10-01", "200", billed="2026-06-01")), "100",
          ("60", "40")),
    Order("pro rata by three, a fen left", "10000 ÷ 3 = 3333 each, 1 left: to the first",
          (Owed("2026-10-01", "100"),) * 3, "100", ("33.34", "33.33", "33.33")),
    Order("pro rata with remainders",
          "123.45 + 67.89 + 8.66 = 200; a quarter each: 3086.25, 1697.25, 216.50; 3086 + 1697 + 216 = 4999, 1 left: "
          "to .50",
          SAME_DAY, "50", ("30.86", "16.97", "2.17")),
    Order("all of it", "123.45 + 67.89 + 8.66 = 200", SAME_DAY, "200", ("123.45", "67.89", "8.66")),
    # ---- not yet due: last
    Order("not yet due is last", "A costs more and is unsecured, but due in December: B 500; 100 to A",
          (Owed("2026-12-01", "500", per_mille="3"), Owed("2026-10-01", "500", per_mille="0", secured=True)), "600",
          ("100", "500")),
    Order("due today is due, due tomorrow is not",
          "B 22 Nov is today and costs more than A: 300; 400 − 300 = 100 to A; C 23 Nov waits, whatever it costs",
          (Owed("2026-10-01", "300"), Owed("2026-11-22", "300", per_mille="3"),
           Owed("2026-11-23", "300", per_mille="5")),
          "400", ("100", "300", "0")),
    Order("of those not yet due the next", "B 1 Dec before A 15 Dec, whatever they cost or what secures them",
          (Owed("2026-12-15", "300", per_mille="3"), Owed("2026-12-01", "300", secured=True)), "400", ("100", "300")),
    Order("not yet due on one day pro rata", "100 : 50; 60 × 2 ÷ 3 = 40; 20",
          (Owed("2026-12-01", "100"), Owed("2026-12-01", "50")), "60", ("40", "20")),
    # ---- within a debt: costs, interest, principal
    Order("costs first", "40 of the costs of 50", (THREE_PARTS,), "40", ("40 0 0",)),
    Order("then interest", "costs 50; 100 − 50 = 50 of the interest of 120.30", (THREE_PARTS,), "100", ("50 50 0",)),
    Order("then principal", "costs 50, interest 120.30; 200 − 170.30 = 29.70",
          (THREE_PARTS,), "200", ("50 120.30 29.70",)),
    Order("one debt whole before the next", "A unsecured: 10 + 20 + 70 = 100; 110 − 100 = 10 of the costs of B",
          (Owed("2026-10-01", "70", "20", "10"), Owed("2026-09-01", "80", "5", "15", secured=True)), "110",
          ("10 20 70", "10 0 0")),
    Order("pro rata by all that is open",
          "A 10 + 20 + 70 = 100, B 300: 60 ÷ 4 = 15 to A: costs 10, interest 5; 45 to B",
          (Owed("2026-10-01", "70", "20", "10"), Owed("2026-10-01", "300")), "60", ("10 5 0", "45")),
    Order("pro rata with parts and a fen left",
          "5001 ÷ 4 = 1250.25 to A, 3750.75 to B; 5000, 1 left: to .75: A 12.50: costs 10, interest 2.50; B 37.51",
          (Owed("2026-10-01", "70", "20", "10"), Owed("2026-10-01", "300")), "50.01", ("10 2.50 0", "37.51")),
    # ---- every rung
    Order("every rung, down to pro rata", "C 200; B 400; 900 − 600 = 300 for D and E, 2 : 1: 200, 100",
          CHAIN, "900", ("0", "400", "200", "200", "100", "0")),
    Order("every rung, into the secured one", "C 200, B 400, D 300, E 150: 1050; 1500 − 1050 = 450 to A",
          CHAIN, "1500", ("450", "400", "200", "300", "150", "0")),
    Order("every rung, into the one not yet due", "C, B, D, E 1050; A 1000; 2300 − 2050 = 250 to F",
          CHAIN, "2300", ("1000", "400", "200", "300", "150", "250")),
    Order("every rung to the end", "1000 + 400 + 200 + 300 + 150 + 500 = 2550",
          CHAIN, "2550", ("1000", "400", "200", "300", "150", "500")),
    Order("nothing paid", "0 to each", CHAIN, "0", ("0", "0", "0", "0", "0", "0")),
)  # fmt: skip


def parts(text: str) -> tuple[Money, Money, Money]:
    """ "45" is principal alone; "10 5 0" costs, interest and principal."""
    amounts = [yuan(word) for word in text.split()]
    return (NIL, NIL, amounts[0]) if len(amounts) == 1 else (amounts[0], amounts[1], amounts[2])


@each(ORDERS)
def test_goes_in_legal_order(case: Order) -> None:
    from desktop.services.legal_order import Debt, in_legal_order

    debts = [
        Debt(
            id=UUID(int=place), due=day(owed.due), billed_on=day(owed.billed), secured=owed.secured,
            late_fee_per_mille=Decimal(owed.per_mille), costs=yuan(owed.costs), interest=yuan(owed.interest),
            principal=yuan(owed.principal),
        )
        for place, owed in enumerate(case.debts, 1)
    ]  # fmt: skip
    paid = in_legal_order(debts, yuan(case.paid), TODAY)
    found = {each_paid.debt_id: (each_paid.costs, each_paid.interest, each_paid.principal) for each_paid in paid}
    assert len(found) == len(paid)  # nobody is paid twice
    assert [found.get(debt.id, (NIL, NIL, NIL)) for debt in debts] == [parts(text) for text in case.goes]
    assert total(amount for three in found.values() for amount in three) == yuan(case.paid)
