"""The photos of a room in a tab of its page: dropped, pasted or chosen, looked at large, taken away, brought back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.models.values import Right
from desktop.services import room_photos
from desktop.services.acts import Op
from desktop.services.room_photos import MOST_PHOTOS, PhotoRow
from desktop.views.buttons import Button
from desktop.views.check_in.reading import PICTURE_FILES, sources_in
from desktop.views.file_preview import PictureDialog
from desktop.views.forms import MessageLine
from desktop.views.keys import asks_for_key, bind, swallows_enter
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.photos import photo_files
from desktop.views.theme import theme
from desktop.world import OFFICE_ZONE

_THUMB = QSize(132, 96)
_LARGE = 1600


class _Shelf(QListWidget):
    """The thumbnails: arrows walk, Enter opens, Delete takes away."""

    def __init__(self, opened: Callable[[], object], dropped: Callable[[], object]) -> None:
        super().__init__()
        self._opened, self._dropped = opened, dropped
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setMovement(QListWidget.Movement.Static)
        self.setIconSize(_THUMB)
        self.setSpacing(6)
        self.setUniformItemSizes(True)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemDoubleClicked.connect(self._double)

    def _double(self, _item: QListWidgetItem) -> None:
        self._opened()

    def event(self, event: Any) -> bool:
        if asks_for_key(event) and swallows_enter(event) and self.currentItem() is not None:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if swallows_enter(event) and self.currentItem() is not None:
            self._opened()
        elif event.key() == Qt.Key.Key_Delete and self.currentItem() is not None:
            self._dropped()
        else:
            super().keyPressEvent(event)


class RoomPhotos(QWidget):
    """Shows the photos of one room; pictures are read when the tab is first looked at, and only those not known."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._room: UUID | None = None
        self._rows: tuple[PhotoRow, ...] = ()
        self._thumbs: dict[UUID, QPixmap] = {}
        self._reading = False
        self.may = False
        self.shelf = _Shelf(self.open_current, self.drop_current)
        self.shelf.setAccessibleName(self.tr("房间照片"))
        self.empty = label("", "muted", wrap=True)
        self.message = MessageLine()
        self.count = label("", "hint")
        self.add_button = Button(self.tr("添加照片"), icon="image-plus", key="Ctrl+O", slot=self.choose, writes=True)
        self.drop_button = Button(self.tr("去掉"), "quiet", icon="trash-2", key="Delete", size="small",
                                  slot=self.drop_current, writes=True)  # fmt: skip
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.add_button)
        foot.addWidget(self.drop_button)
        foot.addWidget(self.count, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 6, 2, 2)
        column.setSpacing(6)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._pile = QStackedWidget()
        self._pile.addWidget(self.shelf)
        self._pile.addWidget(self.empty)
        column.addWidget(self._pile, 1)
        column.addWidget(self.message)
        column.addLayout(foot)
        bind(self, "Ctrl+V", self.paste)

    def hints(self) -> str:
        return self.tr("Ctrl+O 添加 · Ctrl+V 粘贴 · Enter 看大图 · Delete 去掉")

    def show_photos(self, room_id: UUID, rows: Sequence[PhotoRow], *, may: bool) -> None:
        """The photos there are now; thumbnails that are known stay."""
        if room_id != self._room:
            self._room, self._thumbs = room_id, {}
            self.message.set("")
        here = self.current()
        self._rows = tuple(rows)
        self.may = may and self._shell.allowed(Right.CHECK_IN)
        self.shelf.clear()
        for row in self._rows:
            words = f"{row.title} {row.at.astimezone(OFFICE_ZONE):%m-%d}"
            item = QListWidgetItem(QIcon(self._thumbs.get(row.id, self._blank())), words)
            item.setToolTip(f"{row.title}，{row.by} {row.at.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}")
            self.shelf.addItem(item)
        at = next((n for n, row in enumerate(self._rows) if here is not None and row.id == here.id), 0)
        self.shelf.setCurrentRow(at if self._rows else -1)
        self._say()
        if self.isVisible():
            self.load()

    def _say(self) -> None:
        many = len(self._rows)
        self._pile.setCurrentWidget(self.shelf if many else self.empty)
        how = self.tr("把照片拖到这里，或 Ctrl V 粘贴，或按「添加照片」选文件")
        self.empty.setText(self.tr("这间房还没有照片") + ("：" + how if self.may else ""))
        words = self.tr("{n} 张，最多 {most} 张").format(n=many, most=MOST_PHOTOS) if many else ""
        self.count.setText(words)
        reason = "" if self._shell.allowed(Right.CHECK_IN) else self.tr("您的角色不能改照片")
        self.add_button.allow(reason or ("" if self.may else self.tr("房间已注销")))
        self.drop_button.setVisible(bool(many))
        self.drop_button.allow(reason)

    def _blank(self) -> QPixmap:
        blank = QPixmap(_THUMB)
        blank.fill(theme().colour("sunken"))
        return blank

    def take_focus(self) -> None:
        (self.shelf if self._rows else self.add_button).setFocus(Qt.FocusReason.OtherFocusReason)

    # the pictures

    def load(self) -> None:
        """Read the thumbnails that are not here yet."""
        wanted = [row.id for row in self._rows if row.id not in self._thumbs]
        if wanted and not self._reading:
            self._reading = True
            self._shell.run(partial(_thumbs, self._shell.session, wanted), self._came, self._not_read)

    def _came(self, found: dict[UUID, QImage]) -> None:
        self._reading = False
        self._thumbs |= {photo_id: QPixmap.fromImage(image) for photo_id, image in found.items()}
        for at, row in enumerate(self._rows):
            if row.id in found and self.shelf.item(at) is not None:
                self.shelf.item(at).setIcon(QIcon(self._thumbs[row.id]))

    def _not_read(self, error: Exception) -> None:
        self._reading = False
        self._shell.read_failed(error)

    def current(self) -> PhotoRow | None:
        at = self.shelf.currentRow()
        return self._rows[at] if 0 <= at < len(self._rows) else None

    def open_current(self) -> None:
        """The photo in hand, large."""
        row = self.current()
        if row is not None:
            self._shell.run(partial(_picture, self._shell.session, row.id, _LARGE), partial(self._open, row.title))

    def _open(self, title: str, picture: QImage) -> None:
        self._shell.open(PictureDialog(self._shell.frame, title, picture))

    # adding and taking away

    def choose(self) -> None:
        """Ask the system for picture files."""
        kinds = " ".join(f"*{ending}" for ending in PICTURE_FILES)
        names, _kind = QFileDialog.getOpenFileNames(
            self._shell.frame, self.tr("选房间照片"), "", self.tr("图片") + f" ({kinds})"
        )
        self.add([Path(name) for name in names])

    def paste(self) -> None:
        sources = sources_in(QGuiApplication.clipboard().mimeData())
        if sources:
            self.add(sources)
        else:
            self.message.set(self.tr("剪贴板里没有图片：先复制一张照片或图片文件"), "warn")

    def add(self, sources: Sequence[Path | QImage]) -> None:
        """Keep these pictures with the room, made small and stored off the GUI thread."""
        if not sources or not self.may or self._room is None:
            return
        self.message.set("")
        work = partial(_keep, self._shell.session, self._room, list(sources), self.tr("房间照片"))
        self._shell.run(work, self._added, self._refused, write=True, busy=self.tr("正在存照片"))

    def _added(self, ids: list[UUID]) -> None:
        self._shell.toast(self.tr("已添加 {n} 张照片").format(n=len(ids)))

    def _refused(self, error: Exception) -> None:
        self.message.set(getattr(error, "message", "") or str(error), "danger")

    def drop_current(self) -> None:
        """Take the photo in hand away; the toast brings it back."""
        row = self.current()
        if row is None or not self.may:
            return
        work = partial(self._shell.session.act, Op.CHANGE_PLACE, room_photos.drop_photo, row.id)
        self._shell.run(work, partial(self._gone, row), write=True)

    def _gone(self, row: PhotoRow, _news: object) -> None:
        self._shell.toast(self.tr("已去掉照片 {title}").format(title=row.title), partial(self._bring_back, row.id))

    def _bring_back(self, photo_id: UUID) -> None:
        work = partial(self._shell.session.act, Op.CHANGE_PLACE, room_photos.restore_photo, photo_id)
        self._shell.run(work, write=True)


