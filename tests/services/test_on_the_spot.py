"""Approval on the spot: one right, one act, two people, both named; nobody for herself, and no word lasts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.base import table_of
from desktop.models.payments import Payment
from desktop.models.trust import AuditEntry
from desktop.models.values import Money, PayMethod, Right, total
from desktop.services import (
    audit,
    billing,
    check_in_forms,
    check_ins,
    on_the_spot,
    opening,
    party_page,
    payments,
    reversals,
    settings,
    timeline,
)
from desktop.services.access import SignInRefused
from desktop.services.acts import Op
from desktop.services.errors import ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.on_the_spot import NotAnApprover, approve, list_approvers
from desktop.services.passwords import Passwords
from desktop.services.payments import TakePayment, TenderForm
from desktop.services.pins import PinRefused
from desktop.services.work import PROGRAM, Actor, Approval, begin, look
from desktop.world import SeededWorld
from tests.offices import PASSWORD, PIN, check_in, person, rooms_of, sit_down, terms, with_pin


@pytest.fixture
def passwords(office: Office) -> Passwords:
    return opening.passwords_for(office.world, demo=True)


@pytest.fixture
def cashier(office: Office) -> Actor:
    return sit_down(office, "cashier", login="heyu", name="贺屿")


@pytest.fixture
def manager(office: Office) -> Actor:
    return with_pin(office, sit_down(office, "manager", login="shenyz", name="沈月舟"))


def _id(actor: Actor) -> UUID:
    assert actor.staff_id is not None
    return actor.staff_id


def _paid(office: Office, cashier: Actor) -> UUID:
    clerk = sit_down(office, "front_desk")
    lease = check_in(office, clerk, rooms_of(office)[0])
    with look(office, cashier) as reading:
        amounts = {row.id: row.owed for row in billing.bills_of(reading, lease_id=lease.lease_id)}
    with begin(office, cashier, Op.TAKE_PAYMENT) as work:
        given = [TenderForm(PayMethod.CASH, total(amounts.values()))]
        return payments.take_payment(work, TakePayment(lease.party_id, amounts, given)).payment_id


def _word(office: Office, cashier: Actor, manager: Actor, passwords: Passwords, secret: str = PIN) -> Approval:
    return approve(office, cashier, Op.REVERSE_PAYMENT, Right.REVERSE_PAYMENT, _id(manager), secret, passwords)


def _last(office: Office, op: Op) -> AuditEntry:
    with office.reading() as session:
        return session.scalars(
            sa.select(AuditEntry).where(AuditEntry.op == op.value).order_by(AuditEntry.n.desc())
        ).first()  # type: ignore[return-value]


@pytest.mark.parametrize("secret", [PIN, PASSWORD])
def test_a_reversal_with_the_managers_word_names_both(
    office: Office, cashier: Actor, manager: Actor, passwords: Passwords, secret: str
) -> None:
    payment_id = _paid(office, cashier)
    with pytest.raises(Refused) as caught, begin(office, cashier, Op.REVERSE_PAYMENT) as work:
        reversals.reverse_payment(work, payment_id, "付款方式录错")
    assert on_the_spot.can_be_lent(Op.REVERSE_PAYMENT, caught.value.right)
    word = _word(office, cashier, manager, passwords, secret)
    with begin(office, cashier, Op.REVERSE_PAYMENT, word) as work:
        back = reversals.reverse_payment(work, payment_id, "付款方式录错")
    entry = _last(office, Op.REVERSE_PAYMENT)
    assert entry.actor_id == cashier.staff_id
    assert entry.facts["approved_by"] == _id(manager).hex
    given = _last(office, Op.APPROVE_ON_SPOT)
    assert (given.actor_id, given.subject_id) == (manager.staff_id, cashier.staff_id)
    assert given.facts["act"] == "reverse_payment"
    with look(office, manager) as reading:
        row = next(each for each in audit.list_audit(reading) if each.n == entry.n)
        assert (row.who, row.facts["approved_by"]) == ("贺屿", "沈月舟")
        assert audit.verify_chain(reading).breaks == ()
    with office.reading() as session:
        payer = session.get_one(Payment, payment_id).payer_id
        assert session.get_one(Payment, back.payment_id).created_by == cashier.staff_id
    with look(office, cashier) as reading:
        told = next(e for e in timeline.party_timeline(reading, payer) if e.op == Op.REVERSE_PAYMENT)
    assert "贺屿" in told.detail
    assert "沈月舟当场授权" in told.detail


def test_the_word_counts_once_and_lends_one_right(
    office: Office, cashier: Actor, manager: Actor, passwords: Passwords
) -> None:
    payment_id = _paid(office, cashier)
    word = _word(office, cashier, manager, passwords)
    with pytest.raises(Refused), begin(office, cashier, Op.REVERSE_PAYMENT, word) as work:
        work.require(Right.EDIT_PLACES)
    with pytest.raises(ProblemsFound), begin(office, cashier, Op.REVERSE_PAYMENT, word) as work:
        reversals.reverse_payment(work, payment_id, "")
    with begin(office, cashier, Op.REVERSE_PAYMENT, word) as work:  # what failed left no trace, nor used it up
        reversals.reverse_payment(work, payment_id, "付款方式录错")
    with pytest.raises(Refused), begin(office, cashier, Op.REVERSE_PAYMENT, word) as work:
        reversals.reverse_payment(work, payment_id, "再来一次")


def test_the_word_is_for_this_act_of_this_person_now(
    office: Office, cashier: Actor, manager: Actor, passwords: Passwords
) -> None:
    world = office.world
    assert isinstance(world, SeededWorld)
    word = _word(office, cashier, manager, passwords)
    other = sit_down(office, "cashier", login="qiaomu", name="乔木")
    for actor, op in ((other, Op.REVERSE_PAYMENT), (cashier, Op.TAKE_PAYMENT), (manager, Op.REVERSE_PAYMENT)):
        with pytest.raises(Refused), begin(office, actor, op, word):
            pytest.fail("begun")
    with pytest.raises(Refused), begin(office, manager, Op.REVERSE_PAYMENT, replace(word, asked_by=_id(manager))):
        pytest.fail("begun with a word to oneself")
    world.advance(timedelta(minutes=3))
    with pytest.raises(Refused), begin(office, cashier, Op.REVERSE_PAYMENT, word):
        pytest.fail("begun late")


def test_nobody_approves_herself_nor_lends_what_she_lacks(
    office: Office, cashier: Actor, manager: Actor, passwords: Passwords
) -> None:
    clerk = sit_down(office, "front_desk")
    with_pin(office, clerk)
    reverse = (Op.REVERSE_PAYMENT, Right.REVERSE_PAYMENT)
    with pytest.raises(NotAnApprover, match="自己"):
        approve(office, manager, *reverse, _id(manager), PIN, passwords)
    with pytest.raises(NotAnApprover, match="没有这个权限"):
        approve(office, cashier, *reverse, _id(clerk), PIN, passwords)
    with pytest.raises(NotAnApprover, match="登录后办理"):
        approve(office, cashier, Op.CHANGE_SETTING, Right.EDIT_SETTINGS, _id(manager), PIN, passwords)
    with pytest.raises(NotAnApprover, match="登录后办理"):
        approve(office, cashier, Op.REVERSE_PAYMENT, Right.EDIT_LEASES, _id(manager), PIN, passwords)
    new = sit_down(office, "manager", login="new", name="新主管")
    with pytest.raises(NotAnApprover, match="初始密码"):
        approve(office, cashier, *reverse, _id(new), PASSWORD, passwords)


def test_guessing_ends_here_too(office: Office, cashier: Actor, manager: Actor, passwords: Passwords) -> None:
    for _ in range(5):
        with pytest.raises(PinRefused):
            _word(office, cashier, manager, passwords, "918273")
    with pytest.raises(PinRefused):
        _word(office, cashier, manager, passwords)
    assert _word(office, cashier, manager, passwords, PASSWORD).by.staff_id == manager.staff_id
    for _ in range(5):
        with pytest.raises(SignInRefused):
            _word(office, cashier, manager, passwords, "not the password")
    with pytest.raises(SignInRefused) as caught:
        _word(office, cashier, manager, passwords, PASSWORD)
    assert caught.value.wait > timedelta()


def test_who_can_be_asked(office: Office, cashier: Actor, manager: Actor, passwords: Passwords) -> None:
    sit_down(office, "finance_lead", login="anyi", name="安以")
    with look(office, cashier) as reading:
        found = list_approvers(reading, Right.REVERSE_PAYMENT)
    assert [(p.name, p.pin) for p in found.people] == [("沈月舟", True), ("安以", False)], "whose PIN works first"
    with look(office, manager) as reading:
        assert [p.name for p in list_approvers(reading, Right.REVERSE_PAYMENT).people] == ["安以"]


def test_a_masked_value_is_shown_with_the_word_of_who_may_see_it(
    office: Office, cashier: Actor, manager: Actor, passwords: Passwords
) -> None:
    clerk = sit_down(office, "front_desk")
    party_id = check_in(office, clerk, rooms_of(office)[0]).party_id
    with look(office, cashier) as reading:
        number = party_page.party_page(reading, party_id).documents[0].number
    assert "*" in number.text
    word = approve(office, cashier, Op.REVEAL, Right.REVEAL_SECRETS, _id(manager), PIN, passwords)
    with begin(office, cashier, Op.REVEAL, word) as work:
        assert "*" not in party_page.reveal(work, number.table, number.row_id, number.column)
    with look(office, cashier) as reading:
        told = timeline.party_timeline(reading, party_id)[0]
    assert (told.title, told.detail) == ("查看证件号原文", "贺屿，沈月舟当场授权")


def test_terms_above_the_limit_wait_for_a_second_person_where_the_office_wants_it(
    office: Office, manager: Actor, passwords: Passwords
) -> None:
    clerk = sit_down(office, "front_desk")
    today = office.world.today()
    high = replace(terms(today), deposit=Money.yuan(1860 * 2))
    rooms = rooms_of(office)
    check_in(office, clerk, rooms[0], lease=high)  # as shipped: the clerk is warned and goes on
    with begin(office, PROGRAM, Op.CHANGE_SETTING) as work:
        settings.change_setting(work, "over_limit_approval", True)
    second = person("许朗", sequence=2, phone="13800000002")
    check_in(office, clerk, rooms[1], second, terms(today))  # nothing is above a limit
    third = check_in_forms.CheckIn(
        rooms[2], high, party=person("程晨", sequence=3, phone="13800000003"), matched=True, notice_told=True
    )
    with pytest.raises(Refused, match="押金合 2 个月租金") as caught, begin(office, clerk, Op.CHECK_IN) as work:
        check_ins.check_in(work, third)
    assert on_the_spot.can_be_lent(Op.CHECK_IN, caught.value.right)
    word = approve(office, clerk, Op.CHECK_IN, Right.APPROVE_CASES, _id(manager), PIN, passwords)
    with begin(office, clerk, Op.CHECK_IN, word) as work:
        check_ins.check_in(work, third)
    assert _last(office, Op.CHECK_IN).facts["approved_by"] == _id(manager).hex
    check_in(office, manager, rooms[3], person("宋怀瑾", sequence=4, phone="13800000004"), high)


def test_no_secret_stands_in_the_log(office: Office, cashier: Actor, manager: Actor, passwords: Passwords) -> None:
    _word(office, cashier, manager, passwords)
    _word(office, cashier, manager, passwords, PASSWORD)
    with office.reading() as session:
        told = repr(session.execute(sa.select(table_of(AuditEntry))).all())
    assert PIN not in told
    assert PASSWORD not in told
