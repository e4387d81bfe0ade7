"""By hand: 抹零: what is let go so that cash comes out even, always to the payer's good (DOMAIN §7)."""

from __future__ import annotations

from dataclasses import dataclass

from tests.services.money_table.kit import Case, each, yuan


@dataclass(frozen=True, slots=True)
class Even(Case):
    """What is due, the coin it is made even to, and what is let go."""

    due: str
    to: str
    let_go: str


EVENS = (
    Even("to 0.10", "12.33 = 123 × 0.10 + 0.03", "12.33", "0.10", "0.03"),
    Even("to 1.00", "12.33 = 12 × 1.00 + 0.33", "12.33", "1.00", "0.33"),
    Even("nearly the next coin", "1.99 = 1 × 1.00 + 0.99: down, never up", "1.99", "1.00", "0.99"),
    Even("to 0.50", "1234.56 = 2469 × 0.50 + 0.06 (2469 × 0.50 = 1234.50)", "1234.56", "0.50", "0.06"),
    Even("even already", "12.30 = 123 × 0.10 + 0.00", "12.30", "0.10", "0.00"),
    Even("one coin exactly", "0.10 = 1 × 0.10 + 0.00", "0.10", "0.10", "0.00"),
    Even("less than the coin, 0.10", "0.07 is below 0.10: letting it go would let go of the whole debt: 0.00",
         "0.07", "0.10", "0.00"),
    Even("less than the coin, 1.00", "0.99 is below 1.00: nothing is let go", "0.99", "1.00", "0.00"),
    Even("to a fen", "12.33 = 1233 × 0.01 + 0.00", "12.33", "0.01", "0.00"),
    Even("nothing due", "0.00 is below 0.10", "0.00", "0.10", "0.00"),
    Even("paying out", "− 12.33 is below 0.10: a refund is paid to the fen", "-12.33", "0.10", "0.00"),
)  # fmt: skip


@each(EVENS)
def test_is_let_go(case: Even) -> None:
    from desktop.services.cash_rounding import rounding_of

    assert rounding_of(yuan(case.due), yuan(case.to)) == yuan(case.let_go)
