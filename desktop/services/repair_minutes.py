"""Deadlines of single kinds of repairs 各类时限: minutes that differ from the usual ones, for categories and levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from desktop.models.offices import Node
from desktop.models.values import CaseLevel, OrderKind, RepairCategory, Right
from desktop.services import repair_clock, settings
from desktop.services.errors import ProblemsFound
from desktop.services.repair_intake import CASES, KIND_WORDS, LEVEL_WORDS
from desktop.services.repair_words import CATEGORY_WORDS
from desktop.services.rights import needs
from desktop.services.work import Look, Work

NAMES = ("answer", "urgent_answer", "finish", "urgent_finish")
"""Working minutes to the answer and to the end; what is urgent counts all minutes."""
MOST = 60 * 24 * 60
"""Sixty days; more is no deadline."""


@dataclass(frozen=True, slots=True)
class MinutesRow:
    """One kind of repairs. `own`: what differs from the usual, by name; `usual`: what holds where nothing does."""

    key: tuple[str, str]
    """("repair_minutes", category) or ("case_minutes", "incident 2")."""
    words: str
    names: tuple[str, ...]
    """Which minutes it may have."""
    own: Mapping[str, int]
    usual: Mapping[str, int]

    def holds(self, name: str) -> int | None:
        """What holds today; None: it has no such minutes."""
        return self.own.get(name, self.usual.get(name)) if name in self.names else None


@needs(Right.SEE_BOARD)
def list_minutes(look: Look) -> list[MinutesRow]:
    """Every category, then complaints and incidents by level."""
    rules = repair_clock.rules_of(look)
    usual = {
        "answer": rules.answer, "urgent_answer": rules.urgent_answer, "finish": rules.finish,
        "urgent_finish": rules.urgent_finish,
    }  # fmt: skip
    rows = [
        MinutesRow(("repair_minutes", each.value), words, NAMES, rules.own.get(each.value, {}), usual)
        for each, words in CATEGORY_WORDS.items()
    ]
    for kind in CASES:
        for level, words in LEVEL_WORDS.items():
            stored = rules.cases.get(kind.value, {}).get(str(int(level)))
            name = "urgent_finish" if level is CaseLevel.GRAVE else "finish"
            own = {} if stored is None else {name: stored}
            title = f"{KIND_WORDS[kind]} · {words}"
            rows.append(MinutesRow(("case_minutes", f"{kind.value} {int(level)}"), title, (name,), own, usual))
    return rows


def minutes_problems(minutes: Mapping[str, int | None]) -> dict[str, str]:
    """What is still to be mended, by name."""
    return {
        name: f"写 1 到 {MOST} 分钟，空着就按平时的"
        for name, number in minutes.items()
        if number is not None and not 1 <= number <= MOST
    }


@needs(Right.EDIT_SETTINGS)
def save_minutes(work: Work, key: tuple[str, str], minutes: Mapping[str, int | None]) -> None:
    """The minutes of one kind from today on; None: as usual. Those of the others stay. Raises ProblemsFound."""
    if problems := minutes_problems(minutes):
        raise ProblemsFound(problems)
    work.session.execute(sa.select(Node.id).with_for_update())  # two who save at once come one after the other
    setting, which = key
    table = {word: dict(each) for word, each in settings.value_of(work, setting).items() if isinstance(each, dict)}
    kept = {name: number for name, number in minutes.items() if number is not None}
    if setting == "repair_minutes":
        table[RepairCategory(which).value] = kept
    else:
        kind, _, level = which.partition(" ")
        of_kind = table.setdefault(OrderKind(kind).value, {})
        of_kind.pop(level, None)
        of_kind |= {str(int(CaseLevel(int(level)))): number for number in kept.values()}
    settings.put(work, setting, {word: each for word, each in table.items() if each})
