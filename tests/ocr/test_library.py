"""The card reader used from a plain script, as docs/ocr.md shows it: no window, no database, nothing of the program."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CARDS = ROOT / "resources" / "demo_cards"
WATCH = """
import json, sys
loaded = sorted({name.partition(".")[0] for name in sys.modules} & {"PySide6", "sqlalchemy", "rapidocr", "alembic"})
ours = sorted(name for name in sys.modules if name.startswith("desktop.") and not name.startswith("desktop.ocr"))
print(json.dumps([loaded, ours]))
"""


def script() -> str:
    """The first example of the page, word for word."""
    return re.findall(r"```python\n(.*?)```", (ROOT / "docs/ocr.md").read_text("utf-8"), re.DOTALL)[0]


def run(code: str, *arguments: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_example_of_the_page_reads_cards_and_refuses_what_is_none(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture at all")
    told = run(script() + WATCH, CARDS / "chen_scan.jpg", broken)
    assert json.loads(told.pop()) == [[], []], "neither a window nor a database nor anything else of ours"
    text = "\n".join(told)
    truth = next(
        row
        for row in map(json.loads, (CARDS / "truth.jsonl").read_text("utf-8").splitlines())
        if row["id"] == "chen_scan"
    )
    assert told[0].startswith("chen_scan.jpg both")
    for words in ("name", "address", "number", "issuer", "valid_to"):
        assert truth[words] in text
    assert "broken.jpg none" in text
    assert "请选择 JPG 或 PNG 图片" in text
