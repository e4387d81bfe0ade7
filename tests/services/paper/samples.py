"""Invented papers for tests and golden pages: ordinary ones, and the awkward ones of real life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pypdfium2

from desktop.models.values import NIL, FeeType, Money, PayMethod, Period, anchor_period, total
from desktop.ocr.id_number import make_id_number
from desktop.services.paper.bill_notice import BillNoticePaper, NoticeLine, PayWays
from desktop.services.paper.lease import (
    FeeFacts,
    HandoverFacts,
    LeasePaper,
    OccupantFacts,
    PartyFacts,
    RentFacts,
    StandInFacts,
    default_lease_template,
)
from desktop.services.paper.money import ReceiptLine, ReceiptPaper, TenderLine
from desktop.services.paper.month_sums import Cell, FeeSums, HeldSums, MethodSums, MonthSums
from desktop.services.paper.notices import NoticePaper, RecoveryPaper
from desktop.services.paper.printer_page import PrinterPage
from desktop.services.paper.statement import Movement, Section, StatementPaper
from desktop.services.receipt_kinds import ReceiptKind

OFFICE = "安居物业·翠湖花园管理处"
COMPANY = "安居翠湖物业服务有限公司"
LONG_NAME = "阿卜杜热依木·买买提艾力·吐尔逊江·艾合买提·古丽巴哈尔·伊敏"
RARE_NAME = "张𬭎㛃䶮𡒄"
ADDRESS = "广东省深圳市南山区翠湖路 18 号翠湖花园"

NUMBERS = {
    "张𬭎": make_id_number(date(1992, 3, 14), "male"),
    LONG_NAME: make_id_number(date(1994, 5, 6), "female"),
    "张䶮㛃": make_id_number(date(2020, 1, 1), "female"),
}


def pdf_text(pdf: bytes) -> list[str]:
    """The text of each page as a reader's copy and search see it."""
    pages = []
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        text_page = page.get_textpage()
        pages.append(text_page.get_text_bounded().replace("\r\n", "\n"))
        text_page.close()
        page.close()
    document.close()
    return pages


def receipt() -> ReceiptPaper:
    """Four lines, two tenders, change."""
    return ReceiptPaper(
        office=OFFICE,
        number="CHY-01-2026-000123",
        business_date=date(2026, 11, 22),
        payer="张𬭎",
        room="3 栋 2 单元 1203",
        lines=(
            ReceiptLine("房屋租金", Money.yuan(8400), Period(date(2026, 12, 1), date(2027, 2, 28)), Decimal(3), "月",
                        Decimal(2800)),
            ReceiptLine("物业管理费", Money.yuan("444.20"), Period(date(2026, 12, 1), date(2026, 12, 31)),
                        Decimal("126.92"), "㎡", Decimal("3.5")),
            ReceiptLine("水费", Money.yuan("47.60"), Period(date(2026, 11, 1), date(2026, 11, 30)), Decimal(14), "吨",
                        Decimal("3.4")),
            ReceiptLine("钥匙补办（A 栋门禁卡）", Money.yuan(50), None, Decimal(1), "张", Decimal(50)),
        ),
        total=Money.yuan("8941.80"),
        cashier="李敏",
        desk="前台一号",
        tenders=(
            TenderLine(PayMethod.CASH, Money.yuan(5000)),
            TenderLine(PayMethod.WECHAT, Money.yuan(4000), "4200002345202611221234567890"),
        ),
        received=Money.yuan(9000),
        change=Money.yuan("58.20"),
        remark="十二月起租金按季收取",
    )  # fmt: skip


def deposit_receipt() -> ReceiptPaper:
    """A deposit of a tenant with a long name in a room with a long name, printed again."""
    return ReceiptPaper(
        office=OFFICE,
        number="CHY-01-2026-000124",
        business_date=date(2026, 11, 22),
        payer=LONG_NAME + "、" + RARE_NAME,
        room="翠湖花园（二期）12 栋 3 单元 2801 房 B 床",
        lines=(ReceiptLine("房屋押金（押一付三）", Money.yuan(2800)),),
        total=Money.yuan(2800),
        cashier="李敏",
        kind=ReceiptKind.DEPOSIT,
        tenders=(TenderLine(PayMethod.TRANSFER, Money.yuan(2800), "20261122004400123456"),),
        reprint=2,
    )


