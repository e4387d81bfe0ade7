"""Who pays at the till and for whom: the payer, somebody who brings the money, others whose bills are paid along."""

from __future__ import annotations

from enum import Enum
from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from desktop.models.values import NIL, Money
from desktop.services import credit, till
from desktop.services.till import TillFacts
from desktop.views.pages import Shell


class Choosing(Enum):
    """What the chooser is asked for."""

    PAYER = "payer"
    STAND_IN = "stand_in"
    """由他人代交: somebody else brings the money for these bills."""
    OTHERS = "others"
    """代付: the payer pays bills of somebody else along with their own."""


class TillPayers(QObject):
    """Signals: picked(party id) another payer; changed() who brings the money, or what stands to their credit;
    added(TillFacts) of somebody whose bills are paid along."""

    picked = Signal(object)
    changed = Signal()
    added = Signal(object)

    def __init__(self, shell: Shell, parent: QObject) -> None:
        super().__init__(parent)
        self._shell = shell
        self.choosing = Choosing.PAYER
        self._stand_in: tuple[UUID, str] | None = None
        self._their_credit = NIL

    def words(self, what: Choosing, facts: TillFacts | None) -> str:
        """What the chooser is headed with while it is asked for this."""
        self.choosing = what
        if facts is None or what is Choosing.PAYER:
            return self.tr("收款")
        words = self.tr("谁来替 {name} 交") if what is Choosing.STAND_IN else self.tr("{name} 还替谁交")
        return words.format(name=facts.payer)

    def forget(self) -> None:
        """Another payer comes: nobody stands in."""
        self._stand_in, self._their_credit = None, NIL

    def take(self, party_id: UUID, name: str, facts: TillFacts | None) -> None:
        """Somebody was chosen."""
        read = self._shell.session.read
        if facts is None or self.choosing is Choosing.PAYER:
            self.picked.emit(party_id)
        elif self.choosing is Choosing.OTHERS:
            self._shell.run(partial(read, till.till_facts, party_id), self.added.emit)
        else:
            self.forget()
            if party_id != facts.payer_id:
                self._stand_in = (party_id, name)
                self._shell.run(partial(read, credit.credit_now, party_id), partial(self._know, party_id))
            self.changed.emit()

    def _know(self, party_id: UUID, amount: Money) -> None:
        if self._stand_in is not None and self._stand_in[0] == party_id:
            self._their_credit = amount
            self.changed.emit()

    @property
    def brought_by(self) -> str:
        """The name of who brings the money for somebody else; empty when they come themselves."""
        return self._stand_in[1] if self._stand_in else ""

    def id_of(self, facts: TillFacts) -> UUID:
        """Who pays."""
        return self._stand_in[0] if self._stand_in else facts.payer_id

    def credit_of(self, facts: TillFacts) -> Money:
        """What stands to the credit of who pays."""
        return self._their_credit if self._stand_in else facts.prepaid
