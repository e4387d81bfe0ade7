"""What the parts of the wizard know of the page they stand on: the steps little, the parts that act more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from desktop.services.check_in_draft import CheckInDraft, Step
from desktop.services.check_in_facts import WizardFacts
from desktop.services.check_in_forms import CheckInFacts
from desktop.services.problems import Problem
from desktop.views.buttons import Button
from desktop.views.pages import Shell

if TYPE_CHECKING:
    from desktop.views.check_in.card_intake import CardIntake
    from desktop.views.check_in.draft_shelf import DraftShelf
    from desktop.views.check_in.fulfilment import Fulfilment
    from desktop.views.check_in.people_desk import PeopleDesk
    from desktop.views.check_in.reading import Pictures
    from desktop.views.draft_keeping import DraftKeeper


class Wizard(Protocol):
    """What a step knows."""

    shell: Shell
    draft: CheckInDraft
    facts: WizardFacts | None
    pictures: Pictures
    cards: CardIntake
    shelf: DraftShelf
    acts: Fulfilment
    people: PeopleDesk
    busy_words: str

    def typed(self) -> None:
        """Something changed: check again, keep the draft."""

    def room_chosen(self) -> None:
        """Another room: what is asked of it comes in the background."""

    def go_on(self) -> None:
        """Press the primary."""

    def set_busy(self, words: str) -> None:
        """Work is under way: the primary waits and the foot says why. Empty: it is over."""


class WizardPage(Wizard, Protocol):
    """What a part knows that moves the page on."""

    keeper: DraftKeeper
    views: dict[Step, Any]
    primary: Button
    said: list[Problem]
    furthest: int

    @property
    def step(self) -> Step: ...

    @property
    def view(self) -> Any:
        """The step in front."""

    @property
    def finished(self) -> bool:
        """Whether everything is stored and printed."""

    def begin(self) -> None:
        """A new check-in."""

    def take_up(self, draft: CheckInDraft) -> None:
        """Go on with this draft."""

    def to_step(self, step: Step) -> None:
        """Go to a step, keeping the draft."""

    def facts_now(self) -> CheckInFacts | None:
        """What the remarks depend on beside the draft, None until it was read."""

    def check(self) -> None:
        """Ask what is to be said of the step in front, and say it."""

    def show_all(self) -> None:
        """Fill every step from the draft."""

    def show_step(self) -> None:
        """Bring the step of the draft to the front."""

    def show_foot(self) -> None:
        """What the primary says, and whether it can be pressed."""

    def leave(self) -> None:
        """Back to the board, with an empty form for the next one."""
