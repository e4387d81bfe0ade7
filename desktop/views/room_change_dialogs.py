"""Dialogs that change a room for good: split 拆分, merge 合并, renumber 改号, strike off 注销."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from uuid import UUID

from desktop.services import places, room_changes
from desktop.services.acts import Op
from desktop.services.errors import RowChanged
from desktop.services.places import RoomDraft, RoomPlace
from desktop.services.room_changes import ChangeFacts, Neighbour
from desktop.views import versions
from desktop.views.act_dialog import ActDialog
from desktop.views.before_after import BeforeAfter, Box
from desktop.views.dates import DateField
from desktop.views.fields import MoneyField, NumberField
from desktop.views.form_draft import FormDraft
from desktop.views.forms import Form
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.room_lines import RoomLine, RoomLinesField, parts_of
from desktop.views.text_fields import TextField
from desktop.views.ticks import TicksField

MOST_TICKS = 8


def area_words(area: Decimal | None) -> str:
    return f"{area} m²" if area is not None else ""


class ChangeDialog(ActDialog):
    """What the dialogs about one room share: its facts, the preview over the form, the draft."""

    help_topic = "rooms.change"
    kind = ""

    def __init__(self, shell: Shell, facts: ChangeFacts, title: str, *, primary: str, wide: int = 720) -> None:
        super().__init__(shell, title, subtitle=facts.place.words, primary=primary, wide=wide)
        self.facts = facts
        self.preview = BeforeAfter()
        self.said = label("", "muted", wrap=True)
        self.body.addWidget(self.preview)
        self.body.addWidget(self.said)
        self.draft: FormDraft | None = None

    @property
    def place(self) -> RoomPlace:
        return self.facts.place

    def begin(self, form: Form) -> None:
        """The form is whole: show what will be, keep what is typed."""
        form.changed.connect(self.show_preview)
        self.show_preview()
        self.draft = FormDraft(self.shell, self, f"room.{self.kind}", self.place.id)

    def show_preview(self) -> None:
        """Draw what the form would make."""

    def add_day(self, form: Form, name: str, first: date, words: str) -> None:
        """The day of the change: today, or one before on which it was true already."""
        note = self.tr("{first} 至今天").format(first=first) if first < self.shell.today() else ""
        form.add(name, words, DateField(self.shell.today, self.shell.today()), required=True, note=note)


@dataclass(frozen=True, slots=True)
class Split:
    """What the split dialog gathers."""

    parts: tuple[RoomDraft, ...]
    on: date | None
    reason: str


class SplitDialog(ChangeDialog):
    """拆分: one room becomes several; areas sum up, or the reason is written down."""

    kind = "split"

    def __init__(self, shell: Shell, facts: ChangeFacts) -> None:
        tr = shell.frame.tr
        super().__init__(shell, facts, tr("拆分房间"), primary=tr("拆分"), wide=760)
        form, place = self.use_form(2), facts.place
        areas = parts_of(place.area, 2)
        numbers = _free_numbers(place.number, facts.taken)
        lines = [
            RoomLine(number, area, place.layout or "") for number, area in zip(numbers, areas, strict=True)
        ]  # fmt: skip
        form.add("parts", self.tr("拆成"), RoomLinesField(place.floor, place.kind, lines), required=True, span=2)
        self.add_day(form, "on", facts.free_since, self.tr("从哪天起"))
        hint = self.tr("面积合计不同时写，例如 隔墙")
        form.add("reason", self.tr("面积不同的原因"), TextField(limit=40), hint=hint)
        self.begin(form)

    def request(self) -> Split:
        assert self.form is not None
        typed = self.form.values()
        return Split(typed["parts"], typed["on"], typed["reason"])

    def problems(self) -> Mapping[str, str]:
        asked = self.request()
        found = room_changes.split_problems(asked.parts, self.facts.taken, self.place.area, asked.reason)
        late = room_changes.day_problem(asked.on, self.facts.free_since, self.shell.today())
        return found | ({"on": late} if late else {})

    def show_preview(self) -> None:
        parts, place = self.request().parts, self.place
        before = [Box(place.number, area_words(place.area), gone=True)]
        self.preview.show_rooms(before, [Box(part.number or "？", area_words(part.area)) for part in parts])
        self.said.setText(_sum_words(self.tr, [part.area for part in parts], place.area))

    def order(self, request: Split) -> Callable[[], object]:
        return partial(
            self.shell.session.act, Op.CHANGE_PLACE, room_changes.split_room, self.place.id, request.parts, request.on,
            request.reason,
        )  # fmt: skip


def _sum_words(tr: Callable[[str], str], new: Sequence[Decimal | None], old: Decimal | None) -> str:
    """面积合计 46.20 m²，和原来一样. What becomes of the old room stands beside it."""
    stays = tr("旧房的租约、账单和记录都留着；新房从待打扫开始。")
    known = [area for area in new if area is not None]
    if old is None or len(known) < len(new):
        return stays
    whole = sum(known, Decimal(0))
    same = tr("和原来一样") if whole == old else tr("原来 {old} m²").format(old=old)
    return tr("面积合计 {whole} m²，{same}。").format(whole=whole, same=same) + stays


def _free_numbers(number: str, taken: Sequence[str]) -> tuple[str, str]:
    """Two numbers nobody bears: 301A and 301B, else 301-1 and 301-2, else for the clerk to think of."""
    for pair in ((f"{number}A", f"{number}B"), (f"{number}-1", f"{number}-2")):
        if not set(pair) & set(taken) and max(map(len, pair)) <= room_changes.NUMBER_LIMIT:
            return pair
    return "", ""


@dataclass(frozen=True, slots=True)
class Merge:
    """What the merge dialog gathers; `rooms` without the one it was opened for."""

    rooms: tuple[Neighbour, ...]
    unknown: str
    into: RoomDraft
    on: date | None
    reason: str


class MergeDialog(ChangeDialog):
    """合并: this room and others of the building become one. Neighbours are ticked, others typed by number."""

    kind = "merge"

    def __init__(self, shell: Shell, facts: ChangeFacts, chosen: Sequence[UUID] = ()) -> None:
        tr = shell.frame.tr
        super().__init__(shell, facts, tr("合并房间"), primary=tr("合并"), wide=760)
        form, place = self.use_form(3), facts.place
        same_floor = [each for each in facts.neighbours if each.floor == place.floor]
        free = [each for each in same_floor if not each.busy]
        free.sort(key=lambda each: (each.id not in chosen, _distance(each.number, place.number)))
        self._ticked = {each.id: each for each in sorted(free[:MOST_TICKS], key=lambda each: each.number)}
        self._by_number = {each.number: each for each in facts.neighbours}
        ticks = [(each.id, each.number, area_words(each.area)) for each in self._ticked.values()]
        self.ticks = TicksField(ticks)
        if ticks:
            words = self.tr("和同层哪些合并")
            form.add("ticks", words, self.ticks, span=3, hint=self.tr("方向键走，空格勾"))
            self.ticks.set_value([each for each in chosen if each in self._ticked])
        others = "、".join(e.number for e in facts.neighbours if e.id in chosen and e.id not in self._ticked)
        hint = self.tr("写房号，例如 302、303")
        words = self.tr("别的房间") if ticks else self.tr("和哪些合并")
        form.add("others", words, TextField(others), hint=hint, span=3)
        busy = [each.number for each in same_floor if each.busy]
        if busy:
            text = self.tr("同层的 {rooms}有租约、预订或分间，先办完才能合并")
            self.body.insertWidget(2, label(text.format(rooms=_some(busy)), "small", wrap=True))
        form.add("number", self.tr("合并后房号"), TextField(place.number), required=True)
        form.add("area", self.tr("面积（m²）"), NumberField(place.area, decimals=2))
        form.add("layout", self.tr("户型"), TextField(place.layout or "", limit=20))
        form.add("rent", self.tr("挂牌月租（元）"), MoneyField())
        self.add_day(form, "on", facts.free_since, self.tr("从哪天起"))
        form.add("reason", self.tr("面积不同的原因"), TextField(limit=40))
        self._summed: Decimal | None = place.area
        self.begin(form)

    def request(self) -> Merge:
        assert self.form is not None
        typed, place = self.form.values(), self.place
        rooms = [self._ticked[each] for each in typed.get("ticks", ())]
        unknown = ""
        for number in re.split(r"[\s,、，;；]+", typed["others"].strip()):
            known = self._by_number.get(number)
            if known is not None:
                rooms.append(known)
            elif number and number != place.number:
                unknown = unknown or number
        into = RoomDraft(
            typed["number"], place.floor, typed["area"], typed["layout"] or None, typed["rent"], place.kind
        )  # fmt: skip
        return Merge(tuple(dict.fromkeys(rooms)), unknown, into, typed["on"], typed["reason"])

    def problems(self) -> Mapping[str, str]:
        asked = self.request()
        here = "ticks" if self._ticked else "others"
        if asked.unknown:
            return {"others": self.tr("这栋楼没有 {n}：核对房号").format(n=asked.unknown)}
        if stuck := next((each for each in asked.rooms if each.busy), None):
            return {"others": f"{stuck.number}：{stuck.busy}"}
        gone = {each.number for each in asked.rooms}
        taken = [number for number in self.facts.taken if number not in gone]
        areas = [self.place.area, *(each.area for each in asked.rooms)]
        found = room_changes.merge_problems(asked.into, taken, areas, asked.reason)
        late = room_changes.day_problem(asked.on, self.facts.free_since, self.shell.today())
        names = {"rooms": here, "into": "number"}
        return {names.get(name, name): text for name, text in found.items()} | ({"on": late} if late else {})

    def show_preview(self) -> None:
        assert self.form is not None
        asked = self.request()
        self._follow_area([self.place.area, *(each.area for each in asked.rooms)])
        rooms = [Box(self.place.number, area_words(self.place.area), gone=True)]
        rooms += [Box(each.number, area_words(each.area), gone=True) for each in asked.rooms]
        into = self.request().into
        after = [Box(into.number or "？", area_words(into.area))] if asked.rooms else []
        self.preview.show_rooms(rooms, after)
        areas = [self.place.area, *(each.area for each in asked.rooms)]
        known = [area for area in areas if area is not None]
        old = sum(known, Decimal(0)) if len(known) == len(areas) else None
        first = self.tr("先选和哪几间合并，这里就画出合并后的样子")
        self.said.setText(_sum_words(self.tr, [into.area], old) if asked.rooms else first)

    def _follow_area(self, areas: Sequence[Decimal | None]) -> None:
        """The area follows the rooms chosen until somebody has typed another."""
        assert self.form is not None
        field = self.form.field("area")
        known = [area for area in areas if area is not None]
        whole = sum(known, Decimal(0)) if len(known) == len(areas) else None
        if field.value() == self._summed and whole != self._summed:
            self._summed = whole
            field.set_value(whole)

    def refuse(self, error: Exception) -> None:
        """What the service says of the rooms goes to where they were chosen."""
        said = getattr(error, "problems", None)
        if said and self.form is not None:
            names = {"rooms": "ticks" if self._ticked else "others", "into": "number"}
            self.form.show_problems({names.get(name, name): text for name, text in said.items()})
            self.summary.show_count(len(said))
            self.set_busy(False)
        else:
            super().refuse(error)

    def order(self, request: Merge) -> Callable[[], object]:
        ids = [self.place.id, *(each.id for each in request.rooms)]
        return partial(
            self.shell.session.act, Op.CHANGE_PLACE, room_changes.merge_rooms, ids, request.into, request.on,
            request.reason,
        )  # fmt: skip


def _distance(number: str, other: str) -> tuple[int, str]:
    figures = [int("".join(c for c in text if c.isascii() and c.isdigit()) or 0) for text in (number, other)]
    return abs(figures[0] - figures[1]), number


def _some(numbers: Sequence[str]) -> str:
    return "、".join(numbers[:6]) + (f" 等 {len(numbers)} 间" if len(numbers) > 6 else "")


@dataclass(frozen=True, slots=True)
class Renumber:
    """What the renumbering dialog gathers."""

    number: str
    since: date | None


class RenumberDialog(ChangeDialog):
    """改号: another number from a day on; the old one is still found."""

    kind = "renumber"

    def __init__(self, shell: Shell, facts: ChangeFacts) -> None:
        tr = shell.frame.tr
        super().__init__(shell, facts, tr("改房号"), primary=tr("改号"), wide=560)
        form = self.use_form(2)
        form.add("number", self.tr("新房号"), TextField(limit=room_changes.NUMBER_LIMIT), required=True)
        self.add_day(form, "since", facts.number_since, self.tr("从哪天起"))
        self.said.setText(self.tr("旧房号照样搜得到；打印过的合同、收据不变。"))
        self.begin(form)
        read = partial(shell.session.read, room_changes.change_facts, facts.place.id)
        self._merge = versions.Merge(shell, self, read, _number_of, self._know, given_up=self._leave_it)

    def request(self) -> Renumber:
        assert self.form is not None
        typed = self.form.values()
        return Renumber(typed["number"], typed["since"])

    def problems(self) -> Mapping[str, str]:
        asked, found = self.request(), dict[str, str]()
        if trouble := room_changes.number_problem(asked.number, self.facts.taken):
            found["number"] = trouble
        elif asked.number == self.place.number:
            found["number"] = self.tr("现在就是 {n}，填新的房号").format(n=asked.number)
        if late := room_changes.day_problem(asked.since, self.facts.number_since, self.shell.today()):
            found["since"] = late
        return found

    def show_preview(self) -> None:
        before = [Box(self.place.number, "", gone=True)]
        self.preview.show_rooms(before, [Box(self.request().number or "？")])

    def order(self, request: Renumber) -> Callable[[], object]:
        return partial(
            self.shell.session.act, Op.CHANGE_PLACE, room_changes.renumber_room, self.place.id, self.place.number,
            request.number, request.since,
        )  # fmt: skip

    def refuse(self, error: Exception) -> None:
        if isinstance(error, RowChanged):
            self._merge.begin(error)
        else:
            super().refuse(error)

    def _know(self, facts: ChangeFacts) -> None:
        self.facts = facts
        self.show_preview()

    def _leave_it(self) -> None:
        """The number somebody else gave stands."""
        self.accept()
        self.shell.toast(self.tr("没有改，房号是 {n}").format(n=self.place.number))


def _number_of(facts: ChangeFacts) -> dict[str, str]:
    return {"number": facts.place.number}


class RetireDialog(ActDialog):
    """注销房间: it is no more, with the reason; its story stays."""

    help_topic = "rooms.change"

    def __init__(self, shell: Shell, place: places.RoomPlace) -> None:
        tr = shell.frame.tr
        super().__init__(
            shell, tr("注销房间"), subtitle=place.words, primary=tr("注销"), kind="danger", cancel=tr("保留房间"),
            wide=560,
        )  # fmt: skip
        self.primary.set_key(None)  # a danger is pressed, never entered by a key in passing
        self.room = place
        text = self.tr("房态图上不再有这间房，租约、账单和记录都留着，按房号还搜得到。")
        other = self.tr("只是暂时不用，请选「转维修或停用」。")
        self.body.addWidget(label(text + other, wrap=True))
        form = self.use_form(1)
        hint = self.tr("例如 已拆除、已交还业主")
        form.add("reason", self.tr("原因"), TextField(limit=40, hint=hint), required=True)

    def request(self) -> str:
        assert self.form is not None
        return str(self.form.values()["reason"])

    def problems(self) -> Mapping[str, str]:
        short = len(self.request().strip()) < 2
        return {"reason": self.tr("写明原因，例如 已拆除、已交还业主")} if short else {}

    def order(self, request: str) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.CHANGE_PLACE, room_changes.retire_room, self.room.id, request)
