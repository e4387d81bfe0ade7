"""Templates of the office: facts fill in, mistakes name their line, and nothing gets out or runs for ever."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.paper.layout import PageSetup, Paper
from desktop.services.paper.markup import chinese_number, read_markup
from desktop.services.paper.template import TemplateProblem, render
from tests.services.paper.samples import pdf_text

FACTS = {"合同": {"编号": "A-1", "份数": 3, "有": True}, "行": [{"名": f"第{number}"} for number in range(50)]}


def lines(source: str) -> list[str]:
    return [line for _number, line in render(source, FACTS)]


def problem(source: str) -> TemplateProblem:
    with pytest.raises(TemplateProblem) as found:
        read_markup(render(source, FACTS))
    return found.value


def test_fields_loops_and_conditions() -> None:
    assert lines("编号{{ 合同.份数 }}\n\n尾") == ["编号3", "", "尾"]
    assert lines("{% for 一 in 行 %}{{ loop.index }}{{ 一.名 }} {% endfor %}")[0].startswith("1第0 2第1 ")
    assert lines("{% if 合同.有 and 合同.份数 > 2 %}多{% else %}少{% endif %}{{ 合同.份数 + 1 }}") == ["多4"]
    assert lines("{{ 合同.没有|default('无') }}{{ 行|length }}") == ["无50"]


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("一\n二\n{{ 合同.没有 }}", 3, "没有叫「没有」的字段；这里可用的有：编号、份数、有"),
        ("一\n{{ 别的.编号 }}", 2, "没有叫「别的」的字段"),
        ("一\n{% if 合同.没有 %}x{% endif %}", 2, "没有叫「没有」的字段"),
        ("{% for 一 in 行 %}\n\n{{ 一.价 }}\n{% endfor %}", 3, "没有叫「价」的字段"),
        ("{% for 一 in 合同.没有 %}{% endfor %}", 1, "没有叫「没有」的字段"),
        ("一\n{% foo %}", 2, "不认识的标记「foo」"),
        ("一\n{% for 一 in 行 %}\n二", 3, "「for」没有结束，缺少「endfor」"),
        ("一\n\n{{ 合同.编号 }", 3, "这里不该有「}」"),
        ("{{ 合同.编号|nosuch }}", 1, "没有叫「nosuch」的过滤器"),
        ("{{ 合同 }}", 1, "只能放文字或数字"),
        ("一\n{# 说明", 2, "注释没有结束"),
        ("一\n{{ 1 / 0 }}", 2, "除数为零"),
        ("{{ 合同.编号 * 2 }}", 1, "「*」只能用于数字"),
        ("# 题\n\n## 条\n@nosuch", 4, "不认识的标记「@nosuch」"),
        ("- 款", 1, "款（-）要写在条（##）的后面"),
        ("一\n**粗", 2, "粗体标记「**」没有成对"),
        ("见{@押金}", 1, "没有叫「押金」的条"),
        ("|= 1 | 2 |\n| 一 |", 2, "这一行有 1 格，表有 2 列"),
        ("|= 宽 |", 1, "列宽写法有误"),
        ("| 一 |\n|! 头 |", 2, "表头（|!）要写在表的各行之前"),
        ("@together\n一", 1, "「@together」没有「@end」"),
        ("一\n二😀", 2, "字库里没有「😀」"),
        ("@end", 1, "「@end」前面没有「@together」"),
        ("@space 很多", 1, "「@space」后面写空白的高度"),
        ("@sign 一|二|三|四", 1, "写一至三方"),
        ("##\n" * 100, 100, "超过九十九条"),
        ("{{ 合同.编号\n~ 别的 }}", 1, "没有叫「别的」的字段"),
    ],
)
def test_a_mistake_names_its_line(source: str, line: int, words: str) -> None:
    found = problem(source)
    assert words in found.problem
    assert found.line == line
    assert found.message == f"模板第 {line} 行：{found.problem}"
    assert found.field == "template"


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ 合同.items() }}",
        "{{ 合同['__class__'] }}",
        "{{ 行.append }}",
        "{{ 合同.编号.format }}",
        "{{ '{0.__class__}'.format(合同) }}",
        "{{ self }}",
        "{{ self._TemplateReference__context }}",
        "{{ cycler }}",
        "{{ lipsum.__globals__ }}",
        "{{ range(9) }}",
        "{{ _budget }}",
        "{% for 一 in 行 %}{{ loop.__init__ }}{% endfor %}",
        "{% for 一 in 行 %}{{ loop.cycle(1, 2) }}{% endfor %}",
        "{% for 一 in 行 recursive %}{{ loop(行) }}{% endfor %}",
        "{% include 'x' %}",
        "{% import 'os' as os %}",
        "{% extends 'x' %}",
        "{% block x %}{% endblock %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% set x %}{% endset %}",
        "{% set 合同.编号 = 1 %}",
        "{{ 合同|attr('编号') }}",
        "{{ 行|map(attribute='名')|join }}",
        "{{ ('%s' % 合同) }}",
    ],
)
def test_nothing_outside_the_facts_can_be_reached(source: str) -> None:
    problem(source)


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in 行 %}" * 5 + "{% endfor %}" * 5,
        "{% for a in 行 %}" * 4 + "字" * 500 + "{% endfor %}" * 4,
        "{{ 9 ** 99999999 }}",
        "{{ 'a' * 999999999 }}",
        "{{ '%999999999d' % 1 }}",
        "{% set s = '字' %}" + "{% set s = s ~ s %}" * 60,
        "{% set s = '字' %}" + "{% set s = s + s %}" * 60,
        "{% set n = 9 %}" + "{% set n = n * n %}" * 60,
        "{% set n = [1] %}" + "{% set n = n + n %}" * 60,
        "{{ " + "(" * 20000 + "1" + ")" * 20000 + " }}",
        "{{ " + "-" * 20000 + "1 }}",
        "{% if 1 %}" * 3000 + "{% endif %}" * 3000,
        "字" * 100_001,
        "{{ " + "9" * 90_000 + " }}",
    ],
)
def test_a_greedy_template_is_stopped_soon(source: str) -> None:
    begun = time.monotonic()
    problem(source)
    assert time.monotonic() - begun < 4


def test_facts_are_never_markup() -> None:
    facts = {"名": "**张**|# {@押金} {{ 1 }} @sign -! >\n## 第九条"}
    blocks, _clauses = read_markup(render("{{ 名 }}\n| {{ 名 }} | 二 |", facts))
    pdf = Paper("x", invariant=True)
    pdf.add_flow(blocks, PageSetup(numbered=False))
    page = pdf_text(pdf.finish())[0].replace("\n", " ")
    assert page.count("**张**|# {@押金} {{ 1 }} @sign -! > ## 第九条") == 2


@given(st.text(st.characters(codec="gb2312"), max_size=40))
def test_whatever_a_fact_holds_the_page_has_one_paragraph(name: str) -> None:
    blocks, clauses = read_markup(render("前{{ 名 }}后", {"名": name}))
    assert len(blocks) == 1
    assert not clauses


@given(st.text(alphabet="{}%#|@-*!= \nabc合同.编号", max_size=60))
def test_a_scrambled_template_is_read_or_refused_in_words(source: str) -> None:
    line, words = 1, "read"
    try:
        read_markup(render(source, FACTS))
    except TemplateProblem as found:
        line, words = found.line, found.problem
    assert 1 <= line <= source.count("\n") + 1
    assert words


def test_clauses_are_numbered_and_references_follow() -> None:
    source = "## 甲\n- 一\n- 二见{@乙}\n-- 项\n## 乙\n-! 三\n- 四见{@甲}"
    blocks, clauses = read_markup(render(source, FACTS))
    assert [(clause.number, clause.title, clause.text) for clause in clauses] == [
        ("1.1", "甲", "一"), ("1.2", "甲", "二见第二条"), ("2.1", "乙", "三"), ("2.2", "乙", "四见第一条"),
    ]  # fmt: skip
    assert len(blocks) == 7


@pytest.mark.parametrize(
    ("number", "words"), [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (21, "二十一"), (99, "九十九")]
)
def test_article_numbers(number: int, words: str) -> None:
    assert chinese_number(number) == words
