"""Keys and cards: where each is, who has it, what may not happen to it now, and the same rows under a handover."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.billing import BillLine
from desktop.models.values import FeeType, Money
from desktop.services import handover, key_lists, key_register, key_rows, lease_moves, rooms
from desktop.services.acts import Op
from desktop.services.errors import DomainError, ProblemsFound, Refused, RowChanged
from desktop.services.key_lists import KeyFilter, KeyOrder, KeyScope
from desktop.services.key_register import EnterKeys, GiveOut, KeyForm, enter_problems
from desktop.services.key_rows import KeyEvent, KeyRow, Where
from desktop.services.office import Office
from desktop.services.paging import Span
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.databases import Databases
from tests.offices import rooms_of, sit_down
from tests.services.deposit_kit import bill_of, let
from tests.services.lease_kit import days, sound
from tests.services.test_changed_first import at_once
from tests.services.test_replay import prove


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "front_desk", "manager")


def _do(office: Office, actor: Actor, act: Any, *asked: Any) -> Any:
    with begin(office, actor, Op.MOVE_KEY) as work:
        return act(work, *asked)


def _row(office: Office, item_id: UUID) -> KeyRow:
    with look(office, PROGRAM) as reading:
        return key_rows.key_of(reading, item_id)


def _card(office: Office, clerk: Actor, serial: str = "0012 3456", room: int = 0) -> UUID:
    found: list[UUID] = _do(
        office, clerk, key_register.enter_keys, EnterKeys(rooms_of(office)[room], "card", serial=serial)
    )
    return found[0]


def test_a_key_goes_its_way_and_everything_is_told(
    office: Office, clerk: Actor, databases: Databases, tmp_path: Path
) -> None:
    lease_id, party_id = let(office, clerk)
    card = _card(office, clerk)
    row = _row(office, card)
    assert (row.label, row.serial, row.where, row.since) == ("门卡 3", "00123456", Where.IN, None)
    _do(office, clerk, key_register.give_out, GiveOut((card,), None, lease_id, "补一张"))
    row = _row(office, card)
    assert (row.where, row.holder_id, row.lease_id) == (Where.OUT, party_id, lease_id)
    days(office, 3)
    lost = _do(office, clerk, key_register.report_lost, card, "搬家时丢失")
    assert (lost.party_id, lost.lease_id) == (party_id, lease_id)
    assert lost.key_deposit_id == bill_of(office, lease_id, FeeType.KEY_DEPOSIT)
    assert _row(office, card).holder_id == party_id, "who lost it"
    _do(office, clerk, key_register.report_found, card)
    assert _row(office, card).where is Where.IN
    copy = _do(office, clerk, key_register.copy_key, card, "0099")
    assert (_row(office, copy).copy_of, _row(office, copy).label) == ("门卡 3", "门卡 4")
    _do(office, clerk, key_register.scrap_key, card, "芯片坏了")
    with look(office, clerk) as reading:
        history = key_rows.key_history(reading, card)
        events = [each.event for each in history]
        assert key_rows.find_serial(reading, "００９９") == _row(office, copy), "full width, as some readers send it"
    assert events == [KeyEvent.SCRAPPED, KeyEvent.FOUND, KeyEvent.LOST, KeyEvent.OUT, None]
    assert history[2].remark == "搬家时丢失"
    sound(office)
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_what_cannot_happen_is_said_in_words(office: Office, clerk: Actor) -> None:
    lease_id, party_id = let(office, clerk)
    card = _card(office, clerk)
    give = GiveOut((card,), party_id, lease_id)
    _do(office, clerk, key_register.give_out, give)
    with pytest.raises(DomainError, match="1 栋 301 门卡 3 在顾听澜手里（11-22），不能发出：先收回"):
        _do(office, clerk, key_register.give_out, give)
    with pytest.raises(DomainError, match="不能报废：先收回"):
        _do(office, clerk, key_register.scrap_key, card, "坏了")
    with pytest.raises(ProblemsFound) as refused:
        _do(office, clerk, key_register.report_lost, card, " ")
    assert refused.value.field == "remark"
    _do(office, clerk, key_register.take_in, [card])
    with pytest.raises(DomainError, match="在柜里，不用收回"):
        _do(office, clerk, key_register.take_in, [card])
    _do(office, clerk, key_register.report_lost, card, "柜里找不到")
    with pytest.raises(DomainError, match="已报失（11-22），不能发出"):
        _do(office, clerk, key_register.give_out, give)
    with pytest.raises(DomainError, match="没法复制"):
        _do(office, clerk, key_register.copy_key, card)
    _do(office, clerk, key_register.scrap_key, card, "找不回来了")
    with pytest.raises(DomainError, match="已报废（11-22），不能再找回"):
        _do(office, clerk, key_register.report_found, card)


def test_who_it_goes_to_is_asked(office: Office, clerk: Actor) -> None:
    lease_id, party_id = let(office, clerk)
    card = _card(office, clerk)
    for asked, field in ((GiveOut((), party_id), "items"), (GiveOut((card,), None), "party")):
        with pytest.raises(ProblemsFound) as refused:
            _do(office, clerk, key_register.give_out, asked)
        assert refused.value.field == field
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, lease_id)
    with pytest.raises(ProblemsFound) as refused:
        _do(office, clerk, key_register.give_out, GiveOut((card,), None, lease_id))
    assert refused.value.field == "lease"
    _do(office, clerk, key_register.give_out, GiveOut((card,), party_id, remark="回来取东西"))
    assert _row(office, card).lease_id is None


def test_a_serial_is_of_one_card(office: Office, clerk: Actor) -> None:
    card = _card(office, clerk, "AB 12")
    with pytest.raises(ProblemsFound) as refused:
        _card(office, clerk, "ab12", room=3)
    assert "已登记为 1 栋 301 门卡 1（在柜）" in refused.value.problems["serial"]
    _do(office, clerk, key_register.scrap_key, card, "换新卡")
    other = _card(office, clerk, "ab12", room=3)
    with look(office, clerk) as reading:
        found = key_rows.find_serial(reading, "AB12")
    assert found is not None
    assert found.id == other, "the one in use"
    assert set(enter_problems(EnterKeys(rooms_of(office)[0], "stone", 2, "77"))) == {"kind", "count"}
    assert set(enter_problems(EnterKeys(rooms_of(office)[0], "key", 0, "7" * 41))) == {"count", "serial"}


def test_a_name_is_corrected_over_what_was_seen(office: Office, clerk: Actor) -> None:
    card = _card(office, clerk)
    seen = _row(office, card).version
    _do(office, clerk, key_register.change_key, card, KeyForm("门卡 东门", "88"), seen)
    with pytest.raises(RowChanged) as clash:
        _do(office, clerk, key_register.change_key, card, KeyForm("门卡 西门", "88"), seen)
    assert clash.value.theirs == {"label": "门卡 东门", "serial": "88"}
    with pytest.raises(ProblemsFound):
        _do(office, clerk, key_register.change_key, card, KeyForm(" ", "88"), seen + 1)


def test_a_loss_is_charged_once(office: Office, clerk: Actor) -> None:
    lease_id, party_id = let(office, clerk)
    card = _card(office, clerk)
    _do(office, clerk, key_register.give_out, GiveOut((card,), party_id, lease_id))
    with pytest.raises(DomainError, match="没有报失"):
        _do(office, clerk, key_register.charge_lost_key, card, Money.yuan(30))
    _do(office, clerk, key_register.report_lost, card, "搬家时丢失")
    with pytest.raises(ProblemsFound):
        _do(office, clerk, key_register.charge_lost_key, card, Money(0))
    with begin(office, clerk, Op.POST_BILLS) as work:
        bill_id = key_register.charge_lost_key(work, card, Money.yuan(30))
    with office.reading() as session:
        line = session.scalars(sa.select(BillLine).where(BillLine.bill_id == bill_id)).one()
        assert (line.fee_type, line.amount, line.debtor_id) == (FeeType.DAMAGE, Money.yuan(30), party_id)
    with pytest.raises(DomainError, match="已经开过账单"):
        _do(office, clerk, key_register.charge_lost_key, card, Money.yuan(30))
    _do(office, clerk, key_register.report_found, card)
    _do(office, clerk, key_register.give_out, GiveOut((card,), party_id, lease_id))
    _do(office, clerk, key_register.report_lost, card, "又丢了")
    _do(office, clerk, key_register.charge_lost_key, card, Money.yuan(30))
    sound(office)


def test_handovers_move_the_same_rows(office: Office, clerk: Actor) -> None:
    """What is lost is not given to the next tenant, what was found is; the move-out takes back what is still out."""
    lease_id, party_id = let(office, clerk)  # two keys, two cards
    with look(office, clerk) as reading:
        rows = key_rows.keys_of_room(reading, rooms_of(office)[0])
        assert [(row.label, row.where) for row in rows] == [
            ("钥匙 1", Where.OUT), ("钥匙 2", Where.OUT), ("门卡 1", Where.OUT), ("门卡 2", Where.OUT),
        ]  # fmt: skip
    key, card = rows[0], rows[2]
    _do(office, clerk, key_register.report_lost, key.id, "丢了")
    _do(office, clerk, key_register.report_lost, card.id, "丢了")
    _do(office, clerk, key_register.report_found, card.id)
    with look(office, clerk) as reading:
        reading.authorised += 1
        assert handover.keys_out(reading, lease_id) == (("钥匙", 1), ("门卡", 1))
        told = {row.label: row.holder for row in rooms.room_page(reading, rooms_of(office)[0]).keys}
    assert told == {"钥匙 1": "丢失", "钥匙 2": "顾听澜", "门卡 1": "", "门卡 2": "顾听澜"}
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        assert lease_moves.move_out(work, lease_id) == 2
    days(office, 1)
    let(office, clerk, sequence=2)
    with look(office, clerk) as reading:
        now = {row.label: row.where for row in key_rows.keys_of_room(reading, rooms_of(office)[0])}
    assert now == {
        "钥匙 1": Where.LOST, "钥匙 2": Where.OUT, "钥匙 3": Where.OUT, "门卡 1": Where.OUT, "门卡 2": Where.OUT,
    }  # fmt: skip
    assert party_id


@pytest.mark.parametrize("round_", range(3))
def test_two_desks_cannot_give_out_the_same_key(office: Office, clerk: Actor, round_: int) -> None:
    lease_id, party_id = let(office, clerk, room=round_, sequence=round_ + 1)
    card = _card(office, clerk, room=round_)
    other = sit_down(office, "front_desk", login="zhouyq", name="周砚秋")
    give = GiveOut((card,), party_id, lease_id)
    raised = at_once(
        lambda: _do(office, clerk, key_register.give_out, give), lambda: _do(office, other, key_register.give_out, give)
    )
    assert len(raised) == 1, raised
    assert "先收回" in str(raised[0])


def test_only_who_keeps_keys_moves_them(office: Office, clerk: Actor) -> None:
    card = _card(office, clerk)
    auditor = sit_down(office, "auditor", login="luzw", name="陆知微")
    with pytest.raises(Refused):
        _do(office, auditor, key_register.scrap_key, card, "坏了")


def test_the_list_by_scope_search_condition_and_order(office: Office, clerk: Actor) -> None:
    lease_id, _ = let(office, clerk)
    card = _card(office, clerk, "00887766", room=5)
    days(office, 40)

    def found(scope: KeyScope, text: str = "", chosen: Any = ()) -> list[str]:
        with look(office, clerk) as reading:
            rows = key_lists.list_keys(reading, KeyFilter(scope, text, chosen), Span(0, 50))
            assert key_lists.count_keys(reading, KeyFilter(scope, text, chosen)).rows == len(rows)
        return [row.words for row in rows]

    assert found(KeyScope.OUT) == ["1 栋 301 门卡 1", "1 栋 301 门卡 2", "1 栋 301 钥匙 1", "1 栋 301 钥匙 2"]
    assert found(KeyScope.IN) == found(KeyScope.ALL, "7766") == found(KeyScope.ALL, "202") == ["1 栋 202 门卡 1"]
    assert len(found(KeyScope.OUT, "听澜")) == 4
    assert len(found(KeyScope.ALL, chosen=(("kind", ("key",)),))) == 2
    assert len(found(KeyScope.OUT, chosen=(("out", ("30",)),))) == 4
    assert found(KeyScope.OUT, chosen=(("out", ("left",)),)) == []
    _do(office, clerk, key_register.report_lost, card, "柜里找不到")
    assert found(KeyScope.LOST) == ["1 栋 202 门卡 1"]
    with look(office, clerk) as reading:
        figures = {scope: count.rows for scope, count in key_lists.key_figures(reading).items()}
        assert [each.key for each in key_lists.key_conditions(reading)] == ["kind", "out", "building"]
        for order in KeyOrder:
            whole = key_lists.list_keys(reading, KeyFilter(KeyScope.ALL), Span(0, 9), order)
            after = key_lists.list_keys(reading, KeyFilter(KeyScope.ALL), Span(2, 9, after=whole[1].id), order)
            assert [row.id for row in after] == [row.id for row in whole[2:]]
        assert {each.name for each in key_rows.holders_of_room(reading, rooms_of(office)[0])} == {"顾听澜"}
    assert figures == {KeyScope.OUT: 4, KeyScope.IN: 0, KeyScope.LOST: 1, KeyScope.ALL: 5}
    assert lease_id
