"""Step 1 读证件: a picture from camera, scanner, file, drop or clipboard, or the number typed; drafts that wait."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.values import DocumentKind
from desktop.services.check_in_draft import Step
from desktop.services.drafts import DraftRow
from desktop.services.identity import DOCUMENT_NAMES
from desktop.services.problems import Level, Problem
from desktop.views.buttons import Button, IconButton
from desktop.views.capture.scan import can_scan
from desktop.views.check_in.reading import SIDES, PasteFilter, picture_files, sources_in
from desktop.views.check_in.step import StepView, say_problems
from desktop.views.check_in.wizard import Wizard
from desktop.views.fields import ChoiceField, IdNumberField
from desktop.views.forms import FormRow
from desktop.views.labels import Card, Glyph, Tag, label, set_property
from desktop.views.layouts import Flow
from desktop.views.text_fields import TextField
from desktop.world import OFFICE_ZONE

PERSONAL = tuple(kind for kind in DocumentKind if kind is not DocumentKind.BUSINESS_LICENCE)
_OFFERED = 4
"""Drafts shown at most; older ones come up when these are done."""


class ReadStep(StepView):
    """Where a check-in begins. The focus is in the number: a typed check-in needs no mouse and no choice."""

    step = Step.READ

    def __init__(self, wizard: Wizard) -> None:
        super().__init__(wizard)
        self.drafts: list[DraftRow] = []
        self._build()
        self.number.changed.connect(self._typed)
        self.kind.changed.connect(self._typed)
        self.number.entered.connect(self.wizard.go_on)
        self.path.entered.connect(self._read_path)
        self.paste_filter = PasteFilter(self)
        self.paste_filter.pasted.connect(wizard.cards.take)
        for field in (self.path, self.number):
            field.installEventFilter(self.paste_filter)

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(12)
        row.addWidget(self._typing(), 1)
        row.addWidget(self._picture(), 1)

    def _typing(self) -> QWidget:
        column = QWidget()
        inside = QVBoxLayout(column)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(10)
        card = Card()
        card.head(self.tr("手工录入"))
        self.number = IdNumberField()
        self.number.enter_moves_on = False
        self.kind = ChoiceField([(kind, DOCUMENT_NAMES[kind]) for kind in PERSONAL], DocumentKind.ID_CARD)
        self.rows = {
            "document.number": FormRow(self.tr("证件号码"), self.number, note=self.tr("出生日期和性别由号码算出")),
            "document.kind": FormRow(self.tr("证件种类"), self.kind),
        }
        for each in self.rows.values():
            card.body.addWidget(each)
        inside.addWidget(card)
        self.waiting = Card()
        self.waiting.head(self.tr("没有办完的"))
        self.waiting.hide()
        inside.addWidget(self.waiting)
        inside.addStretch(1)
        return column

    def _picture(self) -> QWidget:
        card = Card()
        self.tags = {side: Tag(self.tr("{side}未读").format(side=words)) for side, words in SIDES.items()}
        card.head(self.tr("证件图片"), "", *self.tags.values())
        self.zone = _DropZone()
        card.body.addWidget(self.zone, 1)
        cards = self.wizard.cards
        card.body.addWidget(self._folder_line())
        buttons = Flow(8)
        self.camera_button = Button(self.tr("摄像头拍"), icon="camera", key="Ctrl+P", slot=cards.photograph)
        self.choose_button = Button(self.tr("选图片"), icon="image-plus", key="Ctrl+O", slot=self.choose)
        self.paste_button = Button(self.tr("粘贴"), icon="clipboard-paste", key="Ctrl+V", slot=self.paste)
        self.scan_button = Button(self.tr("扫描"), icon="scan-line", key="Ctrl+S", slot=cards.scan)
        self.settings_button = Button(self.tr("扫描设置"), "quiet", key="Alt+5", slot=cards.set_up)
        every = (self.camera_button, self.choose_button, self.paste_button, self.scan_button, self.settings_button)
        for button in every:
            buttons.addWidget(button)
        if not can_scan():
            self.scan_button.hide()
        row = QWidget()
        row.setLayout(buttons)
        card.body.addWidget(row)
        self.path = TextField(limit=400, clean=str)
        self.path.enter_moves_on = False
        self.path_row = FormRow(self.tr("或写图片路径"), self.path, note=self.tr("Enter 读取；正反面可以先后放入"))
        card.body.addWidget(self.path_row)
        privacy = QHBoxLayout()
        privacy.setSpacing(6)
        privacy.addWidget(Glyph("eye-off", "text-faint", 15))
        words = self.tr("图片只在内存中，核对后立即清除；不扣押证件，不留复印件")
        privacy.addWidget(label(words, "hint", wrap=True), 1)
        card.body.addLayout(privacy)
        return card

    def _folder_line(self) -> QWidget:
        """What has come into the watched folder, and the key that reads it."""
        self.folder_line = QFrame()
        self.folder_line.setProperty("kind", "well")
        row = QHBoxLayout(self.folder_line)
        row.setContentsMargins(10, 4, 6, 4)
        row.setSpacing(8)
        self.folder_words = label("", wrap=True)
        self.folder_button = Button(
            self.tr("读取"), size="small", icon="folder-open", key="Ctrl+I", slot=self.wizard.cards.take_new
        )
        row.addWidget(self.folder_words, 1)
        row.addWidget(self.folder_button)
        self.folder_line.hide()
        return self.folder_line

    # what it shows

    def show_folder(self, waiting: Sequence[Path], trouble: str) -> None:
        """New pictures of the watched folder, or why it cannot be looked into."""
        words = self.tr("扫描文件夹来了 {n} 张新图片").format(n=len(waiting)) if waiting else trouble
        self.folder_words.setText(words)
        set_property(self.folder_words, "tone", "" if waiting else "warn")
        self.folder_button.setVisible(bool(waiting))
        self.folder_line.setVisible(bool(words))

    def show_draft(self) -> None:
        self.number.set_value(self.draft.number)
        self.kind.set_value(self.draft.kind)
        self.show_sides()

    def show_sides(self) -> None:
        """Say which sides have been read."""
        for side, tag in self.tags.items():
            words = SIDES[side]
            if side in self.wizard.pictures.faces:
                tag.set(self.tr("{side}已读").format(side=words), "ok", "check")
            else:
                tag.set(self.tr("{side}未读").format(side=words))

    def show_trouble(self, text: str) -> None:
        """Why a picture was refused; nothing that was typed or read before is touched."""
        self.path_row.say(text, "danger")

    def show_progress(self, text: str) -> None:
        """What was read, and what is still wanted."""
        self.path_row.say(text, "ok")

    def show_drafts(self, drafts: Sequence[DraftRow]) -> None:
        """Offer what was begun and not finished on this PC by this clerk."""
        self.drafts = list(drafts)[:_OFFERED]
        while self.waiting.body.count() > 1:
            item = self.waiting.body.takeAt(1)
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for at, draft in enumerate(self.drafts):
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(8)
            words = QVBoxLayout()
            words.setSpacing(0)
            words.addWidget(label(draft.title, wrap=True))
            saved = draft.saved_at.astimezone(OFFICE_ZONE)
            words.addWidget(label(self.tr("{day} 保存").format(day=f"{saved:%m-%d %H:%M}"), "hint"))
            row.addLayout(words, 1)
            row.addWidget(
                Button(self.tr("接着办"), size="small", key=f"Alt+{at + 1}", slot=partial(self._resume, draft))
            )
            words_of_drop = self.tr("丢弃这份草稿：{title}").format(title=draft.title)
            row.addWidget(IconButton("trash-2", words_of_drop, slot=partial(self._drop, draft)))
            self.waiting.body.addWidget(line)
        self.waiting.setVisible(bool(self.drafts))

    def show_problems(self, problems: Sequence[Problem]) -> None:
        shown = [p for p in problems if p.field in self.rows and p.level is not Level.NOTE]
        say_problems(self.rows, shown if self.number.value() else (), ("document.number", "document.kind"), self.asked)

    def entered(self) -> None:
        self.show_trouble("")
        self.number.setFocus(Qt.FocusReason.TabFocusReason)

    def primary(self) -> tuple[str, str]:
        return self.tr("手工录入，下一步"), ""

    def hints(self) -> str:
        return self.tr("输入号码后 Enter · Ctrl+P 摄像头 · Ctrl+V 贴图片 · F1 帮助")

    # what happens

    def _typed(self) -> None:
        number, kind = self.number.value(), self.kind.value()
        if (number, kind) != (self.draft.number, self.draft.kind):
            if number != self.draft.number:
                # Another number is another person: what came from the old one goes with it.
                self.draft.birth = self.draft.sex = ""
            self.draft.number = number
            self.draft.kind = DocumentKind(str(kind))
            self.wizard.typed()

    def _resume(self, draft: DraftRow) -> None:
        self.wizard.shelf.resume(draft.id)

    def _drop(self, draft: DraftRow) -> None:
        self.wizard.shelf.drop(draft)

    def _read_path(self) -> None:
        text = self.path.text().strip().strip('"')
        if text:
            self.wizard.cards.take([Path(text)])

    def choose(self) -> None:
        """Ask the system for picture files; both sides may be chosen at once."""
        files = picture_files(self.wizard.shell.frame)
        if files:
            self.wizard.cards.take(files)

    def paste(self) -> None:
        """Take the picture on the clipboard."""
        sources = sources_in(QGuiApplication.clipboard().mimeData())
        if sources:
            self.wizard.cards.take(sources)
        else:
            self.show_trouble(self.tr("剪贴板里没有图片：先截图或复制图片文件，再按 Ctrl V"))


class _DropZone(QFrame):
    """A dashed field that says what may be dropped; the page itself takes the drop."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "drop")
        self.setMinimumHeight(76)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(4)
        column.addStretch(1)
        glyph = Glyph("id-card", "primary-text", 30)
        column.addWidget(glyph, 0, Qt.AlignmentFlag.AlignHCenter)
        words = label(self.tr("把证件图片拖到这里"), "strong")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(words)
        more = label(self.tr("人像面、国徽面各一张，或一张图里有两面"), "hint", wrap=True)
        more.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(more)
        column.addStretch(1)
