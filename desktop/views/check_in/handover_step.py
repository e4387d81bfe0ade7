"""Step 6 交接: what the meters show, how many keys and cards go out, pictures of the room as it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop.services.check_in_draft import METERS, Photo, Step
from desktop.services.handover import METER_UNITS, METER_WORDS, MOST_KEYS
from desktop.services.key_rows import KEY_WORDS
from desktop.services.problems import Problem
from desktop.views.buttons import Button, IconButton
from desktop.views.check_in.reading import PICTURE_FILES, PasteFilter, sources_in
from desktop.views.check_in.step import StepView, say_problems
from desktop.views.check_in.wizard import Wizard
from desktop.views.fields import NumberField
from desktop.views.forms import FormRow, MessageLine
from desktop.views.keys import bind
from desktop.views.labels import Card, PictureLabel, label
from desktop.views.photos import small_photos
from desktop.views.text_fields import TextField

MOST_PHOTOS = 9


class HandoverStep(StepView):
    """Short: what is not read stays empty, and Enter on the last field does the act."""

    step = Step.HANDOVER

    def __init__(self, page: Wizard) -> None:
        super().__init__(page)
        self._showing = False
        self._stops: list[str] = []
        self.rows: dict[str, FormRow] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(12)
        row.addWidget(self._left(), 1)
        row.addWidget(self._photos(), 1)
        self.paste_filter = PasteFilter(self)
        self.paste_filter.pasted.connect(self.add)
        for name, each in self.rows.items():
            each.field.changed.connect(partial(self._typed, name))  # type: ignore[attr-defined]
            each.field.installEventFilter(self.paste_filter)
        last: TextField = self.rows["cards"].field  # type: ignore[assignment]
        last.enter_moves_on = False
        last.entered.connect(page.go_on)

    def _left(self) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        meters = Card(self.tr("表计读数"), count=self.tr("没有这块表就空着"))
        for kind in METERS:
            row = FormRow(METER_WORDS[kind], NumberField(decimals=3), side=True, hint=METER_UNITS[kind])
            self.rows[f"reading.{kind}"] = row
            meters.body.addWidget(row)
        column.addWidget(meters)
        keys = Card(self.tr("钥匙和门卡"), count=self.tr("没有就写 0"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        for at, (name, word, unit) in enumerate((("keys", KEY_WORDS["key"], "把"), ("cards", KEY_WORDS["card"], "张"))):
            self.rows[name] = FormRow(word, NumberField(0, most=MOST_KEYS), hint=unit)
            grid.addWidget(self.rows[name], 0, at)
        keys.body.addLayout(grid)
        column.addWidget(keys)
        column.addStretch(1)
        return side

    def _photos(self) -> QWidget:
        card = Card()
        self.count = label("", "hint")
        card.head(self.tr("房况照片"), "", self.count)
        self.shelf = QGridLayout()
        self.shelf.setSpacing(6)
        card.body.addLayout(self.shelf)
        self.empty = label(
            self.tr("把照片拖到这里，或 Ctrl V 粘贴。墙面、家电、门锁各拍一张，退租时好对照。"), "muted", wrap=True
        )
        card.body.addWidget(self.empty)
        self.message = MessageLine()
        card.body.addWidget(self.message)
        buttons = QHBoxLayout()
        buttons.addWidget(Button(self.tr("添加照片"), icon="image-plus", key="Ctrl+O", slot=self.choose))
        buttons.addStretch(1)
        card.body.addLayout(buttons)
        card.body.addStretch(1)
        bind(self, "Ctrl+V", self.paste)
        return card

    # what it shows

    def show_draft(self) -> None:
        self._showing = True
        for kind in METERS:
            self.rows[f"reading.{kind}"].field.set_value(self.draft.readings.get(kind.value, ""))  # type: ignore[attr-defined]
        self.rows["keys"].field.set_value(self.draft.keys)  # type: ignore[attr-defined]
        self.rows["cards"].field.set_value(self.draft.cards)  # type: ignore[attr-defined]
        self._showing = False
        self._show_photos()

    def _show_photos(self) -> None:
        while (item := self.shelf.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for at, photo in enumerate(self.draft.photos):
            left = Qt.AlignmentFlag.AlignLeft
            self.shelf.addWidget(_Thumb(photo, partial(self._drop, photo)), at // 3, at % 3, left)
        self.shelf.setColumnStretch(3, 1)
        many = len(self.draft.photos)
        self.count.setText(self.tr("{n} 张，最多 {most} 张").format(n=many, most=MOST_PHOTOS) if many else "")
        self.empty.setVisible(not many)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        self._stops = say_problems(self.rows, problems, tuple(self.rows), self.asked)

    def show_trouble(self, text: str) -> None:
        self.message.set(text, "danger" if text else "")

    def focus_problem(self) -> None:
        if self._stops:
            self.rows[self._stops[0]].field.setFocus(Qt.FocusReason.TabFocusReason)

    def entered(self) -> None:
        self.rows["reading.water"].field.setFocus(Qt.FocusReason.TabFocusReason)

    def primary(self) -> tuple[str, str]:
        return self.tr("办理入住，去收款"), ""

    def hints(self) -> str:
        return self.tr("Enter 下一格 · Ctrl+V 贴照片 · Ctrl+Enter 办理入住")

    # what happens

    def _typed(self, name: str) -> None:
        if self._showing:
            return
        text = self.rows[name].field.text()  # type: ignore[attr-defined]
        if name.startswith("reading."):
            self.draft.readings[name.removeprefix("reading.")] = text
        else:
            setattr(self.draft, name, text)
        self.wizard.typed()

    def choose(self) -> None:
        """Ask the system for picture files."""
        kinds = " ".join(f"*{ending}" for ending in PICTURE_FILES)
        names, _kind = QFileDialog.getOpenFileNames(
            self.wizard.shell.frame, self.tr("选房况照片"), "", self.tr("图片") + f" ({kinds})"
        )
        self.add([Path(name) for name in names])

    def paste(self) -> None:
        self.add(sources_in(QGuiApplication.clipboard().mimeData()))

    def add(self, sources: Sequence[Path | QImage]) -> None:
        """Keep these pictures with the lease, made small off the GUI thread."""
        room = MOST_PHOTOS - len(self.draft.photos)
        if len(sources) > room:
            self.show_trouble(self.tr("最多 {n} 张照片，先去掉几张").format(n=MOST_PHOTOS))
            return
        if sources:
            self.show_trouble("")
            self.wizard.shell.run(partial(small_photos, list(sources)), self._added, self._refused)

    def _added(self, photos: list[Photo]) -> None:
        self.draft.photos += photos
        self._show_photos()
        self.wizard.typed()

    def _refused(self, error: Exception) -> None:
        self.show_trouble(getattr(error, "message", "") or str(error))

    def _drop(self, photo: Photo) -> None:
        self.draft.photos = [each for each in self.draft.photos if each is not photo]
        self._show_photos()
        self.wizard.typed()


class _Thumb(QWidget):
    def __init__(self, photo: Photo, drop: partial[None]) -> None:
        super().__init__()
        picture = PictureLabel()
        shown = QPixmap()
        shown.loadFromData(photo.data)
        picture.set_picture(shown.scaledToWidth(min(320, max(1, shown.width()))))
        picture.setFixedSize(112, 78)
        picture.setAccessibleName(photo.title)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(picture)
        cross = IconButton("x", self.tr("去掉照片 {title}").format(title=photo.title), slot=drop)
        row.addWidget(cross, 0, Qt.AlignmentFlag.AlignTop)
