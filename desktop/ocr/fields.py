"""From read lines to the fields of a card: values, checks between them, doubts in words and suggestions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from desktop.ocr.documents import ETHNIC_GROUPS
from desktop.ocr.engine import Line, WordChoice
from desktop.ocr.id_number import IdNumber, IdNumberError, parse_id_number, repairs
from desktop.ocr.quality import Pixels
from desktop.ocr.regions import RegionTable

Quad = tuple[tuple[float, float], ...]

SURE = 0.80
SURE_NAME = 0.90
_BEYOND_DOUBT = 0.9995  # for a character known to be taken for another
_SELF_TOLD = 0.95  # for a text that only this field can have
_RIVAL = 0.005  # a runner-up this likely makes a name worth a look: wrong names came with 0.99
"""No check covers a name, so more is asked of it (OCR.md 4.6)."""
FOREVER = "长期"


@dataclass(frozen=True, slots=True)
class FieldReading:
    """One field: `text` None when not read, `confidence` 0-1, `box` four corners in pixels of the original picture.

    `reasons` say in Chinese why the clerk should look; `suggestions` are other readings worth a click. Dates are ISO,
    `valid_to` may be 长期, sex is 男 or 女, the ethnic group stands without 族. The text stays out of `repr`, and so
    out of logs.
    """

    text: str | None = field(repr=False)
    confidence: float
    box: Quad | None = None
    reasons: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = field(default=(), repr=False)
    crop: Pixels | None = field(default=None, repr=False, compare=False)

    def crop_png(self) -> bytes | None:
        """The strip of the card this was read from, as a PNG in memory, to show beside the field."""
        if self.crop is None:
            return None
        return cv2.imencode(".png", self.crop)[1].tobytes()


@dataclass(frozen=True, slots=True)
class RawField:
    """What the lines of one slot said: the value's line, whether its label was seen, and where it stands."""

    line: Line
    label_seen: bool = True
    box: Quad | None = None
    crop: Pixels | None = field(default=None, repr=False, compare=False)
    glare: float = 0.0
    """The burnt-out part of the strip, 0-1."""
    gap: bool = False
    """A character's width is empty in the middle of the line: something there may not have been read."""
    other: Line | None = None
    """A second, independent reading of the same value."""
    choice: WordChoice | None = None


class Draft:
    """A field while its checks run."""

    def __init__(self, raw: RawField | None) -> None:
        self.raw = raw
        self.text: str | None = None
        self.confidence = 0.0
        self.reasons: list[str] = []
        self.suggestions: list[str] = []

    def doubt(self, reason: str, *suggestions: str) -> None:
        if reason not in self.reasons:
            self.reasons.append(reason)
        self.suggestions += [text for text in suggestions if text not in self.suggestions and text != self.text]

    def sure(self, threshold: float, *, proven: bool = False) -> None:
        """Doubts of the print itself; what is `proven` to be this field needs no label beside it."""
        if self.text is None or self.raw is None:
            return
        if self.confidence < threshold:
            self.doubt("字迹识别把握不足,请核对")
        if not self.raw.label_seen and not proven:
            self.doubt("没有看清栏目名称,请核对位置")
        if self.raw.glare > 0.25 or (self.raw.glare > 0.04 and self.confidence < 0.97):
            self.doubt("这一栏有反光,请核对")
        if self.raw.gap:
            self.doubt("字间有空缺,可能漏读,请核对")

    def done(self) -> FieldReading:
        box, crop = (self.raw.box, self.raw.crop) if self.raw is not None else (None, None)
        reasons = tuple(self.reasons) if self.text is not None else (*self.reasons, "没有读出,请手工录入")
        return FieldReading(self.text, round(self.confidence, 3), box, reasons, tuple(self.suggestions), crop)


@lru_cache(maxsize=1)
def look_alikes() -> dict[str, str]:
    """What may really be printed where a character is read, for those the engine confuses even in good print."""
    table = Path(__file__).resolve().parents[2] / "resources" / "look_alikes.tsv"
    known: dict[str, str] = {}
    for row in table.read_text(encoding="utf-8").splitlines():
        if not row.startswith("#"):
            read, printed = row.split("\t")
            known[read] = printed
    return known


def _printed_bare(raw: RawField | None, birth: date) -> bool:
    """Whether the birth line shows this day's digits although 年月日 beside them have faded."""
    digits = "" if raw is None else re.sub(r"\D", "", raw.line.text)
    return digits == f"{birth.year}{birth.month}{birth.day}"


