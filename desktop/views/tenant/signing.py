"""A lease or a receipt signed before the clerk: its words are read, shown, signed under and kept with the signature."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtWidgets import QWidget

from desktop.services import signatures, tenant_papers
from desktop.services.acts import Op
from desktop.services.tenant_papers import TenantPaper
from desktop.views.pages import Shell
from desktop.views.tenant.screen import tenant_of
from desktop.views.tenant.showing import SignAsked

if TYPE_CHECKING:
    from desktop.services.ink import Ink


class Signing:
    """One signature; `done` is called when it is stored."""

    read: Callable[..., Any]
    keep: Callable[..., Any]

    def __init__(self, shell: Shell, page: QWidget) -> None:
        self._shell, self._page = shell, page

    def ask(self, subject_id: UUID, done: Callable[[], object]) -> None:
        """Read the words, show them, wait for the pen."""
        read = partial(self._shell.session.read, type(self).read, subject_id)
        self._shell.run(read, partial(self._show, done))

    def _show(self, done: Callable[[], object], words: TenantPaper) -> None:
        tenant = tenant_of(self._shell)
        if tenant is not None:
            tenant.ask(self._page, SignAsked(words.title, words.lines), partial(self._took, words, done))

    def _took(self, words: TenantPaper, done: Callable[[], object], drawn: Ink) -> None:
        keep = type(self).keep
        work = partial(self._shell.session.act, Op.SIGN_PAPER, keep, words.subject_id, words.sha, drawn)
        self._shell.run(work, partial(self._kept, words, done), write=True)

    def _kept(self, words: TenantPaper, done: Callable[[], object], _id: object) -> None:
        self._shell.toast(self._shell.frame.tr("客户已签{title}").format(title=words.title))
        done()


class LeaseSigning(Signing):
    """The lease."""

    read, keep = staticmethod(tenant_papers.lease_for_tenant), staticmethod(signatures.sign_lease)


class ReceiptSigning(Signing):
    """The receipt."""

    read, keep = staticmethod(tenant_papers.receipt_for_tenant), staticmethod(signatures.sign_receipt)
