"""The repository itself: it stands alone, its locks are true, its packages may be used, and its Qt is a sound one."""

from __future__ import annotations

import ast
import importlib.metadata
import io
import os
import re
import runpy
import shutil
import subprocess
import sys
import tokenize
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUN = runpy.run_path(str(ROOT / "run.py"), run_name="run")

LARGEST = 12 * 2**20
"""A file above this does not belong into a repository that is cloned on office lines."""


def _pieces(*pieces: str) -> str:
    """A text written in pieces, so that this file does not hold what it forbids."""
    return "".join(pieces)


PACKAGE_INDEX = re.compile(
    _pieces(
        "(py",
        "pi|pythonhos",
        "ted|npm",
        "js)[.](org|com|io)|https?://[^\\s\"']*/simple\\b",
        "|--(extra-)?index-",
        "url[ =]\\S",
    )
)
MACHINE_PATH = re.compile(r"(?<![\w.:/~-])/(root|opt|work|workspace|tmp)/[\w.]")
WORKSHOP = re.compile(
    _pieces("\\bfarm", "-\\w|\\bissues", " (show|resolved|blocked|note)\\b|[.][.]/shar", "ed/"), re.IGNORECASE
)


def tracked() -> list[Path]:
    """Every file of the repository that is there now."""
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    paths = [ROOT / name for name in told.decode().split("\0") if name]
    assert len(paths) > 20
    return [path for path in paths if path.is_file()]


# ---- what stands in the files ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forbidden", "example", "harmless"),
    [
        (PACKAGE_INDEX, _pieces("https://mirror.example/all/sim", "ple/"), "--no-emit-index-url"),
        (
            MACHINE_PATH,
            _pieces("data = '/ro", "ot/office.db'"),
            "https://example.org/home/page, /usr/lib/postgresql",
        ),
        (WORKSHOP, _pieces("see ../shar", "ed/DESIGN.md"), "known issues, farms, shared offices"),
    ],
    ids=["package index", "machine path", "workshop"],
)
def test_no_file_names_what_only_one_machine_has(forbidden: re.Pattern[str], example: str, harmless: str) -> None:
    assert forbidden.search(example)
    assert not forbidden.search(harmless)
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a font
        for number, line in enumerate(text.splitlines(), 1):
            if forbidden.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_no_file_is_too_large() -> None:
    assert [str(path.relative_to(ROOT)) for path in tracked() if path.stat().st_size > LARGEST] == []


def test_every_module_begins_by_saying_what_it_is() -> None:
    silent = []
    for path in tracked():
        if path.suffix != ".py" or not (text := path.read_text(encoding="utf-8")).strip():
            continue  # an empty __init__ says it by its folder
        first = 2 if text.startswith("#!") else 1
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        token = next(token for token in tokens if token.type not in (tokenize.COMMENT, tokenize.NL))
        if token.type != tokenize.STRING or token.start[0] != first:
            silent.append(str(path.relative_to(ROOT)))
    assert silent == []


def test_the_readme_names_both_commands_and_ci_runs_them() -> None:
    readme, ci = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", ".ci/run"))
    for command in ("python3 run.py test", "python3 run.py check"):
        assert command in readme
        assert command in ci
    assert re.search(r"^ *python3 run\.py$", readme, re.MULTILINE)
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_ci_and_the_readme_install_the_libraries_that_run_py_looks_for() -> None:
    for name in ("README.md", ".ci/run"):
        words = set((ROOT / name).read_text(encoding="utf-8").split())
        assert set(RUN["QT_LIBRARIES"].values()) <= words, name


# ---- the locks ---------------------------------------------------------------------------------------------------


def locked(name: str) -> dict[str, dict[str, str]]:
    """Package -> {version and marker: hashes} of a lock file."""
    found: dict[str, dict[str, str]] = {}
    text = (ROOT / name).read_text(encoding="utf-8")
    for match in re.finditer(r"^([A-Za-z0-9._-]+)==([^\\\n]+)\\\n((?:    --hash=.*\n)+)", text, re.MULTILINE):
        package, version, hashes = match.groups()
        found.setdefault(canonicalize_name(package), {})[version.strip()] = hashes.replace(" \\", "")
    assert found
    assert all("sha256:" in hashes for versions in found.values() for hashes in versions.values())
    assert len(re.findall(r"^[A-Za-z0-9]", text, re.MULTILINE)) == sum(map(len, found.values())), (
        "a line without a hash"
    )
    return found


def declared(lock: str) -> list[Requirement]:
    """What a lock was made from."""
    project, groups = PROJECT["project"]["dependencies"], PROJECT["dependency-groups"]
    dev = [line for line in groups["dev"] if isinstance(line, str)]
    lines = {
        "requirements.lock": [*project, *groups["central"], *dev],
        "requirements-run.lock": project,
        "requirements-central.lock": groups["central"],
    }[lock]
    return [Requirement(line) for line in lines]


