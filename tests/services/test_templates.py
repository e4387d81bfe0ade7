"""Versions of templates: an edit makes the next one, an older one comes back as a new one, no mistake is stored."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from desktop.models.documents import Blob, StoredFile, Template
from desktop.services import papers, receipt_forms, template_pictures, templates
from desktop.services.acts import Op
from desktop.services.errors import NotFound, ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.paper.receipt_form import KIND, shipped, write_form
from desktop.services.paper.template import TemplateProblem
from desktop.services.work import Actor, begin, look
from tests.offices import check_in, person, rooms_of, sit_down
from tests.services.paper.samples import pdf_text

LEASE = "housing_lease"


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager")


def save(office: Office, clerk: Actor, body: str, based_on: int | None = None, kind: str = LEASE) -> int:
    with begin(office, clerk, Op.SAVE_TEMPLATE) as work:
        return templates.save_template(work, kind, body, based_on).ordinal


def body_of(office: Office, clerk: Actor) -> str:
    with look(office, clerk) as reading:
        return templates.current_template(reading, LEASE).body


def png(width: int = 60, height: int = 30) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), (20, 90, 160)).save(stream, "PNG")
    return stream.getvalue()


def add(office: Office, clerk: Actor, name: str, data: bytes) -> None:
    with begin(office, clerk, Op.SAVE_TEMPLATE) as work:
        template_pictures.add_picture(work, name, data)


# ---- versions ----------------------------------------------------------------------------------------------------


def test_an_edit_makes_the_next_version_and_a_lease_keeps_its_own(office: Office, clerk: Actor) -> None:
    first = body_of(office, clerk)
    check_in(office, clerk, rooms_of(office)[0])
    assert save(office, clerk, first.replace("# 住房租赁合同", "# 新版合同"), 1) == 2
    check_in(office, clerk, rooms_of(office)[1], person("周思齐", sequence=9, phone="13900001111"))
    with look(office, clerk) as reading:
        versions = templates.list_versions(reading, LEASE)
        assert [(each.ordinal, each.who, each.leases) for each in versions] == [(2, "林小满", 1), (1, "程序", 1)]
        assert templates.read_version(reading, LEASE, 1).body == first
        with pytest.raises(NotFound):
            templates.read_version(reading, LEASE, 9)


def test_an_older_version_comes_back_as_the_next_one(office: Office, clerk: Actor) -> None:
    first = body_of(office, clerk)
    save(office, clerk, first.replace("# 住房租赁合同", "# 新版合同"), 1)
    assert save(office, clerk, first, 2) == 3
    assert body_of(office, clerk) == first


def test_what_did_not_change_is_not_stored_again(office: Office, clerk: Actor) -> None:
    with pytest.raises(ProblemsFound, match="和现在用的第 1 版一样"):
        save(office, clerk, body_of(office, clerk))


def test_somebody_stored_one_in_between(office: Office, clerk: Actor) -> None:
    first = body_of(office, clerk)
    other = sit_down(office, "manager", login="zhouyq", name="周砚秋")
    save(office, other, first.replace("# 住房租赁合同", "# 她的合同"), 1)
    mine = first.replace("# 住房租赁合同", "# 我的合同")
    with pytest.raises(templates.TemplateChanged, match="周砚秋在您修改期间存了第 2 版") as caught:
        save(office, clerk, mine, 1)
    assert (caught.value.newest.ordinal, caught.value.newest.who) == (2, "周砚秋")
    assert save(office, clerk, mine, 2) == 3, "on purpose, after a look"


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("# 题\n{{ 押金.金顿 }}", "模板第 2 行：没有叫「金顿」的字段，是不是「金额」"),
        ("# 题\n{% for a in 租金表 %}" + "{% for b in 租金表 %}" * 9 + "{% endfor %}" * 10, "循环超过 20000 次"),
        ("# 题\n\n@picture 印章 | 30", "没有叫「印章」的图片"),
        ("字" * 100_001, "模板超过 100000 个字"),
    ],
)
def test_a_mistake_is_never_stored(office: Office, clerk: Actor, broken: str, words: str) -> None:
    with pytest.raises(TemplateProblem, match=words):
        save(office, clerk, broken)
    with look(office, clerk) as reading:
        assert [version.ordinal for version in templates.list_versions(reading, LEASE)] == [1]


def test_templates_need_their_right(office: Office) -> None:
    cashier = sit_down(office, "cashier")
    with look(office, cashier) as reading:
        for ask in (
            lambda: templates.list_versions(reading, LEASE),
            lambda: templates.read_version(reading, LEASE, 1),
            lambda: template_pictures.list_pictures(reading),
        ):
            with pytest.raises(Refused):
                ask()
    with pytest.raises(Refused):
        save(office, cashier, "# 题")


def test_a_kind_nobody_shipped(office: Office, clerk: Actor) -> None:
    for kind, body in (("poster", "# 题"), (KIND + "a5", write_form(shipped("a4")))):
        with pytest.raises(KeyError):
            save(office, clerk, body, kind=kind)


# ---- receipt forms -----------------------------------------------------------------------------------------------


def test_a_form_is_the_programs_until_it_is_edited(office: Office, clerk: Actor) -> None:
    with look(office, clerk) as reading:
        forms = receipt_forms.list_forms(reading)
        assert [each.ordinal for each in forms] == [0] * 6
        assert forms[0].form.key == "a5"
    assert save(office, clerk, write_form(shipped("roll").but(width=58)), 0, KIND + "roll") == 1
    with look(office, clerk) as reading:
        assert receipt_forms.usual_form(reading, "roll").width == 58
        (row,) = reading.session.scalars(sa.select(Template).where(Template.kind == KIND + "roll"))
        assert row.title == "80 毫米卷纸"


def test_a_form_that_could_not_be_a_receipt_is_never_stored(office: Office, clerk: Actor) -> None:
    form = shipped("own")
    lacking = form.but(fields=tuple(place for place in form.fields if place.name != "total"))
    with pytest.raises(ProblemsFound, match="还没有放：合计"):
        save(office, clerk, write_form(lacking), 0, KIND + "own")


# ---- pictures ----------------------------------------------------------------------------------------------------


def test_a_picture_is_kept_encrypted_and_printed_with_the_lease(office: Office, clerk: Actor) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    data = png()
    add(office, clerk, "抬头", data)
    first = body_of(office, clerk)
    save(office, clerk, f"@picture 抬头 | 50\n{first}", 1)
    with look(office, clerk) as reading:
        assert [(row.name, row.size) for row in template_pictures.list_pictures(reading)] == [("抬头", len(data))]
        assert template_pictures.read_pictures(reading) == {"抬头": data}
        (kept,) = reading.session.scalars(sa.select(StoredFile))
        blob = reading.session.scalar(sa.select(Blob.data))
        assert "抬头".encode() not in bytes(kept.title)
        assert b"PNG" not in bytes(blob or b"")
        old = papers.preview_lease(reading, news.lease_id)
    later = check_in(office, clerk, rooms_of(office)[1], person("周思齐", sequence=9, phone="13900001111"))
    with begin(office, clerk, Op.PRINT_PAPER) as work:
        printed = papers.print_lease(work, later.lease_id)
    assert b"/Subtype /Image" in printed.pdf
    assert b"/Subtype /Image" not in old, "the lease before keeps its template without the picture"
    assert "住房租赁合同" in pdf_text(printed.pdf)[0]


@pytest.mark.parametrize(
    ("name", "data", "field", "words"),
    [
        ("", png(), "name", "1 到 20 个字"),
        ("抬|头", png(), "name", "不用"),
        ("抬头", b"GIF89a" + b"x" * 100, "file", "这个文件打不开：请用 PNG 或 JPEG 图片"),
        ("抬头", b"", "file", "这个文件打不开"),
        ("抬头", png()[:20], "file", "这个文件打不开"),
        ("抬头", b"\xff\xd8\xff\xe0", "file", "这个文件打不开"),
        ("抬头", png() + b"x" * template_pictures.MOST_BYTES, "file", "先缩小再添加"),
        ("抬头", png()[:16] + b"\x00\x00\xff\xff\x00\x00\xff\xff" + png()[24:], "file", "65535×65535 个像素，太大了"),
    ],
)
def test_what_is_no_picture_or_too_much_of_one_is_refused(
    office: Office, clerk: Actor, name: str, data: bytes, field: str, words: str
) -> None:
    with pytest.raises(ProblemsFound) as caught:
        add(office, clerk, name, data)
    assert words in caught.value.problems[field]
    with look(office, clerk) as reading:
        assert template_pictures.list_pictures(reading) == []


def test_a_picture_never_changes_under_its_name(office: Office, clerk: Actor) -> None:
    add(office, clerk, "抬头", png())
    with pytest.raises(ProblemsFound, match="已有叫「抬头」的图片：换个名称"):
        add(office, clerk, "抬头", png(61))


def test_twenty_megabytes_are_refused_before_they_are_looked_at() -> None:
    assert template_pictures.file_problem(20 * 1024 * 1024, None) == "图片有 20.0 MB，最多 5 MB：先缩小再添加"
    assert template_pictures.file_problem(1000, (600, 400)) == ""
    assert template_pictures.file_problem(1000, (4, 400)) == "图片太小，印出来看不清"


def test_names_of_pictures_in_a_template() -> None:
    body: Any = "@picture 抬头 | 40\n  @picture 印章|30|右\n正文 @picture 不是\n@picture 抬头 | 20"
    assert template_pictures.picture_names(body) == ["抬头", "印章"]
