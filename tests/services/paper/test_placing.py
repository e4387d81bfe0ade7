"""Values placed on a pre-printed form: nothing leaves the paper, lines stay together, every step goes back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.paper import placing
from desktop.services.paper.form_samples import FULL, RED, USUAL, sample_receipt
from desktop.services.paper.receipt_form import (
    FIELD_WORDS,
    Align,
    FieldPlace,
    ReceiptForm,
    form_problems,
    read_form,
    shipped,
    write_form,
)
from desktop.services.paper.receipts import receipt_notices, receipt_pdf
from tests.services.paper.samples import pdf_text

OWN = shipped("own")
NAMES = [place.name for place in OWN.fields]
STEP = st.sampled_from([-30.0, -1.0, -0.1, 0.1, 1.0, 7.3, 400.0])


def at(form: ReceiptForm, name: str) -> FieldPlace:
    found = placing.field(form, name)
    assert found is not None
    return found


@given(st.lists(st.tuples(st.sets(st.sampled_from(NAMES), min_size=1), STEP, STEP), max_size=12))
def test_whatever_is_moved_stays_on_the_paper_and_in_tenths(moves: list[tuple[set[str], float, float]]) -> None:
    form = OWN
    for names, right, down in moves:
        form = placing.moved(form, names, right, down)
        form = placing.widened(form, names, right)
        form = placing.sized(form, names, down)
    assert not [words for name, words in form_problems(form).items() if "超出" in words or "字号" in words]
    for place in form.fields:
        assert all(abs(round(value, 1) - value) < 1e-9 for value in (place.x, place.y, place.width, place.size))
    assert read_form(write_form(form)) == form


@given(st.sampled_from(NAMES), st.integers(-20, 20), st.integers(-20, 20))
def test_there_and_back_is_where_it_was(name: str, right: int, down: int) -> None:
    """In steps of 0.1 mm as well: a hundred of them must not creep."""
    form = there = placing.moved(OWN, [name], 0, 0)
    free = 2.0
    if at(form, name).x < free or at(form, name).x + at(form, name).width > form.width - free:
        return
    for _ in range(abs(right)):
        there = placing.moved(there, [name], 0.1 if right > 0 else -0.1, 0)
    for _ in range(abs(down)):
        there = placing.moved(there, [name], 0, 0.1 if down > 0 else -0.1)
    assert at(there, name).x == pytest.approx(at(form, name).x + right / 10)
    for _ in range(abs(right)):
        there = placing.moved(there, [name], -0.1 if right > 0 else 0.1, 0)
    for _ in range(abs(down)):
        there = placing.moved(there, [name], 0, -0.1 if down > 0 else 0.1)
    assert there == form


def test_a_column_takes_its_line_along_up_and_down_but_not_sideways() -> None:
    lower = placing.moved(OWN, ["line.amount"], 0, 2)
    assert {at(lower, name).y for name in NAMES if name.startswith("line.")} == {57.5}
    aside = placing.moved(OWN, ["line.amount"], -2, 0)
    assert at(aside, "line.amount").x == 192
    assert at(aside, "line.item").x == at(OWN, "line.item").x


def test_the_last_row_of_items_stays_on_the_paper() -> None:
    """Five rows of 7 mm stand below the first one."""
    low = placing.moved(OWN, ["line.item"], 0, 400)
    assert at(low, "line.item").y == pytest.approx(OWN.height - 28, abs=0.06)
    assert "rows" not in form_problems(low)


def test_several_move_by_the_same_length() -> None:
    form = placing.moved(OWN, NAMES, -400, 0)
    assert min(place.x for place in form.fields) == 0
    assert at(form, "payer").x - at(form, "date").x == at(OWN, "payer").x - at(OWN, "date").x


def test_a_value_is_placed_once_and_taken_away() -> None:
    form = placing.placed(OWN, "desk")
    assert placing.placed(form, "desk") == form
    assert "desk" in placing.all_names(form)
    assert placing.taken_away(form, ["desk"]) == OWN
    bare = placing.taken_away(OWN, ["payer"])
    assert "付款人" in form_problems(bare)["fields"]
    assert at(placing.placed(bare, "payer"), "payer") == at(OWN, "payer"), "back where the program had it"
    with pytest.raises(KeyError):
        placing.placed(OWN, "colour")


@pytest.mark.parametrize("name", sorted(FIELD_WORDS))
def test_every_value_can_be_placed_on_the_smallest_form(name: str) -> None:
    small = OWN.but(width=100.0, height=60.0, fields=(), rows=2)
    form = placing.placed(small, name)
    assert not [words for key, words in form_problems(form).items() if key == f"fields.{name}"]


def test_nine_boxes_do_not_leave_the_paper() -> None:
    form = placing.set_to(placing.placed(OWN, "boxes"), "boxes", x=60, step=8)
    far = at(placing.moved(form, ["boxes"], 400, 0), "boxes")
    assert far.x + 9 * 8 == pytest.approx(241, abs=0.06)
    assert placing.widened(form, ["boxes"], 5) == form, "their width is the step"


def test_what_is_typed_off_the_paper_stays_and_is_told() -> None:
    form = placing.set_to(OWN, "payer", x=230, align=Align.RIGHT)
    assert at(form, "payer").x == 230
    assert at(form, "payer").align is Align.RIGHT
    assert "超出了纸边" in form_problems(form)["fields.payer"]
    back = placing.moved(form, ["payer"], -1, 0)
    assert "fields.payer" not in form_problems(back), "one key brings it in"


def test_the_value_under_a_point() -> None:
    assert placing.field_at(OWN, 50, 37) == at(OWN, "payer")
    assert placing.field_at(OWN, 200, 68.5) == at(OWN, "line.amount"), "on its third row"
    assert placing.field_at(OWN, 5, 5) is None


# ---- steps ---------------------------------------------------------------------------------------------------------


def test_steps_go_back_and_forth() -> None:
    history = placing.History(OWN)
    assert not history.can_undo
    one, two = placing.moved(OWN, ["payer"], 1, 0), placing.moved(OWN, ["payer"], 2, 0)
    assert history.take(one)
    assert not history.take(one), "nothing changed"
    history.take(two)
    history.undo()
    assert history.form == one
    history.redo()
    assert history.form == two
    history.undo()
    history.undo()
    assert (history.form, history.can_undo) == (OWN, False)
    history.take(two)
    assert not history.can_redo


def test_a_key_held_down_is_one_step_back() -> None:
    history = placing.History(OWN)
    form = OWN
    for _ in range(30):
        form = placing.moved(form, ["payer"], 1, 0)
        history.take(form, 7)
    history.take(placing.moved(form, ["payer"], 0, 1), 8)
    history.undo()
    assert history.form == form
    history.undo()
    assert history.form == OWN


# ---- samples -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", [USUAL, FULL, RED])
def test_a_sample_cannot_pass_for_a_receipt(which: str) -> None:
    paper = sample_receipt(which)
    assert paper.number.startswith("样张")
    assert "样张" in "".join(pdf_text(receipt_pdf(paper, OWN)))


def test_the_fullest_sample_shows_what_does_not_fit() -> None:
    words = "；".join(receipt_notices(sample_receipt(FULL), OWN))
    assert "「付款人」写不下" in words
    assert "其余 8 项" in words
    assert receipt_notices(sample_receipt(USUAL), OWN) == []
    wide = OWN.but(fields=tuple(replace(place, width=140.0, x=20.0) for place in OWN.fields))
    assert "写不下" not in "；".join(receipt_notices(sample_receipt(USUAL), wide))
