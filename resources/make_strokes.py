"""Makes `strokes.tsv`: radical and strokes of every ideograph our fonts can show, for finding rare characters.

    python resources/make_strokes.py FOLDER

FOLDER holds Unihan_IRGSources.txt and Unihan_OtherMappings.txt of the Unicode Character Database, here from the Debian
package `unicode-data` 15.0 (its licence: UNICODE-LICENSE.txt). Lines:

    table    1 or 2        characters    the national table 通用规范汉字表 in its order: level 1, the rest
    radical  strokes       characters    kRSUnicode's radical, "'" where simplified; strokes of the whole character
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent
EVERYDAY = 3500
"""Characters of the first level of the national table."""


def main(folder: Path) -> None:
    shown = _shown()
    radical, strokes, table = dict[str, str](), dict[str, int](), dict[str, int]()
    for name in ("Unihan_IRGSources.txt", "Unihan_OtherMappings.txt"):
        for character, key, value in _facts(folder / name):
            if key == "kRSUnicode":
                radical[character] = value.split()[0].partition(".")[0]
            elif key == "kTotalStrokes":
                strokes[character] = int(value.split()[0])  # the first is that of mainland China
            elif key == "kTGH":
                table[character] = int(value.split()[0].partition(":")[2])
    groups: dict[tuple[str, int], list[str]] = defaultdict(list)
    for character in shown & radical.keys() & strokes.keys():
        groups[radical[character], strokes[character]].append(character)
    ordered = sorted(table, key=lambda character: table[character])
    with (HERE / "strokes.tsv").open("w", encoding="utf-8", newline="\n") as out:
        for level, part in ((1, ordered[:EVERYDAY]), (2, ordered[EVERYDAY:])):
            out.write(f"table\t{level}\t{''.join(part)}\n")
        for (of, count), characters in sorted(groups.items(), key=lambda pair: (_number(pair[0][0]), pair[0])):
            out.write(f"{of}\t{count}\t{''.join(sorted(characters))}\n")
    print(f"{sum(map(len, groups.values()))} characters, {len(table)} of the national table")


def _shown() -> set[str]:
    points: set[int] = set()
    for name in ("NotoSansSC-Regular.ttf", "RareNames.ttf"):
        with TTFont(HERE / "fonts" / name, lazy=True) as font:
            points |= set(font.getBestCmap())
    return {chr(point) for point in points if 0x3400 <= point <= 0x9FFF or point >= 0x20000}


def _facts(path: Path) -> Iterator[tuple[str, str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("U+"):
            point, key, value = line.split("\t")
            yield chr(int(point[2:], 16)), key, value


def _number(radical: str) -> int:
    return int(radical.rstrip("'"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
