"""Dialogs of a reservation 预订: holding a room, holding it longer, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from desktop.models.values import NIL, HoldingMoney, Money, PayMethod, Right
from desktop.services import reservations
from desktop.services.acts import Op
from desktop.services.errors import RowChanged
from desktop.services.payments import METHOD_WORDS, NEEDS_REFERENCE
from desktop.services.reservations import MONEY_WORDS, ReservationForm, ReservationRow
from desktop.views.act_dialog import ActDialog
from desktop.views.dates import DateField
from desktop.views.fields import ChoiceField, MoneyField, NumberField, PhoneField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.steps import Option, Segment
from desktop.views.text_fields import TextField
from desktop.views.versions import Merge

_USUAL = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Holding:
    """What is to be held, and for whom when that is known."""

    room_id: UUID
    room: str
    rent: Money | None = None
    party_id: UUID | None = None
    name: str = ""
    enquiry_id: UUID | None = None
    wanted_from: date | None = None


class ReserveDialog(ActDialog):
    """预订房间: until when, for whom, with 定金, 订金 or nothing."""

    help_topic = "letting.reserve"

    def __init__(self, shell: Shell, holding: Holding) -> None:
        subtitle = f"{holding.room} · {holding.name}" if holding.name else holding.room
        super().__init__(shell, shell.frame.tr("预订房间"), subtitle=subtitle, primary=shell.frame.tr("预订"))
        self._holding = holding
        self._build()

    def order(self, request: ReservationForm) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.RESERVE_ROOM, reservations.reserve_room, request)

    def _build(self) -> None:
        holding, today = self._holding, self.shell.today()
        form = self.use_form(3)
        if holding.party_id is None:
            form.add("name", self.tr("姓名"), TextField(limit=60), required=True)
            form.add("phone", self.tr("手机"), PhoneField(), required=True)
            form.add("moves_in_on", self.tr("哪天入住"), DateField(self.shell.today), note=self.tr("没定就留空"))
        else:
            moves_in = DateField(self.shell.today, holding.wanted_from)
            form.add("moves_in_on", self.tr("哪天入住"), moves_in, note=self.tr("没定就留空"))
        until = DateField(self.shell.today, today + _USUAL)
        form.add("valid_to", self.tr("留到哪天"), until, required=True)
        money = Segment(
            [
                Option(HoldingMoney.NONE, self.tr("不收款")),
                Option(HoldingMoney.EARNEST, self.tr("定金")),
                Option(HoldingMoney.ADVANCE, self.tr("订金")),
            ]
        )
        form.add("money", self.tr("收什么款"), money)
        form.add("amount", self.tr("金额（元）"), MoneyField())
        form.add("rent", self.tr("月租（元）"), MoneyField(holding.rent), note=self.tr("算定金上限用"))
        form.add("months", self.tr("租几个月"), NumberField(12, least=1, most=240))
        self.said = label("", "muted", wrap=True)
        self.body.insertWidget(self.body.count() - 1, self.said)
        form.changed.connect(self._say)
        self._say()
        self.draft = FormDraft(self.shell, self, "reservation", holding.room_id)

    def _say(self) -> None:
        """What the chosen kind of money means, before anybody pays it."""
        request = self.request()
        if request.money is HoldingMoney.EARNEST:
            limit = reservations.earnest_limit(request)
            most = self.tr("，最多 {limit}").format(limit=limit) if limit is not None else ""
            words = self.tr("定金{most}：客户不租不退，我们不租双倍退，签约时抵首期款").format(most=most)
        elif request.money is HoldingMoney.ADVANCE:
            words = self.tr("订金：没成交就退还，签约时抵首期款")
        else:
            words = self.tr("只留房不收款：过了留房日，房间自动放出来")
        self.said.setText(words)

    def problems(self) -> Mapping[str, str]:
        return reservations.reservation_problems(self.request(), self.shell.today())

    def request(self) -> ReservationForm:
        assert self.form is not None
        typed = self.form.values()
        return ReservationForm(
            self._holding.room_id, typed["valid_to"] or date.min, self._holding.party_id, typed.get("name", ""),
            typed.get("phone", ""), self._holding.enquiry_id, typed["money"], typed["amount"] or NIL,
            typed["moves_in_on"], typed["rent"], int(typed["months"] or 0),
        )  # fmt: skip


class ExtendDialog(ActDialog):
    """延长预订: the room is held some days longer."""

    help_topic = "letting.reserve"

    def __init__(self, shell: Shell, row: ReservationRow) -> None:
        super().__init__(
            shell, shell.frame.tr("延长预订"), subtitle=f"{row.room} · {row.name}",
            primary=shell.frame.tr("延长"), wide=480,
        )  # fmt: skip
        self._row = row
        later = max(row.valid_to, shell.today()) + _USUAL
        form = self.use_form(1)
        note = self.tr("现在留到 {day}").format(day=row.valid_to)
        form.add("valid_to", self.tr("留到哪天"), DateField(shell.today, later), required=True, note=note)
        read = partial(shell.session.read, reservations.reservation_of, row.id)
        self._merge = Merge(shell, self, read, self._values, self._know)
        self.draft = FormDraft(shell, self, "reservation.extend", row.id)

    def _values(self, row: ReservationRow) -> dict[str, date]:
        return {"valid_to": row.valid_to}

    def _know(self, row: ReservationRow) -> None:
        self._row = row

    def refuse(self, error: Exception) -> None:
        """Somebody else has extended it meanwhile: both days are shown."""
        if isinstance(error, RowChanged):
            self._merge.begin(error)
        else:
            super().refuse(error)

    def request(self) -> date:
        assert self.form is not None
        return self.form.values()["valid_to"] or date.min

    def problems(self) -> Mapping[str, str]:
        return {} if self.request() >= self.shell.today() else {"valid_to": self.tr("选今天或以后的一天")}

    def order(self, request: date) -> Callable[[], object]:
        extend = reservations.extend_reservation
        row = self._row
        return partial(self.shell.session.act, Op.CHANGE_RESERVATION, extend, row.id, request, row.version)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a reservation ends, and why."""

    event: str
    reason: str
    method: PayMethod
    reference: str


