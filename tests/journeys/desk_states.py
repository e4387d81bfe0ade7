"""Whom and what the tasks of the day are about, found in the demo office by what is so of them, never by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.leases import Lease
from desktop.models.parties import Vehicle
from desktop.models.values import ContactKind, LeaseState, Money, RoomState, total
from desktop.ocr.id_number import make_id_number
from desktop.services import access, lease_moves, leases, opening, party_page, pins, receipts, search, till
from desktop.services.acts import Op
from desktop.services.board import TileFacts
from desktop.services.pinyin import pinyin_keys
from desktop.services.work import begin
from tests.journeys.day import PASSWORD, Day
from tests.journeys.test_first_day import card_in_clipboard

PIN, COLLEAGUE_PIN = "407186", "582093"
PLATE = "川A·8K3Z7"
NUMBER, LATER = make_id_number(date(1996, 4, 18), "female"), make_id_number(date(1991, 8, 5), "male")
GUEST = {"name": "沈知微", "phone": "13700003344", "number": make_id_number(date(1988, 2, 9), "female")}


def morning(day: Day) -> None:
    """Choose people and rooms for the whole day."""
    _drop_drafts(day)
    owing = sorted(day.tiles(lambda tile: tile.overdue.fen > 0), key=lambda tile: tile.overdue.fen)
    one = [tile for tile in owing if len(due_of(day, tile)) == 1]
    more = [tile for tile in owing if len(due_of(day, tile)) > 1]
    calm = [
        tile
        for tile in day.tiles(lambda tile: tile.state is RoomState.LET and not tile.marks and tile.overdue.fen == 0)
        if in_hand(day, tile.number) == tile.room_id and state_of(day, tile) is LeaseState.ACTIVE
    ]
    day.kept |= dict(zip(("exact", "change", "credit"), one, strict=False))
    day.kept |= dict(zip(("two", "mixed", "part"), more, strict=False))
    day.kept |= dict(zip(("known", "calm", "caller", "leaving", "renewing"), calm, strict=False))
    day.kept["ending"] = day.tiles(lambda tile: tile.days_left == 0)[0]
    day.kept["coming"] = day.tiles(lambda tile: tile.state is RoomState.RESERVED and tile.comes_on == day.today)[0]
    for name, state in (("dirty", RoomState.VACANT_DIRTY), ("repair", RoomState.REPAIR)):
        day.kept[name] = day.tiles(lambda tile, state=state: tile.state is state)[0]
    free = day.tiles(lambda tile: tile.state is RoomState.VACANT_CLEAN)
    day.kept |= dict(zip(("by card", "by hand", "to close", "to hold"), free, strict=False))
    for name in ("exact", "change", "credit", "two", "mixed", "part", "known"):
        day.facts[name] = typed_for(day, day.kept[name])
    for name in ("known", "calm", "caller", "leaving", "renewing"):
        day.facts[f"{name}_room"] = day.kept[name].number
    _numbers(day, day.kept["known"])
    day.facts |= {f"guest_{name}": text for name, text in GUEST.items()}
    day.facts |= {"number": NUMBER, "pin": PIN, "colleague_pin": COLLEAGUE_PIN}


def _numbers(day: Day, tile: TileFacts) -> None:
    """What can be searched for of one tenant: ends of numbers, room, receipt, plate."""
    page = day.read(party_page.party_page, tile.tenant_id)
    phone = next(row for row in page.contacts if row.kind is ContactKind.MOBILE)
    building = dict(day.houses)[tile.building_id].split()[0]
    receipt = day.read(receipts.receipts_of, party_id=tile.tenant_id)[0]
    day.act(Op.CHANGE_PARTY, lambda work: work.add(Vehicle(party_id=tile.tenant_id, plate=PLATE)))
    day.facts |= {
        "tail": phone.value.text[-4:], "id_tail": page.documents[0].number.text[-4:], "plate": PLATE[3:],
        "room": f"{building}-{tile.number}", "receipt": receipt.number[-6:],
    }  # fmt: skip


def _drop_drafts(day: Day) -> None:
    """The demo office has a lease half made out, which keeps its room from everybody else."""
    with day.office.reading() as session:
        ids = list(session.scalars(sa.select(Lease.id).where(Lease.state == LeaseState.DRAFT)))
    for lease_id in ids:
        day.act(Op.CHANGE_LEASE, lease_moves.put_cancellation, lease_id, "客户改租别处")


def in_hand(day: Day, number: str) -> Any:
    """The room that the board takes in hand when this is typed."""
    return next(tile.room_id for tile in day.tiles() if tile.number.startswith(number))


def state_of(day: Day, tile: TileFacts) -> LeaseState:
    state: LeaseState = day.read(leases.lease_page, tile.lease_id).row.state
    return state


def due_of(day: Day, tile: TileFacts) -> list[Money]:
    """What the tenant of a room has to pay up to today, bill by bill."""
    facts = day.read(till.till_facts, tile.tenant_id)
    return [bill.row.owed for bill in facts.bills if bill.row.due <= facts.today]


def owed_by(day: Day, name: str) -> Money:
    return total(due_of(day, day.kept[name]))


def typed_for(day: Day, tile: TileFacts) -> str:
    """The shortest that finds a tenant first: initials, else the whole sound, else the name."""
    keys = pinyin_keys(tile.who)
    for text in (keys.initials[0], keys.full[0], tile.who):
        hits = day.read(search.search, text).hits
        if hits and hits[0].party_id == tile.tenant_id:
            return text
    raise AssertionError(f"{tile.who} is not found first")


def colleague_with_pin(day: Day, login: str, pin: str) -> None:
    """Somebody has worked at this PC before and has a PIN here."""
    passwords = opening.passwords_for(day.office.world, demo=True)
    signed = access.sign_in(day.office, login, PASSWORD, passwords)
    with begin(day.office, signed.actor, Op.SET_PIN) as work:
        pins.set_pin(work, PASSWORD, pin, passwords)


def staff(day: Day) -> dict[str, StaffMember]:
    """Everybody by login."""
    with day.office.reading() as session:
        return {member.login: member for member in session.query(StaffMember)}


def picked(name: str, page: str = "", param: str = "") -> Callable[[Day], None]:
    """The clerk stands before the board with a room in hand, or before another page of its tenant."""

    def before(day: Day) -> None:
        tile: TileFacts = day.kept[name]
        ids = {"party": tile.tenant_id, "lease": tile.lease_id, "room": tile.room_id}
        if page:
            day.at(page, **{f"{page}_id": ids[page]})
        else:
            day.at("board", room_id=tile.room_id)

    return before


def folder_of(day: Day, name: str) -> Path:
    made: Path = day.hands.desk.folders.data.parent / name
    made.mkdir(exist_ok=True)
    return made


# ---- where a task begins -------------------------------------------------------------------------------------------


def board(day: Day) -> None:
    """Before the board, with the first room in hand."""
    day.at("board", room_id=day.tiles()[0].room_id)


def hand(name: str) -> Callable[[Day], None]:
    """Before the board, with the room kept under a name in hand."""
    return picked(name)


def party(name: str) -> Callable[[Day], None]:
    return picked(name, "party")


def lease(name: str) -> Callable[[Day], None]:
    return picked(name, "lease")


def just_seen(day: Day) -> None:
    """Somebody was looked at a moment ago."""
    party("calm")(day)
    board(day)


def owing(name: str) -> Callable[[Day], None]:
    """Somebody comes with more than is due: the next full hundred above it, in notes."""

    def before(day: Day) -> None:
        board(day)
        due = owed_by(day, name)
        assert due > Money(0)
        day.facts[f"{name}_given"] = str((due.fen // 10_000 + 1) * 100)
        day.kept[f"{name} over"] = Money((due.fen // 10_000 + 1) * 10_000 - due.fen)

    return before


def rested(day: Day) -> None:
    """A moment after the last payment: an Enter right behind it would be the same press."""
    day.kept["paid page"] = day.page
    day.page.after.paid_at = 0.0


def last(day: Day) -> None:
    """The receipt of the payer in cash, taken this morning, is in the clerk's hand."""
    board(day)
    row = day.read(receipts.receipts_of, party_id=day.kept["exact"].tenant_id)[0]
    assert row.reversed_by is None
    day.kept["receipt"] = row
    day.facts["last"] = row.number[-6:]


