"""Frames vote: what must hold for any readings, and the cases a clerk would call mistakes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.ocr.documents import BACK_FIELDS, FRONT_FIELDS, Side
from desktop.ocr.emblem_side import SPAN_DOUBT
from desktop.ocr.fields import FieldReading
from desktop.ocr.id_number import is_valid, make_id_number
from desktop.ocr.votes import DISAGREE, ONE_FRAME, Fields, settled, vote

TODAY = date(2026, 11, 22)
BIRTH = date(1991, 4, 12)
NUMBER = make_id_number(BIRTH, "male", sequence=7)
GOOD = {
    "name": "陈思远",
    "sex": "男",
    "ethnicity": "汉",
    "birth": BIRTH.isoformat(),
    "address": "浙江省杭州市西湖区文昌巷27号",
    "number": NUMBER,
}
GOOD_BACK = {"issuer": "杭州市公安局西湖分局", "valid_from": "2019-06-03", "valid_to": "2039-06-03"}

REASONS = st.lists(st.sampled_from(["字迹识别把握不足,请核对", "这一栏有反光,请核对"]), max_size=2).map(tuple)
WRONG: dict[str, st.SearchStrategy[str]] = {
    "name": st.sampled_from(["陈恩远", "陈思", "东思远"]),
    "sex": st.just("女"),
    "ethnicity": st.sampled_from(["回", "满"]),
    "birth": st.dates(date(1930, 1, 1), date(2020, 1, 1)).map(lambda day: day.isoformat()),
    "address": st.sampled_from(["浙江省杭州市西湖区文昌巷21号", "西湖区文昌巷"]),
    "number": st.text("0123456789X", min_size=15, max_size=18)
    | st.builds(make_id_number, st.dates(date(1930, 1, 1), date(2020, 1, 1)), st.sampled_from(["male", "female"])),
    "issuer": st.sampled_from(["州市公安局西湖分局", "杭州市公安局"]),
    "valid_from": st.dates(date(2005, 1, 1), date(2026, 1, 1)).map(lambda day: day.isoformat()),
    "valid_to": st.just("长期") | st.dates(date(2026, 1, 1), date(2045, 1, 1)).map(lambda day: day.isoformat()),
}


def good(values: dict[str, str] | None = None, sure: float = 0.98) -> dict[str, FieldReading]:
    return {key: FieldReading(text, sure) for key, text in (values or GOOD).items()}


def truth(key: str) -> str:
    return {**GOOD, **GOOD_BACK}[key]


@st.composite
def readings(draw: st.DrawFn, key: str) -> FieldReading:
    text = draw(st.none() | st.just(truth(key)) | WRONG[key])
    return FieldReading(text, draw(st.floats(0, 1)), reasons=draw(REASONS))


@st.composite
def frames(draw: st.DrawFn, side: Side) -> dict[str, FieldReading]:
    keys = FRONT_FIELDS if side == "front" else BACK_FIELDS
    return {key: draw(readings(key)) for key in keys}


SIDES = st.sampled_from(["front", "back"])


@given(st.data(), SIDES)
def test_the_order_of_the_frames_makes_no_difference(data: st.DataObject, side: Side) -> None:
    given_frames = data.draw(st.lists(frames(side), min_size=1, max_size=5))
    mixed = data.draw(st.permutations(given_frames))
    assert vote(side, given_frames, TODAY) == vote(side, mixed, TODAY)


@given(st.data(), SIDES, st.integers(0, 4))
def test_one_bad_frame_among_four_good_ones_never_wins(data: st.DataObject, side: Side, place: int) -> None:
    values = GOOD if side == "front" else GOOD_BACK
    all_frames: list[Fields] = [good(values) for _ in range(4)]
    all_frames.insert(place, data.draw(frames(side)))
    fields = vote(side, all_frames, TODAY)
    assert {key: one.text for key, one in fields.items()} == values
    for key, one in fields.items():
        bad = all_frames[place][key]
        if bad.text in (truth(key), None) or bad.reasons:
            assert not one.reasons


@given(st.data())
def test_a_number_that_holds_is_never_replaced_by_one_that_does_not(data: st.DataObject) -> None:
    given_frames = data.draw(st.lists(frames("front"), min_size=1, max_size=5))
    voted = vote("front", given_frames, TODAY)["number"].text
    if any(one["number"].text is not None and is_valid(one["number"].text) for one in given_frames):
        assert voted is not None
        assert is_valid(voted)


@given(st.data(), SIDES)
def test_nothing_is_invented_and_good_frames_that_disagree_leave_a_doubt(data: st.DataObject, side: Side) -> None:
    given_frames = data.draw(st.lists(frames(side), min_size=1, max_size=5))
    for key, one in vote(side, given_frames, TODAY).items():
        texts = {frame[key].text for frame in given_frames}
        assert one.text in texts
        assert one.text is not None or texts == {None}
        clear = {frame[key].text for frame in given_frames if not frame[key].reasons and frame[key].confidence > 0.95}
        if len(clear - {None}) > 1 and key not in ("number", "birth", "sex"):
            assert one.reasons
        assert one.text not in one.suggestions


@given(frames("front"))
def test_one_frame_speaks_for_itself(frame: dict[str, FieldReading]) -> None:
    voted = vote("front", [frame], TODAY)
    for key, one in voted.items():
        assert one.text == frame[key].text
        assert set(one.reasons) <= set(frame[key].reasons)
        assert bool(one.reasons) == bool(frame[key].reasons)


def test_an_unread_field_is_the_same_in_any_order() -> None:
    sure, unsure = ({"issuer": FieldReading(None, confidence)} for confidence in (0.5, 0.1))
    assert vote("back", [sure, unsure]) == vote("back", [unsure, sure])


def test_a_proven_number_needs_no_majority_and_settles_birth_and_sex() -> None:
    blurred = good() | {
        "number": FieldReading(
            NUMBER[:17] + "0" if NUMBER[17] != "0" else NUMBER[:17] + "1", 0.9, reasons=("校验位不符",)
        ),
        "birth": FieldReading("1991-04-17", 0.85, reasons=("与公民身份号码中的出生日期不一致",)),
    }
    fields = vote("front", [blurred, blurred, good()], TODAY)
    assert fields["number"].text == NUMBER
    assert not fields["number"].reasons
    assert fields["birth"].text == BIRTH.isoformat()
    assert DISAGREE in fields["birth"].reasons  # more frames saw another day: the clerk looks


def test_two_people_under_one_camera_are_never_mixed_in_silence() -> None:
    other = good() | {
        "name": FieldReading("周若琳", 0.98),
        "number": FieldReading(make_id_number(date(1996, 9, 30), "female", sequence=3), 0.99),
        "birth": FieldReading("1996-09-30", 0.99),
        "sex": FieldReading("女", 0.99),
    }
    fields = vote("front", [good(), good(), other], TODAY)
    assert all(DISAGREE in fields[key].reasons for key in ("name", "number"))
    assert "周若琳" in fields["name"].suggestions


def test_a_doubted_name_stays_doubted_until_three_good_frames_agree() -> None:
    unsure = good() | {"name": FieldReading("陈思远", 0.7, reasons=("字迹识别把握不足,请核对",))}
    assert vote("front", [good(), good(), unsure], TODAY)["name"].reasons
    assert not vote("front", [good(), good(), good(), unsure], TODAY)["name"].reasons
    assert vote("front", [good(), good(), good(), unsure, unsure], TODAY)["name"].reasons


def test_what_only_one_frame_read_is_shown_with_a_doubt() -> None:
    blank = good() | {"address": FieldReading(None, 0.0, reasons=("没有读出,请手工录入",))}
    fields = vote("front", [blank, blank, good()], TODAY)
    assert fields["address"].text == GOOD["address"]
    assert fields["address"].reasons == (ONE_FRAME,)


def test_dates_that_won_apart_must_make_a_lawful_term() -> None:
    early = good(GOOD_BACK) | {"valid_to": FieldReading("2038-06-03", 0.97)}
    fields = vote("back", [early, early, good(GOOD_BACK)], TODAY)
    assert (fields["valid_from"].text, fields["valid_to"].text) == ("2019-06-03", "2038-06-03")
    assert SPAN_DOUBT in fields["valid_to"].reasons


@pytest.mark.parametrize("side", ["front", "back"])
def test_without_readings_there_are_no_fields(side: Side) -> None:
    assert vote(side, []) == {}
    assert not settled({})
    assert settled(vote(side, [good(GOOD if side == "front" else GOOD_BACK)]))
    one = vote(side, [good(GOOD if side == "front" else GOOD_BACK)])
    key = next(iter(one))
    assert not settled({**one, key: replace(one[key], text=None)})
