"""A dialog with a camera: it is open only while the dialog can be seen.

It closes when the dialog does, at the lock, when somebody else takes over and when the window is folded away, and what
stands on screen is overwritten then. Whoever comes back begins anew.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent

from desktop.views.capture.camera_run import CameraRun
from desktop.views.capture.preview import CameraPreview
from desktop.views.dialogs import Dialog


class CameraWindow(Dialog):
    """Whoever derives from it makes `preview`, and in `_start` a run, which it keeps in `_run`."""

    preview: CameraPreview
    writes = False
    fills = True
    _run: CameraRun | None = None

    def open(self) -> None:
        super().open()
        self.preview.setFocus(Qt.FocusReason.TabFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._stop()
        super().hideEvent(event)

    def _start(self) -> None:
        raise NotImplementedError

    def _fit(self) -> None:
        """Pictures come in the size they are shown in."""
        if self._run is not None:
            self._run.room = self.preview.room()

    def _stop(self) -> None:
        """Close the camera, and overwrite what stands on screen. What it has still to tell is not heard any more."""
        run, self._run = self._run, None
        if run is not None:
            run.stop()
            if (left := run.take()) is not None:
                left.wipe()
        self.preview.forget_picture()

    @property
    def running(self) -> bool:
        """Whether the camera is open, or being opened."""
        return self._run is not None and self._run.running

    def _show_picture(self) -> None:
        shown = self._run.take() if self._run is not None else None
        if shown is not None:
            self.preview.show_picture(shown)
