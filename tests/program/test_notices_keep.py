"""A notice from the other PC under an open page: the row in hand, what was typed, and where one had scrolled to stay.

Every page of the window and every section of the settings, found in their registers: a new one is tried without a word
here. The office is big enough for every list to scroll; the neighbour's day touches every table a page may show, and
puts rows before those in hand.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QRect
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QAbstractScrollArea, QHeaderView, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from desktop.app import Desk, Start
from desktop.models.meters import Meter
from desktop.models.places import Room
from desktop.models.values import FeeType, MeterKind, Money, PayMethod, RepairCategory
from desktop.services import (
    access,
    billing,
    board,
    check_in_forms,
    check_ins,
    database,
    enquiries,
    invoices,
    notes,
    parties,
    party_edits,
    payments,
    places,
    rent_charges,
    repair_intake,
    reservations,
    settings,
    templates,
)
from desktop.services.acts import Op
from desktop.services.change_notices import tell_others
from desktop.services.office import Office
from desktop.services.opening import open_office, passwords_for
from desktop.services.party_page import party_page
from desktop.services.work import PROGRAM, begin, look
from desktop.views.admin.section import SECTIONS
from desktop.views.pages import PAGES
from desktop.views.tables import RowTable
from desktop.views.text_fields import SearchField
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.databases import Databases
from tests.offices import PASSWORD, first_start, hire, make_office, many, person, rooms_of, terms
from tests.program.conftest import Seat
from tests.services import pool_kit, run_kit
from tests.services.meter_kit import meter_with, put_reading
from tests.services.plan_kit import plan_form, put_plan
from tests.services.test_dispatch import hire as hire_technician

ROLES = ("administrator", "manager", "finance_lead")
TENANTS = 40
_MOMENT_MS = 300
"""How long after a notice a page may ask for what it shows."""
UNTOUCHED = ("check_in", "receipt", "receipt_form", "bill_run", "month_sums", "repair_trends", "today", "sync")
"""Pages on which nothing of the neighbour's day is to be seen: of bill run, sums and trends, the days typed into them
are none; what is due of it is found a quarter of an hour later; the sync is told by sessions."""
LIVE_SECTIONS = ("people", "templates")


@dataclass(frozen=True)
class Made:
    """An office of sixty rooms on PostgreSQL, and what its pages are opened with."""

    folder: Path
    url: str
    params: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def made(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder, url, world = tmp_path_factory.mktemp("many"), databases.clone("postgresql"), SeededWorld(MORNING)
    office = make_office(world, folder, url, first_start(floors=10, rooms=6))
    hire(office, *ROLES)
    for n in range(24):
        hire(office, "front_desk", login=f"clerk{n}", name=f"员工{'甲乙丙丁'[n % 4]}{'子丑寅卯辰巳'[n // 4]}")
    rooms = rooms_of(office)
    forms = [
        check_in_forms.CheckIn(room, terms(world.today()), party=form, matched=True, notice_told=True, keys=2)
        for room, form in zip(rooms, many(TENANTS), strict=False)
    ]
    with begin(office, PROGRAM, Op.CHECK_IN) as work:
        work.authorised += 1
        done = check_ins.put_check_ins(work, forms)
    with begin(office, PROGRAM, Op.POST_BILLS) as work:
        rent_charges.post_due_bills(work, world.today() + timedelta(days=400))
    tenant = done[TENANTS // 2]
    with look(office, PROGRAM) as reading:
        bills = billing.bills_of(reading, lease_id=tenant.lease_id)
    for n, each in enumerate(bills[:12]):
        taken = _pay(office, tenant.party_id, each.id, Money.yuan(10 + n))
    for n in range(30):
        about = {"party_id": tenant.party_id, "lease_id": tenant.lease_id, "room_id": rooms[TENANTS // 2]}
        with begin(office, PROGRAM, Op.ADD_NOTE) as work:
            notes.add_note(work, notes.NoteForm(f"第 {n} 次来电，还没有答复", **about))
        with begin(office, PROGRAM, Op.ADD_ENQUIRY) as work:
            enquiries.add_enquiry(work, enquiries.EnquiryForm("许朗", f"139{n:08d}", wishes=f"朝南 {n}"))
    run_kit.add_item(office, "2.80")
    for kind in (MeterKind.WATER, MeterKind.ELECTRICITY):
        for room in rooms[:TENANTS]:
            meter_with(office, room, (world.today(), "10"), kind=kind, on=world.today())
    with begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
        pool_kit.put_pool(work, pool_kit.put_fee(work))
    held = next(each for each in bills if each.fee_type is FeeType.DEPOSIT)
    rent = next(each for each in bills if each.fee_type is FeeType.RENT)
    _pay(office, tenant.party_id, held.id, Money.yuan(500))
    _invoice(office, tenant.party_id, rent.id, Money.yuan(10))
    for number in range(24):
        hire_technician(office, PROGRAM, f"阿{number:02d}")
    for number in range(20):
        put_plan(office, plan_form(office, name=f"{number} 号电梯维保", anchor=world.today() + timedelta(days=30)))
    orders = [_report(office, room, f"第 {n} 个水龙头滴水") for n, room in enumerate(rooms[:TENANTS:3])]
    office.close()
    params = {
        "repair": {"order_id": orders[0]}, "deposit": {"bill_id": held.id}, "today": {"scope": "all"},
        "room": {"room_id": rooms[TENANTS // 2]}, "party": {"party_id": tenant.party_id},
        "lease": {"lease_id": tenant.lease_id}, "bill": {"bill_id": rent.id}, "till": {"party_id": tenant.party_id},
        "receipt": {"payment_id": taken},
    }  # fmt: skip
    return Made(folder, url, params)


def _pay(office: Office, payer: UUID, bill_id: UUID, amount: Money) -> UUID:
    order = payments.TakePayment(payer, {bill_id: amount}, [payments.TenderForm(PayMethod.WECHAT, amount, "4200")])
    with begin(office, PROGRAM, Op.TAKE_PAYMENT) as work:
        return payments.take_payment(work, order).payment_id


def _report(office: Office, room_id: UUID, summary: str) -> UUID:
    wanted = repair_intake.Report(office.world.new_id(), summary, RepairCategory.WATER, room_id=room_id)
    with begin(office, PROGRAM, Op.REPORT_REPAIR) as work:
        return repair_intake.report_repair(work, wanted).order_id


def _invoice(office: Office, buyer: UUID, bill_id: UUID, amount: Money) -> None:
    with begin(office, PROGRAM, Op.REGISTER_INVOICE) as work:
        invoices.request_invoice(work, invoices.RequestInvoice(buyer, "许先生", {bill_id: amount}))


@pytest.fixture
def url(made: Made, databases: Databases) -> Iterator[str]:
    copy = databases.copy(made.url)
    yield copy
    databases.drop(copy)


@pytest.fixture
def seat(qtbot: QtBot, made: Made, url: str, tmp_path: Path) -> Iterator[Seat]:
    shutil.copytree(made.folder, tmp_path / "here")
    sitting = Seat(qtbot, Desk(Start(data=tmp_path / "here", database=url), SeededWorld(MORNING, seed=7)))
    sitting.window.resize(1093, 614)
    sitting.sign_in("linxm", PASSWORD)
    yield sitting
    sitting.close()


@pytest.fixture
def neighbour(made: Made, url: str, tmp_path: Path) -> Iterator[Office]:
    shutil.copytree(made.folder, tmp_path / "there")
    opened = open_office(SeededWorld(MORNING, seed=8), tmp_path / "there", database.parse_url(url))
    yield opened
    opened.close()


def a_day_of(office: Office, params: dict[str, dict[str, UUID]]) -> None:
    """The other PC does a bit of everything; new rows come before the old ones in every order there is."""
    world, party_id = office.world, params["party"]["party_id"]
    with look(office, PROGRAM) as reading:
        vacant = [tile.room_id for tile in board.board(reading).tiles if tile.state in board.VACANT]
        page, rule = party_page(reading, party_id), settings.current_settings(reading)
        room = places.room_place(reading, vacant[-1])
        texts = [templates.current_template(reading, kind) for kind in ("pipl_notice", "housing_lease")]
        bills = billing.bills_of(reading, lease_id=params["lease"]["lease_id"])
    new = person("阿安", sequence=401, phone="13000000001")
    form = check_in_forms.CheckIn(vacant[0], terms(world.today()), party=new, matched=True, notice_told=True, keys=1)
    with begin(office, PROGRAM, Op.CHECK_IN) as work:
        check_ins.check_in(work, form)
    with begin(office, PROGRAM, Op.REGISTER_PARTY) as work:
        parties.register_party(work, person("阿八", sequence=402, phone="13000000002"))
    with begin(office, PROGRAM, Op.CHANGE_PARTY) as work:
        party_edits.change_party(work, party_id, page.version, party_edits.PartyEdit(page.name, "教师", "周末在家"))
    about = {"party_id": party_id, "lease_id": params["lease"]["lease_id"], "room_id": params["room"]["room_id"]}
    with begin(office, PROGRAM, Op.ADD_NOTE) as work:
        notes.add_note(work, notes.NoteForm("另一台电脑刚记的", **about))
    with begin(office, PROGRAM, Op.ADD_ENQUIRY) as work:
        enquiries.add_enquiry(work, enquiries.EnquiryForm("阿才", "13000000003", wishes="最新的一位"))
    with begin(office, PROGRAM, Op.RESERVE_ROOM) as work:
        until = world.today() + timedelta(days=3)
        reservations.reserve_room(
            work, reservations.ReservationForm(vacant[1], until, name="阿德", phone="13000000004")
        )
    with begin(office, PROGRAM, Op.CHANGE_PLACE) as work:
        kept = places.RoomForm(room.area, "两室一厅", room.asking_rent, room.condition, room.condition_note)
        places.change_room(work, room.id, room.version, kept)
    with begin(office, PROGRAM, Op.SAVE_TEMPLATE) as work:
        for text in texts:
            templates.save_template(work, text.kind, text.body + "\n另一台电脑加的一行", text.ordinal)
    with begin(office, PROGRAM, Op.CHANGE_SETTING) as work:
        settings.change_settings(work, {"expiring_days": 44}, rule)
    with begin(office, PROGRAM, Op.ADD_STAFF) as work:
        work.authorised += 1
        newcomer = access.StaffForm("aaa", "阿二", ("front_desk",), PASSWORD)
        access.enter_staff(work, newcomer, passwords_for(world, demo=True), must_change=False)
    with begin(office, PROGRAM, Op.ADD_PLACES) as work:
        places.add_building(work, places.BuildingDraft("0 栋", [places.RoomDraft("101", 1)]))
    _pay(office, party_id, bills[0].id, Money.yuan(1))
    a_day_of_money(office, party_id, params)
    with office.engine.begin() as connection:  # and something nobody understands: everything is looked at anew
        tell_others(connection, office.origin, ())


def a_day_of_money(office: Office, party_id: UUID, params: dict[str, dict[str, UUID]]) -> None:
    """A fee, a meter with its reading, a shared cost, a deposit paid on, an invoice asked for; and two calls about
    repairs."""
    with office.reading() as session:
        meter = session.scalars(sa.select(Meter.id).where(Meter.room_id.is_not(None)).order_by(Meter.id)).first()
    run_kit.add_item(office, "1.00", name="阿物业费", since=office.world.today().replace(day=1))
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        assert meter is not None
        put_reading(work, meter, office.world.today(), "12.5")
    with begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
        pool_kit.put_pool(work, pool_kit.put_fee(work, name="阿公摊"))
    held = params["deposit"]["bill_id"]
    _pay(office, party_id, held, Money.yuan(7))
    with look(office, PROGRAM) as reading:
        rents = billing.bills_of(reading, party_id=party_id)
    rent = next(each for each in rents if each.fee_type is FeeType.RENT and each.owed < each.amount)
    _invoice(office, party_id, rent.id, Money.yuan(1))
    with office.reading() as session:
        room = session.scalars(sa.select(Room.id).order_by(Room.id)).all()[1]
    _report(office, room, "马桶堵了")
    hire_technician(office, PROGRAM, "一鸣")
    put_plan(office, plan_form(office, name="阿电梯维保", anchor=office.world.today() + timedelta(days=9)))
    with begin(office, PROGRAM, Op.REPORT_REPAIR) as work:
        repair_intake.report_again(work, repair_intake.Again(params["repair"]["order_id"], "还在滴，住户又来电"))


# ---- what a clerk has in her hands -----------------------------------------------------------------------------------


def shown(page: QWidget, kind: Any) -> list[Any]:
    return [each for each in page.findChildren(kind) if each.isVisible() and each.isEnabled()]


def editors(page: QWidget) -> list[Any]:
    """Where something can be typed; a search box narrows what is shown and is tried by itself."""
    found = [each for each in shown(page, QLineEdit) if not each.isReadOnly() and not isinstance(each, SearchField)]
    return found + [each for each in shown(page, QPlainTextEdit) if not each.isReadOnly()]


def take_in_hand(page: QWidget, seat: Seat) -> list[QWidget]:
    """Type into every field, choose a row of every list, scroll everything half way down; what was touched."""
    touched: list[QWidget] = []
    for editor in editors(page):
        editor.setFocus()
        QTest.keyClicks(editor, "1")
        touched.append(editor)
    for view in shown(page, QAbstractItemView):
        rows = view.model().rowCount() if view.model() is not None else 0
        if rows < 2 or isinstance(view, QHeaderView):
            continue
        if isinstance(view, RowTable):
            view.choose(min(rows - 1, 20))
            seat.idle()
            view.verticalScrollBar().setValue(view.verticalScrollBar().value() + 70)
            seat.idle()
        else:
            view.setCurrentIndex(view.model().index(min(rows - 1, 20), 0))
        touched.append(view)
    for area in shown(page, QAbstractScrollArea):
        bar = area.verticalScrollBar()
        if bar.maximum() > 0 and not isinstance(area, RowTable):
            bar.setValue(bar.maximum() // 2)
            touched.append(area)
    return touched


def in_hand(widget: Any) -> dict[str, Any]:
    """How a widget stands, as its clerk sees it."""
    assert isValid(widget), "what was in hand has been made anew"
    stands: dict[str, Any] = {"visible": widget.isVisible(), "focus": widget.hasFocus()}
    if isinstance(widget, QLineEdit):
        stands |= {"text": widget.text(), "at": widget.cursorPosition(), "chosen": widget.selectedText()}
    if isinstance(widget, QPlainTextEdit):
        stands |= {"text": widget.toPlainText(), "at": widget.textCursor().position()}
    if isinstance(widget, RowTable):
        index = widget.currentIndex()
        stands |= {
            "row": widget.rows.key(index.row()),
            "y": widget.visualRect(index).top(),
            "rows": len(widget.chosen()),
        }
    elif isinstance(widget, QAbstractItemView):
        index = widget.currentIndex()
        place: QRect = widget.visualRect(index)
        current = getattr(widget, "current", None)
        key = getattr(current(), "room_id", None) if current is not None else index.data()
        stands |= {"row": key, "y": place.top()}
    elif isinstance(widget, QAbstractScrollArea):
        stands["scrolled"] = widget.verticalScrollBar().value()
    return stands


def refreshed(seat: Seat, neighbour: Office, params: dict[str, dict[str, UUID]]) -> None:
    """The neighbour's day, until this window has heard and read all of it."""
    heard: list[frozenset[str]] = []
    assert seat.desk.office is not None
    seat.desk.office.listen(heard.append)
    a_day_of(neighbour, params)
    seat.qtbot.waitUntil(lambda: frozenset() in heard, timeout=10000)
    seat.desk.office.unlisten(heard.append)
    seat.idle(_MOMENT_MS)


