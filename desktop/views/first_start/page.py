"""The first start 首次设置: seven short steps from nothing to an office; nothing is stored before the last press."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.first_start.code_steps import CodeStep, ProofStep, Sheet
from desktop.views.first_start.database_step import DatabaseStep
from desktop.views.first_start.office_step import OfficeStep
from desktop.views.first_start.people_steps import AdminStep, PassphraseStep
from desktop.views.first_start.plan import STEP_OF, Plan, Step
from desktop.views.first_start.rooms_step import RoomsStep
from desktop.views.first_start.step import Known, StepView
from desktop.views.forms import ErrorSummary
from desktop.views.keys import bind
from desktop.views.labels import label
from desktop.views.main_window import MainWindow
from desktop.views.printing import Printing
from desktop.views.steps import StepsHead
from desktop.world import World


class FirstStartPage(QWidget):
    """Stands in place of the sign-in card. Signals: office_made(office, lock, address) when the office is there.

    `lock` is an open ExitStack that keeps a second program out; `address` is empty for the embedded database.
    """

    office_made = Signal(object, object, str)
    is_page = True
    help_topic = "first_start"

    def __init__(
        self, window: MainWindow, world: World, data_dir: Path, unfit: str, *, printing: Printing, address: str = ""
    ) -> None:
        super().__init__()
        self.setObjectName("Canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._window, self._world, self._data_dir = window, world, data_dir
        self._known: Known | None = None
        self._code: Any = None
        self._working = ""
        self._problems: dict[str, str] = {}
        self._refused: dict[str, str] = {}
        self._said: dict[str, Any] = {}
        self._wanted = False
        self.plan = Plan()
        self.views: dict[Step, StepView] = {
            Step.OFFICE: OfficeStep(),
            Step.DATABASE: DatabaseStep(window.run, data_dir, unfit, address),
            Step.ROOMS: RoomsStep(window.run),
            Step.ADMIN: AdminStep(),
            Step.CODE: CodeStep(window.run, printing, self._sheet),
            Step.PROOF: ProofStep(),
        }
        self._lay_out()
        for view in self.views.values():
            self._take_in(view)
        self.database.office_found.connect(self._office_found)
        self._show_step()
        window.run(partial(_load, world, data_dir), self._loaded)

    # widgets

    def _lay_out(self) -> None:
        self.head_frame = QFrame()
        self.head_frame.setObjectName("PageHead")
        self._head = QHBoxLayout(self.head_frame)
        self._head.setContentsMargins(16, 6, 16, 6)
        self._head.setSpacing(18)
        self._head.addWidget(label(self.tr("首次设置"), "page"))
        self.steps_head = self._make_head()
        self._head.addWidget(self.steps_head, 1)
        self.summary = ErrorSummary()
        self.summary.next_wanted.connect(self._next_problem)
        self.stack = QStackedWidget()
        self.stack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        foot = QFrame()
        foot.setObjectName("Footer")
        row = QHBoxLayout(foot)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(8)
        self.note = label("", "muted", wrap=True)
        self.back_button = Button(self.tr("上一步"), "secondary", key="Alt+Left", slot=self.go_back)
        self.primary = Button(self.tr("下一步"), "primary", key="Ctrl+Return", slot=self.go_on)
        row.addWidget(self.note, 1)
        row.addWidget(self.back_button)
        row.addWidget(self.primary)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.head_frame)
        summary_row = QHBoxLayout()
        summary_row.setContentsMargins(12, 8, 12, 0)
        summary_row.addWidget(self.summary)
        outer.addLayout(summary_row)
        outer.addWidget(self.stack, 1)
        outer.addWidget(foot)
        self._alt_down = bind(self, "Alt+Down", self._next_problem)

    def _make_head(self) -> StepsHead:
        words = {
            Step.OFFICE: self.tr("管理处"), Step.DATABASE: self.tr("数据库"), Step.ROOMS: self.tr("楼栋房间"),
            Step.ADMIN: self.tr("管理员"), Step.PASSPHRASE: self.tr("密钥口令"), Step.CODE: self.tr("恢复码"),
            Step.PROOF: self.tr("核对建立"),
        }  # fmt: skip
        head = StepsHead([words[step] for step in self.plan.steps])
        head.chosen.connect(self._step_chosen)
        return head

    def _take_in(self, view: StepView) -> None:
        self.stack.addWidget(view)
        view.changed.connect(self._typed)
        view.go_on.connect(self.go_on)

    @property
    def view(self) -> StepView:
        return self.views[self.plan.here]

    @property
    def database(self) -> DatabaseStep:
        found = self.views[Step.DATABASE]
        assert isinstance(found, DatabaseStep)
        return found

    # what the workers bring

    def _loaded(self, known: Known) -> None:
        self._known = known
        asked = known.services.passphrase
        if asked is not None:
            self.plan.passphrase = True
            passphrase = PassphraseStep(asked.message, asked.first_time)
            self.views[Step.PASSPHRASE] = passphrase
            self._take_in(passphrase)
            old, self.steps_head = self.steps_head, self._make_head()
            self._head.replaceWidget(old, self.steps_head)
            old.deleteLater()
        for view in self.views.values():
            view.learned(known)
        self._show_step()
        if self._wanted:
            self._wanted = False
            self.go_on()

    def _sheet(self) -> Sheet:
        typed = self.views[Step.OFFICE].values()
        return Sheet(typed["organisation"], typed["project"], typed["code"], self._world.today())

    # from step to step

    def _show_step(self) -> None:
        self.steps_head.show_step(self.plan.at)
        self.stack.setCurrentWidget(self.view)
        self.back_button.setVisible(self.plan.at > 0)
        if self._known is not None and self.plan.here is Step.CODE:
            self._make_code()
        self._typed()
        self._window.status.show_hints(self.hints())

    def _make_code(self) -> None:
        assert self._known is not None
        known = self._known.services
        if self._code is None:
            self._code = known.make_recovery_code(self._world)
        code, proof = self.views[Step.CODE], self.views[Step.PROOF]
        assert isinstance(code, CodeStep)
        assert isinstance(proof, ProofStep)
        code.show_code(self._code.groups)
        proof.ask(known.groups_to_type_back(self._world), known.group_fits, partial(known.wrong_groups, self._code))

    def _typed(self) -> None:
        """Look at the step again: problems under fields once asked, words of the primary, what is missing."""
        view, here = self.view, self.plan.here
        self._problems = self._wrong_here()
        asked = here in self.plan.asked
        shown = self._problems if asked else {}
        view.show_problems(shown)
        self.summary.show_count(len(shown), self.tr("再往下走"))
        words, icon = view.primary()
        self.primary.setText(words)
        self.primary.set_icon(icon)
        self.primary.allow(self._working or view.barred())
        first = "" if asked else next((self._problems[name] for name in STEP_OF if name in self._problems), "")
        self.note.setText(self._working or view.missing() or first)

    def _wrong_here(self) -> dict[str, str]:
        view, here = self.view, self.plan.here
        problems: dict[str, str] = {}
        if self._known is not None and here in (Step.OFFICE, Step.ROOMS, Step.ADMIN):
            problems = self.plan.on(here, self._known.services.first_start_problems(self._request()))
        problems |= view.own_problems()
        typed = {**view.values()}
        for name, text in self.plan.on(here, self._refused).items():
            # A refusal stands until the field is touched.
            if typed.get(name, self._said.get(name)) == self._said.get(name):
                problems.setdefault(name, text)
        return problems

    def _request(self) -> Any:
        assert self._known is not None
        values: dict[str, Any] = {}
        for step in (Step.OFFICE, Step.ROOMS, Step.ADMIN):
            values |= self.views[step].values()
        values.pop("repeat")
        return self._known.services.FirstStart(**values)

    def go_on(self) -> None:
        """The primary: to the next step when nothing is wrong here, from the last one to the office."""
        if self._working or not self.primary.isEnabled():
            return
        if self._known is None:
            self._wanted = True  # pressed before the services were loaded: goes on by itself
            return
        self.plan.asked.add(self.plan.here)
        self._typed()
        if self._problems:
            self.view.focus_problem()
            return
        if not self.view.may_go_on(self.go_on):
            self._typed()
            return
        if self.plan.here is Step.PROOF:
            self._create()
            return
        self.plan.go_on()
        self._show_step()
        self.view.entered()

    def go_back(self) -> None:
        """Alt ←: one step back, everything kept."""
        if not self._working and self.plan.at > 0:
            self.plan.go_back()
            self._show_step()
            self.view.entered()

    def _step_chosen(self, at: int) -> None:
        if not self._working and at < self.plan.at:
            self.plan.here = self.plan.steps[at]
            self._show_step()
            self.view.entered()

    def _next_problem(self) -> None:
        self.view.next_problem()

    # the last press

    def _create(self) -> None:
        self._working = self.tr("正在建立管理处：生成密钥，写入房间")
        self._typed()
        passphrase = self.views.get(Step.PASSPHRASE)
        self._said = {name: value for view in self.views.values() for name, value in view.values().items()}
        self._window.run(
            partial(
                make_office,
                self._world,
                self._data_dir,
                str(self.database.values()["database"]),
                self._request(),
                self._code,
                str(passphrase.values()["passphrase"]) if passphrase is not None else None,
                isinstance(passphrase, PassphraseStep) and passphrase.reset,
            ),
            self._made,
            self._not_made,
            write=True,
            busy=self.tr("正在建立管理处"),
        )

    def _made(self, made: tuple[Any, Any]) -> None:
        self._working = ""
        for view in self.views.values():
            view.wipe()
        office, lock = made
        self.office_made.emit(office, lock, str(self.database.values()["database"]))

    def _not_made(self, error: Exception) -> None:
        """Back to the field the refusal names; everything typed is still there."""
        self._working = ""
        text = getattr(error, "message", "")
        self._refused = dict(getattr(error, "problems", None) or {getattr(error, "field", None) or "": text})
        step = self.plan.first_wrong(self._refused)
        if step is not None:
            self.plan.here = step
            self.plan.asked.add(step)
            self._show_step()
            self.view.focus_problem()
            return
        self._refused = {}
        self._typed()
        if text:
            safe = getattr(error, "safe", "")
            self.summary.say("。".join(part.rstrip("。") for part in (text, safe, self.tr("填写的内容都在")) if part))
        else:
            messages.show_error(error)

    # an office that is there already

    def _office_found(self, address: str) -> None:
        from desktop.views.first_start.join import JoinOffice

        joining = JoinOffice(self._window, self._world, self._data_dir, address)
        joining.joined.connect(self.office_made)
        joining.start()

    def hints(self) -> str:
        return self.view.hints()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.view.entered()


def _load(world: World, data_dir: Path) -> Known:
    """In a worker: what the steps ask, and whether a passphrase is needed."""
    from desktop.services import first_rooms, opening, pinyin, places, recovery
    from desktop.services.errors import DomainError

    pinyin.pinyin_keys("望江苑")  # reads its table
    return Known(
        SimpleNamespace(
            FirstStart=opening.FirstStart, first_start_problems=opening.first_start_problems,
            passphrase=opening.passphrase_for(world, data_dir), pinyin_keys=pinyin.pinyin_keys,
            RoomRun=first_rooms.RoomRun, generate_rooms=first_rooms.generate_rooms, parse_rooms=first_rooms.parse_rooms,
            parse_floors=first_rooms.parse_floors, BuildingDraft=places.BuildingDraft, DomainError=DomainError,
            make_recovery_code=recovery.make_recovery_code, groups_to_type_back=recovery.groups_to_type_back,
            group_fits=recovery.group_fits, wrong_groups=recovery.wrong_groups,
        )
    )  # fmt: skip


def make_office(
    world: World, data_dir: Path, address: str, request: Any, code: Any, passphrase: str | None, reset: bool
) -> tuple[Any, Any]:
    """In a worker: take the office for this program, then make it in one act; the office and what holds its lock."""
    from contextlib import ExitStack

    from desktop.services import database, opening

    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = database.parse_url(address) if address else database.sqlite_url(data_dir)
    held = ExitStack()
    held.enter_context(opening.alone(data_dir, url))
    try:
        if reset:
            opening.forget_keys(world, data_dir)
        return opening.create_office(world, data_dir, url, request, code, passphrase or None), held
    except BaseException:
        held.close()
        raise
