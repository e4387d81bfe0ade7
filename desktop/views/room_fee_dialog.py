"""房间例外: so many spaces, a price of its own, or exempt, for one room from a day on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from desktop.models.values import FeeBasis
from desktop.services import room_fees
from desktop.services.acts import Op
from desktop.services.errors import RowChanged
from desktop.services.fee_catalogue import FeeItemRow
from desktop.services.fee_page import RoomFeeLine
from desktop.services.fee_words import plain, price_unit, quantity_unit
from desktop.services.room_fees import RoomFeeFacts, RoomFeeForm, room_fee_doubts, room_fee_problems
from desktop.views.act_dialog import ActDialog
from desktop.views.dates import DateField
from desktop.views.fields import NumberField
from desktop.views.form_draft import FormDraft
from desktop.views.hit_fields import RoomField
from desktop.views.pages import Shell
from desktop.views.steps import Option, Segment
from desktop.views.text_fields import TextField
from desktop.views.versions import Merge


class RoomFeeDialog(ActDialog):
    """A new exception of an item, or one that is corrected or ended. Signals: done(RoomFeeSaved)."""

    help_topic = "fees.exceptions"

    def __init__(self, shell: Shell, item: FeeItemRow, line: RoomFeeLine | None = None) -> None:
        title = shell.frame.tr("登记房间") if line is None else shell.frame.tr("修改房间登记")
        super().__init__(shell, title, subtitle=item.name)
        self.item, self._line = item, line
        self.facts = RoomFeeFacts(item)
        self._question = 0
        self._build()
        assert self.form is not None
        self.room: RoomField = self.form.field("room_id")
        if line is None:
            self.form.set_values({"valid_from": max(shell.today(), item.valid_from)})
        else:
            self.room.show_known(line.row.room_id, line.room)
            self.room.fix()
            self.form.set_values(_values(room_fees.form_of(line.row)))
            self._ask(line.row.room_id)
        self._merge: Merge | None = None
        if line is not None:
            read = partial(shell.session.read, room_fees.room_fee_facts, item.id, line.row.room_id)
            self._merge = Merge(shell, self, read, self._values_of, self._know)
        self.form.changed.connect(self._changed)
        self.draft = FormDraft(shell, self, "fees.room", line.row.id if line is not None else item.id)

    def _build(self) -> None:
        item, form = self.item, self.use_form(2)
        form.add("room_id", self.tr("房间"), RoomField(self.shell), required=True)
        charge = [Option(False, self.tr("照收")), Option(True, self.tr("免收"))]
        form.add("exempt", self.tr("收不收"), Segment(charge))
        if item.basis in (FeeBasis.AREA, FeeBasis.PIECE):
            unit = quantity_unit(item)
            note = self.tr("照房间资料的面积就留空") if item.basis is FeeBasis.AREA else ""
            words = self.tr("数量（{unit}）").format(unit=unit)
            form.add("quantity", words, NumberField(decimals=2), note=note)
        words = self.tr("自己的单价（{unit}）").format(unit=price_unit(item))
        form.add("unit_price", words, NumberField(decimals=6), note=self.tr("照标准收就留空"))
        form.add("valid_from", self.tr("从哪天起"), DateField(self.shell.today), required=True)
        form.add("valid_to", self.tr("到哪天止"), DateField(self.shell.today), note=self.tr("长期就留空"))
        form.add("reason", self.tr("原因"), TextField(limit=60, hint=self.tr("免收必填，账单上会说明")), span=2)

    # the room

    def _changed(self) -> None:
        room_id = self.room.value()
        if self._line is None and room_id != self._asked_for:
            self._asked_for = room_id
            self.facts = RoomFeeFacts(self.item)
            if room_id is not None:
                self._ask(room_id)

    _asked_for: UUID | None = None

    def _ask(self, room_id: UUID) -> None:
        self._question += 1
        read = partial(self.shell.session.read, room_fees.room_fee_facts, self.item.id, room_id)
        self.shell.run(read, partial(self._learn, self._question), self.shell.read_failed)

    def _learn(self, asked: int, facts: RoomFeeFacts) -> None:
        if asked == self._question:
            self.facts = facts
            self.check()

    # what is asked

    @property
    def _id(self) -> UUID | None:
        return self._line.row.id if self._line is not None else None

    def request(self) -> RoomFeeForm:
        assert self.form is not None
        typed = self.form.values()
        return RoomFeeForm(
            self.item.id, typed["room_id"], typed["valid_from"] or self.shell.today(), typed["valid_to"],
            typed["exempt"], typed.get("quantity"), typed["unit_price"], typed["reason"],
        )  # fmt: skip

    def problems(self) -> Mapping[str, str]:
        assert self.form is not None
        found = room_fee_problems(self.request(), self.facts, self._id)
        if self.form.field("valid_from").value() is None:
            found["valid_from"] = self.tr("填写从哪天起")
        return found

    def doubts(self) -> Mapping[str, str]:
        return room_fee_doubts(self.request(), self.facts, self._id)

    def order(self, request: RoomFeeForm) -> Callable[[], object]:
        act, line = self.shell.session.act, self._line
        if line is None:
            return partial(act, Op.SAVE_TARIFF, room_fees.add_room_fee, request)
        return partial(act, Op.SAVE_TARIFF, room_fees.change_room_fee, line.row.id, line.row.version, request)

    # somebody saved first

    def refuse(self, error: Exception) -> None:
        if isinstance(error, RowChanged) and self._merge is not None:
            self._merge.begin(error)
        else:
            super().refuse(error)

    def _values_of(self, facts: RoomFeeFacts) -> dict[str, Any]:
        assert self._line is not None
        assert self.form is not None
        row = next((row for row in facts.rows if row.id == self._id), self._line.row)
        return {name: value for name, value in _values(room_fees.form_of(row)).items() if name in self.form.rows}

    def _know(self, facts: RoomFeeFacts) -> None:
        assert self._line is not None
        row = next((row for row in facts.rows if row.id == self._id), self._line.row)
        self.facts, self._line = facts, RoomFeeLine(row, self._line.room, self._line.when)


def _values(form: RoomFeeForm) -> dict[str, Any]:
    """What stands in the form for an exception."""
    return {
        "exempt": form.exempt, "quantity": _number(form.quantity), "unit_price": _number(form.unit_price),
        "valid_from": form.valid_from, "valid_to": form.valid_to, "reason": form.reason,
    }  # fmt: skip


def _number(number: Decimal | None) -> Decimal | None:
    return None if number is None else Decimal(plain(number))
