"""One meter's story: its readings with what was corrected, the meter before it, the months."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from desktop.models.values import ReadingKind
from desktop.services import meter_story, reading_entry
from desktop.services.acts import Op
from desktop.services.attachments import FileForm
from desktop.services.office import Office
from desktop.services.work import PROGRAM, begin, look
from tests.offices import rooms_of
from tests.services.meter_kit import meter_with, put_meter, put_reading


def test_the_story_of_a_meter_goes_back_through_the_one_it_replaced(office: Office) -> None:
    room = rooms_of(office)[0]
    old = meter_with(office, room, (date(2026, 8, 20), "100"))
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        wrong = put_reading(work, old, date(2026, 9, 20), "1110")
        better = put_reading(work, old, date(2026, 9, 20), "110", reverses=wrong)
        put_reading(work, old, date(2026, 10, 1), "114", ReadingKind.REPLACEMENT)
        new = put_meter(work, room, replaces=old, on=date(2026, 10, 1))
        put_reading(work, new, date(2026, 10, 1), "0", ReadingKind.REPLACEMENT)
        put_reading(work, new, date(2026, 10, 20), "7")
        photos = reading_entry.add_reading_photos(work, wrong, [FileForm("水表", "image/jpeg", b"x")])
    with look(office, PROGRAM) as reading:
        story = meter_story.meter_story(reading, new)
    assert [(row.meter_id, row.value, row.use) for row in story.readings] == [
        (new, Decimal(7), Decimal(7)), (new, Decimal(0), None), (old, Decimal(114), Decimal(4)),
        (old, Decimal(110), Decimal(10)), (old, Decimal(100), None),
    ]  # fmt: skip
    corrected = story.readings[3]
    assert (corrected.id, corrected.was, corrected.photos) == (better, Decimal(1110), tuple(photos))
    months = {month.month.month: month.use for month in story.months if month.use is not None}
    assert months == {8: Decimal("3.5"), 9: Decimal("10.1"), 10: Decimal("7.3")}
    assert story.card.id == new
