"""A room or a person as a form field, found as one types by the search of the whole program."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt

from desktop.services import search
from desktop.services.search_hits import Hit, HitKind
from desktop.views.found_by_typing import FoundByTyping
from desktop.views.pages import Shell

Meant = tuple[UUID, str]
"""The id of what was found, and its words."""


class HitField(FoundByTyping[Meant]):
    """`value()` is the id of what was found, None while there is nothing. Signals: changed()."""

    def __init__(self, shell: Shell, name: str, hint: str, nothing: str) -> None:
        super().__init__(shell, hint, nothing)
        self.box.setAccessibleName(name)

    @abstractmethod
    def meant(self, hit: Hit) -> Meant | None:
        """What a line under the search box stands for here; None: nothing."""

    def finding(self, text: str) -> Callable[[], Sequence[Meant]]:
        return partial(self._find, self._shell.session.read, text)

    def _find(self, read: Callable[..., Any], text: str) -> Sequence[Meant]:
        found: search.Found = read(search.search, text)
        meant = [each for hit in found.hits if (each := self.meant(hit)) is not None]
        return list({each[0]: each for each in meant}.values())

    def words_of(self, found: Meant) -> str:
        return found[1]

    def value(self) -> UUID | None:
        return found[0] if (found := self.current()) is not None else None

    def words(self) -> str:
        """What is meant, in words."""
        return found[1] if (found := self.current()) is not None else ""

    def set_value(self, value: UUID | None) -> None:
        """Only what is known by its words can be shown: use `show_known`."""
        if value is None:
            self.clear_given()

    def show_known(self, row_id: UUID, words: str) -> None:
        """What is given; it is found without being typed."""
        self.show_given((row_id, words), words)

    def fix(self) -> None:
        """It is given and cannot be another."""
        self.box.setReadOnly(True)
        self.box.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)


class RoomField(HitField):
    """A room by its number."""

    def __init__(self, shell: Shell) -> None:
        frame = shell.frame
        super().__init__(shell, frame.tr("房号"), frame.tr("房号，例如 301 或 1-301"), frame.tr("没有这间房"))

    def meant(self, hit: Hit) -> Meant | None:
        return (hit.id, hit.title) if hit.kind is HitKind.ROOM else None


class PartyField(HitField):
    """A person or company by name, sound or telephone, or who lives in a room by its number."""

    def __init__(self, shell: Shell) -> None:
        frame = shell.frame
        hint = frame.tr("姓名 / 拼音 / 手机 / 房号")
        super().__init__(shell, frame.tr("付款人"), hint, frame.tr("没有找到：换姓名、手机或房号再试"))

    def meant(self, hit: Hit) -> Meant | None:
        if hit.kind is HitKind.PARTY:
            return hit.id, " · ".join(each for each in (hit.title, hit.second) if each)
        if hit.kind is HitKind.ROOM and hit.party_id is not None:
            return hit.party_id, f"{hit.name} · {hit.title}"
        return None
