"""What the review shows: the card with its boxes, the strip beside a field, a doubt with its answer, a certain row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.services.typed_card import SEX_WORDS, Doubt
from desktop.views.buttons import Button
from desktop.views.check_in.reading import FACE, Face
from desktop.views.fields import NoteField
from desktop.views.forms import MessageLine
from desktop.views.labels import Card, Glyph, Painted, Tag, label, set_property
from desktop.views.layouts import Flow
from desktop.views.painting import rounded
from desktop.views.text_fields import TextField, clean_line
from desktop.views.theme import TypeSize, theme


class CardPicture(Painted):
    """One side of the card with a box round every field: green where it was read surely, amber where in doubt."""

    def __init__(self) -> None:
        super().__init__()
        self._face: Face | None = None
        self._doubtful: frozenset[str] = frozenset()
        self._marked = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("证件图片"))

    def show_face(self, face: Face | None, doubtful: frozenset[str], marked: str = "") -> None:
        """`marked` is the field in hand: its box is drawn thicker."""
        self._face, self._doubtful, self._marked = face, doubtful, marked
        self.update()

    def sizeHint(self) -> QSize:
        wide = min(286, self.width()) if self.isVisible() else 286
        return QSize(286, round(wide * FACE[1] / FACE[0]))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()  # the height follows the width

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        wide = min(float(self.width()), self.height() * FACE[0] / FACE[1])
        box = QRectF((self.width() - wide) / 2, 0, wide, wide * FACE[1] / FACE[0])
        if self._face is None:
            rounded(painter, box, 8, look.colour("sunken"))
            return
        shape = QPainterPath()
        shape.addRoundedRect(box, 8, 8)
        painter.save()
        painter.setClipPath(shape)
        painter.drawImage(box, self._face.image)
        painter.restore()
        rounded(painter, box, 8, None, look.colour("line-strong"))
        for name, (x, y, w, h) in self._face.boxes.items():
            spot = QRectF(box.x() + x * box.width(), box.y() + y * box.height(), w * box.width(), h * box.height())
            spot = spot.adjusted(-2, -1, 2, 1)
            thick = 3.0 if name == self._marked else 1.6
            rounded(painter, spot, 3, None, look.colour("warn" if name in self._doubtful else "ok"), thick)


class Crop(Painted):
    """The strip of the card a field was read from, as large as there is room."""

    def __init__(self, image: QImage, high: int, most: int) -> None:
        super().__init__()
        self._image, self._high, self._most = image, high, most
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("图片上的这一栏"))

    def sizeHint(self) -> QSize:
        high = theme().scaled(self._high)
        wide = high * self._image.width() / max(1, self._image.height())
        return QSize(round(min(wide, theme().scaled(self._most))), high)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(60, self.sizeHint().width()), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        box = QRectF(self.rect())
        shape = QPainterPath()
        shape.addRoundedRect(box, 5, 5)
        painter.setClipPath(shape)
        painter.fillRect(box, look.colour("sunken"))
        scale = min(box.width() / self._image.width(), box.height() / self._image.height())
        wide, high = self._image.width() * scale, self._image.height() * scale
        painter.drawImage(QRectF((box.width() - wide) / 2, (box.height() - high) / 2, wide, high), self._image)
        painter.setClipping(False)
        rounded(painter, box, 5, None, look.colour("line-strong"))


class AddressField(NoteField):
    """An address over two lines; Enter leaves it as in every field. Signals: entered()."""

    entered = Signal()

    def __init__(self) -> None:
        super().__init__(lines=2, limit=120)
        self.enter_moves_on = True

    def text(self) -> str:
        return self.toPlainText()

    def value(self) -> str:
        return clean_line(self.toPlainText()).strip()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.modifiers():
                self.entered.emit()
                if self.enter_moves_on:
                    self.focusNextPrevChild(True)
            elif event.modifiers():
                event.ignore()
            return
        super().keyPressEvent(event)


class SexField(TextField):
    """男 or 女."""

    def __init__(self) -> None:
        super().__init__(limit=1)

    def problem(self) -> str:
        return self.tr("写「男」或「女」") if self.value() and self.value() not in SEX_WORDS else ""


MORE = 3
"""Other readings offered beside the first: more are not read."""


class DoubtCard(QFrame):
    """One doubtful field: why, its strip, the field, and the answer by one key. Signals: answered(name).

    `keys` are for the readings after the first, which the answer's own key takes.
    """

    answered = Signal(str)

    def __init__(
        self,
        name: str,
        title: str,
        field: Any,
        doubt: Doubt,
        key: str,
        crop: QImage | None,
        tall: bool,
        keys: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.name, self.field, self._doubt = name, field, doubt
        self.setProperty("kind", "doubt")
        self.glyph = Glyph("triangle-alert", "warn", 16)
        self.reason = label("，".join(doubt.reasons), "warnhint", wrap=True)
        self.message = MessageLine()
        self.done = Tag(self.tr("已确认"), "ok", "check")
        self.button = Button(self._answer_words(), "warn", key=key, slot=self.answer)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.glyph)
        head.addWidget(label(title, "strong"))
        head.addWidget(self.reason, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        if crop is not None:
            row.addWidget(Crop(crop, 58 if tall else 34, 300), 5)
        row.addWidget(field, 4)
        row.addWidget(self.button)
        row.addWidget(self.done)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(row)
        self.others = self._offer(self.more, keys)
        column.addWidget(self.others)
        self.others.setVisible(bool(self.more))
        column.addWidget(self.message)
        self.done.hide()
        self.message.hide()
        field.show()
        field.set_state("doubt")

    @property
    def more(self) -> list[str]:
        """The other readings worth a key, beside the one the answer takes."""
        return self._doubt.suggestions[1 : 1 + MORE]

    def _offer(self, texts: Sequence[str], keys: Sequence[str]) -> QWidget:
        """「也可能是」 and a button for each; each takes its text and confirms it."""
        line = QWidget(self)
        row = Flow(8)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label(self.tr("也可能是"), "hint"))
        self.offers = []
        for at, text in enumerate(texts):
            key = keys[at] if at < len(keys) else None
            button = Button(text, size="small", key=key, slot=partial(self.choose, text))
            self.offers.append(button)
            row.addWidget(button)
        line.setLayout(row)
        return line

    def choose(self, text: str) -> None:
        """Another reading is the right one."""
        self.field.set_value(text)
        self.answered.emit(self.name)

    @property
    def suggestion(self) -> str:
        return self._doubt.suggestions[0] if self._doubt.suggestions else ""

    def _answer_words(self) -> str:
        """改为 …5 when only the end differs, 改为 …, or 照此确认 when there is nothing better to offer."""
        better, read = self.suggestion, self.field.value()
        if not better or better == read:
            return self.tr("照此确认")
        same = next((at for at, (a, b) in enumerate(zip(better, read, strict=False)) if a != b), len(read))
        tail = better[same:]
        if same and len(tail) <= 4:
            return self.tr("改为 …{tail}").format(tail=tail)
        return self.tr("改为 {text}").format(text=better) if len(better) <= 8 else self.tr("采用建议")

    def answer(self) -> None:
        """The key: take the suggestion where there is one, else what stands in the field."""
        if self.suggestion:
            self.field.set_value(self.suggestion)
        self.answered.emit(self.name)

    def settle(self) -> None:
        """Answered: the card stays where it is and turns quiet."""
        self.glyph.set("circle-check", "ok")
        self.reason.setText("")
        self.others.hide()
        for button in (self.button, *self.offers):
            button.hide()
            button.set_key(None)
        self.done.show()
        set_property(self, "tone", "ok")

    def enter(self) -> None:
        """Bring the focus into the field with the suspicious character selected."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        better, read = self.suggestion, self.field.text()
        wrong = next((at for at, (a, b) in enumerate(zip(better, read, strict=False)) if a != b), -1)
        if isinstance(self.field, TextField) and wrong >= 0 and len(better) == len(read):
            self.field.setSelection(wrong, 1)
        else:
            self.field.selectAll()

    def say(self, text: str, tone: str = "") -> None:
        self.message.set(text, tone if text else "")
        self.message.setVisible(bool(text))


