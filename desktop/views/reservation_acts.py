"""What is done with a reservation from wherever it is shown: room, person or the list of enquiries."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.models.values import Right
from desktop.services import reservations
from desktop.services.payments import PaymentTaken
from desktop.services.reservations import MONEY_WORDS, ReservationRow, Reserved
from desktop.views.pages import Shell
from desktop.views.reservation_dialogs import EndDialog, ExtendDialog, Holding, ReserveDialog


class ReservationActs(QObject):
    """Opens the dialogs and says what came of them."""

    def __init__(self, shell: Shell, page: QWidget) -> None:
        super().__init__(page)
        self._shell = shell

    def reserve(self, holding: Holding) -> None:
        """预订: afterwards the till takes the money, where this person may."""
        dialog = ReserveDialog(self._shell, holding)
        dialog.done.connect(self._reserved)
        self._shell.open(dialog)

    def _reserved(self, news: Reserved) -> None:
        if not news.amount:
            self._shell.toast(self.tr("已预订，单号 {number}").format(number=news.number))
        elif self._shell.allowed(Right.TAKE_PAYMENT):
            self._shell.navigate("till", party_id=news.party_id)
        else:
            words = self.tr("已预订，单号 {number}：请到收银台交 {fen}")
            self._shell.toast(words.format(number=news.number, fen=news.amount))

    def extend(self, reservation_id: UUID) -> None:
        self._read(reservation_id, self._extend)

    def end(self, reservation_id: UUID) -> None:
        self._read(reservation_id, self._end)

    def _read(self, reservation_id: UUID, then: object) -> None:
        self._shell.run(partial(self._shell.session.read, reservations.reservation_of, reservation_id), then)  # type: ignore[arg-type]

    def _extend(self, row: ReservationRow) -> None:
        dialog = ExtendDialog(self._shell, row)
        dialog.done.connect(partial(self._told, self.tr("{room} 已延长").format(room=row.room)))
        self._shell.open(dialog)

    def _end(self, row: ReservationRow) -> None:
        dialog = EndDialog(self._shell, row)
        dialog.done.connect(partial(self._ended, row))
        self._shell.open(dialog)

    def _ended(self, row: ReservationRow, news: PaymentTaken | None) -> None:
        if news is not None and news.amount:
            self._shell.navigate("receipt", payment_id=news.payment_id)
        elif news is not None:
            words = self.tr("{room} 的预订已结束，{word}转为收入")
            self._told(words.format(room=row.room, word=MONEY_WORDS[row.money]), None)
        else:
            self._told(self.tr("{room} 的预订已解除，可以再租").format(room=row.room), None)

    def _told(self, text: str, _news: object) -> None:
        self._shell.toast(text)
