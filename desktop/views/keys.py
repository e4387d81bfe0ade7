"""Keys: one registry that says whose key it is when a dialog, a page and the frame all know the same one.

`bind(widget, "F4", slot)` works while the widget is visible and enabled. The topmost overlay shuts out everything
beneath it; a page's key wins over the frame's. Nothing fires while an input method is composing.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import ismethod
from weakref import WeakMethod, WeakSet

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

_WORDS = {"Return": "Enter", "Left": "←", "Right": "→", "Up": "↑", "Down": "↓", "Backspace": "退格", "Del": "Delete"}


def key_words(key: QKeySequence | str | None) -> str:
    """How a key stands on a button: "Ctrl Enter", "Alt ←". Empty for no key."""
    text = QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText) if key else ""
    parts = text.replace("++", "+plus").split("+") if text else []
    return " ".join("+" if part == "plus" else _WORDS.get(part, part) for part in parts)


_EVEN_OVER_DIALOGS = frozenset({"F1", "F9"})
"""Help and locking the desk work from inside any dialog; it is there again afterwards."""


def _text(key: QKeySequence) -> str:
    return key.toString(QKeySequence.SequenceFormat.PortableText)


def is_composing() -> bool:
    """True while the focused field shows an input method's unfinished text: Enter belongs to it then."""
    return bool(getattr(QApplication.focusWidget(), "composing", False))


class Binding(QObject):
    """One key of one widget."""

    def __init__(self, widget: QWidget, key: QKeySequence, slot: Callable[[], object]) -> None:
        super().__init__(widget)
        self.widget = widget
        self.key = key
        # A bound Python method is held weakly: a key must not keep a closed page alive.
        self._slot: Callable[[], Callable[[], object] | None] = WeakMethod(slot) if ismethod(slot) else lambda: slot
        self._shortcuts: list[QShortcut] = []
        for each in _variants(key):
            shortcut = QShortcut(each, widget)
            shortcut.setAutoRepeat(False)  # a key held down must not pay twice
            shortcut.activated.connect(self._pressed)
            shortcut.activatedAmbiguously.connect(self._pressed)
            self._shortcuts.append(shortcut)
        _BINDINGS.add(self)

    def release(self) -> None:
        """Forget the key."""
        _BINDINGS.discard(self)
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self._shortcuts = []

    def _pressed(self) -> None:
        if is_composing():
            return
        winner = _winner(self)
        slot = winner._slot() if winner is not None else None
        if slot is not None:
            slot()


_BINDINGS: WeakSet[Binding] = WeakSet()


def bind(widget: QWidget, key: QKeySequence | str, slot: Callable[[], object]) -> Binding:
    """Let a key call a bound method while its widget can be seen and used."""
    return Binding(widget, QKeySequence(key), slot)


def _variants(key: QKeySequence) -> list[QKeySequence]:
    """The key itself and, for Enter, the one on the number pad: clerks type amounts there."""
    text = key.toString(QKeySequence.SequenceFormat.PortableText)
    if text.endswith("Return"):
        return [key, QKeySequence(text.removesuffix("Return") + "Enter")]
    return [key]


def _scope(widget: QWidget) -> tuple[int, QWidget | None]:
    """How near the clerk a widget is: 2 in an overlay, 1 on a page, 0 in the frame, -1 the window's own fixed key."""
    if widget.isWindow():
        return -1, None
    step: QWidget | None = widget
    rank = 0
    while step is not None:
        if getattr(step, "is_overlay", False):
            return 2, step
        if getattr(step, "is_page", False):
            rank = 1
        step = None if step.isWindow() else step.parentWidget()
    return rank, None


def top_overlay(window: QWidget) -> QWidget | None:
    """The overlay in front, if one is open in this window."""
    for child in reversed(window.children()):  # raise_() moves a widget to the end of its parent's children
        if isinstance(child, QWidget) and getattr(child, "is_overlay", False) and child.isVisible():
            return child
    return None


def _winner(asked: Binding) -> Binding | None:
    window = asked.widget.window()
    front = top_overlay(window)
    focus = QApplication.focusWidget()
    best: tuple[tuple[int, int], Binding] | None = None
    for other in _BINDINGS:
        if not isValid(other) or not isValid(other.widget) or other.key != asked.key or not other._shortcuts:
            continue
        widget = other.widget
        if widget.window() is not window or not widget.isVisible() or not widget.isEnabled():
            continue
        rank, overlay = _scope(widget)
        if front is not None and overlay is not front and _text(other.key) not in _EVEN_OVER_DIALOGS:
            continue
        near = 0
        if focus is not None:
            near = 2 if widget is focus else 1 if widget.isAncestorOf(focus) else 0
        if best is None or (rank, near) > best[0]:
            best = ((rank, near), other)
    return best[1] if best else None


def asks_for_key(event: QEvent) -> bool:
    """Whether a widget is asked if a key is its own (ShortcutOverride).

    By the class first: `event.type()` makes an enum of every paint and move, much of what a widget costs at start.
    """
    return isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride


def leaves_field(event: QKeyEvent) -> bool:
    """Enter in a field goes on to the next, also with Shift; with Ctrl or Alt it is a key of the page."""
    paged = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & paged


def swallows_enter(event: object) -> bool:
    """True for the plain Enter keys; a focused button or list claims them before a page-wide Enter does."""
    return getattr(event, "key", lambda: None)() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and getattr(
        event, "modifiers", lambda: None
    )() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