def void_receipt() -> ReceiptPaper:
    return replace(receipt(), void=True, reason="房号写错，当日重开")


def reversed_receipt() -> ReceiptPaper:
    """One that a red receipt took back, printed again."""
    return replace(receipt(), reversed_by="CHY-01-2026-000141", reprint=1)


def short_reversal() -> ReceiptPaper:
    """The red receipt of an ordinary one."""
    bill = receipt()
    return replace(
        bill, number="CHY-01-2026-000141", lines=tuple(replace(line, amount=-line.amount) for line in bill.lines),
        total=-bill.total, reverses=bill.number, reason="重复收款",
        tenders=(TenderLine(PayMethod.CASH, -bill.total),), received=None, change=NIL, remark="",
    )  # fmt: skip


def awkward_receipts() -> list[ReceiptPaper]:
    """What every form has to carry: a long name, a reprint, 作废, 冲红, a long list."""
    return [deposit_receipt(), void_receipt(), short_reversal(), reversed_receipt(), reversal()]


def reservation_receipts() -> list[ReceiptPaper]:
    """定金 and 订金, of a person whose name no usual font has: two papers that must not be taken for one another."""
    held = replace(
        receipt(), payer=RARE_NAME, number="CHY-01-2026-000150", total=Money.yuan(500),
        remark="3 栋 2 单元 1203，保留到 2026-12-05",
        lines=(ReceiptLine("定金", Money.yuan(500)),), kind=ReceiptKind.EARNEST, received=None, change=NIL,
        tenders=(TenderLine(PayMethod.ALIPAY, Money.yuan(500), "2026112222001400001234567890"),),
    )  # fmt: skip
    advance = replace(
        held, number="CHY-01-2026-000151", kind=ReceiptKind.ADVANCE, lines=(ReceiptLine("订金", Money.yuan(500)),)
    )
    return [held, advance]


def settlement_receipts() -> list[ReceiptPaper]:
    """Money that goes back at moving out, and a reservation set off at signing."""
    back = replace(
        receipt(), number="CHY-01-2026-000152", kind=ReceiptKind.REFUND, total=Money.yuan("-2311.60"),
        lines=(
            ReceiptLine("房屋押金", Money.yuan(-2800)),
            ReceiptLine("水费", Money.yuan("47.60"), Period(date(2026, 11, 1), date(2026, 11, 30)), Decimal(14), "吨",
                        Decimal("3.4")),
            ReceiptLine("电费", Money.yuan("440.80"), Period(date(2026, 11, 1), date(2026, 11, 30)), Decimal(580), "度",
                        Decimal("0.76")),
        ),
        tenders=(TenderLine(PayMethod.TRANSFER, Money.yuan("-2311.60"), "20261122004400123456"),),
        received=None, change=NIL, remark="退租结算",
    )  # fmt: skip
    offset = replace(
        receipt(), number="CHY-01-2026-000153", kind=ReceiptKind.OFFSET, total=NIL, tenders=(), received=None,
        lines=(
            ReceiptLine("订金抵扣", Money.yuan(-500)),
            ReceiptLine("房屋租金", Money.yuan(500), Period(date(2026, 12, 1), date(2026, 12, 31))),
        ),
        change=NIL, remark="签约时抵扣首期租金",
    )  # fmt: skip
    return [back, offset]


