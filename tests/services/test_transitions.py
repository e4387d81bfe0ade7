"""The declared machines: complete, without dead ends, and drawn in the documents as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.approvals import FlowCase
from desktop.models.leases import Lease
from desktop.models.payments import Shift
from desktop.models.values import CollectionState, LeaseState
from desktop.models.work_orders import WorkOrder
from desktop.services.transitions import (
    COLLECTION,
    LEASE,
    MACHINES,
    ForbiddenMove,
    Machine,
    machines_markdown,
    move,
    reachable,
)

each = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)


@each
def test_every_state_has_a_word_and_can_be_reached(machine: Machine[Any]) -> None:
    assert set(machine.words) == set(machine.states)
    assert reachable(machine) == set(machine.states)


@each
def test_no_state_is_a_dead_end_unless_declared_terminal(machine: Machine[Any]) -> None:
    assert {state for state in machine.states if not machine.possible(state)} == machine.terminal
    assert len(set(machine.words.values())) == len(machine.words)


@each
def test_from_everywhere_an_end_is_in_reach(machine: Machine[Any]) -> None:
    """A machine without a terminal state must come back to its start instead: nothing is lost out of sight."""
    ends = machine.terminal or {machine.start}
    for state in machine.states:
        seen, waiting = {state}, [state]
        while waiting:
            new = set(machine.moves.get(waiting.pop(), {}).values()) - seen
            seen |= new
            waiting += new
        assert seen & ends, state


@each
def test_every_event_is_declared_and_used(machine: Machine[Any]) -> None:
    used = {event for events in machine.moves.values() for event in events}
    assert used == set(machine.events)


@each
def test_every_move_outside_the_table_is_refused_in_words(machine: Machine[Any]) -> None:
    for state in machine.states:
        for event, word in machine.events.items():
            if machine.can(state, event):
                assert move(machine, state, event) is machine.moves[state][event]
                continue
            with pytest.raises(ForbiddenMove) as caught:
                move(machine, state, event)
            facts = caught.value
            assert (facts.machine, facts.state, facts.event) == (machine.name, str(state), event)
            assert facts.possible == machine.possible(state)
            assert machine.words[state] in facts.message
            assert word in facts.message


def test_the_sentence_says_what_is_and_what_can_be_done() -> None:
    with pytest.raises(ForbiddenMove) as caught:
        move(LEASE, LeaseState.NOTICE, "sign")
    assert caught.value.message == "租约现在是「已通知退租」，不能签约；现在可以：撤回退租通知、办理搬离、续租"
    with pytest.raises(ForbiddenMove, match="它已经办结，不能再改"):
        move(LEASE, LeaseState.CLOSED, "move_out")


def test_an_undeclared_event_is_a_bug() -> None:
    with pytest.raises(KeyError):
        move(LEASE, LeaseState.ACTIVE, "mark_long_term_valid")


@given(st.lists(st.sampled_from(sorted(LEASE.events)), max_size=30))
def test_no_way_leads_out_of_sight_without_settlement(events: list[str]) -> None:
    """The "long-term valid" mark that hid leases cannot be made: a lease that was lived in closes only when settled.

    A renewal that is withdrawn (`renewals`, which refuses it of any other lease) leaves the lease before it in force.
    """
    state, path = LEASE.start, [LEASE.start]
    for event in events:
        if event != "withdraw_renewal" and LEASE.can(state, event):
            state = move(LEASE, state, event)
            path.append(state)
    if state is LeaseState.CLOSED:
        assert path[-2] is LeaseState.SETTLED
    if LeaseState.ACTIVE in path:
        assert state is not LeaseState.CANCELLED


def test_a_reversed_payment_wakes_its_collection_case() -> None:
    assert move(COLLECTION, CollectionState.PAID, "payment_reversed") is CollectionState.OPEN


@pytest.mark.parametrize("table", [Lease, FlowCase, WorkOrder, Shift], ids=lambda table: table.__tablename__)
def test_the_tables_follow_a_declared_machine_with_their_own_words(table: Any) -> None:
    (machine,) = [machine for machine in MACHINES if machine.name == table.__machine__]
    assert table.__table__.c.state.type.words is machine.states


def test_the_document_shows_the_machines_as_they_are() -> None:
    document = Path(__file__).resolve().parents[2] / "docs" / "machines.md"
    assert document.read_text(encoding="utf-8") == machines_markdown()
