"""What an office adds itself: custom fields 自定义字段 and tags 标签."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Meets, Profile
from desktop.models.columns import Json


class CustomField(Profile):
    """A field the office defined, e.g. 宠物数量."""

    __tablename__ = "custom_field"

    subject_table: Mapped[str]
    key: Mapped[str]
    title: Mapped[str]
    kind: Mapped[str]
    """text | number | money | date | choice | yes_no."""
    choices: Mapped[Any] = mapped_column(Json)
    required: Mapped[bool]
    sort: Mapped[int] = mapped_column(sa.Integer)


class CustomValue(Meets, Profile):
    """The value of a custom field on one row."""

    __tablename__ = "custom_value"
    __table_args__ = (sa.UniqueConstraint("custom_field_id", "subject_id", "arrived"),)

    custom_field_id: Mapped[UUID] = mapped_column(sa.ForeignKey("custom_field.id"))
    subject_id: Mapped[UUID] = mapped_column(index=True)
    value: Mapped[Any] = mapped_column(Json)


class Tag(Profile):
    """A word staff may hang on parties, rooms or leases."""

    __tablename__ = "tag"

    title: Mapped[str]
    sensitive: Mapped[bool]
    """Reveals health, faith or age of minors: shown by right only."""


class TagUse(Meets, Profile):
    """A tag on one row."""

    __tablename__ = "tag_use"
    __table_args__ = (sa.UniqueConstraint("tag_id", "subject_id", "arrived"),)

    tag_id: Mapped[UUID] = mapped_column(sa.ForeignKey("tag.id"))
    subject_table: Mapped[str]
    subject_id: Mapped[UUID] = mapped_column(index=True)
