"""A window of which only some pages are real: every other one is a note of the visit."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from desktop.views.labels import label
from desktop.views.pages import PAGES, Page, PageSpec, Shell


class Visited(Page):
    """Remembers what it was opened with."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.params: dict[str, Any] = {}
        self.body.addWidget(label("…"))

    def opened(self, params: dict[str, Any]) -> None:
        self.params = params


def specs_with(real: Collection[str]) -> list[PageSpec]:
    """Every page of the program, those with these keys as they are and the others as notes of a visit."""
    return [spec if spec.key in real else spec._replace(factory=Visited) for spec in PAGES]