def read_front(raws: Mapping[str, RawField], regions: RegionTable, today: date | None) -> dict[str, FieldReading]:
    """The six fields of the portrait side, each held against the others (OCR.md 4.4)."""
    drafts = {key: Draft(raws.get(key)) for key in ("name", "sex", "ethnicity", "birth", "address", "number")}
    _name(drafts["name"])
    _sex(drafts["sex"])
    _ethnicity(drafts["ethnicity"])
    _birth(drafts["birth"], today)
    _address(drafts["address"], regions)
    number, repaired = _number(drafts["number"], drafts["birth"].text, today)
    _agree(drafts, number, repaired)
    return {key: draft.done() for key, draft in drafts.items()}


def cross_check(fields: dict[str, FieldReading], regions: RegionTable) -> dict[str, FieldReading]:
    """Both sides of one holder held against each other: age at issue and term, issuer and address."""
    birth, start, end = (_date(fields, key) for key in ("birth", "valid_from", "valid_to"))
    found = dict(fields)
    if birth is not None and start is not None:
        if start < birth:
            for key in ("valid_from", "birth"):
                found[key] = _doubted(found[key], "签发日期早于出生日期")
        elif end is not None or fields["valid_to"].text == FOREVER:
            age = start.year - birth.year - ((start.month, start.day) < (birth.month, birth.day))
            lawful = 5 if age < 16 else 10 if age <= 25 else 20 if age <= 45 else None
            term = None if end is None else end.year - start.year
            if term != lawful:
                found["valid_to"] = _doubted(found["valid_to"], "有效期限与签发时的年龄不符")
    issuer, address = fields.get("issuer"), fields.get("address")
    if issuer is not None and issuer.text and address is not None and address.text:
        place = regions.place_of(address.text)
        if place is not None and place.county.endswith(issuer.text[: -len("公安局")]) and len(issuer.text) > 3:
            whole = f"{place.county}公安局"
            if issuer.text.endswith("公安局") and issuer.text != whole and not issuer.reasons:
                found["issuer"] = _doubted(issuer, f"住址在{place.county},签发机关可能少读了字", whole)
        elif place is not None and issuer.reasons:
            found["issuer"] = _by_address(issuer, issuer.text, (place.county, place.city))
    return found


def _by_address(issuer: FieldReading, text: str, names: tuple[str, ...]) -> FieldReading:
    """A doubtful issuer one character away from the place of the address becomes that place's."""
    for name in names:
        for part in {name, name.removesuffix("区"), name.removesuffix("县")} - {""}:
            for start in range(len(text) - len(part) + 1):
                piece = text[start : start + len(part)]
                if len(part) > 1 and sum(a != b for a, b in zip(piece, part, strict=True)) == 1:
                    changed = replace(issuer, text=text[:start] + part + text[start + len(part) :])
                    return _doubted(changed, "已按住址改正一个字,请核对", text)
    return issuer


def _doubted(reading: FieldReading, reason: str, *suggestions: str) -> FieldReading:
    return replace(reading, reasons=(*reading.reasons, reason), suggestions=(*reading.suggestions, *suggestions))


def _date(fields: Mapping[str, FieldReading], key: str) -> date | None:
    reading = fields.get(key)
    if reading is None or reading.text is None or reading.text == FOREVER:
        return None
    return date.fromisoformat(reading.text)


def plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).replace("・", "·").replace("•", "·")
    return "".join(folded.split())


def _name(draft: Draft) -> None:
    if draft.raw is None:
        return
    text = plain(draft.raw.line.text).strip("·.-()")
    text = re.sub(r"(?<=[㐀-鿿])[.\-](?=[㐀-鿿])", "·", text)
    if not text:
        return
    draft.text, draft.confidence = text, draft.raw.line.confidence
    if draft.raw.line.outside:
        draft.doubt("含字库外的字,请核对", *draft.raw.line.outside)
    other = draft.raw.other
    if other is not None and other.letters:
        again = re.sub(r"(?<=[㐀-鿿])[.\-](?=[㐀-鿿])", "·", plain(other.text).strip("·.-()"))
        if again != text:
            draft.doubt("两次识别不一致,请核对", again)
    if not re.fullmatch(r"[㐀-鿿\U00020000-\U0003ffff·]{2,}", text):
        draft.doubt("姓名应为两个以上汉字,请核对")
    draft.sure(SURE_NAME)
    known = look_alikes()
    for letter in draft.raw.line.letters:
        if letter.text in known and letter.probability < _BEYOND_DOUBT:
            draft.doubt(f"“{letter.text}”也可能是形近字“{known[letter.text]}”,请核对")
        elif letter.second >= "一" and letter.second_probability > _RIVAL:
            draft.doubt("有形近字,请核对")
    if draft.reasons:
        for place, letter in enumerate(draft.raw.line.letters):
            if place >= len(text) or letter.text != text[place]:
                continue
            rivals = known.get(letter.text, "") + (letter.second if letter.second_probability > _RIVAL else "")
            for rival in dict.fromkeys(rivals):
                offered = text[:place] + rival + text[place + 1 :]
                if offered not in draft.suggestions:
                    draft.suggestions.append(offered)


