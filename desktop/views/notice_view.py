"""The markup of a notice as running text on screen: heads, points, tables, small print."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QSizePolicy, QTextBrowser

from desktop.views.theme import theme


class NoticeView(QTextBrowser):
    """A paper as running text, in a type role. It takes no Tab stop: PgUp and PgDn turn it from any field."""

    def __init__(self, role: str = "small") -> None:
        super().__init__()
        self._role = role
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setOpenLinks(False)
        self.setMinimumHeight(120)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self.setProperty("kind", "notice")
        self._lines: tuple[str, ...] = ()

    def show_lines(self, lines: tuple[str, ...]) -> None:
        self._lines = lines
        self._render()

    def turn(self, pages: int) -> None:
        """A page further or back."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + pages * max(20, bar.pageStep() - 20))

    def _render(self) -> None:
        look = theme()
        muted, line = look.colour("text-muted").name(), look.colour("line").name()
        points = look.font(self._role).pointSizeF()
        out = [f'<div style="font-size:{points}pt; line-height:150%">']
        table = False
        for text in self._lines:
            row = text.startswith("|") and not text.startswith("|=")
            if table and not row:
                out.append("</table>")
                table = False
            if row:
                if not table:
                    style = f'cellpadding="4" cellspacing="0" border="1" style="border-color:{line}"'
                    out.append(f'<table width="100%" {style}>')
                    table = True
                head = text.startswith("|!")
                cells = (cell.strip() for cell in text.strip("|! ").split("|"))
                out.append("<tr>" + "".join(f"<td>{'<b>' if head else ''}{escape(c)}</td>" for c in cells) + "</tr>")
            elif text.startswith("# "):
                continue  # the card is called so already
            elif text.startswith("## "):
                out.append(f'<p style="font-weight:500">{escape(text[3:])}</p>')
            elif text.startswith(">"):
                out.append(f'<p style="color:{muted}">{escape(text[1:].strip())}</p>')
            elif text.startswith("- "):
                out.append(f"<p>· {escape(text[2:])}</p>")
            elif text.strip() and not text.startswith(("@", "|=")):
                out.append(f"<p>{escape(text)}</p>")
        out.append("</table></div>" if table else "</div>")
        self.setHtml("".join(out))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and getattr(self, "_lines", None):
            self._render()
