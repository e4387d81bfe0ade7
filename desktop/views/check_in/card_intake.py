"""Pictures that come to the wizard: the tenant's card is read in a job and reviewed, a later one is somebody else's; in
the handover they are photos of the room. They come from files, the clipboard, the camera, the scanner, a folder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from desktop.services import typed_card
from desktop.services.check_in_draft import Step
from desktop.services.check_in_people_draft import PersonDraft, leave_unseen
from desktop.services.errors import DomainError
from desktop.views import messages
from desktop.views.capture.camera_dialog import CameraDialog
from desktop.views.capture.folder_watch import FolderWatch
from desktop.views.capture.scan import Scan, can_scan
from desktop.views.capture.scan_settings import ScanSettingsDialog
from desktop.views.capture.whose import WhoseDialog
from desktop.views.check_in.reading import Read, ReadPeople, read_people
from desktop.views.check_in.wizard import WizardPage
from desktop.views.jobs import Job

_TENANT = (Step.READ, Step.REVIEW)
_OTHERS = (Step.CONTACT, Step.ROOM, Step.TERMS)


class CardIntake(QObject):
    """`take` whatever was dropped, pasted or chosen; `choose`, `photograph`, `scan` and `take_new` fetch it."""

    def __init__(self, page: WizardPage, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self.folder = FolderWatch(page.shell, self._wants_cards, self)
        self.folder.changed.connect(self._show_folder)
        self._job: Job | None = None

    def _wants_cards(self) -> bool:
        return self._page.step in (*_TENANT, *_OTHERS)

    # where pictures come from

    def choose(self) -> None:
        """The file dialog of the first step, from any step."""
        self._page.views[Step.READ].choose()

    def photograph(self) -> None:
        """The card under the camera."""
        page = self._page
        if page.busy_words:
            return
        if page.step in _OTHERS:
            page.people.photograph()
        elif page.step in _TENANT:
            dialog = CameraDialog(page.shell, page.draft.name)
            dialog.captured.connect(self.show_read)
            dialog.file_wanted.connect(self.choose)
            page.shell.open(dialog)

    def scan(self) -> None:
        """One page of the flatbed, whatever cards lie on it."""
        if can_scan() and self._wants_cards():
            words = self.tr("正在扫描，扫完就读")
            self.take([Scan(self._page.shell.session.preferences.cards)], words)

    def take_new(self) -> None:
        """The pictures that came into the watched folder."""
        if not self._page.busy_words and self._wants_cards() and (waiting := self.folder.take()):
            self.take(waiting)

    def set_up(self) -> None:
        """Which folder is watched and which scanner is used on this PC."""
        dialog = ScanSettingsDialog(self._page.shell)
        dialog.saved.connect(self.folder.begin)
        self._page.shell.open(dialog)

    def _show_folder(self) -> None:
        page, waiting = self._page, self.folder.waiting
        page.views[Step.READ].show_folder(waiting, self.folder.trouble)
        if waiting and page.step is not Step.READ and page.people.dialog is None:
            page.shell.toast(self.tr("扫描文件夹来了 {n} 张图片，按 Ctrl I 读取").format(n=len(waiting)))

    # what they show

    def take(self, sources: Sequence[Any], words: str = "") -> None:
        """Read card pictures in a job; in the handover they are pictures of the room."""
        page = self._page
        if page.busy_words:
            return
        if page.step is Step.HANDOVER:
            page.view.add(sources)
            return
        if page.step in _OTHERS:
            page.people.take(sources)
            return
        if page.step not in _TENANT:
            return
        page.views[Step.READ].show_trouble("")
        words = words or self.tr("正在读证件")
        page.set_busy(words)
        work = partial(read_people, list(sources), page.shell.today())
        self._job = page.shell.run(work, self._show_people, self._not_read, busy=words)
        self._job.cancelled.connect(self._stopped)
        page.show_foot()

    @property
    def reading(self) -> bool:
        """Whether a picture is being scanned or read."""
        return self._job is not None and not self._job.over

    def stop(self) -> None:
        """Esc: what is being scanned or read is not wanted; the scanner stops."""
        if self._job is not None and self.reading:
            self._job.cancel()
            self._page.set_busy(self.tr("正在停止"))

    def _stopped(self) -> None:
        self._page.set_busy("")
        self._page.views[Step.READ].show_progress(self.tr("已停止，没有读入；可以再扫或换图片"))

    def _show_people(self, read: ReadPeople) -> None:
        """One card is the tenant's; of several the clerk says whose is whose."""
        page = self._page
        if len(read.people) == 1:
            self.show_read(read.people[0])
            return
        page.set_busy("")
        dialog = WhoseDialog(page.shell.frame, read.people, read.spare_backs)
        dialog.chosen.connect(self._show_chosen)
        dialog.closed.connect(partial(_wipe_unwanted, read.people))
        page.shell.open(dialog)

    def _show_chosen(self, tenant: Read, others: Sequence[Read]) -> None:
        self._page.draft.people += [person_of(read, self._page.shell.today()) for read in others]
        for read in others:
            read.wipe()
        self.show_read(tenant)

    def show_read(self, read: Read) -> None:
        """What was read goes into the draft and to the review."""
        page = self._page
        page.busy_words = ""
        page.pictures.faces |= read.faces
        page.pictures.crops |= read.crops
        typed_card.take_reading(page.draft, read.texts, read.doubts)
        page.views[Step.REVIEW].forget()
        page.views[Step.READ].show_draft()
        page.keeper.dirty = True
        if "front" in page.pictures.faces or page.draft.name:
            page.to_step(Step.REVIEW)
        else:
            page.set_busy("")
            page.views[Step.READ].show_progress(self.tr("国徽面已读好，再放入人像面"))

    def _not_read(self, trouble: Exception) -> None:
        page = self._page
        page.set_busy("")
        if not isinstance(trouble, DomainError):
            messages.show_error(trouble)
            return
        page.views[Step.READ].show_trouble(trouble.message)
        if page.step is not Step.READ:
            messages.show_error(trouble)


def person_of(read: Read, today: Any) -> PersonDraft:
    """Somebody who comes along, as their card says; what nobody is shown there and is in doubt is left out."""
    person = PersonDraft()
    typed_card.take_reading(person, read.texts, read.doubts)
    leave_unseen(person)
    typed_card.follow_number(person, today)
    return person


def _wipe_unwanted(people: Sequence[Read], accepted: bool) -> None:
    if not accepted:
        for read in people:
            read.wipe()
