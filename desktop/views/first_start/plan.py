"""The way through the first start, without Qt: its steps, what leads where, and which field stands on which step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Step(StrEnum):
    """The steps in their order; the passphrase only where this PC has no keyring to trust."""

    OFFICE = "office"
    DATABASE = "database"
    ROOMS = "rooms"
    ADMIN = "admin"
    PASSPHRASE = "passphrase"
    CODE = "code"
    PROOF = "proof"


STEP_OF = {
    "organisation": Step.OFFICE, "organisation_code": Step.OFFICE, "project": Step.OFFICE, "code": Step.OFFICE,
    "address": Step.OFFICE, "phone": Step.OFFICE,
    "database": Step.DATABASE,
    "buildings": Step.ROOMS,
    "admin_name": Step.ADMIN, "admin_login": Step.ADMIN, "admin_password": Step.ADMIN, "repeat": Step.ADMIN,
    "desk": Step.ADMIN, "lock_minutes": Step.ADMIN,
    "passphrase": Step.PASSPHRASE, "passphrase_repeat": Step.PASSPHRASE,
}  # fmt: skip
"""Where a field stands, so that a refusal finds its way back to it."""


@dataclass(slots=True)
class Plan:
    """Where one is. `asked` are the steps whose primary was pressed: from then on empty fields are named too."""

    passphrase: bool = False
    here: Step = Step.OFFICE
    asked: set[Step] = field(default_factory=set)

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for step in Step if self.passphrase or step is not Step.PASSPHRASE)

    @property
    def at(self) -> int:
        """The position of the present step, from 0."""
        return self.steps.index(self.here)

    def go_on(self) -> Step:
        """One step ahead; the last one stays."""
        self.here = self.steps[min(self.at + 1, len(self.steps) - 1)]
        return self.here

    def go_back(self) -> Step:
        self.here = self.steps[max(self.at - 1, 0)]
        return self.here

    def first_wrong(self, problems: Iterable[str]) -> Step | None:
        """The earliest step that holds one of these fields; None when no step does."""
        places = {STEP_OF[name] for name in problems if name in STEP_OF}
        return next((step for step in self.steps if step in places), None)

    @staticmethod
    def on(step: Step, problems: Mapping[str, str]) -> dict[str, str]:
        """Of all problems, those of one step."""
        return {name: text for name, text in problems.items() if STEP_OF.get(name) is step}
