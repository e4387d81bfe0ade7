"""业主: who owns a room and how much of it, from a day on. Known people are found, new ones typed with their phone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop.services import owners, party_search, shares
from desktop.services.acts import Op
from desktop.services.errors import DomainError, RowChanged
from desktop.services.owners import OwnerForm, OwnerRow
from desktop.services.party_search import PartyHit
from desktop.services.places import RoomPlace
from desktop.views.act_dialog import ActDialog
from desktop.views.buttons import Button, IconButton
from desktop.views.columns import Column, Kind
from desktop.views.dates import DateField
from desktop.views.fields import PhoneField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import FreeText, label
from desktop.views.pages import Shell
from desktop.views.tables import RowTable
from desktop.views.text_fields import SearchField, TextField
from desktop.views.theme import theme
from desktop.views.versions import Merge

MOST_OWNERS = 12


class _Line:
    """One owner: who, share, whether they live there themselves."""

    def __init__(self, party_id: UUID | None, name: str, share: str = "", occupied: bool = False, phone: str = ""):
        self.party_id, self.name = party_id, name
        self.who = FreeText(name, "strong")
        self.phone = PhoneField(phone, hint="新业主的电话")
        self.share = TextField(share, limit=20, hint="1/2 或 50%")
        self.share.enter_moves_on = False
        self.occupied = QCheckBox("自住")
        self.occupied.setChecked(occupied)
        self.drop = IconButton("x", f"去掉 {name}", size=26)

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        return self.who, self.phone, self.share, self.occupied, self.drop


@dataclass(frozen=True, slots=True)
class Shared:
    """The owners as typed, and why their shares are not the whole yet."""

    owners: tuple[OwnerForm, ...]
    trouble: str


def shared_by(rows: Sequence[OwnerRow]) -> Shared:
    """Stored owners as the field would give them."""
    return Shared(tuple(OwnerForm(row.party_id, row.share, row.owner_occupied, row.name) for row in rows), "")


class OwnersField(QWidget):
    """The lines of the owners as one form field. Signals: changed(); share_entered() for Enter in a share."""

    changed = Signal()
    share_entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[_Line] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        for at, stretch in enumerate((4, 4, 3, 0, 0)):
            self._grid.setColumnStretch(at, stretch)
        self.nobody = label(self.tr("还没有业主：在上面找到或写上名字，按 Enter 加入"), "muted", wrap=True)
        self.even = Button(self.tr("平分"), "quiet", size="small", icon="percent", key="Alt+2", slot=self.share_evenly)
        foot = QHBoxLayout()
        foot.addWidget(self.even)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.nobody)
        column.addLayout(self._grid)
        column.addLayout(foot)
        self._tell()

    def value(self) -> Shared:
        """The owners with shares that add up to exactly the whole, or the trouble."""
        read: list[Fraction] = []
        for line in self.lines:
            try:
                read.append(shares.read_share(line.share.value()))
            except DomainError as error:
                return Shared((), f"{line.name}：{error.message}")
        if trouble := shares.sum_problem(read) if read else "":
            return Shared((), trouble)
        stored = shares.stored_shares(read) if read else []
        return Shared(
            tuple(
                OwnerForm(line.party_id, share, line.occupied.isChecked(), line.name, line.phone.value())
                for line, share in zip(self.lines, stored, strict=True)
            ),
            "",
        )

    def set_value(self, value: Shared) -> None:
        self.show_typed(
            [
                [each.party_id.hex if each.party_id else "", each.name, shares.share_words(each.share),
                 each.owner_occupied, each.phone]
                for each in value.owners
            ]
        )  # fmt: skip

    def words_of(self, value: Shared) -> str:
        """The owners in words, to be held beside another version."""
        return value.trouble or owners.owner_words(value.owners)

    def typed(self) -> list[list[Any]]:
        """What stands here, for a draft."""
        return [
            [line.party_id.hex if line.party_id else "", line.name, line.share.text(), line.occupied.isChecked(),
             line.phone.text()]
            for line in self.lines
        ]  # fmt: skip

    def show_typed(self, typed: Any) -> None:
        """Put back what `typed` gave."""
        for line in list(self.lines):
            self._take(line)
        for party, name, share, occupied, phone in typed:
            self._put(_Line(UUID(party) if party else None, name, share, bool(occupied), phone))
        self._tell()

    def problem(self) -> str:
        return ""

    def set_state(self, state: str) -> None:
        for line in self.lines:
            line.share.set_state(state)

    def add(self, party_id: UUID | None, name: str) -> bool:
        """Somebody more, with the cursor where something is still to be typed; False: stands here already."""
        if len(self.lines) >= MOST_OWNERS or (party_id and any(line.party_id == party_id for line in self.lines)):
            return False
        line = _Line(party_id, name, "100%" if not self.lines else "")
        self._put(line)
        self._tell()
        (line.share if party_id is not None else line.phone).setFocus(Qt.FocusReason.OtherFocusReason)
        line.share.selectAll()
        return True

    def share_evenly(self) -> None:
        """The same to everybody."""
        for line in self.lines:
            line.share.set_value(f"1/{len(self.lines)}" if len(self.lines) > 1 else "100%")

    def _put(self, line: _Line) -> None:
        row = len(self.lines)
        for at, widget in enumerate(line.widgets):
            self._grid.addWidget(widget, row, at)
        line.phone.setAccessibleName(self.tr("{name} 的电话").format(name=line.name))
        line.share.setAccessibleName(self.tr("{name} 的份额").format(name=line.name))
        line.occupied.setAccessibleName(self.tr("{name} 自住").format(name=line.name))
        for widget in line.widgets:
            widget.setVisible(widget is not line.phone or line.party_id is None)
        line.phone.changed.connect(self._tell)
        line.share.changed.connect(self._tell)
        line.share.entered.connect(self.share_entered)
        line.occupied.toggled.connect(self._tell)
        line.drop.clicked.connect(partial(self._dropped, line))
        self.lines.append(line)

    def _dropped(self, line: _Line, _checked: bool = False) -> None:
        self._take(line)
        self._tell()

    def _take(self, line: _Line) -> None:
        self.lines.remove(line)
        for each in (*self.lines, line):
            for widget in each.widgets:
                self._grid.removeWidget(widget)
        for widget in line.widgets:
            widget.hide()
            widget.deleteLater()
        for row, each in enumerate(self.lines):
            for at, widget in enumerate(each.widgets):
                self._grid.addWidget(widget, row, at)

    def _tell(self, *_: object) -> None:
        self.nobody.setVisible(not self.lines)
        self.even.setVisible(len(self.lines) > 1)
        self.changed.emit()


@dataclass(frozen=True, slots=True)
class Owned:
    """What the dialog gathers."""

    owners: tuple[OwnerForm, ...]
    since: date


class OwnersDialog(ActDialog):
    """Signals: done(None) once it is stored."""

    help_topic = "rooms.owners"

    def __init__(self, shell: Shell, place: RoomPlace, now: Sequence[OwnerRow]) -> None:
        tr = shell.frame.tr
        super().__init__(shell, tr("业主和份额"), subtitle=place.words, primary=tr("保存业主"), wide=720)
        self.room, self.before, self._who = place, tuple(now), ""
        self._asked_for = 0
        self.search = SearchField(self.tr("姓名 / 拼音 / 手机，Enter 加入"))
        self.search.setAccessibleName(self.tr("找业主"))
        self.search.enter_moves_on = False
        self.search.searched.connect(self._look)
        self.search.entered.connect(self._enter)
        self.search.installEventFilter(self)
        self.hits = RowTable(
            [
                Column(
                    self.tr("姓名"), attrgetter("name"), kind=Kind.NAME, sample="欧阳沈知微", strong=True, stretch=2
                ),
                Column(self.tr("电话"), attrgetter("phone"), kind=Kind.CODE, sample="138****5678"),
                Column(self.tr("在租"), attrgetter("rooms"), kind=Kind.NAME, sample="1 栋 1203", stretch=1, fold=True),
            ]
        )  # fmt: skip
        self.hits.say_when_empty(self.tr("没有这个人"), self.tr("写全名字按 Enter，作为新业主加入"))
        self.hits.setAccessibleName(self.tr("找到的人"))
        self.hits.opened.connect(self._take)
        self.hits.setFixedHeight(theme().height("header-row") + 3 * theme().height("row"))
        self.hits.hide()
        self.body.addWidget(self.search)
        self.body.addWidget(self.hits)
        form = self.use_form(2)
        self.field = OwnersField()
        hint = self.tr("写 1/3、50% 或 0.5，合计正好是全部")
        form.add("owners", self.tr("业主和份额"), self.field, span=2, hint=hint)
        form.add("since", self.tr("从哪天起"), DateField(shell.today, shell.today()), required=True)
        self.field.set_value(shared_by(self.before))
        self.field.share_entered.connect(self._share_entered)
        self.draft = FormDraft(shell, self, "room.owners", place.id)
        self._merge = Merge(
            shell, self, partial(shell.session.read, owners.owners_of, place.id), _values_of, self._know,
            together=self._together, given_up=self._leave_it,
        )  # fmt: skip

    def open(self) -> None:
        super().open()
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    # finding

    def _look(self, text: str) -> None:
        self._asked_for += 1
        self.hits.setVisible(bool(text))
        if text:
            read = partial(self.shell.session.read, party_search.find_parties, text, 20)
            self.shell.run(read, partial(self._show, self._asked_for, text))

    def _show(self, asked: int, text: str, hits: list[PartyHit]) -> None:
        if asked != self._asked_for:
            return
        self.hits.show_list(hits, attrgetter("id"))
        if hits:
            self.hits.choose(0)

    def _enter(self) -> None:
        """Enter in the box: the one in hand, else a new one of that name; with an empty box on to the first share."""
        text = self.search.value()
        row = self.hits.current() if self.hits.isVisible() else None
        if row is not None:
            self._take(row)
        elif text and not any(c.isdigit() for c in text):
            self.field.add(None, text)
            self._forget()
        elif not text and self.field.lines:
            self.field.lines[0].share.setFocus(Qt.FocusReason.TabFocusReason)

    def _take(self, hit: PartyHit) -> None:
        self._forget()
        if not self.field.add(hit.id, hit.name):
            self.summary.say(self.tr("{name} 已经在下面了").format(name=hit.name))

    def _forget(self) -> None:
        """The box is empty for the next one."""
        self.search.clear()
        self._look("")

    def _share_entered(self) -> None:
        """Enter in a share: to the next one, and from the last back to the box for one more."""
        at = next((n for n, line in enumerate(self.field.lines) if line.share.hasFocus()), -1)
        following = self.field.lines[at + 1 : at + 2]
        (following[0].share if following else self.search).setFocus(Qt.FocusReason.TabFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        arrows = (Qt.Key.Key_Up, Qt.Key.Key_Down)
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in arrows
        if watched is self.search and pressed and self.hits.isVisible():
            self.hits.keyPressEvent(event)  # type: ignore[arg-type]
            return True
        return super().eventFilter(watched, event)

    # what is asked

    def request(self) -> Owned:
        assert self.form is not None
        typed = self.form.values()
        return Owned(typed["owners"].owners, typed["since"] or self.shell.today())

    def problems(self) -> Mapping[str, str]:
        assert self.form is not None
        shared: Shared = self.form.values()["owners"]
        if shared.trouble:
            return {"owners": shared.trouble}
        return owners.owner_problems(shared.owners, self.shell.today())

    def order(self, request: Owned) -> Callable[[], object]:
        act = self.shell.session.act
        return partial(
            act, Op.CHANGE_PLACE, owners.set_owners, self.room.id, self.before, request.owners, request.since
        )

    # somebody saved first

    def refuse(self, error: Exception) -> None:
        if isinstance(error, RowChanged):
            self._who = error.by.get("owners", "")
            self._merge.begin(error)
        else:
            super().refuse(error)

    def _know(self, rows: Sequence[OwnerRow]) -> None:
        self.before = standing(rows)

    def _together(self, rows: Sequence[OwnerRow]) -> bool:
        """Both changes in one form, to be looked at before it is saved again; False when the shares clash."""
        base, theirs, yours = shared_by(self.before).owners, shared_by(standing(rows)).owners, self.request().owners
        both = owners.together(base, theirs, yours)
        if both is None:
            return False
        self.field.set_value(Shared(both, ""))
        who = self._who or self.tr("有人刚刚")
        self.summary.say(self.tr("{who} 也改过：两边的改动已合在一起，看过再保存").format(who=who), "warn")
        return True

    def _leave_it(self) -> None:
        """The owners somebody else wrote stand."""
        self.accept()
        self.shell.toast(self.tr("没有改，业主是 {owners}").format(owners=owners.owner_words(self.before)))


def standing(rows: Sequence[OwnerRow]) -> tuple[OwnerRow, ...]:
    """The owners of today."""
    return tuple(row for row in rows if row.valid_to is None)


def _values_of(rows: Sequence[OwnerRow]) -> dict[str, Any]:
    return {"owners": shared_by(standing(rows))}
