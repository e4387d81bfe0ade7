"""A lease or a receipt signed before the clerk: its words are read, shown, signed under and kept with the signature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.services import signatures, tenant_papers
from desktop.services.acts import Op
from desktop.services.tenant_papers import TenantPaper
from desktop.views.dialogs import Dialog
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.person_list import Colleague, PersonList
from desktop.views.tenant.screen import tenant_of
from desktop.views.tenant.showing import SignAsked

if TYPE_CHECKING:
    from desktop.services.ink import Ink
    from desktop.services.signers import Signer


class SignerDialog(Dialog):
    """谁来签: the tenant, or who stands in for them. Signals: submitted(party id)."""

    help_topic = "signing"
    writes = False

    def __init__(self, window: QWidget, signers: Sequence[Signer]) -> None:
        super().__init__(window, self.tr("谁来签"), primary=self.tr("请这位签"), primary_icon="signature", wide=600)
        self.signers = tuple(signers)
        words = self.tr("是谁、以什么身份签的，写在客户眼前的字里，和笔迹一起加密保存。")
        self.body.addWidget(label(words, "muted", wrap=True))
        self.list = PersonList(self.tr("谁来签"))
        self.list.show_people([Colleague(each.name, each.role_words) for each in self.signers])
        self.body.addWidget(self.list)
        self.body.addStretch(1)

    def open(self) -> None:
        super().open()
        self.list.setFocus(Qt.FocusReason.TabFocusReason)

    def request(self) -> UUID:
        return self.signers[self.list.at].party_id

    def submit(self) -> None:
        self.accept()
        self.submitted.emit(self.request())


class Signing:
    """One signature; `done` is called when it is stored."""

    who: Callable[..., Any]
    read: Callable[..., Any]
    keep: Callable[..., Any]

    def __init__(self, shell: Shell, page: QWidget) -> None:
        self._shell, self._page = shell, page

    def ask(self, subject_id: UUID, done: Callable[[], object]) -> None:
        """Who signs, asked where there is a choice; then the words are read and shown, and the pen is waited for."""
        read = partial(self._shell.session.read, type(self).who, subject_id)
        self._shell.run(read, partial(self._choose, subject_id, done))

    def _choose(self, subject_id: UUID, done: Callable[[], object], signers: tuple[Signer, ...]) -> None:
        if len(signers) == 1:
            self._read(subject_id, done, signers[0].party_id)
            return
        dialog = SignerDialog(self._shell.frame, signers)
        dialog.submitted.connect(partial(self._read, subject_id, done))
        self._shell.open(dialog)

    def _read(self, subject_id: UUID, done: Callable[[], object], signer_id: UUID) -> None:
        read = partial(self._shell.session.read, type(self).read, subject_id, signer_id)
        self._shell.run(read, partial(self._show, done))

    def _show(self, done: Callable[[], object], words: TenantPaper) -> None:
        tenant = tenant_of(self._shell)
        if tenant is not None:
            tenant.ask(self._page, SignAsked(words.title, words.lines), partial(self._took, words, done))

    def _took(self, words: TenantPaper, done: Callable[[], object], drawn: Ink) -> None:
        keep = type(self).keep
        signer = words.signer.party_id
        work = partial(self._shell.session.act, Op.SIGN_PAPER, keep, words.subject_id, signer, words.sha, drawn)
        self._shell.run(work, partial(self._kept, words, done), write=True)

    def _kept(self, words: TenantPaper, done: Callable[[], object], _id: object) -> None:
        tr, signer = self._shell.frame.tr, words.signer.words
        self._shell.toast(tr("{who}，已签{title}").format(who=signer, title=words.title))
        done()


class LeaseSigning(Signing):
    """The lease."""

    who = staticmethod(tenant_papers.lease_signers)
    read, keep = staticmethod(tenant_papers.lease_for_tenant), staticmethod(signatures.sign_lease)


class ReceiptSigning(Signing):
    """The receipt."""

    who = staticmethod(tenant_papers.receipt_signers)
    read, keep = staticmethod(tenant_papers.receipt_for_tenant), staticmethod(signatures.sign_receipt)
