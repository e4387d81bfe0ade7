#!/usr/bin/env python3
"""One command for everything: makes `.venv`, installs the locked packages into it and starts the program.

    python3 run.py [ARGUMENTS]          the window, or any `anju-desk` command (`python3 run.py --demo`)
    python3 run.py test [--long] [...]  the tests; further arguments go to pytest
    python3 run.py check                lint, format, types, import arrows: what CI checks
    python3 run.py fix                  put format, imports and generated pages right
    python3 run.py golden [...]         draw the golden pages anew (look at them before committing)
    python3 run.py tasks                count and time the tasks of docs/tasks.md anew
    python3 run.py bench [NAMES]        the benchmarks beside their floors, one JSON table
    python3 run.py lock [--upgrade]     write the lock files anew after pyproject.toml changed
    python3 run.py help                 this text

Standard library only, and it must still parse on Python 3.7 so that it can say which Python is needed. Package indexes,
mirrors and proxies are never named here: whatever pip is configured with on this PC is used.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "anju-stamp.json"
PYTHONS = ((3, 13), (3, 12), (3, 11))
"""Best first; pyproject.toml says the same (`requires-python`), and a test compares them."""

RUN_LOCK, DEV_LOCK, UV_LOCK = "requirements-run.lock", "requirements.lock", "requirements-uv.lock"
CENTRAL_LOCK = "requirements-central.lock"
NOT_A_WINDOW = {"office", "demo", "read-card", "audit", "backup", "restore", "import", "export", "sync", "screens"}
"""`anju-desk` commands that work on a machine without any screen libraries."""

QT_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
}
"""What Qt's wheel expects from a Linux system even without a screen. Found by starting it on a bare Debian."""

