"""Step 2 核对: doubts first beside their strips, then what is certain, and the clerk's look at card and person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.values import DocumentKind
from desktop.services import check_in_draft as wizard
from desktop.services import typed_card
from desktop.services.check_in_draft import Step
from desktop.services.check_in_people import Role
from desktop.services.identity import DOCUMENT_NAMES
from desktop.services.problems import Level, Problem
from desktop.services.typed_card import CARD_FIELDS, day_of
from desktop.views.check_in.reading import PasteFilter, sources_in
from desktop.views.check_in.review_side import ReviewSide
from desktop.views.check_in.review_widgets import AddressField, CertainCard, CertainRow, DoubtCard, SexField, chain
from desktop.views.check_in.step import StepView
from desktop.views.check_in.wizard import Wizard
from desktop.views.dates import DateField
from desktop.views.fields import IdNumberField
from desktop.views.forms import FormRow
from desktop.views.keys import bind
from desktop.views.labels import Tag, label
from desktop.views.layouts import Flow
from desktop.views.rare_characters import KEY, search_for
from desktop.views.text_fields import TextField

_IN_FORM = {
    "document.number": "number", "document.kind": "number", "document.address": "address",
    "document.issuer": "issuer", "document.valid_from": "valid_from", "document.valid_to": "valid_to",
}  # fmt: skip


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
        self._showing = False
        self._touched: set[str] = set()
        self._edited: set[str] = set()
        self._stops: dict[str, str] = {}
        self._build()
        self.paste_filter = PasteFilter(self)
        self.paste_filter.pasted.connect(page.cards.take)
        bind(self, "Ctrl+V", self._paste)
        bind(self, KEY, self._search_character)
        for name, field in self.inputs.items():
            field.installEventFilter(self.paste_filter)
            field.installEventFilter(self)
            field.enter_moves_on = False
            field.changed.connect(partial(self._typed, name))
            field.entered.connect(partial(self._entered, name))
        self.inputs["valid_from"].editingFinished.connect(self._offer_end)
        self.matched.changed.connect(self._ticked)
        self.matched.entered.connect(page.go_on)
        self.known.changed.connect(self._ticked)
        self.known.found.connect(self._found)
        self.side.picture_wanted.connect(page.cards.choose)
        self.side.camera_wanted.connect(page.cards.photograph)
        self.minor = self.side.minor
        self.minor.changed.connect(self._ticked)
        self.minor.guardian_wanted.connect(partial(page.people.open, role=Role.GUARDIAN))
        self.reason.changed.connect(self._ticked)

    # widgets

    def _build(self) -> None:
        outer = QHBoxLayout(self)
        outer.setContentsMargins(16, 12, 16, 12)
        outer.setSpacing(16)
        self.side = ReviewSide(self.wizard)
        self.known, self.matched = self.side.known, self.side.person.matched
        outer.addWidget(self.side, 3)
        self.right = QVBoxLayout()
        self.right.setSpacing(10)
        self._right_head()
        self.doubts = QVBoxLayout()
        self.doubts.setSpacing(10)
        self.right.addLayout(self.doubts)
        self.certain: CertainCard | None = None
        self.reason = TextField(limit=60, hint=self.tr("例如 已在换证、有回执"))
        self.reason_row = FormRow(self.tr("证件过期仍办理的原因"), self.reason, required=True)
        self.right.addStretch(1)
        outer.addLayout(self.right, 7)

    def _right_head(self) -> None:
        head = QWidget()
        row = Flow(8)
        head.setLayout(row)
        self.head = label("", "title")
        self.doubt_tag, self.sure_tag = Tag(""), Tag("")
        self.tab_hint = label(self.tr("Tab 先到存疑项"), "hint")
        row.addWidget(self.head)
        row.addWidget(self.doubt_tag)
        row.addWidget(self.sure_tag)
        row.addWidget(self.tab_hint)
        self.right.addWidget(head)

    # what it shows

    def show_draft(self) -> None:
        self._showing = True
        for name, field in self.inputs.items():
            text = getattr(self.draft, name)
            if field.text() != text:
                field.set_value(text)
        self.matched.set_value(self.draft.matched)
        self.known.use.set_value(self.draft.use_known)
        self.minor.own_income.set_value(self.draft.own_income)
        self.reason.set_value(self.draft.expired_reason)
        self._showing = False
        self._touched = {name for name in self.inputs if self.inputs[name].text()}
        self._edited = set()
        self._lay_out()
        self.known.show_known()
        self.side.show_face()

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
        spare = [f"Ctrl+{n}" for n in range(1, 10)]
        for at, name in enumerate(names, 1):
            doubt = self.draft.doubts.get(name) or typed_card.Doubt()
            card = DoubtCard(
                name,
                self._title(name),
                self.inputs[name],
                doubt,
                f"Alt+{at}",
                crops.get(name),
                name == "address",
                spare,
            )
            spare = spare[len(card.more) :]
            card.answered.connect(self._answered)
            if name not in self.draft.doubts:
                card.settle()
            self.doubts.addWidget(card)
            self.cards[name] = self.rows[name] = card
        sure = {n: (self._title(n), self.inputs[n]) for n in CARD_FIELDS if n not in names}
        self.certain = CertainCard(sure, crops, self.reason_row)
        self.rows |= self.certain.rows
        self.right.insertWidget(2, self.certain)
        self._order()
        self.count()

    def _search_character(self) -> None:
        """Ctrl J: a character no input method knows, for a name or an address."""
        search_for(self.wizard.shell, {self._title(name): self.inputs[name] for name in ("name", "address", "issuer")})

    def _title(self, name: str) -> str:
        if name == "number" and self.draft.kind is not DocumentKind.ID_CARD:
            return DOCUMENT_NAMES[self.draft.kind]
        return self.titles[name]

    def _order(self) -> None:
        ring: list[QWidget] = []
        for name in (*self.cards, *(n for n in CARD_FIELDS if n not in self.cards)):
            ring.append(self.inputs[name])
            if name in self.cards:
                ring += [self.cards[name].button, *self.cards[name].offers]
        chain([*ring, self.reason, self.matched.box, self.known.use.box, *self.side.buttons])

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
        self.side.person.say(stops.get("matched", "") if self.asked else "")
        self.minor.show_age()
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
        self.known.look_up()

    def primary(self) -> tuple[str, str]:
        return self.tr("确认无误，下一步"), ""

    def hints(self) -> str:
        if self.draft.doubts:
            return self.tr("Alt 1 采用建议 · Enter 照此确认 · Ctrl P 重拍 · Alt 9 人证一致")
        return self.tr("Enter 下一格 · Alt 9 人证一致 · Ctrl+Enter 下一步")

    # what happens

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The picture shows where the field in hand stands on the card."""
        if isinstance(event, QFocusEvent) and event.gotFocus():
            name = next((name for name, field in self.inputs.items() if field is watched), "")
            if name:
                self.side.show_field(name)
        return super().eventFilter(watched, event)

    def _typed(self, name: str) -> None:
        if self._showing:
            return
        self._touched.add(name)
        self._edited.add(name)
        setattr(self.draft, name, self._text(name))
        if name == "number":
            typed_card.follow_number(self.draft, self.wizard.shell.today())
            self._fill("birth", "sex")
            self.known.look_up()
        if name == "name":
            self.known.show_known()
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
        """Enter: a doubt is confirmed as it stands; anything else moves on, past what the number has filled in."""
        if name in self.draft.doubts:
            self._answered(name)
            return
        ring = [*self.cards, *(n for n in CARD_FIELDS if n not in self.cards)]
        after = ring[ring.index(name) + 1 :]
        empty = next((n for n in after if not self.inputs[n].text()), None)
        if empty is not None and empty in after[1:]:
            self.inputs[empty].setFocus(Qt.FocusReason.TabFocusReason)
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
        typed_card.settle(self.draft, name)
        self.cards[name].settle()
        field.set_state("")
        self.side.show_face()
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
        self.draft.use_known = self.known.use.value()
        self.draft.own_income = self.minor.own_income.value()
        self.draft.expired_reason = self.reason.value()
        self.wizard.typed()

    def _paste(self) -> None:
        sources = sources_in(QGuiApplication.clipboard().mimeData())
        if sources:
            self.wizard.cards.take(sources)

    # the person who was here before

    def _found(self) -> None:
        self._showing = True
        self.known.use.set_value(self.draft.use_known)
        self._showing = False
        if self.inputs["name"].value() != self.draft.name:
            self._fill("name")
        self.known.show_known()
        self.wizard.typed()

    def forget(self) -> None:
        self.side.forget()
