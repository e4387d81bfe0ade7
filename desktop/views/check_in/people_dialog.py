"""更多的人: whoever comes with the tenant, one row each; all that is typed goes into the draft at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.values import DocumentKind
from desktop.services import returning, typed_card
from desktop.services.check_in_draft import forget_empty
from desktop.services.check_in_people import ROLE_WORDS, Role
from desktop.services.check_in_people_draft import CompanyDraft, PersonDraft, leave_unseen, take_role
from desktop.services.errors import DomainError
from desktop.services.identity import read_number
from desktop.services.problems import Problem
from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.capture.camera_dialog import CameraDialog
from desktop.views.capture.scan import Scan, can_scan
from desktop.views.check_in.card_intake import person_of
from desktop.views.check_in.person_panel import COMPANY, PersonPanel
from desktop.views.check_in.reading import Read, ReadPeople, picture_files, read_people, sources_in
from desktop.views.check_in.wizard import Wizard
from desktop.views.dialogs import Dialog
from desktop.views.forms import FormRow, MessageLine
from desktop.views.jobs import Job
from desktop.views.keys import bind
from desktop.views.person_list import Colleague, PersonList
from desktop.views.text_fields import TextField
from desktop.views.theme import theme

_KEYS = 8
"""Rows with a key of their own: Alt 9 is the clerk's look from card to person, as everywhere."""
_COMPANY = "company."
_LONGEST = 5
_SHORTEST = 6
"""A number with fewer characters is still being typed."""


