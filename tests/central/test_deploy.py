"""What stands in `central/deploy` is enough: the container has every file that head office takes in, the service starts
what there is."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from central.__main__ import main

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "central/deploy"


TAKEN_IN = """
import sys
import central.__main__, central.running, central.keeping, central.app
print(*[module.__file__ for module in list(sys.modules.values()) if getattr(module, "__file__", None)], sep="\\n")
"""


def test_the_container_has_all_that_head_office_takes_in(tmp_path: Path) -> None:
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line.startswith("COPY "):
            *sources, target = shlex.split(line)[1:]
            for source in sources:
                into = tmp_path / target
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, into, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    into.mkdir(parents=True, exist_ok=True)
                    shutil.copy(ROOT / source, into)
    assert (tmp_path / "requirements-central.lock").is_file()
    told = subprocess.check_output(
        [sys.executable, "-c", TAKEN_IN], cwd=tmp_path, text=True, env={**os.environ, "PYTHONPATH": str(tmp_path)}
    )
    taken_in = [Path(line) for line in told.splitlines()]
    assert tmp_path / "central/__main__.py" in taken_in
    assert [path for path in taken_in if path.is_relative_to(ROOT) and ".venv" not in path.parts] == []
    entry = next(line for line in lines if line.startswith("ENTRYPOINT"))
    assert '"-m", "central"' in entry


def test_the_service_starts_a_command_that_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    unit = (DEPLOY / "anju-central.service").read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=.* -m central (.*)$", unit, re.MULTILINE)
    assert command is not None
    with pytest.raises(SystemExit) as helped:
        main([*shlex.split(command[1]), "--help"])
    assert helped.value.code == 0
    assert "serve" in capsys.readouterr().out
    assert "TimeoutStopSec=30" in unit  # more than the web server takes to end its requests


def test_the_page_names_every_command() -> None:
    page = (ROOT / "docs/head-office.md").read_text(encoding="utf-8")
    for name in (
        "trial",
        "tls",
        "serve",
        "project add",
        "token",
        "device list",
        "revoke",
        "restored",
        "drill",
        "check",
    ):
        assert f"anju-central {name}" in page, name