def receipt(day: Day) -> None:
    row = day.read(receipts.receipts_of, party_id=day.kept["change"].tenant_id)[0]
    assert row.reversed_by is None
    day.kept["receipt"] = row
    day.at("receipt", payment_id=row.payment_id)


def enquiries(day: Day) -> None:
    day.at("enquiries")


def guest_room(day: Day) -> None:
    """The room that is held for the guest is in hand."""
    held = day.tiles(lambda tile: tile.reservation_id is not None)[0]
    day.kept["guest"] = held
    day.at("board", room_id=held.room_id)


def card(day: Day) -> None:
    """Both sides of a card were photographed and copied."""
    hand("by card")(day)
    card_in_clipboard(folder_of(day, "camera"))


def half_way(day: Day) -> None:
    """A check-in of which the number and the name are typed."""
    day.at("check_in")
    day.hands.type(LATER)
    day.hands.enter()
    day.settle()
    day.hands.type("许知远")
    day.settle()


def colleague(day: Day) -> None:
    colleague_with_pin(day, "linxm", COLLEAGUE_PIN)
    board(day)


def backup(day: Day) -> None:
    """The folder was chosen at the first backup, weeks ago."""
    session = day.hands.desk.session
    assert session is not None
    folder = folder_of(day, "U盘")
    session.save_preferences(session.preferences._replace(backup_folder=str(folder)))
    board(day)
