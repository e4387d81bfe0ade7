"""The page 套打版式: values of a receipt placed over the scan of the office's own form, by keys or mouse, and stored as
the next version of the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from desktop.services import drafts, receipt_forms, template_pictures, templates
from desktop.services.acts import Op
from desktop.services.errors import ProblemsFound
from desktop.services.paper import placing
from desktop.services.paper.form_samples import FULL, RED, USUAL, sample_receipt
from desktop.services.paper.receipt_form import KIND, ReceiptForm, form_problems, read_form, shipped, write_form
from desktop.services.paper.receipts import receipt_notices, receipt_pdf
from desktop.services.templates import TemplateChanged, TemplateText, TemplateVersion
from desktop.views import messages
from desktop.views.buttons import Button, IconButton
from desktop.views.dialogs import Question
from desktop.views.draft_keeping import DraftKeeper, Kept
from desktop.views.fields import ChoiceField
from desktop.views.forms import ErrorSummary
from desktop.views.keys import bind
from desktop.views.labels import label
from desktop.views.overlays import BodyScroll
from desktop.views.pages import Command, Page, Shell
from desktop.views.printing import PrintOrder
from desktop.views.theme import theme
from desktop.views.workshop.form_canvas import CanvasScroll, FormCanvas
from desktop.views.workshop.form_list import FormList
from desktop.views.workshop.form_paper import FormPaperDialog
from desktop.views.workshop.form_values import FormValues
from desktop.views.workshop.picture_dialog import PictureDialog
from desktop.views.workshop.questions import OVER, ask_discard, ask_over
from desktop.world import OFFICE_ZONE

KEY = "own"
STORED = KIND + KEY
DRAFT = "form:" + KEY


@dataclass(frozen=True, slots=True)
class Opened:
    """The form as it is opened for editing. `ordinal` 0: as the program brought it."""

    form: ReceiptForm
    ordinal: int
    versions: Sequence[TemplateVersion]
    pictures: Mapping[str, bytes]
    draft_id: UUID | None = None
    draft: ReceiptForm | None = None
    based_on: int = 0


def open_form(session: Any, known: Mapping[str, bytes]) -> Opened:
    """The form in force, its scan, and the draft that was left. In a job: fonts are loaded here, too."""
    from desktop.services.paper.fonts import load_fonts
    from desktop.services.work import look

    load_fonts()
    with look(session.office, session.actor) as reading:
        found = receipt_forms.form_to_edit(reading, KEY)
        left = drafts.list_drafts(reading, DRAFT)
        draft, based_on = _left(drafts.read_draft(reading, left[0].id)) if left else (None, 0)
        pictures = {**known, **template_pictures.read_pictures(reading, known)}
        return Opened(
            found.form, found.ordinal, templates.list_versions(reading, STORED), pictures,
            left[0].id if left else None, draft, based_on,
        )  # fmt: skip


def _left(body: bytes) -> tuple[ReceiptForm | None, int]:
    """The form of a draft; one that this version of the program cannot read is left out."""
    kept = msgspec.json.decode(body)
    try:
        return read_form(kept["form"]), int(kept["based_on"])
    except ProblemsFound:
        return None, 0


class FormPage(Page):
    """Every step is undone by Ctrl Z, kept as a draft, and stored only when asked."""

    help_topic = "settings.form"
    tables = frozenset({"template", "stored_file"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.loaded: Opened | None = None
        self.history = placing.History(shipped(KEY))
        self.problems: dict[str, str] = {}
        self._based_on = 0
        self._saving = self._drafted = False
        self._build()
        self._wire()

    @property
    def form(self) -> ReceiptForm:
        """The form as it is now."""
        return self.history.form

    def _build(self) -> None:
        self.resumed = label("", "warnhint")
        self.resumed.hide()
        self.paper = Button(self.tr("纸和底图"), "secondary", key="Alt+1", slot=self._ask_paper)
        self.picture = Button(self.tr("添加底图"), "secondary", icon="image-plus", key="Alt+2", slot=self._ask_picture)
        self.test = Button(self.tr("试打"), "secondary", icon="printer", key="F6", slot=self._test)
        self.older = Button(self.tr("版本"), "secondary", key="Alt+3", slot=self._ask_versions)
        self.set_head(self.tr("套打版式"), "", self.paper, self.picture, self.older, self.test)
        self.summary = ErrorSummary()
        self.canvas = FormCanvas()
        self.view = CanvasScroll(self.canvas)
        self.list = FormList()
        self.values = FormValues()
        self.sample = ChoiceField(
            [(USUAL, self.tr("普通的一张")), (FULL, self.tr("填得最满的")), (RED, self.tr("冲红、补打的"))]
        )
        self.sample.setAccessibleName(self.tr("用哪张样张看"))
        self.told = label("", "caption", wrap=True)
        self.keeper = DraftKeeper(self.shell, DRAFT, self._kept)
        self.state = label("", "muted")
        self.discard = Button(self.tr("放弃修改"), "quiet", key="Alt+4", slot=self._ask_discard)
        self.save = Button(self.tr("存为新版"), "primary", icon="save", key="Ctrl+Return", slot=self._save)
        self.add_foot([self.keeper, self.state], [self.discard, self.save])
        self.body.addWidget(self.summary)
        self._lay_out()

    def _lay_out(self) -> None:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.list, 1)
        column.addWidget(BodyScroll(self.values, grows=True))
        side.setFixedWidth(theme().scaled(244))
        bar = QHBoxLayout()
        bar.setSpacing(4)
        bar.addWidget(self.sample)
        bar.addWidget(self.resumed)
        bar.addWidget(self.told, 1)
        bar.addWidget(IconButton("zoom-out", self.tr("缩小"), slot=partial(self.view.zoom, 0.8)))
        bar.addWidget(IconButton("zoom-in", self.tr("放大"), slot=partial(self.view.zoom, 1.25)))
        bar.addWidget(Button(self.tr("看全张"), "quiet", size="small", slot=self.view.fit))
        right = QVBoxLayout()
        right.setSpacing(4)
        right.addLayout(bar)
        right.addWidget(self.view, 1)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(side)
        row.addLayout(right, 1)
        self.body.addLayout(row, 1)

    def _wire(self) -> None:
        self.canvas.changed.connect(self._step)
        self.canvas.chosen.connect(self._chosen)
        self.canvas.left_by_escape.connect(self._into_list)
        self.list.current.connect(self._current)
        self.list.opened.connect(self._into_form)
        self.values.changed.connect(self._step)
        self.sample.changed.connect(self.show_now)
        self.summary.next_wanted.connect(self._next_problem)
        self._redo_key = bind(self, "Ctrl+Y", self.redo)
        printing = self.shell.session.printing
        printing.printed.connect(self._printed)
        printing.failed.connect(self._print_failed)
        closing = getattr(self.shell.frame, "closing", None)
        if closing is not None:
            closing.connect(self.keeper.save_at_close)

    # loading

    def opened(self, params: dict[str, Any]) -> None:
        if self.loaded is None:
            self._load()
        else:
            self._into_list()

    def refresh(self, tables: frozenset[str]) -> None:
        """Somebody stored a version, or a scan: what is being placed stays."""
        if self.loaded is not None and not self._saving:
            self.shell.run(partial(open_form, self.shell.session, self.loaded.pictures), self._refreshed, write=True)

    def _load(self) -> None:
        known = self.loaded.pictures if self.loaded is not None else {}
        # On the writing thread: behind the draft that is being kept or thrown away.
        work = partial(open_form, self.shell.session, known)
        self.shell.run(work, self.show_form, write=True, busy=self.tr("正在读取版式"))

    def show_form(self, opened: Opened) -> None:
        """The form in its version of today, or the draft that was left of it."""
        self.loaded = opened
        resumed = opened.draft is not None and opened.draft != opened.form
        self.history = placing.History(opened.draft if resumed and opened.draft is not None else opened.form)
        self._based_on = opened.based_on if resumed else opened.ordinal
        self._drafted = opened.draft_id is not None
        self.keeper.begin(opened.draft_id)
        self.resumed.setText(self.tr("接着上次没存的修改"))
        self.resumed.setVisible(resumed)
        self.show_now()
        self.keeper.settled()
        self.view.fit()
        self._into_list()

    def _refreshed(self, opened: Opened) -> None:
        assert self.loaded is not None
        mine = self.loaded.ordinal == opened.ordinal or self.changed()
        self.loaded = opened
        if mine:
            self.show_now()
        else:
            self.show_form(opened)

    # showing

    def changed(self) -> bool:
        """Whether the form is another one than the version in force."""
        return self.loaded is not None and self.form != self.loaded.form

    def show_now(self) -> None:
        """Everything that follows from the form as it is now."""
        if self.loaded is None:
            return
        self.problems = form_problems(self.form)
        paper = sample_receipt(str(self.sample.value()))
        wrong = frozenset(name.removeprefix("fields.") for name in self.problems)
        self.canvas.show_backdrop(self.loaded.pictures.get(self.form.picture))
        self.canvas.show_form(self.form, paper, wrong)
        self.list.show_form(self.form, self.problems)
        self.values.show_value(self.form, self.canvas.names, self.problems)
        self.told.setText("；".join(receipt_notices(paper, self.form)))
        self.summary.say("；".join(list(dict.fromkeys(self.problems.values()))[:3]))
        self.summary.next_button.setVisible(any(name.startswith("fields.") for name in self.problems))
        self._show_state()

    def _show_state(self) -> None:
        assert self.loaded is not None
        ordinal, changed = self.loaded.ordinal, self.changed()
        self.detail_label.setText(self.tr("第 {n} 版").format(n=ordinal) if ordinal else self.tr("自带的位置"))
        self.detail_label.setToolTip(_day(self.loaded.versions[0]) if ordinal else "")
        self.save.setText(self.tr("存为第 {n} 版").format(n=ordinal + 1))
        why = "" if changed else self.tr("还没有改动")
        if changed and self.problems:
            why = next(iter(self.problems.values()))
        self.save.allow(self.tr("正在保存") if self._saving else why)
        self.discard.allow("" if changed else self.tr("还没有改动"))
        self.test.allow(self.tr("先改好：{what}").format(what=why) if changed and self.problems else "")
        self.state.setText(self.tr("存了以后，下一张套打就用新位置") if changed else "")

    # steps

    def _step(self, form: ReceiptForm, run: object) -> None:
        if self.loaded is None or not self.history.take(form, run):
            return
        self._stepped()

    def _stepped(self) -> None:
        self.show_now()
        self.view.show_in_hand()
        if self.changed():
            self._drafted = True
            self.keeper.changed()
        elif self._drafted:  # back where it was: nothing to keep
            self._drafted = False
            self.keeper.drop()
            self.keeper.begin()
            self.resumed.hide()

    def undo(self) -> None:
        """One step back."""
        self.history.undo()
        self._stepped()

    def redo(self) -> None:
        """Ctrl Y: the step that was taken back."""
        self.history.redo()
        self._stepped()

    # hands

    def _current(self, name: str) -> None:
        """Another row of the list: its value is in hand on the form."""
        if self.canvas.names != (name,):
            self.canvas.choose((name,) if placing.field(self.form, name) is not None else ())
            self.values.show_value(self.form, self.canvas.names, self.problems)
            self.view.show_in_hand()

    def _chosen(self, names: Sequence[str]) -> None:
        self.list.stand_on(names)
        self.values.show_value(self.form, names, self.problems)
        self.view.show_in_hand()

    def _into_form(self, name: str) -> None:
        """Enter in the list: the value gets a place if it has none, and the arrows move it."""
        self._step(placing.placed(self.form, name), None)
        self.canvas.choose((name,))
        self._chosen((name,))
        self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def _into_list(self) -> None:
        self.list.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _next_problem(self) -> None:
        """To the next value that cannot stay where it is."""
        wrong = [name.removeprefix("fields.") for name in self.problems if name.startswith("fields.")]
        if wrong:
            here = (
                wrong.index(self.canvas.names[0]) + 1 if self.canvas.names[:1] and self.canvas.names[0] in wrong else 0
            )
            self._into_form(wrong[here % len(wrong)])

    # paper, scan, versions

    def _ask_paper(self) -> None:
        names = sorted(self.loaded.pictures) if self.loaded is not None else []
        dialog = FormPaperDialog(self.shell, self.form, names)
        dialog.submitted.connect(partial(self._paper_given, dialog))
        self.shell.open(dialog)

    def _paper_given(self, dialog: FormPaperDialog, form: ReceiptForm) -> None:
        dialog.accept()
        self._step(form, None)
        self.view.fit()

    def _ask_picture(self) -> None:
        about = self.tr("印好的单子整张扫描，裁到纸边，PNG 或 JPEG，最大 5 MB。只垫在屏幕上对位置，不会印出来。")
        dialog = PictureDialog(self.shell, about)
        dialog.submitted.connect(self._picture_kept)
        self.shell.open(dialog)

    def _picture_kept(self, name: str) -> None:
        """The scan is laid beneath as soon as `refresh` has brought it."""
        self._step(self.form.but(picture=name), None)

    def _ask_versions(self) -> None:
        if self.loaded is None:
            return
        answers: list[tuple[Any, str, str]] = [(0, self.tr("程序自带的位置"), "secondary")]
        answers += [
            (row.ordinal, self.tr("第 {n} 版，{when}").format(n=row.ordinal, when=_day(row)), "secondary")
            for row in reversed(self.loaded.versions[:3])
        ]
        question = Question(
            self.shell.frame, self.tr("换回较早的位置"), self.tr("放进来看，存了才算数；Ctrl+Z 退回。"), answers,
            wide=860,
        )  # fmt: skip
        question.answered.connect(self._bring_back)
        self.shell.open(question)

    def _bring_back(self, ordinal: int) -> None:
        if not ordinal:
            self._step(shipped(KEY).but(picture=self.form.picture), None)
            return
        read = partial(self.shell.session.read, templates.read_version, STORED, ordinal)
        self.shell.run(read, self._brought_back)

    def _brought_back(self, text: TemplateText) -> None:
        self._step(read_form(text.body), None)

    # the printed test

    def _test(self) -> None:
        form, paper = self.form, sample_receipt(str(self.sample.value()))
        self.state.setText(self.tr("正在试打…"))
        self.shell.run(partial(receipt_pdf, paper, form, mark_missing=True), self._send)

    def _send(self, pdf: bytes) -> None:
        self.shell.session.printing.submit(PrintOrder(pdf, "receipt", self.tr("套打试打")))

    def _printed(self, order: PrintOrder, where: str) -> None:
        if order.title == self.tr("套打试打"):
            self.state.setText(self.tr("试打已送到 {where}：对着单子看").format(where=where))

    def _print_failed(self, order: PrintOrder, error: Exception) -> None:
        if order.title == self.tr("套打试打"):
            self.shell.session.printing.forget(order)  # nobody wants F6 to repeat a trial
            self.state.setText(self.tr("没有打出来，按 F6 再试"))
            messages.show_error(error)

    # keeping and storing

    def _kept(self) -> Kept | None:
        if not self.changed():
            return None
        body = msgspec.json.encode({"based_on": self._based_on, "form": write_form(self.form)})
        return Kept(self.tr("套打版式的修改"), body)

    def _save(self) -> None:
        if self.loaded is None or not self.changed() or self._saving:
            return
        self._saving = True
        self._show_state()
        act = partial(
            self.shell.session.act, Op.SAVE_TEMPLATE, templates.save_template, STORED, write_form(self.form),
            self._based_on,
        )  # fmt: skip
        self.shell.run(act, self._saved, self._not_saved, write=True, busy=self.tr("正在保存"))

    def _saved(self, text: TemplateText) -> None:
        self._saving = False
        self.keeper.drop()
        self.shell.toast(self.tr("已存为第 {n} 版，下一张套打就用它").format(n=text.ordinal))
        self._load()

    def _not_saved(self, error: Exception) -> None:
        self._saving = False
        self._show_state()
        if isinstance(error, TemplateChanged):
            ask_over(self.shell, error, partial(self._answered_over, error.newest))
        else:
            messages.show_error(error)

    def _answered_over(self, newest: TemplateVersion, answer: str) -> None:
        self._based_on = newest.ordinal
        if answer == OVER:
            self._save()
        else:
            self._bring_back(newest.ordinal)

    def _ask_discard(self) -> None:
        ask_discard(self.shell, self.tr("没存的位置会丢掉，回到现在用的这一版。"), self._discarded)

    def _discarded(self, _answer: str) -> None:
        self.keeper.drop()
        self._load()

    # the frame

    def command(self, command: Command) -> bool:
        focus = QApplication.focusWidget()
        if command == Command.UNDO and self.history.can_undo:
            self.undo()
            return True
        if command == Command.BACK and focus is not None and self.values.isAncestorOf(focus):
            self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return False

    def left(self) -> None:
        """Behind the lock, or another page: what was placed is kept."""
        self.keeper.save()

    def hints(self) -> str:
        return self.tr("方向键 1 毫米 · Shift 0.1 · Ctrl ←→ 宽 · +− 字号 · PgDn 下一个 · Ctrl+A 全部 · Del 不印")


def _day(version: TemplateVersion) -> str:
    return f"{version.saved_at.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}"
