"""Draws the dozen cards of invented people in resources/demo_cards: shown by the demo office, read by the tests.

    python -m tests.idcards.make_samples        (needs the fonts named in README.md)

Their numbers begin with 990101, a region that does not exist, so they belong to nobody.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

import degrade  # noqa: E402
import make_cards  # noqa: E402

from desktop.ocr.id_number import make_id_number  # noqa: E402

OUT = ROOT / "resources" / "demo_cards"
SEED = 20261122

# name, sex, ethnic group, birth, address, issuer, valid from, valid to
PEOPLE = {
    "chen": ("陈思远", "男", "汉", "1991-04-12", "浙江省杭州市西湖区文昌巷27号3栋2单元1102室",
             "杭州市公安局西湖分局", "2019-06-03", "2039-06-03"),
    "zhou": ("周若琳", "女", "汉", "1996-09-30", "湖南省长沙市岳麓区桃园二路118号6栋1单元704室",
             "长沙市公安局岳麓分局", "2020-11-17", "2030-11-17"),
    "li": ("李国栋", "男", "汉", "1968-02-05", "四川省成都市双流县清水塘镇三合村4组31号",
           "双流县公安局", "2014-03-20", "长期"),
    "aguli": ("阿依古丽·买买提", "女", "维吾尔", "1988-12-19", "新疆维吾尔自治区喀什市建设大街56号2单元301",
              "喀什市公安局", "2016-08-08", "2036-08-08"),
    "huang": ("黄彧", "男", "壮", "2001-07-23", "广西壮族自治区南宁市青秀区锦绣江南12号楼1单元2203",
              "南宁市公安局青秀分局", "2022-01-26", "2032-01-26"),
    "sun": ("孙晓梅", "女", "满", "1979-10-08", "辽宁省沈阳市皇姑区青年路209号", "沈阳市公安局皇姑分局",
            "2015-05-14", "2035-05-14"),
    "wu": ("欧阳翊", "男", "畲", "2012-03-03", "福建省福安市青石桥镇双桥村9组6号", "福安市公安局",
           "2024-07-01", "2029-07-01"),
}  # fmt: skip

# file, person, sides, how it was taken
PICTURES = (
    ("chen_scan", "chen", ("front", "back"), "scan"),
    ("zhou_scan", "zhou", ("front", "back"), "scan"),
    ("li_copy", "li", ("front", "back"), "copy"),
    ("aguli_webcam", "aguli", ("front",), "webcam"),
    ("huang_webcam", "huang", ("front",), "webcam"),
    ("huang_back", "huang", ("back",), "webcam"),
    ("sun_upside_down", "sun", ("front",), "upside_down"),
    ("sun_turned_back", "sun", ("back",), "turned90"),
    ("wu_dark", "wu", ("front",), "dark"),
    ("li_glare", "li", ("front",), "glare"),
)


def identity(key: str) -> dict[str, str]:
    """One invented person as the drawing functions want it."""
    name, sex, ethnicity, birth, address, issuer, valid_from, valid_to = PEOPLE[key]
    number = make_id_number(date.fromisoformat(birth), "male" if sex == "男" else "female", sequence=len(PEOPLE))
    return {
        "name": name,
        "sex": sex,
        "ethnicity": ethnicity,
        "birth": birth,
        "address": address,
        "number": number,
        "issuer": issuer,
        "valid_from": valid_from,
        "valid_to": valid_to,
    }


def picture(place: int, key: str, sides: tuple[str, ...], way: str, fonts: dict[str, Any]) -> bytes:
    """The JPEG of one picture; the same every time with the same fonts and library versions."""
    rng = np.random.default_rng([SEED, place])
    person = identity(key)
    draw = {"front": make_cards.draw_front, "back": make_cards.draw_back}
    cards = [draw[side](person, fonts, rng) for side in sides]
    if way in ("scan", "copy"):
        page, _, dpi = degrade.scan_page(cards, np.random.default_rng([SEED, 3]), mono=way == "copy")
        if way == "copy":
            page = degrade.photocopy(page, rng, dpi)
        shrink = 1240 / max(page.shape[:2])
        return degrade.jpeg(cv2.resize(page, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), 80)
    for attempt in range(400):  # the camera's faults are random: take the first picture with the wanted one
        frame, _, tags = degrade.webcam_frame(cards[0], np.random.default_rng([SEED, place, attempt]), way != "webcam")
        if "1280x720" in tags and "finger" not in tags and (way == "webcam" or way in tags):
            return degrade.jpeg(frame, 80)
    raise RuntimeError(f"no {way} picture in 400 tries")


def main() -> None:
    OUT.mkdir(exist_ok=True)
    fonts = make_cards.find_fonts()
    with (OUT / "truth.jsonl").open("w", encoding="utf-8", newline="\n") as out:
        for place, (stem, key, sides, way) in enumerate(PICTURES):
            (OUT / f"{stem}.jpg").write_bytes(picture(place, key, sides, way, fonts))
            person = identity(key)
            shown = (make_cards.FRONT if "front" in sides else []) + (make_cards.BACK if "back" in sides else [])
            row = {
                "id": stem,
                "file": f"{stem}.jpg",
                "profile": way,
                "side": "both" if len(sides) == 2 else sides[0],
                **{name: person[name] if name in shown else None for name in make_cards.FIELDS},
            }
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
