"""The preview of a PDF: pages one below the other, zoom, keys; pages are drawn off the GUI thread as they show.

PreviewPanel adds the bar above it: page, zoom, print. Nothing is written to disk: previews live in memory only.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent, QPalette, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.views.buttons import Button, IconButton
from desktop.views.jobs import Job, Jobs
from desktop.views.labels import label
from desktop.views.printing import close_pdf, open_pdf, page_sizes, render_page

ZOOMS = (0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0)
SMALLEST = 0.25
"""To fit a narrow column; by hand nobody goes below 50 %."""
_GAP = 14
_KEPT = 8
"""Drawn pages kept; an A4 page at 200 % is 14 MB."""


class PagePreview(QAbstractScrollArea):
    """The pages of one PDF.

    Signals: page_changed(page, pages) 1-based; zoom_changed(zoom) 1.0 = true size; rendered(page) when one was drawn.
    Keys: Page Up/Down, Home, End, + and - zoom, 0 fits the width; Ctrl + wheel zooms.
    """

    page_changed = Signal(int, int)
    zoom_changed = Signal(float)
    rendered = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document: Any = None
        self._sizes: list[tuple[float, float]] = []
        self._images: dict[tuple[int, float], QImage] = {}
        self._stale: dict[int, QImage] = {}
        self._asked: set[tuple[int, float]] = set()
        self._zoom = 1.0
        self._fit = True
        self._page = 0
        self._edition = 0
        self._closing: deque[Any] = deque()
        self._jobs = Jobs(readers=1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.verticalScrollBar().valueChanged.connect(self._note_page)
        self._describe()

    @property
    def pages(self) -> int:
        return len(self._sizes)

    @property
    def page(self) -> int:
        """The page at the middle of the view, 1-based; 0 when nothing is shown."""
        return self._page

    @property
    def zoom(self) -> float:
        return self._zoom

    def show_pdf(self, pdf: bytes, stay: bool = False) -> None:
        """Show a finished PDF from its first page; with `stay` where the view stands, the old pages until the new
        ones are drawn: a document that is being edited must not flicker."""
        place, before = self.verticalScrollBar().value(), {page: image for (page, _), image in self._images.items()}
        self.clear()
        self._stale = before if stay else {}
        self._document = open_pdf(pdf)
        self._sizes = page_sizes(self._document)
        self._lay_out()
        self.verticalScrollBar().setValue(place if stay else 0)
        self._note_page()

    def clear(self) -> None:
        """Forget the document; what is still being drawn is dropped."""
        self._edition += 1
        document, self._document = self._document, None
        self._sizes, self._images, self._stale = [], {}, {}
        self._asked.clear()
        self._page = 0
        if document is not None:
            # Closed behind the pages still being drawn: the one drawing thread works in order.
            self._closing.append(document)
            self._jobs.run(self._close_oldest)
        self._lay_out()

    def shutdown(self) -> None:
        """Stop drawing and close the document; the widget is not used afterwards."""
        self.clear()
        self._jobs.shutdown()
        while self._closing:
            self._close_oldest()

    def _close_oldest(self) -> None:
        if self._closing:
            close_pdf(self._closing.popleft())

    def set_zoom(self, zoom: float) -> None:
        """1.0 is true size on this screen; between 50 % and 200 %."""
        self._fit = False
        self._apply_zoom(min(max(zoom, ZOOMS[0]), ZOOMS[-1]))

    def zoom_in(self) -> None:
        self.set_zoom(next((zoom for zoom in ZOOMS if zoom > self._zoom + 0.01), ZOOMS[-1]))

    def zoom_out(self) -> None:
        self.set_zoom(next((zoom for zoom in reversed(ZOOMS) if zoom < self._zoom - 0.01), ZOOMS[0]))

    def fit_width(self) -> None:
        """As wide as the view, and again whenever the view changes."""
        self._fit = True
        self._lay_out()

    def go_to(self, page: int) -> None:
        """Bring a page (1-based) to the top of the view."""
        if self._sizes:
            index = min(max(page, 1), self.pages) - 1
            self.verticalScrollBar().setValue(self._tops()[index] - _GAP)
            self._note_page()

    # geometry

    def _scale(self) -> float:
        """Logical pixels a point."""
        return self._zoom * self.logicalDpiY() / 72

    def _tops(self) -> list[int]:
        tops, top = [], _GAP
        for _width, height in self._sizes:
            tops.append(top)
            top += round(height * self._scale()) + _GAP
        return [*tops, top]

    def _apply_zoom(self, zoom: float) -> None:
        bar = self.verticalScrollBar()
        place = bar.value() / max(1, bar.maximum())
        changed = abs(zoom - self._zoom) > 0.001
        self._zoom = zoom
        height = self._tops()[-1] if self._sizes else 0
        width = round(max((width for width, _height in self._sizes), default=0) * self._scale()) + 2 * _GAP
        view = self.viewport().size()
        bar.setRange(0, max(0, height - view.height()))
        bar.setPageStep(view.height())
        bar.setSingleStep(40)
        across = self.horizontalScrollBar()
        across.setRange(0, max(0, width - view.width()))
        across.setPageStep(view.width())
        if changed:
            bar.setValue(round(place * bar.maximum()))
            self.zoom_changed.emit(zoom)
        self.viewport().update()
        self._note_page()

    def _lay_out(self) -> None:
        zoom = self._zoom
        if self._fit and self._sizes:
            widest = max(width for width, _height in self._sizes)
            room = self.viewport().width() - 2 * _GAP
            zoom = min(max(room / (widest * self.logicalDpiY() / 72), SMALLEST), ZOOMS[-1])
        self._apply_zoom(zoom)

    def _note_page(self) -> None:
        middle = self.verticalScrollBar().value() + self.viewport().height() // 2
        tops = self._tops()
        page = next((index for index in range(self.pages, 0, -1) if tops[index - 1] <= middle), min(1, self.pages))
        if page != self._page:
            self._page = page
            self.page_changed.emit(page, self.pages)
        self._describe()

    def _describe(self) -> None:
        if self.pages:
            self.setAccessibleName(self.tr("打印预览，第 {} 页，共 {} 页").format(self._page, self.pages))
        else:
            self.setAccessibleName(self.tr("打印预览，没有文件"))

    # drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self.palette().color(QPalette.ColorRole.Mid))
        scale, ratio = self._scale(), self.devicePixelRatioF()
        offset = QPoint(self.horizontalScrollBar().value(), self.verticalScrollBar().value())
        for index, top in enumerate(self._tops()[:-1]):
            width, height = (round(length * scale) for length in self._sizes[index])
            left = max(_GAP, (self.viewport().width() - width) // 2)
            rect = QRect(QPoint(left, top) - offset, QSize(width, height))
            if not rect.intersects(self.viewport().rect()):
                continue
            painter.fillRect(rect.adjusted(1, 2, 2, 3), QColor(0, 0, 0, 50))
            painter.fillRect(rect, Qt.GlobalColor.white)
            image = self._image(index, scale * ratio)
            if image is not None:
                painter.drawImage(rect, image)
        painter.end()

    def _image(self, index: int, pixels: float) -> QImage | None:
        """The drawn page, the nearest one drawn before, or None; a missing one is asked for once."""
        key = (index, round(pixels, 3))
        image = self._images.pop(key, None)
        if image is not None:
            self._images[key] = image  # last used, last forgotten
            return image
        if key not in self._asked and self._document is not None:
            self._asked.add(key)
            job = Job(partial(self._draw, self._document, self._edition, key))
            job.succeeded.connect(self._show_drawn)
            self._jobs.start(job)
        nearest = next((old for (page, _pixels), old in reversed(self._images.items()) if page == index), None)
        return nearest if nearest is not None else self._stale.get(index)

    def _draw(
        self, document: Any, edition: int, key: tuple[int, float]
    ) -> tuple[int, tuple[int, float], QImage | None]:
        """In the worker. A document closed meanwhile gives nothing."""
        if edition != self._edition:
            return edition, key, None
        return edition, key, render_page(document, *key)

    def _show_drawn(self, drawn: tuple[int, tuple[int, float], QImage | None]) -> None:
        edition, key, image = drawn
        if edition != self._edition or image is None:
            return
        self._asked.discard(key)
        self._images[key] = image
        self._stale.pop(key[0], None)
        while len(self._images) > _KEPT:
            del self._images[next(iter(self._images))]
        self.viewport().update()
        self.rendered.emit(key[0] + 1)

    # input

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        bar = self.verticalScrollBar()
        if key == Qt.Key.Key_PageDown:
            self.go_to(self._page + 1)
        elif key == Qt.Key.Key_PageUp:
            self.go_to(self._page - 1)
        elif key == Qt.Key.Key_Home:
            bar.setValue(0)
        elif key == Qt.Key.Key_End:
            bar.setValue(bar.maximum())
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif key == Qt.Key.Key_Minus:
            self.zoom_out()
        elif key == Qt.Key.Key_0:
            self.fit_width()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_in() if event.angleDelta().y() > 0 else self.zoom_out()
            event.accept()
        else:
            super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()
        super().changeEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(640, 420)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 160)


class PreviewPanel(QWidget):
    """A preview with its bar. Signals: print_asked() by the button or F6."""

    print_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.preview = PagePreview(self)
        self._where = label("", "caption")
        self._zoom = label("100 %", "caption")
        self.print_button = Button(
            self.tr("打印"), "primary", icon="printer", key="F6", slot=self.print_asked.emit, parent=self
        )
        bar = QHBoxLayout()
        bar.addWidget(IconButton("chevron-up", self.tr("上一页"), slot=self._back))
        bar.addWidget(IconButton("chevron-down", self.tr("下一页"), slot=self._forward))
        bar.addWidget(self._where)
        bar.addStretch(1)
        bar.addWidget(IconButton("zoom-out", self.tr("缩小"), slot=self.preview.zoom_out))
        bar.addWidget(self._zoom)
        bar.addWidget(IconButton("zoom-in", self.tr("放大"), slot=self.preview.zoom_in))
        bar.addWidget(Button(self.tr("适合宽度"), "quiet", size="small", slot=self.preview.fit_width))
        bar.addStretch(1)
        bar.addWidget(self.print_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(bar)
        column.addWidget(self.preview, 1)
        self.preview.page_changed.connect(self._show_page)
        self.preview.zoom_changed.connect(self._show_zoom)
        self.setFocusProxy(self.preview)

    def show_pdf(self, pdf: bytes) -> None:
        self.preview.show_pdf(pdf)

    def shutdown(self) -> None:
        self.preview.shutdown()

    def _back(self) -> None:
        self.preview.go_to(self.preview.page - 1)

    def _forward(self) -> None:
        self.preview.go_to(self.preview.page + 1)

    def _show_page(self, page: int, pages: int) -> None:
        self._where.setText(self.tr("{page}/{pages} 页").format(page=page, pages=pages) if pages else "")

    def _show_zoom(self, zoom: float) -> None:
        self._zoom.setText(f"{zoom:.0%}")
