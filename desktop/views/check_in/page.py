"""The page of the check-in wizard: steps above, one step in the middle, the draft and the way on in the foot.

What is typed goes into a `CheckInDraft` at once; every 3 seconds and at every step it is sealed and kept. Nothing else
is stored until the primary of the handover (or of the terms, when the tenant comes later) does the whole act.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QStackedWidget

from desktop.models.values import Period
from desktop.services import check_in_draft as wizard
from desktop.services import check_in_facts, drafts, leases, places
from desktop.services.check_in_draft import KIND, ORDER, CheckInDraft, Step
from desktop.services.check_in_facts import OpenBills, WizardFacts
from desktop.services.drafts import DraftRow
from desktop.services.errors import DomainError, Outage, ProblemsFound
from desktop.services.payments import BillsChanged, ChoiceNeeded
from desktop.services.problems import Problem, error
from desktop.services.trouble import RoomTaken
from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.check_in import acts
from desktop.views.check_in.contact_step import ContactStep
from desktop.views.check_in.handover_step import HandoverStep
from desktop.views.check_in.payment_step import PaymentStep
from desktop.views.check_in.print_step import PrintStep
from desktop.views.check_in.read_step import ReadStep
from desktop.views.check_in.reading import Pictures, Read, read_sources, sources_in, warm_up
from desktop.views.check_in.review_step import ReviewStep
from desktop.views.check_in.room_step import RoomStep
from desktop.views.check_in.step import StepView
from desktop.views.check_in.terms_step import TermsStep
from desktop.views.dialogs import BodyScroll, Question
from desktop.views.labels import Glyph, label
from desktop.views.pages import Command, Page, Shell
from desktop.views.steps import StepsHead
from desktop.world import OFFICE_ZONE

SAVE_EVERY_MS = 3000
_ASK_AFTER_MS = 250
_LAST_SAVE_SECONDS = 2.0


class CheckInPage(Page):
    """办理入住. Opened with `room_id` it has that room chosen already; with `draft_id` it goes on with that draft."""

    help_topic = "check_in"
    tables = frozenset({"lease", "lease_room", "room", "setting", "template"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, margin=0)
        self.draft = CheckInDraft()
        self.draft_id: UUID = shell.session.office.world.new_id()
        self.facts: WizardFacts | None = None  # type: ignore[assignment]
        self.pictures = Pictures()
        self._said: list[Problem] = []
        self._room_facts: leases.CheckInFacts | None = None
        self._asked_room: tuple[UUID, Period] | None = None
        self._furthest = 0
        self._busy = ""
        self._dirty = False
        self._closing = False
        self._opened_with: dict[str, Any] = {}
        self._build()
        self._save_timer = self._timer(SAVE_EVERY_MS, self.save)
        self._room_timer = self._timer(_ASK_AFTER_MS, self._ask_room)
        self.setAcceptDrops(True)
        closing = getattr(shell.frame, "closing", None)
        if closing is not None:
            closing.connect(self._window_closes)

    def _timer(self, wait_ms: int, slot: Any) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(wait_ms)
        timer.timeout.connect(slot)
        return timer

    def _build(self) -> None:
        words = [
            self.tr("读证件"), self.tr("核对"), self.tr("联系人"), self.tr("选房间"), self.tr("租期租金"),
            self.tr("交接"), self.tr("收款"), self.tr("打印"),
        ]  # fmt: skip
        self.set_head(self.tr("办理入住"))
        self.steps_head = StepsHead(words)
        self.head.insertSpacing(1, 8)
        self.head.insertWidget(2, self.steps_head, 1)
        self.head.setStretch(self.head.count() - 1, 0)
        self.steps_head.chosen.connect(self._step_chosen)
        made: tuple[type[StepView], ...] = (
            ReadStep, ReviewStep, ContactStep, RoomStep, TermsStep, HandoverStep, PaymentStep, PrintStep,
        )  # fmt: skip
        self.views: dict[Step, Any] = {}
        self.stack = QStackedWidget()
        for kind in made:
            view = kind(self)
            self.views[view.step] = view
            self.stack.addWidget(BodyScroll(view) if view.scrolls else view)
        self.body.addWidget(self.stack, 1)
        self.park_button = Button(self.tr("暂存并离开"), "quiet", key="Esc", slot=self.park)
        self.saved_glyph = Glyph("circle-check", "ok", 15)
        self.saved_words = label("", "hint")
        self.missing_words = label("", "warnhint")
        self.back_button = Button(self.tr("上一步"), key="Alt+Left", slot=self.step_back)
        self.primary = Button("", "primary", key="Ctrl+Return", slot=self.go_on)
        self.add_foot(
            (self.park_button, self.saved_glyph, self.saved_words),
            (self.missing_words, self.back_button, self.primary),
        )
        self.saved_glyph.hide()

    # the page and the frame

    @property
    def step(self) -> Step:
        return self.draft.step

    @property
    def view(self) -> Any:
        return self.views[self.draft.step]

    def title(self) -> str:
        return self.tr("办理入住") if self.draft.empty else self.tr("办理入住 {who}").format(who=self.draft.title)

    def hints(self) -> str:
        return str(self.view.hints())

    def opened(self, params: dict[str, Any]) -> None:
        fresh = params != self._opened_with
        self._opened_with = dict(params)
        self.shell.jobs.run(warm_up, failed=self._reader_missing)
        if self.facts is None or self.draft.empty:
            session = self.shell.session
            self.shell.run(partial(session.read, check_in_facts.wizard_facts), self._show_facts)
        wanted = params.get("room_id")
        if "draft_id" in params and fresh:
            self.resume(params["draft_id"])
        elif self.draft.empty or (fresh and wanted is not None and wanted != self.draft.room_id) or self._finished():
            self.save()
            self._begin()
            if wanted is not None:
                self._preselect(wanted)
        else:
            self._show_step()
        self._list_drafts()

    def _finished(self) -> bool:
        return bool(self.views[Step.PRINT].finished)

    def _reader_missing(self, trouble: Exception) -> None:
        """A PC that cannot read cards still checks people in; reading says so when it is asked for."""
        self.views[Step.READ].show_trouble(getattr(trouble, "message", "") or self.tr("读不了证件图片，请手工录入"))

    def left(self) -> None:
        self.save()

    def refresh(self, tables: frozenset[str]) -> None:
        if self.step is Step.ROOM and not self._busy:
            self.view.load()
        self._ask_room()

    def command(self, command: Command) -> bool:
        if command is Command.PRINT and self.step is Step.PRINT:
            self.view._print_shown()
            return True
        return False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if sources_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        sources = sources_in(event.mimeData())
        if sources:
            event.acceptProposedAction()
            self.take_pictures(sources)

    # beginning, resuming

    def _begin(self) -> None:
        """A new check-in with the defaults of the office."""
        self._forget()
        self.draft = CheckInDraft(ethnicity="", start=self.shell.today().isoformat())
        self.draft_id = self.shell.session.office.world.new_id()
        wizard.follow_start(self.draft)
        self._take_defaults()
        self._furthest = 0
        self._say_saved(None)
        self._show_all()

    def _forget(self) -> None:
        self.pictures.wipe()
        self._save_timer.stop()
        self._dirty, self._room_facts, self._asked_room = False, None, None
        for view in self.views.values():
            view.asked = False
        self.views[Step.REVIEW].forget()
        self.views[Step.PRINT].finished = False

    def _take_defaults(self) -> None:
        if self.facts is None:
            return
        self.draft.late_fee = f"{self.facts.late_fee.normalize():f}"
        price = self.facts.property_price
        self.draft.property_price = "" if price is None else check_in_facts.price_words(price)

    def _show_facts(self, facts: WizardFacts) -> None:
        self.facts = facts
        self.views[Step.CONTACT].show_notice(facts.notice)
        if self.draft.empty:
            self._take_defaults()
        self._check()

    def _list_drafts(self) -> None:
        session = self.shell.session
        self.shell.run(partial(session.read, drafts.list_drafts, KIND), self._show_drafts)

    def _show_drafts(self, rows: list[DraftRow]) -> None:
        self.views[Step.READ].show_drafts([row for row in rows if row.id != self.draft_id])

    def _preselect(self, room_id: UUID) -> None:
        session = self.shell.session
        self.shell.run(partial(session.read, places.room_place, room_id), self._show_room)

    def _show_room(self, room: places.RoomPlace) -> None:
        if self.draft.room_id is not None:
            return
        free = check_in_facts.FreeRoom(
            room.id, room.building, room.number, room.floor, room.layout or "", room.area, room.asking_rent, True, 0
        )
        self.views[Step.ROOM].take(free)

    def resume(self, draft_id: UUID) -> None:
        """Go on with a draft that was put aside, or that a crash left."""
        self.save()
        session = self.shell.session
        self.draft_id = draft_id
        self.shell.run(partial(session.read, drafts.read_draft, draft_id), self._resumed)

    def _resumed(self, body: bytes) -> None:
        self._forget()
        self.draft = wizard.decode(body)
        self._furthest = ORDER.index(self.draft.step)
        if self.draft.room_id is not None:
            self._ask_room()
        self._show_all()

    def drop(self, row: DraftRow) -> None:
        """Throw a draft away, after asking."""
        question = Question(
            self.shell.frame, self.tr("丢弃草稿"),
            self.tr("「{title}」填过的内容会删除，找不回来。").format(title=row.title),
            [(row.id, self.tr("丢弃草稿"), "danger")], cancel=self.tr("留着"),
        )  # fmt: skip
        question.answered.connect(self._drop)
        self.shell.open(question)

    def _drop(self, draft_id: UUID) -> None:
        session = self.shell.session
        work = partial(drafts.drop_draft, session.office, session.actor, draft_id)
        self.shell.run(work, self._dropped, write=True)

    def _dropped(self, _nothing: object) -> None:
        self._list_drafts()

    # keeping the draft

    def save(self) -> None:
        """Keep the draft now, if anything changed since the last time."""
        self._save_timer.stop()
        if not self._dirty or self._busy or self.draft.empty:
            return
        self._dirty = False
        self.shell.jobs.run(self._saving(), self._saved, self._not_saved, write=True)

    def _saving(self) -> partial[datetime]:
        session = self.shell.session
        body = wizard.encode(self.draft)
        return partial(drafts.save_draft, session.office, session.actor, KIND, self.draft_id, self.draft.title, body)

    def _saved(self, at: datetime) -> None:
        self._say_saved(at)

    def _not_saved(self, trouble: Exception) -> None:
        """Nothing is lost: it is still here, and is tried again by itself."""
        self._dirty = True
        self._save_timer.start()
        self.saved_glyph.set("triangle-alert", "warn")
        self.saved_glyph.show()
        text = getattr(trouble, "message", "") or self.tr("草稿没有存上")
        self.saved_words.setText(self.tr("{text}，自动再试").format(text=text.split("，")[0]))

    def _window_closes(self) -> None:
        """The last words typed are kept, too: jobs are not started any more, so a thread of its own waits a moment."""
        self._save_timer.stop()
        self._room_timer.stop()
        self.views[Step.PRINT].shutdown()
        if self._dirty and not self._busy and not self.draft.empty:
            last = threading.Thread(target=_quietly, args=(self._saving(),), daemon=True)
            last.start()
            last.join(_LAST_SAVE_SECONDS)

    def _say_saved(self, at: datetime | None) -> None:
        self.saved_glyph.set("circle-check", "ok")
        self.saved_glyph.setVisible(at is not None)
        words = "" if at is None else self.tr("草稿已保存 {time}").format(time=f"{at.astimezone(OFFICE_ZONE):%H:%M}")
        self.saved_words.setText(words)

    def park(self) -> None:
        """Esc: keep the draft and leave; only when it is kept, the page is."""
        if self._busy:
            return
        if self._finished() or self.draft.empty:
            self._leave()
            return
        self._save_timer.stop()
        self._closing = True
        self.shell.run(self._saving(), self._parked, self._not_parked, write=True, busy=self.tr("正在保存草稿"))

    def _parked(self, at: datetime) -> None:
        self._dirty, self._closing = False, False
        self.shell.toast(self.tr("草稿已保存，办理入住（F2）里可以接着办"))
        self._leave()

    def _not_parked(self, trouble: Exception) -> None:
        self._closing = False
        self._not_saved(trouble)
        messages.show_error(trouble, self.park)

    def _leave(self) -> None:
        self._begin()
        self._opened_with = {}
        self.shell.navigate("board")

    # the steps

    def _show_all(self) -> None:
        for view in self.views.values():
            if self.facts is not None or view.step is not Step.PRINT:
                view.show_draft()
        self._show_step()

    def _show_step(self) -> None:
        """Bring the step of the draft to the front."""
        at = ORDER.index(self.draft.step)
        self._furthest = max(self._furthest, at)
        self.stack.setCurrentIndex(at)
        done = {n for n in range(self._furthest + 1) if n != at}
        if self.draft.lease_id is not None:
            done = set(range(at))
        self.steps_head.show_step(at, done)
        self._check()
        self.shell.retitle()
        if self.step is Step.PAYMENT:
            self._load_bills()
        front = self.stack.currentWidget()
        if isinstance(front, BodyScroll):
            front.verticalScrollBar().setValue(0)
        self.view.entered()

    def to_step(self, step: Step) -> None:
        """Go to a step, keeping the draft."""
        if not wizard.may_show(self.draft, step):
            return
        before = self.view
        if self.step is Step.REVIEW and ORDER.index(step) > ORDER.index(Step.REVIEW):
            self.pictures.wipe()
            self.views[Step.REVIEW].show_draft()
        before.left_behind()
        self.draft.step = step
        self.view.show_draft()
        self._dirty = True
        self.save()
        self._show_step()

    def _step_chosen(self, at: int) -> None:
        if not self._busy:
            self.to_step(ORDER[at])

    def step_back(self) -> None:
        """Alt ←: the step before; in the first one, the page before."""
        step = wizard.before(self.draft, self.step)
        if self._busy:
            return
        if step is not None:
            self.to_step(step)
        elif self.step is Step.READ:
            self.shell.back()

    def typed(self) -> None:
        """Something changed: say what the service says, and keep it within three seconds."""
        if self._busy:
            return
        self._dirty = True
        if not self._save_timer.isActive():
            self._save_timer.start()
        self._check()
        if self.step is Step.TERMS:
            self._room_timer.start()

    def room_chosen(self) -> None:
        """Another room: what is asked of it comes in the background, the fields of the terms follow."""
        self._room_facts = None
        self._ask_room()
        self.views[Step.TERMS].show_draft()
        self.typed()

    def _facts_now(self) -> leases.CheckInFacts | None:
        if self._room_facts is not None:
            return self._room_facts
        return self.facts.facts if self.facts is not None else None

    def _check(self) -> None:
        """Ask what is to be said of the step in front, and say it."""
        facts = self._facts_now()
        if facts is None:
            self._said = []
            self.missing_words.setText("")
        else:
            self._said = wizard.problems(self.draft, self.step, facts)
            if self.step is Step.READ and self.draft.number:
                review = wizard.problems(self.draft, Step.REVIEW, facts)
                self._said = [p for p in review if p.field in ("document.number", "document.kind")]
            self.view.show_problems(self._said)
            missing = wizard.missing(self.draft, self.step, facts) if self.step is not Step.READ else ""
            self.missing_words.setText(missing if self.step not in (Step.PAYMENT, Step.PRINT) else "")
        self._show_foot()

    def _show_foot(self) -> None:
        words, icon = self.view.primary()
        self.primary.setText(words)
        self.primary.set_icon(icon or None)
        self.back_button.setVisible(wizard.before(self.draft, self.step) is not None)
        self.primary.allow(self._busy or self.view.ready())
        if self._busy:
            self.missing_words.setText(self._busy)
        finished = self._finished()
        self.park_button.setText(self.tr("回到房态") if finished else self.tr("暂存并离开"))

    def set_busy(self, words: str) -> None:
        """Work is under way: the primary waits and the foot says why. Empty: it is over."""
        self._busy = words
        self._check()

    # the way on

    def go_on(self) -> None:
        """The primary: check this step, then go on; the last one before the money does the act."""
        if self._busy:
            return
        if self.step is Step.READ:
            self._ethnicity_default()
            self.to_step(Step.REVIEW)
            return
        if self.step is Step.PAYMENT:
            self._pay()
            return
        if self.step is Step.PRINT:
            self._print()
            return
        self.view.asked = True
        self._check()
        if self._facts_now() is None:
            return
        doubtful = self.step is Step.REVIEW and bool(self.draft.doubts)
        if doubtful or any(p.stops for p in self._said):
            self.view.focus_problem()
            return
        today = self.shell.today()
        if wizard.stores_on_leaving(self.draft, self.step, today):
            self._store()
        else:
            self.to_step(self._next_step(today))

    def _next_step(self, today: Any) -> Step:
        step = wizard.after(self.draft, self.step, today)
        if step is Step.ROOM and self.draft.room_id is not None and self._furthest < ORDER.index(Step.ROOM):
            facts = self._facts_now()
            # Chosen on the board and free: nothing to ask here, a look back is one key away.
            if facts is not None and not any(p.stops for p in wizard.problems(self.draft, Step.ROOM, facts)):
                self._furthest = ORDER.index(Step.ROOM)
                return Step.TERMS
        return step

    def _ethnicity_default(self) -> None:
        """Nine in ten cards say 汉: it stands there, and is typed over in the others."""
        if self.draft.how == "typed" and not self.draft.ethnicity:
            self.draft.ethnicity = "汉"
        wizard.follow_number(self.draft, self.shell.today())

    # pictures

    def choose_pictures(self) -> None:
        """The file dialog of the first step, from the second."""
        self.views[Step.READ].choose()

    def take_pictures(self, sources: Sequence[Path | QImage]) -> None:  # type: ignore[override]
        """Read card pictures in a job; in the handover they are pictures of the room."""
        if self._busy:
            return
        if self.step is Step.HANDOVER:
            self.view.add(sources)
            return
        if self.step not in (Step.READ, Step.REVIEW):
            return
        self.views[Step.READ].show_trouble("")
        self.set_busy(self.tr("正在读证件"))
        work = partial(read_sources, list(sources), self.shell.today())
        self.shell.run(work, self._read, self._not_read, busy=self.tr("正在读证件"))

    def _read(self, read: Read) -> None:
        self._busy = ""
        self.pictures.faces |= read.faces
        self.pictures.crops |= read.crops
        wizard.take_reading(self.draft, read.texts, read.doubts)
        self.views[Step.REVIEW].forget()
        self.views[Step.REVIEW].show_draft()
        self.views[Step.READ].show_draft()
        self._dirty = True
        if "front" in self.pictures.faces or self.draft.name:
            self.to_step(Step.REVIEW)
        else:
            self.set_busy("")
            self.views[Step.READ].show_trouble(self.tr("国徽面已读好，再放入人像面"))

    def _not_read(self, trouble: Exception) -> None:
        self.set_busy("")
        if not isinstance(trouble, DomainError):
            messages.show_error(trouble)
            return
        self.views[Step.READ].show_trouble(trouble.message)
        if self.step is not Step.READ:
            messages.show_error(trouble)

    # room and period as they are now

    def _ask_room(self) -> None:
        """Whether the room is free in this time, asked off the GUI thread; an older answer is dropped."""
        terms = wizard.terms_of(self.draft)
        if self.draft.room_id is None or self.draft.lease_id is not None:
            return
        period = Period(terms.start, terms.end) if terms is not None and terms.start <= terms.end else None
        self._asked_room = (self.draft.room_id, period)  # type: ignore[assignment]
        session = self.shell.session
        self.shell.run(partial(_room_facts, session, self.draft.room_id, period), self._show_room_facts)

    def _show_room_facts(self, answer: tuple[Any, leases.CheckInFacts]) -> None:
        asked, facts = answer
        if asked == self._asked_room and self.draft.lease_id is None:
            self._room_facts = facts
            self._check()

    # the act

    def _store(self) -> None:
        """Check in: one act; a second press or a broken line never makes a second lease."""
        self._save_timer.stop()
        self.set_busy(self.tr("正在办理入住"))
        form = wizard.request(self.draft, self.draft_id)
        work = partial(acts.store_once, self.shell.session, self.draft_id, self.draft, form)
        self.shell.run(work, self._stored, self._not_stored, write=True, busy=self.tr("正在办理入住"))

    def _stored(self, stored: acts.Stored) -> None:
        self._busy = ""
        self.draft = wizard.after_check_in(self.draft)
        self.draft.lease_id, self.draft.party_id = stored.lease_id, stored.party_id
        self.draft.lease_number = stored.lease_number
        self._dirty = False
        for view in self.views.values():
            view.asked = False
        self._furthest = ORDER.index(Step.PAYMENT)
        if stored.payment_id is not None:
            self._paid(acts.Paid(stored.payment_id, ""))
            return
        self._show_all()

    def _not_stored(self, trouble: Exception) -> None:
        self.set_busy("")
        self._dirty = True
        self._save_timer.start()
        if isinstance(trouble, RoomTaken):
            self.to_step(Step.ROOM)
            self.view.show_trouble(trouble.message)
        elif isinstance(trouble, ProblemsFound):
            self._go_to_problem(trouble.problems)
        elif isinstance(trouble, Outage):
            messages.show_error(trouble, self._store)
            self.primary.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            messages.show_error(trouble)
            self.primary.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go_to_problem(self, problems: dict[str, str]) -> None:
        """What the act found goes to the first step it belongs to; that step then names all of its own."""
        steps = {wizard.step_of(name) for name in problems}
        self.to_step(min(steps, key=ORDER.index))
        self.view.asked = True
        self._check()
        if not any(p.stops for p in self._said):
            # The world has moved on since the form was checked: say what the act said.
            self.view.show_problems([error(name, text) for name, text in problems.items()])
            messages.show_warning(next(iter(problems.values())))
        self.view.focus_problem()

    # the money

    def _load_bills(self) -> None:
        if self.draft.lease_id is not None:
            session = self.shell.session
            self.shell.run(partial(session.read, check_in_facts.open_bills, self.draft.lease_id), self._show_bills)

    def _show_bills(self, found: OpenBills) -> None:
        if self.draft.lease_id != found.lease.id:
            return
        self.draft.lease_number = found.lease.number
        self.draft.name, self.draft.room = found.lease.tenant, found.lease.room
        if not found.bills and found.receipts and self.step is Step.PAYMENT:
            # The till was quicker, or the line broke after the money was taken.
            self._paid(acts.Paid(found.receipts[0].payment_id, found.receipts[0].number))
            return
        self.views[Step.PAYMENT].show_open(found)
        self.views[Step.PAYMENT].entered()
        self._show_foot()

    def _pay(self) -> None:
        view = self.views[Step.PAYMENT]
        if view.open is None:
            return
        if not view.taking:
            self.hand_to_till()
            return
        if not view.check():
            return
        self.set_busy(self.tr("正在收款"))
        work = partial(acts.pay_once, self.shell.session, self.draft_id, view.request(self.draft_id))
        self.shell.run(work, self._paid, self._not_paid, write=True, busy=self.tr("正在收款"))

    def _paid(self, paid: acts.Paid) -> None:
        self._busy = ""
        self.draft.payment_id, self.draft.handed_over = paid.payment_id, False
        self._to_print(paid.number)

    def _not_paid(self, trouble: Exception) -> None:
        self.set_busy("")
        view = self.views[Step.PAYMENT]
        if isinstance(trouble, ChoiceNeeded):
            view.form.ask_surplus()
        elif isinstance(trouble, BillsChanged):
            messages.show_error(trouble)
            self._load_bills()
        elif isinstance(trouble, ProblemsFound):
            view.refuse(trouble.problems)
        else:
            messages.show_error(trouble, self._pay)
            view.entered()

    def hand_to_till(self) -> None:
        """Leave the bills for the cashier and go on to the lease."""
        self.draft.handed_over = True
        self._dirty = True
        self._to_print("")

    def _to_print(self, receipt: str) -> None:
        self.draft.step = Step.PRINT
        self.save()
        self.view.show_draft()
        self.view.show_done(receipt)
        self._show_step()

    # the end

    def _print(self) -> None:
        view = self.views[Step.PRINT]
        if view.finished:
            self._begin()
            self._list_drafts()
            return
        lease_id, payment_id = view.wanted()
        if lease_id is not None or payment_id is not None:
            view.print_them(lease_id, payment_id)
        self._finish()

    def _finish(self) -> None:
        """Everything is stored: the draft has done its work."""
        self.views[Step.PRINT].finished = True
        session = self.shell.session
        self._dirty = False
        self.shell.jobs.run(partial(drafts.drop_draft, session.office, session.actor, self.draft_id), write=True)
        self._say_saved(None)
        self._check()
        self.shell.retitle()

    def see_lease(self) -> None:
        """Open the lease just signed."""
        if self.draft.lease_id is not None:
            self.shell.navigate("lease", lease_id=self.draft.lease_id)


def _quietly(function: Callable[[], object]) -> None:
    """There is nobody left to tell; the draft of three seconds ago is there."""
    with suppress(Exception):
        function()


def _room_facts(session: Any, room_id: UUID, period: Period | None) -> tuple[Any, leases.CheckInFacts]:
    """The answer together with what was asked, so that an older one can be told."""
    return (room_id, period), session.read(leases.check_in_facts, room_id, period)
