"""Writes the pages of docs/ that are made from the code: rights.md and machines.md. Called by `run.py fix`."""

from __future__ import annotations

from pathlib import Path

from desktop.services.rights_table import rights_markdown
from desktop.services.transitions import machines_markdown

HERE = Path(__file__).resolve().parent


def main() -> None:
    (HERE / "rights.md").write_text(rights_markdown(), "utf-8")
    (HERE / "machines.md").write_text(machines_markdown(), "utf-8")


if __name__ == "__main__":
    main()
