"""The page of the check-in wizard: steps above, one step in the middle, the draft and the way on in the foot.

What is typed goes into a `CheckInDraft` at once; every 3 seconds and at every step it is sealed and kept. Nothing else
is stored until the primary of the handover (or of the terms, when the tenant comes later) does the whole act.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QStackedWidget

from desktop.models.values import Period
from desktop.services import check_in_draft as wizard
from desktop.services import check_in_facts, drafts, leases, places
from desktop.services import check_in_steps as way
from desktop.services.check_in_draft import KIND, ORDER, CheckInDraft, Step
from desktop.services.check_in_facts import WizardFacts
from desktop.services.drafts import DraftRow
from desktop.services.errors import DomainError
from desktop.services.problems import Problem
from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.check_in.contact_step import ContactStep
from desktop.views.check_in.fulfilment import Fulfilment
from desktop.views.check_in.handover_step import HandoverStep
from desktop.views.check_in.keeping import DraftKeeper
from desktop.views.check_in.payment_step import PaymentStep
from desktop.views.check_in.print_step import PrintStep
from desktop.views.check_in.read_step import ReadStep
from desktop.views.check_in.reading import Pictures, Read, read_sources, sources_in, warm_up
from desktop.views.check_in.review_step import ReviewStep
from desktop.views.check_in.room_step import RoomStep
from desktop.views.check_in.step import StepView
from desktop.views.check_in.terms_step import TermsStep
from desktop.views.dialogs import BodyScroll, Question
from desktop.views.labels import label
from desktop.views.pages import Command, Shell
from desktop.views.steps import StepsHead

_ASK_AFTER_MS = 250


class CheckInPage(Fulfilment):
    """办理入住. Opened with `room_id` it has that room chosen already; with `draft_id` it goes on with that draft."""

    help_topic = "check_in"
    tables = frozenset({"lease", "lease_room", "room", "setting", "template"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, margin=0)
        self.draft = CheckInDraft()
        self.facts: WizardFacts | None = None
        self.pictures = Pictures()
        self.said: list[Problem] = []
        self._room_facts: leases.CheckInFacts | None = None
        self._asked_room: tuple[UUID, Period] | None = None
        self.furthest = 0
        self.busy_words = ""
        self._opened_with: dict[str, Any] = {}
        self._build()
        self._room_timer = QTimer(self)
        self._room_timer.setSingleShot(True)
        self._room_timer.setInterval(_ASK_AFTER_MS)
        self._room_timer.timeout.connect(self._ask_room)
        self.setAcceptDrops(True)
        closing = getattr(shell.frame, "closing", None)
        if closing is not None:
            closing.connect(self._window_closes)

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
        self.stack = QStackedWidget()
        self.views: dict[Step, Any] = _Views(self, self.stack)
        self.body.addWidget(self.stack, 1)
        self.park_button = Button(self.tr("暂存并离开"), "quiet", key="Esc", slot=self.park)
        self.keeper = DraftKeeper(self.shell, self._state, self._is_busy)
        self.missing_words = label("", "warnhint")
        self.back_button = Button(self.tr("上一步"), key="Alt+Left", slot=self.step_back)
        self.primary = Button("", "primary", key="Ctrl+Return", slot=self.go_on)
        self.add_foot((self.park_button, self.keeper), (self.missing_words, self.back_button, self.primary))

    def _state(self) -> CheckInDraft:
        return self.draft

    def _is_busy(self) -> bool:
        return bool(self.busy_words) or self._finished()

    # the page and the frame

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
            self.keeper.save()
            self.begin()
            if wanted is not None:
                self._preselect(wanted)
        else:
            self.show_step()
        self.list_drafts()

    def _finished(self) -> bool:
        return Step.PRINT in self.views and bool(self.views[Step.PRINT].finished)

    def _reader_missing(self, trouble: Exception) -> None:
        """A PC that cannot read cards still checks people in; reading says so when it is asked for."""
        self.views[Step.READ].show_trouble(getattr(trouble, "message", "") or self.tr("读不了证件图片，请手工录入"))

    def left(self) -> None:
        self.keeper.save()

    def refresh(self, tables: frozenset[str]) -> None:
        if self.step is Step.ROOM and not self.busy_words:
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

    def begin(self) -> None:
        """A new check-in with the defaults of the office."""
        if self._finished():
            self.keeper.drop()
        self._forget()
        self.draft = CheckInDraft(ethnicity="", start=self.shell.today().isoformat())
        self.keeper.begin()
        wizard.follow_start(self.draft)
        self._take_defaults()
        self.furthest = 0
        self.show_all()

    def _forget(self) -> None:
        self.pictures.wipe()
        self._room_facts, self._asked_room = None, None
        for view in self.views.values():
            view.asked = False
            view.forget()

    def _take_defaults(self) -> None:
        if self.facts is None:
            return
        self.draft.late_fee = f"{self.facts.late_fee.normalize():f}"
        price = self.facts.property_price
        self.draft.property_price = "" if price is None else check_in_facts.price_words(price)

    def _show_facts(self, facts: WizardFacts) -> None:
        self.facts = facts
        if Step.CONTACT in self.views:
            self.views[Step.CONTACT].show_draft()
        if self.draft.empty:
            self._take_defaults()
        self.check()

    def list_drafts(self) -> None:
        session = self.shell.session
        self.shell.run(partial(session.read, drafts.list_drafts, KIND), self._show_drafts)

    def _show_drafts(self, rows: list[DraftRow]) -> None:
        self.views[Step.READ].show_drafts([row for row in rows if row.id != self.keeper.draft_id])

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
        self.keeper.save()
        if self._finished():
            self.keeper.drop()
        session = self.shell.session
        self.keeper.begin(draft_id)
        self.shell.run(partial(session.read, drafts.read_draft, draft_id), self._resumed)

    def _resumed(self, body: bytes) -> None:
        self._forget()
        self.draft = wizard.decode(body)
        self.furthest = ORDER.index(self.draft.step)
        if self.draft.room_id is not None:
            self._ask_room()
        self.show_all()

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
        self.list_drafts()

    # putting it aside

    def park(self) -> None:
        """Esc: keep the draft and leave; only when it is kept, the page is."""
        if self.busy_words:
            return
        if self._finished() or self.draft.empty:
            self._leave()
            return
        self.keeper.timer.stop()
        work = self.keeper.saving()
        self.shell.run(work, self._parked, self._not_parked, write=True, busy=self.tr("正在保存草稿"))

    def _parked(self, _at: datetime) -> None:
        self.keeper.settled()
        self.shell.toast(self.tr("草稿已保存，办理入住（F2）里可以接着办"))
        self._leave()

    def _not_parked(self, trouble: Exception) -> None:
        self.keeper.not_saved(trouble)
        messages.show_error(trouble, self.park)

    def _leave(self) -> None:
        self.begin()
        self._opened_with = {}
        self.shell.navigate("board")

    def _window_closes(self) -> None:
        self._room_timer.stop()
        self.keeper.save_at_close()
        if Step.PRINT in self.views:
            self.views[Step.PRINT].shutdown()

    # the steps

    def show_all(self) -> None:
        for view in self.views.values():
            view.show_draft()
        self.show_step()

    def show_step(self) -> None:
        """Bring the step of the draft to the front."""
        at = ORDER.index(self.draft.step)
        self.furthest = max(self.furthest, at)
        self.views[self.step].bring_forward(self.stack)
        done = {n for n in range(self.furthest + 1) if n != at}
        if self.draft.lease_id is not None:
            done = set(range(at))
        self.steps_head.show_step(at, done)
        self.check()
        self.shell.retitle()
        if self.step is Step.PAYMENT:
            self.load_bills()
        front = self.stack.currentWidget()
        if isinstance(front, BodyScroll):
            front.verticalScrollBar().setValue(0)
        self.view.entered()

    def to_step(self, step: Step) -> None:
        """Go to a step, keeping the draft."""
        if not way.may_show(self.draft, step):
            return
        before = self.view
        if self.step is Step.REVIEW and ORDER.index(step) > ORDER.index(Step.REVIEW):
            self.pictures.wipe()
            self.views[Step.REVIEW].show_draft()
        before.left_behind()
        self.draft.step = step
        self.view.show_draft()
        self.keeper.dirty = True
        self.keeper.save()
        self.show_step()

    def _step_chosen(self, at: int) -> None:
        if not self.busy_words:
            self.to_step(ORDER[at])

    def step_back(self) -> None:
        """Alt ←: the step before; in the first one, the page before."""
        step = way.before(self.draft, self.step)
        if self.busy_words:
            return
        if step is not None:
            self.to_step(step)
        elif self.step is Step.READ:
            self.shell.back()

    def typed(self) -> None:
        """Something changed: say what the service says, and keep it within three seconds."""
        if self.busy_words:
            return
        self.keeper.changed()
        self.check()
        if self.step is Step.TERMS:
            self._room_timer.start()

    def room_chosen(self) -> None:
        """Another room: what is asked of it comes in the background, the fields of the terms follow."""
        self._room_facts = None
        self._ask_room()
        if Step.TERMS in self.views:
            self.views[Step.TERMS].show_draft()
        self.typed()

    def _facts_now(self) -> leases.CheckInFacts | None:
        if self._room_facts is not None:
            return self._room_facts
        return self.facts.facts if self.facts is not None else None

    def check(self) -> None:
        """Ask what is to be said of the step in front, and say it."""
        facts = self._facts_now()
        if facts is None:
            self.said = []
            self.missing_words.setText("")
        else:
            self.said = way.problems(self.draft, self.step, facts)
            if self.step is Step.READ and self.draft.number:
                review = way.problems(self.draft, Step.REVIEW, facts)
                self.said = [p for p in review if p.field in ("document.number", "document.kind")]
            self.view.show_problems(self.said)
            missing = way.missing(self.draft, self.step, facts) if self.step is not Step.READ else ""
            self.missing_words.setText(missing if self.step not in (Step.PAYMENT, Step.PRINT) else "")
        self.show_foot()

    def show_foot(self) -> None:
        words, icon = self.view.primary()
        self.primary.setText(words)
        self.primary.set_icon(icon or None)
        self.back_button.setVisible(way.before(self.draft, self.step) is not None)
        self.primary.allow(self.busy_words or self.view.ready())
        if self.busy_words:
            self.missing_words.setText(self.busy_words)
        finished = self._finished()
        self.park_button.setText(self.tr("回到房态") if finished else self.tr("暂存并离开"))

    # the way on

    def go_on(self) -> None:
        """The primary: check this step, then go on; the last one before the money does the act."""
        if self.busy_words:
            return
        if self.step is Step.READ:
            self._ethnicity_default()
            self.to_step(Step.REVIEW)
            return
        if self.step is Step.PAYMENT:
            self.pay()
            return
        if self.step is Step.PRINT:
            self.print_papers()
            return
        self.view.asked = True
        self.check()
        if self._facts_now() is None:
            return
        doubtful = self.step is Step.REVIEW and bool(self.draft.doubts)
        if doubtful or any(p.stops for p in self.said):
            self.view.focus_problem()
            return
        today = self.shell.today()
        if way.stores_on_leaving(self.draft, self.step, today):
            self.store()
        else:
            self.to_step(self._next_step(today))

    def _next_step(self, today: Any) -> Step:
        step = way.after(self.draft, self.step, today)
        if step is Step.ROOM and self.draft.room_id is not None and self.furthest < ORDER.index(Step.ROOM):
            facts = self._facts_now()
            # Chosen on the board and free: nothing to ask here, a look back is one key away.
            if facts is not None and not any(p.stops for p in way.problems(self.draft, Step.ROOM, facts)):
                self.furthest = ORDER.index(Step.ROOM)
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

    def take_pictures(self, sources: Sequence[Any]) -> None:
        """Read card pictures in a job; in the handover they are pictures of the room."""
        if self.busy_words:
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
        self.busy_words = ""
        self.pictures.faces |= read.faces
        self.pictures.crops |= read.crops
        wizard.take_reading(self.draft, read.texts, read.doubts)
        self.views[Step.REVIEW].forget()
        self.views[Step.REVIEW].show_draft()
        self.views[Step.READ].show_draft()
        self.keeper.dirty = True
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
            self.check()


class _Views(dict[Step, Any]):
    """The steps by name, each built when it is first wanted: the page opens with one of eight."""

    def __init__(self, page: CheckInPage, stack: QStackedWidget) -> None:
        super().__init__()
        self._page, self._stack = page, stack

    def __missing__(self, step: Step) -> StepView:
        view = _KINDS[step](self._page)
        self[step] = view
        self._stack.addWidget(BodyScroll(view) if view.scrolls else view)
        view.show_draft()
        return view


_KINDS: dict[Step, type[StepView]] = {
    kind.step: kind
    for kind in (ReadStep, ReviewStep, ContactStep, RoomStep, TermsStep, HandoverStep, PaymentStep, PrintStep)
}


def _room_facts(session: Any, room_id: UUID, period: Period | None) -> tuple[Any, leases.CheckInFacts]:
    """The answer together with what was asked, so that an older one can be told."""
    return (room_id, period), session.read(leases.check_in_facts, room_id, period)