class EndDialog(ActDialog):
    """结束预订: money back, 定金不退 or 双倍返还, with the reason; payouts name their way."""

    help_topic = "letting.reserve"

    def __init__(self, shell: Shell, row: ReservationRow) -> None:
        paid = shell.frame.tr("已收{word} {fen}").format(word=MONEY_WORDS[row.money], fen=row.received)
        super().__init__(
            shell, shell.frame.tr("结束预订"), subtitle=f"{row.room} · {row.name}",
            primary=shell.frame.tr("结束预订"), wide=640,
        )  # fmt: skip
        self._row = row
        self.body.addWidget(label(paid if row.received else self.tr("没有收过款，房间马上放出来"), wrap=True))
        form = self.use_form(2)
        words = {
            "return": self.tr("退还") if row.received else self.tr("解除"),
            "forfeit": self.tr("定金不退"),
            "double": self.tr("双倍返还"),
        }
        self.endings = Segment([Option(event, words[event]) for event in row.moves() if event in words])
        form.add("event", self.tr("怎么结束"), self.endings, span=2)
        form.add(
            "reason", self.tr("原因"), TextField(limit=60, hint=self.tr("例如 客户改租别处")), required=True, span=2
        )
        if row.received:
            methods = [(method, METHOD_WORDS[method]) for method in PayMethod if method is not PayMethod.POS]
            form.add("method", self.tr("怎么退"), ChoiceField(methods, PayMethod.CASH))
            form.add("reference", self.tr("流水号"), TextField(limit=40), note=self.tr("现金不用填"))
        self.draft = FormDraft(shell, self, "reservation.end", row.id)

    def request(self) -> Ending:
        assert self.form is not None
        typed = self.form.values()
        return Ending(
            typed["event"], typed["reason"], typed.get("method", PayMethod.CASH), typed.get("reference", "")
        )  # fmt: skip

    def problems(self) -> Mapping[str, str]:
        asked, found = self.request(), dict[str, str]()
        if len(asked.reason.strip()) < 2:
            found["reason"] = self.tr("写明原因，例如 客户改租别处")
        pays = self._row.received and asked.event in ("return", "double")
        if pays and asked.method in NEEDS_REFERENCE and not asked.reference.strip():
            found["reference"] = self.tr("填写退款的流水号或单号后几位，日后好对账")
        if pays and not self.shell.allowed(Right.TAKE_PAYMENT):
            found["event"] = self.tr("退款由收银员办理：请收银员登录后结束这份预订")
        if asked.event in ("forfeit", "double") and not self.shell.allowed(Right.APPROVE_CASES):
            found["event"] = self.tr("定金不退和双倍返还要主管办理：请主管登录")
        return found

    def order(self, request: Ending) -> Callable[[], object]:
        act = partial(self.shell.session.act, Op.CHANGE_RESERVATION)
        row_id, reason, payout = self._row.id, request.reason, (request.method, request.reference)
        if not self._row.received:
            return partial(act, reservations.release_reservation, row_id, reason)
        if request.event == "return":
            return partial(act, reservations.return_money, row_id, reason, *payout)
        if request.event == "forfeit":
            return partial(act, reservations.forfeit_earnest, row_id, reason)
        return partial(act, reservations.double_earnest, row_id, reason, *payout)
