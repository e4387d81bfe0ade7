"""The meter book 抄表 on screen: building and kind by keys, the grid, what it means beside it, one key stores it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout

from desktop.models.values import MeterKind, Right, total
from desktop.services import meter_book, meter_sheet, meter_story, meters, reading_entry
from desktop.services.acts import Op
from desktop.services.handover import METER_WORDS
from desktop.services.meter_book import BookChoices, BookRow, MeterBook
from desktop.services.meter_story import MeterStory
from desktop.services.problems import Level
from desktop.services.reading_entry import ReadingsRefused
from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.dates import DateField
from desktop.views.draft_keeping import DraftKeeper, Kept
from desktop.views.fields import ChoiceField
from desktop.views.forms import MessageLine
from desktop.views.keys import bind
from desktop.views.labels import label
from desktop.views.meter_acts import MeterActs
from desktop.views.meter_dialogs import NewMeterDialog
from desktop.views.meter_grid import MeterGrid, TypedRow
from desktop.views.meter_import import ImportDialog
from desktop.views.meter_panel import MeterPanel, PanelDialog, PanelSide
from desktop.views.meter_round import DRAFT, Round, draft_of, read_round, typed_of
from desktop.views.pages import Command, Page, Shell
from desktop.views.steps import Option, Tabs
from desktop.views.text_fields import SearchField
from desktop.views.theme import theme
from desktop.views.unusual_uses import UnusualDialog

FOLD_BELOW = 940
"""Narrower pages show the grid alone; F3 brings the panel as a dialog."""
_STORY_MS = 180
"""The story of a meter is read when the clerk stays on its row so long."""


class MetersPage(Page):
    """Opened with nothing, or with `building` and `kind`."""

    help_topic = "meters"
    tables = frozenset(
        {"meter", "reading", "room", "building", "lease", "lease_room", "tariff", "fee_item", "room_fee", "setting"}
    )

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, margin=10)
        self.book: MeterBook | None = None
        self.choices: BookChoices | None = None
        self._storing = self._wants_focus = self._folded = False
        self._drafted = False
        self._shown: Round | None = None
        self._aside: dict[Round, tuple[UUID, dict[UUID, TypedRow]]] = {}
        """What was typed for rounds that are not in front now."""
        self._looked_for: set[Round] = set()
        """Rounds whose draft was looked for already: after that what stands here is newer."""
        self._build()
        self._wire()

    def _build(self) -> None:
        self.unusual = Button(self.tr("异常用量"), "quiet", key="Ctrl+U")
        self.sheet = Button(self.tr("抄表单"), "quiet", key="F6")
        self.load_file = Button(self.tr("导入"), "quiet", key="Ctrl+O")
        self.to_pools = Button(self.tr("公摊"), "quiet", key="Ctrl+G")
        self.add = Button(self.tr("加表"), "quiet", key="Ctrl+N")
        self.set_head(self.tr("抄表"), "", self.add, self.unusual, self.sheet, self.load_file, self.to_pools)
        self.kinds = Tabs()
        self.building = ChoiceField([(None, self.tr("全部楼栋"))])
        self.building.setAccessibleName(self.tr("楼栋"))
        self.day = DateField(self.shell.today, self.shell.today())
        self.day.setAccessibleName(self.tr("抄表日期"))
        self.waiting = Button(self.tr("只看未抄"), "secondary", key="F10")
        self.waiting.setCheckable(True)
        self.search = SearchField(self.tr("房号 / 表号 / 姓名"))
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.kinds)
        top.addStretch(1)
        top.addWidget(self.building)
        top.addWidget(label(self.tr("抄表日期"), "muted"))
        top.addWidget(self.day)
        top.addWidget(self.waiting)
        top.addWidget(self.search)
        self.grid = MeterGrid()
        self.grid.today = self.shell.today
        self.grid.setAccessibleName(self.tr("抄表本"))
        self.said = MessageLine()
        self.panel = MeterPanel()
        self.doing = MeterActs(self.shell, self.grid)
        left = QVBoxLayout()
        left.setSpacing(4)
        left.addWidget(self.grid, 1)
        left.addWidget(self.said)
        left.addWidget(self.doing)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addLayout(left, 1)
        self.side = PanelSide(self.panel)
        row.addWidget(self.side)
        self.body.setSpacing(6)
        self.body.addLayout(top)
        self.body.addLayout(row, 1)
        self.keeper = DraftKeeper(self.shell, DRAFT, self._kept, self._is_storing)
        self.sum = label("", "strong")
        self.store = Button(self.tr("存读数"), "primary", icon="save", key="Ctrl+Return", writes=True)
        self.add_foot([self.keeper], [self.sum, self.store])
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_STORY_MS)
        self._say_empty()
        self._say_sum()

    def _wire(self) -> None:
        self.kinds.changed.connect(self._other_round)
        self.building.changed.connect(self._other_round)
        self.day.changed.connect(self._day_typed)
        self.waiting.toggled.connect(self._filter)
        self.search.searched.connect(self._find)
        self.search.entered.connect(self._to_grid)
        self.grid.typed_in.connect(self._typed)
        self.grid.walked.connect(self._walked)
        self._pause.timeout.connect(self._ask_story)
        self.panel.readings.opened.connect(self.doing.correct_row)
        self.doing.said.connect(self._hear)
        self.doing.changed.connect(self._changed)
        for button, slot in (
            (self.unusual, self._show_unusual), (self.sheet, self._save_sheet), (self.load_file, self._import),
            (self.to_pools, self._pools), (self.add, self._add), (self.store, self._store),
        ):  # fmt: skip
            button.clicked.connect(slot)
        for number in range(5):
            bind(self, f"Ctrl+{number + 1}", partial(self.kinds.choose, number))
        bind(self, "Ctrl+PgDown", partial(self._step_building, 1))
        bind(self, "Ctrl+PgUp", partial(self._step_building, -1))
        bind(self, "Ctrl+F", self._to_search)
        bind(self, "Alt+Down", self._next_problem)

    # ---- the frame asks ----------------------------------------------------------------------------------------------

    def hints(self) -> str:
        return self.tr("↑↓ Enter 换行 · Ctrl+1…5 换表种 · Ctrl+PgUp PgDn 换楼 · Ctrl+F 找 · F3 详情 · Ctrl+Enter 存")

    def opened(self, params: dict[str, Any]) -> None:
        self._measure()
        self.shell.run(
            partial(self.shell.session.read, meter_book.book_choices), partial(self._show_choices, dict(params))
        )
        self._wants_focus = True

    def refresh(self, tables: frozenset[str]) -> None:
        if self.choices is None:
            self.opened({})
        else:
            self._ask_book()

    def command(self, command: Command) -> bool:
        if command == Command.REVEAL:
            self._detail()
            return True
        if command == Command.REFRESH:
            self._ask_book()
            return True
        return False

    def left(self) -> None:
        self.keeper.save()

    # ---- which round -------------------------------------------------------------------------------------------------

    @property
    def round(self) -> Round | None:
        kind, building = self.kinds.value(), self.building.value()
        if not isinstance(kind, MeterKind):
            return None
        return Round(building if isinstance(building, UUID) else None, kind)

    def _show_choices(self, params: dict[str, Any], choices: BookChoices) -> None:
        first = self.choices is None
        self.choices = choices
        self.kinds.set_options([Option(kind, METER_WORDS[kind]) for kind in choices.kinds])
        many = len(choices.buildings) > 1
        every = [(None, self.tr("全部楼栋"))] if many else []
        self.building.blockSignals(True)
        self.building.set_choices([*every, *choices.buildings])
        if "building" in params or first:
            self.building.set_value(params.get("building", choices.buildings[0][0] if choices.buildings else None))
        self.building.blockSignals(False)
        self.building.setVisible(many)
        if "kind" in params:
            self.kinds.blockSignals(True)
            self.kinds.set_value(params["kind"])
            self.kinds.blockSignals(False)
        self._say_empty()
        self._other_round()

    def _other_round(self) -> None:
        """Another building or kind: what was typed for this one stays its draft, and stands there when one is back."""
        wanted = self.round
        if wanted != self._shown:
            self.keeper.save()
            if self._shown is not None:
                self._aside[self._shown] = (self.keeper.draft_id, self.grid.typed)
            self._shown = wanted
            self.grid.typed = {}
            self.keeper.begin()
            if wanted in self._aside:
                draft_id, self.grid.typed = self._aside.pop(wanted)
                self.keeper.begin(draft_id)
                self._looked_for.add(wanted)
        self._ask_book()

    def _step_building(self, step: int) -> None:
        count = self.building.count()
        if count > 1:
            self.building.setCurrentIndex((self.building.currentIndex() + step) % count)

    def _day_typed(self) -> None:
        day = self.day.value()
        if not isinstance(day, date):
            return
        month = (self.grid.day.year, self.grid.day.month)
        self.grid.set_day(day)
        if (day.year, day.month) != month and day <= self.shell.today():
            self._ask_book()
        self._typed()

    def _filter(self) -> None:
        if self.book is not None:
            self.grid.show_book(self.book, self.grid.day, self.waiting.isChecked())
            self._say_empty()
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask_book(self) -> None:
        wanted = self.round
        if wanted is None:
            self._show_nothing()
            return
        day = self.day.value()
        day = min(day, self.shell.today()) if isinstance(day, date) else self.shell.today()
        self.shell.run(
            partial(self.shell.session.read, read_round, wanted, day, wanted not in self._looked_for),
            partial(self._show, wanted), self.shell.read_failed, busy=self.tr("正在读抄表本"),
        )  # fmt: skip

    def _show(self, wanted: Round, found: tuple[MeterBook, tuple[UUID, bytes] | None]) -> None:
        if wanted != self.round:
            return  # another round was chosen meanwhile
        book, draft = found
        self.book = book
        if wanted not in self._looked_for:
            self._looked_for.add(wanted)
            if draft is not None and not self.grid.typed:
                self._take_up(*draft)
        day = self.day.value()
        self.grid.show_book(book, day if isinstance(day, date) else book.day, self.waiting.isChecked())
        if self._wants_focus:
            self._wants_focus = False
            self.grid.setFocus(Qt.FocusReason.OtherFocusReason)
        self._say_empty()
        self._say_sum()
        self._walked(self.grid.current())
        self._pause.start()  # the story of the meter in hand too: another PC may have read it

    def _show_nothing(self) -> None:
        self.book = None
        self.grid.show_source(None)
        self._say_empty()
        self._say_sum()

    # ---- drafts ------------------------------------------------------------------------------------------------------

    def _is_storing(self) -> bool:
        return self._storing

    def _kept(self) -> Kept | None:
        shown, day = self._shown, self.day.value()  # not the round just chosen: nothing was typed for that one yet
        if shown is None or not self.grid.typed:
            return None
        return draft_of(shown, day if isinstance(day, date) else None, self.grid.typed)

    def _take_up(self, draft_id: UUID, body: bytes) -> None:
        """What was typed and not stored stands there again."""
        day, self.grid.typed = typed_of(body)
        self.keeper.begin(draft_id)
        if day is not None:
            self.day.blockSignals(True)
            self.day.set_value(day)
            self.day.blockSignals(False)
        self._drafted = True
        self.keeper.words.setText(self.tr("接着上次没存完的抄"))

    def _typed(self) -> None:
        if self.shell.allowed(Right.USE_DRAFTS):
            if self.grid.typed:
                self._drafted = True
                self.keeper.changed()
            elif self._drafted:
                self._drafted = False
                self.keeper.drop()
        self._say_sum()
        self._walked(self.grid.current())

    # ---- what is said ------------------------------------------------------------------------------------------------

    def _walked(self, row: BookRow | None) -> None:
        """Another row is in hand, or it was typed in: what it means stands under the grid and beside it."""
        self._say(row)
        self.panel.show_row(row)
        if row is not None and (self.panel.story is None or self.panel.story.card.id != row.stand.id):
            self._pause.start()
        self.doing.allow(row)

    def _hear(self, text: str) -> None:
        self.said.set(text, "warn")

    def _say(self, row: BookRow | None) -> None:
        problem = self.grid.problem_of(row) if row is not None else None
        if problem is None:
            entry = self.grid.typed.get(row.stand.id) if row is not None else None
            self.said.set(entry.remark if entry is not None else "")
            return
        asked = row is not None and self.grid.asked == row.stand.id
        more = self.tr("。再按 Enter 照存") if problem.level is Level.WARN and asked else ""
        self.said.set(problem.text + more, "danger" if problem.stops else "warn")

    def _say_sum(self) -> None:
        book = self.book
        rows = self.grid.typed_rows() if book is not None else []
        problems = [problem for row in rows if (problem := self.grid.problem_of(row)) is not None]
        wrong = sum(problem.stops for problem in problems)
        parts = []
        if book is not None:
            self.detail_label.setText(self.tr("已抄 {n} / {all}").format(n=book.read, all=len(book.rows)))
            money = [each for row in rows if (each := self.grid.money_of(row)) is not None]
            if money:
                parts.append(self.tr("合计 {sum} 元").format(sum=total(money)))
        if wrong:
            parts.append(self.tr("{n} 行要改").format(n=wrong))
        if doubts := len(problems) - wrong:
            parts.append(self.tr("{n} 行要核对").format(n=doubts))
        self.sum.setText(" · ".join(parts))
        self.store.setText(self.tr("存 {n} 个读数").format(n=len(rows)) if rows else self.tr("存读数"))
        self.store.allow("" if rows else self.tr("还没有填读数"))

    def _say_empty(self) -> None:
        if self.choices is not None and not self.choices.kinds:
            self.grid.say_when_empty(
                self.tr("还没有表"), self.tr("按 Ctrl N 加表；办入住时填的水电读数也会建表")
            )  # fmt: skip
        elif self.waiting.isChecked():
            self.grid.say_when_empty(self.tr("这里都抄完了"), self.tr("按 F10 看全部，或 Ctrl PgDn 到下一栋"))
        else:
            self.grid.say_when_empty(self.tr("这栋楼没有这种表"), self.tr("换一种表或楼栋，或按 Ctrl N 加表"))

    def _next_problem(self) -> None:
        """Alt ↓: the next row that is to be mended or confirmed."""
        wanted = {row.stand.id for row in self.grid.typed_rows() if self.grid.problem_of(row) is not None}
        if self.book is None or not wanted:
            return
        ids = [row.stand.id for row in self.book.rows if row.stand.id in wanted]
        here = self.grid.current()
        at = ids.index(here.stand.id) + 1 if here is not None and here.stand.id in wanted else 0
        self._stand_on(ids[at % len(ids)])

    def _stand_on(self, meter_id: UUID) -> None:
        assert self.book is not None
        place = next((at for at, row in enumerate(self.book.rows) if row.stand.id == meter_id), None)
        if place is not None:
            self.grid.go_to(place)
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- storing -----------------------------------------------------------------------------------------------------

    def _store(self) -> None:
        rows = self.grid.typed_rows()
        if not rows or self._storing:
            return
        if not isinstance(self.day.value(), date):
            self.said.set(self.tr("先填抄表日期"), "danger")
            self.day.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        first = next((row for row in rows if self.grid.problem_of(row) is not None), None)
        if first is not None:
            self._stand_on(first.stand.id)
            problem = self.grid.problem_of(first)
            if problem is not None and not problem.stops:
                self.grid.asked = first.stand.id
            self._say(first)
            return
        forms = self.grid.forms()
        self._storing = True
        self.store.disable(self.tr("正在存"))
        work = partial(self.shell.session.act, Op.READ_METERS, reading_entry.enter_readings, forms)
        self.shell.run(work, self._stored, self._not_stored, write=True, busy=self.tr("正在存读数"))

    def _stored(self, ids: Sequence[UUID]) -> None:
        self._storing = False
        self.grid.typed.clear()
        self._drafted = False
        self.keeper.drop()
        self.keeper.begin()
        messages.show_info(self.tr("已存 {n} 个读数").format(n=len(ids)))
        self.panel.story = None
        self._ask_book()

    def _not_stored(self, error: Exception) -> None:
        self._storing = False
        messages.show_error(error)
        if isinstance(error, ReadingsRefused):
            self._ask_book()  # somebody else was quicker: each row then says what is so now
        self._say_sum()

    # ---- the row in hand ---------------------------------------------------------------------------------------------

    def _ask_story(self) -> None:
        row = self.grid.current()
        if row is not None and self.side.isVisible():
            self.shell.run(
                partial(self.shell.session.read, meter_story.meter_story, row.stand.id), self._show_story,
                self.shell.read_failed,
            )  # fmt: skip

    def _show_story(self, story: MeterStory) -> None:
        row = self.grid.current()
        if row is not None and row.stand.id == story.card.id:
            self.panel.show_story(story)

    # ---- around ------------------------------------------------------------------------------------------------------

    def _add(self) -> None:
        self.shell.run(partial(self.shell.session.read, meters.rooms_to_meter), self._open_new)

    def _open_new(self, rooms: Sequence[tuple[UUID, UUID, str]]) -> None:
        wanted = self.round
        buildings = self.choices.buildings if self.choices is not None else ()
        building = wanted.building if wanted is not None else None
        if building is None and buildings:
            building = buildings[0][0]
        kind = wanted.kind if wanted is not None else MeterKind.WATER
        self.doing.open_dialog(NewMeterDialog(self.shell, kind, building, buildings, rooms), self.tr("表已加上"))

    def _changed(self, words: str) -> None:
        """A meter or reading was changed: the book is read anew."""
        messages.show_info(words)
        self.panel.story = None
        self.opened({})

    def _to_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _to_grid(self) -> None:
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _find(self, text: str) -> None:
        if self.book is None or not text:
            return
        at = self.book.rows.find(text)
        self.search.set_state("" if at is not None else "doubt")
        if at is not None:
            self.grid.go_to(at)

    def _show_unusual(self) -> None:
        wanted = self.round
        if wanted is not None:
            self.shell.open(UnusualDialog(self.shell, wanted.kind, wanted.building))

    def _pools(self) -> None:
        self.shell.navigate("pools")

    def _import(self) -> None:
        wanted = self.round
        if wanted is None:
            return
        day = self.day.value()
        dialog = ImportDialog(
            self.shell, wanted.kind, wanted.building, day if isinstance(day, date) else self.shell.today()
        )
        dialog.done.connect(self._imported)
        self.shell.open(dialog)

    def _imported(self, ids: Sequence[UUID]) -> None:
        messages.show_info(self.tr("已导入 {n} 个读数").format(n=len(ids)))
        self._ask_book()

    def _save_sheet(self) -> None:
        """Write the sheet to take along where the clerk says."""
        wanted = self.round
        if wanted is None:
            return
        name = self.tr("{kind}抄表单 {day}.xlsx").format(
            kind=METER_WORDS[wanted.kind], day=f"{self.shell.today():%Y-%m}"
        )
        path, _kind = QFileDialog.getSaveFileName(
            self.shell.frame, self.tr("存抄表单"), name, self.tr("Excel 表格") + " (*.xlsx)"
        )
        if path:
            self.write_sheet(Path(path))

    def write_sheet(self, path: Path) -> None:
        """Write the sheet to take along into a file."""
        wanted = self.round
        assert wanted is not None
        self.shell.run(
            partial(_write_sheet, self.shell.session, wanted, path), self._sheet_written,
            busy=self.tr("正在写抄表单"),
        )  # fmt: skip

    def _sheet_written(self, path: Path) -> None:
        messages.show_info(self.tr("抄表单已存到 {path}").format(path=path.name))

    # ---- room --------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def _measure(self) -> None:
        self._fold(self._roomy() and not self._folded)

    def _roomy(self) -> bool:
        return self.width() >= theme().scaled(FOLD_BELOW)

    def _detail(self) -> None:
        """F3: the panel comes and goes; where there is no room beside the grid it comes as a dialog."""
        row = self.grid.current()
        if self._roomy():
            self._folded = self.side.isVisible()
            self._fold(not self._folded)
        elif row is not None:
            self.shell.open(PanelDialog(self.shell, row))

    def _fold(self, shown: bool) -> None:
        if shown != self.side.isVisible():
            self.side.setVisible(shown)
            if shown:
                self._pause.start()


def _write_sheet(session: Any, wanted: Round, path: Path) -> Path:
    """In a reading job: the sheet of a round as a file."""
    from desktop.services.errors import DomainError

    data = session.read(meter_sheet.sheet_to_take, wanted.building, wanted.kind)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise DomainError(f"{path.name} 写不进去（{error.strerror}）：关掉正打开它的 Excel，或换个位置") from error
    return path