def till_receipts() -> list[ReceiptPaper]:
    """Paid for three people with credit, small coins let off and change; credit paid in, made void, and given back."""
    bill = receipt()
    water = Period(date(2026, 11, 1), date(2026, 11, 30))
    several = replace(
        bill, number="CHY-01-2026-000160", room="3 栋 2 单元 1203、3 栋 2 单元 1204、5 栋 301",
        lines=(
            ReceiptLine("房屋租金", Money.yuan(2800), Period(date(2026, 12, 1), date(2026, 12, 31)), Decimal(1), "月",
                        Decimal(2800)),
            ReceiptLine("水费（沈知微）", Money.yuan("47.63"), water, Decimal(14), "吨", Decimal("3.402143")),
            ReceiptLine("物业管理费（欧阳知微）", Money.yuan("444.20"), water),
            ReceiptLine("水费（欧阳知微）", Money.yuan("-12.00"), water),
            ReceiptLine("使用预存", Money.yuan(-300)),
            ReceiptLine("抹零", Money.yuan("-0.03")),
        ),
        total=Money.yuan("2979.80"), tenders=(TenderLine(PayMethod.CASH, Money.yuan("2979.80")),),
        received=Money.yuan(3000), change=Money.yuan("20.20"), remark="代沈知微、欧阳知微交",
    )  # fmt: skip
    ahead = replace(
        bill, number="CHY-01-2026-000161", kind=ReceiptKind.PREPAYMENT, lines=(ReceiptLine("预存", Money.yuan(500)),),
        total=Money.yuan(500), tenders=(TenderLine(PayMethod.WECHAT, Money.yuan(500), "4200002345202611221234567890"),),
        received=Money.yuan(500), change=NIL, remark="", room="",
    )  # fmt: skip
    void = replace(ahead, number="CHY-01-2026-000162", void=True, reason="收错了人，没有离开柜台", reprint=1)
    back = replace(
        ahead, number="CHY-01-2026-000163", kind=ReceiptKind.CREDIT_BACK, title="退款单",
        lines=(ReceiptLine("退预存款", Money.yuan(-500)),), total=Money.yuan(-500),
        tenders=(TenderLine(PayMethod.CASH, Money.yuan(-500)),), received=None, remark="退租不再使用",
    )  # fmt: skip
    return [several, ahead, void, back]


def letterhead() -> bytes:
    """A drawn letter head of an office: 800 × 160 pixels, a mark and a line."""
    from io import BytesIO

    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (800, 160), "white")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((20, 20, 140, 140), fill=(31, 94, 255))
    pen.rectangle((66, 46, 94, 114), fill="white")
    pen.rectangle((170, 70, 780, 80), fill=(31, 94, 255))
    pen.rectangle((170, 96, 560, 100), fill=(140, 150, 170))
    stored = BytesIO()
    picture.save(stored, "PNG")
    return stored.getvalue()


def letterhead_template() -> str:
    """The office's own lease: its letter head above the title, and an article of its own."""
    text = default_lease_template().replace("# 住房租赁合同", "@picture 抬头 | 80\n\n# 翠湖花园租赁合同", 1)
    own = "## 社区约定\n- 乙方 {{ 乙方[0].名称 }} 遵守《翠湖花园社区公约》。\n- 晾晒衣物不伸出阳台。\n\n"
    return text.replace("@together\n## 其他", f"{own}@together\n## 其他", 1)


def reversal() -> ReceiptPaper:
    """A red reversal with more lines than one sheet holds."""
    bill = receipt()
    lines = tuple(replace(line, amount=-line.amount) for line in bill.lines) * 5
    return replace(
        bill, number="CHY-01-2026-000140", lines=lines, total=-bill.total * 5, reverses=bill.number, reason="重复收款",
        tenders=(TenderLine(PayMethod.CASH, -bill.total * 5),), received=None, change=NIL, remark="",
    )  # fmt: skip


