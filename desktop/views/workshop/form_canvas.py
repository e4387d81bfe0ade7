"""The pre-printed form on screen: its scan beneath, every value where it will be printed, moved by keys and mouse."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from desktop.services.paper import placing
from desktop.services.paper.money import ReceiptPaper
from desktop.services.paper.receipt_form import BOXES, FIELD_WORDS, FieldPlace, ReceiptForm
from desktop.services.paper.receipt_preprinted import Set, values_set
from desktop.views.painting import focus_ring, put, width
from desktop.views.theme import theme

_POINT = 25.4 / 72
_MARGIN = 8
"""Pixels round the paper, for the focus ring."""
_LEAST_SCALE, _MOST_SCALE = 1.2, 8.0
"""Pixels a millimetre."""
_HANDLE = 6
"""Pixels at the right end of the value in hand by which it is made wider."""
_STEPS = {
    Qt.Key.Key_Left: (-1.0, 0.0), Qt.Key.Key_Right: (1.0, 0.0), Qt.Key.Key_Up: (0.0, -1.0), Qt.Key.Key_Down: (0.0, 1.0),
}  # fmt: skip


class FormCanvas(QWidget):
    """Signals: changed(form, run) for every step (`run` joins those of one stroke); chosen(names); left_by_escape().

    Arrows 1 mm, with Shift 0.1 mm; Ctrl ← → the room of the value; + and − its letters; Page Up/Down the next value,
    Ctrl A all of them, Delete takes one away, Esc goes back to the list.
    """

    changed = Signal(object, object)
    chosen = Signal(object)
    left_by_escape = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.form: ReceiptForm | None = None
        self.names: tuple[str, ...] = ()
        self.scale = 3.0
        self._paper: ReceiptPaper | None = None
        self._values: list[Set] = []
        self._wrong: frozenset[str] = frozenset()
        self._cut: frozenset[str] = frozenset()
        self._backdrop: QImage | None = None
        self._stroke = 0
        self._drag: tuple[QPointF, ReceiptForm, bool] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._describe()

    # what it shows

    def show_form(self, form: ReceiptForm, paper: ReceiptPaper, wrong: frozenset[str]) -> None:
        """Show the values of a receipt on a form; `wrong` are the names of those that cannot stay so."""
        resized = self.form is None or (self.form.width, self.form.height) != (form.width, form.height)
        self.form, self._paper, self._wrong = form, paper, wrong
        self._values = list(values_set(paper, form))
        self._cut = frozenset(value.name for value in self._values if value.cut)
        self.names = tuple(name for name in self.names if placing.field(form, name) is not None)
        if resized:
            self._measure()
        self._describe()
        self.update()

    def show_backdrop(self, picture: bytes | None) -> None:
        """The scan beneath; None: white paper."""
        self._backdrop = QImage.fromData(picture) if picture is not None else None
        self.update()

    def choose(self, names: Sequence[str]) -> None:
        """Take these values in hand."""
        self.names = tuple(names)
        self._stroke += 1
        self._describe()
        self.update()

    def set_scale(self, scale: float) -> None:
        """Pixels a millimetre."""
        self.scale = max(_LEAST_SCALE, min(scale, _MOST_SCALE))
        self._measure()
        self.update()

    def place_in_hand(self) -> QRectF:
        """Where the first value in hand lies, in pixels."""
        place = placing.field(self.form, self.names[0]) if self.form is not None and self.names else None
        return self._box(place, 0) if place is not None else QRectF()

    def _measure(self) -> None:
        if self.form is not None:
            wide, high = (round(side * self.scale) + 2 * _MARGIN for side in (self.form.width, self.form.height))
            self.setFixedSize(wide, high)

    def _describe(self) -> None:
        words = self.tr("套打版面")
        if len(self.names) == 1 and self.form is not None:
            place = placing.field(self.form, self.names[0])
            if place is not None:
                words = self.tr("{name}，左 {x}，线 {y} 毫米").format(
                    name=FIELD_WORDS[place.name], x=place.x, y=place.y
                )
        elif self.names:
            words = self.tr("选了 {n} 个字段").format(n=len(self.names))
        self.setAccessibleName(words)

    # painting

    def _box(self, place: FieldPlace, row: int) -> QRectF:
        """The room of a value on one of its rows, in pixels."""
        assert self.form is not None
        high = place.size * _POINT
        wide = BOXES * place.step if place.name == "boxes" else place.width
        top = place.y + row * self.form.row_step - high
        return QRectF(
            _MARGIN + place.x * self.scale, _MARGIN + top * self.scale, wide * self.scale, (high * 1.15) * self.scale
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.form is None:
            return
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        sheet = QRectF(_MARGIN, _MARGIN, self.form.width * self.scale, self.form.height * self.scale)
        painter.fillRect(sheet, Qt.GlobalColor.white)
        if self._backdrop is not None:
            painter.drawImage(sheet, self._backdrop)
        painter.setPen(QPen(look.colour("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(sheet)
        for place in self.form.fields:
            self._paint_room(painter, place)
        for value in self._values:
            self._paint_value(painter, value)
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()), 4)
        painter.end()

    def _paint_room(self, painter: QPainter, place: FieldPlace) -> None:
        assert self.form is not None
        look = theme()
        in_hand = place.name in self.names
        wrong = place.name in self._wrong | self._cut
        ink = look.colour("danger" if wrong else "focus" if in_hand else "text-faint")
        rows = self.form.rows if place.name.startswith("line.") else 1
        for row in range(rows):
            box = self._box(place, row)
            if in_hand:
                tint = QColor(ink)
                tint.setAlphaF(0.14)
                painter.fillRect(box, tint)
            pen = QPen(ink, 2.0 if in_hand and row == 0 else 1.0)
            pen.setStyle(Qt.PenStyle.SolidLine if row == 0 else Qt.PenStyle.DotLine)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box)
        if in_hand and place.name != "boxes":
            box = self._box(place, 0)
            painter.fillRect(QRectF(box.right() - 2, box.center().y() - 5, 4, 10), ink)

    def _paint_value(self, painter: QPainter, value: Set) -> None:
        font = QFont(theme().font("body"))
        font.setPixelSize(max(1, round(value.size * _POINT * self.scale * 4)))  # set large, drawn small: no rounding
        painter.save()
        painter.translate(_MARGIN + value.x * self.scale, _MARGIN + value.y * self.scale)
        painter.scale(0.25, 0.25)
        room = value.width * self.scale * 4
        x = {"left": 0.0, "centre": (room - width(font, value.text)) / 2, "right": room - width(font, value.text)}
        ink = QColor.fromRgbF(*value.ink)
        put(painter, x[value.align], 0, value.text, font, ink)
        painter.restore()

    # keys

    def event(self, event: QEvent) -> bool:
        # Arrows, Delete and letters of size are this widget's own, whatever a page has bound.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._owns(event):
            event.accept()
            return True
        return super().event(event)

    @staticmethod
    def _owns(event: QKeyEvent) -> bool:
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return False
        return event.key() in (
            *_STEPS, Qt.Key.Key_Delete, Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus, Qt.Key.Key_PageUp,
            Qt.Key.Key_PageDown, Qt.Key.Key_Escape,
        )  # fmt: skip

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, held = event.key(), event.modifiers()
        fine = bool(held & Qt.KeyboardModifier.ShiftModifier)
        if self.form is None or held & Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Escape:
            self.left_by_escape.emit()
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self._next(1 if key == Qt.Key.Key_PageDown else -1)
        elif key == Qt.Key.Key_A and held & Qt.KeyboardModifier.ControlModifier:
            self._take(placing.all_names(self.form))
        elif key == Qt.Key.Key_Delete:
            self._step(placing.taken_away(self.form, self.names), event)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self._step(placing.sized(self.form, self.names, -0.5 if key == Qt.Key.Key_Minus else 0.5), event)
        elif key in _STEPS and held & Qt.KeyboardModifier.ControlModifier:
            wider = _STEPS[Qt.Key(key)][0] * (0.1 if fine else 1.0)
            self._step(placing.widened(self.form, self.names, wider), event)
        elif key in _STEPS:
            right, down = (side * (0.1 if fine else 1.0) for side in _STEPS[Qt.Key(key)])
            self._step(placing.moved(self.form, self.names, right, down), event)
        else:
            super().keyPressEvent(event)

    def _step(self, form: ReceiptForm, event: QKeyEvent) -> None:
        """One key is one step back; a key held down is one, too."""
        if not event.isAutoRepeat():
            self._stroke += 1
        self.changed.emit(form, self._stroke)

    def _next(self, by: int) -> None:
        assert self.form is not None
        names = list(placing.all_names(self.form))
        if names:
            at = names.index(self.names[0]) + by if self.names and self.names[0] in names else 0
            self._take([names[at % len(names)]])

    def _take(self, names: Sequence[str]) -> None:
        self.choose(names)
        self.chosen.emit(self.names)

    # mouse

    def _spot(self, event: QMouseEvent) -> tuple[float, float]:
        """Where the mouse is, in millimetres."""
        point = event.position()
        return (point.x() - _MARGIN) / self.scale, (point.y() - _MARGIN) / self.scale

    def _on_handle(self, event: QMouseEvent) -> bool:
        place = placing.field(self.form, self.names[0]) if self.form is not None and len(self.names) == 1 else None
        if place is None or place.name == "boxes":
            return False
        box = self._box(place, 0)
        return (
            abs(event.position().x() - box.right()) <= _HANDLE
            and box.top() - 2 <= event.position().y() <= box.bottom() + 2
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.form is None or event.button() != Qt.MouseButton.LeftButton:
            return
        handle = self._on_handle(event)
        if not handle:
            found = placing.field_at(self.form, *self._spot(event))
            if found is None:
                self._take(())
                return
            if found.name not in self.names:
                more = event.modifiers() & Qt.KeyboardModifier.ControlModifier
                self._take((*self.names, found.name) if more else (found.name,))
        self._stroke += 1
        self._drag = (event.position(), self.form, handle)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None:
            self.setCursor(Qt.CursorShape.SizeHorCursor if self._on_handle(event) else Qt.CursorShape.ArrowCursor)
            return
        start, form, handle = self._drag
        gone = (event.position() - start) / self.scale
        if handle:
            self.changed.emit(placing.widened(form, self.names, placing.tenth(gone.x())), self._stroke)
        else:
            there = placing.moved(form, self.names, placing.tenth(gone.x()), placing.tenth(gone.y()))
            self.changed.emit(there, self._stroke)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag = None

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._drag = None
        self.update()


class CanvasScroll(QScrollArea):
    """Keeps the whole form in sight, as large as there is room, until somebody zooms; and always the value in hand."""

    def __init__(self, canvas: FormCanvas) -> None:
        super().__init__()
        self.canvas = canvas
        self._fit = True
        self.setWidget(canvas)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def fit(self) -> None:
        """As large as there is room, now and whenever that changes."""
        self._fit = True
        form = self.canvas.form
        if form is not None:
            room = self.viewport().size()
            wide, high = room.width() - 2 * _MARGIN - 2, room.height() - 2 * _MARGIN - 2
            across = wide / form.width
            self.canvas.set_scale(max(0.75 * across, min(across, high / form.height)))

    def zoom(self, factor: float) -> None:
        """Larger or smaller, about the value in hand."""
        self._fit = False
        self.canvas.set_scale(self.canvas.scale * factor)
        self.show_in_hand()

    def show_in_hand(self) -> None:
        """Bring the value in hand into sight."""
        box = self.canvas.place_in_hand()
        if not box.isEmpty():
            self.ensureVisible(round(box.center().x()), round(box.center().y()), round(box.width() / 2) + 12, 30)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fit:
            self.fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(300, 160)

    def sizeHint(self) -> QSize:
        return QSize(700, 420)