LOCKS = ("requirements.lock", "requirements-run.lock", "requirements-central.lock")


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_answers_the_declaration(lock: str) -> None:
    """`python3 run.py lock` mends it."""
    have = locked(lock)
    for wish in declared(lock):
        versions = [told.split(";")[0].strip() for told in have.get(canonicalize_name(wish.name), {})]
        assert versions, f"{wish} is declared but not locked"
        assert all(wish.specifier.contains(version, prereleases=True) for version in versions), (str(wish), versions)
    # The lock notes who asked for what: nobody may be left over who is declared no more.
    text = (ROOT / lock).read_text(encoding="utf-8")
    blocks = re.findall(r"^([A-Za-z0-9._-]+)==.*\n((?:    .*\n)+)", text, re.MULTILINE)
    direct = {canonicalize_name(name) for name, block in blocks if "anju-desk (pyproject.toml" in block}
    assert direct == {canonicalize_name(wish.name) for wish in declared(lock)}


def test_the_smaller_locks_are_part_of_the_full_lock() -> None:
    full, runtime, central = map(locked, LOCKS)
    bare = {name: {version.split(";")[0].strip() for version in versions} for name, versions in full.items()}
    for part in (runtime, central):
        for name, versions in part.items():
            assert {version.split(";")[0].strip() for version in versions} == bare[name], name
    assert set(full) - set(runtime) >= {"pytest", "ruff", "mypy", "fastapi"}
    assert not {"pyside6-essentials", "keyring", "httpx2"} & set(central)
    assert set(locked("requirements-uv.lock")) == {"uv"}


def test_a_head_office_is_declared_once_and_takes_in_no_more_than_it_declares() -> None:
    groups, extras = PROJECT["dependency-groups"], PROJECT["project"]["optional-dependencies"]
    assert set(groups["central"]) <= {*PROJECT["project"]["dependencies"], *extras["central"]}
    assert set(extras["central"]) <= set(groups["central"])
    told = subprocess.check_output(
        [sys.executable, "-c", "import sys, central.app, central.serving; print(*sys.modules)"], text=True, cwd=ROOT
    )
    known = importlib.metadata.packages_distributions()
    used = {canonicalize_name(name) for module in told.split() for name in known.get(module.split(".")[0], ())}
    assert used - set(locked("requirements-central.lock")) <= {"pip", "setuptools", "anju-desk"}


def test_only_one_opencv() -> None:
    """Two of them share one folder: whichever comes last wins, and removing either breaks both."""
    names = {name for name in locked("requirements.lock") if name.startswith("opencv")}
    assert names == {"opencv-python-headless"}
    here = {canonicalize_name(dist.name) for dist in importlib.metadata.distributions() if dist.name}
    assert {name for name in here if name.startswith("opencv")} == names


# ---- licences ----------------------------------------------------------------------------------------------------

ALLOWED = re.compile(
    r"^(MIT|MIT-0|MIT-CMU|(2|3)-Clause BSD|0?BSD\b.*|Apache.*|MPL-2\.0.*|Mozilla Public.*|PSF-2\.0|Python Software.*"
    r"|LGPL-(2\.1|3\.0)-.*|ISC|Zlib|CC0-1\.0|HPND)( license.*)?$",
    re.IGNORECASE,
)
READ_BY_HAND = {
    # package: what its LICENSE files say, where the metadata is no clean expression
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",  # says "dependency licenses" too: PDFium's parts, BSD, MIT and alike
}


def licence_of(name: str) -> str:
    """The licence expression a package declares; classifiers where it has none."""
    told = importlib.metadata.metadata(name)
    if name in READ_BY_HAND:
        return READ_BY_HAND[name]
    classifiers = [line.split(" :: ")[-1] for line in _all(told, "Classifier") if line.startswith("License ::")]
    named = " AND ".join(line for line in classifiers if line != "OSI Approved")
    return next((field for field in (*_all(told, "License-Expression"), named, *_all(told, "License")) if field), "")


def _all(told: importlib.metadata.PackageMetadata, field: str) -> list[str]:
    return [str(value) for value in told.get_all(field) or ()]


def may_be_used(expression: str) -> bool:
    """Whether at least one of the offered choices consists of allowed licences only."""
    choices = re.split(r"\s+OR\s+", expression)
    return any(all(ALLOWED.match(part.strip(" ()")) for part in re.split(r"\s+AND\s+", choice)) for choice in choices)