def lease() -> LeasePaper:
    """A year, quarterly, a family of three, everything filled in."""
    anchor = date(2026, 12, 1)
    periods = [anchor_period(anchor, 3, first) for first in (0, 3, 6, 9)]
    return LeasePaper(
        number="CHY-ZL-2026-00042",
        signed_on=date(2026, 11, 22),
        lessor=PartyFacts(
            COMPANY, "统一社会信用代码", "91440300000000000X", "0755-88886666",
            "深圳市南山区翠湖路 18 号翠湖花园 1 栋 1 层管理处", agent="李敏",
        ),
        tenants=(
            PartyFacts(
                "张𬭎", "居民身份证", NUMBERS["张𬭎"], "13800138000",
                "湖南省长沙市岳麓区桃子湖路 99 号湖畔新苑二期 12 栋 3 单元 2801 房",
            ),
        ),
        occupants=(
            OccupantFacts("张𬭎", "本人", "居民身份证", NUMBERS["张𬭎"]),
            OccupantFacts(LONG_NAME, "配偶", "居民身份证", NUMBERS[LONG_NAME]),
            OccupantFacts("张䶮㛃", "子女", "户口簿", NUMBERS["张䶮㛃"]),
        ),
        address=ADDRESS,
        room="3 栋 2 单元 1203",
        area=Decimal("86.52"),
        term=Period(anchor, date(2027, 11, 30)),
        term_words="12 个月",
        rent=Money.yuan(2800),
        cycle_words="每三个月一期",
        schedule=tuple(RentFacts(period, period.start - timedelta(days=5), Money.yuan(8400)) for period in periods),
        deposit=Money.yuan(2800),
        layout="2 室 1 厅 1 卫",
        title_proof="粤（2019）深圳市不动产权第 0012345 号",
        most_occupants=4,
        account=f"{COMPANY}，中国建设银行深圳南山支行，4420 1000 0000 5678",
        fees=(
            FeeFacts("水费", "乙方", "按表计量，3.45 元 / 吨，每月抄表后随账单缴纳"),
            FeeFacts("电费", "乙方", "按表计量，0.68 元 / 度，每月抄表后随账单缴纳"),
            FeeFacts("燃气费", "乙方", "由乙方向燃气公司缴纳"),
            FeeFacts("物业管理费", "甲方", "3.50 元 / 平方米·月"),
        ),
        keys=(HandoverFacts("入户门钥匙", "3 把"), HandoverFacts("门禁卡", "2 张", "卡号 00817、00818")),
        meters=(HandoverFacts("冷水表", "126.3 吨", "表号 W-120301"),
                HandoverFacts("电表", "4521.7 度", "表号 E-120301")),
        goods=(
            HandoverFacts("空调（格力）", "2 台", "正常，遥控器 2 个"),
            HandoverFacts("热水器", "1 台", "正常"),
            HandoverFacts("双人床", "1 张", "床头轻微划痕"),
        ),
        penalty=Money.yuan(2800),
        notice_version="2026-11",
        copies=3,
        special=("甲方同意乙方饲养一只猫，退租时由乙方负责深度清洁。",),
        office=OFFICE,
    )  # fmt: skip


def bare_lease() -> LeasePaper:
    """The least a lease can say: no deposit, nothing handed over, nothing agreed beyond the law."""
    return replace(
        lease(), deposit=NIL, fees=(), keys=(), meters=(), goods=(), penalty=None, special=(), layout="",
        title_proof="",        most_occupants=0, account="", occupants=(), notice_version="",
    )  # fmt: skip


def peopled_lease() -> LeasePaper:
    """A company with its handler, somebody who rents with it, and a guarantor."""
    stand_in = StandInFacts(
        "经办人", "张䶮㛃", "居民身份证", NUMBERS["张䶮㛃"], "13900139000", "湖南省长沙市", "授权委托书 2026-11-20"
    )
    bill = lease()
    firm = PartyFacts(
        "青川样例科技有限公司", "营业执照", "91990100MA0000001X", "", "青川市临江区样例路 1 号", agent="张䶮㛃",
        legal_person=LONG_NAME,
    )  # fmt: skip
    return replace(
        bill, tenants=(firm, replace(bill.tenants[0], role="共同承租人")), agents=(stand_in,),
        guarantors=(replace(stand_in, role="保证人", name=LONG_NAME, basis="连带责任保证"),),
    )  # fmt: skip


def notice() -> NoticePaper:
    return NoticePaper(
        version="2026-11",
        issued_on=date(2026, 11, 1),
        controller=COMPANY,
        address="深圳市南山区翠湖路 18 号",
        contact="王芳",
        phone="0755-88886666",
        name="张𬭎",
        clerk="李敏",
    )


def recovery() -> RecoveryPaper:
    groups = ("K7QF2", "3M9XA", "P2RTB", "8WZCD", "H4ND0", "6YJVE", "B5KSG", "T9GEH", "Q0W1E")
    return RecoveryPaper(COMPANY, "翠湖花园", groups, date(2026, 11, 22), "A1-7F")


