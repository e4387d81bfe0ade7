"""Offices that work alone for days and agree to the last fen, whatever lines, processes, clocks and disks do."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.simulation.history import History, Seen

MOST_SECONDS = 60


def lived(seed: int) -> Seen:
    """A history with its end checked."""
    folder = Path(mkdtemp(prefix="anju-history-"))
    history = History(seed, folder)
    try:
        return history.run()
    finally:
        history.close()
        shutil.rmtree(folder, ignore_errors=True)


def test_a_hundred_histories() -> None:
    until, counts = time.monotonic() + MOST_SECONDS, Counter[str]()
    for seed in range(100):
        seen = lived(seed)
        assert seen.wrong == [], f"seed {seed}: {seen.wrong[:5]}"
        counts += seen.counts
        if time.monotonic() > until:
            break
    assert counts["restored"], "nothing happened"
    assert counts["new life"], "nothing happened"


@pytest.mark.long
def test_two_thousand_histories() -> None:
    first, count = int(os.environ.get("ANJU_SEED", "1000")), int(os.environ.get("ANJU_SEEDS", "2000"))
    counts = Counter[str]()
    for seed in range(first, first + count):
        seen = lived(seed)
        assert seen.wrong == [], f"seed {seed}: {seen.wrong[:5]}"
        counts += seen.counts
    print(f"\n{count} histories: {dict(counts)}")
