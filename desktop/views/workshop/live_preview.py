"""The preview beside the editor: laid out in a child a moment after the last key, never in the way of typing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import ceil
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.services.paper.trial_process import TrialAnswer, TrialProcess, TrialRequest
from desktop.views.buttons import Button, IconButton
from desktop.views.jobs import Jobs
from desktop.views.labels import label
from desktop.views.layouts import beside, flowing
from desktop.views.painting import width
from desktop.views.preview import PagePreview
from desktop.views.theme import theme

PAUSE_MS = 250
"""After the last key; a fast typist's letters are 120 ms apart."""


class LivePreview(QWidget):
    """Signals: told(problems) with (line, words) pairs, empty when the pages are those of the text.

    `lead`, a choice of what is laid out, stands before the zoom, or over it where the column is narrow.
    """

    told = Signal(object)

    def __init__(self, process: TrialProcess | None = None, lead: QWidget | None = None) -> None:
        super().__init__()
        self._process = process or TrialProcess()
        self._jobs = Jobs(readers=1)  # the child answers one question at a time: a thread of its own waits for it
        self._request: TrialRequest | None = None
        self._asked: TrialRequest | None = None
        self._stopped = False
        self._pages = 0
        self.preview = PagePreview(self)
        self.state = label("", "caption")
        # While it is laid out nothing may jump.
        self.state.setMinimumWidth(ceil(width(theme().font("caption"), self.tr("正在排版…"))))
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.setInterval(PAUSE_MS)
        self.timer.timeout.connect(self._ask)
        zoom_out = IconButton("zoom-out", self.tr("缩小"), slot=self.preview.zoom_out)
        zoom_in = IconButton("zoom-in", self.tr("放大"), slot=self.preview.zoom_in)
        fit = Button(self.tr("适合宽度"), "quiet", size="small", slot=self.preview.fit_width)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        zoom = beside(zoom_out, zoom_in, fit, self.state)
        column.addWidget(flowing(lead, zoom, gap=4) if lead is not None else zoom)
        column.addWidget(self.preview, 1)
        self.preview.page_changed.connect(self._show_page)
        self._jobs.run(self._process.warm)
        self.destroyed.connect(self._process.close)

    @property
    def busy(self) -> bool:
        """Whether the pages shown are not yet those of the text."""
        return self.timer.isActive() or self._asked is not None

    def show_text(
        self, kind: str, source: str, facts: Mapping[str, Any] | None, pictures: Mapping[str, bytes], now: bool = False
    ) -> None:
        """Lay this text out, soon; what was asked before and is not begun is forgotten."""
        if self._stopped:
            return
        self._request = TrialRequest(kind, source, facts, pictures)
        self.state.setText(self.tr("正在排版…"))
        if now:
            self.timer.stop()
            self._ask()
        else:
            self.timer.start()

    def _ask(self) -> None:
        if self._asked is not None or self._request is None or self._stopped:
            return  # the child is at work: the newest text is asked when it is done
        self._asked, self._request = self._request, None
        self._jobs.run(partial(self._process.answer, self._asked), self._answered, self._failed)

    def _answered(self, answer: TrialAnswer) -> None:
        self._asked = None
        if self._request is not None:  # typed on meanwhile: this is yesterday's text
            if not self.timer.isActive():
                self._ask()
            if answer.pdf is None:
                return
        if answer.pdf is not None:
            self.preview.show_pdf(answer.pdf, stay=True)
            self._show_page(self.preview.page, self.preview.pages)
        else:
            self.state.setText(self.tr("改好后更新"))
        if self._request is None:
            self.told.emit(answer.problems)

    def _failed(self, _error: Exception) -> None:
        self._asked = None
        self.state.setText(self.tr("没有排出来，按 F5"))

    def _show_page(self, page: int, pages: int) -> None:
        if self._asked is None and pages:
            self.state.setText(self.tr("{page}/{pages} 页").format(page=page, pages=pages))

    def shutdown(self) -> None:
        """The window closes: stop the child and the drawing."""
        self._stopped = True
        self.timer.stop()
        self._process.close()
        self._jobs.shutdown()
        self.preview.shutdown()
