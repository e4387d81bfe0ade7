"""Several readings of one side of a card become one: frames vote for each field, and what a checksum proves wins.

Pure: no picture is looked at, the order of the readings makes no difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from desktop.ocr.documents import BACK_FIELDS, FRONT_FIELDS, Side
from desktop.ocr.emblem_side import SPAN_DOUBT, lawful_span
from desktop.ocr.fields import FOREVER, SURE, SURE_NAME, FieldReading
from desktop.ocr.id_number import IdNumberError, parse_id_number

ENOUGH = 3
"""Good frames that must agree on a name before what one of the others doubted is dropped."""
DISAGREE = "几次识别不一致，请核对"
ONE_FRAME = "只有一次读出，请核对"

_GOOD, _DOUBTED = 1.0, 0.3  # a vote without reasons to look, and one with
_SEXES = {"male": "男", "female": "女", None: None}

Fields = Mapping[str, FieldReading]


@dataclass(frozen=True, slots=True)
class _Count:
    """What the readings say about one text."""

    text: str
    readings: tuple[FieldReading, ...]
    proven: bool
    good: int

    @property
    def weight(self) -> float:
        return sum((_DOUBTED if one.reasons else _GOOD) * one.confidence for one in self.readings)

    @property
    def order(self) -> tuple[bool, int, float, int, str]:
        """Proof first, then good frames, then all by how sure they were; the text makes ties fall the same way."""
        return (self.proven, self.good, round(self.weight, 6), len(self.readings), self.text)


def vote(side: Side, readings: Sequence[Fields], today: date | None = None) -> dict[str, FieldReading]:
    """The fields of one side from several readings of it, each with the doubts that remain.

    A number with a valid check digit is never replaced by one without. A text wins by the good frames that read it
    (those with nothing to look at in it), then by all. Where another good frame, or most frames, read something else
    the field stays doubtful and says what else was read. With one reading the outcome is that reading.
    """
    keys = FRONT_FIELDS if side == "front" else BACK_FIELDS
    given = [one for one in readings if any(key in one for key in keys)]
    if not given:
        return {}
    number = _winner("number", given, None, today) if side == "front" else None
    holds = number.text if number is not None and number.proven else None
    voted = {key: _voted(key, given, holds, today) for key in keys}
    return _dates_agree(voted) if side == "back" else voted


def _dates_agree(voted: dict[str, FieldReading]) -> dict[str, FieldReading]:
    """The two dates may have won in different frames: together they must be a lawful term."""
    start, end = (voted[key].text for key in ("valid_from", "valid_to"))
    if (
        start is None
        or end is None
        or end == FOREVER
        or lawful_span(date.fromisoformat(start), date.fromisoformat(end))
    ):
        return voted
    for key in ("valid_from", "valid_to"):
        if SPAN_DOUBT not in voted[key].reasons:
            voted[key] = replace(voted[key], reasons=(*voted[key].reasons, SPAN_DOUBT))
    return voted


def settled(fields: Fields) -> bool:
    """Whether every field was read and none is doubtful, so that no further frame need be read."""
    return bool(fields) and all(one.text is not None and not one.reasons for one in fields.values())


def _voted(key: str, given: Sequence[Fields], number: str | None, today: date | None) -> FieldReading:
    counts = _counts(key, given, number, today)
    best = max(counts, key=lambda count: count.order, default=None)
    if best is None:
        unread = [one[key] for one in given if key in one]
        return max(unread, key=_rank, default=FieldReading(None, 0.0))
    shown = max(best.readings, key=_rank)
    rivals = [other for other in counts if other is not best]
    # What a check proves is not made doubtful by a frame that misread it.
    disputed = any(other.good and other.proven == best.proven for other in rivals)
    if key != "number":
        disputed = disputed or sum(len(other.readings) for other in rivals) > len(best.readings)
    reasons = _left(best, key, disputed)
    if disputed:
        reasons = (*reasons, DISAGREE)
    elif len(given) > 1 and len(best.readings) == 1 and not best.proven and not reasons:
        reasons = (ONE_FRAME,)
    offered = [other.text for other in sorted(rivals, key=lambda other: other.order, reverse=True)]
    offered += [text for one in sorted(best.readings, key=_rank, reverse=True) for text in one.suggestions]
    suggestions = tuple(text for text in dict.fromkeys(offered) if text != best.text) if reasons else ()
    return replace(shown, reasons=reasons, suggestions=suggestions)


def _left(best: _Count, key: str, disputed: bool) -> tuple[str, ...]:
    """The reasons to look that remain of those the agreeing frames had.

    A good frame among them clears what only the others doubted, as it would have alone. A name has no check, so
    its doubts stay until `ENOUGH` good frames agree, and even then those that came more than once.
    """
    told = sorted({reason for one in best.readings for reason in one.reasons})
    if key == "name" and (disputed or best.good < ENOUGH):
        return tuple(told)
    if key == "name":
        return tuple(reason for reason in told if sum(reason in one.reasons for one in best.readings) > 1)
    if best.good:
        return ()
    return min((one.reasons for one in best.readings), key=lambda reasons: (len(reasons), reasons))


def _winner(key: str, given: Sequence[Fields], number: str | None, today: date | None) -> _Count | None:
    return max(_counts(key, given, number, today), key=lambda count: count.order, default=None)


def _counts(key: str, given: Sequence[Fields], number: str | None, today: date | None) -> list[_Count]:
    by_text: dict[str, list[FieldReading]] = {}
    for one in given:
        reading = one.get(key)
        if reading is not None and reading.text is not None:
            by_text.setdefault(reading.text, []).append(reading)
    least = SURE_NAME if key == "name" else SURE
    return [
        _Count(
            text,
            tuple(sorted(same, key=_rank)),
            _proven(key, text, number, today),
            sum(not one.reasons and one.confidence >= least for one in same),
        )
        for text, same in sorted(by_text.items())
    ]


def _proven(key: str, text: str, number: str | None, today: date | None) -> bool:
    """Whether a check stands behind a text: its own digit behind a number, a number that holds behind birth and sex."""
    if key == "number":
        return _holds(text, today)
    if number is None or key not in ("birth", "sex"):
        return False
    known = parse_id_number(number)
    return text == (known.birth.isoformat() if key == "birth" else _SEXES[known.sex])


def _holds(text: str, today: date | None) -> bool:
    if len(text) != 18:
        return False
    try:
        parse_id_number(text, today)
    except IdNumberError:
        return False
    return True


def _rank(one: FieldReading) -> tuple[bool, float, tuple[str, ...], tuple[str, ...], str]:
    """The better reading of two of one text; the last parts make the choice the same in any order."""
    return (not one.reasons, one.confidence, one.reasons, one.suggestions, repr(one.box))