def test_the_licence_of_every_locked_package_is_one_we_may_ship() -> None:
    refused, seen = [], 0
    for name in locked("requirements.lock"):
        try:
            expression = licence_of(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another system or Python
        seen += 1
        if not may_be_used(expression):
            refused.append(f"{name}: {expression or 'says nothing'}")
    assert refused == []
    assert seen > 60


@pytest.mark.parametrize(
    ("expression", "good"),
    [
        ("LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only", True),
        ("MPL-2.0 AND MIT", True),
        ("Apache Software License", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-or-later", False),
        ("GNU Affero General Public License v3", False),
        ("", False),
    ],
)
def test_what_the_licence_check_lets_through(expression: str, good: bool) -> None:
    assert may_be_used(expression) is good


# ---- Python and Qt -----------------------------------------------------------------------------------------------

VOID_CALLS = """
import sys
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication([])
label = QLabel()
before = sys.getrefcount(None)
for number in range(20_000):
    label.setText("3-1201")
after = sys.getrefcount(None)
print(before, after)
"""

IMPORTS = (
    "import PySide6.QtWidgets, sqlalchemy, alembic, psycopg, cryptography, argon2, keyring, msgspec, uuid_utils\n"
    "import cv2, rapidocr, onnxruntime, reportlab, pypdfium2, jinja2, segno, cn2an, filelock, platformdirs"
)


def environments() -> dict[str, str]:
    """Version -> interpreter of each environment beside the checkout: this one, and `.venv-3.12` or the like."""
    found = {"{}.{}".format(*sys.version_info): sys.executable}
    for folder in sorted(ROOT.glob(".venv-3.*")):
        found.setdefault(folder.name.removeprefix(".venv-"), str(folder / "bin" / "python"))
    return found


def _offscreen(python: str, program: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run([python, "-c", program], env=environment, capture_output=True, text=True, timeout=180)


@pytest.mark.parametrize("version", environments())
def test_qt_gives_back_what_it_borrows(version: str) -> None:
    """PySide6 6.12.0 lost one reference to None with every void call on Python 3.11, until the process aborted."""
    done = _offscreen(environments()[version], VOID_CALLS)
    assert done.returncode == 0, done.stderr
    before, after = map(int, done.stdout.split())
    assert after >= before - 50  # other parts of the interpreter come and go; a loss would be 20,000


@pytest.mark.parametrize("version", environments())
def test_everything_locked_can_be_imported(version: str) -> None:
    done = _offscreen(environments()[version], IMPORTS)
    assert done.returncode == 0, done.stderr


@pytest.mark.long
@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_the_other_pythons_take_the_lock(version: str, tmp_path: Path) -> None:
    """The runtime set installs, Qt is sound and everything imports, where that Python is on this machine."""
    python = shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "-c", ""], capture_output=True).returncode:
        pytest.skip(f"no Python {version} on this machine")
    here = tmp_path / "venv"
    subprocess.run([python, "-m", "venv", str(here)], check=True)
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(here / "bin" / "python")]
    subprocess.run([*install, "--require-hashes", "-r", str(ROOT / "requirements-run.lock")], check=True)
    for program in (VOID_CALLS, IMPORTS):
        done = _offscreen(str(here / "bin" / "python"), program)
        assert done.returncode == 0, done.stderr


# ---- run.py ------------------------------------------------------------------------------------------------------


def test_run_py_knows_the_pythons_of_the_declaration() -> None:
    wanted = SpecifierSet(PROJECT["project"]["requires-python"])
    candidates = [(3, minor) for minor in range(8, 20)]
    assert sorted(RUN["PYTHONS"]) == [version for version in candidates if "{}.{}.5".format(*version) in wanted]


def test_run_py_still_parses_on_old_pythons() -> None:
    """Else they answer with a SyntaxError instead of the sentence that says what is needed."""
    ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_run_py_refuses_a_python_that_is_too_new(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 14, 1))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SystemExit) as stopped:
        RUN["use_a_fitting_python"]([])
    assert stopped.value.code == 2
    told = capsys.readouterr().err
    assert "需要 Python 3.11、3.12 或 3.13,当前是 3.14.1" in told
    assert "this is 3.14.1" in told


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the line is for Debian and Ubuntu")
def test_run_py_names_the_packages_that_are_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = RUN["require_system_packages"].__globals__
    monkeypatch.setitem(ours, "QT_LIBRARIES", {"libc.so.6": "libc6", "libanju-nowhere.so.1": "libanju1"})
    with pytest.raises(SystemExit):
        RUN["require_system_packages"](window=False, qt=True)
    line = next(line for line in capsys.readouterr().err.splitlines() if "apt-get" in line)
    assert line.split()[-3:] == ["install", "-y", "libanju1"]
    RUN["require_system_packages"](window=False, qt=False)


def test_run_py_hands_pips_settings_to_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = RUN["pip_settings"].__globals__
    monkeypatch.setitem(ours, "venv_python", lambda: Path(sys.executable))
    for variable in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/packages")
    monkeypatch.setenv("SSL_CERT_FILE", "already-set.pem")
    monkeypatch.setenv("PIP_CERT", "other.pem")
    assert RUN["pip_settings"]() == {"UV_DEFAULT_INDEX": "https://mirror.example/packages"}


def test_run_py_installs_anew_when_the_lock_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = RUN["fingerprint"].__globals__
    for name in ("requirements-run.lock", "pyproject.toml"):
        (tmp_path / name).write_text("one\n", encoding="utf-8", newline="\n")
    monkeypatch.setitem(ours, "ROOT", tmp_path)
    first = RUN["fingerprint"]("requirements-run.lock")
    (tmp_path / "pyproject.toml").write_text("one\r\n", encoding="utf-8", newline="")
    assert RUN["fingerprint"]("requirements-run.lock") == first, "a checkout with Windows line ends is the same"
    (tmp_path / "requirements-run.lock").write_text("two\n", encoding="utf-8")
    assert RUN["fingerprint"]("requirements-run.lock") != first
