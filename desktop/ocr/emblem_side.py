"""The emblem side 国徽面: who issued the card and how long it is valid, held against the regions and the law."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from desktop.ocr.fields import FOREVER, SURE, Draft, FieldReading, RawField, plain, runner_up_of
from desktop.ocr.regions import RegionTable, by_runner_up, one_off

TERM = re.compile(r"(\d{4})\.?(\d\d)\.?(\d\d)[-.]?(?:(\d{4})\.?(\d\d)\.?(\d\d)|(长期?|长?期))")
"""A validity as printed: the two dates, or the first and 长期."""
SPAN_DOUBT = "有效期不是 5、10、20 年或长期,请核对"


def read_back(raws: Mapping[str, RawField], regions: RegionTable) -> dict[str, FieldReading]:
    """The issuer and the two dates of the emblem side."""
    issuer, valid_from, valid_to = Draft(raws.get("issuer")), Draft(raws.get("valid")), Draft(raws.get("valid"))
    _issuer(issuer, regions)
    _validity(valid_from, valid_to)
    return {"issuer": issuer.done(), "valid_from": valid_from.done(), "valid_to": valid_to.done()}


def _issuer(draft: Draft, regions: RegionTable) -> None:
    if draft.raw is None:
        return
    text = plain(draft.raw.line.text).strip("·.-()")
    if not text:
        return
    draft.text, draft.confidence = text, draft.raw.line.confidence
    if draft.raw.other is not None and draft.raw.other.letters and plain(draft.raw.other.text) != text:
        draft.doubt("两次识别不一致,请核对", plain(draft.raw.other.text))
    found = re.fullmatch(r"(.+?)公安局(?:(.+)分局)?", text)
    if found is None:
        draft.doubt("签发机关应以“公安局”或“分局”结尾,请核对")
    else:
        _places_of_issuer(draft, found.group(1), found.group(2), regions, runner_up_of(draft.raw.line, text))
    draft.sure(SURE)


def _places_of_issuer(draft: Draft, place: str, branch: str | None, regions: RegionTable, runner_up: str) -> None:
    """The city or county of an issuer, and its district, held against the table; one character may be put right."""
    read = draft.text or ""
    if place not in regions.names():
        near = _near_places(place, branch, regions)
        likely = by_runner_up(near, place, runner_up) or near
        if len(likely) != 1:
            draft.doubt("签发机关所在地不是已知的行政区划,请核对", *(name + read[len(place) :] for name in likely[:3]))
            return
        draft.text = likely[0] + read[len(place) :]
        draft.doubt("已按行政区划表改正一个字,请核对", read)
        place = likely[0]
    own = regions.counties_of(place)
    forms = {form for county in own for form in (county, _short(county))}
    if not branch or branch in forms:
        return
    head = f"{place}公安局"
    near = sorted(form for form in forms if one_off(branch, form))
    likely = by_runner_up(near, branch, runner_up[len(head) :]) or near
    if len(likely) == 1:
        draft.text = f"{head}{likely[0]}分局"
        draft.doubt("已按行政区划表改正一个字,请核对", read)
    else:
        draft.doubt("分局名称不是当地的行政区划,请核对", *(f"{head}{form}分局" for form in likely[:3]))


def _near_places(place: str, branch: str | None, regions: RegionTable) -> list[str]:
    """Known names one character away; those that have such a district, where any of them has."""
    near = sorted(name for name in regions.names() if one_off(place, name))
    fitting = [name for name in near if branch in {_short(county) for county in regions.counties_of(name)}]
    return fitting or near


def _short(county: str) -> str:
    """西湖区 as an issuer has it: 西湖分局."""
    return county[:-1] if len(county) > 2 and county[-1] in "区县市" else county


def _validity(valid_from: Draft, valid_to: Draft) -> None:
    if valid_from.raw is None:
        return
    line = valid_from.raw.line
    text = plain(line.text)
    found = TERM.search(text)
    if found is None:
        start_only = re.search(r"(\d{4})\.(\d\d)\.(\d\d)", text)
        if start_only is not None:
            valid_from.text = _iso(*start_only.groups())
            valid_from.confidence = line.part(*start_only.span()).confidence
            valid_from.doubt("有效期限没有读全,请核对")
        return
    other = TERM.search(plain(valid_from.raw.other.text)) if valid_from.raw.other is not None else None
    if other is not None and other.group(1, 2, 3, 4, 5, 6) != found.group(1, 2, 3, 4, 5, 6):
        for draft in (valid_from, valid_to):
            draft.doubt("两次识别不一致,请核对")
    start = _iso(*found.group(1, 2, 3))
    end = FOREVER if found.group(7) else _iso(*found.group(4, 5, 6))
    valid_from.text, valid_to.text = start, end
    valid_from.confidence = valid_to.confidence = line.part(*found.span()).confidence
    if start is None:
        valid_from.doubt("签发日期不存在,请核对")
    if end is None:
        valid_to.doubt("到期日期不存在,请核对")
    if start and end and end != FOREVER and not lawful_span(date.fromisoformat(start), date.fromisoformat(end)):
        for draft in (valid_from, valid_to):
            draft.doubt(SPAN_DOUBT)
    valid_from.sure(SURE)
    valid_to.sure(SURE)


def _iso(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def lawful_span(start: date, end: date) -> bool:
    """Whether a card may be valid from the one day to the other: 5, 10 or 20 years (居民身份证法 5)."""
    if end.year - start.year not in (5, 10, 20):
        return False
    # A card issued on 29 February ends on the 28th or on 1 March.
    return (start.month, start.day) == (end.month, end.day) or (
        (start.month, start.day) == (2, 29) and (end.month, end.day) in ((2, 28), (3, 1))
    )
