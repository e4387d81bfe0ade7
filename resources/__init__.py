"""Files that ship with the program: fonts, icons, style sheet, tokens, templates. A leaf: it knows nothing of ours."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def resource(name: str) -> Path:
    """The path of a shipped file or folder, e.g. "tokens.json" or "fonts". Raises FileNotFoundError."""
    path = _HERE / name
    if not path.exists():
        raise FileNotFoundError(f"resource not shipped: {name}")
    return path
