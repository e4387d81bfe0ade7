"""Approvals 审批: things go into a flow, steps are taken, the result stands. The walk-in flow has only compulsory
steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    flow = work.session.scalar(
        sa.select(Flow)
        .where(Flow.kind == "walk_in", Flow.valid_from <= work.world.today(), Flow.deleted_at.is_(None))
        .order_by(Flow.ordinal.desc())
        .limit(1)
    )
    if flow is None:
        raise DomainError("没有可用的入住流程：请管理员检查审批设置")
    for subject_id, known in facts.items():
        case = FlowCase(flow_id=flow.id, subject_table=subject_table, subject_id=subject_id, state=CaseState.OPEN)
        work.add(case)
        if _passed(work, case, flow.steps, known):
            case.state = move(APPROVAL, case.state, "approve")


def _passed(work: Work, case: FlowCase, steps: Sequence[Mapping[str, str]], known: Mapping[str, bool]) -> bool:
    """Whether every step was one for the program; the first that waits for a person leaves the case open."""
    for step in steps:
        if step["by"] != "program":
            return False
        if not known.get(step["key"], False):
            raise StepRefused(step["key"], step["title"])
        work.add(FlowStep(case_id=case.id, key=step["key"], result="passed", facts={}))
    return True
