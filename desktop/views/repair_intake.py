"""登记报修 while somebody is on the telephone: who and where, what, and what the words say of it, in one form.

Room, Enter, what is broken, Enter: that stores an order. Everything else is guessed or usual, is shown, and one key
corrects it. What is open already on the same room or lift stands below before a second order is made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from uuid import UUID

from PySide6.QtCore import Qt

from desktop.models.values import CaseLevel, OrderKind, RepairCategory, RepairChannel, Right
from desktop.services import repair_intake
from desktop.services.acts import Op
from desktop.services.repair_callers import caller_of
from desktop.services.repair_intake import (
    CASES,
    CHANNEL_WORDS,
    KIND_WORDS,
    LEVEL_WORDS,
    REPORTED_KINDS,
    Again,
    Caller,
    IntakeFacts,
    Report,
    Reported,
    Similar,
    SimilarOpen,
)
from desktop.services.repair_places import COMMON_PARTS, common_part, facility_of
from desktop.services.repair_words import CATEGORY_WORDS, Guess, guess
from desktop.services.search_hits import HitKind
from desktop.services.work_orders import Photo
from desktop.views import messages
from desktop.views.act_dialog import ActDialog
from desktop.views.caller_field import CallerField
from desktop.views.fields import ChoiceField
from desktop.views.form_draft import FormDraft
from desktop.views.form_key import FormKey
from desktop.views.history import when_words
from desktop.views.keys import bind
from desktop.views.moments import MomentField
from desktop.views.pages import Shell
from desktop.views.photos_field import PhotosField
from desktop.views.repair_intake_facts import OpenHere, PhoneToday
from desktop.views.reveals import Reveals
from desktop.views.steps import Option, Segment
from desktop.views.text_fields import TextField
from desktop.world import OFFICE_ZONE

_HALF_DAYS = (("上午", time(9), time(12)), ("下午", time(14), time(18)), ("晚上", time(18), time(21)))


@dataclass(frozen=True, slots=True)
class About:
    """The room or person before whom the form is opened."""

    kind: HitKind
    id: UUID


class ReportDialog(ActDialog):
    """Signals: done(Reported), or done(None) when it was added to an order that stands."""

    help_topic = "repairs.intake"

    def __init__(self, shell: Shell, about: About | None = None) -> None:
        super().__init__(
            shell, shell.frame.tr("登记报修"), primary=shell.frame.tr("登记"), primary_icon="wrench", wide=860
        )
        self._about = about
        self.facts = IntakeFacts()
        self.guess = Guess(RepairCategory.OTHER, False, OrderKind.REPAIR)
        self._corrected: set[str] = set()
        """Fields in which the clerk knows better than the guess."""
        self._guessing = False
        self._question = 0
        self._asked_for: tuple[object, ...] = ()
        self._caller: Caller | None = None
        self._despite: frozenset[UUID] = frozenset()
        self.reveals = Reveals(shell, self)
        self._build()
        self.draft = FormDraft(shell, self, "repair.report", about.id if about is not None else "")
        self.key.kept = True
        self._wire()

    def _build(self) -> None:
        form = self.use_form(4)
        self.caller = CallerField(self.shell)
        form.add("room_id", self.tr("谁报修 / 哪间房"), self.caller, required=True, span=2)
        self.phone = PhoneToday()
        form.add("phone", self.tr("今天打这个电话"), self.phone, span=2)
        self.what = TextField(limit=repair_intake.SUMMARY_LIMIT, hint=self.tr("例如 厨房水龙头滴水"))
        self.what.enter_moves_on, self.what.keeps_enter = False, True
        form.add("summary", self.tr("什么事"), self.what, required=True, span=4, hint=self.tr("写完按 Enter 就登记"))
        self.category = ChoiceField([(each, CATEGORY_WORDS[each]) for each in RepairCategory], RepairCategory.OTHER)
        form.add("category", self.tr("类别"), self.category, hint="Alt 1")
        self.kind = Segment([Option(each, KIND_WORDS[each]) for each in REPORTED_KINDS])
        self.urgent = Segment(self._hurries())
        form.add("urgent", self.tr("缓急"), self.urgent, hint="Alt 2")
        form.add("kind", self.tr("报的是什么"), self.kind, hint="Alt 3")
        channels = [(each, CHANNEL_WORDS[each]) for each in RepairChannel if each is not RepairChannel.PLAN]
        form.add("channel", self.tr("怎么报的"), ChoiceField(channels, RepairChannel.PHONE))
        self.part = ChoiceField(self._parts(), "")
        form.add("part", self.tr("屋里还是公共部位"), self.part, hint="Alt 4")
        place = TextField(limit=repair_intake.PLACE_LIMIT, hint=self.tr("主卧卫生间；2 号电梯"))
        form.add("place", self.tr("具体哪里"), place)
        form.add("wished", self.tr("约什么时候"), ChoiceField(self._slots()))
        self.promised = MomentField(self.shell.session.office.world.now, hint=self.tr("不写按规定；明天 12:00"))
        form.add("promised", self.tr("答应几时办完"), self.promised)
        form.add("photos", self.tr("照片"), PhotosField(self.shell, self.tr("报修照片")), span=4)
        self.key = FormKey(self.shell.session.office.world.new_id)
        form.add("key", "", self.key)
        form.rows["key"].hide()
        self.open_here = OpenHere()
        self.body.insertWidget(0, self.open_here)

    def _wire(self) -> None:
        assert self.form is not None
        self.form.changed.connect(self._changed)
        self.caller.entered.connect(self._on)
        self.what.entered.connect(self.submit)
        self.what.textChanged.connect(self._guess)
        self.promised.changed.connect(self._say_due)
        self.kind.changed.connect(self._kind_turned)
        for name in ("category", "urgent", "kind", "part"):
            self.form.field(name).changed.connect(partial(self._correct, name))
        self._keys = [
            bind(self, "Alt+1", self._next_category),
            bind(self, "Alt+2", self._turn_urgent),
            bind(self, "Alt+3", self._turn_kind),
            bind(self, "Alt+4", self._next_part),
            bind(self, "F3", self.reveals.reveal),
        ]
        self.open_here.add_to.clicked.connect(self._add_to)
        self.open_here.other.clicked.connect(self._another)
        self._changed()

    def _hurries(self) -> list[Option]:
        """普通 or 紧急 of a repair; of a complaint or an incident its level."""
        if self.kind.value() in CASES:
            return [
                Option(each, words, "flame" if each is CaseLevel.GRAVE else None) for each, words in LEVEL_WORDS.items()
            ]
        return [Option(False, self.tr("普通")), Option(True, self.tr("紧急"), "flame")]

    def _kind_turned(self) -> None:
        """What is grave of the one is urgent of the other."""
        assert self.form is not None
        case, now = self.kind.value() in CASES, self.urgent.value()
        if case is isinstance(now, CaseLevel):
            return
        grave = now is True or now is CaseLevel.GRAVE
        level = CaseLevel.GRAVE if grave else CaseLevel.USUAL
        self.urgent.set_options(self._hurries(), level if case else grave)
        self.form.rows["urgent"].caption.setText(self.tr("级别") if case else self.tr("缓急"))

    def _slots(self) -> list[tuple[tuple[datetime, datetime] | None, str]]:
        """As soon as possible, or half a day within three days."""
        now = self.shell.session.office.world.now().astimezone(OFFICE_ZONE)
        found: list[tuple[tuple[datetime, datetime] | None, str]] = [(None, self.tr("尽快"))]
        for ahead, day_words in enumerate((self.tr("今天"), self.tr("明天"), self.tr("后天"))):
            day = now.date() + timedelta(days=ahead)
            for words, begin, end in _HALF_DAYS:
                since, until = (datetime.combine(day, at, OFFICE_ZONE) for at in (begin, end))
                if until > now:
                    found.append(((max(since, now), until), f"{day_words}{words}"))
        return found

    def open(self) -> None:
        super().open()
        if self._about is not None:
            read = partial(self.shell.session.read, caller_of, self._about.kind, self._about.id)
            self.shell.run(read, self._known, self.refuse)
            self.what.setFocus(Qt.FocusReason.TabFocusReason)

    def _known(self, caller: Caller | None) -> None:
        if caller is not None and not self.caller.typed():
            self.caller.set_value(caller)

    # what the words say

    def _guess(self, text: str) -> None:
        assert self.form is not None
        self.guess = guess(self._said_of() + text)
        told = {"category": self.guess.category, "kind": self.guess.kind, "part": self._guessed_part(text)}
        self._guessing = True
        for name, value in told.items():
            if name not in self._corrected:
                self.form.field(name).set_value(value)
        if "urgent" not in self._corrected:
            level = CaseLevel.GRAVE if self.guess.urgent else CaseLevel.USUAL
            self.urgent.set_value(level if self.kind.value() in CASES else self.guess.urgent)
        self._guessing = False
        words = self.tr("按「{words}」猜的，不对就按 Alt 1、2、3、4 改").format(words="、".join(self.guess.because))
        self.form.rows["summary"].set_note(words if self.guess.because else "")

    def _said_of(self) -> str:
        """What the place says of the thing: 门夹人 of a lift is no door of a flat."""
        caller = self.caller.value()
        facility = caller.facility if caller is not None else ""
        return facility if facility and guess(facility).category in repair_intake.COMMON else ""

    def _guessed_part(self, text: str) -> str:
        """The common part that is spoken of, where the building is known; that of the caller field is no guess."""
        caller = self.caller.value()
        if caller is None or caller.facility or caller.building_id is None:
            return ""
        return common_part(text)

    def _show_part(self, caller: Caller | None) -> None:
        """What was found is a common part itself: it stands there and is no choice."""
        given = caller.facility if caller is not None else ""
        before, self._guessing = self._guessing, True  # nobody corrects anything here
        if given and self.part.value() != given:
            self.part.set_choices([(given, given)])
            self.part.set_value(given)
        elif not given and not self.part.isEnabled():
            self.part.set_choices(self._parts())
            self.part.set_value("")
        self.part.setEnabled(not given)
        self._guessing = before

    def _parts(self) -> list[tuple[str, str]]:
        return [("", self.tr("屋里")), *((part, part) for part in COMMON_PARTS)]

    def _next_part(self) -> None:
        """In the flat, then each common part in turn."""
        if not self.part.isEnabled():
            return
        parts = ["", *COMMON_PARTS]
        self.part.set_value(parts[(parts.index(str(self.part.value() or "")) + 1) % len(parts)])

    def _correct(self, name: str) -> None:
        if not self._guessing:
            self._corrected.add(name)

    def _next_category(self) -> None:
        """The next likeliest category, then all the others."""
        likely = [self.guess.category, *self.guess.next]
        order = [*likely, *(each for each in RepairCategory if each not in likely)]
        now = self.category.value()
        at = next((n for n, each in enumerate(order) if each is now), -1)
        self.category.set_value(order[(at + 1) % len(order)])

    def _turn_urgent(self) -> None:
        self.urgent.choose_next()

    def _turn_kind(self) -> None:
        self.kind.choose_next()

    # what is known of the place

    def _on(self) -> None:
        self.what.setFocus(Qt.FocusReason.OtherFocusReason)

    def _changed(self) -> None:
        """Caller or category are others: what is open there, and the number to call."""
        caller = self.caller.value()
        assert self.form is not None
        self._show_part(caller)
        if caller != self._caller:
            self._caller = caller
            self._guess(self.what.value())  # 电梯 in what was said means the lift of their building
        if caller is None:
            self._asked_for = ()
            self._learn(self._question, IntakeFacts())
            return
        asked = self.request()
        wanted = (
            asked.party_id, asked.room_id, asked.building_id, asked.facility, asked.category, asked.kind, asked.urgent,
            asked.level,
        )  # fmt: skip
        if wanted != self._asked_for:
            self._asked_for, self._question = wanted, self._question + 1
            read = partial(self.shell.session.read, repair_intake.intake_facts, asked)
            self.shell.run(read, partial(self._learn, self._question), self.refuse)

    def _learn(self, asked: int, facts: IntakeFacts) -> None:
        if asked != self._question:
            return
        if facts.phone != self.facts.phone or self.phone.empty:
            self.reveals.forget()
            value = None
            if facts.phone is not None:
                value = self.reveals.make(facts.phone, self.tr("电话"), first=True, kind="title")
            caller = self.caller.value()
            self.phone.show_phone(value, caller is not None and caller.party_id is not None)
        self.facts = facts
        self._say_due()
        self.open_here.show_facts(facts, self._despite, self.shell)

    def _say_due(self) -> None:
        """By when it will be done: as somebody promised, else as the office's rules have it."""
        assert self.form is not None
        promised = self.promised.value()
        due = promised if promised is not None else self.facts.done_by
        here = due.astimezone(OFFICE_ZONE) if due is not None else None
        words = self.tr("{when} 前办完").format(when=when_words(here, self.shell.today(), time=True)) if here else ""
        self.form.rows["promised"].set_note(words if promised is not None else "")
        self.form.rows["urgent"].set_note("" if promised is not None else words)

    # what is open there already

    def _another(self) -> None:
        """It is another thing: a second order is made."""
        self._despite = frozenset(each.order_id for each in self.facts.similar)
        self.summary.say("")
        self.open_here.show_facts(self.facts, self._despite, self.shell)
        self.what.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add_to(self) -> None:
        """It is the same: what was said now is kept in its history."""
        if not self.facts.similar:
            return
        first, request = self.facts.similar[0], self.request()
        self.set_busy(True)
        again = Again(first.order_id, request.summary or self.tr("又来催"), request.party_id, request.photos)
        act = partial(self.shell.session.act, Op.REPORT_REPAIR, repair_intake.report_again, again)
        self.shell.run(act, partial(self._added, first), self.refuse, write=True)

    def _added(self, order: Similar, _nothing: object) -> None:
        self.accept()
        self.shell.toast(self.tr("已补充到 {number}：没有另开一单").format(number=order.number))
        self.done.emit(None)

    # what is asked

    def request(self) -> Report:
        assert self.form is not None
        typed, caller = self.form.values(), self.caller.value()
        wished, hurry = typed["wished"], typed["urgent"]
        level = hurry if isinstance(hurry, CaseLevel) else None
        common = caller.facility if caller is not None and caller.facility else str(typed["part"] or "")
        facility, place = facility_of(common, typed["place"])
        room = caller.room_id if caller is not None and not common else None
        return Report(
            typed["key"], typed["summary"], typed["category"], hurry is True or level is CaseLevel.GRAVE, typed["kind"],
            typed["channel"], caller.party_id if caller is not None else None, room,
            caller.building_id if caller is not None and common else None, facility, place,
            wished[0] if wished else None, wished[1] if wished else None, typed["promised"],
            photos=tuple(Photo(file, "before") for file in typed["photos"]), despite=self._despite, level=level,
        )  # fmt: skip

    def problems(self) -> Mapping[str, str]:
        found = repair_intake.report_problems(self.request(), self.shell.session.office.world.now())
        for name, field in (("wished_to", "wished"), ("facility", "part")):
            if name in found:
                found[field] = found.pop(name)
        return found

    def refuse(self, error: Exception) -> None:
        super().refuse(error)
        if isinstance(error, SimilarOpen):
            self.open_here.other.setFocus(Qt.FocusReason.TabFocusReason)

    def order(self, request: Report) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.REPORT_REPAIR, repair_intake.report_repair, request)

    def stored(self, news: Reported) -> None:
        super().stored(news)
        if news.again:
            self.shell.toast(self.tr("{number} 已经登记过，没有另开一单").format(number=news.number))
            return
        words = self.tr("已登记 {number}").format(number=news.number)
        if news.answer_by is not None:
            at = news.answer_by.astimezone(OFFICE_ZONE)
            words += self.tr("，{when} 前要有人接").format(when=when_words(at, self.shell.today(), time=True))
        self.shell.toast(words)


def take_in(shell: Shell, about: About | None = None) -> ReportDialog | None:
    """Open the form over whatever is in front, or say who may."""
    if not shell.allowed(Right.EDIT_REPAIRS):
        messages.show_warning(shell.frame.tr("您的角色不能登记报修：请前台或维修班长登录后办理"))
        return None
    dialog = ReportDialog(shell, about)
    shell.open(dialog)
    return dialog
