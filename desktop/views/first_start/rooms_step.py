"""Step 楼栋房间: buildings generated floor by floor or pasted as a list, collected before anything is stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from PySide6.QtCore import QSize, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind
from desktop.views.fields import ChoiceField, MoneyField, NoteField, NumberField
from desktop.views.first_start.rooms_preview import RoomsPreview
from desktop.views.first_start.step import Known, StepView
from desktop.views.forms import MessageLine
from desktop.views.keys import bind
from desktop.views.labels import Card, label
from desktop.views.layouts import flowing
from desktop.views.steps import Option, Segment
from desktop.views.tables import RowTable
from desktop.views.text_fields import TextField

RUN, PASTE = "run", "paste"
OWN = "own"
_PARSE_AFTER_MS = 200
_SHOWN_PROBLEMS = 4
_MOST_CHARACTERS = 1_000_000


class RoomsStep(StepView):
    """The generator or the paste box at the left, what is collected at the right."""

    def __init__(self, run: Callable[..., Any]) -> None:
        super().__init__()
        self._run = run
        self.buildings: list[Any] = []
        self.standing: Mapping[str, Collection[str]] = {}
        """Buildings there are already, by name, with the numbers of their rooms: what bears their name is added."""
        self._pending: Any = None
        self._pasted: Any = None
        self._wrong: dict[str, str] = {}
        self._dirty = False
        self._reading = False
        self._asked = False
        self.card.hide()
        self._build()
        self._parse_later = QTimer(self)
        self._parse_later.setSingleShot(True)
        self._parse_later.setInterval(_PARSE_AFTER_MS)
        self._parse_later.timeout.connect(self._parse)

    # widgets

    def _build(self) -> None:
        self.way = Segment(
            [Option(RUN, self.tr("按楼层生成"), "layers"), Option(PASTE, self.tr("粘贴清单"), "clipboard-paste")]
        )
        self.way.setAccessibleName(self.tr("怎样录入房间"))
        self.way.changed.connect(self._way_changed)
        left = Card()
        left.body.addWidget(self.way)
        left.body.addWidget(self._generator())
        left.body.addWidget(self._paste())
        left.body.addStretch(1)
        right = Card()
        right.body.setSpacing(6)
        self.preview_words = label("", "small", wrap=True)
        self.preview = RoomsPreview()
        self.add_button = Button(self.tr("加入这栋楼"), "secondary", icon="plus", key="Ctrl+N", slot=self._add_pressed)
        self.list_words = label("", "strong")
        self.remove_button = Button(
            self.tr("移除"), "quiet", icon="trash-2", key="Delete", size="small", slot=self._remove
        )
        self.table = _Collected(
            [
                Column(self.tr("楼栋"), lambda draft: draft.name, kind=Kind.NAME, sample="望江公寓", stretch=1),
                Column(self.tr("房号"), _numbers_of, sample="0101 至 1208", fold=True),
                Column(self.tr("间数"), lambda draft: f"{len(draft.rooms):,}", kind=Kind.NUMBER, sample="1,000"),
            ]
        )
        self.table.setAccessibleName(self.tr("已加入的楼栋"))
        head = flowing(self.list_words, self.remove_button, gap=10)
        for part in (self.preview_words, self.preview, self.add_button, head):
            right.body.addWidget(part)
        right.body.addWidget(self.table, 1)
        row = self.card.parentWidget().layout()
        row.insertWidget(0, right, 2)
        row.insertWidget(0, left, 3)
        self._remove_key = bind(self.table, "Delete", self._remove)
        self._way_changed()
        self._show_list()

    def _generator(self) -> QWidget:
        form = self.use_form(4)
        form.add("name", self.tr("楼栋名称"), TextField("1 栋", limit=40), required=True)
        form.add("floor_from", self.tr("最低层"), NumberField(1, least=-9, most=200), required=True)
        form.add("floor_to", self.tr("最高层"), NumberField(6, least=-9, most=200), required=True)
        form.add("choice", self.tr("编号规则"), ChoiceField(self._patterns()))
        form.add("room_from", self.tr("每层首号"), NumberField(1, most=9999), required=True)
        form.add("room_to", self.tr("每层末号"), NumberField(4, most=9999), required=True)
        form.add("skip_floors", self.tr("跳过楼层"), TextField(limit=40, hint="4,13-14"))
        form.add("without_digit", self.tr("不用的数字"), ChoiceField([("", self.tr("都用")), ("4", self.tr("不用 4"))]))
        form.add("area", self.tr("面积（m²）"), NumberField(decimals=2))
        form.add("layout", self.tr("户型"), TextField(limit=20, hint=self.tr("一室一厅")))
        form.add("rent", self.tr("月租金（元）"), MoneyField())
        note = self.tr("{floor} 层 · {room:02} 两位房号 · {letter} 字母，其余照写")
        form.add("pattern", self.tr("编号写法"), TextField("{floor}{room:02}", limit=40), note=note, span=4)
        form.changed.connect(self._form_typed)
        form.field("choice").changed.connect(self._pattern_chosen)
        self._pattern_chosen()
        return form

    def _patterns(self) -> list[tuple[str, str]]:
        return [
            ("{floor}{room:02}", "101、1201"),
            ("{floor:02}{room:02}", "0101、1201"),
            ("{floor}-{room}", "1-1、12-1"),
            ("{floor}{letter}", "1A、12A"),
            ("{floor}{room:03}", "1001、12001"),
            (OWN, self.tr("自己写")),
        ]

    def _paste(self) -> QWidget:
        self.paste_box = QWidget()
        column = QVBoxLayout(self.paste_box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        words = self.tr("每行一间：楼栋 房号 面积 户型 月租金。可以直接从表格里复制，第一行是表头也行。")
        column.addWidget(label(words, "small", wrap=True))
        self.paste = NoteField(hint="1栋 0903 46.20 一室一厅 1860", lines=9, limit=_MOST_CHARACTERS)
        self.paste.setAccessibleName(self.tr("房间清单"))
        self.paste.changed.connect(self._paste_typed)
        column.addWidget(self.paste)
        self.paste_lines = [MessageLine() for _ in range(_SHOWN_PROBLEMS)]
        for line in self.paste_lines:
            column.addWidget(line)
        return self.paste_box

    # what is typed

    @property
    def pasting(self) -> bool:
        return self.way.value() == PASTE

    def learned(self, known: Known) -> None:
        super().learned(known)
        self._check()

    def _way_changed(self) -> None:
        self.form.setVisible(not self.pasting)
        self.paste_box.setVisible(self.pasting)
        self.add_button.setText(self.tr("加入清单") if self.pasting else self.tr("加入这栋楼"))
        how = self.tr("粘贴清单，按 Ctrl+N 加入") if self.pasting else self.tr("填好楼层和房间，按 Ctrl+N 加入")
        self.table.say_when_empty(self.tr("还没有加入楼栋"), how)
        self._check()

    def _pattern_chosen(self) -> None:
        chosen = self.form.field("choice").value()
        self.form.rows["pattern"].setVisible(chosen == OWN)
        if chosen != OWN:
            self.form.field("pattern").set_value(str(chosen))

    def _form_typed(self) -> None:
        self._dirty = True
        self._check()

    def _paste_typed(self) -> None:
        self._pasted, self._reading = None, bool(self.paste.toPlainText().strip())
        self._dirty = self._reading
        if self._reading:
            self._parse_later.start()
        else:
            self._parse_later.stop()
        self._check()

    def _parse(self) -> None:
        if self.known is None:
            return
        text = self.paste.toPlainText()
        job = _Reading(self.known.services.parse_rooms, text)
        self._run(job, self._parsed, busy=self.tr("正在读清单"))

    def _parsed(self, found: Any) -> None:
        text, pasted = found
        if text == self.paste.toPlainText():
            self._pasted, self._reading = pasted, False
            self._check()

    def _check(self) -> None:
        """Work out what would be added now, and why not."""
        self._pending, self._wrong = None, {}
        if self.known is not None:
            drafts = self._drafts_pasted() if self.pasting else self._draft_generated()
            taken = {draft.name for draft in self.buildings}
            twice = next((draft.name for draft in drafts if draft.name in taken), "")
            if twice:
                self._wrong["name"] = self.tr("{name} 已加入，换个名称或先移除它").format(name=twice)
            elif taken_number := self._taken_number(drafts):
                self._wrong["paste" if self.pasting else "floor_from"] = taken_number
            elif drafts and not self._wrong:
                self._pending = drafts
        self._show_pending()
        self.changed.emit()

    def _taken_number(self, drafts: Collection[Any]) -> str:
        """Why rooms cannot be added to a building that stands; "" when they can."""
        assert self.known is not None
        added = [draft for draft in drafts if draft.name in self.standing]
        return next(
            (text for draft in added if (text := self.known.services.both_have(draft, self.standing[draft.name]))), ""
        )

    def begin_with(self, name: str, floor: int) -> None:
        """Begin with a building that stands and the floor above its last."""
        self.way.set_value(RUN)
        self.form.set_values({"name": name, "floor_from": floor, "floor_to": floor})
        self._check()

    def _draft_generated(self) -> list[Any]:
        assert self.known is not None
        known, typed = self.known.services, self.form.values()
        self._wrong = dict(self.form.own_problems())
        for name in ("floor_from", "floor_to", "room_from", "room_to"):
            if typed[name] is None and name not in self._wrong:
                self._wrong[name] = self.tr("填一个数")
        if not typed["name"]:
            self._wrong["name"] = self.tr("给这栋楼起个名字，例如 1 栋")
        if self._wrong:
            return []
        try:
            rooms = known.generate_rooms(
                known.RoomRun(
                    int(typed["floor_from"]), int(typed["floor_to"]), int(typed["room_from"]), int(typed["room_to"]),
                    typed["pattern"], known.parse_floors(typed["skip_floors"]), without_digit=typed["without_digit"],
                    area=typed["area"], layout=typed["layout"] or None, asking_rent=typed["rent"],
                )
            )  # fmt: skip
        except known.DomainError as error:
            self._wrong[error.field or "name"] = error.message
            return []
        return [known.BuildingDraft(typed["name"], tuple(rooms))]

    def _drafts_pasted(self) -> list[Any]:
        pasted = self._pasted
        lines = [str(problem) for problem in pasted.problems] if pasted is not None else []
        if len(lines) > _SHOWN_PROBLEMS:
            more = len(lines) - _SHOWN_PROBLEMS + 1
            lines = [*lines[: _SHOWN_PROBLEMS - 1], self.tr("还有 {n} 行有问题").format(n=more)]
        for at, line in enumerate(self.paste_lines):
            line.set(lines[at] if at < len(lines) else "", "danger" if at < len(lines) else "")
        if lines:
            self._wrong["paste"] = lines[0]
            return []
        return list(pasted.buildings) if pasted is not None else []

    # what is shown

    def _show_pending(self) -> None:
        if not hasattr(self, "preview"):
            return
        rooms = [room for draft in self._pending or () for room in draft.rooms]
        self.preview.show_rooms(rooms if not self.pasting or len(self._pending or ()) == 1 else [])
        if self._pending:
            floors = len({(draft.name, room.floor) for draft in self._pending for room in draft.rooms})
            stands = len(self._pending) == 1 and self._pending[0].name in self.standing
            told = self.tr("将加到已有的 {what}") if stands else self.tr("将加入 {what}")
            told += self.tr("：{floors} 层，共 {rooms:,} 间")
            words = told.format(what=self._pending_words(), floors=floors, rooms=len(rooms))
        elif self._reading:
            words = self.tr("正在读清单…")
        else:
            words = next(iter(self._wrong.values()), "") or self.tr("把清单粘贴到左边") * self.pasting
        self.preview_words.setText(words)
        self.add_button.allow("" if self._pending else words or self.tr("先填好左边"))
        if not self.pasting:
            self.form.show_problems({name: text for name, text in self._wrong.items() if self._dirty or self._asked})

    def _pending_words(self) -> str:
        names = [draft.name for draft in self._pending or ()]
        return names[0] if len(names) == 1 else self.tr("{n} 栋").format(n=len(names))

    def _show_list(self) -> None:
        rooms = sum(len(draft.rooms) for draft in self.buildings)
        words = self.tr("已加入 {n} 栋，{rooms:,} 间").format(n=len(self.buildings), rooms=rooms)
        self.list_words.setText(words if self.buildings else self.tr("还没有加入楼栋"))
        self.table.show_list(list(self.buildings), key=lambda draft: draft.name)
        self.remove_button.allow("" if self.buildings else self.tr("还没有加入楼栋"))
        self.changed.emit()

    # adding and taking away

    def _add_pressed(self) -> None:
        self._asked = True
        self._check()
        if self._pending:
            self.add()
            self.entered()

    def add(self) -> None:
        """Collect what is in the form or the box, and get ready for the next building."""
        self.buildings += self._pending
        self._asked = False
        if self.pasting:
            self.paste.set_value("")
            self._pasted = None
        else:
            name = self.form.field("name")
            name.set_value(_next_name(name.value(), {draft.name for draft in self.buildings}))
        self._dirty = False
        self._check()
        self._show_list()

    def _remove(self) -> None:
        row = self.table.current() or (self.buildings[-1] if self.buildings else None)
        if row is not None:
            self.buildings = [draft for draft in self.buildings if draft is not row]
            self._show_list()
            self._check()

    # what the page asks

    def values(self) -> Mapping[str, Any]:
        return {"buildings": tuple(self.buildings)}

    def own_problems(self) -> dict[str, str]:
        if self._left_over() and not self._pending:
            return {"buildings": next(iter(self._wrong.values()), "") or self.tr("清单还没有读完，稍等再继续")}
        if not self.buildings and not self._pending:
            return {"buildings": self.tr("至少加入一栋楼，房态图就从这里来")}
        return {}

    def _left_over(self) -> bool:
        """Whether something stands in the form or the box that was not added yet."""
        return self._dirty or not self.buildings

    def may_go_on(self, then: Callable[[], object]) -> bool:
        if self._left_over() and self._pending:
            self.add()
        return True

    def primary(self) -> tuple[str, str]:
        if self._left_over() and self._pending:
            return self.tr("加入 {what}，下一步").format(what=self._pending_words()), ""
        return super().primary()

    def show_problems(self, problems: Mapping[str, str]) -> None:
        if problems:
            self._asked = True
            self._show_pending()

    def entered(self) -> None:
        if self.pasting:
            self.paste.setFocus()
        else:
            self.form.focus_first()

    def focus_problem(self) -> None:
        self.entered()

    def hints(self) -> str:
        return self.tr("Enter 下一格 · Ctrl+N 加入这栋楼 · Delete 移除 · Ctrl+Enter 下一步")


class _Collected(RowTable):
    """Asks for no more than two rows, and takes what is left over."""

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()


class _Reading:
    """The pasted list, read in a worker; answers with the text it belongs to."""

    def __init__(self, parse: Callable[[str], Any], text: str) -> None:
        self._parse, self._text = parse, text

    def __call__(self) -> tuple[str, Any]:
        return self._text, self._parse(self._text)


def _numbers_of(draft: Any) -> str:
    numbers = [room.number for room in draft.rooms]
    return numbers[0] if len(numbers) == 1 else f"{numbers[0]} 至 {numbers[-1]}"


def _next_name(name: str, taken: set[str]) -> str:
    """1 栋 → 2 栋, 3 期 12 栋 → 3 期 13 栋; a name without a figure gets one."""
    *_, last = [*re.finditer(r"\d+", name), None] if not re.search(r"\d", name) else re.finditer(r"\d+", name)
    number = int(last[0]) if last else 1
    while True:
        number += 1
        found = f"{name[: last.start()]}{number}{name[last.end() :]}" if last else f"{name} {number}"
        if found not in taken:
            return found
