"""Two desks and one lease, room, reservation, template or draft: whoever comes second is told what stands now, also at
the very same moment; nothing is written over unseen."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from desktop.models.values import LeaseState, ReservationState
from desktop.services import drafts, lease_moves, leases, reservations, room_changes, templates
from desktop.services.acts import Op
from desktop.services.errors import DomainError, NotFound, Refused, RowChanged
from desktop.services.office import Office
from desktop.services.places import RoomDraft
from desktop.services.templates import TemplateChanged
from desktop.services.transitions import ForbiddenMove
from desktop.services.work import Actor, begin, look
from desktop.world import SeededWorld
from tests.offices import check_in, person, rooms_of, sit_down, terms
from tests.services.test_changed_first import at_once

NOTICE = "pipl_notice"


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "administrator", "manager")


@pytest.fixture
def colleague(office: Office) -> Actor:
    return sit_down(office, "administrator", "manager", login="zhouyq", name="周砚秋")


@pytest.mark.parametrize("round_", range(3))
def test_a_lease_cancelled_and_moved_into_at_the_same_moment(
    office: Office, clerk: Actor, colleague: Actor, world: SeededWorld, round_: int
) -> None:
    lease = check_in(office, clerk, rooms_of(office)[round_], lease=terms(world.today() + timedelta(days=9))).lease_id

    def cancel() -> None:
        with begin(office, clerk, Op.CHANGE_LEASE) as work:
            lease_moves.cancel_lease(work, lease, "客户改租别处")

    def move_in() -> None:
        with begin(office, colleague, Op.CHANGE_LEASE) as work:
            lease_moves.move_in(work, lease, keys=2)

    raised = at_once(cancel, move_in)
    assert [type(error) for error in raised] == [ForbiddenMove], raised
    with look(office, clerk) as reading:
        state = leases.lease_page(reading, lease).row.state
    assert str(raised[0]).startswith(f"租约现在是「{'已撤销' if state is LeaseState.CANCELLED else '在租'}」，不能")


def test_a_reservation_extended_meanwhile_shows_both_days(
    office: Office, clerk: Actor, colleague: Actor, world: SeededWorld
) -> None:
    today = world.today()
    form = reservations.ReservationForm(
        rooms_of(office)[0], today + timedelta(days=2), name="许朗", phone="13800000001"
    )
    with begin(office, clerk, Op.RESERVE_ROOM) as work:
        held = reservations.reserve_room(work, form).reservation_id
    with look(office, clerk) as reading:
        seen = reservations.reservation_of(reading, held)
    with begin(office, colleague, Op.CHANGE_RESERVATION) as work:
        reservations.extend_reservation(work, held, today + timedelta(days=5), seen.version)
    with pytest.raises(RowChanged) as clash, begin(office, clerk, Op.CHANGE_RESERVATION) as work:
        reservations.extend_reservation(work, held, today + timedelta(days=9), seen.version)
    assert clash.value.theirs == {"valid_to": today + timedelta(days=5)}
    assert clash.value.yours == {"valid_to": today + timedelta(days=9)}
    assert clash.value.by["valid_to"] == "周砚秋 今天 09:00"
    with look(office, clerk) as reading:
        now = reservations.reservation_of(reading, held)
    assert (now.state, now.valid_to) == (ReservationState.HELD, today + timedelta(days=5))


@pytest.mark.parametrize("round_", range(3))
def test_a_room_is_split_or_held_but_not_both(
    office: Office, clerk: Actor, colleague: Actor, world: SeededWorld, round_: int
) -> None:
    room_id = rooms_of(office)[round_]
    parts = [RoomDraft(f"9{round_}{side}", 1, Decimal("20.00")) for side in "AB"]
    form = reservations.ReservationForm(
        room_id, world.today() + timedelta(days=2), name="许朗", phone=f"1380000000{round_}"
    )

    def split() -> None:
        with begin(office, clerk, Op.CHANGE_PLACE) as work:
            room_changes.split_room(work, room_id, parts, reason="改成单间")

    def reserve() -> None:
        with begin(office, colleague, Op.RESERVE_ROOM) as work:
            reservations.reserve_room(work, form)

    raised = at_once(split, reserve)
    assert len(raised) == 1, raised
    (error,) = raised
    assert isinstance(error, DomainError)
    assert not isinstance(error, RowChanged)
    assert "刷新（F5）后换一间" in error.message or "留到" in error.message


def test_two_versions_of_a_template_at_the_same_moment(office: Office, clerk: Actor, colleague: Actor) -> None:
    with look(office, clerk) as reading:
        base = templates.current_template(reading, NOTICE)

    def save(actor: Actor, line: str) -> None:
        with begin(office, actor, Op.SAVE_TEMPLATE) as work:
            templates.save_template(work, NOTICE, f"{base.body}\n{line}", base.ordinal)

    raised = at_once(lambda: save(clerk, "甲"), lambda: save(colleague, "乙"))
    assert [type(error) for error in raised] == [TemplateChanged], raised
    with look(office, clerk) as reading:
        now = templates.current_template(reading, NOTICE)
    error = raised[0]
    assert isinstance(error, TemplateChanged)
    assert (error.kind, error.newest.ordinal) == (NOTICE, now.ordinal) == (NOTICE, base.ordinal + 1)


def test_a_draft_is_one_persons_alone(office: Office, clerk: Actor, colleague: Actor) -> None:
    """Nobody else finds it, reads it, saves over it or throws it away, whatever id her page should hold."""
    draft_id = office.world.new_id()
    drafts.save_draft(office, clerk, "check_in", draft_id, "许朗 · 101", b'{"name": "mine"}')
    with look(office, colleague) as reading:
        assert drafts.list_drafts(reading) == []
        with pytest.raises(NotFound):
            drafts.read_draft(reading, draft_id)
    with pytest.raises(Refused, match="这份草稿是别人的"):
        drafts.save_draft(office, colleague, "check_in", draft_id, "她的", b'{"name": "hers"}')
    drafts.drop_draft(office, colleague, draft_id)
    with look(office, clerk) as reading:
        assert drafts.read_draft(reading, draft_id) == b'{"name": "mine"}'


def test_two_drafts_for_one_room_the_second_keeps_everything(
    office: Office, clerk: Actor, colleague: Actor, world: SeededWorld
) -> None:
    room_id: UUID = rooms_of(office)[0]
    mine = world.new_id()
    drafts.save_draft(office, colleague, "check_in", mine, "林以宁 · 101", b'{"name": "lin"}')
    check_in(office, clerk, room_id, person("许朗"))
    with pytest.raises(DomainError, match="已出租给许朗"):
        check_in(office, colleague, room_id, person("林以宁", sequence=2))
    with look(office, colleague) as reading:
        assert drafts.read_draft(reading, mine) == b'{"name": "lin"}'
