"""SIGKILL while a dialog is being filled: opened again, it holds what was typed, and says so.

Short form in CI: three dialogs on SQLite; `run.py test --long tests/crash`: every dialog with a form, on both engines.
The check-in and the template workshop, which keep drafts of their own, are killed in their own tests.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from desktop.models.documents import Draft
from desktop.services import checkup, database, opening
from desktop.services.work import PROGRAM, look
from tests.clear_text import found_in_clear
from tests.crash.forms import FORMS, furnish
from tests.crash.window import LOGIN, MorningWorld
from tests.databases import Databases
from tests.offices import hire, make_office

ROOT = Path(__file__).resolve().parents[2]
SHORT = ("party.edit", "note", "reservation")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def mother(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("forms")
    url = databases.clone(request.param)
    office = make_office(MorningWorld(), folder, url)
    hire(office, "manager", "administrator", login=LOGIN)
    furnish(office)
    office.close()
    return folder, url


def _clerk(data: Path, url: str, log: Path, name: str, what: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.forms", str(data), url, str(log), name, what],
        cwd=ROOT, capture_output=True, timeout=200, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr.decode()[-3000:]


def _kill_and_look(mother: tuple[Path, str], databases: Databases, folder: Path, name: str) -> None:
    data, url = folder / "data", databases.copy(mother[1])
    shutil.copytree(mother[0], data)
    code, said = _clerk(data, url, folder / "typed.json", name, "type")
    assert code == -signal.SIGKILL, said
    typed = json.loads((folder / "typed.json").read_text(encoding="utf-8"))
    assert {key: typed[key] for key in FORMS[name].typed} == dict(FORMS[name].typed)
    secret = {key: text for key, text in FORMS[name].typed.items() if key in ("phone", "number") and len(text) > 8}
    if secret:
        left = [data, Path(str(sa.make_url(url).database)).parent] if url.startswith("sqlite") else [data]
        assert found_in_clear(left, secret, least=200) == []
    code, said = _clerk(data, url, folder / "found.json", name, "look")
    assert code == 0, said
    assert json.loads((folder / "found.json").read_text(encoding="utf-8")) == typed
    office = opening.open_office(MorningWorld(), data, database.parse_url(url))
    try:
        with look(office, PROGRAM) as reading:
            assert checkup.check_office(reading).findings == ()
            assert reading.session.scalar(sa.select(sa.func.count()).select_from(Draft)) == 1
    finally:
        office.close()
    databases.drop(url)


@pytest.mark.parametrize("name", SHORT)
@pytest.mark.parametrize("mother", ["sqlite"], indirect=True)
def test_short(mother: tuple[Path, str], databases: Databases, tmp_path: Path, name: str) -> None:
    _kill_and_look(mother, databases, tmp_path, name)


@pytest.mark.long
@pytest.mark.parametrize("name", FORMS)
def test_every_form(mother: tuple[Path, str], databases: Databases, tmp_path: Path, name: str) -> None:
    _kill_and_look(mother, databases, tmp_path, name)
