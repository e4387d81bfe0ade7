"""Dialogs about one room: handing it over, taking it out of use, changing what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from desktop.models.values import MeterKind, RoomCondition
from desktop.services import handover, lease_moves, places
from desktop.services.acts import Op
from desktop.services.board import TileFacts
from desktop.services.errors import RowChanged
from desktop.views.act_dialog import ActDialog
from desktop.views.dates import DateField
from desktop.views.dialogs import Dialog
from desktop.views.fields import ChoiceField, MoneyField, NumberField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField
from desktop.views.versions import Merge

_METERS = (MeterKind.WATER, MeterKind.ELECTRICITY, MeterKind.GAS)


@dataclass(frozen=True, slots=True)
class MoveIn:
    """What the handover of a reserved room gathers."""

    readings: tuple[handover.ReadingForm, ...]
    keys: int
    cards: int


class MoveInDialog(Dialog):
    """交房: first readings, keys and cards of a signed lease; the tenant moves in when it is stored."""

    help_topic = "room.move_in"

    def __init__(self, shell: Shell, tile: TileFacts) -> None:
        super().__init__(
            shell.frame, self.tr("交房入住"), subtitle=f"{tile.number} · {tile.who}", primary=self.tr("交房"),
            primary_icon="key-round", wide=640,
        )  # fmt: skip
        self._shell, self._tile = shell, tile
        if tile.overdue.fen > 0:
            text = self.tr("还欠 {owed} 元没有收：可以先按 F4 收款，也可以先交房").format(owed=tile.overdue)
            self.body.addWidget(label(text, tone="warn", wrap=True))
        form = self.use_form(2)
        for kind in _METERS:
            words = f"{handover.METER_WORDS[kind]}（{handover.METER_UNITS[kind]}）"
            form.add(f"reading.{kind}", words, NumberField(decimals=3), hint=self.tr("没有就留空"))
        form.add("keys", self.tr("钥匙"), NumberField(2), hint=self.tr("交出几把"))
        form.add("cards", self.tr("门卡"), NumberField(0), hint=self.tr("交出几张"))
        self.draft = FormDraft(shell, self, "lease.move_in", tile.lease_id)
        self.submitted.connect(self._store)

    def problems(self) -> Mapping[str, str]:
        order = self.request()
        return handover.handover_problems(order.readings, order.keys, order.cards)

    def request(self) -> MoveIn:
        assert self.form is not None
        values = self.form.values()
        readings = tuple(
            handover.ReadingForm(kind, values[f"reading.{kind}"])
            for kind in _METERS
            if values[f"reading.{kind}"] is not None
        )
        return MoveIn(readings, int(values["keys"] or 0), int(values["cards"] or 0))

    def _store(self, order: MoveIn) -> None:
        self.set_busy(True)
        act = self._shell.session.act
        self._shell.run(
            partial(
                act, Op.CHANGE_LEASE, lease_moves.move_in, self._tile.lease_id, order.readings, order.keys, order.cards
            ),
            self._done,
            self.refuse,
            write=True,
        )

    def _done(self, _result: object) -> None:
        self.accept()
        self._shell.toast(self.tr("{room} 已交房，{who} 入住").format(room=self._tile.number, who=self._tile.who))


@dataclass(frozen=True, slots=True)
class CloseRoom:
    """An empty room is not to be let for a while; `until` None: nobody knows how long."""

    condition: RoomCondition
    note: str
    until: date | None


class CloseRoomDialog(ActDialog):
    """转维修或停用, with the reason for the tile. Signals: done(condition before) once it is stored."""

    help_topic = "room.close"

    def __init__(self, shell: Shell, number: str, room_id: UUID) -> None:
        tr = shell.frame.tr
        super().__init__(shell, tr("转维修或停用"), subtitle=number, primary=tr("保存"), wide=600)
        self._room_id = room_id
        form = self.use_form(2)
        conditions = [(RoomCondition.REPAIR, self.tr("维修")), (RoomCondition.OUT_OF_USE, self.tr("停用"))]
        form.add("condition", self.tr("改成"), ChoiceField(conditions, RoomCondition.REPAIR))
        form.add("until", self.tr("到哪天"), DateField(shell.today), note=self.tr("不知道就留空；到了那天由人恢复"))
        note = TextField(hint=self.tr("换门锁、样板间"), limit=40)
        form.add("condition_note", self.tr("原因，写在房态图上"), note, required=True, span=2)
        self.draft = FormDraft(shell, self, "room.close", room_id)

    def open(self) -> None:
        super().open()
        assert self.form is not None
        self.form.field("condition_note").setFocus()  # 维修 stands there already; the reason has to be typed

    def problems(self) -> Mapping[str, str]:
        order = self.request()
        return places.closing_problems(order.condition, order.note, order.until, self.shell.today())

    def request(self) -> CloseRoom:
        assert self.form is not None
        values = self.form.values()
        return CloseRoom(values["condition"], values["condition_note"], values["until"])

    def order(self, request: CloseRoom) -> Callable[[], object]:
        act = self.shell.session.act
        return partial(
            act, Op.CHANGE_PLACE, places.close_room, self._room_id, request.condition, request.note, request.until
        )


class EditRoomDialog(Dialog):
    """What is known of a room. When somebody saved first, both versions are shown and the clerk decides."""

    help_topic = "room.edit"

    def __init__(self, shell: Shell, place: places.RoomPlace, inhabited: bool) -> None:
        super().__init__(shell.frame, self.tr("修改房间"), subtitle=place.words, primary=self.tr("保存房间"), wide=640)
        self._shell, self._known, self._inhabited = shell, place, inhabited
        self._conditions = [
            (RoomCondition.CLEAN, self.tr("已打扫")),
            (RoomCondition.DIRTY, self.tr("待打扫")),
            (RoomCondition.REPAIR, self.tr("维修")),
            (RoomCondition.OUT_OF_USE, self.tr("停用")),
        ]
        form = self.use_form(2)
        form.add("layout", self.tr("户型"), TextField(limit=20, hint=self.tr("一室一厅")))
        form.add("area", self.tr("建筑面积（m²）"), NumberField(decimals=2))
        form.add("asking_rent", self.tr("挂牌租金（元/月）"), MoneyField(), hint=self.tr("没定就留空"))
        form.add("condition", self.tr("空置时的状态"), ChoiceField(self._conditions))
        form.add("condition_note", self.tr("写在房态图上"), TextField(limit=40, hint=self.tr("换门锁、样板间")), span=2)
        form.set_values(_values_of(place))
        read = partial(shell.session.read, places.room_place, place.id)
        self._merge = Merge(shell, self, read, _values_of, self._know)
        self.draft = FormDraft(shell, self, "room.edit", place.id)
        self.submitted.connect(self._store)

    def problems(self) -> Mapping[str, str]:
        return places.room_problems(self.request(), self._inhabited)

    def request(self) -> places.RoomForm:
        assert self.form is not None
        values = self.form.values()
        return places.RoomForm(
            values["area"], values["layout"] or None, values["asking_rent"], values["condition"],
            values["condition_note"] or None,
        )  # fmt: skip

    def _store(self, order: places.RoomForm) -> None:
        self.set_busy(True)
        act = self._shell.session.act
        self._shell.run(
            partial(act, Op.CHANGE_PLACE, places.change_room, self._known.id, self._known.version, order),
            self._done,
            self._refused,
            write=True,
        )

    def _done(self, _result: object) -> None:
        self.accept()
        self._shell.toast(self.tr("已保存 {room}").format(room=self._known.words))

    def _refused(self, error: Exception) -> None:
        if isinstance(error, RowChanged):
            self._merge.begin(error)
        else:
            self.refuse(error)

    def _know(self, place: places.RoomPlace) -> None:
        self._known = place


def _values_of(place: places.RoomPlace) -> dict[str, Any]:
    """What stands in the form for a stored room."""
    return {
        "layout": place.layout or "", "area": place.area, "asking_rent": place.asking_rent,
        "condition": place.condition, "condition_note": place.condition_note or "",
    }  # fmt: skip
