"""Work slips: printed with the number only where it may be, found by their square, typed back in one act."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.payments import PrintEvent
from desktop.models.printing import PrintJob
from desktop.models.trust import AuditEntry
from desktop.models.values import CheckAnswer, CostKind, CostPayer, Money, RepairCategory, Right
from desktop.models.work_orders import WorkOrderState
from desktop.services import (
    checks,
    due_engine,
    print_again,
    print_queue,
    repair_costs,
    repair_ratings,
    scan_codes,
    slip_codes,
    slip_prints,
    slip_results,
    work_order_page,
)
from desktop.services.acts import Op
from desktop.services.dispatch import AssignContractor, assign_contractor
from desktop.services.errors import DomainError, ProblemsFound, Refused, RowChanged
from desktop.services.fee_words import plain
from desktop.services.office import Office
from desktop.services.print_events import Printed
from desktop.services.repair_costs import MaterialForm, MaterialRow
from desktop.services.slip_codes import NoSuchOrder, ScannedSlip, SlipCode
from desktop.services.slip_results import SlipResult, SlipTyped, Unread, read_used
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.databases import Databases
from tests.offices import check_in, rooms_of, sit_down
from tests.services.paper.samples import pdf_text
from tests.services.plan_kit import LINES, inspection_form, put_plan, rounds
from tests.services.test_dispatch import firm, hire, send
from tests.services.test_replay import prove
from tests.services.test_work_order_page import lead, report
from tests.services.test_work_orders import go, history, order_of

__all__ = ["lead"]


@pytest.fixture
def man(office: Office, lead: Actor) -> UUID:
    return hire(office, lead, "方一鸣")


@pytest.fixture
def tap(office: Office, lead: Actor) -> UUID:
    lease = check_in(office, PROGRAM, rooms_of(office)[0])
    return report(office, lead, "水龙头滴水", party_id=lease.party_id)


def print_it(office: Office, actor: Actor, order: UUID) -> Printed:
    with begin(office, actor, Op.PRINT_PAPER) as work:
        return slip_prints.print_slip(work, order)


def text_of(pdf: bytes) -> str:
    return "".join(pdf_text(pdf))


def scan(office: Office, actor: Actor, code: str) -> ScannedSlip:
    found = slip_codes.slip_in(code)
    assert found is not None
    with look(office, actor) as reading:
        return slip_codes.scanned_slip(reading, found)


def type_back(office: Office, actor: Actor, request: SlipResult) -> SlipTyped:
    with begin(office, actor, Op.GO_ON_WITH_REPAIR) as work:
        return slip_results.type_back(work, request)


def stock(office: Office, lead: Actor, *names: str) -> list[MaterialRow]:
    for name in names:
        with begin(office, lead, Op.GO_ON_WITH_REPAIR) as work:
            repair_costs.save_material(work, MaterialForm(name, "个", Money.yuan(18)))
    with look(office, lead) as reading:
        return repair_costs.list_materials(reading)


# ---- on paper --------------------------------------------------------------------------------------------------------


def test_a_print_is_noted_queued_and_made_anew(office: Office, lead: Actor, man: UUID, tap: UUID) -> None:
    send(office, lead, tap, man, note="带 6 分角阀")
    first = print_it(office, lead, tap)
    said = text_of(first.pdf)
    for words in ("WJYA26-W00001", "1 栋 301", "水龙头滴水", "顾听澜", "13812345678", "方一鸣", "带 6 分角阀", "秦岭"):
        assert words in said
    assert (first.ordinal, first.notices) == (0, ())
    second = print_it(office, lead, tap)
    assert second.ordinal == 1
    assert "补打 1" in text_of(second.pdf)
    with office.reading() as session:
        events = session.scalars(sa.select(PrintEvent).order_by(PrintEvent.ordinal)).all()
        assert [(e.paper, e.subject_id, e.ordinal, e.options) for e in events] == [
            ("work_slip", tap, 0, {"phone": "whole"}), ("work_slip", tap, 1, {"phone": "whole"}),
        ]  # fmt: skip
        job = session.scalars(sa.select(PrintJob).where(PrintJob.id == first.job_id)).one()
        assert (job.options["title"], job.subject_table) == ("维修单 WJYA26-W00001", "work_order")
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.op == Op.PRINT_PAPER)).first()
        assert entry is not None
        assert entry.facts == {"paper": "work_slip", "ordinal": 0, "phone": "whole"}
    with look(office, lead) as reading:
        again = print_again.paper_of_job(reading, first.job_id)
        lines = work_order_page.order_page(reading, tap).lines
    assert again.ordinal == 0
    assert "13812345678" in text_of(again.pdf)
    assert [line.words for line in lines][-2:] == ["打印维修单", "打印维修单（补打 1）"]


def test_the_whole_number_only_where_it_may_stand(office: Office, lead: Actor, man: UUID, tap: UUID) -> None:
    waiting = print_it(office, lead, tap)
    assert "138****5678" in text_of(waiting.pdf)
    assert "还没派单" in waiting.notices[0]
    lifts = firm(office, lead, RepairCategory.WATER)
    with begin(office, lead, Op.ASSIGN_REPAIR) as work:
        assign_contractor(work, AssignContractor(tap, lifts))
    outside = print_it(office, lead, tap)
    assert "138****5678" in text_of(outside.pdf)
    assert "告知书" in outside.notices[0]
    go(office, lead, tap, "finish")
    assert "138****5678" in text_of(print_it(office, lead, tap).pdf)
    other = report(office, lead, "灯不亮", 1, party_id=order_of(office, tap).party_id)
    send(office, lead, other, man)
    cashier = sit_down(office, "cashier")
    masked = print_it(office, cashier, other)
    assert "13812345678" not in text_of(masked.pdf)
    assert "您的角色" in masked.notices[0]
    with look(office, lead) as reading:
        assert "13812345678" not in text_of(slip_prints.preview_slip(reading, other))
    whole = print_it(office, lead, other)
    assert "13812345678" in text_of(whole.pdf)
    with begin(office, cashier, Op.PRINT_PAPER) as work:
        print_queue.note_failed(work, whole.job_id, "缺纸")
    with look(office, cashier) as reading:  # sent again by somebody who may not read it
        assert "13812345678" not in text_of(print_again.paper_of_job(reading, whole.job_id).pdf)


def test_who_prints_what(office: Office, lead: Actor, tap: UUID) -> None:
    go_to = {"cancel": "住户自己修好了"}
    auditor = sit_down(office, "auditor", login="audit", name="严审")
    with pytest.raises(Refused):
        print_it(office, auditor, tap)
    blind = Actor(lead.staff_id, lead.name, lead.rights - {Right.SEE_PARTIES}, lead.sights)
    said = text_of(print_it(office, blind, tap).pdf)
    assert "顾听澜" not in said
    assert "5678" not in said
    for event, note in go_to.items():
        go(office, lead, tap, event, note)
    with pytest.raises(DomainError, match="已取消"):
        print_it(office, lead, tap)


def test_the_lead_prints_slips_and_no_receipts_or_leases(office: Office, lead: Actor, tap: UUID) -> None:
    """The right to print came to the lead for the slips: what may not be seen is not printed either."""
    from desktop.services import papers, receipt_papers

    for function in (papers.print_lease, receipt_papers.print_receipt):
        with pytest.raises(Refused), begin(office, lead, Op.PRINT_PAPER) as work:
            function(work, uuid4())


# ---- the square ------------------------------------------------------------------------------------------------------


def test_a_code_in_whatever_way_a_scanner_types_it() -> None:
    order = uuid4()
    code = slip_codes.code_of(order, 3)
    for typed in (code, code.lower(), f" {code}\n", code.replace(":", "：").replace("A", "Ａ")):
        assert slip_codes.slip_in(typed) == SlipCode(order, 3)
        assert scan_codes.is_code(typed)
    for wrong in ("", "1203", code[:-2], code + "x", code.replace(":W:", ":B:"), "WJYA26-W00001"):
        assert slip_codes.slip_in(wrong) is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("ANJU:W:0192F3", "维修单上的码没有读全"), ("anju:b:0192", "缴费通知单上的码没有读全"),
        ("ANJU:X:0192", "不认识这个码"), ("https://u.wechat.com/abc", "网址或付款码"), ("wxp://f2f0", "网址或付款码"),
    ],
)  # fmt: skip
def test_a_code_that_leads_nowhere_says_why(typed: str, words: str) -> None:
    assert scan_codes.is_code(typed)
    assert words in scan_codes.why_unreadable(typed)


def test_what_a_slip_opens(office: Office, lead: Actor, man: UUID, tap: UUID, world: SeededWorld) -> None:
    assert "还没派单" in scan(office, lead, slip_codes.code_of(tap, 0)).closed
    send(office, lead, tap, man)
    assert "不是在这里打的" in scan(office, lead, slip_codes.code_of(tap, 0)).doubt
    print_it(office, lead, tap)
    assert scan(office, lead, slip_codes.code_of(tap, 0)) == ScannedSlip(tap, "WJYA26-W00001")
    world.advance(timedelta(hours=1))
    print_it(office, lead, tap)
    assert "后来又补打过" in scan(office, lead, slip_codes.code_of(tap, 0)).doubt
    assert scan(office, lead, slip_codes.code_of(tap, 1)).doubt == ""
    go(office, lead, tap, "finish")
    assert "已经填过" in scan(office, lead, slip_codes.code_of(tap, 1)).closed
    world.advance(timedelta(hours=1))
    go(office, lead, tap, "reopen", "又漏了")
    send(office, lead, tap, man)
    found = scan(office, lead, slip_codes.code_of(tap, 1))
    assert (found.closed, "又重开了" in found.doubt) == ("", True)
    go(office, lead, tap, "cancel", "自己修好了")
    assert "已取消" in scan(office, lead, slip_codes.code_of(tap, 1)).closed
    with pytest.raises(NoSuchOrder, match="别的管理处"):
        scan(office, lead, slip_codes.code_of(uuid4(), 0))


# ---- what was used, as it is typed -----------------------------------------------------------------------------------


def row(name: str, price: str = "18") -> MaterialRow:
    return MaterialRow(uuid4(), MaterialForm(name, "个", Money.yuan(price)), Decimal(5))


SHELF = [row("6 分角阀"), row("4 分角阀"), row("生料带", "3.50")]


def test_what_the_stock_list_knows_needs_no_price() -> None:
    lines = read_used("6分角阀 2； 生料带 0.5 ;上门人工 1×60\n弯头 2 x 4.5", SHELF)
    assert [(line.words, line.quantity, line.unit_price, line.kind) for line in lines] == [
        ("6 分角阀（个）", 2, Money.yuan(18), CostKind.MATERIAL),
        ("生料带（个）", Decimal("0.5"), Money.yuan("3.50"), CostKind.MATERIAL),
        ("上门人工", 1, Money.yuan(60), CostKind.LABOUR), ("弯头", 2, Money.yuan("4.50"), CostKind.OTHER),
    ]  # fmt: skip
    assert read_used("６分角阀　２×２０", SHELF)[0].unit_price == Money.yuan(20)
    assert read_used("", SHELF) == read_used(" ； ", SHELF) == ()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("角阀 2", "可能是 6 分角阀、4 分角阀"), ("生料带", "写明数量"), ("灯管 1", "库存里没有「灯管」"),
        ("生料带 0", "数量看不懂"), ("生料带 1.2345", "数量看不懂"), ("灯管 1×1.234", "单价看不懂"),
        ("灯管 1×1.2.3", "单价看不懂"), ("灯管 1×9999999", "单价看不懂"), ("灯管 1..2×3", "数量看不懂"),
        (f"{'灯' * 41} 1×3", "写短一些"), ("；".join(["生料带 1"] * 13), "最多 12 项"),
        ("打 13812345678 1×3", "不能写证件号、电话"),
    ],
)  # fmt: skip
def test_what_cannot_be_booked_says_how_to_write_it(typed: str, words: str) -> None:
    with pytest.raises(Unread, match=words):
        read_used(typed, SHELF)


@given(
    st.lists(
        st.tuples(
            st.decimals("0.001", "9999", places=3),
            st.integers(0, 1_000_000).map(Money),
            st.sampled_from(["×", "x", "*"]),
        ),
        max_size=12,
    )
)
def test_any_quantity_and_price_is_read_to_the_fen(parts: list[tuple[Decimal, Money, str]]) -> None:
    typed = "；".join(f"换灯管 {plain(n)}{cross}{price.fen // 100}.{price.fen % 100:02d}" for n, price, cross in parts)
    lines = read_used(typed, [])
    assert [(line.quantity, line.unit_price) for line in lines] == [(n, price) for n, price, _ in parts]
    for line in lines:
        exact = line.quantity * line.unit_price.fen
        assert abs(exact - line.amount.fen) <= Decimal("0.5")


@given(st.text(max_size=60))
def test_nothing_that_is_typed_breaks_it(typed: str) -> None:
    with contextlib.suppress(Unread):
        read_used(typed, SHELF)


# ---- typed back ------------------------------------------------------------------------------------------------------


def test_a_slip_is_booked_in_one_act(
    office: Office, lead: Actor, man: UUID, tap: UUID, databases: Databases, tmp_path: Path, engine_kind: str
) -> None:
    stock(office, lead, "6 分角阀")
    send(office, lead, tap, man)
    print_it(office, lead, tap)
    seen = order_of(office, tap).version
    request = SlipResult(tap, "finish", "换了角阀，试水不漏", 45, "6 分角阀 2；上门人工 1×60", CostPayer.TENANT, seen)
    news = type_back(office, lead, request)
    assert news == SlipTyped("WJYA26-W00001", WorkOrderState.DONE, Money.yuan(96), Money.yuan(96))
    last = history(office, tap)[-1]
    assert (last.kind, last.note, last.detail) == (
        "finish", "换了角阀，试水不漏", {"technician": man.hex, "slip": True, "minutes": 45},
    )  # fmt: skip
    with look(office, lead) as reading:
        assert "完成 · 方一鸣 · 45 分钟" in [line.words for line in work_order_page.order_page(reading, tap).lines]
        costs = repair_costs.costs_of(reading, tap)
        assert [(line.words, line.amount) for line in costs.lines] == [
            ("6 分角阀（个）", Money.yuan(36)), ("上门人工", Money.yuan(60)),
        ]  # fmt: skip
        assert repair_costs.list_materials(reading)[0].stock == -2
    with pytest.raises(RowChanged):
        type_back(office, lead, request)
    with look(office, lead) as reading:
        assert len(repair_costs.costs_of(reading, tap).lines) == 2, "the second time nothing was booked"
    with begin(office, lead, Op.GO_ON_WITH_REPAIR) as work:
        repair_ratings.rate_order(work, repair_ratings.Rating(tap, 5))
    prove(office, databases.clone("postgresql" if engine_kind == "sqlite" else "sqlite"), tmp_path / "copy")


def test_it_could_not_be_mended(office: Office, lead: Actor, man: UUID, tap: UUID) -> None:
    send(office, lead, tap, man)
    news = type_back(office, lead, SlipResult(tap, "wait_material", "等 6 分角阀", 20, "上门人工 1×30"))
    assert (news.state, news.cost, news.to_bill) == (WorkOrderState.WAITING_MATERIAL, Money.yuan(30), Money(0))
    assert [line.kind for line in history(office, tap)][-2:] == ["accept", "wait_material"]
    assert order_of(office, tap).reason == "等 6 分角阀"


def test_what_is_missing_is_said_and_nothing_is_lost(office: Office, lead: Actor, man: UUID, tap: UUID) -> None:
    send(office, lead, tap, man)
    with pytest.raises(ProblemsFound) as caught:
        type_back(office, lead, SlipResult(tap, "finish", "", 0, "角阀 2"))
    assert caught.value.problems.keys() == {"note", "minutes", "used"}
    with pytest.raises(ProblemsFound, match="写明等住户什么"):
        type_back(office, lead, SlipResult(tap, "wait_tenant", ""))
    assert order_of(office, tap).state is WorkOrderState.ASSIGNED
    with look(office, lead) as reading:
        assert repair_costs.costs_of(reading, tap).lines == ()


def test_the_slip_of_a_round_has_its_checklist_and_what_was_answered(
    office: Office, lead: Actor, world: SeededWorld
) -> None:
    world.set_now(datetime(2026, 11, 27, 9, 0, tzinfo=OFFICE_ZONE))
    plan = put_plan(office, inspection_form(office), lead)
    due_engine.run_pass(office)
    ((_, order),) = rounds(office, plan)
    with look(office, lead) as reading:
        first = checks.checklist_of(reading, order.id)[0]
    with begin(office, lead, Op.GO_ON_WITH_REPAIR) as work:
        checks.answer_check(work, first.id, CheckAnswer.OK)
    with look(office, lead) as reading:
        said = text_of(slip_prints.preview_slip(reading, order.id))
    assert all(words in said for words in LINES)
    assert (said.count("■ 正常"), said.count("□ 正常"), "租客签字" in said) == (1, 2, False)
