"""Step 2 核对: doubts first beside their strips, then what is certain, and the clerk's look at card and person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.models.values import DocumentKind
from desktop.services import check_in_draft as wizard
from desktop.services import parties
from desktop.services.check_in_draft import CARD_FIELDS, Step, day_of
from desktop.services.identity import DOCUMENT_NAMES, read_number
from desktop.services.problems import Level, Problem
from desktop.views.buttons import Button
from desktop.views.check_in.reading import SIDES, PasteFilter, sources_in
from desktop.views.check_in.review_widgets import AddressField, CardPicture, CertainRow, DoubtCard, chain
from desktop.views.check_in.step import StepView, Tick
from desktop.views.check_in.wizard import Wizard
from desktop.views.dates import DateField
from desktop.views.fields import IdNumberField, TextField
from desktop.views.forms import FormRow
from desktop.views.keys import bind
from desktop.views.labels import Card, Glyph, Tag, label

_IN_FORM = {
    "document.number": "number", "document.kind": "number", "document.address": "address",
    "document.issuer": "issuer", "document.valid_from": "valid_from", "document.valid_to": "valid_to",
}  # fmt: skip


_LINES = (("number",), ("name", "sex"), ("birth", "ethnicity"), ("address",), ("issuer",), ("valid_from", "valid_to"))
"""How the certain fields stand side by side."""


_SIDE, _NARROW_SIDE = 286, 252
"""Most and least width of the picture column."""


class SexField(TextField):
    """男 or 女."""

    def __init__(self) -> None:
        super().__init__(limit=1)

    def problem(self) -> str:
        return self.tr("写男或女") if self.value() and self.value() not in wizard.SEX_WORDS else ""


class ReviewStep(StepView):
    """Nothing doubtful passes without a key press; Enter in a doubtful field confirms it as it stands."""

    step = Step.REVIEW

    def __init__(self, page: Wizard) -> None:
        super().__init__(page)
        today = page.shell.today
        self.inputs: dict[str, Any] = {
            "number": IdNumberField(), "name": TextField(limit=40), "sex": SexField(), "birth": DateField(today),
            "ethnicity": TextField(limit=8), "address": AddressField(), "issuer": TextField(limit=60),
            "valid_from": DateField(today), "valid_to": DateField(today, forever=True),
        }  # fmt: skip
        self.titles = {
            "number": self.tr("公民身份号码"), "name": self.tr("姓名"), "sex": self.tr("性别"),
            "birth": self.tr("出生"), "ethnicity": self.tr("民族"), "address": self.tr("住址"),
            "issuer": self.tr("签发机关"), "valid_from": self.tr("有效期起"), "valid_to": self.tr("有效期止"),
        }  # fmt: skip
        self.cards: dict[str, DoubtCard] = {}
        self.rows: dict[str, CertainRow | DoubtCard] = {}
        self._side = "front"
        self._showing = False
        self._looked_up = ""
        self._touched: set[str] = set()
        self._edited: set[str] = set()
        self._stops: dict[str, str] = {}
        self._build()
        self.paste_filter = PasteFilter(self)
        self.paste_filter.pasted.connect(page.cards.take)
        bind(self, "Ctrl+V", self._paste)
        for name, field in self.inputs.items():
            field.installEventFilter(self.paste_filter)
            field.enter_moves_on = False
            field.changed.connect(partial(self._typed, name))
            field.entered.connect(partial(self._entered, name))
        self.inputs["valid_from"].editingFinished.connect(self._offer_end)
        self.matched.changed.connect(self._ticked)
        self.matched.entered.connect(page.go_on)
        self.use_known.changed.connect(self._ticked)
        self.reason.changed.connect(self._ticked)

    # widgets

    def _build(self) -> None:
        outer = QHBoxLayout(self)
        outer.setContentsMargins(16, 12, 16, 12)
        outer.setSpacing(16)
        left = QVBoxLayout()
        left.setSpacing(10)
        self.side_head = QWidget()
        head = QHBoxLayout(self.side_head)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(8)
        self.side_title = label("", "title")
        self.quality = Tag("")
        self.flip_button = Button(self.tr("翻面"), size="small", slot=self.flip)
        self.again_button = Button(self.tr("换图片"), size="small", slot=self._choose)
        head.addWidget(self.side_title)
        head.addWidget(self.quality)
        head.addStretch(1)
        head.addWidget(self.flip_button)
        head.addWidget(self.again_button)
        self.picture = CardPicture()
        left.addWidget(self.side_head)
        left.addWidget(self.picture)
        left.addWidget(self._known_card())
        left.addWidget(self._person_card())
        self.wiped = _Line("eye-off", self.tr("图片只在内存中，核对后立即清除"))
        left.addWidget(self.wiped)
        left.addStretch(1)
        self.side = QWidget()
        self.side.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        self.side.setMinimumWidth(_NARROW_SIDE)
        self.side.setMaximumWidth(_SIDE)
        outer.addWidget(self.side, 3)
        self.right = QVBoxLayout()
        self.right.setSpacing(10)
        self._right_head()
        self.doubts = QVBoxLayout()
        self.doubts.setSpacing(10)
        self.right.addLayout(self.doubts)
        self.certain: Card | None = None
        self.reason = TextField(limit=60, hint=self.tr("例如 已在换证、有回执"))
        self.reason_row = FormRow(self.tr("证件过期仍办理的原因"), self.reason, required=True)
        self.right.addStretch(1)
        outer.addLayout(self.right, 7)

    def _right_head(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.head = label("", "title")
        self.doubt_tag, self.sure_tag = Tag(""), Tag("")
        self.tab_hint = label(self.tr("Tab 先到存疑项"), "hint")
        row.addWidget(self.head)
        row.addWidget(self.doubt_tag)
        row.addWidget(self.sure_tag)
        row.addStretch(1)
        row.addWidget(self.tab_hint)
        self.right.addLayout(row)

    def _person_card(self) -> QWidget:
        card = Card()
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(Glyph("user-check", "primary-text", 18))
        row.addWidget(label(self.tr("人证核对"), "strong"))
        row.addStretch(1)
        card.body.addLayout(row)
        self.look_words = label(self.tr("请看一眼证件照片与本人。"), "small", wrap=True)
        card.body.addWidget(self.look_words)
        self.matched = Tick(self.tr("人证一致（人工核对）"), "Alt+9", last=True)
        card.body.addWidget(self.matched)
        return card

    def _known_card(self) -> QWidget:
        self.known = Card()
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(Glyph("user-round-check", "info", 18))
        row.addWidget(label(self.tr("这位来过"), "strong"))
        row.addStretch(1)
        self.known.body.addLayout(row)
        self.known_words: QLabel = label("", "small", wrap=True)
        self.use_known = Tick(self.tr("沿用已有资料"), "Alt+8")
        self.known.body.addWidget(self.known_words)
        self.known.body.addWidget(self.use_known)
        self.known.hide()
        return self.known

    # what it shows

    def show_draft(self) -> None:
        self._showing = True
        for name, field in self.inputs.items():
            text = getattr(self.draft, name)
            if field.text() != text:
                field.set_value(text)
        self.matched.set_value(self.draft.matched)
        self.use_known.set_value(self.draft.use_known)
        self.reason.set_value(self.draft.expired_reason)
        self._showing = False
        self._touched = {name for name in self.inputs if self.inputs[name].text()}
        self._edited = set()
        self._lay_out()
        self._show_known()
        self._show_face()

    def _lay_out(self) -> None:
        """Doubts as cards in the order of the list, everything else in the card of certain fields."""
        for field in self.inputs.values():
            field.hide()
            field.setParent(self)
        for card in self.cards.values():
            card.hide()
            card.deleteLater()
        if self.certain is not None:
            self.reason_row.hide()
            self.reason_row.setParent(self)
            self.certain.hide()
            self.certain.deleteLater()
        self.cards, self.rows = {}, {}
        crops = self.wizard.pictures.crops
        names = [n for n in CARD_FIELDS if n in self.draft.doubts or n in self.draft.confirmed]
        for at, name in enumerate(names, 1):
            doubt = self.draft.doubts.get(name) or wizard.Doubt()
            card = DoubtCard(
                name, self._title(name), self.inputs[name], doubt, f"Alt+{at}", crops.get(name), name == "address"
            )
            card.answered.connect(self._answered)
            if name not in self.draft.doubts:
                card.settle()
            self.doubts.addWidget(card)
            self.cards[name] = self.rows[name] = card
        self.certain = self._certain_card([n for n in CARD_FIELDS if n not in names])
        self.right.insertWidget(2, self.certain)
        self._order()
        self.count()

    def _title(self, name: str) -> str:
        if name == "number" and self.draft.kind is not DocumentKind.ID_CARD:
            return DOCUMENT_NAMES[self.draft.kind]
        return self.titles[name]

    def _certain_card(self, names: Sequence[str]) -> Card:
        card = Card()
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        crops = self.wizard.pictures.crops
        line = 0
        for pair in _LINES:
            here = [name for name in pair if name in names]
            for at, name in enumerate(here):
                # Both dates were read from one strip: it is shown once.
                crop = None if name == "valid_to" and "valid_from" in here else crops.get(name)
                most = 190 if name in ("address", "number") else 130
                row = CertainRow(self._title(name), self.inputs[name], crop, most)
                span = 2 if len(here) == 1 else 1
                grid.addWidget(row, line, at if span == 1 else 0, 1, span, Qt.AlignmentFlag.AlignTop)
                self.rows[name] = row
            line += bool(here)
        card.body.addLayout(grid)
        card.body.addWidget(self.reason_row)
        return card

    def _order(self) -> None:
        ring: list[QWidget] = []
        for name in (*self.cards, *(n for n in CARD_FIELDS if n not in self.cards)):
            ring.append(self.inputs[name])
            if name in self.cards:
                ring.append(self.cards[name].button)
        chain([*ring, self.reason, self.matched.box, self.use_known.box, self.flip_button, self.again_button])

    def count(self) -> None:
        """How many doubts are left, in the head."""
        open_doubts = len(self.draft.doubts)
        filled = sum(bool(getattr(self.draft, name)) for name in CARD_FIELDS) - open_doubts
        if open_doubts:
            self.head.setText(self.tr("有 {n} 项需要您确认").format(n=open_doubts))
            self.doubt_tag.set(self.tr("存疑 {n}").format(n=open_doubts), "warn", "triangle-alert")
        else:
            self.head.setText(self.tr("请对照证件核对") if self.draft.how == "picture" else self.tr("照证件录入"))
        self.doubt_tag.setVisible(open_doubts > 0)
        words = self.tr("已读清 {n}") if self.draft.how == "picture" else self.tr("已填 {n}")
        self.sure_tag.set(words.format(n=filled), "ok", "check")
        self.sure_tag.setVisible(filled > 0)
        self.tab_hint.setVisible(open_doubts > 0)

    def _show_face(self) -> None:
        faces = self.wizard.pictures.faces
        if self._side not in faces and faces:
            self._side = next(iter(faces))
        face = faces.get(self._side)
        self.side_head.setVisible(bool(faces))
        self.picture.setVisible(bool(faces))
        self.wiped.setVisible(bool(faces) or self.draft.how == "picture")
        self.wiped.text.setText(
            self.tr("图片只在内存中，核对后立即清除") if faces else self.tr("图片已从内存清除；要再看请重新放入")
        )
        if face is not None:
            self.side_title.setText(SIDES[self._side])
            doubtful = frozenset(self.draft.doubts) & face.boxes.keys()
            self.picture.show_face(face, frozenset(doubtful))
            if doubtful:
                self.quality.set(self.tr("存疑 {n}").format(n=len(doubtful)), "warn", "triangle-alert")
            else:
                self.quality.set(self.tr("清晰"), "ok", "check")
        self.flip_button.setVisible(len(faces) > 1)

    def _show_known(self) -> None:
        self.known.setVisible(self.draft.known_id is not None)
        if self.draft.known_id is None:
            return
        words = self.tr("{name}（{number}）登记过同一证件。").format(
            name=self.draft.known_name, number=self.draft.known_number
        )
        if self.draft.name and self.draft.name != self.draft.known_name:
            words += self.tr("姓名与这次不同，请先核对。")
        self.known_words.setText(words)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        stops, doubts = dict[str, str](), dict[str, str]()
        for problem in problems:
            target = stops if problem.stops else doubts
            if problem.level is not Level.NOTE:
                target.setdefault(_IN_FORM.get(problem.field, problem.field), problem.text)
        for name, row in self.rows.items():
            field = row.field
            own = field.problem()
            stop = own or stops.get(name, "")
            waiting = name in self.draft.doubts and name not in self._edited
            if stop and not own and (waiting or (not self.asked and name not in self._touched)):
                stop = ""  # a doubt says itself why; it is asked again when it is answered
            doubt = doubts.get(name, "")
            row.say(stop or doubt, "danger" if stop else "warn")
            field.set_state("error" if stop else "doubt" if doubt or name in self.draft.doubts else "")
            field.setAccessibleDescription(stop or doubt)
            if isinstance(row, CertainRow):
                row.tick(bool(field.text()) and not stop and not doubt)
        expired = "expired_reason" in stops or bool(self.draft.expired_reason)
        self.reason_row.setVisible(expired)
        self.reason_row.say(stops.get("expired_reason", "") if self.asked else "", "danger")
        self.matched.set_state("error" if self.asked and "matched" in stops else "")
        wanted = stops.get("matched", "") if self.asked else ""
        self.look_words.setText(wanted or self.tr("请看一眼证件照片与本人。"))
        self.look_words.setProperty("tone", "danger" if wanted else "")
        self.look_words.style().polish(self.look_words)
        self._stops = stops
        self.count()

    def focus_problem(self) -> None:
        for name in self.cards:
            if name in self.draft.doubts:
                self.cards[name].enter()
                return
        for name in CARD_FIELDS:
            if name in self._stops or self.inputs[name].problem():
                self.inputs[name].setFocus(Qt.FocusReason.TabFocusReason)
                return
        if "expired_reason" in self._stops:
            self.reason.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.matched.setFocus(Qt.FocusReason.TabFocusReason)

    def entered(self) -> None:
        if self.draft.doubts:
            self.focus_problem()
        elif self.draft.how == "picture" and self.draft.name and self.draft.number:
            self.matched.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            empty = next((n for n in CARD_FIELDS if not getattr(self.draft, n)), "name")
            self.inputs[empty].setFocus(Qt.FocusReason.TabFocusReason)
        self._look_up()

    def primary(self) -> tuple[str, str]:
        return self.tr("确认无误，下一步"), ""

    def hints(self) -> str:
        if self.draft.doubts:
            return self.tr("Alt 1 采用建议 · Enter 照此确认 · Alt 9 人证一致 · F1 帮助")
        return self.tr("Enter 下一格 · Alt 9 人证一致 · Ctrl+Enter 下一步")

    # what happens

    def _typed(self, name: str) -> None:
        if self._showing:
            return
        self._touched.add(name)
        self._edited.add(name)
        setattr(self.draft, name, self._text(name))
        if name == "number":
            wizard.follow_number(self.draft, self.wizard.shell.today())
            self._fill("birth", "sex")
            self._look_up()
        if name == "name":
            self._show_known()
        self.wizard.typed()

    def _text(self, name: str) -> str:
        field = self.inputs[name]
        if isinstance(field, DateField):
            day: date | None = field.value()
            return day.isoformat() if day is not None else field.text()
        return str(field.value())

    def _fill(self, *names: str) -> None:
        self._showing = True
        for name in names:
            self.inputs[name].set_value(getattr(self.draft, name))
            if getattr(self.draft, name):
                self._touched.add(name)
        self._showing = False

    def _offer_end(self) -> None:
        """The usual term for the age at issue: the clerk only looks whether the card says the same."""
        birth, start = day_of(self.draft.birth), day_of(self.draft.valid_from)
        if birth is None or start is None or birth >= start or self.draft.valid_to:
            return
        if self.draft.kind is DocumentKind.ID_CARD:
            self.draft.valid_to = wizard.usual_valid_to(birth, start)
            self._fill("valid_to")
            self.wizard.typed()

    def _entered(self, name: str) -> None:
        """Enter: a doubt is confirmed as it stands; anything else moves on."""
        if name in self.draft.doubts:
            self._answered(name)
        else:
            self.inputs[name].focusNextPrevChild(True)

    def _answered(self, name: str) -> None:
        """A key for a doubt: confirmed as it stands, unless the field itself cannot be."""
        if name not in self.draft.doubts:
            return
        field = self.inputs[name]
        empty = "" if field.text() or name in ("issuer", "valid_from", "valid_to") else self.tr("对照证件填写这一栏")
        wrong = field.problem() or empty or self._stops.get(name, "")
        if wrong:
            self._edited.add(name)
            self.cards[name].say(wrong, "danger")
            self.cards[name].enter()
            return
        setattr(self.draft, name, self._text(name))
        wizard.settle(self.draft, name)
        self.cards[name].settle()
        field.set_state("")
        self._show_face()
        self.wizard.typed()
        left = next((n for n in self.cards if n in self.draft.doubts), None)
        if left is not None:
            self.cards[left].enter()
        else:
            empty = next((n for n in ("number", "name") if not getattr(self.draft, n)), "")
            target = self.inputs[empty] if empty else self.matched
            target.setFocus(Qt.FocusReason.TabFocusReason)

    def _ticked(self) -> None:
        if self._showing:
            return
        self.draft.matched = self.matched.value()
        self.draft.use_known = self.use_known.value()
        self.draft.expired_reason = self.reason.value()
        self.wizard.typed()

    def flip(self) -> None:
        """Show the other side."""
        sides = list(self.wizard.pictures.faces)
        if len(sides) > 1:
            self._side = sides[(sides.index(self._side) + 1) % len(sides)]
            self._show_face()

    def _choose(self) -> None:
        self.wizard.cards.choose()

    def _paste(self) -> None:
        sources = sources_in(QGuiApplication.clipboard().mimeData())
        if sources:
            self.wizard.cards.take(sources)

    # the person who was here before

    def _look_up(self) -> None:
        """Ask whether somebody with this document is known, once for each number that can be one."""
        draft = self.draft
        number = read_number(draft.kind, draft.number, self.wizard.shell.today())
        wanted = f"{draft.kind}:{number.number}"
        if any(p.stops for p in number.problems) or len(number.number) < 6:
            wanted = ""
        if wanted == self._looked_up:
            return
        self._looked_up = wanted
        if not wanted:
            self._show_same(wanted, None)
            return
        session = self.wizard.shell.session
        self.wizard.shell.run(partial(_same, session, wanted, draft.kind, number.number), self._same_found)

    def _same_found(self, answer: tuple[str, parties.Known | None]) -> None:
        self._show_same(*answer)

    def _show_same(self, wanted: str, known: parties.Known | None) -> None:
        if wanted != self._looked_up:
            return  # the number was changed meanwhile
        draft = self.draft
        if known is None:
            draft.known_id, draft.known_name, draft.known_number, draft.use_known = None, "", "", False
        elif draft.known_id != known.id:
            draft.known_id, draft.known_name, draft.known_number = known.id, known.name, known.number
            draft.use_known = draft.name in ("", known.name)
            if not draft.name:
                draft.name = known.name
                self._fill("name")
        self._showing = True
        self.use_known.set_value(draft.use_known)
        self._showing = False
        self._show_known()
        self.wizard.typed()

    def forget(self) -> None:
        """Another check-in begins: ask anew who is known."""
        self._looked_up, self._side = "", "front"


def _same(session: Any, wanted: str, kind: DocumentKind, number: str) -> tuple[str, parties.Known | None]:
    """The answer together with what was asked, so that a late one can be told."""
    return wanted, session.read(parties.same_document, kind, number)


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
