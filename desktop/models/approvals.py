"""Approvals 审批: flows with versions, running cases and the steps taken."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Ledger, Meets, Profile
from desktop.models.columns import Json, Word


class CaseState(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Flow(Meets, Profile):
    """One version of a flow; running cases keep theirs."""

    __tablename__ = "flow"
    __table_args__ = (sa.UniqueConstraint("project_id", "kind", "ordinal", "arrived"),)

    kind: Mapped[str]
    """walk_in | …"""
    ordinal: Mapped[int] = mapped_column(sa.Integer)
    title: Mapped[str]
    steps: Mapped[Any] = mapped_column(Json)
    """[{"key": "completeness", "title": "资料完整", "by": "program"}, …]; "by" is "program" or a right."""
    valid_from: Mapped[date]


class FlowCase(Profile):
    """Something that went into a flow."""

    __tablename__ = "flow_case"
    __machine__ = "approval"

    flow_id: Mapped[UUID] = mapped_column(sa.ForeignKey("flow.id"))
    subject_table: Mapped[str]
    subject_id: Mapped[UUID] = mapped_column(index=True)
    state: Mapped[CaseState] = mapped_column(Word(CaseState), index=True)


class FlowStep(Ledger):
    """A step that was taken, by whom, with what result."""

    __tablename__ = "flow_step"

    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("flow_case.id"), index=True)
    key: Mapped[str]
    result: Mapped[str]
    """passed | refused."""
    facts: Mapped[Any] = mapped_column(Json)
