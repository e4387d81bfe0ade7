"""The same kind of card in another hand, so that what reads the first generator's pictures is not only fitted to it.

    python benchmarks/card_table.py --hand other …

Other typefaces, measures that wander by a millimetre, letter spacing, names of any characters of the card alphabet,
papers with real Chinese text around and under the card, a defocused lens that bends straight lines, the edge of a
shadow, stripes of a screen, coarse JPEG. Profiles and truth are those of `make_cards`.
"""

from __future__ import annotations

import sys
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import degrade  # noqa: E402
import make_cards  # noqa: E402

from desktop.ocr.engine import card_characters  # noqa: E402

Pixels = NDArray[np.float32]
PX = 16  # pixels a millimetre of a drawn face
FONTS = HERE.parents[1] / "resources" / "fonts"
HEI = (
    (str(FONTS / "NotoSansSC-Regular.ttf"), 0),
    (str(FONTS / "NotoSansSC-Medium.ttf"), 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Medium.ttc", 2),
)
DIGITS = ("/usr/share/fonts/opentype/ocr-b/OCRB.otf", "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf")
SONG = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc"
WORDS = (
    "房屋租赁合同", "甲方应当在收到租金后出具收据", "押金不得抵作租金", "姓名：", "身份证号码：", "联系电话：",
    "住址：", "访客登记表", "序号 姓名 性别 房号", "物业管理费缴费通知单", "本人承诺以上内容真实有效", "签发日期：",
    "二〇二六年十一月", "有效期限至年底", "停车证 请置于挡风玻璃后", "公司营业时间 9:00—18:00", "复印件与原件一致",
)  # fmt: skip


class _Face:
    """A canvas in millimetres whose whole layout may wander a little, as printing and laminating make it."""

    def __init__(self, rng: np.random.Generator, back: bool) -> None:
        self.rng = rng
        size = (round(degrade.W_MM * PX), round(degrade.H_MM * PX))
        top, low = rng.uniform(205, 245, 3), rng.uniform(205, 245, 3)
        if back:
            top[0] -= 8
        slope = np.linspace(0, 1, size[1])[:, None, None]
        ground = np.repeat(top * (1 - slope) + low * slope, size[0], axis=1).astype(np.float32)
        fine = cv2.resize(
            rng.normal(0, 1, (60, 96)).astype(np.float32), (size[0], size[1]), interpolation=cv2.INTER_CUBIC
        )
        ground += fine[..., None] * rng.uniform(1, 5)
        for _ in range(int(rng.integers(8, 30))):  # security print: circles and arcs
            centre = (int(rng.uniform(0, size[0])), int(rng.uniform(0, size[1])))
            shade = [float(value) for value in rng.uniform(175, 222, 3)]
            cv2.circle(ground, centre, int(rng.uniform(30, 420)), shade, 1, cv2.LINE_AA)
        self.image = Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8)[..., ::-1].copy())
        self.pen = ImageDraw.Draw(self.image)
        self.shift = rng.normal(0, 0.35, 2)
        self.stretch = 1 + rng.normal(0, 0.008, 2)

    def text(self, x: float, y: float, text: str, font: tuple[str, int], mm: float, ink: Any, step: float = 0) -> None:
        """Left end and middle in mm; `step` a fixed advance in mm."""
        face = ImageFont.truetype(font[0], round(mm * PX), index=font[1])
        x, y = (np.array([x, y]) * self.stretch + self.shift) * PX
        if not step:
            self.pen.text((x, y), text, font=face, fill=ink, anchor="lm")
            return
        for place, character in enumerate(text):
            self.pen.text((x + (place + 0.5) * step * PX, y), character, font=face, fill=ink, anchor="mm")

    def done(self) -> NDArray[np.uint8]:
        """BGRA with rounded corners."""
        pixels = np.asarray(self.image)[..., ::-1]
        high, wide = pixels.shape[:2]
        cover, round_ = np.zeros((high, wide), np.uint8), int(3.2 * PX)
        cv2.rectangle(cover, (round_, 0), (wide - round_, high), 255, -1)
        cv2.rectangle(cover, (0, round_), (wide, high - round_), 255, -1)
        for x in (round_, wide - round_ - 1):
            for y in (round_, high - round_ - 1):
                cv2.circle(cover, (x, y), round_, 255, -1)
        return np.dstack([pixels, cover])


