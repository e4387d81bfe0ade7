"""Section 模板: lease and notice as text, with the fields to choose from, a live preview, versions and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QHBoxLayout

from desktop.services import drafts, papers, template_pictures, templates
from desktop.services.acts import Op
from desktop.services.paper.template_fields import TemplateField, fields_of
from desktop.services.template_pictures import PictureRow
from desktop.services.templates import TemplateChanged, TemplateText, TemplateVersion
from desktop.views import messages
from desktop.views.admin.section import Section
from desktop.views.buttons import Button
from desktop.views.draft_keeping import DraftKeeper, Kept
from desktop.views.fields import ChoiceField
from desktop.views.forms import ErrorSummary
from desktop.views.labels import label
from desktop.views.pages import Command, Shell
from desktop.views.steps import Option, Segment
from desktop.views.theme import theme
from desktop.views.workshop.live_preview import LivePreview
from desktop.views.workshop.picture_dialog import PictureDialog
from desktop.views.workshop.questions import ask_discard
from desktop.views.workshop.template_merge import TemplateMerge
from desktop.views.workshop.template_side import PANELS, TemplateSide
from desktop.views.workshop.text_editor import TextEditor
from desktop.world import OFFICE_ZONE

DRAFT = "template:"


@dataclass(frozen=True, slots=True)
class Opened:
    """One kind of template as it is opened for editing."""

    kind: str
    text: TemplateText
    versions: Sequence[TemplateVersion]
    pictures: Mapping[str, bytes]
    picture_rows: Sequence[PictureRow]
    leases: Sequence[tuple[UUID, str]]
    draft_id: UUID | None = None
    draft: Mapping[str, Any] = field(default_factory=dict)


def open_template(session: Any, kind: str, known: Mapping[str, bytes]) -> Opened:
    """Everything the editor begins with, and the draft that was left; `known` pictures are not read again. In a job."""
    from desktop.services.work import look

    with look(session.office, session.actor) as reading:
        left = drafts.list_drafts(reading, DRAFT + kind)
        draft = msgspec.json.decode(drafts.read_draft(reading, left[0].id)) if left else {}
        return Opened(
            kind, templates.current_template(reading, kind), templates.list_versions(reading, kind),
            {**known, **template_pictures.read_pictures(reading, known)}, template_pictures.list_pictures(reading),
            papers.leases_to_try(reading) if kind == "housing_lease" else [], left[0].id if left else None, draft,
        )  # fmt: skip


class TemplatesSection(Section):
    """What is typed is laid out beside it, kept as a draft, and stored as the next version when asked."""

    help_topic = "settings.templates"
    tables = frozenset({"template", "stored_file"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, scrolls=False)
        self.opened: Opened | None = None
        self._facts: Mapping[str, Any] | None = None
        self._problems: list[tuple[int, str]] = []
        self._loading = self._saving = self._drafted = False
        self._based_on = 0
        self._build()
        self._wire()

    def _build(self) -> None:
        self.kind = Segment(
            [Option("housing_lease", self.tr("租赁合同")), Option("pipl_notice", self.tr("个人信息告知书"))]
        )
        self.kind.setAccessibleName(self.tr("哪一种模板"))
        self.kind.setMaximumWidth(theme().scaled(300))
        self.version = label("", "muted")
        self.resumed = label("", "warnhint")
        self.resumed.hide()
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.kind)
        head.addWidget(self.version)
        head.addWidget(self.resumed, 1)
        head.addStretch(1)
        self.to_form = Button(
            self.tr("套打版式"), "secondary", icon="ruler", size="small", key="Alt+5", slot=self._open_form
        )  # fmt: skip
        head.addWidget(self.to_form)
        self.summary = ErrorSummary()
        self.editor = TextEditor()
        self.sample = ChoiceField([(None, self.tr("虚构的样张"))])
        self.sample.setAccessibleName(self.tr("用哪份合同预览"))
        self.live = LivePreview(lead=self.sample)
        self.column.setSpacing(8)
        self.column.addLayout(head)
        self.column.addWidget(self.summary)
        row = QHBoxLayout()
        row.setSpacing(10)
        self.side = TemplateSide()
        row.addWidget(self.side)
        row.addWidget(self.editor, 5)
        row.addWidget(self.live, 4)
        self.column.addLayout(row, 1)
        self.merge = TemplateMerge(self.shell, self.editor)
        self.merge.merged.connect(self._merged)
        self.keeper = DraftKeeper(self.shell, DRAFT + str(self.kind.value()), self._kept)
        self.state = label("", "muted")
        self.discard = Button(self.tr("放弃修改"), "quiet", key="Alt+4", slot=self._ask_discard)
        self.save = Button(self.tr("存为新版"), "primary", icon="save", key="Ctrl+Return", slot=self._save)
        self.add_foot(self.keeper, self.state, self.discard, self.save)

    def _wire(self) -> None:
        from desktop.views.keys import bind

        self.kind.changed.connect(self._kind_changed)
        self.editor.changed.connect(self._typed)
        self.side.field_chosen.connect(self._insert_field)
        self.side.version_chosen.connect(self._bring_back)
        self.side.picture_chosen.connect(self._insert_picture)
        self.side.picture_wanted.connect(self._add_picture)
        self.summary.next_wanted.connect(self.next_problem)
        self.live.told.connect(self._told)
        self.sample.changed.connect(self._sample_changed)
        self._keys = [
            bind(self, "Ctrl+F", partial(self.side.open_panel, "fields")),
            bind(self, "Alt+Down", self.next_problem),
            *(bind(self, f"Alt+{at}", partial(self.side.open_panel, key)) for at, key in enumerate(PANELS, start=1)),
        ]
        closing = getattr(self.shell.frame, "closing", None)
        if closing is not None:
            closing.connect(self._window_closes)

    # loading

    def entered(self) -> None:
        if self.opened is None:
            self._load()
        else:
            self.editor.setFocus()

    def refresh(self) -> None:
        """Somebody stored a version, or a picture: the lists follow; what is being typed stays."""
        if self.opened is not None and not self._saving:
            work = partial(open_template, self.shell.session, self.opened.kind, self.opened.pictures)
            self.shell.run(work, self._refreshed, write=True)

    def _load(self) -> None:
        kind = str(self.kind.value())
        known = self.opened.pictures if self.opened is not None else {}
        work = partial(open_template, self.shell.session, kind, known)
        # On the writing thread: behind the draft that is being kept or thrown away.
        self.shell.run(work, self.show_template, write=True, busy=self.tr("正在读取模板"))

    def show_template(self, opened: Opened) -> None:
        """One kind in its version of today, or the draft that was left of it."""
        self.opened, self._facts = opened, None
        self._loading = True
        left = opened.draft.get("text") if opened.draft_id is not None else None
        self._based_on = int(opened.draft.get("based_on", 0)) if left is not None else opened.text.ordinal
        self.keeper.kind = DRAFT + opened.kind
        self._drafted = opened.draft_id is not None
        self.keeper.begin(opened.draft_id)
        self.editor.set_text(left if left is not None else opened.text.body)
        self.resumed.setText(self.tr("接着上次没存的修改"))
        self.resumed.setVisible(left is not None and left != opened.text.body)
        self.side.show_fields(fields_of(opened.kind))
        self.sample.set_choices([(None, self.tr("虚构的样张")), *((key, words) for key, words in opened.leases)])
        self.sample.set_value(None)
        self.sample.setVisible(bool(opened.leases))
        self._loading = False
        self.side.show_versions(opened.versions, opened.picture_rows)
        self._typed(now=True)
        self.keeper.settled()
        self.editor.setFocus()

    def _refreshed(self, opened: Opened) -> None:
        if self.opened is None or opened.kind != self.opened.kind:
            return
        mine = self.opened.text.ordinal == opened.text.ordinal or self.changed()
        self.opened = opened
        self.side.show_versions(opened.versions, opened.picture_rows)
        if not mine:
            self.show_template(opened)
        else:
            self._typed()

    # typing

    def changed(self) -> bool:
        """Whether the text is another one than the version in force."""
        return self.opened is not None and self.editor.text() != self.opened.text.body

    def _typed(self, now: bool = False) -> None:
        if self._loading or self.opened is None:
            return
        self.live.show_text(self.opened.kind, self.editor.text(), self._facts, self.opened.pictures, now)
        if self.changed():
            self._drafted = True
            self.keeper.changed()
        elif self._drafted:
            self._nothing_to_keep()
        self._show_state()

    def _nothing_to_keep(self) -> None:
        """Back at the words in force: a draft that was kept of something else must not be offered again."""
        self._drafted = False
        self.keeper.drop()
        self.keeper.begin()
        self.resumed.hide()

    def _show_state(self) -> None:
        assert self.opened is not None
        ordinal = self.opened.text.ordinal
        behind = self._based_on != ordinal
        words = self.tr("第 {n} 版，{when}").format(n=ordinal, when=_day(self.opened.versions[0].saved_at))
        self.version.setText(words + (self.tr("；您改的是第 {n} 版").format(n=self._based_on) if behind else ""))
        self.save.setText(self.tr("存为第 {n} 版").format(n=ordinal + 1))
        changed = self.changed()
        why = "" if changed else self.tr("还没有改动")
        if changed and self._problems:
            why = self.tr("先改好第 {n} 行").format(n=self._problems[0][0] or 1)
        self.save.allow(self.tr("正在保存") if self._saving else why)
        self.discard.allow("" if changed else self.tr("还没有改动"))
        self.state.setText(self.tr("已签的合同照旧用自己的那一版") if changed else "")

    def _told(self, problems: Sequence[tuple[int, str]]) -> None:
        """What the child found: each wrong line is marked, the first one said, with a key to the next."""
        self._problems = list(problems)
        self.editor.show_problems({line: words for line, words in reversed(self._problems) if line})
        if self._problems:
            line, words = self._problems[0]
            where = self.tr("第 {n} 行：").format(n=line) if line else ""
            more = self.tr("（共 {n} 处）").format(n=len(problems)) if len(problems) > 1 else ""
            self.summary.say(f"{where}{words}{more}")
            self.summary.next_button.setVisible(bool(line))
        else:
            self.summary.say("")
        if self.opened is not None:
            self._show_state()

    def next_problem(self) -> None:
        """To the next wrong line below the cursor, else to the first."""
        lines = sorted(line for line, _words in self._problems if line)
        if lines:
            self.editor.go_to(next((line for line in lines if line > self.editor.line), lines[0]))

    # the side

    def _insert_field(self, chosen: TemplateField) -> None:
        self.editor.insert(chosen.insert)

    def _insert_picture(self, row: PictureRow) -> None:
        self.editor.insert(f"@picture {row.name} | 40\n")

    def _add_picture(self) -> None:
        self.shell.open(PictureDialog(self.shell))  # the list follows by `refresh`

    def _bring_back(self, row: TemplateVersion) -> None:
        if self.opened is not None:
            read = partial(self.shell.session.read, templates.read_version, self.opened.kind, row.ordinal)
            self.shell.run(read, self._brought_back)

    def _brought_back(self, text: TemplateText) -> None:
        """An older version lies in the editor as an edit: looked at, then stored as the next one, or undone."""
        self.editor.rewrite(text.body)
        self.editor.moveCursor(QTextCursor.MoveOperation.Start)
        self.shell.toast(self.tr("第 {n} 版已放进编辑框，看过再存").format(n=text.ordinal))
        self.editor.setFocus()

    def _merged(self, text: str, newest: TemplateText, store: bool) -> None:
        """Both versions lie in the editor as one; Ctrl Z brings back one's own."""
        self._based_on = newest.ordinal
        self.editor.rewrite(text)
        self.editor.setFocus()
        self.refresh()
        if store:
            self._save()

    # the sample

    def _sample_changed(self) -> None:
        lease_id = self.sample.value()
        if lease_id is None:
            self._show_facts(None)
        else:
            self.shell.run(partial(self.shell.session.read, papers.sample_facts, lease_id), self._show_facts)

    def _show_facts(self, facts: Mapping[str, Any] | None) -> None:
        self._facts = facts
        if self.opened is not None:
            self.live.show_text(self.opened.kind, self.editor.text(), facts, self.opened.pictures, now=True)

    # keeping and storing

    def _kept(self) -> Kept | None:
        if self.opened is None or not self.changed():
            return None
        body = msgspec.json.encode({"based_on": self._based_on, "text": self.editor.text()})
        return Kept(self.tr("{title}的修改").format(title=self.opened.text.title), body)

    def _kind_changed(self) -> None:
        self.keeper.save()
        self.opened = None
        self._problems = []
        self._load()

    def _save(self) -> None:
        if self.opened is None or not self.changed() or self._saving:
            return
        self._saving = True
        self._show_state()
        self.shell.run(
            partial(
                self.shell.session.act, Op.SAVE_TEMPLATE, templates.save_template, self.opened.kind,
                self.editor.text(), self._based_on,
            ),
            self._saved, self._not_saved, write=True, busy=self.tr("正在试排并保存"),
        )  # fmt: skip

    def _saved(self, text: TemplateText) -> None:
        self._saving = False
        self.keeper.drop()
        self.shell.toast(self.tr("已存为第 {n} 版，从下一份合同起用").format(n=text.ordinal))
        self._load()

    def _not_saved(self, error: Exception) -> None:
        self._saving = False
        if self.opened is not None:
            self._show_state()
        if isinstance(error, TemplateChanged):
            self.merge.begin(error, self._based_on)
            return
        line = getattr(error, "line", 0)
        if line:
            self._told([(line, getattr(error, "problem", ""))])
            self.editor.go_to(line)
            return
        messages.show_error(error)

    def _ask_discard(self) -> None:
        ask_discard(self.shell, self.tr("编辑框里没存的修改会丢掉，模板回到现在用的这一版。"), self._discarded)

    def _discarded(self, _answer: str) -> None:
        self.keeper.drop()
        self._load()

    # the frame

    def _open_form(self) -> None:
        """The pre-printed receipt has a page of its own: values are placed there, not words written."""
        self.shell.navigate("receipt_form")

    def command(self, command: Command) -> bool:
        if command == Command.REFRESH and self.opened is not None:
            self._show_facts(self._facts)
            return True
        focus = QApplication.focusWidget()
        if command == Command.BACK and focus is not None and self.side.isAncestorOf(focus):
            self.editor.setFocus()
            return True
        return False

    def left(self) -> None:
        """Behind the lock, or another page: what was typed is kept."""
        self.keeper.save()

    def _window_closes(self) -> None:
        self.keeper.save_at_close()
        self.live.shutdown()

    def hints(self) -> str:
        return self.tr("Ctrl+F 找字段 · Alt ↓ 下一处错误 · Alt 2 版本 · Ctrl+Enter 存为新版")


def _day(moment: Any) -> str:
    return f"{moment.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}"