PRINTER_PAGES = {
    "a4": PrinterPage("合同", "HP LaserJet 1020", "2026-11-22 09:30", "A4", 210, 297, 1.5, -0.5),
    "a5": PrinterPage("收据", "HP LaserJet 1020", "2026-11-22 09:30", "A5", 210, 148),
    "half": PrinterPage("收据", "针打-01", "2026-11-22 09:30", "241×140 三联，二等分", 241, 139.7),
    "third": PrinterPage("收据", "针打-01", "2026-11-22 09:30", "241×93 三联，三等分", 241, 93.13, 0.5),
    "roll": PrinterPage("收据", "热敏-01", "2026-11-22 09:30", "80 毫米卷纸", 80, 140, 0, 2.5),
}


# ---- bill notices --------------------------------------------------------------------------------------------------


def a_code(seed: int = 7) -> bytes:
    """A square of black and white as PNG, in place of an office's payment code."""
    import io

    from PIL import Image

    side = 21
    picture = Image.new("1", (side, side), 1)
    for at in range(side * side):
        if (at * 7919 + seed * 104729) % 97 < 44:
            picture.putpixel((at % side, at // side), 0)
    out = io.BytesIO()
    picture.resize((210, 210)).save(out, "PNG")
    return out.getvalue()


def pay_ways() -> PayWays:
    """Both codes, and words as long as they may be."""
    words = (
        "转账：安居翠湖物业服务有限公司，建设银行深圳翠湖支行 4420 1500 0000 5256 8888，备注楼栋房号；"
        "前台每天 8:30 至 20:00 收现金和刷卡，周末照常"
    )
    return PayWays(words[:100], (("wechat", a_code(3)), ("alipay", a_code(5))))


def notice_of(
    number: str, lines: Sequence[NoticeLine], debtor: str = "张*三", building: str = "3 栋", credit: Money = NIL,
    due: date | None = date(2026, 12, 5), office: str = COMPANY,
) -> BillNoticePaper:  # fmt: skip
    """A notice of 26 November 2026."""
    digits = "".join(character for character in number if character.isdigit()) or "0"
    return BillNoticePaper(
        office=office, building=building, number=number, debtor=debtor, made_on=date(2026, 11, 26), due=due,
        lines=tuple(lines), arrears=total(line.amount for line in lines if line.arrears),
        total=total(line.amount for line in lines), credit=credit,
        code=f"ANJU:B:0192F3A4B5C67D8E9FA0B1C2{int(digits):08X}",
    )  # fmt: skip


def usual_lines() -> list[NoticeLine]:
    """Rent, property fee, meters with readings, a discount, a part paid, arrears."""
    month, due = "2026-12-01 至 2026-12-31", date(2026, 12, 5)
    return [
        NoticeLine("租金", Money.yuan(1860), month, "1 月 × 1,860.00", due),
        NoticeLine("住宅物业费", Money.yuan("115.50"), month, "46.2 m²·月 × 2.50", due),
        NoticeLine(
            "自来水费", Money.yuan("51.75"), "2026-10-26 至 2026-11-25", "15 m³ × 3.45", due,
            "上次读数 1,203；本次读数 1,218；用量 15 m³",
        ),
        NoticeLine(
            "电费", Money.yuan("92.44"), "2026-10-26 至 2026-11-25", "158 度 × 0.585063", due,
            "上次读数 8,811；本次读数 8,969；用量 158 度",
        ),
        NoticeLine(
            "住宅物业费", -Money.yuan("5.78"), month, "", due, "老租户续约优惠 5%：115.50 × 5% = 5.775，四舍五入到分"
        ),
        NoticeLine("已缴", -Money.yuan(500), why="租金 第 5 期"),
        NoticeLine(
            "租金 第 4 期", Money.yuan(860), "2026-11-01 至 2026-11-30", "", date(2026, 11, 5),
            "应缴 1,860.00，已缴 1,000.00", arrears=True,
        ),
    ]  # fmt: skip


def notice_stacks() -> list[list[BillNoticePaper]]:
    """Two houses: usual ones, a name of 30 characters, rare characters, 40 lines, a negative sum of lines, none."""
    month, due = "2026-12-01 至 2026-12-31", date(2026, 12, 5)
    many = [
        NoticeLine(
            f"租金 第 {number} 期", Money(186_000 + number), "2023-08-01 至 2023-08-31", "", date(2023, 8, 5),
            arrears=True,
        )
        for number in range(1, 41)
    ]  # fmt: skip
    back = [
        NoticeLine(
            "自来水费", Money.yuan(51), "2026-10-26 至 2026-11-25", "15 m³ × 3.40", due, "上次读数 1；本次读数 16"
        ),
        NoticeLine("自来水费", -Money.yuan("51.50"), "2026-09-26 至 2026-10-25", "", due, "更正读数：冲回 51.50"),
        NoticeLine("停车费", Money.yuan(300), month, "1 车位·月 × 300.00", due),
    ]
    one = [NoticeLine("租金", Money.yuan(2400), month, "1 月 × 2,400.00", due)]
    return [
        [
            notice_of("1203", usual_lines(), credit=Money.yuan("320.50")),
            notice_of("1204", one, LONG_NAME),
            notice_of("1205", many, RARE_NAME, due=None),
            notice_of("1206", back, "欧**娜"),
            notice_of("1207", []),
        ],
        [notice_of("B-1208 复式", one, COMPANY, "青川·望江花园人才公寓 12 栋乙座")],
        [notice_of("", one, "周*秋", "")],
    ]


# ---- statements and month sums ---------------------------------------------------------------------------------------


def _section(opening: int, rows: Sequence[tuple[str, str, str, str, int, int, int]], held: int = 0) -> Section:
    """(day, what, number, detail, plus, less, change of what is held) in fen, with the balances worked out."""
    balance, moved, first = Money(opening), [], Money(held)
    still = first
    for day, what, number, detail, plus, less, change in rows:
        balance += Money(plus) - Money(less)
        still += Money(change)
        moved.append(
            Movement(
                date.fromisoformat(day), what, number, detail, Money(plus), Money(less), balance, still, "bill", None
            )
        )
    return Section(Money(opening), tuple(moved), balance, first, still)


def statement() -> StatementPaper:
    """A year of a tenant: bills, a part payment, a reversal, a set-off, a counter-line, credit and deposit."""
    charges = [
        ("2026-01-05", "租金 第 1 期", "", "2026-01-05 至 2026-04-04", 558000, 0, 0),
        ("2026-01-05", "收款", "CHY-01-2026-000123", "微信 · 租金 第 1 期、押金", 0, 558000, 0),
        ("2026-04-02", "租金 第 2 期", "", "2026-04-05 至 2026-07-04", 558000, 0, 0),
        ("2026-04-06", "收款", "CHY-01-2026-000301", "现金 · 阿卜杜热依木 代交 · 租金 第 2 期", 0, 300000, 0),
        ("2026-04-07", "冲红", "CHY-01-2026-000309", "现金 · 租金 第 2 期 · 付款方式录错，应为转账", 300000, 0, 0),
        ("2026-05-26", "自来水费 2026-05", "", "2026-04-26 至 2026-05-25", 5175, 0, 0),
        ("2026-05-28", "冲回 自来水费 2026-05", "", "读数抄错：1,218 改为 1,208", 0, 5175, 0),
        ("2026-05-28", "自来水费 2026-05", "", "2026-04-26 至 2026-05-25", 1725, 0, 0),
        (
            "2026-06-01", "收款", "CHY-01-2026-000455",
            "转账、预存 · 租金 第 2 期、自来水费 2026-05、住宅物业费 2026-05 等 4 笔 · 含抹零 0.03", 0, 559725, 0,
        ),
        ("2026-11-20", "抵扣", "CHY-01-2026-000999", "租金 第 4 期、押金 · 退租结算", 0, 0, 0),
    ]  # fmt: skip
    deposits = [
        ("2026-01-05", "押金", "", "", 186000, 0, 0),
        ("2026-01-05", "收款", "CHY-01-2026-000123", "微信 · 租金 第 1 期、押金", 0, 186000, 186000),
        ("2026-11-20", "冲回 押金", "", "退租结算", 0, 186000, 0),
        ("2026-11-20", "退款", "CHY-01-2026-000999", "现金 · 押金 · 退租结算", 186000, 0, -186000),
    ]
    credit = [
        ("2026-03-01", "收款", "CHY-01-2026-000200", "现金", 50000, 0, 0),
        ("2026-06-01", "收款", "CHY-01-2026-000455", "转账、预存 · 租金 第 2 期", 0, 50000, 0),
    ]
    return StatementPaper(
        COMPANY, RARE_NAME, "3 栋 1203", date(2026, 1, 1), date(2026, 12, 31), date(2026, 11, 26),
        _section(-1250, charges), _section(0, deposits), _section(0, credit),
    )  # fmt: skip


def long_statement() -> StatementPaper:
    """A room over many pages, a name of 30 characters in every line, and nothing held."""
    rows = [
        (
            f"2026-{month:02d}-{day:02d}", "收款" if day % 2 else f"租金 第 {month} 期", "CHY-01-2026-000123",
            f"{LONG_NAME} 代交", 0 if day % 2 else 186000, 186000 if day % 2 else 0, 0,
        )
        for month in range(1, 13)
        for day in range(1, 7)
    ]  # fmt: skip
    return StatementPaper(
        COMPANY, "青川·望江花园人才公寓 12 栋乙座 B-1208 复式", "", date(2026, 1, 1), date(2026, 12, 31),
        date(2026, 11, 26), _section(372000, rows), _section(0, []), None,
    )  # fmt: skip


def empty_statement() -> StatementPaper:
    """Somebody who never had anything to pay."""
    nothing = _section(0, [])
    return StatementPaper(
        COMPANY, "周砚秋", "", date(2026, 11, 1), date(2026, 11, 30), date(2026, 11, 26), nothing, nothing, nothing
    )


def sums(problems: tuple[str, ...] = ()) -> MonthSums:
    """A month of three houses: large and negative sums, a house with a long name, all means of payment."""
    houses = [(UUID(int=number), name) for number, name in
              ((1, "1 栋"), (2, "2 栋"), (3, "青川·望江花园人才公寓 12 栋乙座"))]  # fmt: skip
    charges = (
        FeeType.RENT,
        FeeType.PROPERTY_FEE,
        FeeType.WATER,
        FeeType.ELECTRICITY,
        FeeType.PARKING,
        FeeType.LATE_FEE,
    )
    fees, held, cells = {}, {}, []
    sources = [*PayMethod, "credit", "rounding", "offset"]
    for at, (house, _name) in enumerate(houses, 1):
        for step, fee in enumerate((*charges, FeeType.DEPOSIT), 1):
            paid = Money(at * 31_415_926 // step)
            fees[house, fee] = FeeSums(
                Money(at * 1_234_500 // step), Money(at * 44_444_444 // step), Money(at * 50_000), paid,
                Money(at * 20_000), Money(0 if step > 1 else -at * 300_000),
            )  # fmt: skip
            net = paid - Money(at * 20_000) + fees[house, fee].netted
            for number, source in enumerate(sources):
                part = net if number == len(sources) - 1 else Money(net.fen // (number + 2))
                net -= part
                cells.append(Cell(house, fee.value, getattr(source, "value", source), part))
        held[house, FeeType.DEPOSIT] = HeldSums(Money(at * 9_000_000), Money(at * 186_000), Money(at * 372_000))
    methods = {
        method: MethodSums(Money(7_654_321 * number), Money(1_000 * number), Money(186_000 * (number % 2)))
        for number, method in enumerate(PayMethod, 1)
    }
    return MonthSums(
        COMPANY, date(2026, 11, 1), date(2026, 11, 30), date(2026, 11, 26), tuple(houses), fees, held,
        HeldSums(Money(500_000), Money(120_050), Money(99_999)), methods, tuple(cells), problems,
    )  # fmt: skip


def no_sums() -> MonthSums:
    """A span in which nothing happened."""
    return MonthSums(
        COMPANY, date(2020, 1, 1), date(2020, 3, 15), date(2026, 11, 26), ((UUID(int=1), "1 栋"),), {}, {}, HeldSums(),
        {}, (), (),
    )  # fmt: skip
