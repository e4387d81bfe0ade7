"""What this PC remembers between starts: look, window, printers, the office opened last. Never a secret or a tenant.

To add one: a field with a default in `Preferences` (or in a part of it). Older and newer files keep working: what
is missing or of the wrong kind takes its default, what is unknown is kept and written back.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

_NONE: Mapping[str, Any] = MappingProxyType({})


class Theme(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class TypeSize(StrEnum):
    SMALL = "small"
    NORMAL = "normal"
    LARGE = "large"


class WindowPlace(NamedTuple):
    """Logical pixels of the screen named; width 0 = never placed."""

    screen: str = ""
    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0
    maximized: bool = False


class PrinterChoice(NamedTuple):
    """The printer of one kind of paper; offsets in mm, positive = right and down."""

    printer: str = ""
    tray: str = ""
    paper: str = ""
    offset_x_mm: float = 0.0
    offset_y_mm: float = 0.0
    copies: int = 1
    silent: bool = False
    orientation: str = ""
    """portrait, landscape, or "" as the page lies."""
    feed_mm: float = 0.0
    """Added to the height of each form on tractor paper, where the paper creeps from form to form."""
    form: str = ""
    """The receipt form of this PC; "" is the office's usual one."""


class CardChoice(NamedTuple):
    """How this PC takes pictures of identity cards."""

    camera: str = ""
    """As the system calls it; "" is the first."""
    size: str = ""
    """Of a frame: "1920x1080"; "" is the largest the camera has."""
    beep: bool = True
    folder: str = ""
    """Where a scanner's own software puts pictures; "" watches none."""
    scanner: str = ""
    """Its device for SANE; "" is the first."""
    dpi: int = 300


class Preferences(NamedTuple):
    """Everything remembered. `office` is a data folder or a database address without password."""

    theme: Theme = Theme.SYSTEM
    type_size: TypeSize = TypeSize.NORMAL
    office: str = ""
    login: str = ""
    cards: CardChoice = CardChoice()
    backup_folder: str = ""
    export_folder: str = ""
    """Where the last workbook or report was put."""
    slip_at_dispatch: bool = False
    """Whether a work slip was printed when somebody was sent the last time."""
    window: WindowPlace = WindowPlace()
    printers: Mapping[str, PrinterChoice] = _NONE
    """Kind of paper (receipt, lease, …) → printer."""
    columns: Mapping[str, tuple[int, ...]] = _NONE
    """Table → widths of its columns in logical pixels."""


class PreferencesFile:
    """The file on this PC. A broken one is put aside as `….broken` and the program starts with defaults."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.put_aside: Path | None = None
        self.loaded: Preferences | None = None
        self._known: dict[str, Any] = {}
        self._found: dict[str, Any] = {}

    def load(self) -> Preferences:
        """What is remembered; defaults where nothing is. Raises OSError only when the file is there and unreadable."""
        try:
            self._found = _parsed(self.path.read_bytes())
        except FileNotFoundError:
            self._found = {}
        except ValueError:
            self.put_aside = self.path.with_name(self.path.name + ".broken")
            os.replace(self.path, self.put_aside)
            self._found = {}
        loaded: Preferences = _read(Preferences, self._found)
        self._known, self.loaded = _plain(loaded), loaded
        return loaded

    def save(self, preferences: Preferences) -> None:
        """Write whole or not at all; keys this version does not know stay. Raises OSError."""
        new = _plain(preferences)
        document = _merged(self._found, self._known, new)
        aside = self.path.with_name(f"{self.path.name}.{os.getpid()}.aside")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
                stream.write(write_toml(document).encode())
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(aside, self.path)
        finally:
            aside.unlink(missing_ok=True)
        self._found, self._known = document, new


def _parsed(file: bytes) -> dict[str, Any]:
    """Raises ValueError for what is no TOML or no UTF-8."""
    import tomllib  # the very first start has no file to read

    return tomllib.loads(file.decode("utf-8-sig"))


def _plain(part: Any) -> Any:
    """Named parts and mappings as dicts, all the way down."""
    if _is_part(type(part)):
        return {name: _plain(value) for name, value in zip(part._fields, part, strict=True)}
    if isinstance(part, Mapping):
        return {name: _plain(value) for name, value in part.items()}
    return part


def _is_part(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")


def _merged(found: Mapping[str, Any], known: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """`new` over `found`; what was known and is gone now (a printer forgotten) goes from the file too."""
    document = {name: value for name, value in found.items() if name in new or name not in known}
    for name, value in new.items():
        before, then = found.get(name), known.get(name)
        if isinstance(value, Mapping):
            inside = before if isinstance(before, Mapping) else {}
            document[name] = _merged(inside, then if isinstance(then, Mapping) else {}, value)
        else:
            document[name] = value
    return document


def _read(kind: type[Any], found: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    values = {}
    for name, hint in hints.items():
        if name in found:
            try:
                values[name] = _value(hint, found[name])
            except (TypeError, ValueError):
                continue  # of the wrong kind: the default
    return kind(**values)


def _value(kind: Any, raw: Any) -> Any:
    """`raw` as the kind the field declares. Raises TypeError or ValueError."""
    if _is_part(kind):
        return _read(kind, _expect(Mapping, raw))
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Mapping:
        readable = {}
        for name, value in _expect(Mapping, raw).items():
            try:
                readable[str(name)] = _value(inner[1], value)
            except (TypeError, ValueError):
                continue
        return readable
    if origin is tuple:
        return tuple(_value(inner[0], value) for value in _expect(list, raw))
    if kind is float:
        number = float(_expect((int, float), raw))
        if not math.isfinite(number):
            raise ValueError(raw)
        return number
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(_expect(str, raw))
    return _expect(kind, raw)


def _expect(kind: Any, raw: Any) -> Any:
    if not isinstance(raw, kind) or (isinstance(raw, bool) and kind is not bool):
        raise TypeError(f"{kind} expected")
    return raw


def write_toml(document: Mapping[str, Any]) -> str:
    """A TOML document of what `tomllib` reads: tables, arrays, text, numbers, truth, dates. Raises TypeError."""
    lines: list[str] = []
    _write_table(lines, (), document)
    return "\n".join(lines).lstrip("\n") + "\n"


def _write_table(lines: list[str], path: tuple[str, ...], table: Mapping[str, Any]) -> None:
    if path:
        lines += ["", f"[{'.'.join(map(_key, path))}]"]
    lines += [f"{_key(name)} = {_text(value)}" for name, value in table.items() if not isinstance(value, Mapping)]
    for name, value in table.items():
        if isinstance(value, Mapping):
            _write_table(lines, (*path, name), value)


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if bare else _quoted(name)


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case StrEnum():
            return _quoted(value.value)
        case str():
            return _quoted(value)
        case int():
            return str(value)
        case float():
            return repr(value)
        case datetime() | date() | time():
            return value.isoformat()
        case list() | tuple():
            return "[" + ", ".join(map(_text, value)) + "]"
        case Mapping():
            return "{" + ", ".join(f"{_key(name)} = {_text(inner)}" for name, inner in value.items()) + "}"
    raise TypeError(f"no TOML for {type(value).__name__}")


def _quoted(text: str) -> str:
    short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    escaped = (
        short.get(sign) or (f"\\u{ord(sign):04x}" if ord(sign) < 32 or ord(sign) == 127 else sign) for sign in text
    )
    return '"' + "".join(escaped) + '"'
