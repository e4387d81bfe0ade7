"""Dialogs of the key register 钥匙门卡: entering, giving out, taking back, a loss and what is asked for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import Signal

from desktop.models.values import NIL, Money
from desktop.services import key_register, key_rows
from desktop.services.acts import Op
from desktop.services.errors import RowChanged
from desktop.services.key_register import EnterKeys, GiveOut, KeyForm, KeyLost, enter_problems, remark_problem
from desktop.services.key_rows import EVENT_WORDS, KEY_WORDS, Holding, KeyEvent, KeyRow, Where, clean_serial
from desktop.views.act_dialog import ActDialog
from desktop.views.dialogs import Dialog
from desktop.views.fields import MoneyField, NumberField
from desktop.views.form_draft import FormDraft
from desktop.views.found_field import PersonField, RoomField
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.steps import Option, Segment
from desktop.views.text_fields import TextField
from desktop.views.ticks import TicksField
from desktop.views.versions import Merge

HOLDER_OF_LEASE = "lease"


class EnterKeysDialog(ActDialog):
    """登记钥匙: of which room, what and how many; a card with the serial that a reader types."""

    help_topic = "key_register.enter"

    def __init__(self, shell: Shell, room: tuple[UUID, str] | None = None, serial: str = "") -> None:
        super().__init__(shell, shell.frame.tr("登记钥匙门卡"), primary=shell.frame.tr("登记"), wide=640)
        form = self.use_form(2)
        form.add("room", self.tr("哪间房"), RoomField(shell, [room] if room is not None else ()), required=True, span=2)
        kinds = Segment([Option(kind, words) for kind, words in KEY_WORDS.items()])
        kinds.set_value("card" if serial else "key")
        form.add("kind", self.tr("种类"), kinds)
        form.add("count", self.tr("几把"), NumberField(1, least=1, most=key_register.MOST_AT_ONCE), required=True)
        note = self.tr("刷一下读卡器，或照卡面输；钥匙不用填")
        form.add("serial", self.tr("卡号"), TextField(serial, limit=40), note=note, span=2)
        self.draft = FormDraft(shell, self, "key.enter", room[0] if room is not None else "")

    def request(self) -> EnterKeys:
        assert self.form is not None
        typed = self.form.values()
        return EnterKeys(typed["room"], str(typed["kind"]), int(typed["count"] or 0), typed["serial"])

    def problems(self) -> Mapping[str, str]:
        found = enter_problems(self.request())
        if self.request().room_id is None:
            found["room"] = self.tr("输房号选一间房")
        return found

    def order(self, request: EnterKeys) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.MOVE_KEY, key_register.enter_keys, request)


class GiveOutDialog(ActDialog):
    """发出: the key in hand, and others of its room with it; to the tenancy of the room, or to somebody."""

    help_topic = "key_register.move"

    def __init__(self, shell: Shell, row: KeyRow, here: Sequence[KeyRow], holdings: Sequence[Holding]) -> None:
        super().__init__(shell, shell.frame.tr("发出"), subtitle=row.room, primary=shell.frame.tr("发出"), wide=640)
        self._holdings = {each.party_id: each.lease_id for each in holdings}
        form = self.use_form(1)
        keys = TicksField([(each.id, each.label, each.serial) for each in here if each.where is Where.IN])
        keys.set_value([row.id])
        form.add("items", self.tr("发哪几把"), keys, required=True)
        words = self.tr("{name} · 租约 {number}")
        likely = [(each.party_id, words.format(name=each.name, number=each.number)) for each in holdings]
        form.add("party", self.tr("发给谁"), PersonField(shell, likely), required=True)
        form.add("remark", self.tr("备注"), TextField(limit=100, hint=self.tr("例如 维修用，当天还")))
        self.draft = FormDraft(shell, self, "key.out", row.id)

    def request(self) -> GiveOut:
        assert self.form is not None
        typed = self.form.values()
        return GiveOut(typed["items"], typed["party"], self._holdings.get(typed["party"]), typed["remark"])

    def problems(self) -> Mapping[str, str]:
        asked, found = self.request(), dict[str, str]()
        if not asked.item_ids:
            found["items"] = self.tr("先选要发出的钥匙")
        if asked.party_id is None:
            found["party"] = self.tr("选发给谁，或在右边输姓名找")
        return found

    def order(self, request: GiveOut) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.MOVE_KEY, key_register.give_out, request)


@dataclass(frozen=True, slots=True)
class Moved:
    """Keys to which something happens, with a word why."""

    item_ids: tuple[UUID, ...]
    remark: str


class MoveKeyDialog(ActDialog):
    """收回, 报失, 找回, 报废: taking back offers what else the same person has of the room."""

    help_topic = "key_register.move"

    def __init__(self, shell: Shell, row: KeyRow, event: KeyEvent, here: Sequence[KeyRow] = ()) -> None:
        verb = EVENT_WORDS[event]
        danger = event in (KeyEvent.LOST, KeyEvent.SCRAPPED)
        super().__init__(
            shell, verb, subtitle=row.words, primary=verb, kind="danger" if danger else "primary", wide=560
        )  # fmt: skip
        self._row, self._event = row, event
        if row.holder:
            words = self.tr("在{name}手里") if row.where is Where.OUT else self.tr("丢失前在{name}手里")
            self.body.addWidget(label(words.format(name=row.holder), wrap=True))
        form = self.use_form(1)
        same = [each for each in here if each.where is Where.OUT and each.holder_id == row.holder_id]
        if event is KeyEvent.IN and len(same) > 1:
            keys = TicksField([(each.id, each.label, each.serial) for each in same])
            keys.set_value([each.id for each in same])
            form.add("items", self.tr("收回哪几把"), keys, required=True)
        hint = self.tr("例如 搬家时丢失、断在锁里") if danger else ""
        form.add("remark", self.tr("经过") if danger else self.tr("备注"), TextField(limit=100, hint=hint),
                 required=danger)  # fmt: skip
        self.draft = FormDraft(shell, self, f"key.{event.value}", row.id)

    def request(self) -> Moved:
        assert self.form is not None
        typed = self.form.values()
        return Moved(typed.get("items", (self._row.id,)), typed["remark"])

    def problems(self) -> Mapping[str, str]:
        asked = self.request()
        found = {"items": self.tr("勾选要收回的")} if not asked.item_ids else {}
        if trouble := remark_problem(self._event, asked.remark):
            found["remark"] = trouble
        return found

    def order(self, request: Moved) -> Callable[[], object]:
        act = partial(self.shell.session.act, Op.MOVE_KEY)
        if self._event is KeyEvent.IN:
            return partial(act, key_register.take_in, request.item_ids, request.remark)
        one: dict[KeyEvent, Callable[..., object]] = {
            KeyEvent.LOST: key_register.report_lost, KeyEvent.FOUND: key_register.report_found,
            KeyEvent.SCRAPPED: key_register.scrap_key,
        }  # fmt: skip
        return partial(act, one[self._event], request.item_ids[0], request.remark)


class CopyKeyDialog(ActDialog):
    """复制: another one of the same lock, which points at the one it was made from."""

    help_topic = "key_register.enter"

    def __init__(self, shell: Shell, row: KeyRow) -> None:
        super().__init__(
            shell, shell.frame.tr("复制"), subtitle=row.words, primary=shell.frame.tr("登记复制"), wide=520
        )
        self._row = row
        form = self.use_form(1)
        note = self.tr("新卡刷一下读卡器，或照卡面输；钥匙不用填")
        form.add("serial", self.tr("新卡号"), TextField(limit=40), note=note)
        self.draft = FormDraft(shell, self, "key.copy", row.id)

    def request(self) -> str:
        assert self.form is not None
        return clean_serial(self.form.values()["serial"])

    def order(self, request: str) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.MOVE_KEY, key_register.copy_key, self._row.id, request)


class ChangeKeyDialog(ActDialog):
    """改名称和卡号: over what was seen; what somebody else wrote meanwhile is shown beside it."""

    help_topic = "key_register.enter"

    def __init__(self, shell: Shell, row: KeyRow) -> None:
        super().__init__(shell, shell.frame.tr("更正"), subtitle=row.words, wide=520)
        self._row = row
        form = self.use_form(2)
        form.add("label", self.tr("名称"), TextField(row.label, limit=20), required=True)
        form.add("serial", self.tr("卡号"), TextField(row.serial, limit=40))
        read = partial(shell.session.read, key_rows.key_of, row.id)
        self._merge = Merge(shell, self, read, self._values, self._know)
        self.draft = FormDraft(shell, self, "key.change", row.id)

    def _values(self, row: KeyRow) -> dict[str, str]:
        return {"label": row.label, "serial": row.serial}

    def _know(self, row: KeyRow) -> None:
        self._row = row

    def refuse(self, error: Exception) -> None:
        if isinstance(error, RowChanged):
            self._merge.begin(error)
        else:
            super().refuse(error)

    def request(self) -> KeyForm:
        assert self.form is not None
        typed = self.form.values()
        return KeyForm(typed["label"], typed["serial"])

    def problems(self) -> Mapping[str, str]:
        return {} if self.request().label.strip() else {"label": self.tr("写明是哪一把，例如 门卡 2")}

    def order(self, request: KeyForm) -> Callable[[], object]:
        row = self._row
        return partial(self.shell.session.act, Op.MOVE_KEY, key_register.change_key, row.id, request, row.version)


class LossDialog(Dialog):
    """丢失怎么收: off the key deposit, by a bill, or nothing. Signals: deposit_wanted(amount), bill_wanted(amount)."""

    help_topic = "key_register.lost"
    writes = False

    deposit_wanted = Signal(object)
    bill_wanted = Signal(object)

    def __init__(self, shell: Shell, news: KeyLost) -> None:
        super().__init__(
            shell.frame, shell.frame.tr("补办要收钱吗"), subtitle=news.words, primary=shell.frame.tr("下一步"),
            cancel=shell.frame.tr("不收"), wide=560,
        )  # fmt: skip
        form = self.use_form(1)
        ways = [Option("bill", self.tr("开一张账单"))]
        if news.key_deposit_id is not None:
            ways.insert(0, Option("deposit", self.tr("从钥匙押金里扣")))
        self._only = str(ways[0].value)
        if len(ways) > 1:
            way = Segment(ways)
            way.set_value(self._only)
            form.add("way", self.tr("怎么收"), way)
        else:
            form.add_widget(label(self.tr("没有收过钥匙押金：开一张账单给丢的人"), "muted", wrap=True))
        form.add("amount", self.tr("补办费（元）"), MoneyField(), required=True)

    def problems(self) -> Mapping[str, str]:
        return {} if self._amount() > NIL else {"amount": self.tr("填写补办要收多少，要大于 0")}

    def _amount(self) -> Money:
        assert self.form is not None
        found: Money | None = self.form.field("amount").value()
        return found or NIL

    def request(self) -> Any:
        assert self.form is not None
        way = self.form.field("way").value() if "way" in self.form.rows else self._only
        return str(way), self._amount()

    def submit(self) -> None:
        self._asked = True
        if self.check():
            assert self.form is not None
            self.form.focus_first()
            return
        way, amount = self.request()
        self.accept()
        (self.deposit_wanted if way == "deposit" else self.bill_wanted).emit(amount)