def _sex(draft: Draft) -> None:
    if draft.raw is None:
        return
    letters = [letter for letter in draft.raw.line.letters if letter.text in "男女"]
    if len(letters) == 1:
        draft.text, draft.confidence = letters[0].text, letters[0].probability
    elif draft.raw.choice is not None and draft.raw.choice.probability > 0.5:
        draft.text, draft.confidence = draft.raw.choice.word, draft.raw.choice.probability
    draft.sure(SURE)


def _ethnicity(draft: Draft) -> None:
    if draft.raw is None:
        return
    read = plain(draft.raw.line.text).removesuffix("族")
    choice = draft.raw.choice
    if read in ETHNIC_GROUPS:
        draft.text, draft.confidence = read, draft.raw.line.confidence
        if choice is not None and choice.word != read:
            draft.doubt("两次识别不一致,请核对", choice.word)
        elif choice is not None:
            draft.confidence = max(draft.confidence, choice.probability)
    elif choice is not None and choice.probability > 0.3:
        draft.text, draft.confidence = choice.word, choice.probability
        if choice.probability < 0.97 or draft.raw.line.confidence > SURE:
            draft.doubt("按 56 个民族的名称推定,请核对", choice.second)
    draft.sure(SURE, proven=read in ETHNIC_GROUPS and draft.confidence >= _SELF_TOLD)


def _birth(draft: Draft, today: date | None) -> None:
    if draft.raw is None:
        return
    text = plain(draft.raw.line.text)
    found = re.search(r"(\d{4})年?(\d{1,2})月(\d{1,2})日?", text) or re.search(
        r"(\d{4})年(\d{1,2})月?(\d{1,2})日", text
    )
    if not found:
        return
    try:
        birth = date(*(int(part) for part in found.groups()))
    except ValueError:
        draft.doubt("出生日期不存在,请核对")
        return
    draft.text, draft.confidence = birth.isoformat(), draft.raw.line.part(*found.span()).confidence
    if today is not None and not 0 <= (today - birth).days <= 366 * 120:
        draft.doubt("出生日期不合常理,请核对")
    draft.sure(SURE)


def _address(draft: Draft, regions: RegionTable) -> None:
    if draft.raw is None:
        return
    text = plain(draft.raw.line.text).strip("·.")
    if not text:
        return
    draft.text, draft.confidence = text, draft.raw.line.confidence
    if draft.raw.line.outside:
        draft.doubt("含字库外的字,请核对")
    if draft.raw.other is not None and draft.raw.other.letters and plain(draft.raw.other.text) != text:
        draft.doubt("两次识别不一致,请核对", plain(draft.raw.other.text))
    place = regions.place_of(text, runner_up_of(draft.raw.line, text))
    if place is None:
        draft.doubt("开头不是已知的省市区县,请核对")
    elif place.changed:
        draft.text = place.text + text[place.read_length :]
        draft.doubt("已按行政区划表改正一个字,请核对", text)
    elif place.others:
        rest = [other + text[len(other) :] for other in place.others[:3]]
        draft.doubt("县区名称不是已知的行政区划,请核对", *rest)
    if len(text) < 7:
        draft.doubt("住址过短,请核对是否读全")
    # Pale labels vanish on a photocopy: what begins with a known county is an address all the same.
    known = place is not None and bool(place.county) and not place.changed and not place.others
    draft.sure(SURE, proven=known and draft.confidence >= _SELF_TOLD)


