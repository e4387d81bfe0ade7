"""From the office's data to its papers: what stands on them, what is noted of a print, what a screen may show."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.documents import StoredFile
from desktop.models.payments import PrintEvent
from desktop.models.values import MeterKind, Money, PayMethod, Surplus, total
from desktop.services import (
    attachments,
    audit,
    billing,
    check_in_forms,
    check_ins,
    lease_moves,
    papers,
    payments,
    receipt_papers,
    receipts,
    reversals,
    settlements,
    templates,
)
from desktop.services.acts import Op
from desktop.services.errors import NotFound, Refused
from desktop.services.handover import ReadingForm
from desktop.services.office import Office
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.offices import check_in, person, rooms_of, sit_down, terms
from tests.services.paper.samples import pdf_text

NUMBER = person().document.number  # type: ignore[union-attr]


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager", "cashier")


@pytest.fixture
def news(office: Office, clerk: Actor) -> check_ins.CheckedIn:
    form = check_in_forms.CheckIn(
        rooms_of(office)[0], terms(office.world.today()), party=person(), matched=True, notice_told=True, keys=2,
        cards=1, readings=[ReadingForm(MeterKind.WATER, Decimal("31.5"), "W-0071")],
    )  # fmt: skip
    with begin(office, clerk, Op.CHECK_IN) as work:
        return check_ins.check_in(work, form)


def _pay(
    office: Office, clerk: Actor, news: check_ins.CheckedIn, given: Money | None = None, surplus: Surplus | None = None
) -> payments.PaymentTaken:
    with look(office, PROGRAM) as reading:
        owed = {row.id: row.owed for row in billing.bills_of(reading, lease_id=news.lease_id, open_only=True)}
    tender = payments.TenderForm(PayMethod.CASH, given or total(owed.values()))
    with begin(office, clerk, Op.TAKE_PAYMENT) as work:
        return payments.take_payment(work, payments.TakePayment(news.party_id, owed, [tender], surplus))


def _text(pdf: bytes) -> str:
    return "\n".join(pdf_text(pdf))


# ---- receipts ----------------------------------------------------------------------------------------------------


def test_a_receipt_says_what_was_paid(office: Office, clerk: Actor, news: check_ins.CheckedIn) -> None:
    paid = _pay(office, clerk, news, Money.yuan(8000), Surplus.CHANGE)
    with look(office, clerk) as reading:
        text = _text(receipt_papers.preview_receipt(reading, paid.payment_id, "a5"))
    for words in (
        "望江物业服务有限公司", paid.receipt_number, "顾听澜", "1 栋", "押金", "租金", "7,440.00", "柒仟肆佰肆拾元整",
        "现金", "实收 ¥8,000.00", "找零 ¥560.00", "林小满", "本收据不作为发票", "存根联", "客户联",
    ):  # fmt: skip
        assert words in text, words
    assert "补打" not in text


def test_each_print_is_counted_and_hashed(office: Office, clerk: Actor, news: check_ins.CheckedIn) -> None:
    paid = _pay(office, clerk, news)
    prints = []
    for _ in range(3):
        with begin(office, clerk, Op.PRINT_PAPER) as work:
            prints.append(receipt_papers.print_receipt(work, paid.payment_id, "a4"))
    assert [each.ordinal for each in prints] == [0, 1, 2]
    assert ["补打" in _text(each.pdf) for each in prints] == [False, True, True]
    assert "补打 2" in _text(prints[2].pdf)
    assert "顾听澜" not in prints[0].title
    with look(office, PROGRAM) as reading:
        events = reading.session.scalars(sa.select(PrintEvent).order_by(PrintEvent.ordinal)).all()
        assert [event.sha256 for event in events] == [hashlib.sha256(each.pdf).digest() for each in prints]
        assert {event.options["form"] for event in events} == {"a4"}
        last = audit.list_audit(reading, limit=1)[0]
        assert (last.what, last.subject_id, last.facts["ordinal"]) == ("打印", paid.payment_id, 2)
        assert [ordinal for _, _, ordinal in receipts.receipt_page(reading, paid.payment_id).prints] == [0, 1, 2]


def test_a_preview_is_not_a_print(office: Office, clerk: Actor, news: check_ins.CheckedIn) -> None:
    paid = _pay(office, clerk, news)
    with look(office, clerk) as reading:
        receipt_papers.preview_receipt(reading, paid.payment_id)
        assert reading.session.scalar(sa.select(sa.func.count()).select_from(PrintEvent)) == 0


def test_money_to_the_credit_stands_on_its_own_line(office: Office, clerk: Actor, news: check_ins.CheckedIn) -> None:
    paid = _pay(office, clerk, news, Money.yuan(7500), Surplus.CREDIT)
    with look(office, clerk) as reading:
        text = _text(receipt_papers.preview_receipt(reading, paid.payment_id))
    assert "预存" in text
    assert "7,500.00" in text


def test_a_reversal_is_red_and_names_the_receipt_it_takes_back(
    office: Office, clerk: Actor, news: check_ins.CheckedIn
) -> None:
    paid = _pay(office, clerk, news)
    with begin(office, clerk, Op.REVERSE_PAYMENT) as work:
        red = reversals.reverse_payment(work, paid.payment_id, "付款方式录错")
    with look(office, clerk) as reading:
        text = _text(receipt_papers.preview_receipt(reading, red.payment_id))
    assert "（冲红）" in text
    assert f"冲销原收据 No. {paid.receipt_number}，原因：付款方式录错" in text
    assert "-7,440.00" in text


def test_a_settlement_prints_as_money_that_goes_back(office: Office, clerk: Actor, news: check_ins.CheckedIn) -> None:
    _pay(office, clerk, news)
    office.world.advance(timedelta(days=89))  # type: ignore[attr-defined]
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, news.lease_id)
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        sums = settlements.settlement_of(work, news.lease_id)
        done = settlements.settle_lease(work, news.lease_id, sums, PayMethod.TRANSFER, "8812")
    assert done.payment_id is not None
    with look(office, clerk) as reading:
        text = _text(receipt_papers.preview_receipt(reading, done.payment_id))
    for words in ("退款单", "收款人", "-1,860.00", "退款方式", "8812", "退租结算"):
        assert words in text, words
    assert "实收" not in text


def test_a_strange_payment_is_not_found(office: Office, clerk: Actor) -> None:
    with look(office, clerk) as reading, pytest.raises(NotFound):
        receipt_papers.preview_receipt(reading, UUID(int=7))


def test_printing_needs_its_right(office: Office, clerk: Actor, news: check_ins.CheckedIn) -> None:
    paid = _pay(office, clerk, news)
    auditor = sit_down(office, "auditor", login="luzw", name="陆知微")
    with look(office, auditor) as reading:
        receipt_papers.preview_receipt(reading, paid.payment_id)
    with pytest.raises(Refused), begin(office, auditor, Op.PRINT_PAPER) as work:
        receipt_papers.print_receipt(work, paid.payment_id)


# ---- leases ------------------------------------------------------------------------------------------------------


def test_the_lease_is_whole_on_paper_and_masked_on_the_screen(
    office: Office, clerk: Actor, news: check_ins.CheckedIn
) -> None:
    with look(office, clerk) as reading:
        shown = _text(papers.preview_lease(reading, news.lease_id))
    with begin(office, clerk, Op.PRINT_PAPER) as work:
        printed = papers.print_lease(work, news.lease_id)
    text = _text(printed.pdf)
    assert NUMBER in text
    assert "13812345678" in text
    assert NUMBER not in shown
    assert "13812345678" not in shown
    assert "990101********" in shown
    for words in (
        news.lease_number, "顾听澜", "望江物业服务有限公司", "46.2", "1,860.00", "每 3 个月一期",
        "2026-11-22 至 2027-02-21", "5,580.00", "钥匙", "2 把", "门卡", "水表", "31.5", "W-0071", "承租人本人",
    ):  # fmt: skip
        assert words in text, words


def test_the_signed_lease_is_kept_encrypted(office: Office, clerk: Actor, news: check_ins.CheckedIn) -> None:
    for _ in range(2):
        with begin(office, clerk, Op.PRINT_PAPER) as work:
            printed = papers.print_lease(work, news.lease_id)
    assert printed.ordinal == 1
    with look(office, clerk) as reading:
        (kept,) = reading.session.scalars(sa.select(StoredFile).where(StoredFile.kind == "lease_pdf")).all()
        with pytest.raises(Refused):  # whole numbers stand on it: opening it is an act of its own
            attachments.read_file(reading, kept.id)
    with begin(office, clerk, Op.REVEAL) as work:
        form = attachments.reveal_file(work, kept.id)
    assert NUMBER in _text(form.data)
    with look(office, clerk) as reading:
        sealed = reading.session.scalar(sa.text("SELECT data FROM blob"))
    assert b"%PDF" not in bytes(sealed)


def test_a_lease_keeps_the_words_it_was_signed_by(office: Office, clerk: Actor, news: check_ins.CheckedIn) -> None:
    with begin(office, clerk, Op.SAVE_TEMPLATE) as work:
        old = templates.current_template(work, "housing_lease").body
        templates.save_template(work, "housing_lease", old.replace("# 住房租赁合同", "# 新版租赁合同"))
    later = check_in(office, clerk, rooms_of(office)[1], form=person("周思齐", sequence=9, phone="13900001111"))
    with look(office, clerk) as reading:
        assert "住房租赁合同" in _text(papers.preview_lease(reading, news.lease_id))
        assert "新版租赁合同" in _text(papers.preview_lease(reading, later.lease_id))


def notice_named(pdf: bytes) -> str:
    found = re.search(r"个人信息处理告知书》（(\d+) 版）", _text(pdf).replace("\n", ""))
    return found[1] if found else ""


def new_notice(office: Office, clerk: Actor) -> None:
    with begin(office, clerk, Op.SAVE_TEMPLATE) as work:
        old = templates.current_template(work, "pipl_notice").body
        templates.save_template(work, "pipl_notice", old + "\n补充一句。\n")
    office.world.advance(timedelta(days=1))  # type: ignore[attr-defined]


def test_a_lease_names_the_notice_that_was_handed_over_with_it(
    office: Office, clerk: Actor, news: check_ins.CheckedIn
) -> None:
    """Printed first, and printed again: whatever is in force by then."""
    with begin(office, clerk, Op.PRINT_PAPER) as work:
        first = papers.print_lease(work, news.lease_id)
    new_notice(office, clerk)
    later = check_in(office, clerk, rooms_of(office)[1], form=person("周思齐", sequence=9, phone="13900001111"))
    new_notice(office, clerk)
    with begin(office, clerk, Op.PRINT_PAPER) as work:
        again, other = papers.print_lease(work, news.lease_id), papers.print_lease(work, later.lease_id)
    assert [notice_named(each.pdf) for each in (first, again, other)] == ["1", "1", "2"]
    with look(office, clerk) as reading:
        assert notice_named(papers.preview_lease(reading, news.lease_id)) == "1"


def test_a_tenant_who_comes_back_was_told_twice(office: Office, clerk: Actor, news: check_ins.CheckedIn) -> None:
    """The old lease keeps the old notice, the new lease of the same person has the new one."""
    new_notice(office, clerk)
    form = check_in_forms.CheckIn(
        rooms_of(office)[1], terms(office.world.today()), party_id=news.party_id, matched=True, notice_told=True
    )
    with begin(office, clerk, Op.CHECK_IN) as work:
        second = check_ins.check_in(work, form)
    with look(office, clerk) as reading:
        assert notice_named(papers.preview_lease(reading, news.lease_id)) == "1"
        assert notice_named(papers.preview_lease(reading, second.lease_id)) == "2"


def test_a_notice_changed_between_showing_and_signing(office: Office, clerk: Actor) -> None:
    """She was shown version 1; version 2 came while the form was being filled in."""
    with look(office, clerk) as reading:
        shown = templates.current_template(reading, "pipl_notice").id
    new_notice(office, clerk)
    form = check_in_forms.CheckIn(
        rooms_of(office)[0], terms(office.world.today()), party=person(), matched=True, notice_told=True,
        notice_id=shown,
    )  # fmt: skip
    with look(office, clerk) as reading:
        assert notice_named(papers.draft_lease(reading, form)) == "1"
    with begin(office, clerk, Op.CHECK_IN) as work:
        news = check_ins.check_in(work, form)
    with look(office, clerk) as reading:
        assert notice_named(papers.preview_lease(reading, news.lease_id)) == "1"


def test_a_draft_has_no_number_yet_and_says_so(office: Office, clerk: Actor) -> None:
    start = office.world.today()
    form = check_in_forms.CheckIn(rooms_of(office)[0], replace(terms(start), cycle_months=1), party=person())
    with look(office, clerk) as reading:
        text = _text(papers.draft_lease(reading, form))
        assert reading.session.scalar(sa.text("SELECT count(*) FROM lease")) == 0
    assert papers.LEASE_NUMBER_LATER in text
    assert "草稿" in text
    assert "顾听澜" in text
    assert NUMBER not in text
    assert text.count("1,860.00") >= 12


def test_the_notice_names_controller_reader_and_version(office: Office, clerk: Actor) -> None:
    with look(office, clerk) as reading:
        text = _text(papers.preview_notice(reading, "顾听澜"))
    for words in ("个人信息处理告知书", "望江物业服务有限公司", "顾听澜", "林小满"):
        assert words in text, words
