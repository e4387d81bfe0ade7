"""A receipt as it will look, painted from the very facts the PDF is made of, while the clerk still types."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.models.values import NIL
from desktop.services.bill_lists import plain
from desktop.services.paper.money import METHOD_WORDS, NOT_AN_INVOICE, ReceiptLine, ReceiptPaper
from desktop.services.receipt_kinds import RECEIPT_TITLES
from desktop.services.rmb import uppercase_rmb
from desktop.views.painting import em, middle, put, rounded, width
from desktop.views.theme import theme

_PAD = 14.0


class ReceiptPreview(QWidget):
    """The customer's copy in small. What does not fit is counted: 「另有 3 项」."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.paper: ReceiptPaper | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_paper(self, paper: ReceiptPaper | None) -> None:
        """Show these facts; None leaves the sheet empty."""
        self.paper = paper
        if paper is not None:
            lines = "；".join(f"{line.item} {line.amount}" for line in paper.lines)
            self.setAccessibleName(
                self.tr("收据预览：{payer}，{lines}，合计 {total}").format(
                    payer=paper.payer, lines=lines, total=paper.total
                )
            )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(220, 380)

    def minimumSizeHint(self) -> QSize:
        return QSize(180, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        sheet = QRectF(self.rect())
        rounded(painter, sheet, 2, look.colour("paper"), look.colour("line"))
        if self.paper is not None:
            _Sheet(painter, sheet.adjusted(_PAD, 10, -_PAD, -10), self.paper).draw()


class _Sheet:
    """One drawing of one receipt: a pen that goes down the sheet."""

    def __init__(self, painter: QPainter, box: QRectF, paper: ReceiptPaper) -> None:
        look = theme()
        self.painter, self.box, self.paper = painter, box, paper
        self.y = box.y()
        self.ink = look.colour("paper-ink")
        self.faint = QColor(self.ink)
        self.faint.setAlphaF(0.72)
        red = bool(paper.reverses) or paper.total < NIL
        self.head_ink = look.colour("badge") if red else self.ink
        self.small, self.strong = look.font("caption"), look.font("caption", 500)

    def line(self, left: str, right: str = "", font: QFont | None = None, ink: QColor | None = None) -> None:
        font, ink = font or self.small, ink or self.ink
        high = em(font) * 1.62
        baseline = middle(font, self.y, high)
        wide = put(self.painter, self.box.right(), baseline, right, font, ink, "r") if right else 0
        put(self.painter, self.box.x(), baseline, left, font, ink, room=self.box.width() - wide - 6)
        self.y += high

    def centred(self, words: str, font: QFont, ink: QColor) -> None:
        high = em(font) * 1.6
        put(self.painter, self.box.center().x(), middle(font, self.y, high), words, font, ink, "c")
        self.y += high

    def rule(self, dashed: bool = False) -> None:
        self.y += 4
        if dashed:
            pen = QPen(self.faint, 1, Qt.PenStyle.DashLine)
            self.painter.setPen(pen)
            self.painter.drawLine(QPointF(self.box.x(), self.y + 0.5), QPointF(self.box.right(), self.y + 0.5))
        else:
            self.painter.fillRect(QRectF(self.box.x(), self.y, self.box.width(), 1), self.ink)
        self.y += 5

    def draw(self) -> None:
        look, paper = theme(), self.paper
        title = " ".join(paper.title or RECEIPT_TITLES[paper.kind]) + ("（冲红）" if paper.reverses else "")
        self.centred(title, look.font("title"), self.head_ink)
        self.centred(paper.office, self.small, self.faint)
        self.line(f"No. {paper.number}", f"{paper.business_date}", ink=self.faint)
        self.rule()
        self._payer()
        self.y += 4
        rows = self._rows_that_fit()
        for row in paper.lines[:rows]:
            self._row(row)
        if rows < len(paper.lines):
            self.line(f"另有 {len(paper.lines) - rows} 项", ink=self.faint)
        self.rule(dashed=True)
        self.line("合计", f"¥{paper.total}".replace("¥-", "-¥"), look.font("small", 500), self.head_ink)
        self._capitals()
        self._paid()
        self.line(f"收款人 {paper.cashier}", paper.desk, ink=self.faint)
        self._foot()

    def _payer(self) -> None:
        paper, baseline = self.paper, middle(self.small, self.y, em(self.small) * 1.62)
        wide = put(self.painter, self.box.x(), baseline, "交款人", self.small, self.faint) + 8
        rest = width(self.small, paper.room)
        name = width(self.strong, paper.payer)
        put(
            self.painter,
            self.box.x() + wide,
            baseline,
            paper.payer,
            self.strong,
            self.ink,
            room=self.box.width() - wide,
        )
        if wide + name + 8 + rest > self.box.width():
            self.y += em(self.small) * 1.62
            self.line("", paper.room)
            return
        put(self.painter, self.box.right(), baseline, paper.room, self.small, self.ink, "r")
        self.y += em(self.small) * 1.62

    def _row_height(self, row: ReceiptLine) -> float:
        return em(self.small) * 1.62 * (2 if self._detail_below(row) else 1)

    def _detail_below(self, row: ReceiptLine) -> bool:
        words = detail_of(row)
        used = width(self.strong, row.item) + 10 + width(self.small, words) + 8 + width(self.small, str(row.amount))
        return bool(words) and used > self.box.width()

    def _rows_that_fit(self) -> int:
        """Rows that leave room for the sum, the tenders and the foot."""
        step = em(self.small) * 1.62
        below = step * (6.5 + len(self.paper.tenders) + len(self._remark())) + 24
        room, fits = self.box.bottom() - self.y - below, 0
        for row in self.paper.lines:
            room -= self._row_height(row)
            if room < (0 if fits == len(self.paper.lines) - 1 else step):
                break
            fits += 1
        return max(1, fits) if self.paper.lines else 0

    def _row(self, row: ReceiptLine) -> None:
        high = em(self.small) * 1.62
        baseline = middle(self.small, self.y, high)
        wide = put(self.painter, self.box.x(), baseline, row.item, self.strong, self.ink)
        put(self.painter, self.box.right(), baseline, str(row.amount), self.small, self.ink, "r")
        words = detail_of(row)
        if self._detail_below(row):
            self.y += high
            baseline = middle(self.small, self.y, high)
            put(self.painter, self.box.x(), baseline, words, self.small, self.faint, room=self.box.width())
        elif words:
            put(self.painter, self.box.x() + wide + 10, baseline, words, self.small, self.faint)
        self.y += high

    def _capitals(self) -> None:
        words = uppercase_rmb(self.paper.total)
        if width(self.strong, words) <= self.box.width():
            self.line(words, font=self.strong)
            return
        half = next(at for at in range(len(words), 0, -1) if width(self.strong, words[:at]) <= self.box.width())
        self.line(words[:half], font=self.strong)
        self.line(words[half:], font=self.strong)

    def _paid(self) -> None:
        paper = self.paper
        for at, tender in enumerate(paper.tenders):
            last = at == len(paper.tenders) - 1
            right = str(tender.amount)
            if last and paper.change:
                right = f"收 {tender.amount + paper.change}  找 {paper.change}"
            self.line(METHOD_WORDS[tender.method], right, ink=self.faint)
        if paper.credited:
            self.line("转入预存款", str(paper.credited), ink=self.faint)
        if paper.reverses:
            self.line(f"冲销 No. {paper.reverses}", ink=self.head_ink)
        for words in self._remark():
            self.line(words, ink=self.faint)

    def _remark(self) -> list[str]:
        """The remark in as many lines as it takes: why something was deducted, and by which clause."""
        lines, line = [], ""
        for character in f"备注：{self.paper.remark}" if self.paper.remark else "":
            if width(self.small, line + character) > self.box.width():
                lines.append(line)
                line = ""
            line += character
        return [*lines, line] if line else lines

    def _foot(self) -> None:
        look = theme()
        step = em(self.small) * 1.62
        bottom = self.box.bottom() - step
        baseline = middle(self.small, bottom, step)
        put(self.painter, self.box.center().x(), baseline, NOT_AN_INVOICE, self.small, self.ink, "c")
        room = bottom - self.y
        size = min(84.0, room - 12)
        if size < 44:
            return
        red = QColor(look.colour("badge"))
        red.setAlphaF(0.6)
        ring = QRectF(self.box.center().x() - size / 2, self.y + 6, size, size)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.setPen(QPen(red, 1.2, Qt.PenStyle.DashLine))
        self.painter.drawEllipse(ring)
        put(self.painter, ring.center().x(), middle(self.small, ring.y(), size), "盖章处", self.small, red, "c")


def detail_of(row: ReceiptLine) -> str:
    """11-01 至 11-30, or 250 度 × 0.64 for what is measured."""
    if row.unit in {"度", "吨", "立方米", "m³"} and row.quantity is not None:
        price = f" × {plain(row.unit_price, 2)}" if row.unit_price is not None else ""
        return f"{plain(row.quantity)} {row.unit}{price}"
    if row.period is not None:
        words = "%m-%d" if row.period.start.year == row.period.end.year else "%Y-%m-%d"
        return f"{row.period.start.strftime(words)} 至 {row.period.end.strftime(words)}"
    return ""
