"""The lease: complete under the law, right for the tenant's name, masked where asked, editable without danger."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.models.values import Money
from desktop.services.ink import gathered
from desktop.services.masks import mask_id_number
from desktop.services.paper.fonts import MissingGlyphs
from desktop.services.paper.ink_marks import SignedHere
from desktop.services.paper.lease import OccupantFacts, default_lease_template, lease_clauses, lease_facts, lease_pdf
from desktop.services.paper.template import TemplateProblem
from tests.services.paper.samples import LONG_NAME, NUMBERS, RARE_NAME, bare_lease, lease, pdf_text, peopled_lease


def squeezed(pdf: bytes) -> str:
    """All text without blanks and page feet, so that line ends do not matter."""
    pages = [page.split("合同编号：CHY")[0] if page.count("合同编号") == 1 else page for page in pdf_text(pdf)]
    return "".join(pages).replace("\n", "").replace(" ", "")


def test_it_is_four_pages_with_number_and_page_on_each() -> None:
    pages = pdf_text(lease_pdf(lease()))
    assert len(pages) == 4
    for number, page in enumerate(pages, start=1):
        assert "合同编号：CHY-ZL-2026-00042" in page
        assert f"第 {number} 页 / 共 4 页" in page


@pytest.mark.parametrize(
    "words",
    [
        "安居翠湖物业服务有限公司", "统一社会信用代码", "张𬭎", "居民身份证", LONG_NAME, "张䶮㛃", "户口簿",
        "建筑面积86.52平方米", "自2026年12月1日起至2027年11月30日止", "共12个月",
        "超过二十年的部分无效", "租赁期限为不定期", "¥2,800.00（人民币贰仟捌佰元整）", "2026-12-01至2027-02-28",
        "人民币捌仟肆佰元整", "每日万分之五", "押金余额无息退还", "不得扣除", "自然损耗除外",
        "不得以停止供水、供电、供气、供热等方式催收费用", "入户门钥匙", "表号W-120301", "床头轻微划痕",
        "正常损耗，乙方不承担赔偿责任", "甲方接到报修后应当在3日内维修", "六个月内没有提出异议的，视为同意",
        "不得进入房屋", "在15日的合理期限内仍不支付的", "优先购买", "优先承租", "十五日内没有明确表示购买",
        "办理备案，乙方也可以自行办理，备案不收费", "二十四小时内向公安机关", "《个人信息处理告知书》（2026-11版）",
        "乙方签认", "提请乙方注意", "房屋所在地有管辖权的人民法院", "一式3份", "饲养一只猫", "签字（盖章）",
        "不扣押身份证件",
    ],
)  # fmt: skip
def test_it_says_what_the_law_and_the_office_want(words: str) -> None:
    assert words in squeezed(lease_pdf(lease()))


def test_no_wrong_word_for_a_contract_penalty() -> None:
    assert "滞纳金" not in squeezed(lease_pdf(lease()))


def test_numbers_are_in_full_on_the_contract_and_masked_for_the_public() -> None:
    full, masked = squeezed(lease_pdf(lease())), squeezed(lease_pdf(lease(), masked=True))
    for number in NUMBERS.values():
        assert number in full
        assert number not in masked
        assert mask_id_number(number) in masked
    assert "13800138000" in full
    assert "138****8000" in masked


def test_clauses_that_burden_the_tenant_have_a_place_for_initials() -> None:
    text = squeezed(lease_pdf(lease()))
    assert text.count("乙方签认：") == 5
    burdens = [line for line in default_lease_template().splitlines() if line.startswith("-!")]
    assert len(burdens) == 5
    for word in ("违约金", "转租", "提前退租", "逾期返还", "擅自改变房屋结构"):
        assert any(word in line for line in burdens), word


def test_the_least_lease_has_no_holes() -> None:
    text = squeezed(lease_pdf(bare_lease()))
    assert "本合同不收取押金" in text
    assert "另行签署交付清单" in text
    assert "赔偿甲方因此受到的实际损失" in text
    assert "特别约定" not in text
    for hole in ("None", "（）", "，，", "：。", "，。", "¥。", "第条"):
        assert hole not in text, hole


def test_long_schedules_and_many_occupants_flow_over_pages() -> None:
    schedule = tuple(replace(lease().schedule[0], amount=Money(100 * number)) for number in range(1, 121))
    occupants = tuple(OccupantFacts(f"{LONG_NAME}{number}", "其他", "护照", f"E{number:08d}") for number in range(40))
    pages = pdf_text(lease_pdf(replace(lease(), schedule=schedule, occupants=occupants)))
    text = "".join(pages).replace("\n", "").replace(" ", "")
    assert len(pages) >= 8
    assert all(f"E{number:08d}" in text for number in range(40))
    assert text.count("所属期间") >= 3  # the head of the table repeats


def test_rare_names_can_be_read_back_and_lacking_ones_are_refused() -> None:
    tenant = replace(lease().tenants[0], name=RARE_NAME)
    assert RARE_NAME in squeezed(lease_pdf(replace(lease(), tenants=(tenant,))))
    lacking = replace(lease(), tenants=(replace(tenant, name="张\U000323af"),))
    with pytest.raises(MissingGlyphs):
        lease_pdf(lacking)
    assert "张〓" in squeezed(lease_pdf(lacking, mark_missing=True))


def test_a_deduction_can_name_its_clause() -> None:
    clauses = {clause.number: clause for clause in lease_clauses(lease())}
    assert clauses["5.3"].title == "押金"
    assert "不得扣除" in clauses["5.3"].text
    assert len(clauses) > 30


@pytest.mark.parametrize(
    "words",
    [
        "法定代表人", "单位承租", "营业执照", "乙方（共同承租人）", "经办人", "授权委托书2026-11-20", "保证人",
        "提供连带责任保证，保证期间为各笔债务履行期限届满之日起六个月", "乙方代签人",
    ],
)  # fmt: skip
def test_everybody_who_signs_is_named(words: str) -> None:
    assert words in squeezed(lease_pdf(peopled_lease()))
    assert words not in squeezed(lease_pdf(bare_lease()))


def test_every_field_of_the_lease_is_used_by_the_template() -> None:
    source = default_lease_template()
    for name, value in lease_facts(peopled_lease()).items():
        inner = value[0] if isinstance(value, list) and isinstance(value[0], dict) else value
        assert name in source
        if isinstance(inner, dict):
            unused = [field for field in inner if f".{field}" not in source]
            assert not set(unused) - {"管理处"}, (name, unused)


def test_an_edited_template_is_used_and_a_broken_one_names_its_line() -> None:
    edited = default_lease_template().replace("## 争议解决", "## 争议的解决")
    assert "争议的解决" in squeezed(lease_pdf(lease(), edited))
    broken = default_lease_template().replace("{{ 房屋.地址 }}", "{{ 房屋.位置 }}")
    with pytest.raises(TemplateProblem) as problem:
        lease_pdf(lease(), broken)
    line = next(number for number, text in enumerate(broken.splitlines(), 1) if "房屋.位置" in text)
    assert problem.value.line == line
    assert "位置" in problem.value.message


def test_a_draft_carries_its_watermark() -> None:
    assert all("样张" in page for page in pdf_text(lease_pdf(lease(), watermark="样张")))


INK = gathered(640, 260, [[(60 + 9 * n, 60 + 40 * (n % 5)) for n in range(9)] for _ in range(4)])


def _block(template: str | None, places: tuple[str, ...]) -> str:
    """The last page with a signature on it."""
    signature = SignedHere(INK, "顾母（监护人，母亲），代顾听澜签", "2026年11月22日", places)
    return pdf_text(lease_pdf(peopled_lease(), template, signature=signature))[-1]


def test_a_signature_stands_in_the_place_of_who_gave_it_with_name_capacity_and_day() -> None:
    unsigned = "日期：＿＿＿＿年＿＿月＿＿日"
    stand_in = _block(None, ("乙方代签人", "乙方"))
    assert "签字人：顾母（监护人，母亲），代顾听澜签" in "".join(stand_in.split())
    assert stand_in.count("2026年11月22日") == 1
    assert stand_in.index("乙方代签人") < stand_in.index("签字人")
    assert stand_in.count(unsigned) == 3, "the others still sign on paper"
    own = _block(None, ("乙方",))
    assert own.index("签字人") < own.index("乙方代签人"), "the tenant's own place, not the stand-in's"


def test_a_template_without_a_place_for_who_signs_for_the_tenant_takes_it_in_the_tenants() -> None:
    lines = [line for line in default_lease_template().splitlines() if not line.startswith("@sign 乙方代签人")]
    block = _block("\n".join(lines).replace("{% elif 代签人 %}\n", ""), ("乙方代签人", "乙方"))
    assert "乙方代签人" not in block
    assert "签字人：顾母" in block


def test_the_tenants_signature_never_lands_where_somebody_else_signs() -> None:
    signature = SignedHere(INK, "顾听澜（本人）", "2026年11月22日", ("乙方",))
    assert signature.place_among(["乙方代签人", "乙方（承租人）"]) == "乙方（承租人）"
    assert signature.place_among(["甲方", "乙方代签人"]) == ""
