"""The invoice register 发票登记 on both engines: asked for, issued elsewhere, given up, taken back; never a deposit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.invoices import Invoice, InvoicedBill
from desktop.models.parties import Party, PersonDocument
from desktop.models.values import NIL, DocumentKind, FeeType, InvoiceState, Money, PartyKind, Surplus
from desktop.ocr.id_number import make_id_number
from desktop.services import attachments, identity, invoice_lists, invoices, opening
from desktop.services.acts import Op
from desktop.services.attachments import FileForm
from desktop.services.errors import DomainError, ProblemsFound, Refused
from desktop.services.invoice_lists import InvoiceFilter, InvoiceOrder, InvoiceScope
from desktop.services.invoices import IssueInvoice, RequestInvoice
from desktop.services.office import Office
from desktop.services.paging import Span
from desktop.services.transitions import ForbiddenMove
from desktop.services.work import PROGRAM, begin, look
from desktop.world import SeededWorld
from tests.databases import Databases
from tests.offices import check_in, rooms_of, sit_down
from tests.services.pay_kit import Desk, cash
from tests.services.test_replay import prove

NUMBER, RED = "26117000001234567890", "26117000009876543210"
PDF = FileForm("发票.pdf", "application/pdf", b"%PDF-1.4\n%%EOF")


@pytest.fixture
def desk(office: Office) -> Iterator[Desk]:
    clerk = sit_down(office, "front_desk")
    lead = sit_down(office, "finance_lead", login="zhaocw", name="赵财务")
    news = check_in(office, clerk, rooms_of(office)[0])
    made = Desk(office, lead, news.party_id, news.lease_id)
    yield made
    made.hold_books()


def offer(desk: Desk, **about: Any) -> invoices.InvoiceOffer:
    with look(desk.office, desk.cashier) as reading:
        return invoices.invoice_offer(reading, **about)


def request(desk: Desk, amounts: dict[UUID, Money], tax_number: str = "", at: Office | None = None) -> UUID:
    with begin(at or desk.office, desk.cashier, Op.REGISTER_INVOICE) as work:
        return invoices.request_invoice(work, RequestInvoice(desk.tenant, "顾听澜", amounts, tax_number))


def issue(desk: Desk, invoice_id: UUID, number: str = NUMBER, code: str = "", pdf: FileForm | None = None) -> None:
    with begin(desk.office, desk.cashier, Op.REGISTER_INVOICE) as work:
        invoices.issue_invoice(work, IssueInvoice(invoice_id, number, work.world.today(), code, pdf))


def record(desk: Desk, invoice_id: UUID) -> invoice_lists.InvoiceRow:
    with look(desk.office, desk.cashier) as reading:
        return invoice_lists.invoice_record(reading, invoice_id)


def states(desk: Desk, *bills: UUID) -> dict[UUID, invoices.BillInvoice]:
    with look(desk.office, desk.cashier) as reading:
        return invoices.invoices_of_bills(reading, bills)


def test_an_invoice_from_its_request_to_its_number(desk: Desk) -> None:
    deposit, rent = desk.bills()
    found = offer(desk, bill_ids=[deposit.id, rent.id])
    assert (found.buyer, found.title, found.company, found.tax_number) == ("顾听澜", "顾听澜", False, "")
    assert found.free() == {deposit.id: NIL, rent.id: Money.yuan(5580)}
    assert found.bills[0].why_not == invoices.NO_DEPOSITS
    made = request(desk, {rent.id: Money.yuan(1000)})
    row = record(desk, made)
    assert (row.state, row.amount, row.requested_by) == (InvoiceState.REQUESTED, Money.yuan(1000), "赵财务")
    assert [(title, amount) for _, title, amount in row.bills] == [(rent.title, Money.yuan(1000))]
    assert states(desk, deposit.id, rent.id)[rent.id].words() == "待开 1,000.00"
    issue(desk, made, pdf=PDF)
    row = record(desk, made)
    assert (row.state, row.number, row.code) == (InvoiceState.ISSUED, NUMBER, "")
    assert states(desk, rent.id)[rent.id].words() == f"已开 {NUMBER}"
    with look(desk.office, desk.cashier) as reading:
        assert attachments.read_file(reading, row.files[0].id).data == PDF.data
    assert offer(desk, bill_ids=[rent.id]).free() == {rent.id: Money.yuan(4580)}


def test_no_more_than_was_billed_and_never_a_deposit(desk: Desk) -> None:
    deposit, rent = desk.bills()
    for amounts, said in (
        ({deposit.id: Money.yuan(10)}, "押金"),
        ({rent.id: Money.yuan("5580.01")}, "超过还能开的 5,580.00"),
        ({rent.id: NIL}, "大于 0"),
        ({}, "先勾选"),
        ({desk.office.world.new_id(): Money.yuan(1)}, "不能开票"),
    ):
        with pytest.raises(ProblemsFound) as caught:
            request(desk, amounts)
        assert said in caught.value.problems["amounts"]
    mixed = desk.bill((FeeType.DEPOSIT, "100.00"), (FeeType.RENT, "40.00"))
    assert offer(desk, bill_ids=[mixed]).free() == {mixed: Money.yuan(40)}
    less = desk.bill((FeeType.RENT, "40.00"), (FeeType.RENT, "-15.00"))
    assert offer(desk, bill_ids=[less]).free() == {less: Money.yuan(25)}
    favour = desk.bill((FeeType.RENT, "-15.00"))
    assert offer(desk, bill_ids=[favour]).bills[0].why_not.startswith("这张账单没有应收")


def test_what_was_given_up_or_taken_back_may_be_asked_for_again(desk: Desk) -> None:
    _, rent = desk.bills()
    first = request(desk, {rent.id: rent.owed})
    with pytest.raises(invoices.BillsInvoiced) as caught:
        request(desk, {rent.id: Money.yuan(1)})
    assert caught.value.free == NIL
    with begin(desk.office, desk.cashier, Op.REGISTER_INVOICE) as work:
        invoices.cancel_invoice(work, first, "客户改要收据")
    assert states(desk, rent.id) == {}
    second = request(desk, {rent.id: rent.owed})
    issue(desk, second)
    with begin(desk.office, desk.cashier, Op.REGISTER_INVOICE) as work:
        invoices.reverse_invoice(work, second, RED, "抬头开错")
    row = record(desk, second)
    assert (row.state, row.red_number, row.note) == (InvoiceState.REVERSED, RED, "抬头开错")
    request(desk, {rent.id: rent.owed})


def test_the_machine_refuses_in_words(desk: Desk) -> None:
    _, rent = desk.bills()
    made = request(desk, {rent.id: Money.yuan(10)})
    with pytest.raises(ForbiddenMove), begin(desk.office, desk.cashier, Op.REGISTER_INVOICE) as work:
        invoices.reverse_invoice(work, made, RED, "抬头开错")
    issue(desk, made)
    with pytest.raises(ForbiddenMove, match="登记红冲"), begin(desk.office, desk.cashier, Op.REGISTER_INVOICE) as work:
        invoices.cancel_invoice(work, made, "不要了")
    with pytest.raises(ForbiddenMove):
        issue(desk, made, RED)


@pytest.mark.parametrize(
    ("number", "code", "field"),
    [
        ("1234", "", "number"), ("1234567890123456789X", "", "number"), ("12345678", "", "code"),
        ("12345678", "12345", "code"), (NUMBER, "0123456789", "code"),
    ],
)  # fmt: skip
def test_numbers_are_those_of_the_tax_system(desk: Desk, number: str, code: str, field: str) -> None:
    _, rent = desk.bills()
    made = request(desk, {rent.id: Money.yuan(10)})
    with pytest.raises(ProblemsFound) as caught:
        issue(desk, made, number, code)
    assert list(caught.value.problems) == [field]
    issue(desk, made, "12345678", "044001900111")


def test_day_paper_and_number_are_held_against_what_can_be(desk: Desk, world: SeededWorld) -> None:
    _, rent = desk.bills()
    made, other = request(desk, {rent.id: Money.yuan(10)}), request(desk, {rent.id: Money.yuan(20)})
    later = IssueInvoice(made, NUMBER, world.today() + timedelta(days=1), pdf=FileForm("照片", "image/png", b"\x89PNG"))
    with pytest.raises(ProblemsFound) as caught, begin(desk.office, desk.cashier, Op.REGISTER_INVOICE) as work:
        invoices.issue_invoice(work, later)
    assert set(caught.value.problems) == {"issued_on", "pdf"}
    issue(desk, made)
    with pytest.raises(ProblemsFound, match="已经登记给「顾听澜」"):
        issue(desk, other)
    issue(desk, other, RED)
    for red, reason, field in (
        (NUMBER, "抬头开错", "red_number"),
        ("12", "抬头开错", "red_number"),
        (RED, "", "reason"),
    ):
        with pytest.raises(ProblemsFound) as caught, begin(desk.office, desk.cashier, Op.REGISTER_INVOICE) as work:
            invoices.reverse_invoice(work, made, red, reason)
        assert list(caught.value.problems) == [field]


def _code() -> str:
    first = "91110108MA01ABCD2"
    return first + identity.uscc_check_character(first)


def test_a_persons_number_is_never_written_here(desk: Desk) -> None:
    _, rent = desk.bills()
    number = make_id_number(date(1996, 4, 18), "female", sequence=7)
    for text in (number, number.lower(), f" {number[:6]} {number[6:]}", f"{number}00"):
        with pytest.raises(ProblemsFound) as caught:
            request(desk, {rent.id: Money.yuan(10)}, text)
        assert "身份证号" in caught.value.problems["tax_number"]
    assert invoices.tax_number_problem(_code(), company=True) == ""
    assert invoices.tax_number_problem(_code()[:-1] + "0", company=True) != "" or _code().endswith("0")
    assert "要填" in invoices.tax_number_problem("", company=True)
    assert invoices.tax_number_problem("", company=False) == ""
    assert "15 到 20" in invoices.tax_number_problem("9111", company=True)
    request(desk, {rent.id: Money.yuan(10)}, _code().lower())
    with desk.office.reading() as session:
        assert session.scalars(sa.select(Invoice.tax_number)).all() == [_code()]


def test_a_company_brings_its_number(desk: Desk) -> None:
    _, rent = desk.bills()
    with begin(desk.office, PROGRAM, Op.CHANGE_PARTY) as work:
        party = work.get(Party, desk.tenant)
        party.kind = PartyKind.ORGANISATION
        paper = PersonDocument(
            party_id=party.id, kind=DocumentKind.BUSINESS_LICENCE, number_index=bytes(32), number_tail=bytes(2),
            issuer=None, valid_from=None, valid_to=None, long_term=True, how="typed", matched_by=None,
        )  # fmt: skip
        work.seal(paper, "number", _code())
        work.add(paper)
    found = offer(desk, party_id=desk.tenant)
    assert (found.company, found.tax_number) == (True, _code())
    assert {bill.row.id for bill in found.bills} >= {rent.id}
    with pytest.raises(ProblemsFound) as caught:
        request(desk, {rent.id: Money.yuan(10)})
    assert list(caught.value.problems) == ["tax_number"]


def test_a_request_begins_at_a_receipt_too(desk: Desk) -> None:
    deposit, rent = desk.bills()
    taken = desk.pay({deposit.id: deposit.owed, rent.id: rent.owed}, [cash(7440)])
    assert set(offer(desk, payment_id=taken.payment_id).free()) == {deposit.id, rent.id}
    ahead = desk.pay({}, [cash(10)], Surplus.CREDIT)
    with pytest.raises(DomainError, match="预存"):
        offer(desk, payment_id=ahead.payment_id)


def test_two_desks_ask_for_the_same_bill_at_once(desk: Desk, tmp_path: Path) -> None:
    other = opening.open_office(
        SeededWorld(desk.office.world.now(), seed=99), tmp_path / "office", desk.office.engine.url
    )
    _, rent = desk.bills()
    start, news = threading.Barrier(2), list[Any]()

    def ask(at: Office) -> None:
        start.wait()
        try:
            news.append(request(desk, {rent.id: rent.owed}, at=at))
        except DomainError as error:
            news.append(error)

    threads = [threading.Thread(target=ask, args=(at,)) for at in (desk.office, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    other.close()
    assert sorted(type(each).__name__ for each in news) == ["BillsInvoiced", "UUID"], news
    with desk.office.reading() as session:
        assert session.scalars(sa.select(InvoicedBill.amount)).all() == [rent.owed]


def test_the_register_as_a_list(desk: Desk, world: SeededWorld) -> None:
    _, rent = desk.bills()
    made = [request(desk, {rent.id: Money.yuan(yuan)}) for yuan in (30, 10, 20)]
    issue(desk, made[0])
    with begin(desk.office, desk.cashier, Op.REGISTER_INVOICE) as work:
        invoices.cancel_invoice(work, made[1], "不要了")
    with look(desk.office, desk.cashier) as reading:
        figures = invoice_lists.invoice_figures(reading)
        assert {scope: found.rows for scope, found in figures.items()} == {
            InvoiceScope.REQUESTED: 1, InvoiceScope.ISSUED: 1, InvoiceScope.ENDED: 1, InvoiceScope.ALL: 3,
        }  # fmt: skip
        whole = InvoiceFilter(InvoiceScope.ALL)
        assert invoice_lists.count_invoices(reading, whole).amount == Money.yuan(60)

        def ids(wanted: InvoiceFilter, order: InvoiceOrder | None = None) -> list[UUID]:
            return [row.id for row in invoice_lists.list_invoices(reading, wanted, Span(0, 20), order)]

        assert ids(whole) == made[::-1]
        assert ids(whole, InvoiceOrder.AMOUNT) == [made[1], made[2], made[0]]
        assert ids(InvoiceFilter(InvoiceScope.ALL, NUMBER[-6:])) == [made[0]]
        assert len(ids(InvoiceFilter(InvoiceScope.ALL, "听澜"))) == 3
        assert len(ids(InvoiceFilter(InvoiceScope.ALL, "gtl"))) == 3
        assert ids(InvoiceFilter(InvoiceScope.ALL, "100%")) == []
        assert ids(InvoiceFilter(InvoiceScope.ALL, chosen=(("state", ("cancelled",)),))) == [made[1]]
        assert ids(InvoiceFilter(InvoiceScope.ALL, chosen=(("issued", ("today",)),))) == [made[0]]
        assert len(ids(InvoiceFilter(InvoiceScope.ALL, chosen=(("asked", ("today",)),)))) == 3


def test_who_may_register_and_who_may_only_look(desk: Desk) -> None:
    _, rent = desk.bills()
    clerk = sit_down(desk.office, "front_desk", login="lujx", name="陆见夏")
    with pytest.raises(Refused), begin(desk.office, clerk, Op.REGISTER_INVOICE) as work:
        invoices.request_invoice(work, RequestInvoice(desk.tenant, "顾听澜", {rent.id: Money.yuan(1)}))
    with look(desk.office, clerk) as reading:
        assert invoice_lists.list_invoices(reading, InvoiceFilter(), Span(0, 20)) == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_register_travels(desk: Desk, databases: Databases, tmp_path: Path, kind: str) -> None:
    _, rent = desk.bills()
    made, other = request(desk, {rent.id: Money.yuan(10)}), request(desk, {rent.id: Money.yuan(20)})
    issue(desk, made, pdf=PDF)
    with begin(desk.office, desk.cashier, Op.REGISTER_INVOICE) as work:
        invoices.reverse_invoice(work, made, RED, "抬头开错")
        invoices.cancel_invoice(work, other, "不要了")
    prove(desk.office, databases.clone(kind), tmp_path / "copy")  # type: ignore[arg-type]
