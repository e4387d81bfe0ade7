"""Makes resources/look_alikes.tsv: characters the recogniser takes for another one even in good print.

    python -m tests.idcards.make_look_alikes        (some minutes; needs the fonts named in README.md)

Each character of the card alphabet is drawn between two easy ones as a scan shows it and read. Those misread with
confidence in two typefaces are listed: a line "read TAB printed…" tells what may really stand where a character is
read, so that a name with it is shown to the clerk however sure the engine is.
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
SIZE = 26  # pixels a character: about 9 to the millimetre
BLUR = 0.6
CERTAIN = 0.8


def drawn(text: str, font: ImageFont.FreeTypeFont, rng: np.random.Generator) -> np.ndarray:
    """A short line as a webcam shows it."""
    page = Image.new("L", (SIZE * len(text) + 10, SIZE + 9), 226)
    ImageDraw.Draw(page).text((5, (SIZE + 9) / 2), text, font=font, fill=45, anchor="lm")
    soft = cv2.GaussianBlur(np.asarray(page, dtype=np.float32), (0, 0), BLUR) + rng.normal(0, 3, (SIZE + 9, page.width))
    return cv2.cvtColor(np.clip(soft, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)


def _taken_for(
    engine: PpOcrEngine, character: str, font: ImageFont.FreeTypeFont, rng: np.random.Generator
) -> str | None:
    """What the engine surely and wrongly reads; None when it is right, unsure or lost."""
    line = engine.read(drawn(f"张{character}明", font, rng))
    if len(line.letters) != 3 or line.text[0] != "张" or line.text[2] != "明" or line.text[1] == character:
        return None
    return line.text[1] if line.letters[1].probability > CERTAIN else None


def main() -> None:
    engine = PpOcrEngine()
    rng = np.random.default_rng(1)
    may_be: dict[str, set[str]] = defaultdict(set)
    fonts = [ImageFont.truetype(path, SIZE, index=face) for path, face in FONTS]
    for character in card_characters():
        if not "一" <= character <= "鿿":
            continue
        taken = {_taken_for(engine, character, font, rng) for font in fonts[:1]}
        if taken != {None}:
            taken |= {_taken_for(engine, character, font, rng) for font in fonts[1:]}
            if len(taken) == 1:
                may_be[str(taken.pop())].add(character)
    with OUT.open("w", encoding="utf-8", newline="\n") as out:
        out.write("# read\tmay really be (made by tests/idcards/make_look_alikes.py)\n")
        out.writelines(f"{read}\t{''.join(sorted(printed))}\n" for read, printed in sorted(may_be.items()))
    print(f"{len(may_be)} characters stand for {sum(map(len, may_be.values()))} others")


if __name__ == "__main__":
    main()
