"""The page of the check-in wizard: steps above, one step in the middle, the draft and the way on in the foot.

What is typed goes into a `CheckInDraft` at once; every 3 seconds and at every step it is sealed and kept. Nothing else
is stored until the primary of the handover (or of the terms, when the tenant comes later) does the whole act.
"""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget

from desktop.services import check_in_draft as wizard
from desktop.services import check_in_facts, party_page, places, typed_card
from desktop.services import check_in_steps as way
from desktop.services.check_in_draft import KIND, ORDER, CheckInDraft, Step, encode
from desktop.services.check_in_facts import WizardFacts
from desktop.services.check_in_forms import CheckInFacts
from desktop.services.problems import Problem
from desktop.views.buttons import Button
from desktop.views.capture.camera_run import close_cameras
from desktop.views.check_in.card_intake import CardIntake
from desktop.views.check_in.draft_shelf import DraftShelf
from desktop.views.check_in.fulfilment import Fulfilment
from desktop.views.check_in.people_desk import PeopleDesk
from desktop.views.check_in.reading import Pictures, sources_in, warm_up
from desktop.views.check_in.room_check import RoomCheck
from desktop.views.check_in.step_views import StepViews
from desktop.views.draft_keeping import DraftKeeper, Kept
from desktop.views.keys import bind
from desktop.views.labels import label
from desktop.views.overlays import BodyScroll
from desktop.views.pages import Command, Page, Shell
from desktop.views.steps import StepsHead


