"""Receipt forms 收据版式: which paper a receipt goes on and how it lies there; kept as versions, like any template.

To add a form: a line in SHIPPED. To add a layout: a member of Layout and a module beside `receipt_sheet`, named in
`receipts`. Lengths are millimetres from the upper left corner of the sheet, as one measures them with a ruler.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import msgspec

from desktop.services.errors import ProblemsFound

KIND = "receipt_form."
"""Templates of forms are stored under this and the key of the form."""

LAYERS = ("存根（白）", "客户（红）", "记账（黄）")


class Layout(StrEnum):
    """How a form is drawn."""

    SHEET = "sheet"
    """Cut sheets: every copy is printed; one or two on a page."""
    CONTINUOUS = "continuous"
    """Tractor paper of several layers 连续多联纸: printed once, black, the needle strikes through."""
    ROLL = "roll"
    """A roll 卷纸: as long as it needs to be, the copies one under the other with a line to cut along."""
    PREPRINTED = "preprinted"
    """套打: the form is printed already, only values are set into its blanks."""


class Align(StrEnum):
    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """Where one value goes on a pre-printed form: its left edge, the line it stands on, and how wide its room is."""

    name: str
    x: float
    y: float
    width: float
    size: float = 10.5
    """Points."""
    align: Align = Align.LEFT
    step: float = 0.0
    """For 大写数码: from one box to the next."""


@dataclass(frozen=True, slots=True)
class ReceiptForm:
    """One form. `height` is 0 on a roll; `per_page` counts copies on one sheet."""

    key: str
    title: str
    layout: Layout
    width: float
    height: float
    copies: tuple[str, ...]
    """Copies to print; on tractor paper the layers, named in one line."""
    per_page: int = 1
    note: str = "如需发票，请向前台登记。"
    """After 「本收据不作为发票」, where the kind of receipt says nothing of its own."""
    stub: str = ""
    """A line at the foot, e.g. an address or opening hours."""
    fields: tuple[FieldPlace, ...] = ()
    rows: int = 5
    """Lines of items a pre-printed form has room for."""
    row_step: float = 7.0
    picture: str = ""
    """A scan of the pre-printed form, for placing fields by; it is never printed."""

    def but(self, **changes: object) -> ReceiptForm:
        return replace(self, **changes)  # type: ignore[arg-type]


def _field(
    name: str, x: float, y: float, width: float, align: Align = Align.LEFT, size: float = 10.5, step: float = 0.0
) -> FieldPlace:
    return FieldPlace(name, x, y, width, size, align, step)


BOXES = 9
"""大写数码格: 百万 to 分."""

_RIGHT, _CENTRE = Align.RIGHT, Align.CENTRE

HALF, THIRD = 5.5 * 25.4, 11 / 3 * 25.4
"""Tractor paper is cut in inches: 「140」 is 139.7 mm, 「93」 is 93.13 mm. A page of 140 mm creeps 0.3 mm a form."""

OWN_FIELDS = (
    _field("date", 30, 27.5, 60),
    _field("number", 160, 27.5, 62, _RIGHT),
    _field("payer", 42, 38.5, 78),
    _field("room", 146, 38.5, 76),
    _field("line.item", 20, 55.5, 60),
    _field("line.period", 82, 55.5, 62, _CENTRE, 9.5),
    _field("line.quantity", 146, 55.5, 22, _RIGHT),
    _field("line.unit_price", 169, 55.5, 24, _RIGHT),
    _field("line.amount", 194, 55.5, 28, _RIGHT),
    _field("uppercase", 52, 93.5, 100),
    _field("total", 176, 93.5, 46, _RIGHT, 11),
    _field("method", 42, 104.5, 110, size=9.5),
    _field("mark", 154, 104.5, 68, _RIGHT, 10),
    _field("remark", 42, 114.5, 110, size=9.5),
    _field("cashier", 60, 125.5, 40),
    _field("note", 154, 125.5, 68, _RIGHT, 9),
)

SHIPPED: tuple[ReceiptForm, ...] = (
    ReceiptForm("a5", "A5 横向，每联一张", Layout.SHEET, 210, 148, ("存根联", "客户联")),
    ReceiptForm("a4", "A4，两联同页", Layout.SHEET, 210, 297, ("存根联", "客户联"), per_page=2),
    ReceiptForm("half", "241×140 三联，二等分", Layout.CONTINUOUS, 241, HALF, LAYERS),
    ReceiptForm("third", "241×93 三联，三等分", Layout.CONTINUOUS, 241, THIRD, LAYERS),
    ReceiptForm("roll", "80 毫米卷纸", Layout.ROLL, 80, 0, ("存根联", "客户联")),
    ReceiptForm(
        "own", "套打（印好的收据）", Layout.PREPRINTED, 241, HALF, ("三联",), fields=OWN_FIELDS
    ),
)  # fmt: skip
A5 = SHIPPED[0]
KEYS = tuple(form.key for form in SHIPPED)

FIELD_WORDS = {
    "number": "收据号", "date": "日期", "year": "年", "month": "月", "day": "日", "payer": "付款人", "room": "房号",
    "period": "所属期间", "total": "合计", "uppercase": "合计大写", "boxes": "大写数码格", "method": "收款方式",
    "received": "实收", "change": "找零", "remark": "备注", "cashier": "收银员", "desk": "收银台", "title": "收据名称",
    "office": "收款单位", "mark": "补打、冲红、作废", "note": "本收据不作为发票", "line.item": "收费项目",
    "line.period": "项目期间", "line.quantity": "数量", "line.unit_price": "单价", "line.amount": "金额",
}  # fmt: skip
"""What may be set on a pre-printed form: name of the value, and what the desk calls it."""

COMPULSORY = ("number", "payer", "total", "line.item", "line.amount", "mark", "note")
"""Without these a pre-printed form is no receipt; beside them a date and the amount in capitals must have a place."""


def shipped(key: str) -> ReceiptForm:
    """The form as the program brings it. KeyError for another key."""
    return {form.key: form for form in SHIPPED}[key]


def write_form(form: ReceiptForm) -> str:
    """The form as it is stored: one value a line, so that two versions can be compared."""
    return msgspec.json.format(msgspec.json.encode(form), indent=1).decode()


def read_form(body: str) -> ReceiptForm:
    """A stored form. Raises ProblemsFound for what nobody here has written."""
    try:
        return msgspec.json.decode(body.encode(), type=ReceiptForm)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ProblemsFound({"form": "这个收据版式读不出来：请恢复较早的一版"}) from error


LEAST, MOST = {"width": 48.0, "height": 60.0}, {"width": 420.0, "height": 420.0}


def form_problems(form: ReceiptForm) -> dict[str, str]:
    """What is to be mended of an edited form, by field; a field of a pre-printed form as "fields.payer"."""
    found: dict[str, str] = {}
    for name in ("width", "height"):
        value = getattr(form, name)
        if not (name == "height" and form.layout is Layout.ROLL) and not LEAST[name] <= value <= MOST[name]:
            found.setdefault(name, f"在 {LEAST[name]:g} 到 {MOST[name]:g} 毫米之间")
    names = [name.strip() for name in form.copies]
    if not 1 <= len(names) <= 5 or not all(names):
        found.setdefault("copies", "写一到五联的名称，用顿号隔开，例如 存根联、客户联")
    elif len(set(names)) != len(names):
        found.setdefault("copies", "两联不能同名")
    elif any(len(name) > 12 for name in names):
        found.setdefault("copies", "每联的名称最多 12 个字")
    for name in ("note", "stub"):
        if len(getattr(form, name)) > 60:
            found.setdefault(name, "最多 60 个字")
    if form.layout is Layout.PREPRINTED:
        _check_fields(form, found)
    return found


def _check_fields(form: ReceiptForm, found: dict[str, str]) -> None:
    placed = [place.name for place in form.fields]
    if unknown := [name for name in placed if name not in FIELD_WORDS]:
        found.setdefault("fields", f"没有叫「{unknown[0]}」的字段")
    if twice := [name for name in placed if placed.count(name) > 1]:
        found.setdefault("fields", f"「{FIELD_WORDS.get(twice[0], twice[0])}」放了两次")
    missing = [FIELD_WORDS[name] for name in COMPULSORY if name not in placed]
    if not {"uppercase", "boxes"} & set(placed):
        missing.append("合计大写")
    if "date" not in placed and not {"year", "month", "day"} <= set(placed):
        missing.append("日期")
    if missing:
        found.setdefault("fields", f"还没有放：{'、'.join(missing)}")
    for place in form.fields:
        if place.width < 3 or place.x < 0 or place.x + place.width > form.width + 0.05:
            found.setdefault(f"fields.{place.name}", f"「{FIELD_WORDS.get(place.name, place.name)}」超出了纸边")
        elif not _height(place) <= place.y <= form.height:
            found.setdefault(f"fields.{place.name}", f"「{FIELD_WORDS.get(place.name, place.name)}」超出了上边或下边")
        if not 6.5 <= place.size <= 24:
            found.setdefault(f"fields.{place.name}", "字号在 6.5 到 24 之间")
    if not 1 <= form.rows <= 30:
        found.setdefault("rows", "在 1 到 30 行之间")
    if not 3 <= form.row_step <= 30:
        found.setdefault("row_step", "在 3 到 30 毫米之间")
    lines = [place.y for place in form.fields if place.name.startswith("line.")]
    if lines and max(lines) + (form.rows - 1) * form.row_step > form.height:
        found.setdefault("rows", "最后一行低于纸边：减少行数或行距")


def _height(place: FieldPlace) -> float:
    return place.size * 25.4 / 72
