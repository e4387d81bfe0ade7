"""Step 3 联系人: how to reach the tenant, whom to call, an account for refunds, and the notice read and told."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QTextBrowser, QVBoxLayout, QWidget

from desktop.services.check_in_draft import Step, known_used
from desktop.services.check_in_facts import Notice
from desktop.services.check_in_steps import of_the_others
from desktop.services.problems import Problem
from desktop.views.buttons import Button
from desktop.views.check_in.step import StepView, Tick, say_problems
from desktop.views.check_in.wizard import Wizard
from desktop.views.dialogs import BodyScroll
from desktop.views.fields import PhoneField, TextField
from desktop.views.forms import FormRow
from desktop.views.keys import bind
from desktop.views.labels import Card, Tag, label
from desktop.views.theme import theme


class ContactStep(StepView):
    """The phone is all that is needed; what is left empty is simply not known."""

    step = Step.CONTACT
    scrolls = False

    def __init__(self, page: Wizard) -> None:
        super().__init__(page)
        self._showing = False
        self._touched: set[str] = set()
        self._shown: Notice | None = None
        self._others_stop = False
        self.rows: dict[str, FormRow] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(12)
        row.addWidget(self._person(), 5)
        row.addWidget(self._notice(), 4)
        for name, each in self.rows.items():
            each.field.changed.connect(partial(self._typed, name))  # type: ignore[attr-defined]
        self.told.changed.connect(self._ticked)
        self.told.entered.connect(page.go_on)
        self.bank_consent.changed.connect(self._ticked)

    def _person(self) -> QWidget:
        column = QWidget()
        inside = QVBoxLayout(column)
        inside.setContentsMargins(0, 0, 2, 0)
        inside.setSpacing(10)
        card = Card(self.tr("联系方式"))
        self.known_note = label("", "small", wrap=True)
        self.known_note.hide()
        card.body.addWidget(self.known_note)
        self.copy_button = Button(self.tr("同证件住址"), size="small", key="Alt+3", slot=self._copy_address)
        # Not in the way of Enter: after 现住址, a second Enter wrote the card's address over it.
        self.copy_button.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._grid(
            card,
            ("phone", self.tr("手机或电话"), PhoneField(), True, 1),
            ("occupation", self.tr("职业或单位"), TextField(limit=40), False, 1),
            ("home_address", self.tr("现住址"), TextField(limit=120), False, 2),
        )
        self.wizard.people.button.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        card.head_row.addWidget(self.wizard.people.button)  # type: ignore[union-attr]
        card.head_row.addWidget(self.copy_button)  # type: ignore[union-attr]
        inside.addWidget(card)
        self.emergency = Card(self.tr("紧急联系人"))
        self._grid(
            self.emergency,
            ("emergency.name", self.tr("姓名"), TextField(limit=40), False, 1),
            ("emergency.relation", self.tr("与本人关系"), TextField(limit=20), False, 1),
            ("emergency.phone", self.tr("电话"), PhoneField(), False, 1), columns=3,
        )  # fmt: skip
        inside.addWidget(self.emergency)
        self.account = Card()
        self.account.head(self.tr("退款账户"), "", Tag(self.tr("可不填"), "info"))
        self._grid(
            self.account,
            ("bank.bank", self.tr("开户银行"), TextField(limit=40), False, 1),
            ("bank.number", self.tr("银行卡号"), TextField(limit=40), False, 1),
        )
        self.bank_consent = Tick(self.tr("租客单独同意保存银行账户，只用于退款"), "Alt+2")
        self.account.body.addWidget(self.bank_consent)
        self.consent_said = label("", "error", wrap=True)
        self.consent_said.hide()
        self.account.body.addWidget(self.consent_said)
        inside.addWidget(self.account)
        inside.addStretch(1)
        return BodyScroll(column)

    def _grid(self, card: Card, *fields: tuple[str, str, TextField, bool, int], columns: int = 2) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(2)
        at = 0
        for name, words, field, required, span in fields:
            row = FormRow(words, field, required=required)
            line, column = divmod(at, columns)
            if column + span > columns:
                line, column = line + 1, 0
            grid.addWidget(row, line, column, 1, span)
            grid.setColumnStretch(column, 1)
            at = line * columns + column + span
            self.rows[name] = row
        card.body.addLayout(grid)

    def _notice(self) -> QWidget:
        card = Card()
        self.version = Tag("")
        card.head(self.tr("个人信息处理告知书"), "", self.version)
        self.notice = NoticeView()
        card.body.addWidget(self.notice, 1)
        words = self.tr("只是告知，不要求同意；请租客看屏幕或打印件。PgUp PgDn 翻看")
        card.body.addWidget(label(words, "hint", wrap=True))
        self.told = Tick(self.tr("已告知租客"), "Alt+1", last=True)
        card.body.addWidget(self.told)
        bind(self, "PgDown", partial(self.notice.turn, 1))
        bind(self, "PgUp", partial(self.notice.turn, -1))
        return card

    # what it shows

    def show_draft(self) -> None:
        self._showing = True
        draft = self.draft
        if self.wizard.facts is not None:
            self.show_notice(self.wizard.facts.notice)
        for name, row in self.rows.items():
            row.field.set_value(getattr(draft, _attribute(name)))  # type: ignore[attr-defined]
        self.told.set_value(draft.notice_told)
        self.bank_consent.set_value(draft.bank_consent)
        self._showing = False
        self._touched = {name for name, row in self.rows.items() if row.field.text()}  # type: ignore[attr-defined]
        used = known_used(draft)
        waited = not used and draft.awaited_id is not None
        self.known_note.setVisible(used or waited)
        text = (
            self.tr("这间房是为 {name} 留的，预订时的电话已有；换了号码就在这里写新的。").format(name=draft.awaited)
            if waited
            else self.tr("沿用 {name}（{number}）已登记的资料；换了号码就在这里写新的。").format(
                name=draft.known_name, number=draft.known_number
            )
        )
        self.known_note.setText(text)
        self.emergency.setVisible(not used)
        self.account.setVisible(not used)
        for name in ("occupation", "home_address"):
            self.rows[name].setVisible(not used)
        self.copy_button.setVisible(not used and bool(draft.address))

    def show_notice(self, notice: Notice) -> None:
        if self._shown == notice:
            return
        self._shown = notice
        self.version.set(self.tr("第 {n} 版").format(n=notice.version), "info")
        self.notice.show_lines(notice.lines)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        self._stops = say_problems(self.rows, problems, tuple(self._touched), self.asked)
        said = {p.field: p.text for p in problems if p.stops}
        self._others_stop = bool(of_the_others([p for p in problems if p.stops]))
        consent = said.get("bank_consent", "") if self.asked or self.draft.bank_number else ""
        self.consent_said.setText(consent)
        self.consent_said.setVisible(bool(consent))
        self.told.set_state("error" if self.asked and "notice" in said else "")
        self._said = said

    def focus_problem(self) -> None:
        if self._stops:
            self.rows[self._stops[0]].field.setFocus(Qt.FocusReason.TabFocusReason)
        elif "bank_consent" in self._said:
            self.bank_consent.setFocus(Qt.FocusReason.TabFocusReason)
        elif "notice" not in self._said and self._others_stop:
            self.wizard.people.open(wrong=True)
        else:
            self.told.setFocus(Qt.FocusReason.TabFocusReason)

    def entered(self) -> None:
        self.rows["phone"].field.setFocus(Qt.FocusReason.TabFocusReason)

    def primary(self) -> tuple[str, str]:
        return self.tr("保存联系人，下一步"), ""

    def hints(self) -> str:
        return self.tr("Enter 下一格 · Alt 0 更多的人 · Alt 1 已告知 · Ctrl+Enter 下一步")

    # what happens

    def _typed(self, name: str) -> None:
        if self._showing:
            return
        self._touched.add(name)
        setattr(self.draft, _attribute(name), self.rows[name].field.value())  # type: ignore[attr-defined]
        self.wizard.typed()

    def _ticked(self) -> None:
        if self._showing:
            return
        self.draft.notice_told = self.told.value()
        if self._shown is not None:
            self.draft.notice_id = self._shown.id
        self.draft.bank_consent = self.bank_consent.value()
        self.wizard.typed()

    def _copy_address(self) -> None:
        self.rows["home_address"].field.set_value(self.draft.address)  # type: ignore[attr-defined]
        self.rows["home_address"].field.setFocus(Qt.FocusReason.TabFocusReason)


def _attribute(name: str) -> str:
    """Where a row of the form lies in the draft."""
    return "bank" if name == "bank.bank" else name.replace(".", "_")


class NoticeView(QTextBrowser):
    """The notice as running text. It takes no Tab stop: PgUp and PgDn turn it from any field."""

    def __init__(self) -> None:
        super().__init__()
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
        small = look.font("small").pointSizeF()
        out = [f'<div style="font-size:{small}pt; line-height:150%">']
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
