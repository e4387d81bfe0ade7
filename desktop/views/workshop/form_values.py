"""The measures of the value in hand, typed: left edge, line, width, size of letters, side it is set to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.services.paper import placing
from desktop.services.paper.receipt_form import FIELD_WORDS, Align, FieldPlace, ReceiptForm
from desktop.views.fields import ChoiceField, NumberField
from desktop.views.forms import Form
from desktop.views.labels import label

_MEASURES = ("x", "y", "width", "size", "step")


class _Measure(NumberField):
    """A length up to 420.0."""

    sample = "420.0"


class FormValues(QWidget):
    """Signals: changed(form, run) when a measure was typed."""

    changed = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._form: ReceiptForm | None = None
        self._name = ""
        self._loading = False
        self.heading = label("", "strong")
        self.fields = Form(3)
        for name, words in zip(
            ("x", "y", "width", "size"),
            (self.tr("左边"), self.tr("落在线"), self.tr("宽"), self.tr("字号")),
            strict=True,
        ):
            self.fields.add(name, words, _Measure(decimals=1, least=None))
        sides = [(Align.LEFT, self.tr("靠左")), (Align.CENTRE, self.tr("居中")), (Align.RIGHT, self.tr("靠右"))]
        self.fields.add("align", self.tr("对齐"), ChoiceField(sides))
        self.fields.add("step", self.tr("格距"), _Measure(decimals=1))
        for row in self.fields.rows.values():
            row.message.hide()  # three narrow columns: what is wrong stands under all of them
        self.trouble = label("", "small", tone="danger", wrap=True)
        self.trouble.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.heading)
        column.addWidget(self.fields)
        column.addWidget(self.trouble)
        self.fields.changed.connect(self._typed)
        self.show_value(None, ())

    def show_value(
        self, form: ReceiptForm | None, names: Sequence[str], problems: dict[str, str] | None = None
    ) -> None:
        """Show the measures of one value; several or none leave the fields empty and say so."""
        self._form = form
        place = placing.field(form, names[0]) if form is not None and len(names) == 1 else None
        self._name = place.name if place is not None else ""
        if place is not None:
            self.heading.setText(FIELD_WORDS[place.name])
        else:
            self.heading.setText(self.tr("{n} 个一起移").format(n=len(names)) if names else self.tr("先选一个字段"))
        self.setEnabled(place is not None)
        self._show(place)
        words = (problems or {}).get(f"fields.{self._name}", "")
        self._say({"size" if "字号" in words else "x": words} if words and place is not None else {})

    def _say(self, problems: dict[str, str]) -> None:
        self.fields.show_problems(problems)
        self.trouble.setText("；".join(problems.values()))
        self.trouble.setVisible(bool(problems))

    def _show(self, place: FieldPlace | None) -> None:
        self._loading = True
        for name in _MEASURES:
            field: Any = self.fields.field(name)
            wanted = Decimal(f"{getattr(place, name):g}") if place is not None else None
            if field.value() != wanted:  # while one types 12. it must not become 12 under the cursor
                field.set_value(wanted)
        self.fields.field("align").set_value(place.align if place is not None else Align.LEFT)
        boxes = place is not None and place.name == "boxes"
        self.fields.rows["step"].setVisible(boxes)
        self.fields.rows["align"].setVisible(not boxes)
        self.fields.rows["width"].setEnabled(not boxes)
        self._loading = False

    def _typed(self) -> None:
        if self._loading or self._form is None or not self._name:
            return
        self._say(self.fields.own_problems())
        typed = self.fields.values()
        place = placing.field(self._form, self._name)
        assert place is not None
        wanted = {name: float(typed[name]) for name in _MEASURES if typed[name] is not None}
        form = placing.set_to(self._form, self._name, **wanted, align=typed["align"])
        if form != self._form:
            self.changed.emit(form, ("typed", self._name))