X_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""Needed on top for a real X window: without them Qt aborts and names only the first."""


def say(chinese: str, english: str) -> None:
    """One sentence in both languages on standard error: standard output belongs to the program."""
    print(f"{chinese}\n{english}", file=sys.stderr, flush=True)


def stop(chinese: str, english: str, code: int = 2) -> None:
    say(chinese, english)
    sys.exit(code)


# ---- which Python ------------------------------------------------------------------------------------------------


def use_a_fitting_python(argv: list[str]) -> None:
    """Goes on with this Python if it fits, hands over to one that does, or says plainly what is missing."""
    if sys.version_info[:2] in PYTHONS:
        return
    for version in PYTHONS:
        name = "{}.{}".format(*version)
        candidate = ["py", "-" + name] if os.name == "nt" else ["python" + name]
        if shutil.which(candidate[0]) is None:
            continue
        # A launcher or shim may be there without the Python behind it, so ask it to run something.
        asked = subprocess.run(
            [*candidate, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        )
        if asked.returncode == 0:
            sys.exit(subprocess.call([*candidate, str(ROOT / "run.py"), *argv]))
    found = "{}.{}.{}".format(*sys.version_info[:3])
    stop(
        f"需要 Python 3.11、3.12 或 3.13,当前是 {found}。请安装后用它运行 run.py。",
        f"Python 3.11, 3.12 or 3.13 is needed; this is {found}. Install one of them and start run.py with it.",
    )


# ---- what the system must bring ----------------------------------------------------------------------------------


def missing_libraries(wanted: dict[str, str]) -> list[str]:
    """Debian packages of the shared libraries that cannot be loaded here, in the order given."""
    missing = []
    for library, package in wanted.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def require_system_packages(window: bool, qt: bool) -> None:
    """Stops with the exact line to type when the system lacks something that no Python package can bring."""
    if not sys.platform.startswith("linux"):
        return
    packages = []
    if not VENV.exists() and not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        packages.append("python{}.{}-venv".format(*sys.version_info[:2]))
    if qt:
        packages += missing_libraries(QT_LIBRARIES)
    if window and os.environ.get("DISPLAY") and os.environ.get("QT_QPA_PLATFORM", "xcb").startswith("xcb"):
        packages += missing_libraries(X_LIBRARIES)
    if packages:
        line = "{}apt-get install -y {}".format("" if os.geteuid() == 0 else "sudo ", " ".join(packages))
        stop(
            f"系统缺少运行所需的软件包(以下为 Debian / Ubuntu 的名称),请先执行:\n\n    {line}\n",
            "The system lacks packages (Debian and Ubuntu names above). Run that line, then start again.",
        )


# ---- the environment ---------------------------------------------------------------------------------------------


def venv_python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint(lock: str) -> str:
    """What an installed environment answers for: the lock, the declaration, this Python and this folder."""
    told = hashlib.sha256()
    for name in (lock, "pyproject.toml"):
        told.update((ROOT / name).read_bytes().replace(b"\r\n", b"\n"))
    told.update(repr((sys.version_info[:2], str(ROOT))).encode())
    return told.hexdigest()


def installed() -> dict[str, str]:
    """Lock name -> fingerprint it was installed with. Empty when there is no usable environment."""
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8"))) if venv_python().exists() else {}
    except (OSError, ValueError):
        return {}


def is_ready(lock: str) -> bool:
    done = installed()
    # The development set contains the runtime set, so it answers for both.
    return any(done.get(name) == fingerprint(name) for name in {lock, DEV_LOCK})


@contextlib.contextmanager
def alone():  # type: ignore[no-untyped-def]
    """A double click on the first start must not install twice into one folder: the second waits for the first."""
    with open(ROOT / ".venv.lock", "a+b") as handle:
        if os.name == "nt":
            import msvcrt

            handle.seek(0)
            while True:
                with contextlib.suppress(OSError):  # gives up after ten seconds each time
                    msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
                    break
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def environment_fits() -> bool:
    """Whether `.venv` was made by this Python version and still runs."""
    try:
        lines = (VENV / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
        version = dict(line.split(" = ", 1) for line in lines if " = " in line)["version"]
        fits = tuple(int(part) for part in version.split(".")[:2]) == sys.version_info[:2]
        return fits and subprocess.call([str(venv_python()), "-c", ""], stderr=subprocess.DEVNULL) == 0
    except (OSError, KeyError, ValueError):
        return False


def pip_settings() -> dict[str, str]:
    """The index, certificate and proxy that pip uses on this PC, as the variables uv reads. Never written down."""
    listed = subprocess.run(
        [str(venv_python()), "-m", "pip", "config", "list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    wanted = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE", "proxy": "ALL_PROXY"}
    found = {}
    for line in listed.stdout.decode("utf-8", "replace").splitlines():
        key, _, value = line.partition("=")
        variable = wanted.get(key.rpartition(".")[2])
        if variable and variable not in os.environ:
            found[variable] = value.strip("'\"")
    return found


def install(lock: str) -> None:
    """The locked packages into `.venv`, every one checked against its hash: by uv, or by pip where uv cannot be had."""
    python = str(venv_python())
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    got_uv = subprocess.call([*pip, "--no-deps", "-r", str(ROOT / UV_LOCK)]) == 0
    if got_uv:
        environment = {**os.environ, **pip_settings(), "UV_PYTHON_DOWNLOADS": "never"}
        environment.setdefault("UV_HTTP_TIMEOUT", "60")
        command = [python, "-m", "uv", "pip", "install", "--python", python, "--require-hashes", "-r", str(ROOT / lock)]
        if subprocess.call(command, env=environment, cwd=str(ROOT)) == 0:
            return
    say("改用 pip 安装,时间会长一些……", "Going on with pip, which takes a little longer …")
    if subprocess.call([*pip, "-r", str(ROOT / lock)], cwd=str(ROOT)) != 0:
        stop(
            "依赖包未能装好。请检查网络,或先为 pip 配置可用的镜像(pip config set …),再重新运行。已下载的部分不会丢失。",
            "The packages could not be installed. Check the network, or give pip a reachable mirror, and try again.",
            1,
        )


def put_checkout_on_path() -> None:
    """The program runs from this folder: one line in the environment instead of an installed copy that grows stale."""
    asked = [str(venv_python()), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.check_output(asked).decode().strip())
    (packages / "anju_desk_checkout.pth").write_text(str(ROOT) + "\n", encoding="utf-8")


def prepare(lock: str) -> None:
    """Leaves `.venv` with exactly what the lock says; instant when it was done before."""
    if is_ready(lock):
        return
    with alone():
        if is_ready(lock):  # somebody else just did it
            return
        say(
            "正在准备运行环境,只在首次启动或更新后需要……",
            "Preparing the environment: only on the first start and after an update …",
        )
        made = environment_fits() or subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]) == 0
        if not made:
            stop("无法建立 .venv 文件夹。", "The folder .venv could not be made.", 1)
        done = {name: told for name, told in installed().items() if told == fingerprint(name)}
        install(lock)
        put_checkout_on_path()
        STAMP.write_text(json.dumps({**done, lock: fingerprint(lock)}), encoding="utf-8")


# ---- the commands ------------------------------------------------------------------------------------------------


def hand_over(command: list[str], cwd: Path | None = None) -> None:
    """Becomes the command, so that signals and the exit code are its own. Windows cannot: there it is waited for."""
    sys.stdout.flush()
    if cwd is not None:
        os.chdir(cwd)
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)


def run_all(title_and_command: list[tuple[str, list[str]]]) -> int:
    """Runs each, also after a failure, so that one run shows everything that is wrong. 0 good, 1 found wrong."""
    failed = []
    for title, command in title_and_command:
        print(f"== {title}", flush=True)
        if subprocess.call(command, cwd=str(ROOT)) != 0:
            failed.append(title)
    print("== " + ("failed: " + ", ".join(failed) if failed else "all good"), flush=True)
    return 1 if failed else 0


def check(python: str) -> int:
    return run_all(
        [
            ("lint", [python, "-m", "ruff", "check", "."]),
            ("format", [python, "-m", "ruff", "format", "--check", "."]),
            ("types", [python, "-m", "mypy"]),
            (
                "arrows",
                [python, "-c", "import sys; from importlinter.cli import lint_imports_command as go; sys.exit(go())"],
            ),
        ]
    )


def fix(python: str) -> int:
    return run_all(
        [
            ("imports and simple mistakes", [python, "-m", "ruff", "check", "--fix", "."]),
            ("format", [python, "-m", "ruff", "format", "."]),
            ("pages made from the code", [python, "-m", "docs.generate"]),
        ]
    )


def test(python: str, arguments: list[str]) -> None:
    """The whole suite on two to four processes; named files or an own `-n` run as asked."""
    whole = all(argument.startswith("--") for argument in arguments)
    processes = ["-n", str(max(2, min(4, os.cpu_count() or 2)))] if whole else []
    hand_over([python, "-m", "pytest", *processes, *arguments], ROOT)


def golden(python: str, arguments: list[str]) -> int:
    code = subprocess.call([python, "-m", "pytest", "-m", "golden", "--golden", *arguments], cwd=str(ROOT))
    return 0 if code == 5 and not arguments else code  # 5: no golden test yet


def lock(python: str, arguments: list[str]) -> int:
    """All four lock files, with hashes and no host. The smaller sets start from the full one, so versions agree."""
    environment = {**os.environ, **pip_settings(), "UV_PYTHON_DOWNLOADS": "never"}
    options = ["-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
    options += ["--no-emit-index-url", "--no-header"]

    def compiled(*wanted: str) -> bool:
        return subprocess.call([python, *options, *wanted], cwd=str(ROOT), env=environment) == 0

    if not compiled(*arguments, "--group", "dev", "pyproject.toml", "-o", DEV_LOCK):
        return 1
    for part in (RUN_LOCK, CENTRAL_LOCK):
        shutil.copyfile(ROOT / DEV_LOCK, ROOT / part)  # uv keeps the versions it finds in its output file
    with tempfile.TemporaryDirectory() as folder:
        wish = Path(folder) / "uv.in"
        wish.write_text("uv>=0.9\n", encoding="utf-8")
        upgrade = ["--upgrade"] if "--upgrade" in arguments else []
        done = compiled("pyproject.toml", "-o", RUN_LOCK)
        done = compiled("--group", "central", "-o", CENTRAL_LOCK) and done
        done = compiled(*upgrade, "--no-annotate", str(wish), "-o", UV_LOCK) and done
    return 0 if done else 1


def main(argv: list[str]) -> None:
    if hasattr(sys.stderr, "reconfigure"):
        sys.stderr.reconfigure(errors="replace")  # a console without Chinese still shows the English half
    if argv[:1] == ["help"]:
        print(__doc__)
        return
    use_a_fitting_python(argv)
    command, rest = (argv[0], argv[1:]) if argv else ("", [])
    tool = command in {"test", "check", "fix", "golden", "tasks", "bench", "lock"}
    window = not tool and command not in NOT_A_WINDOW
    lock_file = DEV_LOCK if tool else RUN_LOCK
    ready = is_ready(lock_file)
    if window or not ready:
        require_system_packages(window, qt=not ready and (window or command in {"test", "golden", "tasks", "bench"}))
    prepare(lock_file)
    python = str(venv_python())
    os.environ.setdefault("PYTHONUTF8", "1")  # Chinese names in files and pipes, whatever the system's code page
    if tool:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if command == "test":
        test(python, rest)
    elif command == "check":
        sys.exit(check(python))
    elif command == "fix":
        sys.exit(fix(python))
    elif command == "golden":
        sys.exit(golden(python, rest))
    elif command == "tasks":
        hand_over([python, "-m", "tests.journeys.tasks_table"], ROOT)
    elif command == "bench":
        hand_over([python, "-m", "benchmarks", *rest], ROOT)
    elif command == "lock":
        sys.exit(lock(python, rest))
    else:
        hand_over([python, "-m", "desktop", *argv])


if __name__ == "__main__":
    main(sys.argv[1:])