class PeopleDialog(Dialog):
    """Alt 0 opens it and adds a row, Alt 1…8 go to a row, Ctrl Enter is done; Esc leaves half-typed rows as is."""

    help_topic = "check_in.people"
    writes = False
    fills = True

    def __init__(self, page: Wizard) -> None:
        shell = page.shell
        super().__init__(
            shell.frame, shell.frame.tr("更多的人"), subtitle=page.draft.title, primary=shell.frame.tr("好了"),
            cancel=shell.frame.tr("返回，留着"), wide=900,
        )  # fmt: skip
        self._page = page
        self._at = 0
        self._asked_of: set[int] = set()
        self._removed: tuple[int, PersonDraft | CompanyDraft] | None = None
        self._looked_up = ""
        self.reading = False
        self._job: Job | None = None
        self.panel = PersonPanel(page)
        self._build()
        self._wire()
        self.show_rows()

    def _build(self) -> None:
        self.list = PersonList(self.tr("更多的人"), _KEYS)
        self.add_button = Button(self.tr("再加一人"), icon="user-plus", key="Alt+0", size="small", slot=self.add)
        self.remove_button = Button(self.tr("去掉这一位"), "quiet", key="Ctrl+Del", size="small", slot=self.remove)
        self.back_button = Button(self.tr("放回去"), "quiet", key="Ctrl+R", size="small", slot=self.put_back)
        self.back_button.hide()
        self.camera_button = Button(
            self.tr("拍这一位的证件"), icon="camera", key="Ctrl+P", size="small", slot=self.photograph
        )
        self.plates = TextField(self._page.draft.plates, limit=80, hint=self.tr("几辆用空格分开"))
        self.plates_row = FormRow(self.tr("车牌"), self.plates)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.list)
        left.addWidget(self.camera_button)
        left.addWidget(self.add_button)
        left.addWidget(self.remove_button)
        left.addWidget(self.back_button)
        left.addWidget(self.plates_row)
        left.addStretch(1)
        left.setContentsMargins(0, 0, 0, 0)
        side = QWidget()
        side.setLayout(left)
        side.setFixedWidth(theme().scaled(244))
        self.known = MessageLine()
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addWidget(self.panel)
        right.addWidget(self.known)
        right.addStretch(1)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(side)
        row.addLayout(right, 1)
        self.body.addLayout(row, 1)

    def _wire(self) -> None:
        self.list.changed.connect(self._chosen)
        self.panel.changed.connect(self._typed)
        self.panel.role_chosen.connect(self._turn_into)
        self.panel.number_changed.connect(self._look_up)
        self.panel.pasted.connect(self.take)
        self.plates.changed.connect(self._plates_typed)
        self._paste_key = bind(self, "Ctrl+V", self._paste)
        self._scan_key = bind(self, "Ctrl+S", self._scan)
        self._folder_key = bind(self, "Ctrl+I", self._take_new)
        self.setAcceptDrops(True)
        self._page.cards.folder.changed.connect(self._folder_changed)
        self.closed.connect(self._left)

    def _waits(self) -> str:
        """What stands beside Esc: the ways to fill a row."""
        waiting = len(self._page.cards.folder.waiting)
        if waiting:
            return self.tr("扫描文件夹来了 {n} 张图片，Ctrl I 读取").format(n=waiting)
        return self.tr("Ctrl P 拍、Ctrl V 贴这一位的证件，或直接填写")

    def _folder_changed(self) -> None:
        if not self.reading:
            self.set_busy(False)

    # rows

    @property
    def rows(self) -> list[PersonDraft | CompanyDraft]:
        """The company first, then everybody in the order in which they were added."""
        draft = self._page.draft
        return [*([draft.company] if draft.company is not None else []), *draft.people]

    @property
    def current(self) -> PersonDraft | CompanyDraft | None:
        """The row in hand."""
        rows = self.rows
        return rows[min(self._at, len(rows) - 1)] if rows else None

    def show_rows(self) -> None:
        """The list as the draft has it, and the row in hand in the form; with nobody yet a row to begin with."""
        if not self.rows:
            self._page.draft.people.append(PersonDraft())
        self._at = min(self._at, len(self.rows) - 1)
        current = self.current
        assert current is not None
        self._name_rows()
        person = isinstance(current, PersonDraft)
        self.camera_button.allow("" if person else self.tr("承租单位照营业执照填写，没有身份证可拍"))
        self.panel.show_draft(current)
        self._say_known(())
        self._looked_up = ""
        self._look_up()
        self.look_again()

    def _name_rows(self) -> None:
        lines = []
        for row in self.rows:
            role = self.tr("承租单位") if isinstance(row, CompanyDraft) else ROLE_WORDS[row.role]
            lines.append(Colleague(_short(row.name) or self.tr("未填姓名"), role))
        self.list.show_people(lines, self._at)
        self.add_button.allow("" if len(lines) < 20 else self.tr("一次最多登记 20 位"))

    def open_at(self, role: Role | None = None, wrong: bool = False) -> None:
        """Come to the front: at the first row that is wrong, or with a new row of this role."""
        if role is not None and not any(isinstance(row, PersonDraft) and row.role is role for row in self.rows):
            self._new_row(role)
        self.open()
        if wrong:
            self.submit()
        else:
            self.panel.focus_first(role is not None)

    def add(self) -> None:
        """Alt 0: a row for somebody else; an empty one that stands there already is taken."""
        self._new_row(Role.HOUSEHOLD)
        self.panel.focus_first()

    def _new_row(self, role: Role) -> None:
        people = self._page.draft.people
        spare = next((person for person in people if person.empty), None)
        if spare is None:
            if not self.add_button.isEnabled():
                return
            spare = PersonDraft()
            people.append(spare)
        take_role(spare, role)
        self._at = next(at for at, row in enumerate(self.rows) if row is spare)
        self.show_rows()

    def remove(self) -> None:
        """Ctrl Delete: the row goes; Ctrl R brings it back as it was."""
        current = self.current
        if current is None:
            return
        draft = self._page.draft
        if isinstance(current, CompanyDraft):
            draft.company = None
            self._removed = (-1, current)
        else:
            at = next(at for at, person in enumerate(draft.people) if person is current)
            self._removed = (at, draft.people.pop(at))
        self._asked_of.clear()
        self.back_button.setText(self.tr("放回{name}").format(name=current.name or self.tr("这一位")))
        self.back_button.setVisible(not current.empty)
        self._page.typed()
        self.show_rows()
        self.panel.focus_first()

    def put_back(self) -> None:
        """Ctrl R: whoever was taken away last is there again."""
        if self._removed is None:
            return
        (at, row), self._removed = self._removed, None
        draft = self._page.draft
        draft.people = [person for person in draft.people if not person.empty]
        if isinstance(row, CompanyDraft):
            draft.company = row
        else:
            draft.people.insert(at, row)
        self._at = next(n for n, each in enumerate(self.rows) if each is row)
        self.back_button.hide()
        self._page.typed()
        self.show_rows()
        self.panel.focus_first()

    def _chosen(self) -> None:
        self._at = self.list.at
        self.show_rows()
        self.panel.focus_first()

    def _turn_into(self, role: object) -> None:
        """Between a person and the company, which are two kinds of row; what was typed of the name goes along."""
        draft, current = self._page.draft, self.current
        if current is None:
            return
        if role == COMPANY:
            if draft.company is not None:
                self._at = 0
                self.show_rows()
                messages.show_info(self.tr("承租单位已经有一行，在最上面"))
                return
            draft.company = CompanyDraft(name=current.name, phone=current.phone, address=current.address)
            draft.people = [person for person in draft.people if person is not current]
            self._at = 0
        elif isinstance(role, Role) and isinstance(current, CompanyDraft):
            person = PersonDraft(name=current.name, phone=current.phone, address=current.address)
            take_role(person, role)
            draft.company = None
            draft.people.insert(0, person)
            self._at = 0
        self._page.typed()
        self.show_rows()
        self.panel.role.setFocus()

    # what is said

    def look_again(self) -> int:
        """Put what the service says under the fields; how many rows have something that stops."""
        said = self._page.people.said()
        current = self.current
        head = self._head(current)
        mine = [p for p in said if p.field.startswith(head)]
        # A company's remarks keep their head: some of its fields are called as a person's are.
        own = [p if head == _COMPANY else Problem(p.level, p.field.removeprefix(head), p.text) for p in mine]
        self.panel.show_problems(own, id(current) in self._asked_of)
        self.summary.say(next((p.text for p in said if p.field == "people"), ""), "warn")
        plates = [p for p in said if p.field == "plates"]
        tone = "" if not plates else "danger" if plates[0].stops else "warn"
        self.plates_row.say(plates[0].text if plates else "", tone)
        self.plates.set_state({"danger": "error", "warn": "doubt"}.get(tone, ""))
        return len({p.field.rsplit(".", 1)[0] for p in said if p.stops})

    def _head(self, row: PersonDraft | CompanyDraft | None) -> str:
        """How remarks about a row begin."""
        if isinstance(row, PersonDraft):
            return f"people.{next(at for at, each in enumerate(self._page.draft.people) if each is row)}."
        return _COMPANY

    def submit(self) -> None:
        """Ctrl Enter: with something to mend go to the first row that has it, else close."""
        forget_empty(self._page.draft)
        said = [p for p in self._page.people.said() if p.stops]
        if not said:
            self.accept()
            return
        field = said[0].field
        if field.startswith("people."):
            wanted: Any = self._page.draft.people[int(field.split(".")[1])]
        else:
            wanted = self._page.draft.company
        if field == "plates":
            self.show_rows()
            self.plates.setFocus()
            return
        self._at = next(at for at, row in enumerate(self.rows) if row is wanted)
        self._asked_of.add(id(wanted))
        self.show_rows()
        self.panel.focus_problem()

    # what happens

    def _typed(self) -> None:
        self._name_rows()
        self._page.typed()
        self.look_again()

    def _plates_typed(self) -> None:
        self._page.draft.plates = self.plates.value()
        self._page.typed()
        self.look_again()

    def _left(self, _accepted: bool) -> None:
        forget_empty(self._page.draft)
        self._page.typed()

    # somebody who was here before

    def _look_up(self) -> None:
        """Ask whether somebody with this paper is known, once for each number that can be one."""
        row, shell = self.current, self._page.shell
        if row is None:
            return
        kind = row.kind if isinstance(row, PersonDraft) else DocumentKind.BUSINESS_LICENCE
        number = read_number(kind, row.number if isinstance(row, PersonDraft) else row.code, shell.today())
        wanted = f"{kind}:{number.number}"
        if any(p.stops for p in number.problems) or len(number.number) < _SHORTEST:
            wanted = ""
        if wanted == self._looked_up:
            return
        self._looked_up = wanted
        if not wanted:
            self._take_known(row, None)
        else:
            ask = partial(shell.session.read, returning.who_returns, kind, number.number)
            shell.run(ask, partial(self._answered, row, wanted))

    def _answered(self, row: PersonDraft | CompanyDraft, wanted: str, found: returning.Returning | None) -> None:
        if wanted == self._looked_up and row is self.current:
            self._take_known(row, found)

    def _take_known(self, row: PersonDraft | CompanyDraft, found: returning.Returning | None) -> None:
        row.known_id = found.id if found is not None else None
        row.known_name = found.name if found is not None else ""
        row.known_number = found.number if found is not None else ""
        if found is not None and not row.name:
            row.name = found.name
            self.panel.show_draft(row)
            self._name_rows()
        self._say_known(() if found is None else known_words(found, row.name))
        if found is not None:
            self._page.typed()
            self.look_again()

    def _say_known(self, words: Sequence[tuple[str, str]]) -> None:
        text = " · ".join(each for each, _tone in words)
        tone = next((tone for _each, tone in words if tone == "warn"), "ok")
        self.known.set(text, tone if text else "")

    # a card as picture

    def _paste(self) -> None:
        sources = sources_in(QGuiApplication.clipboard().mimeData())
        if sources:
            self.take(sources)
        else:
            self.known.set(self.tr("剪贴板里没有图片：先截图或复制图片文件，再按 Ctrl V"), "danger")

    def photograph(self) -> None:
        """Ctrl P: the card of the one in hand under the camera."""
        row = self.current
        if self.reading or not isinstance(row, PersonDraft):
            return
        dialog = CameraDialog(self._page.shell, row.name or ROLE_WORDS[row.role])
        dialog.captured.connect(partial(self._show_read, row))
        dialog.file_wanted.connect(self._choose)
        self._page.shell.open(dialog)

    def _choose(self) -> None:
        files = picture_files(self._page.shell.frame)
        if files:
            self.take(files)

    def _scan(self) -> None:
        if can_scan():
            self.take([Scan(self._page.shell.session.preferences.cards)], self.tr("正在扫描，扫完就读"))

    def _take_new(self) -> None:
        if not self.reading and isinstance(self.current, PersonDraft) and (files := self._page.cards.folder.take()):
            self.take(files)

    def take(self, sources: Sequence[Path | Any], words: str = "") -> None:
        """Read the card of the one in hand, and of whoever else lies on the page; pictures stay in memory only
        while they are read."""
        row = self.current
        if self.reading or not isinstance(row, PersonDraft):
            return
        self.reading = True
        words = words or self.tr("正在读证件")
        self.set_busy(True, words)
        work = partial(read_people, list(sources), self._page.shell.today())
        self._job = self._page.shell.run(work, partial(self._show_people, row), self._not_read, busy=words)
        self._job.cancelled.connect(self._stopped)
        self.cancel_button.setText(self.tr("停止读取"))

    def cancel(self) -> None:
        """Esc: while a card is scanned or read, that stops; else the dialog closes."""
        if self.reading and self._job is not None:
            self._job.cancel()
            self.set_busy(True, self.tr("正在停止"))
        else:
            super().cancel()

    def _stopped(self) -> None:
        self._end_reading()
        self.known.set(self.tr("已停止，没有读入；可以再扫或换图片"), "ok")

    def _show_people(self, row: PersonDraft, found: ReadPeople) -> None:
        """The first card is that of the row in hand; whoever else lay on the page gets a row of their own."""
        read, *others = found.people
        self._page.draft.people += [person_of(each, self._page.shell.today()) for each in others]
        for each in others:
            each.wipe()
        self._show_read(row, read)
        if others:
            messages.show_info(self.tr("图片里有 {n} 位，各占一行").format(n=len(found.people)))
        if found.spare_backs:
            self.known.set(self.tr("有国徽面分不清是谁的，没有读入：换到那一位再单独放入"), "warn")

    def _show_read(self, row: PersonDraft, read: Read) -> None:
        self._end_reading()
        typed_card.take_reading(row, read.texts, read.doubts)
        read.wipe()
        leave_unseen(row)
        typed_card.follow_number(row, self._page.shell.today())
        self._page.typed()
        if row is self.current:
            self.show_rows()
            doubtful = next(iter(row.doubts), "")
            if doubtful:
                self._asked_of.add(id(row))
                self.look_again()
                self.panel.focus_problem()
            else:
                self.panel.focus_first()

    def _not_read(self, trouble: Exception) -> None:
        self._end_reading()
        if isinstance(trouble, DomainError):
            self.known.set(trouble.message, "danger")
        else:
            messages.show_error(trouble)

    def _end_reading(self) -> None:
        self.reading = False
        self.cancel_button.setText(self.tr("返回，留着"))
        self.set_busy(False)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if sources_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        sources = sources_in(event.mimeData())
        if sources:
            event.acceptProposedAction()
            self.take(sources)


def _short(name: str) -> str:
    """A name as there is room for in the list; the form beside it shows the whole."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def known_words(found: returning.Returning, name: str) -> list[tuple[str, str]]:
    """Who was here before, in sentences with a tone each: history, then what to be wary of."""
    said = [(f"这位来过：{found.name}（{found.number}）", "ok")]
    if name and name != found.name:
        said.append(("姓名与登记的不同，请核对证件", "warn"))
    said += [(each, "ok") for each in found.history]
    said += [(each, "warn") for each in found.warnings]
    return said
