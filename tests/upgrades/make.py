"""Store the office of a release: `python -m tests.upgrades.make 0.1.0`, once, at its tag.

What a release wrote is kept for ever beside this file: a backup that its recovery code opens, and what was in it.
Later programs must open it, bring it up to date and count the same money (`test_upgrades.py`).
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import date, datetime, time
from pathlib import Path

from desktop.models.values import add_months
from desktop.services import access, backup, checkup, database, demo, opening
from desktop.services.demo_plan import DAY
from desktop.services.recovery import make_recovery_code
from desktop.services.work import PROGRAM, look
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.upgrades.facts import facts_of

HERE = Path(__file__).parent
TODAY, MONTHS, SEED = date(2026, 11, 22), 3, 10


def main(version: str) -> None:
    """A small invented office of this very program, as a backup, with its code and what must be found in it."""
    opened = add_months(TODAY, -MONTHS) - 10 * DAY
    # The demo makes its code first of all from its seeded world, so the same world tells it here.
    code = make_recovery_code(SeededWorld(datetime.combine(opened, time(9), OFFICE_ZONE), SEED))
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        demo.build_demo(TODAY, data, rooms=7, tenants=5, months=MONTHS, seed=SEED)
        world = SeededWorld(datetime.combine(TODAY, time(9), OFFICE_ZONE), SEED + 1)
        office = opening.open_office(world, data, database.sqlite_url(data))
        try:
            with look(office, PROGRAM) as reading:
                assert checkup.check_office(reading).sound
                facts = facts_of(reading)
            administrator = access.sign_in_demo(office, "administrator").actor
            backup.make_backup(office, administrator, HERE / f"{version}.anjubak")
        finally:
            office.close()
    stored = {"version": version, "recovery_code": "-".join(code.groups), **facts}
    (HERE / f"{version}.json").write_text(json.dumps(stored, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
