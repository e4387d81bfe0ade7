"""Corrections on the page of a party: facts edited and taken back, relations, the account for refunds, vehicles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu, QWidget

from desktop.models.values import NIL, Right
from desktop.services import party_edits, vehicles
from desktop.services.acts import Op
from desktop.services.party_edits import PartyChanged
from desktop.services.party_record import PartyRecord
from desktop.services.payments import PaymentTaken
from desktop.services.vehicles import PlatesChanged
from desktop.views import one_off_dialog
from desktop.views.credit_dialog import RefundCreditDialog
from desktop.views.dialogs import Question
from desktop.views.invoice_dialogs import ask_invoice
from desktop.views.keys import key_words
from desktop.views.pages import Shell
from desktop.views.party_dialogs import BankDialog, EditPartyDialog, RelationDialog, accounts_of
from desktop.views.vehicles_dialog import VehiclesDialog


class PartyChanges(QObject):
    """Changes the party a page shows; `record` gives it, None while it is read. Signals: changed() once stored."""

    changed = Signal()

    def __init__(self, shell: Shell, page: QWidget, record: Callable[[], PartyRecord | None]) -> None:
        super().__init__(page)
        self._shell, self._page, self._record = shell, page, record

    def edit(self) -> None:
        """Name, phone and the other facts; what was saved can be taken back."""
        record = self._record()
        if record is not None:
            dialog = EditPartyDialog(self._shell, record.page)
            dialog.saved.connect(self._saved)
            self._shell.open(dialog)

    def _saved(self, changed: PartyChanged) -> None:
        words = self.tr("{name} 的资料已改").format(name=changed.name)
        self.changed.emit()
        self._shell.toast(words, partial(self._undo, changed))

    def _undo(self, changed: PartyChanged) -> None:
        """A second act writes the old values back; refused when somebody saved in between."""
        act = self._shell.session.act
        undo = partial(act, Op.CHANGE_PARTY, party_edits.undo_change, changed.party_id, changed.act_id)
        self._store(undo, self.tr("已恢复原来的资料"))

    def relate(self) -> None:
        """Somebody who belongs to the party."""
        record = self._record()
        if record is not None:
            dialog = RelationDialog(self._shell, record.page)
            dialog.saved.connect(self._related)
            self._shell.open(dialog)

    def _related(self, name: str) -> None:
        self._done(self.tr("已添加 {name}").format(name=name))

    def bill(self) -> None:
        """A one-off charge."""
        record = self._record()
        if record is not None:
            one_off_dialog.bill_by_hand(self._shell, one_off_dialog.Whom(record.page.id, record.page.name))

    def set_bank(self) -> None:
        """The account deposits go back to."""
        record = self._record()
        if record is not None:
            dialog = BankDialog(self._shell, record.page)
            dialog.saved.connect(self._banked)
            self._shell.open(dialog)

    def _banked(self) -> None:
        self._done(self.tr("退款账户已保存"))

    def withdraw_bank(self) -> None:
        """The party no longer agrees that the account is kept."""
        record = self._record()
        if record is None:
            return
        question = Question(
            self._shell.frame, self.tr("撤回银行账户的同意"),
            self.tr("租客不再同意保存银行账户：账户从资料里清除，退押金时要重新登记。"),
            [(True, self.tr("撤回并清除"), "warn")], cancel=self.tr("保留"),
        )  # fmt: skip
        question.answered.connect(partial(self._withdrawn, accounts_of(record.page)))
        self._shell.open(question)

    def _withdrawn(self, known: frozenset[UUID], _answer: object) -> None:
        record = self._record()
        if record is not None:
            act = partial(self._shell.session.act, Op.CHANGE_PARTY, party_edits.withdraw_bank, record.page.id, known)
            self._store(act, self.tr("已撤回同意，账户已清除"))

    def set_plates(self) -> None:
        """The vehicles; what was saved can be taken back."""
        record = self._record()
        if record is not None:
            dialog = VehiclesDialog(self._shell, record.page.id, record.page.name, record.vehicles)
            dialog.done.connect(self._plates_set)
            self._shell.open(dialog)

    def _plates_set(self, changed: PlatesChanged) -> None:
        self.changed.emit()
        if changed.words:
            words = self.tr("{name}：{what}").format(name=changed.name, what=changed.words)
            self._shell.toast(words, partial(self._undo_plates, changed))

    def _undo_plates(self, changed: PlatesChanged) -> None:
        undo = partial(self._shell.session.act, Op.CHANGE_PARTY, vehicles.undo_plates, changed)
        self._store(undo, self.tr("已恢复原来的车牌"))

    def ask_invoice(self) -> None:
        """An invoice on what was billed to the party."""
        record = self._record()
        if record is not None:
            ask_invoice(self._shell, party_id=record.page.id)

    def refund_credit(self) -> None:
        """What stands to the party's credit goes back."""
        record = self._record()
        if record is not None and record.figures is not None:
            page = record.page
            dialog = RefundCreditDialog(self._shell, page.id, page.name, record.figures.prepaid)
            dialog.done.connect(self._refunded)
            self._shell.open(dialog)

    def _refunded(self, taken: PaymentTaken) -> None:
        self._shell.navigate("receipt", payment_id=taken.payment_id)

    def menu(self, at: QPoint, more: Sequence[tuple[str, str, Callable[[], object]]] = ()) -> None:
        """Ctrl M: what else can be changed here, also without a mouse; `more` are (words, key, slot) of the page."""
        record = self._record()
        if record is None:
            return
        menu = QMenu(self._page)
        menu.addAction(self.tr("车辆"), self.set_plates)
        menu.addAction(self.tr("添加关联人"), self.relate)
        banks = bool(record.page.banks)
        menu.addAction(self.tr("更换退款账户") if banks else self.tr("登记退款账户"), self.set_bank)
        if banks:
            menu.addAction(self.tr("撤回退款账户的同意"), self.withdraw_bank)
        if self._shell.allowed(Right.REGISTER_INVOICES):
            menu.addAction(self.tr("登记发票"), self.ask_invoice)
        figures = record.figures
        if figures is not None and figures.prepaid > NIL and self._shell.allowed(Right.TAKE_PAYMENT):
            menu.addAction(self.tr("退预存款"), self.refund_credit)
        # What has a key of its own needs the menu least: it comes last.
        if self._shell.allowed(Right.POST_BILLS):
            menu.addAction(f"{self.tr('一次性收费')}\t{key_words(one_off_dialog.KEY)}", self.bill)
        for words, key, slot in more:
            menu.addAction(f"{words}\t{key.replace('+', ' ')}", slot)
        menu.setActiveAction(menu.actions()[0])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _store(self, act: Callable[[], object], words: str) -> None:
        self._shell.run(act, partial(self._stored, words), write=True)

    def _stored(self, words: str, _result: object) -> None:
        self._done(words)

    def _done(self, words: str) -> None:
        self.changed.emit()
        self._shell.toast(words)