class CheckInPage(Page):
    """办理入住. Opened with `room_id` it has that room chosen already; with `draft_id` it goes on with that draft."""

    help_topic = "check_in"
    tables = frozenset({"lease", "lease_room", "room", "setting", "template"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, margin=0)
        self.draft = CheckInDraft()
        self.facts: WizardFacts | None = None
        self.pictures = Pictures()
        self.said: list[Problem] = []
        self.furthest = 0
        self.busy_words = ""
        self._opened_with: dict[str, Any] = {}
        self.cards, self.shelf, self.acts = CardIntake(self, self), DraftShelf(self, self), Fulfilment(self, self)
        self.rooms = RoomCheck(self, self)
        self.rooms.answered.connect(self.check)
        self._build()
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
        self.people = PeopleDesk(self, self)
        self.stack = QStackedWidget()
        self.views: dict[Step, Any] = StepViews(self, self.stack)
        self.body.addWidget(self.stack, 1)
        self.park_button = Button(self.tr("暂存并离开"), "quiet", key="Esc", slot=self.shelf.put_aside)
        self.keeper = DraftKeeper(self.shell, KIND, self._kept, self._is_busy)
        self.missing_words = label("", "warnhint", wrap=True)  # in two lines where the foot is narrow
        self.back_button = Button(self.tr("上一步"), key="Alt+Left", slot=self.step_back)
        self.primary = Button("", "primary", key="Ctrl+Return", slot=self.go_on)
        self.add_foot((self.park_button, self.keeper), (self.missing_words, self.back_button, self.primary))
        self._people_key = bind(self, "Alt+0", self.people.open)
        # On the first step these stand on buttons; a second side or another person's card may come later.
        self._card_keys = [
            bind(self, key, slot)
            for key, slot in (
                ("Ctrl+P", self.cards.photograph), ("Ctrl+S", self.cards.scan), ("Ctrl+I", self.cards.take_new)
            )
        ]  # fmt: skip

    def _kept(self) -> Kept | None:
        draft = self._state()
        return None if draft.empty else Kept(draft.title, encode(draft))

    def _state(self) -> CheckInDraft:
        return self.draft

    def _is_busy(self) -> bool:
        return bool(self.busy_words) or self.acts.in_doubt or self.finished

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
            self.load_facts()
        wanted = params.get("room_id")
        if "draft_id" in params and fresh:
            self.shelf.resume(params["draft_id"])
        elif self.draft.empty or (fresh and wanted is not None and wanted != self.draft.room_id) or self.finished:
            self.keeper.save()
            self.begin()
            if wanted is not None:
                self._preselect(wanted)
            if params.get("party_id") is not None:
                self._await(params["party_id"])
        else:
            self.show_step()
        self.shelf.offer()
        self.cards.folder.begin()

    def load_facts(self) -> None:
        """What the office has laid down: the notice, rates, sizes of paper."""
        session = self.shell.session
        self.shell.run(partial(session.read, check_in_facts.wizard_facts), self._show_facts)

    @property
    def finished(self) -> bool:
        """Whether everything is stored and the papers were asked for."""
        return Step.PRINT in self.views and bool(self.views[Step.PRINT].finished)

    def _reader_missing(self, trouble: Exception) -> None:
        """A PC that cannot read cards still checks people in; reading says so when it is asked for."""
        self.views[Step.READ].show_trouble(getattr(trouble, "message", "") or self.tr("读不了证件图片，请手工录入"))

    def left(self) -> None:
        self.cards.folder.end()
        self.keeper.save()

    def refresh(self, tables: frozenset[str]) -> None:
        if self.busy_words:
            return
        if self.acts.in_doubt:
            self.acts.find_out()
            return
        # What could not be read when it was wanted, because the database was gone, is read now.
        if self.facts is None:
            self.load_facts()
        if self.step is Step.ROOM:
            self.view.load()
        elif self.step is Step.PAYMENT and self.view.open is None:
            self.acts.load_bills()
        elif self.step is Step.PRINT and self.view.empty:
            self.view.load()
        self.rooms.ask()

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
            self.cards.take(sources)

    # beginning, resuming

    def begin(self) -> None:
        """A new check-in with the defaults of the office."""
        if self.finished:
            self.keeper.drop()
        self._forget()
        self.acts.in_doubt = False
        self.draft = CheckInDraft(ethnicity="", start=self.shell.today().isoformat())
        self.keeper.begin()
        wizard.follow_start(self.draft)
        self._take_defaults()
        self.furthest = 0
        self.show_all()

    def _forget(self) -> None:
        self.pictures.wipe()
        self.rooms.forget()
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

    def _await(self, party_id: UUID) -> None:
        """The room was held for somebody: their card completes what is known of them."""
        session = self.shell.session
        self.shell.run(partial(session.read, party_page.party_page, party_id), self._show_awaited)

    def _show_awaited(self, page: party_page.PartyPage) -> None:
        if self.draft.lease_id is None:
            self.draft.awaited_id, self.draft.awaited = page.id, page.name
            self.show_all()

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

    def take_up(self, draft: CheckInDraft) -> None:
        """Go on with this draft."""
        self._forget()
        self.acts.in_doubt = False
        self.draft = draft
        self.furthest = ORDER.index(draft.step)
        if draft.room_id is not None:
            self.rooms.ask()
        self.show_all()

    def leave(self) -> None:
        """Back to the board, with an empty form for the next one."""
        self.begin()
        self._opened_with = {}
        self.shell.navigate("board")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.cards.folder.begin()  # back from behind the lock

    def _window_closes(self) -> None:
        self.cards.folder.end()
        close_cameras()
        self.rooms.stop()
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
        self.help_topic = f"check_in.{self.step}"
        done = {n for n in range(self.furthest + 1) if n != at}
        if self.draft.lease_id is not None:
            done = set(range(at))
        self.steps_head.show_step(at, done)
        self.check()
        self.shell.retitle()
        if self.step is Step.PAYMENT:
            self.acts.load_bills()
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
            self.rooms.ask_soon()

    def room_chosen(self) -> None:
        """Another room: what is asked of it comes in the background, the fields of the terms follow."""
        self.rooms.found = None
        self.rooms.ask()
        if Step.TERMS in self.views:
            self.views[Step.TERMS].show_draft()
        self.typed()

    def facts_now(self) -> CheckInFacts | None:
        """What the remarks depend on beside the draft, None until it was read."""
        if self.rooms.found is not None:
            return self.rooms.found
        return self.facts.facts if self.facts is not None else None

    def check(self) -> None:
        """Ask what is to be said of the step in front, and say it."""
        facts = self.facts_now()
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

    def set_busy(self, words: str) -> None:
        """Work is under way: the primary waits and the foot says why. Empty: it is over."""
        self.busy_words = words
        self.check()

    def show_foot(self) -> None:
        words, icon = self.view.primary()
        self.primary.setText(words)
        self.primary.set_icon(icon or None)
        self.people.show_button()
        self.back_button.setVisible(way.before(self.draft, self.step) is not None)
        self.primary.allow(self.busy_words or self.view.ready())
        if self.busy_words:
            self.missing_words.setText(self.busy_words)
        finished = self.finished
        acts = self.step in (Step.PAYMENT, Step.PRINT) or way.stores_on_leaving(
            self.draft, self.step, self.shell.today()
        )
        self.primary.set_writes(acts and not finished)
        parked = self.tr("停止读取") if self.cards.reading else self.tr("暂存并离开")
        self.park_button.setText(self.tr("回到房态") if finished else parked)

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
            self.acts.pay()
            return
        if self.step is Step.PRINT:
            self.acts.print_papers()
            return
        self.view.asked = True
        self.check()
        if self.facts_now() is None:
            return
        doubtful = self.step is Step.REVIEW and bool(self.draft.doubts)
        if doubtful or any(p.stops for p in self.said):
            self.view.focus_problem()
            return
        today = self.shell.today()
        if way.stores_on_leaving(self.draft, self.step, today):
            self.acts.store()
        else:
            self.to_step(self._next_step(today))

    def _next_step(self, today: Any) -> Step:
        step = way.after(self.draft, self.step, today)
        if step is Step.ROOM and self.draft.room_id is not None and self.furthest < ORDER.index(Step.ROOM):
            facts = self.facts_now()
            # Chosen on the board and free: nothing to ask here, a look back is one key away.
            if facts is not None and not any(p.stops for p in way.problems(self.draft, Step.ROOM, facts)):
                self.furthest = ORDER.index(Step.ROOM)
                return Step.TERMS
        return step

    def _ethnicity_default(self) -> None:
        """Nine in ten cards say 汉: it stands there, and is typed over in the others."""
        if self.draft.how == "typed" and not self.draft.ethnicity:
            self.draft.ethnicity = "汉"
        typed_card.follow_number(self.draft, self.shell.today())
