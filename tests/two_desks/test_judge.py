"""The judge of the two desks sees what it is there for: each kind of wrong, made up here, is found."""

from __future__ import annotations

from typing import Any

from tests.two_desks.judge import both_versions, nothing_overwritten_unseen, once

NOTE = ["party", "p1", "note"]


def act(desk: str, name: str, act_id: str, outcome: str = "confirmed", **more: Any) -> dict[str, Any]:
    return {"desk": desk, "name": name, "act": act_id, "outcome": outcome, "saw": [], "wrote": [], "told": "", **more}


def edit(desk: str, act_id: str, saw: str, wrote: str) -> dict[str, Any]:
    return act(desk, "edit party", act_id, saw=[[*NOTE, saw]], wrote=[[*NOTE, wrote]])


def test_a_confirmed_act_that_is_not_there_or_twice_is_found() -> None:
    acts = [act("A", "pay", "1"), act("B", "pay", "2")]
    assert once(acts, {}, {"1": 1, "2": 1}) == []
    assert "stored: False" in once(acts, {}, {"1": 1})[0]
    assert "2 times" in once(acts, {}, {"1": 2, "2": 1})[0]


def test_an_act_that_was_refused_and_is_there_or_that_nobody_knows_is_found() -> None:
    assert "stored: True" in once([act("A", "pay", "1", "refused")], {}, {"1": 1})[0]
    assert "nobody was told" in once([], {}, {"9": 1})[0]


def test_an_act_in_doubt_must_be_settled_and_rightly() -> None:
    doubt = [act("A", "pay", "1", "unsure")]
    assert "never settled" in once(doubt, {}, {"1": 1})[0]
    assert once(doubt, {"1": True}, {"1": 1}) == []
    assert once(doubt, {"1": False}, {}) == []
    assert once(doubt, {"1": False}, {"1": 1}) != []


def test_an_edit_over_what_its_clerk_had_not_seen_is_found() -> None:
    fair = [edit("A", "1", "", "甲"), edit("B", "2", "甲", "乙")]
    assert nothing_overwritten_unseen(fair) == []
    blind = [edit("A", "1", "", "甲"), edit("B", "2", "", "乙")]
    assert "wrote over '甲' of A" in nothing_overwritten_unseen(blind)[0]


def test_who_is_overtaken_without_both_versions_is_found() -> None:
    refused = {"outcome": "refused", "error": "RowChanged"}
    shown = act("A", "edit party", "1", **refused, theirs={"note": "甲"}, yours={"note": "乙"}, by={"note": "周砚秋"})
    assert both_versions([shown]) == []
    assert both_versions([{**shown, "theirs": {}}]) != []
    assert both_versions([{**shown, "by": {}}]) != []
