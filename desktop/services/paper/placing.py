"""Placing values on a pre-printed form 套打: every step gives a new form, nothing leaves the paper, steps are undone.

Lengths are millimetres, kept to a tenth: that is what a ruler shows and what is stored. Columns of items that stand on
one line go up and down together; a form whose columns stood apart would print every item over two lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from math import ceil, floor

from desktop.services.paper.receipt_form import (
    BOXES,
    FIELD_WORDS,
    OWN_FIELDS,
    Align,
    FieldPlace,
    ReceiptForm,
)

LEAST_WIDE = 3.0
LEAST_SIZE, MOST_SIZE = 6.5, 24.0
_POINT = 25.4 / 72
_MOST_STEPS = 300

_WIDTHS = {"year": 14.0, "month": 8.0, "day": 8.0, "boxes": 8.0, "period": 62.0, "office": 80.0, "title": 50.0}
_USUAL = {place.name: place for place in OWN_FIELDS}


def field(form: ReceiptForm, name: str) -> FieldPlace | None:
    """Where a value stands, or None while it has no place."""
    return next((place for place in form.fields if place.name == name), None)


def moved(form: ReceiptForm, names: Iterable[str], right: float, down: float) -> ReceiptForm:
    """These values go right and down, all by the same length, as far as the paper goes."""
    chosen = set(names)
    if down:
        chosen |= _same_line(form, chosen)
    places = [place for place in form.fields if place.name in chosen]
    if not places:
        return form
    right = _shift(right, -min(p.x for p in places), form.width - max(p.x + _wide(p) for p in places))
    down = _shift(down, max(_top(p) - p.y for p in places), min(_bottom(form, p) - p.y for p in places))
    return _changed(form, chosen, lambda place: replace(place, x=tenth(place.x + right), y=tenth(place.y + down)))


def widened(form: ReceiptForm, names: Iterable[str], by: float) -> ReceiptForm:
    """The room of these values grows at its right end, as far as the paper goes."""

    def wider(place: FieldPlace) -> FieldPlace:
        if place.name == "boxes":
            return place
        return replace(place, width=tenth(_within(place.width + by, LEAST_WIDE, form.width - place.x)))

    return _changed(form, set(names), wider)


def sized(form: ReceiptForm, names: Iterable[str], by: float) -> ReceiptForm:
    """Letters larger or smaller by so many points; growing upwards, at the upper edge they go down a little."""

    def larger(place: FieldPlace) -> FieldPlace:
        grown = replace(place, size=tenth(_within(place.size + by, LEAST_SIZE, MOST_SIZE)))
        return replace(grown, y=max(grown.y, _top(grown)))

    return _changed(form, set(names), larger)


def set_to(
    form: ReceiptForm, name: str, *, x: float | None = None, y: float | None = None, width: float | None = None,
    size: float | None = None, align: Align | None = None, step: float | None = None,
) -> ReceiptForm:  # fmt: skip
    """One value as it was typed; what lies off the paper is left so, and told by `form_problems`."""

    def typed(place: FieldPlace) -> FieldPlace:
        return FieldPlace(
            place.name, place.x if x is None else x, place.y if y is None else y,
            place.width if width is None else width, place.size if size is None else size, align or place.align,
            place.step if step is None else step,
        )  # fmt: skip

    return _changed(form, {name}, typed)


def placed(form: ReceiptForm, name: str) -> ReceiptForm:
    """A value gets a place: where the form that the program brings has it, else in the middle. KeyError for none."""
    if name not in FIELD_WORDS:
        raise KeyError(name)
    if field(form, name) is not None:
        return form
    step = 8.0 if name == "boxes" else 0.0
    made = _USUAL.get(name) or FieldPlace(
        name, tenth(form.width / 2 - 20), tenth(form.height / 2), _WIDTHS.get(name, 40.0), step=step
    )
    made = replace(made, width=min(made.width, form.width))
    x, y = _within(made.x, 0, form.width - _wide(made)), _within(made.y, _top(made), _bottom(form, made))
    on_paper = replace(made, x=tenth(x), y=tenth(y))
    return form.but(fields=(*form.fields, on_paper))


def taken_away(form: ReceiptForm, names: Iterable[str]) -> ReceiptForm:
    """These values are not printed any more."""
    gone = set(names)
    return form.but(fields=tuple(place for place in form.fields if place.name not in gone))


def tenth(length: float) -> float:
    return round(length * 10) / 10


def field_at(form: ReceiptForm, x: float, y: float) -> FieldPlace | None:
    """The value under a point; of several that overlap the smallest."""
    under = []
    for place in form.fields:
        rows = form.rows if place.name.startswith("line.") else 1
        for row in range(rows):
            line = place.y + row * form.row_step
            if place.x <= x <= place.x + _wide(place) and line - _high(place) <= y <= line + 1:
                under.append(place)
                break
    return min(under, key=lambda place: place.width * place.size, default=None)


class History:
    """The steps of an edit. A step of the same `run` as the one before joins it: a key held down is one step back."""

    def __init__(self, form: ReceiptForm) -> None:
        self.form = form
        self._back: list[tuple[ReceiptForm, object]] = []
        self._forth: list[ReceiptForm] = []

    @property
    def can_undo(self) -> bool:
        return bool(self._back)

    @property
    def can_redo(self) -> bool:
        return bool(self._forth)

    def take(self, form: ReceiptForm, run: object = None) -> bool:
        """The next step; False when it changes nothing."""
        if form == self.form:
            return False
        if run is None or not self._back or self._back[-1][1] != run:
            self._back.append((self.form, run))
            del self._back[:-_MOST_STEPS]
        self.form = form
        self._forth.clear()
        return True

    def undo(self) -> None:
        if self._back:
            self._forth.append(self.form)
            self.form, _run = self._back.pop()

    def redo(self) -> None:
        if self._forth:
            self._back.append((self.form, None))
            self.form = self._forth.pop()


def _changed(form: ReceiptForm, names: set[str], change: Callable[[FieldPlace], FieldPlace]) -> ReceiptForm:
    return form.but(fields=tuple(change(place) if place.name in names else place for place in form.fields))


def _same_line(form: ReceiptForm, names: set[str]) -> set[str]:
    lines = {place.y for place in form.fields if place.name in names and place.name.startswith("line.")}
    return {place.name for place in form.fields if place.name.startswith("line.") and place.y in lines}


def _high(place: FieldPlace) -> float:
    return place.size * _POINT


def _top(place: FieldPlace) -> float:
    """The highest line it can stand on."""
    return ceil(_high(place) * 10 - 1e-9) / 10


def _bottom(form: ReceiptForm, place: FieldPlace) -> float:
    """The lowest line it can stand on, with its other rows below."""
    rows = (form.rows - 1) * form.row_step if place.name.startswith("line.") else 0.0
    return floor((form.height - rows) * 10 + 1e-9) / 10


def _wide(place: FieldPlace) -> float:
    return BOXES * place.step if place.name == "boxes" else place.width


def _within(value: float, least: float, most: float) -> float:
    return max(least, min(value, most))


def _shift(by: float, least: float, most: float) -> float:
    """As far as the paper goes; what is wider than the paper stays where it is."""
    return _within(by, least, most) if least <= most else 0.0


def all_names(form: ReceiptForm) -> Sequence[str]:
    """Every value that has a place, from the upper left to the lower right."""
    return [place.name for place in sorted(form.fields, key=lambda place: (place.y, place.x))]
