"""Pictures of widgets as a desk sees them: 1366×768 at 125 % or 150 %, for `anju-desk screens` and the tests.

The scale belongs to the process (QT_SCALE_FACTOR is read when Qt starts), so each scale is one child process.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QWidget


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale of the office PCs: `factor` and the logical size that makes 1366×768 pixels."""

    factor: float
    size: QSize

    @property
    def words(self) -> str:
        return f"{round(self.factor * 100)}"


SCALES = (Scale(1.25, QSize(1093, 614)), Scale(1.5, QSize(911, 512)))
PICTURE = QSize(1366, 768)
_POPUP = Qt.WindowType.Popup


def environment(scale: Scale) -> dict[str, str]:
    """The environment of the child process that draws at this scale."""
    return {**os.environ, "QT_SCALE_FACTOR": f"{scale.factor:g}", "QT_QPA_PLATFORM": "offscreen"}


def scale_of_process() -> Scale:
    """The scale this process was started with. Raises ValueError for one that no office PC has."""
    factor = float(os.environ.get("QT_SCALE_FACTOR", "1"))
    for scale in SCALES:
        if scale.factor == factor:
            return scale
    raise ValueError(f"QT_SCALE_FACTOR={factor:g} is not one of {', '.join(f'{each.factor:g}' for each in SCALES)}")


def settle(rounds: int = 5) -> None:
    """Let layouts, timers of zero length and queued signals come to rest; what was thrown away goes."""
    for _ in range(rounds):
        QApplication.sendPostedEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # only a running event loop does it by itself
        QApplication.processEvents()


def popups_over(window: QWidget) -> list[QWidget]:
    """Menus, lists and calendars that stand over a window: windows of their own to the system."""
    tops = QApplication.topLevelWidgets()
    return [each for each in tops if each.isVisible() and each is not window and each.windowType() == _POPUP]


def render_widget(widget: QWidget, path: Path, scale: Scale | None = None) -> Path:
    """Draw a whole window and the popups over it into a PNG of 1366×768. Raises OSError when it cannot be written."""
    scale = scale or scale_of_process()
    widget.resize(scale.size)
    widget.show()
    settle()
    whole = widget.grab()
    painter = QPainter(whole)
    for popup in popups_over(widget):
        painter.drawPixmap(popup.pos() - widget.mapToGlobal(QPoint(0, 0)), popup.grab())
    painter.end()
    picture = whole.toImage().copy(0, 0, PICTURE.width(), PICTURE.height())
    picture.setDevicePixelRatio(1.0)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not picture.save(str(path), "PNG"):
        raise OSError(f"cannot write {path}")
    return path