def _number(draft: Draft, birth: str | None, today: date | None) -> tuple[IdNumber | None, bool]:
    """The number if it holds, and whether a digit had to be exchanged for it to hold."""
    if draft.raw is None:
        return None, False
    line = draft.raw.line
    text = "".join(letter.text for letter in line.letters if letter.text in "0123456789X")
    if len(text) < 12:
        return None, False
    draft.text, draft.confidence = text, line.confidence
    whole = _completed(text, birth, today)
    if whole is not None:
        draft.text, draft.confidence = whole, min(draft.confidence, 0.5)
        draft.doubt("号码中有几位看不清,已按出生日期补全,请逐位核对", text)
        return parse_id_number(whole, today), True
    if len(text) != 18:  # only numbers of before 1999 had 15, and no card of today shows one
        draft.doubt(f"公民身份号码应为 18 位,只读出 {len(text)} 位")
        return None, False
    try:
        number = parse_id_number(text, today)
    except IdNumberError as trouble:
        swaps = _second_choices(line, text, birth, today)
        if len(swaps) == 1:
            draft.text = swaps[0]
            draft.doubt("校验位不符,已按第二可能的数字改正,请逐位核对", text)
            return parse_id_number(swaps[0], today), True
        draft.doubt(trouble.message, *swaps, *_likely(text, birth, today))
        return None, False
    draft.sure(SURE, proven=True)
    return number, False


def _completed(text: str, birth: str | None, today: date | None) -> str | None:
    """A number some of whose middle digits could not be read, filled from the printed birth; only if it then holds."""
    if birth is None or not 12 <= len(text) < 18:
        return None
    day = iter(birth.replace("-", ""))
    if not all(digit in day for digit in text[6:-4]):  # what was read of the middle stands in the birth in this order
        return None
    try:
        return parse_id_number(text[:6] + birth.replace("-", "") + text[-4:], today).number
    except IdNumberError:
        return None


def _second_choices(line: Line, text: str, birth: str | None, today: date | None) -> list[str]:
    """Valid numbers reached by taking the engine's runner-up for one digit."""
    digits = [letter for letter in line.letters if letter.text in "0123456789X"]
    found = []
    for place, letter in enumerate(digits):
        if letter.second and letter.second in "0123456789X" and letter.second_probability > 0.02:
            changed = text[:place] + letter.second + text[place + 1 :]
            try:
                number = parse_id_number(changed, today)
            except IdNumberError:
                continue
            if birth is None or number.birth.isoformat() == birth:
                found.append(changed)
    return found


def _likely(text: str, birth: str | None, today: date | None) -> list[str]:
    fitting = repairs(text, today)
    if birth is not None:
        fitting = [number for number in fitting if number[6:14] == birth.replace("-", "")]
    return fitting[:3]


def _agree(drafts: dict[str, Draft], number: IdNumber | None, repaired: bool) -> None:
    """A valid number that says the same as the printed birth and sex proves all three."""
    birth, sex = drafts["birth"], drafts["sex"]
    if number is None:
        return
    number_birth = number.birth.isoformat()
    number_sex = {"male": "男", "female": "女", None: None}[number.sex]
    if birth.text is None and not repaired and _printed_bare(birth.raw, number.birth):
        birth.text = number_birth
    if birth.text == number_birth and not repaired:
        for draft in (birth, drafts["number"]):
            draft.confidence = max(draft.confidence, 0.99)
            draft.reasons.clear()
    elif birth.text is None:
        birth.text, birth.confidence = number_birth, 0.9 if not repaired else 0.5
        birth.reasons.clear()
        birth.doubt("出生日期由公民身份号码推出,请核对")
    else:
        birth.doubt("与公民身份号码中的出生日期不一致", number_birth)
        drafts["number"].doubt("号码中的出生日期与印刷的出生日期不一致")
    if number_sex is None:
        return
    if sex.text is None:
        sex.text, sex.confidence = number_sex, 0.9 if not repaired else 0.5
        sex.doubt("性别由公民身份号码推出,请核对")
    elif sex.text != number_sex:
        sex.doubt("与公民身份号码的性别位不一致", number_sex)
        drafts["number"].doubt("号码的性别位与印刷的性别不一致")
    elif birth.text == number_birth and not repaired:
        sex.confidence = max(sex.confidence, 0.99)
        sex.reasons.clear()


def runner_up_of(line: Line, text: str) -> str:
    """The engine's second choice for each character of a value, empty when the places no longer correspond."""
    return "".join(letter.second for letter in line.letters) if line.text == text else ""


def as_quad(points: NDArray[np.float64]) -> Quad:
    """Four corners as plain numbers, a tenth of a pixel fine."""
    return tuple((round(float(x), 1), round(float(y), 1)) for x, y in points)
