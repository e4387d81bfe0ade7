"""Approvals 审批: things go into a flow, steps are taken, the result stands. The walk-in flow has only compulsory
steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.approvals import CaseState, Flow, FlowCase, FlowStep
from desktop.services.errors import DomainError
from desktop.services.rights import part
from desktop.services.transitions import APPROVAL, move
from desktop.services.work import Work


class StepRefused(DomainError):
    """A compulsory step did not pass; `key` names it."""

    def __init__(self, key: str, title: str) -> None:
        super().__init__(f"入住流程没有通过「{title}」：补齐后再提交")
        self.key = key


@part
def run_walk_in(work: Work, subject_table: str, facts: Mapping[UUID, Mapping[str, bool]]) -> None:
    """Send check-ins through the flow in force; steps by the program are taken at once. Raises StepRefused.

    `facts` maps a subject to what is known of it: {"completeness": True, "notice": True}.
    """
    flow = work.session.connection().execute(_WALK_IN, {"today": work.world.today()}).first()
    if flow is None:
        raise DomainError("没有可用的入住流程：请管理员检查审批设置")
    cases: list[tuple[Any, ...]] = []
    steps: list[tuple[Any, ...]] = []
    for subject_id, known in facts.items():
        case_id, state = work.world.new_id(), CaseState.OPEN
        passed = _passed(flow.steps, known)
        steps += [(work.world.new_id(), case_id, key, "passed", {}) for key in passed]
        if len(passed) == len(flow.steps):
            state = move(APPROVAL, state, "approve")
        cases.append((case_id, flow.id, subject_table, subject_id, state))
    work.insert_many(FlowCase, ["id", "flow_id", "subject_table", "subject_id", "state"], cases)
    work.insert_many(FlowStep, ["id", "case_id", "key", "result", "facts"], steps)


_WALK_IN = (
    sa.select(Flow.id, Flow.steps)
    .where(Flow.kind == "walk_in", Flow.valid_from <= sa.bindparam("today"), Flow.deleted_at.is_(None))
    .order_by(Flow.ordinal.desc())
    .limit(1)
)


def _passed(steps: Sequence[Mapping[str, str]], known: Mapping[str, bool]) -> list[str]:
    """The steps taken by the program; the first that waits for a person leaves the case open."""
    passed = []
    for step in steps:
        if step["by"] != "program":
            break
        if not known.get(step["key"], False):
            raise StepRefused(step["key"], step["title"])
        passed.append(step["key"])
    return passed
