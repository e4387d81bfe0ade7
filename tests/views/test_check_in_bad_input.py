"""Bad input at the check-in: a clear sentence at the right field, and nothing of what was typed is lost."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from desktop.services.check_in_draft import Step
from desktop.services.office import Office
from desktop.services.work import PROGRAM, look
from desktop.views.check_in import reading
from desktop.world import SeededWorld
from tests.offices import make_office
from tests.views.check_in_kit import NUMBER, Desk, drawn_card, new_desk, other_card


@pytest.fixture
def office(world: SeededWorld, tmp_path: Path) -> Iterator[Office]:
    """A real office in a file."""
    folder = tmp_path / "office"
    folder.mkdir()
    made = make_office(world, folder, f"sqlite:///{folder / 'office.db'}")
    yield made
    made.close()


@pytest.fixture
def desk(qtbot: QtBot, office: Office, tmp_path: Path) -> Iterator[Desk]:
    """A manager at a desk, the wizard open."""
    made = new_desk(qtbot, office, tmp_path, "manager")
    made.start()
    yield made
    made.close()


def png(width: int, height: int) -> bytes:
    """A black picture of any size in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + width // 8)) for _ in range(height)) + packer.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# ---- pictures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.jpg", lambda: b"", "文件是空的"),
        ("text.jpg", lambda: b"this is no picture\n" * 50, "不是图片或已损坏"),
        ("torn.jpg", lambda: drawn_card("front")[:20_000], "不完整"),
        ("huge.png", lambda: png(8192, 6144), "缩小"),
        ("tiny.png", lambda: png(40, 40), "太小"),
        ("black.png", lambda: png(1200, 800), "没有找到"),
        ("bank.jpg", other_card, "不是居民身份证"),
    ],
)
def test_a_picture_that_is_no_card(
    desk: Desk, tmp_path: Path, name: str, data: Callable[[], bytes], words: str
) -> None:
    """The sentence stands beside the path; the number typed before stays; the way on stays open."""
    desk.type(NUMBER[:10])
    path = tmp_path / name
    path.write_bytes(data())
    view = desk.page.view
    view.path.setFocus()
    view.path.set_value(str(path))
    desk.enter()
    desk.until(lambda: bool(view.path_row.said))
    assert words in view.path_row.said
    assert "," not in view.path_row.said
    assert (desk.step, desk.page.draft.number) == (Step.READ, NUMBER[:10])
    assert desk.page.primary.isEnabled()


@pytest.mark.parametrize(("name", "words"), [("gone.jpg", "打不开 gone.jpg"), ("", "文件夹")])
def test_a_path_without_a_picture(desk: Desk, tmp_path: Path, name: str, words: str) -> None:
    view = desk.page.view
    view.path.setFocus()
    view.path.set_value(str(tmp_path / name))
    desk.enter()
    desk.until(lambda: bool(view.path_row.said))
    assert words in view.path_row.said


def test_an_empty_clipboard(desk: Desk) -> None:
    QGuiApplication.clipboard().clear()
    desk.page.view.paste()
    assert "剪贴板里没有图片" in desk.page.view.path_row.said


def test_a_wrong_reading_is_not_confirmed_by_a_key(desk: Desk) -> None:
    """Nothing doubtful passes: a number whose check digit is wrong is refused even when the clerk says so."""
    wrong = NUMBER[:-1] + ("8" if NUMBER[-1] != "8" else "7")
    draft = desk.page.draft
    read = reading.Read(
        ("front",), {"name": "顾听澜", "number": wrong}, {"number": reading.Doubt(["末位反光"], [NUMBER])}, {}, {}
    )
    desk.page.cards.show_read(read)
    desk.settle()
    assert desk.step is Step.REVIEW
    field = desk.page.view.inputs["number"]
    assert desk.focus is field
    assert field.selectedText() == wrong[-1]
    desk.enter()
    assert list(draft.doubts) == ["number"]
    assert "校验位算得" in desk.page.view.cards["number"].message.text
    desk.alt(1)
    assert (draft.number, draft.doubts) == (NUMBER, {})


# ---- what is typed -------------------------------------------------------------------------------------------------


def test_a_wrong_check_digit_and_an_impossible_date(desk: Desk) -> None:
    wrong = NUMBER[:-1] + ("8" if NUMBER[-1] != "8" else "7")
    desk.type(wrong)
    assert "校验位算得" in desk.page.view.rows["document.number"].message.text
    desk.enter()
    desk.type("顾听澜", "gutinglan")
    desk.fill("birth", "1996-02-30")
    desk.alt(9)
    desk.go_on()
    view = desk.page.view
    assert desk.step is Step.REVIEW
    assert desk.focus is view.inputs["number"]
    assert "校验位算得" in view.rows["number"].message.text
    assert "没有 1996 年 2 月 30 日" in view.rows["birth"].message.text
    assert desk.missing == "有 2 处要改"
    assert (desk.page.draft.number, desk.page.draft.birth) == (wrong, "1996-02-30")


