"""更多的人, by keys at the real window: added by typing and by a card, kept half-typed, refused, stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.models.values import LeaseRole
from desktop.ocr.id_number import make_id_number
from desktop.services import drafts, leases, party_record
from desktop.services.check_in_draft import KIND, Step, decode, encode
from desktop.services.check_in_people import Role
from desktop.services.check_in_people_draft import PersonDraft
from desktop.services.identity import uscc_check_character
from desktop.services.office import Office
from desktop.services.work import look
from desktop.views.check_in.people_dialog import PeopleDialog
from desktop.views.theme import Theme, TypeSize
from desktop.world import SeededWorld
from tests.clear_text import found_in_clear
from tests.offices import check_in, make_office, person, rooms_of
from tests.views.check_in_kit import CONTROL, NUMBER, Desk, drawn_card, new_desk

OTHER = make_id_number(date(1990, 3, 4), "male", sequence=7)
MOTHER = make_id_number(date(1985, 3, 4), "female", sequence=8)
CODE = "91990100MA0000001"
CODE += uscc_check_character(CODE)


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


def dialog(desk: Desk) -> PeopleDialog:
    found = desk.page.people.dialog
    assert isinstance(found, PeopleDialog)
    return found


def to_contact(desk: Desk, number: str = NUMBER) -> None:
    desk.type(number)
    desk.enter()
    desk.type("顾听澜", "gutinglan")
    desk.alt(9)
    desk.go_on()
    assert desk.step is Step.CONTACT
    desk.type("13812345678")
    desk.alt(1)


def to_the_end(desk: Desk) -> Any:
    """From the contact step to the stored lease."""
    desk.go_on()
    desk.type("201")
    desk.enter()
    desk.go_on()
    desk.go_on()
    desk.until(lambda: desk.step is Step.PAYMENT)
    with look(desk.office, desk.actor) as reading:
        return leases.lease_page(reading, desk.page.draft.lease_id)


def test_one_more_key_opens_it_and_the_usual_way_has_none_more(desk: Desk) -> None:
    """A household member: Alt 0, Enter over the role that stands there, name, number, relation, Ctrl Enter."""
    to_contact(desk)
    before = desk.keys
    desk.alt(0)
    assert dialog(desk).panel.role.hasFocus()
    desk.enter()
    desk.type("陆远", "luyuan")
    desk.enter()
    desk.type(OTHER)
    desk.enter(2)
    desk.type("配偶", "peiou")
    desk.go_on()
    assert desk.page.people.dialog is None
    data = len("luyuan") + 1 + 18 + len("peiou") + 1
    assert desk.keys - before - data == 6, "keys beside the data"
    assert desk.page.people.button.text() == "更多的人 1"
    page = to_the_end(desk)
    assert {(row.name, row.relation) for row in page.occupants} == {("顾听澜", ""), ("陆远", "配偶")}


def test_a_digit_chooses_the_role(desk: Desk) -> None:
    to_contact(desk)
    desk.alt(0)
    desk.type("3")
    row = desk.page.draft.people[0]
    assert row.role is Role.GUARANTOR
    assert not row.lives_in
    panel = dialog(desk).panel
    assert panel.rows["guarantee"].isVisible()
    assert not panel.rows["relation"].isVisible()
    desk.enter()
    desk.type("顾建国", "gujianguo")
    desk.enter()
    desk.type(OTHER)
    desk.enter(2)
    desk.type("13900000011")
    desk.go_on()
    page = to_the_end(desk)
    assert [(side.role, side.basis) for side in page.parties] == [
        (LeaseRole.TENANT, ""), (LeaseRole.GUARANTOR, "连带责任保证"),
    ]  # fmt: skip


def test_what_is_missing_stays_in_front_with_a_sentence(desk: Desk) -> None:
    to_contact(desk)
    desk.alt(0)
    desk.type("4")
    desk.enter()
    desk.type("周思齐", "zhousiqi")
    desk.go_on()
    panel = dialog(desk).panel
    assert panel.rows["document.number"].field.hasFocus()
    assert "代理人的证件号码" in panel.rows["document.number"].said
    assert "第一百六十五条" in panel.rows["basis"].said
    desk.press(Qt.Key.Key_Escape)
    assert desk.page.people.dialog is None
    assert desk.page.draft.people[0].name == "周思齐", "what is half typed stays"
    desk.go_on()
    assert desk.step is Step.CONTACT
    assert dialog(desk).panel.rows["document.number"].field.hasFocus(), "the way on leads to what is missing"


def test_half_typed_people_come_back_with_the_draft(desk: Desk) -> None:
    to_contact(desk)
    desk.alt(0)
    desk.enter()
    desk.type("陆", "lu")
    desk.alt(0)
    desk.type("2")
    desk.enter()
    desk.type("沈知微", "shenzhiwei")
    desk.enter()
    desk.type(OTHER[:9])
    state = decode(encode(desk.page.draft))
    assert [(row.role, row.name, row.number) for row in state.people] == [
        (Role.HOUSEHOLD, "陆", ""), (Role.CO_TENANT, "沈知微", OTHER[:9]),
    ]  # fmt: skip
    desk.press(Qt.Key.Key_Escape)
    desk.press(Qt.Key.Key_Escape)
    desk.settle()
    desk.start()
    desk.alt(1)
    desk.until(lambda: desk.step is Step.CONTACT)
    assert desk.page.draft.people == state.people
    desk.alt(0)
    assert [each.name for each in dialog(desk).list._people][:2] == ["陆", "沈知微"]
    desk.press(Qt.Key.Key_Escape)


def test_people_are_kept_while_the_dialog_is_open(desk: Desk, qtbot: QtBot, office: Office, tmp_path: Path) -> None:
    """As a killed clerk leaves them: sealed, in the database, half a number too."""
    to_contact(desk)
    desk.alt(0)
    desk.enter()
    desk.type("陆远", "luyuan")
    desk.enter()
    desk.type(OTHER[:15])
    qtbot.waitUntil(lambda: not desk.page.keeper.dirty, timeout=10_000)
    desk.settle()
    with look(office, desk.actor) as reading:
        row = drafts.list_drafts(reading, KIND)[0]
        kept = decode(drafts.read_draft(reading, row.id))
    assert [(each.name, each.number) for each in kept.people] == [("陆远", OTHER[:15])]
    assert found_in_clear([tmp_path / "office"], {"number": OTHER[:15]}, least=1) == []
    desk.press(Qt.Key.Key_Escape)


def test_an_empty_row_is_no_person(desk: Desk) -> None:
    to_contact(desk)
    desk.alt(0)
    desk.press(Qt.Key.Key_Escape)
    assert desk.page.draft.people == []
    assert desk.page.people.button.text() == "更多的人"
    assert [row.name for row in to_the_end(desk).occupants] == ["顾听澜"]


def test_taken_away_and_put_back(desk: Desk) -> None:
    to_contact(desk)
    for name, spelt in (("陆远", "luyuan"), ("陆遥", "luyao")):
        desk.alt(0)
        desk.enter()
        desk.type(name, spelt)
    desk.alt(1)
    desk.press(Qt.Key.Key_Delete, CONTROL)
    assert [row.name for row in desk.page.draft.people] == ["陆遥"]
    assert dialog(desk).back_button.text() == "放回陆远"
    desk.press(Qt.Key.Key_R, CONTROL)
    assert [row.name for row in desk.page.draft.people] == ["陆远", "陆遥"]
    assert not dialog(desk).back_button.isVisible()
    desk.press(Qt.Key.Key_Escape)


def test_a_second_card_in_the_clipboard_is_the_second_person(desk: Desk) -> None:
    """The very card reader of the first step; nothing of the picture is kept."""
    to_contact(desk, make_id_number(date(1980, 1, 1), "female", sequence=3))
    desk.alt(0)
    desk.enter()
    desk.clip(drawn_card("front"))
    desk.press(Qt.Key.Key_V, CONTROL)
    desk.until(lambda: bool(desk.page.draft.people[0].number))
    row = desk.page.draft.people[0]
    assert (row.name, row.number, row.birth, row.how) == ("顾听澜", NUMBER, "1996-04-18", "picture")
    assert desk.page.pictures.faces == {}
    assert dialog(desk).panel.rows["relation"].field.hasFocus(), "what the card does not say is asked for"
    desk.press(Qt.Key.Key_Escape)


def test_a_card_dropped_after_the_review_is_somebody_elses(desk: Desk, tmp_path: Path) -> None:
    to_contact(desk, make_id_number(date(1980, 1, 1), "female", sequence=3))
    path = tmp_path / "second.jpg"
    path.write_bytes(drawn_card("front"))
    desk.page.cards.take([path])
    desk.until(lambda: bool(desk.page.draft.people) and bool(desk.page.draft.people[0].number))
    assert desk.page.draft.people[0].number == NUMBER
    assert desk.page.draft.name == "顾听澜", "the tenant's card is left alone"
    assert desk.page.draft.number != NUMBER
    desk.press(Qt.Key.Key_Escape)


def test_a_doubtful_reading_waits_for_enter(desk: Desk) -> None:
    from desktop.services.typed_card import Doubt
    from desktop.views.check_in.reading import Read

    to_contact(desk)
    desk.alt(0)
    row = desk.page.draft.people[0]
    texts = {"name": "陆远", "number": OTHER, "issuer": "青川市公安"}
    doubts = {"name": Doubt(["第 2 字偏弱"], ["陆运"]), "issuer": Doubt(["偏弱"], [])}
    dialog(desk)._show_read(row, Read(("front",), texts, doubts, {}, {}))
    assert row.issuer == "", "a doubtful field nobody is shown is not kept"
    name = dialog(desk).panel.rows["name"]
    assert name.field.hasFocus()
    assert name.said == "第 2 字偏弱：看清证件，按 Enter 确认"
    desk.enter()
    assert row.doubts == {}
    assert row.confirmed == ["name"]
    desk.press(Qt.Key.Key_Escape)


def test_a_minor_is_told_why_and_a_guardian_is_one_key_away(desk: Desk) -> None:
    young = make_id_number(date(2014, 6, 1), "female", sequence=5)
    desk.type(young)
    desk.enter()
    desk.type("顾小满", "guxiaoman")
    desk.alt(9)
    desk.go_on()
    view = desk.page.view
    assert desk.step is Step.REVIEW
    assert view.minor.isVisible()
    assert "《民法典》第十九条" in view.minor.words.text()
    assert not view.minor.own_income.isVisible()
    desk.alt(7)
    panel = dialog(desk).panel
    assert desk.page.draft.people[0].role is Role.GUARDIAN
    desk.type("顾母", "gumu")
    desk.enter()
    desk.type(MOTHER)
    desk.enter(2)
    desk.type("母亲", "muqin")
    desk.enter()
    desk.type("13900000012")
    desk.alt(9)
    assert panel.stops == ["consented"], "the child is under 14"
    panel.consented.setFocus()
    desk.press(Qt.Key.Key_Space)
    assert panel.stops == []
    desk.go_on()
    assert "监护人 顾母" in view.minor.words.text()
    desk.go_on()
    assert desk.step is Step.CONTACT
    desk.type("13812345678")
    desk.alt(1)
    page = to_the_end(desk)
    assert [(side.name, side.role, side.relation) for side in page.parties] == [
        ("顾小满", LeaseRole.TENANT, ""), ("顾母", LeaseRole.GUARDIAN, "母亲"),
    ]  # fmt: skip


def test_at_seventeen_own_income_is_asked_for(desk: Desk) -> None:
    desk.type(make_id_number(date(2009, 6, 1), "female", sequence=5))
    desk.enter()
    desk.type("顾小满", "guxiaoman")
    desk.alt(9)
    desk.go_on()
    assert desk.step is Step.REVIEW
    view = desk.page.view
    assert view.minor.own_income.isVisible()
    assert "第十八条" in view.minor.words.text()
    desk.alt(6)
    assert desk.page.draft.own_income
    desk.go_on()
    assert desk.step is Step.CONTACT


def test_a_company_with_its_handler(desk: Desk) -> None:
    to_contact(desk)
    desk.alt(0)
    desk.type("6")
    panel = dialog(desk).panel
    assert "顾听澜是经办人" in panel.note.text()
    desk.enter()
    desk.type("青川样例科技有限公司", "qcyl")
    desk.enter()
    desk.type("沈望舒", "shenwangshu")
    desk.enter()
    desk.type(CODE[:-1] + ("0" if CODE[-1] != "0" else "1"))
    assert "末位校验不符" in panel.rows["code"].said
    panel.rows["code"].field.selectAll()
    desk.type(CODE)
    desk.enter(2)
    desk.type("授权委托书 2026-11-20", "sqwts")
    desk.go_on()
    assert desk.page.people.dialog is None
    assert desk.page.draft.title.startswith("青川样例科技有限公司")
    page = to_the_end(desk)
    assert page.row.tenant == "青川样例科技有限公司"
    assert [(side.name, side.role) for side in page.parties] == [
        ("青川样例科技有限公司", LeaseRole.TENANT), ("顾听澜", LeaseRole.AGENT),
    ]  # fmt: skip


def test_a_person_may_turn_into_the_company_and_back(desk: Desk) -> None:
    to_contact(desk)
    desk.alt(0)
    desk.enter()
    desk.type("青川样例", "qcyl")
    panel = dialog(desk).panel
    panel.role.setFocus()
    desk.type("6")
    assert desk.page.draft.company is not None
    assert desk.page.draft.company.name == "青川样例"
    assert desk.page.draft.people == []
    desk.type("2")
    assert desk.page.draft.company is None
    assert [(row.role, row.name) for row in desk.page.draft.people] == [(Role.CO_TENANT, "青川样例")]
    desk.press(Qt.Key.Key_Escape)


def test_somebody_known_is_recognised_in_the_dialog(desk: Desk, office: Office) -> None:
    from dataclasses import replace

    known = person("陆远")
    assert known.document is not None
    known = replace(known, document=replace(known.document, number=OTHER), birth=None, sex=None)
    first = check_in(office, desk.actor, rooms_of(office)[0], known)
    to_contact(desk)
    desk.alt(0)
    desk.type("2")
    desk.enter(2)
    desk.type(OTHER)
    desk.until(lambda: desk.page.draft.people[0].known_id is not None)
    row = desk.page.draft.people[0]
    assert (row.known_id, row.name) == (first.party_id, "陆远"), "the name comes by itself"
    assert "这位来过：陆远" in dialog(desk).known.text
    assert "现在租着 1 栋 301" in dialog(desk).known.text
    desk.alt(9)
    desk.go_on()
    page = to_the_end(desk)
    assert page.parties[1].party_id == first.party_id


def test_a_returning_tenant_brings_history_and_warnings(desk: Desk, office: Office, world: SeededWorld) -> None:
    from dataclasses import replace

    known = person("顾听澜")
    assert known.document is not None
    check_in(office, desk.actor, rooms_of(office)[0], replace(known, document=replace(known.document, number=NUMBER)))
    world.set_now(world.now().replace(day=29))
    desk.type(NUMBER)
    desk.enter()
    view = desk.page.view
    assert view.known.isVisible()
    assert "现在租着 1 栋 301" in view.known.wary.text()
    assert "还欠 ¥7,440.00" in view.known.wary.text()


def test_plates_go_to_the_tenant(desk: Desk) -> None:
    to_contact(desk)
    desk.alt(0)
    dialog(desk).plates.setFocus()
    desk.type("川a8k3z7 x1", "ca")
    assert "照车牌填写" in dialog(desk).plates_row.said
    dialog(desk).plates.selectAll()
    desk.type("川a8k3z7", "ca")
    desk.go_on()
    assert desk.page.people.dialog is None
    to_the_end(desk)
    with look(desk.office, desk.actor) as reading:
        assert party_record.party_record(reading, desk.page.draft.party_id).vehicles == ("川A·8K3Z7",)


def test_the_others_survive_the_lock_of_the_draft(desk: Desk) -> None:
    """A row that nobody typed into is not kept; everything else is, in any role."""
    draft = desk.page.draft
    draft.number = NUMBER
    draft.people = [PersonDraft(role=Role.AGENT, basis="授权"), PersonDraft()]
    assert [row.basis for row in decode(encode(draft)).people] == ["授权"]


@pytest.mark.parametrize("size", list(TypeSize))
def test_the_dialog_fits_the_smallest_desk(desk: Desk, look: Theme, size: TypeSize) -> None:
    to_contact(desk)
    look.switch(look.shade, size)
    desk.window.resize(911, 512)
    desk.alt(0)
    for digit in "123456":
        dialog(desk).panel.role.setFocus()
        desk.type(digit)
        QApplication.processEvents()
        card = dialog(desk).card
        assert card.width() <= 900
        assert card.height() <= 500
        assert dialog(desk).minimumSizeHint().width() <= 887
    desk.press(Qt.Key.Key_Escape)
