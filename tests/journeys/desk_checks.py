"""What must be so after a task of the day: on the page in front, or in the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from PySide6.QtWidgets import QLabel

from desktop.models.notes import Note
from desktop.models.values import NIL, NoteKind, PayMethod, RoomState
from desktop.services import drafts, party_page, receipts, shelf
from desktop.services.board import Count, TileFacts
from desktop.services.check_in_draft import KIND
from desktop.services.lease_lists import LeaseScope
from desktop.services.party_lists import PartyScope
from desktop.services.receipts import ReceiptRow
from desktop.services.work import look
from desktop.views.theme import Shade, TypeSize, theme
from tests.journeys.day import Day
from tests.journeys.desk_states import folder_of, owed_by, staff, state_of

Check = Callable[[Day], None]


def place(key: str, name: str = "", param: str = "") -> Check:
    """This page is in front, of the tenant kept under a name."""

    def check(day: Day) -> None:
        here = day.hands.window.place
        assert here is not None
        assert here.key == key, f"{here.key} is in front: {day.hands.message}"
        if name:
            tile: TileFacts = day.kept[name]
            wanted = {"party_id": tile.tenant_id, "room_id": tile.room_id, "lease_id": tile.lease_id}[param]
            assert here.params[param] == wanted

    return check


def dialog(name: str) -> Check:
    def check(day: Day) -> None:
        assert type(day.dialog).__name__ == name

    return check


def newest(day: Day, name: str) -> ReceiptRow:
    """The latest receipt of the tenant kept under a name."""
    found: ReceiptRow = day.read(receipts.receipts_of, party_id=day.kept[name].tenant_id)[0]
    return found


def paid(name: str, *methods: PayMethod, rest: bool = False) -> Check:
    """What was due is paid in these ways and the receipt is printed; `rest`: something stays due."""

    def check(day: Day) -> None:
        row = newest(day, name)
        assert row.business_date == day.today
        assert row.methods == methods
        assert (owed_by(day, name) > NIL) is rest
        page = day.read(receipts.receipt_page, row.payment_id)
        assert page.prints, "the receipt was not printed"
        day.kept["receipt"] = row

    return check


def state(name: str, wanted: RoomState) -> Check:
    """The room kept under a name stands so on the board."""

    def check(day: Day) -> None:
        now = day.tiles(lambda tile: tile.room_id == day.kept[name].room_id)[0]
        assert now.state is wanted

    return check


def printed(times: int) -> Check:
    """The receipt in hand has been printed so often."""

    def check(day: Day) -> None:
        page = day.read(receipts.receipt_page, day.kept["receipt"].payment_id)
        assert len(page.prints) == times

    return check


def both(*checks: Check) -> Check:
    def check(day: Day) -> None:
        for each in checks:
            each(day)

    return check


# ---- finding ---------------------------------------------------------------------------------------------------------


def pinned(day: Day) -> None:
    with look(day.office, day.hands.desk.session.actor) as reading:
        assert [spot.id for spot in shelf.pins(reading)] == [day.kept["known"].tenant_id]


def phone_in_clear(day: Day) -> None:
    clear = [value._text.text().replace(" ", "") for _, value, _ in day.page.reveals._values if value.revealed]
    assert any(text.startswith("1") and len(text) == 11 and text.isdigit() for text in clear), clear


# ---- money -----------------------------------------------------------------------------------------------------------


def change_given(day: Day) -> None:
    page = day.read(receipts.receipt_page, day.kept["receipt"].payment_id)
    assert page.change == day.kept["change over"]


def credited(day: Day) -> None:
    page = day.read(receipts.receipt_page, day.kept["receipt"].payment_id)
    assert page.credited == day.kept["credit over"]


def old_printed(day: Day) -> None:
    row = newest(day, "known")
    assert row.number.endswith(day.facts["receipt"])
    assert len(day.read(receipts.receipt_page, row.payment_id).prints) == 1, "the demo office itself printed nothing"


def reversed_(day: Day) -> None:
    row = day.read(receipts.receipts_of, number=day.kept["receipt"].number)[0]
    assert row.reversed_by is not None
    assert owed_by(day, "exact") > NIL


def reversed_on_the_spot(day: Day) -> None:
    row = day.read(receipts.receipts_of, number=day.kept["receipt"].number)[0]
    assert row.reversed_by is not None


def owing_shown(day: Day) -> None:
    """Only the rooms of those who owe are bright, or the list of those who owe is in front."""
    page = day.page
    if day.hands.window.place.key == "board":
        assert page.chosen_count() is Count.ARREARS
    else:
        assert page.tabs.value() == PartyScope.OWING


def derivation(day: Day) -> None:
    place("bill")(day)
    shown = [each.text() for each in day.page.findChildren(QLabel) if each.isVisible()]
    assert any(text.startswith("为什么是这个数") for text in shown)


# ---- leases ----------------------------------------------------------------------------------------------------------


def lease(name: str, wanted: str) -> Check:
    def check(day: Day) -> None:
        assert state_of(day, day.kept[name]) == wanted

    return check


def lease_printed(day: Day) -> None:
    place("lease", "caller", "lease_id")(day)
    assert day.page.record.page.files, "the first print is kept"


def expiring_shown(day: Day) -> None:
    place("leases")(day)
    assert day.page.tabs.value() == LeaseScope.EXPIRING
    assert day.page.table.rows.rowCount()


# ---- people ----------------------------------------------------------------------------------------------------------


def _notes(day: Day) -> list[Any]:
    with day.office.reading() as session:
        found = session.query(Note).filter(Note.party_id == day.kept["caller"].tenant_id).order_by(Note.id).all()
        session.expunge_all()
        return found


def phone_changed(day: Day) -> None:
    page = day.read(party_page.party_page, day.kept["caller"].tenant_id)
    assert any(row.value.text == "137****5566" and row.preferred for row in page.contacts)


def called(day: Day) -> None:
    note = _notes(day)[-1]
    assert (note.kind, note.incoming, note.follow_up_on) == (NoteKind.CALL, False, date(2026, 12, 2))


def noted(day: Day) -> None:
    assert _notes(day)[-1].kind is NoteKind.NOTE


def enquired(day: Day) -> None:
    assert day.page.table.current().name == day.facts["guest_name"]


def reserved(day: Day) -> None:
    (held,) = day.tiles(lambda tile: tile.reservation_id is not None)
    assert held.who == day.facts["guest_name"]


def checked_in(name: str) -> Check:
    """Somebody lives in the room kept under a name, has paid what is due, and both papers are printed."""

    def check(day: Day) -> None:
        (now,) = day.tiles(lambda tile: tile.room_id == day.kept[name].room_id)
        assert now.state is RoomState.LET
        assert day.page.finished
        assert day.read(receipts.receipts_of, lease_id=now.lease_id)
        page = day.read(party_page.party_page, now.tenant_id)
        assert page.documents[0].address.text.startswith("样例省青川市"), "the address is on its field"
        assert now.who == page.name

    return check


def parked(day: Day) -> None:
    with look(day.office, day.hands.desk.session.actor) as reading:
        assert [row.title for row in drafts.list_drafts(reading, KIND)]
    assert day.hands.window.place.key != "check_in"


def resumed(day: Day) -> None:
    place("check_in")(day)
    assert day.page.draft.name == "许知远"


# ---- the desk --------------------------------------------------------------------------------------------------------


def locked(day: Day) -> None:
    assert day.hands.window.lock_screen is not None


def unlocked(day: Day) -> None:
    assert day.hands.window.lock_screen is None


def pin_set(day: Day) -> None:
    assert day.dialog is None
    assert staff(day)["gumy"].pin_hash is not None


def colleague_here(day: Day) -> None:
    assert day.hands.desk.session.actor.name == "林小满"


def large(day: Day) -> None:
    assert theme().size is TypeSize.LARGE
    theme().switch(Shade.LIGHT, TypeSize.STANDARD)
    day.settle()


def test_page(day: Day) -> None:
    assert list(day.hands.desk.folders.prints.glob("*test*")) or list(day.hands.desk.folders.prints.glob("*"))


def hired(day: Day) -> None:
    assert staff(day)["xuzy"].name == "许知远"


def chain_whole(day: Day) -> None:
    assert day.page.section.result.isVisible()
    day.kept["chain"] = day.page.section.words.text()


def healthy(day: Day) -> None:
    assert day.page.section.result.isVisible()


def backed_up(day: Day) -> None:
    assert list(folder_of(day, "U盘").glob("*.anjubak"))