def test_an_expired_card_asks_for_a_reason(desk: Desk) -> None:
    desk.type(NUMBER)
    desk.enter()
    desk.type("顾听澜", "gutinglan")
    desk.fill("valid_from", "2014-05-06")
    desk.fill("valid_to", "2024-05-06")
    desk.alt(9)
    desk.go_on()
    view = desk.page.view
    assert "已于 2024-05-06 过期" in view.rows["valid_to"].message.text
    assert view.reason.isVisible()
    assert desk.focus is view.reason
    assert desk.missing == "还差 过期原因"
    desk.type("已在换证，有回执", "yizaihuanzheng")
    desk.go_on()
    assert desk.step is Step.CONTACT


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1381234567", "手机号要 11 位，现在 10 位"),
        ("12812345678", "第二位是 3 到 9"),
        ("88001234", "固定电话要带区号"),
        ("0999-8800123", ""),
        ("+85291234567", ""),
        ("0086 138 1234 5678", ""),
    ],
)
def test_phones_of_all_kinds(desk: Desk, typed: str, words: str) -> None:
    desk.type(NUMBER)
    desk.enter()
    desk.type("顾听澜", "gutinglan")
    desk.alt(9)
    desk.go_on()
    desk.type(typed)
    desk.alt(1)
    desk.go_on()
    if words:
        row = desk.page.views[Step.CONTACT].rows["phone"]
        assert desk.step is Step.CONTACT
        assert words in row.message.text
        assert desk.focus is row.field
        assert row.field.text() == typed
    else:
        assert desk.step is Step.ROOM


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("end", "2026-11-01", "到期日早于起租日"),
        ("end", "2046-11-23", "租期最长 20 年"),
        ("start", "2026-02-31", "没有 2026 年 2 月 31 日"),
        ("rent", "", "填月租金"),
        ("free_days", "4000", "写 3650 或更小的数"),
    ],
)
def test_terms_no_lease_can_have(desk: Desk, name: str, typed: str, words: str) -> None:
    desk.to_terms()
    desk.fill(name, typed)
    desk.go_on()
    view = desk.page.view
    assert desk.step is Step.TERMS
    assert words in view.rows[name].message.text
    assert desk.focus is view.rows[name].field
    assert view.rows[name].field.text() == typed
    assert view.sum.accessibleName() == ""


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [("deposit", "3720", "押金合 2 个月租金，超过 1 个月"), ("cycle_months", "半年付", "合 6 个月租金，超过 3 个月")],
)
def test_limits_of_the_law_warn_and_let_through(desk: Desk, name: str, typed: str, words: str) -> None:
    desk.to_terms()
    desk.fill(name, typed)
    assert words in desk.page.view.warn_words.text()
    desk.go_on()
    assert desk.step is Step.HANDOVER


def test_a_bank_account_needs_its_own_consent(desk: Desk) -> None:
    desk.type(NUMBER)
    desk.enter()
    desk.type("顾听澜", "gutinglan")
    desk.alt(9)
    desk.go_on()
    desk.type("13812345678")
    desk.fill("bank.bank", "建设银行")
    desk.fill("bank.number", "6217 0000 1000 0000 000")
    desk.alt(1)
    desk.go_on()
    view = desk.page.views[Step.CONTACT]
    assert desk.step is Step.CONTACT
    assert "单独同意" in view.consent_said.text()
    desk.alt(2)
    desk.go_on()
    assert desk.step is Step.ROOM


def test_a_photo_that_is_none(desk: Desk, tmp_path: Path) -> None:
    desk.to_terms()
    desk.go_on()
    bad = tmp_path / "notes.txt"
    bad.write_text("no picture", "utf-8")
    desk.page.view.add([bad])
    desk.until(lambda: bool(desk.page.view.message.text))
    assert "notes.txt 不是能打开的图片" in desk.page.view.message.text
    big = tmp_path / "big.png"
    big.write_bytes(png(8192, 6144))
    desk.page.view.add([big])
    desk.until(lambda: len(desk.page.draft.photos) == 1)
    assert len(desk.page.draft.photos[0].data) < 100_000


def test_what_the_act_finds_comes_back_to_its_step(desk: Desk, office: Office) -> None:
    """The form was checked, the world moved on: the room went out of use before the act."""
    from desktop.models.values import RoomCondition
    from desktop.services import places
    from desktop.services.acts import Op
    from desktop.services.work import begin

    desk.to_terms()
    desk.go_on()
    office.unlisten(desk.window.tables_changed.emit)
    with look(office, PROGRAM) as looking:
        room = places.room_place(looking, desk.page.draft.room_id)
    with begin(office, PROGRAM, Op.CHANGE_PLACE) as work:
        form = places.RoomForm(room.area, room.layout, room.asking_rent, RoomCondition.REPAIR, "漏水")
        places.change_room(work, room.id, room.version, form)
    desk.go_on()
    desk.until(lambda: desk.step is Step.ROOM)
    office.listen(desk.window.tables_changed.emit)
    assert "正在维修" in desk.page.view.message.text
    assert desk.page.draft.phone == "13812345678"
