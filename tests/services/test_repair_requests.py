"""The two lists of requests by which guessing is measured: enough of them, and a part that nobody tuned on."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("name", "least", "held_part", "least_of_a_category"),
    [("repair_requests.tsv", 300, 3, 15), ("repair_requests_heard.tsv", 240, 2, 15)],
)
def test_requests_are_many_and_a_part_is_held_out_by_the_rule_the_list_names(
    name: str, least: int, held_part: int, least_of_a_category: int
) -> None:
    rows = rows_of(name)
    assert {len(row) for row in rows} == {5}
    texts = [row[4] for row in rows]
    assert len(texts) == len(set(texts)) >= least
    by_digest = sorted(texts, key=lambda text: hashlib.sha256(text.encode()).hexdigest())
    held_out = set(by_digest[: len(texts) // held_part])
    assert {row[4] for row in rows if row[3] == "held-out"} == held_out
    assert {row[3] for row in rows} == {"tune", "held-out"}
    assert {row[1] for row in rows} == {"repair", "complaint"}
    assert {row[2] for row in rows} == {"ordinary", "urgent"}
    assert min(Counter(row[0] for row in rows).values()) >= least_of_a_category


def test_no_request_stands_in_both_lists() -> None:
    first, second = ({row[4] for row in rows_of(name)} for name in ("repair_requests.tsv", "repair_requests_heard.tsv"))
    assert not first & second


def rows_of(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]
