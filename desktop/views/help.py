"""F1: the handbook inside the program, open at the page of the screen, with a search box. Works without a network."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QFont, QKeyEvent, QTextBlock, QTextBlockFormat, QTextCursor, QTextFormat, QTextTable
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QTextBrowser, QVBoxLayout, QWidget

from desktop.views.dialogs import Dialog
from desktop.views.handbook import Section, chapter_of, search, section_of
from desktop.views.keys import bind
from desktop.views.labels import label
from desktop.views.text_fields import SearchField
from desktop.views.theme import theme

_LIST_WIDE = 230


class Reader(QTextBrowser):
    """One chapter in our own type. Signals: wanted(file) for a link to another chapter."""

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("手册"))
        self.anchorClicked.connect(self._clicked)
        self._file = ""

    def show_section(self, section: Section) -> None:
        """Show the chapter of a section, scrolled to its heading."""
        chapter = chapter_of(section.file)
        if chapter is None:
            return
        if self._file != chapter.file:
            self._file = chapter.file
            self.document().setDefaultFont(theme().font("body"))
            self.document().setDocumentMargin(4)
            self.setMarkdown(chapter.markdown)
            self._dress()
        self._go_to(section)

    @property
    def file(self) -> str:
        """The chapter that is open."""
        return self._file

    def heading(self) -> str:
        """The heading that was gone to."""
        return self.textCursor().block().text()

    def sizeHint(self) -> QSize:
        return QSize(theme().scaled(560), theme().scaled(180))

    def _dress(self) -> None:
        """Code, headings and tables come with the system's fonts and lines and no air: give them ours."""
        look, block = theme(), self.document().begin()
        while block.isValid():
            self._dress_block(block)
            block = block.next()
        for frame in self.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                form = frame.format()
                form.setBorderBrush(look.colour("line"))
                form.setBorder(1)
                form.setBorderCollapse(True)
                form.setCellPadding(4)
                form.setTopMargin(4)
                form.setBottomMargin(8)
                frame.setFormat(form)

    def _dress_block(self, block: QTextBlock) -> None:
        look, cursor = theme(), QTextCursor(block)
        level = block.blockFormat().headingLevel()
        air = QTextBlockFormat()
        air.setLineHeight(125, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        if level:
            air.setTopMargin(16 if level > 1 else 0)
            air.setBottomMargin(4)
        cursor.mergeBlockFormat(air)
        font = look.font("page" if level == 1 else "title" if level else "body")
        pieces, piece = [], block.begin()
        while not piece.atEnd():
            pieces.append(piece.fragment())
            piece += 1
        for fragment in pieces:
            form = fragment.charFormat()
            form.clearProperty(QTextFormat.Property.FontSizeAdjustment)  # it would win over the size
            form.setFontFamilies(font.families())
            form.setFontFixedPitch(False)
            form.setFontPointSize(font.pointSizeF())
            if form.isAnchor():
                form.setForeground(look.colour("primary-text"))
            elif level or form.fontWeight() > QFont.Weight.Normal:
                form.setFontWeight(QFont.Weight.Medium)
            cursor.setPosition(fragment.position())
            cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(form)

    def _go_to(self, section: Section) -> None:
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and block.text() == _plain(section.heading):
                break
            block = block.next()
        if block.isValid():
            self.setTextCursor(QTextCursor(block))
            top = self.document().documentLayout().blockBoundingRect(block).top()
            self.verticalScrollBar().setValue(max(0, round(top) - 4))

    def _clicked(self, url: QUrl) -> None:
        self.wanted.emit(url.path())


class _Contents(QListWidget):
    """The headings; the arrows walk, Enter reads."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("Contents")
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("目录"))
        self.setUniformItemSizes(True)

    def sizeHint(self) -> QSize:
        return QSize(theme().scaled(_LIST_WIDE), theme().scaled(120))

    def show_sections(self, sections: list[Section], chapters: bool) -> None:
        """Chapters with what is under them, or what was found."""
        self.clear()
        for section in sections:
            inner = chapters and section.level > 1
            item = QListWidgetItem(("　" if inner else "") + _plain(section.heading))
            if not chapters and section.level > 1:
                item.setToolTip(section.chapter)
            item.setFont(theme().font("body" if inner or not chapters else "strong"))
            item.setSizeHint(QSize(10, theme().scaled(28)))
            item.setData(Qt.ItemDataRole.UserRole, section)
            self.addItem(item)

    def section(self) -> Section | None:
        item = self.currentItem()
        return item.data(Qt.ItemDataRole.UserRole) if item is not None else None

    def stand_on(self, section: Section) -> None:
        """Light the heading without opening it again."""
        for row in range(self.count()):
            if self.item(row).data(Qt.ItemDataRole.UserRole) == section:
                self.setCurrentRow(row)
                return


class _Search(SearchField):
    """Signals: stepped(±1) for the arrows, which walk in the list below."""

    stepped = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and not self.composing:
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)


class HelpDialog(Dialog):
    """The handbook over whatever is open; Esc leads back to it."""

    help_topic: ClassVar[str] = "help"
    fills: ClassVar[bool] = True
    writes: ClassVar[bool] = False

    def __init__(self, window: QWidget, topic: str, hints: str = "") -> None:
        super().__init__(window, self.tr("手册"), primary=self.tr("回到刚才"), wide=900)
        self.cancel_button.hide()
        self.primary.set_key("Esc")
        self.search = _Search(self.tr("找一找：冲红、补打"))
        self.contents, self.reader = _Contents(), Reader()
        self.none = label(self.tr("手册里没有这几个字。换个说法，或看目录"), "muted", wrap=True)
        self.none.hide()
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self.search)
        left.addWidget(self.none)
        left.addWidget(self.contents, 1)
        side = QWidget()
        side.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        side.setFixedWidth(theme().scaled(_LIST_WIDE))
        right = QVBoxLayout()
        right.setSpacing(6)
        self.hints = label(self.tr("这一页的键：{hints}").format(hints=hints) if hints else "", "small", wrap=True)
        if not hints:
            self.hints.hide()
        right.addWidget(self.hints)
        right.addWidget(self.reader, 1)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(side)
        row.addLayout(right, 1)
        self.body.addLayout(row, 1)
        self.note.setText(self.tr("方向键翻页 · Ctrl+K 搜索 · Tab 目录"))
        self._find = bind(self, "Ctrl+K", self._to_search)
        self.search.searched.connect(self._searched)
        self.search.entered.connect(self._first_found)
        self.search.stepped.connect(self._step)
        self.contents.currentItemChanged.connect(self._chosen)
        self.contents.itemActivated.connect(self._read)
        self.reader.wanted.connect(self._open_file)
        self.section: Section | None = section_of(topic) or section_of("start")
        self.contents.show_sections(search(""), chapters=True)

    def open(self) -> None:
        super().open()
        if self.section is not None:
            self.show_section(self.section)
        self.reader.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_section(self, section: Section) -> None:
        """Read this one."""
        self.section = section
        self.contents.stand_on(section)
        self.reader.show_section(section)

    def submit(self) -> None:
        self.cancel()

    def _to_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _searched(self, text: str) -> None:
        found = search(text)
        self.contents.show_sections(found, chapters=not text)
        self.none.setVisible(not found)
        if found and text:
            self.contents.setCurrentRow(0)
        elif self.section is not None:
            self.contents.stand_on(self.section)

    def _step(self, by: int) -> None:
        self.contents.setCurrentRow(max(0, min(self.contents.count() - 1, self.contents.currentRow() + by)))

    def _chosen(self, item: QListWidgetItem | None, _before: QListWidgetItem | None) -> None:
        if item is not None:
            self.section = item.data(Qt.ItemDataRole.UserRole)
            self.reader.show_section(item.data(Qt.ItemDataRole.UserRole))

    def _first_found(self) -> None:
        if self.contents.section() is not None:
            self._read()

    def _read(self) -> None:
        self.reader.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open_file(self, file: str) -> None:
        chapter = chapter_of(QUrl.fromPercentEncoding(file.encode()))
        if chapter is not None:
            self.show_section(chapter.sections[0])


def _plain(heading: str) -> str:
    """A heading without the marks of Markdown."""
    return heading.replace("`", "").replace("**", "")
