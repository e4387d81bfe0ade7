"""What the page 同步 shows at one look."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.models.values import Right
from desktop.services.rights import needs
from desktop.services.sync.conflicts import Task, open_tasks
from desktop.services.sync.desk import HeldAct, SyncFacts, held_acts, sync_facts
from desktop.services.work import Look


@dataclass(frozen=True, slots=True)
class SyncOverview:
    """How sync stands, what a person is asked to look at, and what came and waits to go in."""

    facts: SyncFacts
    tasks: tuple[Task, ...]
    held: tuple[HeldAct, ...]


@needs(Right.SEE_PARTIES)
def sync_overview(look: Look) -> SyncOverview:
    """All of the page but the latest sessions, which only the running program knows."""
    return SyncOverview(sync_facts(look), open_tasks(look), held_acts(look))
