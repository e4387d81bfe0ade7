"""Mistakes of a template, all told at once; the list of fields; the child that a greedy template cannot get out of."""

from __future__ import annotations

import io
import os
import re
import signal
import time
from collections.abc import Iterator

import pytest
from PIL import Image

from desktop.services.paper.lease import default_lease_template, lease_facts
from desktop.services.paper.notices import default_notice_template
from desktop.services.paper.template import render
from desktop.services.paper.template_check import template_problems
from desktop.services.paper.template_fields import facts_of, fields_of
from desktop.services.paper.trial import sample_lease, trial_pdf
from desktop.services.paper.trial_process import TrialProcess, TrialRequest
from tests.services.paper.samples import lease, pdf_text, peopled_lease

LEASE = default_lease_template()


def picture(width: int = 60, height: int = 30, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), (20, 90, 160)).save(stream, kind)
    return stream.getvalue()


def told(source: str, kind: str = "housing_lease") -> list[tuple[int, str]]:
    return [(problem.line, problem.problem) for problem in template_problems(kind, source)]


def test_the_shipped_templates_are_right() -> None:
    assert told(LEASE) == []
    assert told(default_notice_template(), "pipl_notice") == []
    with pytest.raises(KeyError):
        template_problems("poster", "")


@pytest.mark.parametrize(
    ("field", "meant"),
    [
        ("押金.金顿", "「金额」"), ("房尾.地址", "「房屋」"), ("合同.编好", "「编号」"), ("租期.开时", "「开始」"),
        ("违约.通知天", "「通知天数」"),
    ],
)  # fmt: skip
def test_an_unknown_field_is_told_with_the_one_that_was_meant(field: str, meant: str) -> None:
    ((line, words),) = told(f"# 题\n\n第 {{{{ {field} }}}}")
    assert line == 3
    assert f"是不是{meant}" in words


def test_every_mistake_is_told_at_once_in_the_order_of_lines() -> None:
    broken = (
        LEASE.replace("{{ 房屋.地址 }}", "{{ 房尾.地址 }}")
        .replace("{{ 人.关系 }}", "{{ 人.关糸 }}")
        .replace("本合同不收取押金", "**本合同不收取押金")
        .replace("@sign 甲方", "@sihn 甲方")
    )
    found = told(broken)
    assert [re.split("[，：]", words)[0] for _line, words in found] == [
        "没有叫「房尾」的字段", "没有叫「关糸」的字段", "粗体标记「**」没有成对", "不认识的标记「@sihn」",
    ]  # fmt: skip
    assert [line for line, _ in found] == sorted(line for line, _ in found)
    lines = broken.split("\n")
    for (line, _), what in zip(found, ("房尾", "关糸", "**本合同", "@sihn"), strict=True):
        assert what in lines[line - 1]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ 租金表.金额 }}", "前面是一张列表：用「for … in …」逐项取"),
        ("{{ 合同.编号.长度 }}", "前面已经是文字或数字"),
        ("{% if 合同.没有 %}有{% else %}无{% endif %}", "没有叫「没有」的字段"),
        ("{% for 人 in 乙方 %}{% if 人.年龄 > 3 %}x{% endif %}{% endfor %}", "没有叫「年龄」的字段"),
        ("{% set 甲 = 房屋.地址 ~ 房屋.房间 %}{{ 甲 }}", "没有叫「房间」的字段，是不是「房号」"),
        ("{{ 人.名称 }}", "没有叫「人」的字段"),
        ("{% for 人 in 乙方 %}{% endfor %}{{ 人.名称 }}", "没有叫「人」的字段"),
        ("@picture 抬头 | 40", "没有叫「抬头」的图片：先在「图片」里添加"),
        ("@picture 抬头", "图片的写法是「@picture 名称 | 宽度」"),
        ("@picture 抬头 | 900", "宽度 5 到 160 毫米"),
        ("@picture 抬头 | 40 | 上", "图片的位置写 左、中 或 右"),
    ],
)
def test_what_the_sample_would_never_meet_is_seen_as_well(source: str, words: str) -> None:
    assert any(words in each for _line, each in told(source)), told(source)


@pytest.mark.parametrize(
    "source",
    [
        "{{ 合同.没有|default('无') }}",
        "{% if 合同.没有 is defined %}有{% endif %}",
        "{% set 甲 = 房屋.地址 %}{{ 甲 }}",
        "{% for 人 in 乙方 %}{{ loop.index }}{{ 人.名称 }}{% endfor %}",
        "{% for 情形 in 押金.扣除情形 %}{{ 情形 }}{% endfor %}",
        "{% for 期 in 租金表 if 期.期 > 1 %}{{ 期.金额 }}{% endfor %}",
        "{{ 乙方[0].名称 }}{{ 乙方|length }}{{ 租金.宽限天数 + 1 }}",
    ],
)
def test_what_is_right_is_not_doubted(source: str) -> None:
    assert told(source) == []


