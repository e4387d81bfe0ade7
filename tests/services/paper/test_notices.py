"""The information notice under PIPL art. 17 and the recovery sheet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.services.paper.notices import default_notice_template, notice_facts, notice_pdf, recovery_pdf
from tests.services.paper.samples import COMPANY, notice, pdf_text, recovery


def squeezed(pdf: bytes) -> str:
    return "".join(pdf_text(pdf)).replace("\n", "").replace(" ", "")


@pytest.mark.parametrize(
    "words",
    [
        COMPANY, "王芳", "0755-88886666", "版本：2026-11", "处理的目的、依据和信息种类", "合同必需（第十三条第二项）",
        "法定义务（第十三条第三项）", "保存至租赁关系终止后3年", "查阅、复制、更正、补充、删除", "单独同意",
        "不满十四周岁",
        "公安机关", "不扣押证件", "15个工作日内答复", "投诉", "签收只表示收到",
    ],
)  # fmt: skip
def test_the_notice_tells_what_article_17_wants(words: str) -> None:
    assert words in squeezed(notice_pdf(notice()))


def test_a_notice_without_a_name_or_receivers_reads_well() -> None:
    text = squeezed(notice_pdf(replace(notice(), name="", receivers=())))
    assert "尊敬的租客：" in text
    assert "我们只在下列范围内" not in text


def test_the_notice_uses_every_fact() -> None:
    source = default_notice_template()
    for name, value in notice_facts(notice()).items():
        inner = value[0] if isinstance(value, list) else value
        assert all(f".{field}" in source for field in inner), name


def test_the_recovery_sheet_shows_every_group_with_its_place() -> None:
    (page,) = pdf_text(recovery_pdf(recovery()))
    for number, group in enumerate(recovery().groups, start=1):
        assert f"{number} {group}" in page
    assert "翠湖花园" in page
    assert "2026年11月22日" in page
    assert "保险柜" in page
