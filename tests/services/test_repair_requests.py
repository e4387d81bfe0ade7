"""The list of requests by which the guessing of categories is measured: enough of them, and a third nobody tuned on."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

LIST = Path(__file__).with_name("repair_requests.tsv")


def test_requests_are_many_and_a_third_is_held_out_by_the_rule_the_list_names() -> None:
    lines = [line for line in LIST.read_text("utf-8").splitlines() if not line.startswith("#")]
    rows = [line.split("\t") for line in lines]
    assert {len(row) for row in rows} == {5}
    texts = [row[4] for row in rows]
    assert len(texts) == len(set(texts)) >= 300
    by_digest = sorted(texts, key=lambda text: hashlib.sha256(text.encode()).hexdigest())
    held_out = set(by_digest[: len(texts) // 3])
    assert {row[4] for row in rows if row[3] == "held-out"} == held_out
    assert {row[3] for row in rows} == {"tune", "held-out"}
    assert {row[1] for row in rows} == {"repair", "complaint"}
    assert {row[2] for row in rows} == {"ordinary", "urgent"}
    assert min(Counter(row[0] for row in rows).values()) >= 15