def test_the_sample_has_every_field_a_real_lease_has() -> None:
    """Else a field would be called unknown at the desk, or be missing on paper."""

    def shape(value: object) -> object:
        if isinstance(value, dict):
            return {name: shape(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [shape(value[0])] if value else []
        return ""

    assert shape(dict(facts_of("housing_lease"))) == shape(dict(lease_facts(peopled_lease())))


@pytest.mark.parametrize("kind", ["housing_lease", "pipl_notice"])
def test_every_field_of_the_list_prints(kind: str) -> None:
    for field in fields_of(kind):
        inner = field.insert
        if "." in field.name and "（" not in field.name:  # one of a list: needs its loop
            group = next(each for each in fields_of(kind) if each.group == field.group and "（逐项）" in each.name)
            inner = group.insert.split("\n")[0] + field.insert + "{% endfor %}"
        assert template_problems(kind, f"# 题\n## 条\n{inner}") == [], field


def test_fields_are_found_by_part_sound_and_example() -> None:
    def names(typed: str) -> list[str]:
        return [f"{field.group}.{field.name}" for field in fields_of("housing_lease") if field.fits(typed)]

    assert "押金.金额" in names("押金")
    assert "押金.金额" in names("yj")
    assert "押金.金额" in names("yajinjine")
    assert "房屋.地址" in names("坐落")
    assert names("没有的东西") == []
    assert len(names("")) == len(fields_of("housing_lease"))


def test_a_picture_stands_in_the_text_as_wide_as_it_was_said() -> None:
    source = "# 题\n@picture 抬头 | 40 | 右\n正文"
    assert template_problems("housing_lease", source, {"抬头": picture()}) == []
    pdf = trial_pdf("housing_lease", source, {"抬头": picture(kind="JPEG")})
    assert "正文" in "".join(pdf_text(pdf))
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    (image,) = [each for each in page.get_objects() if each.type == 3]
    left, bottom, right, top = image.get_bounds()
    assert (right - left) / 72 * 25.4 == pytest.approx(40, abs=0.1)
    assert (top - bottom) / 72 * 25.4 == pytest.approx(20, abs=0.1)
    assert right / 72 * 25.4 == pytest.approx(210 - 23, abs=0.1)
    page.close()
    document.close()


def test_lenient_rendering_only_leaves_out_what_is_not_there() -> None:
    facts = lease_facts(sample_lease())
    shown = [line for _n, line in render("甲{{ 无 }}乙{{ 合同.无.x }}{% for a in 无 %}x{% endfor %}丙", facts, True)]
    assert shown == ["甲乙丙"]


# ---- the child ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def child() -> Iterator[TrialProcess]:
    made = TrialProcess()
    yield made
    made.close()


def test_the_child_lays_out_what_the_desk_would(child: TrialProcess) -> None:
    answer = child.answer(TrialRequest("housing_lease", LEASE))
    assert answer.problems == ()
    assert pdf_text(answer.pdf or b"") == pdf_text(trial_pdf("housing_lease", LEASE))
    real = child.answer(TrialRequest("housing_lease", LEASE, lease_facts(lease(), masked=True)))
    text = "".join(pdf_text(real.pdf or b""))
    assert "CHY-ZL-2026-00042" in text
    assert "样张" in text
    assert child.answer(TrialRequest("housing_lease", "{{ 押金.金顿 }}")).problems[0][0] == 1
    pictured = child.answer(TrialRequest("housing_lease", "@picture 抬头 | 40", pictures={"抬头": picture()}))
    assert pictured.pdf


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{% for a in 租金表 %}" * 9 + "x" + "{% endfor %}" * 9, "已停止"),
        ("{% for a in 租金表 %}" * 9 + "{% endfor %}" * 9, "循环超过 20000 次，已停止"),
        ("{% set s = '字' %}" + "{% set s = s ~ s %}" * 60, "拼出的文字超过"),
        ("{% for a in 租金表 %}" * 5 + "字" * 500 + "{% endfor %}" * 5, "已停止"),
        ("x\n\n" * 30_000, "内容超过 500 页"),
    ],
)
def test_endless_and_greedy_templates_are_stopped_with_a_sentence(child: TrialProcess, source: str, words: str) -> None:
    begun = time.monotonic()
    answer = child.answer(TrialRequest("housing_lease", source))
    assert answer.pdf is None
    assert any(words in each for _line, each in answer.problems), answer.problems
    assert time.monotonic() - begun < 15


def test_what_takes_too_long_is_ended_and_the_next_one_is_answered() -> None:
    impatient = TrialProcess(seconds=0.001)
    try:
        assert "已停止" in impatient.answer(TrialRequest("housing_lease", LEASE)).problems[0][1]
        impatient._seconds = 60
        assert impatient.answer(TrialRequest("housing_lease", LEASE)).pdf
    finally:
        impatient.close()


def test_a_child_that_dies_takes_nothing_along(child: TrialProcess) -> None:
    child.warm()
    os.kill(child._process.pid, signal.SIGKILL)
    first = child.answer(TrialRequest("housing_lease", LEASE))
    answer = first if first.pdf else child.answer(TrialRequest("housing_lease", LEASE))
    assert answer.pdf
    if first.pdf is None:
        assert first.problems == ((0, "内容太大，排版用尽了内存，已停止：缩短内容或图片"),)


def test_memory_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is set in the child; here it is tried on a process of its own."""
    import subprocess
    import sys

    program = (
        "from desktop.services.paper import trial_process as t; t._limit_memory();"
        "import resource; assert resource.getrlimit(resource.RLIMIT_AS)[0] == t.MOST_MEMORY; bytearray(t.MOST_MEMORY)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert "MemoryError" in ended.stderr
    assert ended.returncode == 1


def test_a_closed_one_answers_in_words() -> None:
    closed = TrialProcess()
    closed.close()
    assert closed.answer(TrialRequest("housing_lease", LEASE)).problems == ((0, "试排没有启动：稍后再试"),)
