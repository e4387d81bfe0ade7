"""Signatures before the clerk: bound to paper, words and person, sealed, printed, refused when words have changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from desktop.models.signatures import Signature
from desktop.models.trust import Consent
from desktop.models.values import Money, PayMethod, Right, SignedPaper
from desktop.services import (
    billing,
    check_in_forms,
    check_ins,
    consents,
    ink,
    papers,
    payments,
    receipt_papers,
    signatures,
    tenant_papers,
    timeline,
)
from desktop.services.acts import Op
from desktop.services.check_ins import CheckedIn
from desktop.services.errors import DomainError, Refused
from desktop.services.ink import Ink
from desktop.services.office import Office
from desktop.services.payments import PaymentTaken, TakePayment, TenderForm
from desktop.services.signatures import WordsChanged
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.databases import Databases
from tests.offices import check_in, person, rooms_of, sit_down, terms
from tests.services.test_ink import WAVE
from tests.services.test_replay import prove

TODAY = date(2026, 11, 22)


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager")


@pytest.fixture
def drawn() -> Ink:
    return ink.gathered(640, 220, WAVE)


def pay(office: Office, clerk: Actor, news: CheckedIn) -> PaymentTaken:
    with look(office, clerk) as reading:
        amounts = {bill.id: bill.owed for bill in billing.bills_of(reading, lease_id=news.lease_id)}
    whole = Money(sum(owed.fen for owed in amounts.values()))
    with begin(office, clerk, Op.TAKE_PAYMENT) as work:
        order = TakePayment(news.party_id, amounts, [TenderForm(PayMethod.CASH, whole)])
        return payments.take_payment(work, order)


def rows(office: Office) -> list[Signature]:
    with office.reading() as session:
        return list(session.scalars(sa.select(Signature).order_by(Signature.signed_at, Signature.id)))


def test_lease_and_receipt_are_signed_and_printed_with_it(
    office: Office, clerk: Actor, drawn: Ink, databases: Databases, tmp_path: Path
) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    taken = pay(office, clerk, news)
    with look(office, clerk) as reading:
        lease = tenant_papers.lease_for_tenant(reading, news.lease_id)
        receipt = tenant_papers.receipt_for_tenant(reading, taken.payment_id)
        plain = papers.preview_lease(reading, news.lease_id), receipt_papers.preview_receipt(reading, taken.payment_id)
    assert (lease.party_id, receipt.party_id) == (news.party_id, news.party_id)
    assert any(taken.receipt_number in line for line in receipt.lines)
    with begin(office, clerk, Op.SIGN_PAPER) as work:
        signatures.sign_lease(work, news.lease_id, lease.sha, drawn)
    with begin(office, clerk, Op.SIGN_PAPER) as work:
        signatures.sign_receipt(work, taken.payment_id, receipt.sha, drawn)
    with look(office, clerk) as reading:
        signed = papers.preview_lease(reading, news.lease_id), receipt_papers.preview_receipt(reading, taken.payment_id)
        roll = receipt_papers.preview_receipt(reading, taken.payment_id, "roll")
        told = [(row.paper, row.clerk) for row in signatures.signatures_of(reading, news.party_id)]
        titles = [entry.title for entry in timeline.lease_timeline(reading, news.lease_id)]
    assert roll.startswith(b"%PDF")
    assert all(len(after) > len(before) for before, after in zip(plain, signed, strict=True)), "the ink is on the paper"
    assert told == [(SignedPaper.RECEIPT, "林小满"), (SignedPaper.LEASE, "林小满")]
    assert "当面签名" in titles
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_the_ink_is_in_clear_nowhere(office: Office, clerk: Actor, drawn: Ink) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    with look(office, clerk) as reading:
        words = tenant_papers.lease_for_tenant(reading, news.lease_id)
    with begin(office, clerk, Op.SIGN_PAPER) as work:
        signatures.sign_lease(work, news.lease_id, words.sha, drawn)
    row = rows(office)[0]
    assert row.ink is not None
    text = ink.encode(drawn).encode()
    assert text not in row.ink
    assert b"strokes" not in row.ink
    with office.reading() as session:
        for table in ("outbox", "field_change", "audit_entry", "draft"):
            for each in session.execute(sa.text(f"SELECT * FROM {table}")):
                assert not any(b"strokes" in bytes(str(value), "utf-8") for value in each), table


def test_words_that_changed_meanwhile_are_read_again(office: Office, clerk: Actor, drawn: Ink) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    with pytest.raises(WordsChanged), begin(office, clerk, Op.SIGN_PAPER) as work:
        signatures.sign_lease(work, news.lease_id, b"other words", drawn)
    assert rows(office) == []


def test_the_notice_is_signed_with_the_check_in(
    office: Office, clerk: Actor, drawn: Ink, databases: Databases, tmp_path: Path
) -> None:
    words = ("# 告知书", "- 我们处理您的姓名和电话")
    form = check_in_forms.CheckIn(
        rooms_of(office)[0], terms(TODAY), party=person(), matched=True, notice_told=True, bank_consent=True,
        notice_ink=ink.encode(drawn), notice_sha=tenant_papers.words_sha(words).hex(),
    )  # fmt: skip
    with begin(office, clerk, Op.CHECK_IN) as work:
        news = check_ins.check_in(work, form)
    row = rows(office)[0]
    with office.reading() as session:
        consent = session.get_one(Consent, row.subject_id)
    assert (consent.kind, consent.party_id, consent.template_id) == ("notice", news.party_id, row.template_id)
    assert (row.paper, row.words_sha) == (SignedPaper.NOTICE, tenant_papers.words_sha(words))
    with look(office, clerk) as reading:
        assert [each.signed for each in consents.consents_of(reading, news.party_id)].count(True) == 1
    prove(office, databases.clone("sqlite"), tmp_path / "copy")
    broken = replace(form, room_id=rooms_of(office)[1], notice_ink=ink.encode(Ink(10, 10, ())))
    with pytest.raises(DomainError, match="还没有签名"), begin(office, clerk, Op.CHECK_IN) as work:
        check_ins.check_in(work, replace(broken, party=person("林以宁", 2, phone="13800000002")))


def test_who_takes_no_money_takes_no_signature_for_it(office: Office, clerk: Actor, drawn: Ink) -> None:
    news = check_in(office, clerk, rooms_of(office)[0], lease=terms(TODAY + timedelta(days=2)))
    taken = pay(office, clerk, news)
    desk = replace(clerk, rights=clerk.rights - {Right.TAKE_PAYMENT, Right.CHECK_IN})
    with look(office, clerk) as reading:
        receipt = tenant_papers.receipt_for_tenant(reading, taken.payment_id)
        lease = tenant_papers.lease_for_tenant(reading, news.lease_id)
    with pytest.raises(Refused), begin(office, desk, Op.SIGN_PAPER) as work:
        signatures.sign_receipt(work, taken.payment_id, receipt.sha, drawn)
    with pytest.raises(Refused), begin(office, desk, Op.SIGN_PAPER) as work:
        signatures.sign_lease(work, news.lease_id, lease.sha, drawn)
    assert PROGRAM.staff_id is None
