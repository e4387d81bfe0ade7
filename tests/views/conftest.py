"""Widgets are tested offscreen, in the product's own look."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before anything imports Qt
os.environ.pop("QT_SCALE_FACTOR", None)

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.views.theme import Shade, Theme, TypeSize, theme

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def look(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Theme:
    """The look of the program, installed once for the whole run."""
    return Theme(tmp_path_factory.mktemp("icons")).install(qapp)


@pytest.fixture(autouse=True)
def plain_look(look: Theme, qapp: QApplication) -> Iterator[None]:
    """Every test begins in light and standard type, whatever the one before left."""
    if theme() is not look:
        look.install(qapp)
    yield
    # Data of ours left in the clipboard is freed after Python has gone, and the process dies of it at its very end.
    QApplication.clipboard().clear()
    if (look.shade, look.size) != (Shade.LIGHT, TypeSize.STANDARD):
        look.switch(Shade.LIGHT, TypeSize.STANDARD)


@pytest.fixture
def on_desk(qtbot: QtBot) -> Callable[[QWidget], QWidget]:
    """Show a widget as the active window, so that it can have the focus; it goes after the test."""

    kept: list[QWidget] = []  # qtbot holds its widgets weakly

    def show(widget: QWidget, width: int = 900, height: int = 600) -> QWidget:
        kept.append(widget)
        qtbot.addWidget(widget)
        widget.resize(width, height)
        with qtbot.waitExposed(widget):
            widget.show()
        widget.activateWindow()
        qtbot.waitUntil(widget.isActiveWindow)
        return widget

    return show


def type_chinese(widget: QWidget, preedit: str, commit: str = "") -> None:
    """Type as an input method does: letters under way, then the text; an empty commit leaves them."""
    QApplication.sendEvent(widget, QInputMethodEvent(preedit, []))
    if commit:
        done = QInputMethodEvent("", [])
        done.setCommitString(commit)
        QApplication.sendEvent(widget, done)
