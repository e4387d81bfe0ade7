"""The left of the review: the card as it was read, one side at a time, and the clerk's look at card and person."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.views.buttons import Button
from desktop.views.check_in.known_card import KnownCard
from desktop.views.check_in.minor_card import MinorCard
from desktop.views.check_in.reading import SIDES
from desktop.views.check_in.review_widgets import CardPicture
from desktop.views.check_in.step import Tick
from desktop.views.check_in.wizard import Wizard
from desktop.views.labels import Card, Glyph, Tag, label

_MOST, _LEAST = 286, 252
"""Most and least width of the column."""


class PersonCard(Card):
    """人证核对: the clerk looks from the card to the person and says so; Enter on the tick goes on."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(Glyph("user-check", "primary-text", 18))
        row.addWidget(label(self.tr("人证核对"), "strong"))
        row.addStretch(1)
        self.body.addLayout(row)
        self.words = label(self.tr("请看一眼证件照片与本人。"), "small", wrap=True)
        self.body.addWidget(self.words)
        self.matched = Tick(self.tr("人证一致（人工核对）"), "Alt+9", last=True, narrow=True)
        self.body.addWidget(self.matched)

    def say(self, wanted: str) -> None:
        """What is still wanted; empty: nothing."""
        self.matched.set_state("error" if wanted else "")
        self.words.setText(wanted or self.tr("请看一眼证件照片与本人。"))
        self.words.setProperty("tone", "danger" if wanted else "")
        self.words.style().polish(self.words)


class ReviewSide(QWidget):
    """Signals: picture_wanted() when other pictures shall be chosen; camera_wanted() when the card is taken again."""

    picture_wanted = Signal()
    camera_wanted = Signal()

    def __init__(self, wizard: Wizard) -> None:
        super().__init__()
        self._wizard = wizard
        self._side, self._field = "front", ""
        self.head = QWidget()
        row = QHBoxLayout(self.head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.title = label("", "title")
        self.quality = Tag("")
        self.flip_button = Button(self.tr("翻面"), size="small", slot=self.flip)
        self.again_button = Button(self.tr("换图片"), size="small", slot=self.picture_wanted.emit)
        self.camera_button = Button(self.tr("重拍"), size="small", slot=self.camera_wanted.emit)
        row.addWidget(self.title)
        row.addWidget(self.quality)
        row.addStretch(1)
        row.addWidget(self.camera_button)
        row.addWidget(self.flip_button)
        row.addWidget(self.again_button)
        self.picture = CardPicture()
        self.known, self.minor, self.person = KnownCard(wizard), MinorCard(wizard), PersonCard()
        self.wiped = _Line("eye-off", self.tr("图片只在内存中，核对后立即清除"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for widget in (self.head, self.picture, self.known, self.minor, self.person, self.wiped):
            column.addWidget(widget)
        column.addStretch(1)
        self.setMinimumWidth(_LEAST)
        self.setMaximumWidth(_MOST)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_head()

    def _fit_head(self) -> None:
        """Where the column is too narrow for its head, the count goes: it stands at the right as well."""
        row = (self.title, self.quality, self.camera_button, self.flip_button, self.again_button)
        self.quality.setVisible(sum(each.sizeHint().width() + 8 for each in row) <= self.width())

    @property
    def buttons(self) -> tuple[Button, ...]:
        """In the order of Tab."""
        return self.camera_button, self.flip_button, self.again_button

    def forget(self) -> None:
        """Another check-in begins."""
        self._side, self._field = "front", ""
        self.known.forget()

    def flip(self) -> None:
        """Show the other side."""
        sides = list(self._wizard.pictures.faces)
        if len(sides) > 1:
            self._side = sides[(sides.index(self._side) + 1) % len(sides)]
            self.show_face()

    def show_field(self, name: str) -> None:
        """Bring the side to the front on which a field stands, and mark its place."""
        side = next((side for side, face in self._wizard.pictures.faces.items() if name in face.boxes), None)
        self._field = name if side is not None else ""
        if side is not None:
            self._side = side
        self.show_face()

    def show_face(self) -> None:
        """The side in front with its doubts marked; without a picture only that it was wiped."""
        faces, draft = self._wizard.pictures.faces, self._wizard.draft
        if self._side not in faces and faces:
            self._side = next(iter(faces))
        face = faces.get(self._side)
        self.head.setVisible(bool(faces))
        self.picture.setVisible(bool(faces))
        self.wiped.setVisible(bool(faces) or draft.how == "picture")
        self.wiped.text.setText(
            self.tr("图片只在内存中，核对后立即清除") if faces else self.tr("图片已从内存清除；要再看请重新放入")
        )
        if face is not None:
            self.title.setText(SIDES[self._side])
            doubtful = frozenset(draft.doubts) & face.boxes.keys()
            self.picture.show_face(face, frozenset(doubtful), self._field)
            if doubtful:
                self.quality.set(self.tr("存疑 {n}").format(n=len(doubtful)), "warn", "triangle-alert")
            else:
                self.quality.set(self.tr("清晰"), "ok", "check")
        self.flip_button.setVisible(len(faces) > 1)
        self._fit_head()


class _Line(QWidget):
    """A glyph and a quiet sentence."""

    def __init__(self, icon: str, words: str) -> None:
        super().__init__()
        self.text = label(words, "hint", wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(Glyph(icon, "text-faint", 15))
        row.addWidget(self.text, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
