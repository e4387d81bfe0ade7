"""The print queue: a paper is queued in the act that notes it, tried again as it was, never printed twice unseen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.payments import PrintEvent
from desktop.models.printing import PrintJob, PrintState
from desktop.models.values import PayMethod, total
from desktop.services import (
    billing,
    check_ins,
    papers,
    payments,
    print_again,
    print_queue,
    receipt_papers,
    templates,
)
from desktop.services.acts import Op
from desktop.services.errors import NotFound, Refused
from desktop.services.office import Office
from desktop.services.paper.receipt_form import KIND, shipped, write_form
from desktop.services.print_events import Printed
from desktop.services.print_queue import UNSURE, AlreadyPrinted, QueuedJob
from desktop.services.work import PROGRAM, Actor, Work, begin, look
from tests.offices import check_in, rooms_of, sit_down
from tests.services.paper.samples import pdf_text


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager", "cashier")


@pytest.fixture
def news(office: Office, clerk: Actor) -> check_ins.CheckedIn:
    return check_in(office, clerk, rooms_of(office)[0])


@pytest.fixture
def paid(office: Office, clerk: Actor, news: check_ins.CheckedIn) -> payments.PaymentTaken:
    with look(office, PROGRAM) as reading:
        owed = {row.id: row.owed for row in billing.bills_of(reading, lease_id=news.lease_id, open_only=True)}
    tender = payments.TenderForm(PayMethod.CASH, total(owed.values()))
    with begin(office, clerk, Op.TAKE_PAYMENT) as work:
        return payments.take_payment(work, payments.TakePayment(news.party_id, owed, [tender]))


def act(office: Office, clerk: Actor, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    with begin(office, clerk, Op.PRINT_PAPER) as work:
        return function(work, *args, **options)


def jobs(office: Office, clerk: Actor) -> list[QueuedJob]:
    with look(office, clerk) as reading:
        return print_queue.list_jobs(reading)


def printed_again(office: Office, clerk: Actor, job_id: UUID) -> Printed:
    with look(office, clerk) as reading:
        return print_again.paper_of_job(reading, job_id)


def print_one(
    office: Office, clerk: Actor, paid: payments.PaymentTaken, form: str = "", printer: str = "HP"
) -> Printed:
    printed: Printed = act(office, clerk, receipt_papers.print_receipt, paid.payment_id, form, printer)
    return printed


def test_a_print_is_queued_in_its_own_act(office: Office, clerk: Actor, paid: payments.PaymentTaken) -> None:
    printed = print_one(office, clerk, paid)
    (job,) = jobs(office, clerk)
    assert (job.id, job.state, job.printer, job.tries) == (printed.job_id, PrintState.WAITING, "HP", 1)
    assert (job.title, job.subject_id, job.who) == (f"收据 {paid.receipt_number}", paid.payment_id, "林小满")
    assert "顾听澜" not in job.title

    def cut_off(work: Work) -> None:
        receipt_papers.print_receipt(work, paid.payment_id)
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        act(office, clerk, cut_off)
    assert len(jobs(office, clerk)) == 1, "no event, no job"


def test_out_of_paper_leaves_a_sentence_and_a_retry_is_no_reprint(
    office: Office, clerk: Actor, paid: payments.PaymentTaken
) -> None:
    printed = print_one(office, clerk, paid)
    act(office, clerk, print_queue.note_failed, printed.job_id, "针打-01 缺纸")
    (job,) = jobs(office, clerk)
    assert (job.state, job.trouble, job.open) == (PrintState.FAILED, "针打-01 缺纸", True)
    anew = printed_again(office, clerk, printed.job_id)
    assert anew.pdf == printed.pdf, "the very paper, byte for byte"
    assert "补打" not in "".join(pdf_text(anew.pdf))
    act(office, clerk, print_queue.send_again, printed.job_id, "针打-02")
    (job,) = jobs(office, clerk)
    assert (job.state, job.printer, job.trouble, job.tries) == (PrintState.WAITING, "针打-02", "", 2)
    act(office, clerk, print_queue.note_printed, printed.job_id, "针打-02")
    (job,) = jobs(office, clerk)
    assert (job.state, job.done_at) == (PrintState.PRINTED, office.world.now())
    with look(office, clerk) as reading:
        assert reading.session.scalar(sa.select(sa.func.count()).select_from(PrintEvent)) == 1


def test_what_came_out_is_never_sent_again(office: Office, clerk: Actor, paid: payments.PaymentTaken) -> None:
    printed = print_one(office, clerk, paid)
    act(office, clerk, print_queue.note_printed, printed.job_id, "HP")
    for function, more in ((print_queue.send_again, ["HP"]), (print_queue.drop_job, [])):
        with pytest.raises(AlreadyPrinted, match="请用补打"):
            act(office, clerk, function, printed.job_id, *more)
    act(office, clerk, print_queue.note_failed, printed.job_id, "late news")
    (job,) = jobs(office, clerk)
    assert (job.state, job.trouble, job.tries) == (PrintState.PRINTED, "", 1)


def test_after_a_crash_it_may_have_come_out_and_says_so(
    office: Office, clerk: Actor, paid: payments.PaymentTaken
) -> None:
    lost, here, failed = (print_one(office, clerk, paid) for _ in range(3))
    act(office, clerk, print_queue.note_failed, failed.job_id, "缺纸")
    assert act(office, clerk, print_queue.settle_left_over, [here.job_id]) == 1
    state = {job.id: (job.state, job.trouble) for job in jobs(office, clerk)}
    assert state == {
        lost.job_id: (PrintState.FAILED, UNSURE), here.job_id: (PrintState.WAITING, ""),
        failed.job_id: (PrintState.FAILED, "缺纸"),
    }  # fmt: skip
    assert act(office, clerk, print_queue.settle_left_over, [here.job_id]) == 0


def test_dropped_and_old_jobs(office: Office, clerk: Actor, paid: payments.PaymentTaken) -> None:
    dropped, waiting = print_one(office, clerk, paid), print_one(office, clerk, paid)
    act(office, clerk, print_queue.drop_job, dropped.job_id)
    act(office, clerk, print_queue.note_failed, dropped.job_id, "late news")
    assert [job.state for job in jobs(office, clerk)] == [PrintState.WAITING, PrintState.DROPPED]
    office.world.advance(timedelta(days=31))  # type: ignore[attr-defined]
    act(office, clerk, print_queue.settle_left_over)
    (left,) = jobs(office, clerk)
    assert left.id == waiting.job_id, "what nobody has seen is kept for ever"


def test_a_queue_belongs_to_one_pc(office: Office, clerk: Actor, paid: payments.PaymentTaken) -> None:
    printed = print_one(office, clerk, paid)
    with begin(office, clerk, Op.PRINT_PAPER) as work:
        work.session.get_one(PrintJob, printed.job_id).device_id = UUID(int=7)
    assert jobs(office, clerk) == []
    with pytest.raises(NotFound):
        act(office, clerk, print_queue.send_again, printed.job_id, "HP")
    assert act(office, clerk, print_queue.settle_left_over) == 0


def test_the_queue_needs_its_right(office: Office, clerk: Actor, paid: payments.PaymentTaken) -> None:
    auditor = sit_down(office, "auditor", login="luzw", name="陆知微")
    with pytest.raises(Refused):
        jobs(office, auditor)


def test_the_first_lease_is_the_kept_one_and_a_later_one_is_made_anew(
    office: Office, clerk: Actor, news: check_ins.CheckedIn
) -> None:
    first = act(office, clerk, papers.print_lease, news.lease_id, "HP")
    second = act(office, clerk, papers.print_lease, news.lease_id, "HP")
    assert printed_again(office, clerk, first.job_id).pdf == first.pdf
    assert pdf_text(printed_again(office, clerk, second.job_id).pdf) == pdf_text(second.pdf)


def test_keeping_the_book_of_the_queue_leaves_no_line_in_the_audit_log(
    office: Office, clerk: Actor, paid: payments.PaymentTaken
) -> None:
    from desktop.models.trust import AuditEntry

    printed = print_one(office, clerk, paid)

    def entries() -> int:
        with look(office, clerk) as reading:
            return reading.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) or 0

    before = entries()
    act(office, clerk, print_queue.note_failed, printed.job_id, "缺纸")
    act(office, clerk, print_queue.send_again, printed.job_id, "HP")
    act(office, clerk, print_queue.note_printed, printed.job_id, "HP")
    assert entries() == before


# ---- forms -------------------------------------------------------------------------------------------------------


def edit_form(office: Office, clerk: Actor, key: str, **changes: Any) -> None:
    with begin(office, clerk, Op.SAVE_TEMPLATE) as work:
        templates.save_template(work, KIND + key, write_form(shipped(key).but(**changes)))


def note_of(pdf: bytes) -> str:
    return "".join(pdf_text(pdf)).replace("\n", "")


def test_a_reprint_is_laid_out_as_it_was_then(office: Office, clerk: Actor, paid: payments.PaymentTaken) -> None:
    first = print_one(office, clerk, paid, "third")
    office.world.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
    edit_form(office, clerk, "third", stub="二〇二六年版")
    assert "二〇二六年版" not in note_of(print_one(office, clerk, paid, "third").pdf)
    assert "二〇二六年版" not in note_of(printed_again(office, clerk, first.job_id).pdf)
    with look(office, clerk) as reading:
        assert "二〇二六年版" not in note_of(receipt_papers.preview_receipt(reading, paid.payment_id, "third"))


def test_a_new_receipt_takes_the_version_of_today(office: Office, clerk: Actor, paid: payments.PaymentTaken) -> None:
    edit_form(office, clerk, "third", stub="二〇二六年版")
    office.world.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
    first = print_one(office, clerk, paid, "third")
    assert "二〇二六年版" in note_of(first.pdf)
    edit_form(office, clerk, "third", stub="二〇二七年版")
    again = print_one(office, clerk, paid, "third")
    assert "二〇二六年版" in note_of(again.pdf)
    assert "补打 1" in "".join(pdf_text(again.pdf))


def test_a_reprint_on_other_paper_takes_the_version_of_that_day(
    office: Office, clerk: Actor, paid: payments.PaymentTaken
) -> None:
    print_one(office, clerk, paid, "a5")
    office.world.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
    edit_form(office, clerk, "roll", stub="二〇二七年版")
    assert "二〇二七年版" not in note_of(print_one(office, clerk, paid, "roll").pdf)


def test_a_pre_printed_form_follows_the_paper_in_the_tray(
    office: Office, clerk: Actor, paid: payments.PaymentTaken
) -> None:
    print_one(office, clerk, paid, "own")
    office.world.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
    fields = tuple(place for place in shipped("own").fields if place.name != "cashier")
    edit_form(office, clerk, "own", fields=fields)
    again = print_one(office, clerk, paid, "own")
    assert "林小满" not in note_of(again.pdf)
    assert printed_again(office, clerk, again.job_id).pdf == again.pdf


def test_what_did_not_fit_is_told_with_the_print(office: Office, clerk: Actor, paid: payments.PaymentTaken) -> None:
    fields = tuple(replace(place, width=3) if place.name == "payer" else place for place in shipped("own").fields)
    edit_form(office, clerk, "own", fields=fields)
    printed = print_one(office, clerk, paid, "own")
    assert printed.notices
    assert printed.notices[0].startswith("「付款人」写不下")
    assert print_one(office, clerk, paid, "a5").notices == ()