def identity(pools: Any, regions: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Somebody invented, a third of them with a given name of any two characters of the card alphabet."""
    person: dict[str, Any] = make_cards.make_identity(pools, regions, rng)
    if rng.random() < 0.33 and "·" not in person["name"]:
        known = [character for character in card_characters() if "一" <= character <= "鿿"]
        usual = known[:4500]
        person["name"] = person["name"][0] + "".join(str(rng.choice(usual)) for _ in range(int(rng.integers(1, 3))))
    return person


def front(person: dict[str, Any], rng: np.random.Generator) -> NDArray[np.uint8]:
    face = _Face(rng, back=False)
    hei = HEI[int(rng.integers(len(HEI)))]
    digits = (DIGITS[0] if rng.random() < 0.7 else DIGITS[1], 0)
    label = tuple(int(value) for value in rng.uniform((20, 90, 130), (80, 140, 200)))
    ink = (int(rng.integers(10, 70)),) * 3
    size, row = rng.uniform(2.2, 2.6), rng.normal(0, 0.3, 6)
    x = 5.9 + rng.normal(0, 0.3)
    for y, word, at in ((8.5, "姓名", 0), (15.1, "性别", 1), (21.6, "出生", 2), (28.4, "住址", 3)):
        face.text(x, y + row[at], word, hei, size, label, 2.9)
    face.text(x + 16.7, 15.1 + row[1], "民族", hei, size, label, 2.9)
    face.text(x, 46.6 + row[4], "公民身份号码", hei, size, label, 3.0)
    start = 15.2 + rng.normal(0, 0.4)
    name = str(person["name"])
    if len(name) <= 10:
        wide = rng.uniform(3.2, 4.6) if len(name) <= 3 and rng.random() < 0.4 else 0.0
        face.text(start, 8.5 + row[0], name, hei, rng.uniform(3.0, 3.6), ink, wide)
    else:
        face.text(start, 7.1 + row[0], name[:10], hei, 2.6, ink)
        face.text(start, 10.2 + row[0], name[10:], hei, 2.6, ink)
    value = rng.uniform(2.75, 3.1)
    face.text(start, 15.1 + row[1], str(person["sex"]), hei, value, ink)
    face.text(31.2 + rng.normal(0, 0.3), 15.1 + row[1], str(person["ethnicity"]), hei, value, ink)
    year, month, day = str(person["birth"]).split("-")
    for at, word in ((24.6, "年"), (33.3, "月"), (41.2, "日")):
        face.text(at, 21.6 + row[2], word, hei, size, label)
    face.text(start, 21.6 + row[2], year, hei, value, ink, 1.95)
    face.text(28.6 if len(month.lstrip("0")) == 2 else 30.0, 21.6 + row[2], month.lstrip("0"), hei, value, ink, 1.9)
    face.text(36.6 if len(day.lstrip("0")) == 2 else 38.0, 21.6 + row[2], day.lstrip("0"), hei, value, ink, 1.9)
    most, lines, line = float(rng.uniform(10.4, 11.6)), list[str](), ""
    for character in str(person["address"]):
        long = sum(1.0 if other >= "一" else 0.56 for other in line + character)
        if long > most:
            lines.append(line)
            line = ""
        line += character
    pitch = rng.uniform(4.2, 4.75)
    for place, text in enumerate([*lines, line]):
        face.text(start, 28.4 + row[3] + place * pitch, text, hei, value, ink)
    if digits[0] == DIGITS[0]:
        face.text(29.2, 46.6 + row[4], str(person["number"]), digits, 3.5, ink, 2.64 + rng.normal(0, 0.03))
    else:
        face.text(29.2, 46.6 + row[4], str(person["number"]), digits, 3.7, ink, 2.6)
    _portrait(face, rng)
    return face.done()


def _portrait(face: _Face, rng: np.random.Generator) -> None:
    left, top = 60.0 * PX, 8.0 * PX
    wide, high = 20.5 * PX, 27.0 * PX
    grey = int(rng.integers(40, 110))
    face.pen.ellipse(
        (left + wide * 0.27, top + high * 0.1, left + wide * 0.73, top + high * 0.58), fill=(grey + 90,) * 3
    )
    face.pen.pieslice((left + wide * 0.24, top, left + wide * 0.76, top + high * 0.6), 180, 360, fill=(grey,) * 3)
    face.pen.pieslice((left, top + high * 0.6, left + wide, top + high * 1.4), 180, 360, fill=(grey + 20,) * 3)


def back(person: dict[str, Any], rng: np.random.Generator) -> NDArray[np.uint8]:
    face = _Face(rng, back=True)
    hei = HEI[int(rng.integers(len(HEI)))]
    ink = (int(rng.integers(10, 70)),) * 3
    face.pen.ellipse((6 * PX, 6 * PX, 21 * PX, 22 * PX), fill=(200, 70, 60))
    face.text(29.7 + rng.normal(0, 0.4), 9.4 + rng.normal(0, 0.3), "中华人民共和国", (SONG, 2), 4.8, (20, 20, 20), 6.6)
    face.text(27.4 + rng.normal(0, 0.4), 18.0 + rng.normal(0, 0.3), "居民身份证", (SONG, 2), 7.4, (20, 20, 20), 10.2)
    row = rng.normal(0, 0.35, 2)
    size = rng.uniform(2.3, 2.6)
    for y, word in ((40.6 + row[0], "签发机关"), (47.0 + row[1], "有效期限")):
        face.text(20.8, y, word, hei, size, (20, 20, 20), 2.9)
    start = 34.4 + rng.normal(0, 0.4)
    issuer = str(person["issuer"])
    value = min(rng.uniform(2.75, 3.1), 46.0 / len(issuer))
    face.text(start, 40.6 + row[0], issuer, hei, value, ink)
    term = f"{person['valid_from']}-{person['valid_to']}".replace("-", ".")
    term = term[:10] + "-" + term[11:]
    face.text(start, 47.0 + row[1], term, hei, value, ink)
    return face.done()


def papers(wide: int, high: int, rng: np.random.Generator) -> Pixels:
    """A desk, half the time full of printed papers."""
    ground = np.ones((high, wide, 3), np.float32) * rng.uniform(40, 225, 3).astype(np.float32)
    coarse = cv2.resize(rng.normal(0, 1, (9, 16)).astype(np.float32), (wide, high), interpolation=cv2.INTER_CUBIC)
    ground += coarse[..., None] * rng.uniform(2, 20)
    if rng.random() < 0.5:
        return ground
    for _ in range(int(rng.integers(1, 4))):
        sheet = Image.new("RGB", (900, 1270), (int(rng.integers(225, 255)),) * 3)
        pen = ImageDraw.Draw(sheet)
        face = ImageFont.truetype(HEI[int(rng.integers(4))][0], int(rng.integers(22, 44)))
        for y in range(40, 1230, int(rng.integers(40, 90))):
            pen.text((50, y), "，".join(str(rng.choice(WORDS)) for _ in range(3)), font=face, fill=(40, 40, 40))
        quad = degrade.rect_quad(
            rng.uniform(0, wide), rng.uniform(0, high), rng.uniform(0.3, 0.9) * wide, rng.uniform(-40, 40)
        )
        middle = quad.mean(0)
        quad = (quad - middle) * np.array([1.0, 1.9]) + middle
        pixels = np.dstack([np.asarray(sheet)[..., ::-1], np.full((1270, 900), 255, np.uint8)])
        degrade.paste(ground, pixels, quad.astype(np.float32), shadow=0.2, thick=3)
    return ground


def webcam(card: NDArray[np.uint8], rng: np.random.Generator, hard: bool) -> tuple[Pixels, Any, list[str]]:
    """A frame of a webcam; `hard`: one fault more."""
    wide, high = ((1280, 720), (1920, 1080), (1600, 1200))[int(rng.integers(3))]
    fault = str(rng.choice(["defocus", "shake", "dark", "glare", "upside_down", "turned90", "stripes"])) if hard else ""
    turn = {"upside_down": 180.0, "turned90": float(rng.choice([90, 270]))}.get(fault, 0.0)
    frame = papers(wide, high, rng)
    cover = (0.38, 0.52) if fault == "turned90" else (0.38, 0.82)
    quad = degrade.camera_quad(wide, high, rng, cover, turn)
    degrade.paste(frame, card, quad, shadow=rng.uniform(0.1, 0.4), thick=4)
    long = float(np.linalg.norm(quad[1] - quad[0]))
    rows, columns = np.mgrid[0:high, 0:wide].astype(np.float32)
    across = (columns - wide / 2) / (wide / 2)
    down = (rows - high / 2) / (wide / 2)
    bend = float(rng.uniform(-0.03, 0.03))
    from_middle = across**2 + down**2
    frame = cv2.remap(
        frame, columns + across * from_middle * bend * wide / 2, rows + down * from_middle * bend * wide / 2,
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    away = (quad - np.array([wide / 2, high / 2])) / (wide / 2)
    quad = (quad - away * (away**2).sum(1, keepdims=True) * bend * wide / 2).astype(np.float32)
    frame *= (1 - rng.uniform(0, 0.35) * from_middle)[..., None]  # the lens darkens to its rim
    frame *= rng.uniform(0.8, 1.12, 3).astype(np.float32) * rng.uniform(0.75, 1.1)
    if rng.random() < 0.3:  # the edge of somebody's shadow
        angle = rng.uniform(0, np.pi)
        edge = (columns - quad[:, 0].mean()) * np.cos(angle) + (rows - quad[:, 1].mean()) * np.sin(angle)
        frame *= (1 - rng.uniform(0.2, 0.5) / (1 + np.exp(-edge / (0.03 * wide))))[..., None]
    if fault == "glare":
        at = quad[0] + (quad[1] - quad[0]) * rng.uniform(0.1, 0.9) + (quad[3] - quad[0]) * rng.uniform(0.1, 0.9)
        degrade.glare(frame, at[0], at[1], long * rng.uniform(0.04, 0.1), rng.uniform(150, 320), rng)
    if fault == "stripes":
        frame += (rng.uniform(6, 16) * np.sin(rows * rng.uniform(0.4, 1.4) + columns * rng.uniform(-0.2, 0.2)))[
            ..., None
        ]
    unit = long / 640
    radius = rng.uniform(1.6, 2.6) * unit if fault == "defocus" else rng.uniform(0.2, 0.9) * unit
    frame = _defocused(frame, radius)
    if fault == "shake":
        length = max(3, int(rng.uniform(4, 7) * unit)) | 1
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1 / length
        turned = cv2.warpAffine(
            kernel, cv2.getRotationMatrix2D((length // 2, length // 2), rng.uniform(0, 180), 1), (length, length)
        )
        frame = cv2.filter2D(frame, -1, turned / turned.sum())
    if fault == "dark":
        frame *= rng.uniform(0.2, 0.4)
    frame = 255 * np.clip(frame / 255, 0, 1.2) ** rng.uniform(0.85, 1.2)
    grain = rng.normal(0, rng.uniform(1.5, 5), (high // 2, wide // 2, 3)).astype(np.float32)
    frame += cv2.resize(grain, (wide, high), interpolation=cv2.INTER_LINEAR) + rng.normal(0, 2, frame.shape)
    return frame.astype(np.float32), quad, [f"{wide}x{high}", fault or "plain"]


def _defocused(frame: Pixels, radius: float) -> Pixels:
    size = 2 * int(np.ceil(radius)) + 1
    span = np.arange(size) - size // 2
    disc = np.clip(radius + 0.5 - np.hypot(span[:, None], span[None]), 0, 1).astype(np.float32)
    return np.asarray(cv2.filter2D(frame, -1, disc / disc.sum()), dtype=np.float32)


def scan(cards: list[NDArray[np.uint8]], rng: np.random.Generator, mono: bool) -> tuple[Pixels, list[Any], list[str]]:
    """A page of a flatbed or a copier, some with print of their own, some cards on their side."""
    dpi = int(rng.choice([150, 200, 300]))
    mm = dpi / 25.4
    wide, high = (210, 297) if rng.random() < 0.5 else (190, 260)
    page = np.full((int(high * mm), int(wide * mm), 3), float(rng.choice([255, 248, 235])), np.float32)
    if rng.random() < 0.4:
        sheet = Image.fromarray(page.astype(np.uint8))
        face = ImageFont.truetype(HEI[0][0], round(4 * mm))
        pen = ImageDraw.Draw(sheet)
        pen.text((20 * mm, 8 * mm), "仅限办理租赁登记使用 " + str(rng.choice(WORDS)), font=face, fill=(60, 60, 60))
        pen.text((20 * mm, (high - 14) * mm), "与原件核对一致 签名：", font=face, fill=(60, 60, 60))
        page = np.asarray(sheet).astype(np.float32)
    quads = []
    whole = 90.0 if rng.random() < 0.15 else 180.0 if rng.random() < 0.1 else 0.0
    band = (high - 36) / len(cards)
    for place, card in enumerate(cards):
        quad = degrade.rect_quad(
            rng.uniform(55, wide - 55) * mm, (18 + band * (place + 0.5)) * mm, degrade.W_MM * mm,
            whole + rng.uniform(-4, 4),
        )  # fmt: skip
        degrade.paste(page, card, quad, shadow=0.0 if mono else rng.uniform(0, 0.2), thick=2)
        quads.append(quad)
    if mono:
        grey = cv2.cvtColor(np.clip(page, 0, 255).astype(np.uint8), cv2.COLOR_BGR2GRAY).astype(np.float32)
        grey = cv2.GaussianBlur(grey, (0, 0), dpi / 300 * rng.uniform(0.7, 1.3))
        # A copier burns out pale paper: the card's edge goes with it.
        grey = np.clip((grey - rng.uniform(50, 90)) * rng.uniform(1.6, 2.6), 0, 255)
        grey += rng.normal(0, rng.uniform(3, 14), grey.shape)
        grey[rng.random(grey.shape) < rng.uniform(0, 0.001)] = 30
        page = np.repeat(cv2.GaussianBlur(grey, (0, 0), 0.5)[..., None], 3, 2)
    page = page + rng.normal(0, rng.uniform(0.5, 3), page.shape)
    return page.astype(np.float32), quads, [f"{dpi}dpi", f"turned{whole:.0f}"]


def render(profile: str, number: int, seed: int, _fonts: Any, pools: Any, regions: Any) -> tuple[bytes, dict[str, Any]]:
    """File bytes and truth of one picture, as `make_cards.render`; negatives are that one's own."""
    if profile == "negative":
        return make_cards.render(profile, number, seed, _fonts, pools, regions)  # type: ignore[no-any-return]
    rng = np.random.default_rng([seed, zlib.crc32(f"other {profile}".encode()), number])
    person = identity(pools, regions, rng)
    both = profile in ("scan", "copy") and rng.random() < 0.5
    sides = ["front", "back"] if both else ["front" if rng.random() < 0.65 else "back"]
    cards = [front(person, rng) if side == "front" else back(person, rng) for side in sides]
    if profile in ("scan", "copy"):
        image, quads, tags = scan(cards, rng, profile == "copy")
    else:
        image, quad, tags = webcam(cards[0], rng, profile == "hard")
        quads = [quad]
    shown = [key for side in sides for key in (make_cards.FRONT if side == "front" else make_cards.BACK)]
    truth: dict[str, Any] = {"side": "both" if both else sides[0], "tags": tags}
    truth["quads"] = {side: np.round(quad, 1).tolist() for side, quad in zip(sides, quads, strict=True)}
    truth |= {key: person[key] if key in shown else None for key in make_cards.FIELDS}
    return make_cards.jpeg(image, int(rng.integers(50, 90))), truth