def try_page(seat: Seat, neighbour: Office, params: dict[str, dict[str, UUID]], live: bool) -> None:
    page: Any = seat.window.page()
    touched = take_in_hand(page, seat)
    seat.idle()
    live_preview = getattr(getattr(page, "section", None), "live", None)
    if live_preview is not None:  # what its child finds wrong with the text takes a line of the page
        seat.qtbot.waitUntil(lambda: not live_preview.busy, timeout=60000)
        # and so does the word that a draft is kept, which comes some moments after what was typed
        seat.qtbot.waitUntil(lambda: any("草稿已保存" in words for words in _words(page)), timeout=10000)
    before = [(widget, in_hand(widget)) for widget in touched]
    words = _words(page)
    refreshed(seat, neighbour, params)
    lost = []
    for widget, was in before:
        now = in_hand(widget)
        name = f"{type(widget).__name__} {widget.accessibleName()}"
        lost += [f"{name}: {part} was {was[part]!r}, is {now[part]!r}" for part in was if was[part] != now[part]]
    assert not lost, "\n".join(lost)
    assert not live or _words(page) != words, "the page has heard of it at all"


def _words(page: QWidget) -> list[str]:
    from tests.two_desks.screen import words_of

    return words_of(page)


@pytest.mark.parametrize("key", [spec.key for spec in PAGES if spec.key != "settings"])
def test_a_notice_leaves_the_page_in_the_clerks_hands(seat: Seat, neighbour: Office, made: Made, key: str) -> None:
    seat.window.navigate(key, **made.params.get(key, {}))
    seat.idle(_MOMENT_MS)
    try_page(seat, neighbour, made.params, live=key not in UNTOUCHED)


