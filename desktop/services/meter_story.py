"""One meter with its story: what it showed, what was used month by month, who corrected what, the meters before it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.documents import StoredFile
from desktop.models.meters import Reading
from desktop.models.values import ReadingKind, Right
from desktop.services import meters
from desktop.services.errors import DomainError
from desktop.services.meter_trends import MonthUse, by_month
from desktop.services.meter_usage import usage_between
from desktop.services.meter_uses import meter_facts_of, uses_between
from desktop.services.meters import MeterCard
from desktop.services.reading_entry import PHOTO
from desktop.services.readings import StandingReading, standing_readings
from desktop.services.rights import needs
from desktop.services.work import Look

KIND_WORDS = {
    ReadingKind.INITIAL: "入住", ReadingKind.REGULAR: "抄表", ReadingKind.FINAL: "搬离",
    ReadingKind.REPLACEMENT: "换表", ReadingKind.ESTIMATED: "估读",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoryReading:
    """A standing reading in the story of a meter."""

    id: UUID
    meter_id: UUID
    kind: ReadingKind
    value: Decimal
    read_on: date
    use: Decimal | None
    """Since the reading before it, multiplied; None for the first, or where it would be below nothing."""
    remark: str
    was: Decimal | None
    """What stood there before it was corrected; None: never corrected."""
    who: str
    photos: tuple[UUID, ...]
    """Of the reading and of those it takes the place of."""

    @property
    def words(self) -> str:
        return KIND_WORDS[self.kind]


@dataclass(frozen=True, slots=True)
class MeterStory:
    """A meter with what it and those before it in its place showed, the newest first."""

    card: MeterCard
    readings: tuple[StoryReading, ...]
    months: tuple[MonthUse, ...]


@needs(Right.READ_METERS)
def meter_story(look: Look, meter_id: UUID, months: int = 12) -> MeterStory:
    """One meter's story. Raises NotFound."""
    card = meters.meter_card(look, meter_id)
    line = meter_facts_of(look, [meter_id])
    wanted = {facts.replaces_id for facts in line.values() if facts.replaces_id is not None}
    while wanted:
        older = meter_facts_of(look, wanted)
        line |= older
        wanted = {facts.replaces_id for facts in older.values() if facts.replaces_id is not None} - line.keys()
    standing = standing_readings(look, list(line))
    stored = {
        row.id: row
        for row in look.session.execute(
            sa.select(Reading.id, Reading.value, Reading.reverses_id, StaffMember.name)
            .outerjoin(StaffMember, StaffMember.id == Reading.created_by)
            .where(Reading.meter_id.in_(line))
        )
    }
    photos = _photos(look, stored)
    rows: list[StoryReading] = []
    for each_id, readings in standing.items():
        facts = line[each_id]
        before: StandingReading | None = None
        for reading in readings:
            chain, at = [reading.id], stored[reading.id].reverses_id
            while at is not None:
                chain.append(at)
                at = stored[at].reverses_id
            use: Decimal | None = None
            if before is not None:
                try:
                    use = usage_between(
                        before.value, reading.value, facts.multiplier, facts.highest, reading.rolled_over
                    )
                except DomainError:
                    use = None
            rows.append(
                StoryReading(
                    reading.id, each_id, reading.kind, reading.value, reading.read_on, use, reading.remark or "",
                    stored[chain[1]].value if len(chain) > 1 else None, stored[reading.id].name or "程序",
                    tuple(photo for each in chain for photo in photos.get(each, ())),
                )
            )  # fmt: skip
            before = reading
    today = look.world.today()
    since = date(today.year - months // 12 - 1, 1, 1)
    uses = list(uses_between(look, line, since, today))
    # Of two readings of one day the new meter's stands over the old one's.
    order = {each_id: facts.installed_on for each_id, facts in line.items()}
    rows.reverse()
    rows.sort(key=lambda row: (row.read_on, order[row.meter_id], row.value), reverse=True)
    return MeterStory(card, tuple(rows), by_month(uses, today, months))


def _photos(look: Look, reading_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for row in look.session.execute(
        sa.select(StoredFile.id, StoredFile.subject_id)
        .where(
            StoredFile.kind == PHOTO, StoredFile.subject_id.in_(reading_ids), StoredFile.deleted_at.is_(None),
            StoredFile.file_key.is_not(None),
        )
        .order_by(StoredFile.created_at)
    ):  # fmt: skip
        found.setdefault(row.subject_id, []).append(row.id)
    return found