class CertainRow(QWidget):
    """A field that was read surely or is typed: name, strip, field, and what the service says of it beneath."""

    def __init__(self, title: str, field: Any, crop: QImage | None, most: int = 150) -> None:
        super().__init__()
        self.field = field
        caption = label(title, "label")
        caption.setBuddy(field)
        field.setAccessibleName(title)
        self.message = MessageLine()
        self.glyph = Glyph("circle-check", "ok", 18)
        policy = self.glyph.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.glyph.setSizePolicy(policy)
        row = QHBoxLayout()
        row.setSpacing(6)  # two rows side by side fit 911 px
        caption.setMinimumWidth(theme().scaled(52))
        row.addWidget(caption)
        if crop is not None:
            row.addWidget(Crop(crop, 30, most))
        row.addWidget(field, 1)
        row.addWidget(self.glyph)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.message)
        self.message.hide()
        field.show()

    def say(self, text: str, tone: str = "") -> None:
        self.message.set(text, tone if text else "")
        self.message.setVisible(bool(text))

    def tick(self, good: bool) -> None:
        """Show the green tick, or keep its place free."""
        self.glyph.setVisible(good)


_LINES = (("number",), ("name", "sex"), ("birth", "ethnicity"), ("address",), ("issuer",), ("valid_from", "valid_to"))
"""How the certain fields stand side by side."""


class CertainCard(Card):
    """The fields that were read surely or are typed, side by side as on the card; `below` stands under them."""

    def __init__(self, fields: Mapping[str, tuple[str, Any]], crops: Mapping[str, QImage], below: QWidget) -> None:
        super().__init__()
        self.rows: dict[str, CertainRow] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        line = 0
        # At the large size of type two fields beside each other ask for more than the smallest window has.
        lines = _LINES if theme().size is not TypeSize.LARGE else tuple((name,) for pair in _LINES for name in pair)
        for pair in lines:
            here = [name for name in pair if name in fields]
            for at, name in enumerate(here):
                # Both dates were read from one strip: it is shown once.
                crop = None if name == "valid_to" and "valid_from" in here else crops.get(name)
                title, field = fields[name]
                row = CertainRow(title, field, crop, 160 if name in ("address", "number") else 130)
                span = 2 if len(here) == 1 else 1
                grid.addWidget(row, line, at if span == 1 else 0, 1, span, Qt.AlignmentFlag.AlignTop)
                self.rows[name] = row
            line += bool(here)
        self.body.addLayout(grid)
        self.body.addWidget(below)


def chain(widgets: Sequence[QWidget]) -> None:
    """Tab goes through these in this order."""
    for first, second in pairwise(widgets):
        QWidget.setTabOrder(first, second)