@pytest.mark.parametrize("key", [spec.key for spec in PAGES if spec.key not in ("settings", "check_in")])
def test_what_happened_behind_a_page_is_there_when_it_comes_forward(
    seat: Seat, neighbour: Office, made: Made, key: str
) -> None:
    params = made.params.get(key, {})
    seat.window.navigate(key, **params)
    seat.idle()
    seat.window.navigate("board" if key != "board" else "parties")
    seat.idle()
    refreshed(seat, neighbour, made.params)
    seat.window.navigate(key, **params)
    seat.idle(_MOMENT_MS)
    page = seat.window.page()
    assert page is not None
    words = _words(page)
    page.refresh(frozenset())
    seat.idle(_MOMENT_MS)
    assert words == _words(page)


@pytest.mark.parametrize("key", [spec.key for spec in SECTIONS])
def test_and_every_section_of_the_settings(seat: Seat, neighbour: Office, made: Made, key: str) -> None:
    seat.window.navigate("settings", section=key)
    seat.idle(_MOMENT_MS)
    try_page(seat, neighbour, made.params, live=key in LIVE_SECTIONS)


@pytest.mark.parametrize("key", ["parties", "enquiries", "leases", "bills", "till"])
def test_a_search_under_way_stays(seat: Seat, neighbour: Office, made: Made, key: str) -> None:
    seat.window.navigate(key)
    seat.idle()
    page = seat.window.page()
    assert page is not None
    (search,) = shown(page, SearchField)[:1]
    search.setFocus()
    QTest.keyClicks(search, "10")
    seat.idle()
    search.setSelection(0, 1)
    before = in_hand(search)
    refreshed(seat, neighbour, made.params)
    assert in_hand(search) == before
    assert search.text() == "10"


def test_an_amount_half_typed_at_the_till_stays(seat: Seat, neighbour: Office, made: Made) -> None:
    seat.window.navigate("till", **made.params["till"])
    seat.idle()
    page: Any = seat.window.page()
    page.table.choose(5)
    page.table.edit_amount("1")
    editor = page.table._editor
    QTest.keyClicks(editor, "2")
    row, before = page.table.current().id, in_hand(editor)
    refreshed(seat, neighbour, made.params)
    assert page.table._editor is editor
    assert in_hand(editor) == before
    assert page.table.current().id == row
    at = page.table.currentIndex().row()
    amount = page.table.visualRect(page.table.rows.index(at, len(page.table.rows.columns) - 1))
    assert amount.contains(editor.geometry().center()), "it stands over its own amount"
