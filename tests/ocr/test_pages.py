"""Pages of several cards: none is passed over, none counted twice, and nobody gets another one's back unseen."""

from __future__ import annotations

import pytest

from desktop.ocr.fields import Quad
from desktop.ocr.pages import by_place, pairs
from desktop.ocr.pipeline import CardReader, IdCardReading
from tests.idcards.page import Laid, page
from tests.idcards.sequences import person

LEFT, RIGHT = 55, 155
ROWS = (40, 105, 170, 235)


@pytest.fixture(scope="module")
def reader() -> CardReader:
    made = CardReader()
    made.warm()
    return made


def told(cards: list[IdCardReading]) -> list[tuple[str, str | None, str | None]]:
    return [(card.side, card.text("number"), card.text("issuer")) for card in cards]


def holder(seed: int) -> tuple[str, str, str]:
    return "both", person(seed)["number"], person(seed)["issuer"]


@pytest.mark.parametrize("paper", [250, 60])
def test_four_holders_with_their_backs_beside_them(reader: CardReader, paper: int) -> None:
    laid = [Laid(9701 + at, side, x, y) for at, y in enumerate(ROWS) for side, x in (("front", LEFT), ("back", RIGHT))]
    cards = reader.read(page(laid, paper=paper))
    assert told(cards) == [holder(9701 + at) for at in range(4)]
    assert all("issuer" in card.needs_review for card in cards), "whose back it is only the clerk can know"


def test_backs_below_their_fronts(reader: CardReader) -> None:
    laid = [
        Laid(9701, "front", LEFT, 60, 1), Laid(9702, "front", RIGHT, 58), Laid(9702, "back", RIGHT, 152, 2),
        Laid(9701, "back", LEFT, 150, -1),
    ]  # fmt: skip
    assert told(reader.read(page(laid))) == [holder(9701), holder(9702)]


def test_cards_turned_each_its_own_way(reader: CardReader) -> None:
    laid = [Laid(9701, "front", 105, 50, 180), Laid(9702, "front", 105, 130), Laid(9703, "front", 105, 220, 90)]
    cards = reader.read(page(laid))
    assert [card.text("number") for card in cards] == [person(9701 + at)["number"] for at in range(3)]


def test_one_holder_on_a_page_is_no_doubt(reader: CardReader) -> None:
    (card,) = reader.read(page([Laid(9701, "front", 105, 70, 1), Laid(9701, "back", 105, 160, -1)]))
    assert (card.side, card.needs_review) == ("both", ())


def test_places_that_tell_nothing_pair_nothing() -> None:
    def at(x: float, y: float) -> Quad:
        return (x, y), (x + 86, y), (x + 86, y + 54), (x, y + 54)

    column = [at(0, 60 * row) for row in range(4)]
    assert pairs(column[:2], column[2:]) is None
    assert pairs(column[:2], column[3:]) is None
    assert pairs([column[0], column[2]], [column[1], column[3]]) == [0, 1]
    assert by_place({3: at(100, 4), 1: at(0, 0), 2: at(0, 60)}) == [1, 3, 2]
