"""The replay proof: the outbox of an office, applied to an empty database, gives the same office on either engine."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from desktop.models.offices import Device
from desktop.models.parties import Party
from desktop.models.sync import ConflictTask, FieldHistory
from desktop.models.values import Money, PayMethod
from desktop.services import billing, checkup, database, opening, party_edits, payments, places, rent_charges, reversals
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.sync.apply import apply_acts
from desktop.services.sync.digest import office_digest
from desktop.services.sync.outbox import outgoing
from desktop.services.sync.wire import WireAct, decode_body, decode_header, digest_of, encode
from desktop.services.work import PROGRAM, begin, look
from desktop.world import SeededWorld
from tests.databases import Databases
from tests.offices import check_in, many, rooms_of, sit_down


def replica(office: Office, url: str, folder: Path) -> Office:
    return opening.replica_office(office.world, folder, database.parse_url(url), office.vault.keys, office.vault.device)


def acts_of(office: Office) -> list[WireAct]:
    return [act for _, act in outgoing(office)]


def trusted_of(office: Office) -> dict[UUID, bytes]:
    """The signing keys of every PC of the office."""
    with office.reading() as session:
        return {row.id: row.signing_key for row in session.execute(sa.select(Device.id, Device.signing_key))}


def prove(office: Office, url: str, folder: Path) -> None:
    """Used at the end of every journey: replay everything, compare digests, and check the copy through."""
    copy = replica(office, url, folder)
    try:
        result = apply_acts(copy, acts_of(office), trusted_of(office))
        assert not result.aside
        with office.reading() as here, copy.reading() as there:
            assert office_digest(here) == office_digest(there)
        with look(copy, PROGRAM) as reading:
            assert checkup.check_office(reading).findings == ()
        again = apply_acts(copy, acts_of(office), trusted_of(office))
        assert (again.acts, again.known) == (0, result.acts)
    finally:
        copy.close()


@pytest.fixture
def lived(office: Office, world: SeededWorld) -> Office:
    """An office with check-ins, payments, a reversal, corrections and a bill run."""
    clerk, lead = sit_down(office, "front_desk"), sit_down(office, "finance_lead", login="zhaocw", name="赵财务")
    rooms = rooms_of(office)
    for room, form in zip(rooms, many(4), strict=False):
        news = check_in(office, clerk, room, form)
        with look(office, lead) as reading:
            amounts = {bill.id: bill.owed for bill in billing.bills_of(reading, lease_id=news.lease_id)}
        with begin(office, lead, Op.TAKE_PAYMENT) as work:
            taken = payments.take_payment(
                work,
                payments.TakePayment(
                    news.party_id, amounts, [payments.TenderForm(PayMethod.WECHAT, Money.yuan(7440), "4200")]
                ),
            )
        world.advance(timedelta(hours=1))
    with begin(office, lead, Op.REVERSE_PAYMENT) as work:
        reversals.reverse_payment(work, taken.payment_id, "微信实际未到账")
    with begin(office, clerk, Op.CHANGE_PARTY) as work:
        row = work.get(Party, news.party_id)
        party_edits.change_party(
            work, row.id, row.version, party_edits.PartyEdit("沈知薇", "教师", None, "13900001111", "青川市新址 1 号")
        )
    with begin(office, PROGRAM, Op.POST_BILLS) as work:
        rent_charges.post_due_bills(work, world.today() + timedelta(days=200))
    return office


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_outbox_makes_the_same_office_again(lived: Office, databases: Databases, tmp_path: Path, kind: str) -> None:
    prove(lived, databases.clone(kind), tmp_path / "copy")  # type: ignore[arg-type]


def test_a_forged_act_is_put_aside_whole(lived: Office, databases: Databases, tmp_path: Path) -> None:
    copy = replica(lived, databases.clone("sqlite"), tmp_path / "copy")
    trusted = {lived.device_id: lived.vault.device.ed25519_public}
    acts = acts_of(lived)
    apply_acts(copy, acts[:2], trusted)
    changed = replace(acts[2], bodies=[acts[2].bodies[0].replace(b'"t":"', b'"t" :"'), *acts[2].bodies[1:]])
    forged = replace(acts[2], sig=bytes(64))
    result = apply_acts(copy, [changed, forged], trusted)
    assert [why for _, why in result.aside] == ["ops do not match their header", "signature"]
    with copy.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ConflictTask)) == 1  # one act, put aside once
        assert session.scalar(sa.select(sa.func.count()).select_from(Party)) == 0
    copy.close()


def test_a_bill_brings_its_journal_and_nobody_elses(lived: Office, databases: Databases, tmp_path: Path) -> None:
    copy = replica(lived, databases.clone("sqlite"), tmp_path / "copy")
    trusted, acts = {lived.device_id: lived.vault.device.ed25519_public}, acts_of(lived)
    last = next(place for place in range(len(acts) - 1, 0, -1) if b'"t":"bill"' in acts[place].bodies[0])
    for act in acts[:last]:
        apply_acts(copy, [act], trusted)
    one = decode_body(acts[last].bodies[0])
    assert one.parts.keys() == {"bill_line", "journal_entry", "posting"}
    other = next(body for body in map(decode_body, acts[last].bodies[1:]) if body.t == "bill")
    for table in ("bill_line", "posting"):
        mixed = msgspec.structs.replace(one, parts=one.parts | {table: other.parts[table]})
        result = apply_acts(copy, [_signed(lived, acts[last], encode(mixed))], trusted)
        assert [why for _, why in result.aside] == [f"{table} is no part of bill"]
    assert apply_acts(copy, [acts[last]], trusted).acts == 1
    copy.close()


def _signed(office: Office, act: WireAct, body: bytes) -> WireAct:
    """The act with one body of its own choice, signed as if the office had made it."""
    ops = digest_of([hashlib.sha256(body).digest()]).hex()
    header = encode(msgspec.structs.replace(decode_header(act.header), n=1, ops=ops))
    return WireAct(header, office.vault.sign(hashlib.sha256(header).digest()), [body])


def test_two_offices_edit_one_field_and_the_later_clock_wins_on_both(
    lived: Office, databases: Databases, tmp_path: Path, world: SeededWorld
) -> None:
    copy = replica(lived, databases.clone("sqlite"), tmp_path / "copy")
    trusted = {lived.device_id: lived.vault.device.ed25519_public}
    everything = acts_of(lived)
    apply_acts(copy, everything, trusted)
    with lived.reading() as session:
        party_id = session.scalars(sa.select(Party.id).order_by(Party.id)).first()
    assert party_id is not None
    world.advance(timedelta(minutes=1))
    for place, name in ((lived, "沈甲"), (copy, "沈乙")):
        with begin(place, PROGRAM, Op.CHANGE_PARTY) as work:
            row = work.get(Party, party_id)
            party_edits.change_party(work, party_id, row.version, party_edits.PartyEdit(name, None, None))
        world.advance(timedelta(minutes=1))
    apply_acts(copy, acts_of(lived)[len(everything) :], trusted)
    apply_acts(lived, acts_of(copy), trusted)
    for place in (lived, copy):
        with place.reading() as session:
            assert session.get_one(Party, party_id).name == "沈乙"
            losers = session.scalars(sa.select(FieldHistory.value).where(FieldHistory.field == "name")).all()
            assert "沈甲" in losers
    with lived.reading() as here, copy.reading() as there:
        assert office_digest(here)["party"] == office_digest(there)["party"]
    copy.close()


def test_rooms_added_later_travel_too(lived: Office, databases: Databases, tmp_path: Path) -> None:
    with begin(lived, PROGRAM, Op.ADD_PLACES) as work:
        places.add_building(
            work, places.BuildingDraft("2 栋", [places.RoomDraft(f"1{n:02d}", 1) for n in range(1, 61)])
        )
    prove(lived, databases.clone("sqlite"), tmp_path / "copy")
