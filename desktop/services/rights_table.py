"""The table of rights for the docs: which function names which right, which role holds it, who sees which field."""

from __future__ import annotations

import importlib
import pkgutil

import desktop.services
from desktop.models.values import Right, Sight
from desktop.services import access
from desktop.services.rights import DECLARED

SIGHT_WORDS = {Sight.NONE: "—", Sight.MASKED: "掩码", Sight.READ: "可看", Sight.WRITE: "可看可改"}


def rights_markdown() -> str:
    """The text of docs/rights.md. Written by `run.py fix`, held by a test."""
    for info in pkgutil.walk_packages(desktop.services.__path__, "desktop.services."):
        importlib.import_module(info.name)
    roles = list(access.SHIPPED)
    titles = [access.SHIPPED[role][0] for role in roles]
    lines = [
        "# Rights 权限", "", "Generated from the services; do not edit (`python3 run.py fix` writes it anew).", "",
        "## Functions, rights and roles", "",
        f"| right | functions | {' | '.join(titles)} |",
        f"|---|---|{'---|' * len(roles)}",
    ]  # fmt: skip
    for right in Right:
        functions = sorted(
            f"`{d.module.removeprefix('desktop.services.')}.{d.name}`" for d in DECLARED.values() if d.right is right
        )
        marks = ["✓" if right in access.SHIPPED[role][1] else "" for role in roles]
        lines.append(f"| `{right}` | {' '.join(functions) or '(later)'} | {' | '.join(marks)} |")
    lines += ["", "## Encrypted fields", "", f"| field | {' | '.join(titles)} |", f"|---|{'---|' * len(roles)}"]
    for name in access.sealed_fields():
        words = [SIGHT_WORDS[access.shipped_sights(role)[name]] for role in roles]
        lines.append(f"| `{name}` | {' | '.join(words)} |")
    return "\n".join(lines) + "\n"
