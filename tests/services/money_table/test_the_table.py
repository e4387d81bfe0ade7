"""The table as a whole: every case says how it is reckoned, no two have one name, and README.md counts them truly."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from pathlib import Path

from tests.services.money_table.kit import Case

FOLDER = Path(__file__).parent


def cases_by_file() -> dict[str, list[Case]]:
    """Every case of every file, without running the code it is for."""
    found: dict[str, list[Case]] = {}
    for path in sorted(FOLDER.glob("test_*.py")):
        module = importlib.import_module(f"{__package__}.{path.stem}")
        tables = [value for value in vars(module).values() if isinstance(value, tuple)]
        cases = [case for table in tables for case in table if isinstance(case, Case)]
        if cases:
            found[path.name] = cases
    return found


def test_every_case_says_how_it_is_reckoned() -> None:
    silent = [case.name for cases in cases_by_file().values() for case in cases if len(case.why) < 5]
    assert silent == []


def test_no_two_cases_have_one_name() -> None:
    for name, cases in cases_by_file().items():
        assert [twice for twice, times in Counter(case.name for case in cases).items() if times > 1] == [], name


def test_the_readme_counts_the_cases() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    told = {name: int(count) for name, count in re.findall(r"\| `(test_\w+\.py)` \| (\d+) \|", text)}
    counts = {name: len(cases) for name, cases in cases_by_file().items()}
    assert told == counts
    assert re.search(rf"\b{sum(counts.values())} cases\b", text)
