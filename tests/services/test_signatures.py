"""Signatures before the clerk: bound to paper, words and person, sealed, printed, refused when words have changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.parties import Party
from desktop.models.signatures import Signature
from desktop.models.trust import Consent
from desktop.models.values import Money, PayMethod, Right, SignedPaper
from desktop.services import (
    billing,
    check_in_forms,
    check_ins,
    checkup,
    consents,
    ink,
    lease_record,
    papers,
    payments,
    receipt_papers,
    receipts,
    signatures,
    signed,
    tenant_papers,
    timeline,
)
from desktop.services.acts import Op
from desktop.services.check_in_people import Role
from desktop.services.check_ins import CheckedIn
from desktop.services.errors import DomainError, ProblemsFound, Refused
from desktop.services.ink import Ink
from desktop.services.office import Office
from desktop.services.payments import PaymentTaken, TakePayment, TenderForm
from desktop.services.signatures import WordsChanged
from desktop.services.signed import SignatureBroken
from desktop.services.signers import NotASigner
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.databases import Databases
from tests.offices import check_in, person, rooms_of, sit_down, terms
from tests.services.paper.samples import pdf_text
from tests.services.test_check_in_people import company, other, store
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
        lease = tenant_papers.lease_for_tenant(reading, news.lease_id, news.party_id)
        receipt = tenant_papers.receipt_for_tenant(reading, taken.payment_id, news.party_id)
        plain = papers.preview_lease(reading, news.lease_id), receipt_papers.preview_receipt(reading, taken.payment_id)
    assert (lease.party_id, receipt.party_id) == (news.party_id, news.party_id)
    assert any(taken.receipt_number in line for line in receipt.lines)
    with begin(office, clerk, Op.SIGN_PAPER) as work:
        signatures.sign_lease(work, news.lease_id, news.party_id, lease.sha, drawn)
    with begin(office, clerk, Op.SIGN_PAPER) as work:
        signatures.sign_receipt(work, taken.payment_id, news.party_id, receipt.sha, drawn)
    with look(office, clerk) as reading:
        inked = papers.preview_lease(reading, news.lease_id), receipt_papers.preview_receipt(reading, taken.payment_id)
        roll = receipt_papers.preview_receipt(reading, taken.payment_id, "roll")
        told = [(row.paper, row.clerk, row.signer) for row in signatures.signatures_of(reading, news.party_id)]
        titles = [entry.title for entry in timeline.lease_timeline(reading, news.lease_id)]
    assert roll.startswith(b"%PDF")
    assert all(len(after) > len(before) for before, after in zip(plain, inked, strict=True)), "the ink is on the paper"
    assert told == [(paper, "林小满", "顾听澜（本人）") for paper in (SignedPaper.RECEIPT, SignedPaper.LEASE)]
    assert "当面签名" in titles
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_the_ink_is_in_clear_nowhere(office: Office, clerk: Actor, drawn: Ink) -> None:
    news = check_in(office, clerk, rooms_of(office)[0])
    with look(office, clerk) as reading:
        words = tenant_papers.lease_for_tenant(reading, news.lease_id, news.party_id)
    with begin(office, clerk, Op.SIGN_PAPER) as work:
        signatures.sign_lease(work, news.lease_id, news.party_id, words.sha, drawn)
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
        signatures.sign_lease(work, news.lease_id, news.party_id, b"other words", drawn)
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
        receipt = tenant_papers.receipt_for_tenant(reading, taken.payment_id, news.party_id)
        lease = tenant_papers.lease_for_tenant(reading, news.lease_id, news.party_id)
    with pytest.raises(Refused), begin(office, desk, Op.SIGN_PAPER) as work:
        signatures.sign_receipt(work, taken.payment_id, news.party_id, receipt.sha, drawn)
    with pytest.raises(Refused), begin(office, desk, Op.SIGN_PAPER) as work:
        signatures.sign_lease(work, news.lease_id, news.party_id, lease.sha, drawn)
    assert PROGRAM.staff_id is None


# ---- who signed, in what capacity ----------------------------------------------------------------------------------


def by(office: Office, clerk: Actor, lease_id: UUID) -> list[str]:
    with look(office, clerk) as reading:
        return [each.words for each in tenant_papers.lease_signers(reading, lease_id)]


def sign(office: Office, clerk: Actor, lease_id: UUID, name: str, drawn: Ink) -> None:
    """Whoever is called so signs the lease."""
    with look(office, clerk) as reading:
        signer = next(each for each in tenant_papers.lease_signers(reading, lease_id) if each.name == name)
        words = tenant_papers.lease_for_tenant(reading, lease_id, signer.party_id)
    assert f"- 签字人：{signer.words}" in words.lines, "it stands on the screen and is bound with the rest"
    with begin(office, clerk, Op.SIGN_PAPER) as work:
        signatures.sign_lease(work, lease_id, signer.party_id, words.sha, drawn)


def young(office: Office, clerk: Actor) -> CheckedIn:
    birth = date(TODAY.year - 16, 1, 5)
    return store(office, clerk, party=person(birth=birth), people=[other(Role.GUARDIAN, "顾母")])


def test_who_may_sign_for_whom(office: Office, clerk: Actor) -> None:
    agent = store(office, clerk, people=[other(Role.AGENT, "陆远"), other(Role.GUARANTOR, "宋怀瑾", 12)])
    assert by(office, clerk, agent.lease_id) == ["顾听澜（本人）", "陆远（代理人），代顾听澜签"]
    room = rooms_of(office)[1]
    guarded = store(
        office, clerk, room_id=room, party=person("顾知夏", 7, date(TODAY.year - 16, 1, 5), "13900000077"),
        people=[other(Role.GUARDIAN, "顾母", 13)],
    )  # fmt: skip
    assert by(office, clerk, guarded.lease_id) == ["顾母（监护人，母亲），代顾知夏签"], "not the minor"


def test_a_company_is_signed_for_by_handler_or_legal_person(
    office: Office, clerk: Actor, drawn: Ink, databases: Databases, tmp_path: Path
) -> None:
    news = store(office, clerk, company=company())
    name = "青川样例科技有限公司"
    told = [f"顾听澜（经办人），代{name}签", f"沈望舒（法定代表人），代{name}签"]
    assert by(office, clerk, news.lease_id) == told
    with look(office, clerk) as reading, pytest.raises(NotASigner, match="顾听澜"):
        tenant_papers.lease_for_tenant(reading, news.lease_id, news.party_id)
    sign(office, clerk, news.lease_id, "顾听澜", drawn)
    taken = pay(office, clerk, news)
    with look(office, clerk) as reading:
        assert [each.words for each in tenant_papers.receipt_signers(reading, taken.payment_id)] == told
        text = "".join(pdf_text(papers.preview_lease(reading, news.lease_id)))
        assert [row.signer for row in signatures.signatures_of(reading, news.party_id)] == told[:1]
        signer = tenant_papers.receipt_signers(reading, taken.payment_id)[1]
        receipt = tenant_papers.receipt_for_tenant(reading, taken.payment_id, signer.party_id)
    with begin(office, clerk, Op.SIGN_PAPER) as work:
        signatures.sign_receipt(work, taken.payment_id, signer.party_id, receipt.sha, drawn)
    with look(office, clerk) as reading:
        assert receipts.receipt_page(reading, taken.payment_id).signed_by == told[1]
        slip = "".join("".join(pdf_text(receipt_papers.preview_receipt(reading, taken.payment_id))).split())
    assert f"签字人：{told[1]}" in slip
    block = "".join(text.split())
    assert "签字人：顾听澜（经办人），代青川样例科技有限公司签" in block
    assert "日期：2026年11月22日" in block
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_a_guardian_signs_in_the_place_of_who_signs_for_the_tenant(office: Office, clerk: Actor, drawn: Ink) -> None:
    news = young(office, clerk)
    sign(office, clerk, news.lease_id, "顾母", drawn)
    with look(office, clerk) as reading:
        reading.authorised += 1
        found = signed.signature_of(reading, news.lease_id)
        text = "".join("".join(pdf_text(papers.preview_lease(reading, news.lease_id))).split())
        record = lease_record.lease_record(reading, news.lease_id)
    assert found is not None
    assert (found.ink, found.words, found.stands_in) == (drawn, "顾母（监护人，母亲），代顾听澜签", True)
    assert "签字人：顾母（监护人，母亲），代顾听澜签" in text
    assert record.signature is not None
    assert record.signature.words == "顾母（监护人，母亲），代顾听澜签"
    assert rows(office)[0].party_id == news.party_id, "it binds the tenant"


def test_a_notice_signed_by_another_hand_is_signed_again(office: Office, clerk: Actor, drawn: Ink) -> None:
    """The guardian was registered after the minor had signed: the check-in says whose signature is wanted."""
    birth, ink_ = date(TODAY.year - 16, 1, 5), ink.encode(drawn)
    told = {"notice_ink": ink_, "notice_sha": "00" * 32, "party": person(birth=birth)}
    people = [other(Role.GUARDIAN, "顾母")]
    with pytest.raises(ProblemsFound, match="请再签一次") as caught:
        store(office, clerk, people=people, notice_by="顾听澜（本人）", **told)
    assert set(caught.value.problems) == {"notice"}
    store(office, clerk, people=people, notice_by="顾母（监护人，母亲），代顾听澜签", **told)
    with office.reading() as session:
        tenant = session.scalars(sa.select(Party.id).where(Party.name == "顾听澜")).one()
    assert [row.party_id for row in rows(office)] == [tenant]
    with look(office, clerk) as reading:
        assert [row.signer for row in signatures.signatures_of(reading, tenant)] == ["顾母（监护人，母亲），代顾听澜签"]


@pytest.mark.parametrize("what", ["party_id", "subject_id", "words_sha", "signed_at", "paper", "ink"])
def test_tampering_with_a_signature_is_noticed(office: Office, clerk: Actor, drawn: Ink, what: str) -> None:
    """Whom it binds, for what, under which words, when: altered in the database it is no signature any more."""
    news = young(office, clerk)
    sign(office, clerk, news.lease_id, "顾母", drawn)
    row = rows(office)[0]
    assert row.ink is not None
    altered: dict[str, object] = {
        "party_id": uuid(office, "顾母"), "subject_id": news.party_id, "words_sha": b"x" * 32,
        "signed_at": row.signed_at - timedelta(days=400), "paper": SignedPaper.RECEIPT,
        "ink": row.ink[:-1] + bytes([row.ink[-1] ^ 1]),
    }  # fmt: skip
    engine: sa.Engine = office.reading.kw["bind"]
    writer = sa.create_engine(engine.url)
    with writer.begin() as connection:
        connection.execute(sa.update(Signature).values({what: altered[what]}))
    writer.dispose()
    with look(office, PROGRAM) as reading:
        findings = [finding.text for finding in checkup.check_office(reading).findings]
    assert any(row.id.hex in text.replace("-", "") for text in findings)
    with look(office, clerk) as reading:
        assert lease_record.lease_record(reading, news.lease_id).signature_broken or what == "subject_id"
        if what != "subject_id":
            with pytest.raises(SignatureBroken):
                papers.preview_lease(reading, news.lease_id)


def test_who_signed_cannot_be_put_in_from_another_row(office: Office, clerk: Actor, drawn: Ink) -> None:
    """The sealed part of a genuine signature moved under another: it opens only in its own row."""
    news = store(office, clerk, people=[other(Role.AGENT, "陆远")])
    sign(office, clerk, news.lease_id, "陆远", drawn)
    sign(office, clerk, news.lease_id, "顾听澜", drawn)
    first, second = rows(office)
    writer = sa.create_engine(office.reading.kw["bind"].url)
    with writer.begin() as connection:
        connection.execute(sa.update(Signature).where(Signature.id == second.id).values(ink=first.ink))
    writer.dispose()
    with look(office, clerk) as reading, pytest.raises(SignatureBroken):
        papers.preview_lease(reading, news.lease_id)


def test_a_signature_of_old_is_still_one(office: Office, clerk: Actor, drawn: Ink) -> None:
    """Before the program kept who signed, the ink alone was sealed: it is printed, and nobody is named."""
    news = check_in(office, clerk, rooms_of(office)[0])
    with begin(office, clerk, Op.SIGN_PAPER) as work:
        row = Signature(
            party_id=news.party_id, paper=SignedPaper.LEASE, subject_table="lease", subject_id=news.lease_id,
            template_id=None, words_sha=b"x" * 32, signed_at=work.at, device_id=work.office.device_id,
        )  # fmt: skip
        work.seal(row, "ink", ink.encode(drawn))
        work.add(row)
        work.record()
    with look(office, clerk) as reading:
        assert papers.preview_lease(reading, news.lease_id).startswith(b"%PDF")
        assert [row.signer for row in signatures.signatures_of(reading, news.party_id)] == [""]


def uuid(office: Office, name: str) -> UUID:
    with office.reading() as session:
        return session.scalars(sa.select(Party.id).where(Party.name == name)).one()
