"""Makes resources/look_alikes.tsv: characters the recogniser takes for another one even in fair print.

    python -m tests.idcards.make_look_alikes        (some minutes; needs the fonts named in README.md)

Each character of the card alphabet is drawn between two easy ones at webcam size, slightly blurred, in two typefaces,
and read. A line "read TAB printed…" lists what may really stand there when a character is read.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from desktop.ocr.engine import PpOcrEngine, card_characters

OUT = Path(__file__).resolve().parents[2] / "resources" / "look_alikes.tsv"
FONTS = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
)
SIZE = 19  # pixels a character: a card half as wide as a 1280-pixel frame
BLUR = 0.7


def drawn(text: str, font: ImageFont.FreeTypeFont, rng: np.random.Generator) -> np.ndarray:
    """A short line as a webcam shows it."""
    page = Image.new("L", (SIZE * len(text) + 10, SIZE + 9), 226)
    ImageDraw.Draw(page).text((5, (SIZE + 9) / 2), text, font=font, fill=45, anchor="lm")
    soft = cv2.GaussianBlur(np.asarray(page, dtype=np.float32), (0, 0), BLUR) + rng.normal(0, 3, (SIZE + 9, page.width))
    return cv2.cvtColor(np.clip(soft, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)


def main() -> None:
    engine = PpOcrEngine()
    rng = np.random.default_rng(1)
    may_be: dict[str, set[str]] = defaultdict(set)
    for path, face in FONTS:
        font = ImageFont.truetype(path, SIZE, index=face)
        for character in card_characters():
            if character < "一":
                continue
            line = engine.read(drawn(f"王{character}明", font, rng))
            if len(line.letters) == 3 and line.text[0] == "王" and line.text[2] == "明" and line.text[1] != character:
                may_be[line.text[1]].add(character)
    with OUT.open("w", encoding="utf-8", newline="\n") as out:
        out.write("# read\tmay really be (made by tests/idcards/make_look_alikes.py)\n")
        out.writelines(f"{read}\t{''.join(sorted(printed))}\n" for read, printed in sorted(may_be.items()))
    print(f"{len(may_be)} characters stand for {sum(map(len, may_be.values()))} others")


if __name__ == "__main__":
    main()
