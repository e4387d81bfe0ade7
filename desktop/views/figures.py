"""A strip of a few figures side by side, each over its name: what stands under the lists of a page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from desktop.views.labels import label, set_property


class FigureStrip(QFrame):
    """`FigureStrip(["押金在管（元）", …])`, then `.show_figures([("2,300.00", ""), …])` with words and tone."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._names = list(names)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 14, 8)
        row.setSpacing(10)
        self.figures = []
        for name in names:
            figure = label("", "title")
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(figure)
            column.addWidget(label(name, "small"))
            row.addLayout(column, 1)
            self.figures.append(figure)

    def show_figures(self, figures: Sequence[tuple[str, str]]) -> None:
        """Words and tone ("", danger, warn, ok) of each figure, in order."""
        for widget, name, (words, tone) in zip(self.figures, self._names, figures, strict=True):
            widget.setText(words)
            widget.setAccessibleName(f"{name} {words}")
            set_property(widget, "tone", tone)
