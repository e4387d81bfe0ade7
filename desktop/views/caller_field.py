"""Who calls, and about which room or common part: found by room, name, the end of a number, a plate or 1 栋电梯, as
it is heard on the phone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal

from desktop.services import repair_intake
from desktop.services.repair_intake import Caller
from desktop.views.found_by_typing import FoundByTyping
from desktop.views.pages import Shell


class CallerField(FoundByTyping[Caller]):
    """`value()` is the Caller that is meant, None while nobody is. Signals: changed(), entered() for Enter."""

    entered = Signal()

    def __init__(self, shell: Shell) -> None:
        frame = shell.frame
        hint, nothing = (
            frame.tr("房号 / 姓名 / 手机后 4 位 / 1 栋电梯"),
            frame.tr("没有找到：换房号、姓名或手机尾号再试；公共部位写 1 栋电梯"),
        )
        super().__init__(shell, hint, nothing)
        self.box.keeps_enter = True
        self.box.entered.connect(self.entered)

    def finding(self, text: str) -> Callable[[], Sequence[Caller]]:
        return partial(self._shell.session.read, repair_intake.find_callers, text)

    def words_of(self, found: Caller) -> str:
        return found.words if found.words != self.box.text() else found.note

    def value(self) -> Caller | None:
        return self.current()

    def set_value(self, value: Caller | None) -> None:
        """Somebody who is known already."""
        if value is None:
            self.clear_given()
        else:
            self.show_given(value, value.words)
        self.changed.emit()

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.box.setAccessibleName(name)
