"""Nothing planted is found in clear: every byte of data folder, database files, temp folder, logs and crash report
is read.

Planted are ID number, phones, bank account and holder, card address; looked for as UTF-8, UTF-16 and GBK.
"""

from __future__ import annotations

import logging
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from desktop import logs
from desktop.models.base import models, sealed_columns, table_of
from desktop.models.columns import Sealed
from desktop.models.parties import Contact
from desktop.models.values import Money, PayMethod, Right
from desktop.services import access, billing, drafts, party_edits, party_page, party_search, payments
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.work import begin, look
from desktop.world import SeededWorld
from tests.clear_text import found_in_clear
from tests.databases import TestRun
from tests.offices import check_in, person, rooms_of, sit_down

BANK = "6217000010000000000"
HOME = "青川市临江区柳浪巷 17 号 4 单元"
"""Nobody else's: the office's own public address stands in clear in the other databases of the same server."""
SECRETS = {
    "phone": "13812345678",
    "emergency phone": "13900002046",
    "new phone": "13700008888",
    "bank account": BANK,
    "card address": "样例省青川市临江区望江路88号3幢502",
    "home address": HOME,
}


@pytest.fixture
def private_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def _live(office: Office, world: SeededWorld) -> dict[str, str]:
    """A day in the office that touches every secret: check-in, draft, reveal, correction, payment, search."""
    clerk = sit_down(office, "manager")
    form = replace(person(bank=True), home_address=HOME)
    assert form.document is not None
    draft = world.new_id()
    drafts.save_draft(
        office, clerk, "check_in", draft, "顾听澜", f"{form.document.number} {form.phone} {BANK}".encode()
    )
    news = check_in(office, clerk, rooms_of(office)[0], form)
    with look(office, clerk) as reading:
        page = party_page.party_page(reading, news.party_id)
        amounts = {bill.id: bill.owed for bill in billing.bills_of(reading, lease_id=news.lease_id)}
        assert party_search.find_parties(reading, form.document.number)
    with begin(office, clerk, Op.REVEAL) as work:
        field = page.documents[0].number
        assert party_page.reveal(work, field.table, field.row_id, field.column) == form.document.number
    with begin(office, clerk, Op.CHANGE_PARTY) as work:
        party_edits.change_party(
            work,
            news.party_id,
            page.version,
            party_edits.PartyEdit("顾听澜", None, None, "13700008888", "样例市另一处 9 号"),
        )
    with begin(office, clerk, Op.TAKE_PAYMENT) as work:
        payments.take_payment(
            work, payments.TakePayment(news.party_id, amounts, [payments.TenderForm(PayMethod.CASH, Money.yuan(7440))])
        )
    world.advance(timedelta(minutes=5))
    return {**SECRETS, "ID number": form.document.number}


def test_nothing_planted_is_found_in_clear(
    office: Office, world: SeededWorld, tmp_path: Path, private_temp: Path, test_run: TestRun
) -> None:
    running = logs.start_logs(tmp_path / "logs")
    try:
        secrets = _live(office, world)
        number = secrets["ID number"]
        try:
            raise ValueError(f"could not read {number} of 13812345678")
        except ValueError as error:
            logging.getLogger("desktop.test").info("card %s of %s, account %s", number, "13812345678", BANK)
            logs.crash_report(tmp_path / "crash.zip", error, running.folder, world.now(), {"note": number})
        if office.engine.dialect.name == "sqlite":
            folders = [Path(str(office.engine.url.database)).parent]
        else:
            server = test_run.server()
            with server.admin() as connection:
                connection.execute("CHECKPOINT")  # rows leave the memory of the server for its files
            folders = [Path(server.folder)]
        folders += [tmp_path, private_temp]
        assert found_in_clear(folders, secrets) == []
        assert found_in_clear(folders[:1], {"name": "顾听澜"}), "names are in clear by decision: the search works"
    finally:
        running.stop()


def test_plain_text_does_not_get_into_a_sealed_column(office: Office) -> None:
    clerk = sit_down(office, "manager")
    news = check_in(office, clerk, rooms_of(office)[0])
    for model in models():
        for name in sealed_columns(model):
            column = table_of(model).columns[name]
            assert isinstance(column.type, Sealed)
            for wrong in ("13812345678", b"13812345678"):
                with pytest.raises((TypeError, sa.exc.StatementError)), office.engine.begin() as connection:
                    connection.execute(sa.update(table_of(model)).values({name: wrong}))
    assert news.lease_number


def test_a_ciphertext_moved_to_another_row_does_not_open(office: Office) -> None:
    clerk = sit_down(office, "manager")
    rooms = rooms_of(office)
    first, second = (
        check_in(office, clerk, rooms[0]),
        check_in(office, clerk, rooms[1], person("乔木", sequence=2, phone="13500001111")),
    )
    with office.engine.begin() as connection:
        table = table_of(Contact)
        stolen = connection.execute(
            sa.select(table.c.value).where(table.c.party_id == first.party_id, table.c.kind == "mobile")
        ).scalar_one()
        connection.execute(
            sa.update(table).where(table.c.party_id == second.party_id, table.c.kind == "mobile").values(value=stolen)
        )
    from desktop.services import checkup
    from desktop.services.keys import SealBroken
    from desktop.services.work import PROGRAM

    with look(office, clerk) as reading, pytest.raises(SealBroken):
        party_page.party_page(reading, second.party_id)
    with look(office, PROGRAM) as reading:
        findings = checkup.check_office(reading).findings
    assert [f.part for f in findings] == ["加密内容"]


def test_masked_until_revealed_and_refused_by_field_right(office: Office) -> None:
    manager = sit_down(office, "manager")
    news = check_in(office, manager, rooms_of(office)[0], person(bank=True))
    for number, role in enumerate(sorted(access.SHIPPED)):
        actor = sit_down(office, role, login=f"r{number}0")
        if Right.SEE_PARTIES not in actor.rights:
            continue
        with look(office, actor) as reading:
            page = party_page.party_page(reading, news.party_id)
        shown = [
            page.documents[0].number.text,
            page.contacts[0].value.text,
            page.banks[0].number.text,
            page.banks[0].holder.text,
        ]
        assert all("*" in text for text in shown), (role, shown)
        for field in (page.documents[0].number, page.contacts[0].value, page.banks[0].number):
            if not field.revealable or Right.REVEAL_SECRETS not in actor.rights:
                with pytest.raises(Exception, match=r"权限|角色"), begin(office, actor, Op.REVEAL) as work:
                    party_page.reveal(work, field.table, field.row_id, field.column)