def _keep(session: Any, room_id: UUID, sources: Sequence[Path | QImage], title: str) -> list[UUID]:
    """In a writing job: make the pictures small and keep them."""
    made: list[UUID] = session.act(Op.CHANGE_PLACE, room_photos.add_photos, room_id, photo_files(sources, title))
    return made


def _picture(session: Any, photo_id: UUID, longest: int) -> QImage:
    """In a reading job: one photo, decoded and no larger than asked."""
    image = QImage.fromData(session.read(room_photos.read_photo, photo_id).data)
    if max(image.width(), image.height()) > longest:
        smooth = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(QSize(longest, longest), Qt.AspectRatioMode.KeepAspectRatio, smooth)
    return image


def _thumbs(session: Any, ids: Sequence[UUID]) -> dict[UUID, QImage]:
    """In a reading job: small pictures, all of one size, so that the shelf is even."""
    found = {}
    for photo_id in ids:
        image = _picture(session, photo_id, 400)
        smooth = Qt.TransformationMode.SmoothTransformation
        large = image.scaled(_THUMB, Qt.AspectRatioMode.KeepAspectRatioByExpanding, smooth)
        left, top = (large.width() - _THUMB.width()) // 2, (large.height() - _THUMB.height()) // 2
        found[photo_id] = large.copy(left, top, _THUMB.width(), _THUMB.height())
    return found
