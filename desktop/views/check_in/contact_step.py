"""Step 3 联系人: how to reach the tenant, whom to call, an account for refunds, and the notice read and told."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop.services.check_in_draft import Step, known_used, request
from desktop.services.check_in_facts import Notice
from desktop.services.check_in_steps import of_the_others
from desktop.services.ink import Ink, encode
from desktop.services.notice_signers import notice_words
from desktop.services.problems import Problem
from desktop.services.tenant_papers import signer_line, words_sha
from desktop.views.buttons import Button
from desktop.views.check_in.step import StepView, Tick, page_of, say_problems
from desktop.views.check_in.wizard import Wizard
from desktop.views.fields import PhoneField
from desktop.views.forms import FormRow
from desktop.views.keys import bind
from desktop.views.labels import Card, Tag, label
from desktop.views.notice_view import NoticeView
from desktop.views.overlays import BodyScroll
from desktop.views.tenant.screen import tenant_of
from desktop.views.tenant.showing import PaperShown, SignAsked
from desktop.views.text_fields import TextField


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
        self.version, self.signed = Tag(""), Tag(self.tr("已签名"), "ok", "signature")
        card.head(self.tr("个人信息处理告知书"), "", self.signed, self.version)
        self.notice = NoticeView()
        card.body.addWidget(self.notice, 1)
        words = self.tr("只是告知，不要求同意；请租客看屏幕或打印件。PgUp PgDn 翻看")
        card.body.addWidget(label(words, "hint", wrap=True))
        self.told = Tick(self.tr("已告知租客"), "Alt+1", last=True)
        self.sign = Button(self.tr("客户签名"), size="small", icon="signature", key="Alt+4", slot=self._ask_to_sign)
        self.sign.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.told, 1)
        row.addWidget(self.sign)
        card.body.addLayout(row)
        self.sign.setVisible(tenant_of(self.wizard.shell) is not None)
        bind(self, "PgDown", partial(self._turn, 1))
        bind(self, "PgUp", partial(self._turn, -1))
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
        self._drop_another_hand()
        self.signed.setVisible(bool(draft.notice_ink))
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

    def _drop_another_hand(self) -> None:
        """Somebody else has to sign now, a guardian was added or a name corrected: it is asked for anew."""
        draft = self.draft
        if draft.notice_ink and draft.notice_by and draft.notice_by != self._who_signs():
            draft.notice_ink = draft.notice_sha = draft.notice_by = ""

    def show_notice(self, notice: Notice) -> None:
        if self._shown == notice:
            return
        self._shown = notice
        if self.draft.notice_ink and self.draft.notice_id != notice.id:
            self.draft.notice_ink = self.draft.notice_sha = ""  # it stood under other words
        self.version.set(self.tr("第 {n} 版").format(n=notice.version), "info")
        self.notice.show_lines(notice.lines)
        if self.isVisible():
            self._offer()

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
        self._offer()
        self.rows["phone"].field.setFocus(Qt.FocusReason.TabFocusReason)

    def primary(self) -> tuple[str, str]:
        return self.tr("保存联系人，下一步"), ""

    def hints(self) -> str:
        return self.tr("Enter 下一格 · Alt 0 更多的人 · Alt 1 已告知 · F12 给客户看 · Ctrl+Enter 下一步")

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
        if not self.draft.notice_told:
            self.draft.notice_ink = self.draft.notice_sha = ""
            self.signed.hide()
        if self._shown is not None:
            self.draft.notice_id = self._shown.id
        self.draft.bank_consent = self.bank_consent.value()
        self.wizard.typed()

    def left_behind(self) -> None:
        tenant = tenant_of(self.wizard.shell)
        if tenant is not None:
            tenant.withdraw(page_of(self))

    def _turn(self, pages: int) -> None:
        """Here and before the tenant."""
        self.notice.turn(pages)
        tenant = tenant_of(self.wizard.shell)
        if tenant is not None:
            tenant.turn(pages)

    def _offer(self) -> None:
        """The tenant may read the notice on a screen of their own."""
        tenant, notice = tenant_of(self.wizard.shell), self._shown
        if tenant is not None and notice is not None:
            version = self.tr("第 {n} 版").format(n=notice.version)
            tenant.offer(page_of(self), PaperShown(self.tr("个人信息处理告知书"), version, notice.lines))

    def _ask_to_sign(self) -> None:
        tenant, notice = tenant_of(self.wizard.shell), self._shown
        if tenant is not None and notice is not None:
            who = self._who_signs()
            lines = (signer_line(who), *notice.lines)  # seen without turning a page
            asked = SignAsked(self.tr("个人信息处理告知书"), lines)
            tenant.ask(page_of(self), asked, partial(self._took_signature, notice, lines, who))

    def _who_signs(self) -> str:
        """The person at the desk, or the guardian of a minor, in words."""
        draft = self.draft
        name = draft.known_name if known_used(draft) else draft.name.strip()
        return notice_words(request(draft), name, self.wizard.shell.today())

    def _took_signature(self, notice: Notice, lines: tuple[str, ...], who: str, drawn: Ink) -> None:
        """It stays in the sealed draft until the check-in keeps it."""
        self.draft.notice_ink, self.draft.notice_sha = encode(drawn), words_sha(lines).hex()
        self.draft.notice_by = who
        self.draft.notice_id, self.draft.notice_told = notice.id, True
        self._showing = True
        self.told.set_value(True)
        self._showing = False
        self.signed.show()
        self.wizard.typed()

    def _copy_address(self) -> None:
        self.rows["home_address"].field.set_value(self.draft.address)  # type: ignore[attr-defined]
        self.rows["home_address"].field.setFocus(Qt.FocusReason.TabFocusReason)


def _attribute(name: str) -> str:
    """Where a row of the form lies in the draft."""
    return "bank" if name == "bank.bank" else name.replace(".", "_")
