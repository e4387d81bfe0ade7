"""Prices over time: one closes the other, none overlap, a gap is agreed to, and what was billed keeps its price."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.fees import Tariff
from desktop.models.values import Money, Period, RoomKind, TierSpan
from desktop.services import billing, tariffs
from desktop.services.acts import Op
from desktop.services.attachments import FileForm
from desktop.services.errors import DomainError, NotFound, ProblemsFound, Refused, RowChanged
from desktop.services.fee_catalogue import TariffRow
from desktop.services.office import Office
from desktop.services.tariff_days import BilledDays, covered, last_other_day, plan_of, plan_without
from desktop.services.tariff_problems import TariffFacts, TariffForm, row_of, tariff_doubts, tariff_problems
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.offices import check_in, rooms_of, sit_down
from tests.services.fee_kit import (
    LADDER,
    NEW_YEAR,
    PROPERTY,
    WATER,
    bill_room,
    building_of,
    catalogue,
    put_item,
    put_price,
)
from tests.services.test_fee_catalogue import ITEM, ONE, TWO, item

DAY = timedelta(days=1)
HERE = {ONE: "1 栋", TWO: "2 栋"}


def row(yuan: str, start: date = NEW_YEAR, end: date | None = None, **changed: object) -> TariffRow:
    form = TariffForm(ITEM, start, end, unit_price=Decimal(yuan), **changed)  # type: ignore[arg-type]
    return row_of(form, uuid4(), 1)


def facts(*rows: TariffRow, billed: tuple[BilledDays, ...] = (), **changed: object) -> TariffFacts:
    return TariffFacts(item(**changed), rows, HERE, billed, date(2026, 11, 22))


def form(
    yuan: str | None = "3.10", start: date = date(2026, 12, 1), end: date | None = None, **changed: object
) -> TariffForm:
    price = Decimal(yuan) if yuan is not None else None
    return TariffForm(ITEM, start, end, unit_price=price, **changed)  # type: ignore[arg-type]


# ---- what is said while one types -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        (form(None), "unit_price", "填写单价"),
        (form("-0.01"), "unit_price", "不能小于 0"),
        (form("2.8000001"), "unit_price", "最多 6 位"),
        (form("1000001"), "unit_price", "小数点"),
        (form(end=date(2026, 11, 30)), "valid_to", "早于起日"),
        (form(minimum=Money(-1)), "minimum", "从 0 起"),
        (form(tax_rate=Decimal("1.01")), "tax_rate", "0 到 100"),
        (form(tax_rate=Decimal("-0.01")), "tax_rate", "0 到 100"),
        (form(tax_rate=Decimal("0.06001")), "tax_rate", "2 位小数"),
        (form(document="字" * 61), "document", "最多 60"),
        (form(building_id=uuid4()), "building_id", "已经不在"),
        (form(None, tiers=LADDER), "tiers", "只用于按表计"),
    ],
)
def test_what_is_wrong_is_said(asked: TariffForm, field: str, words: str) -> None:
    assert words in tariff_problems(asked, facts())[field]


@pytest.mark.parametrize("asked", [form("0"), form("2.800001"), form(tax_rate=Decimal(0)), form(tax_rate=Decimal(1))])
def test_the_edges_are_allowed(asked: TariffForm) -> None:
    assert tariff_problems(asked, facts()) == {}


@pytest.mark.parametrize(
    ("tiers", "words"),
    [
        (((None, Decimal(3)),), "至少两档"),
        (((Decimal(180), Decimal(3)), (Decimal(260), Decimal(4))), "最后一档不写上限"),
        (((None, Decimal(3)), (None, Decimal(4))), "第 1 档要写用到多少"),
        (
            ((Decimal(180), Decimal(3)), (Decimal(180), Decimal(4)), (None, Decimal(5))),
            "第 2 档的上限要比前一档的 180 大",
        ),
        (((Decimal(0), Decimal(3)), (None, Decimal(5))), "大于 0"),
        (((Decimal("0.0001"), Decimal(3)), (None, Decimal(5))), "3 位小数"),
        (((Decimal(180), Decimal(-3)), (None, Decimal(5))), "第 1 档：单价不能小于 0"),
        ((*((Decimal(n), Decimal(3)) for n in range(1, 9)), (None, Decimal(3))), "最多 8 档"),
    ],
)
def test_tiers_rise_and_the_last_is_open(tiers: tuple[tuple[Decimal | None, Decimal], ...], words: str) -> None:
    metered = facts(basis=WATER.basis)
    assert words in tariff_problems(form(None, tiers=tiers), metered)["tiers"]
    assert tariff_problems(form(None, tiers=LADDER, tier_span=TierSpan.YEAR), metered) == {}


def test_a_price_outside_its_item_is_refused() -> None:
    narrow = facts(building_ids=frozenset([ONE]), room_kinds=frozenset([RoomKind.FLAT]), valid_to=date(2026, 12, 31))
    problems = tariff_problems(form(building_id=TWO, room_kind=RoomKind.SHOP, start=date(2027, 1, 1)), narrow)
    assert set(problems) == {"building_id", "room_kind", "valid_from"}
    assert problems["building_id"] == "住宅物业费不收2 栋：选别的楼，或先改项目的楼栋"


def test_the_open_price_ends_the_day_before_and_the_screen_says_so() -> None:
    old = row("2.80")
    plan = plan_of(row_of(form()), [old], item())
    assert plan.moved == replace(old, valid_to=date(2026, 11, 30))
    assert (plan.overlaps, plan.gaps) == ((), ())
    assert tariff_problems(form(), facts(old)) == {}
    assert tariff_doubts(form(), facts(old)) == {"valid_from": "现在的 2.80 到 2026-11-30 为止"}


def test_an_overlap_is_told_with_its_days_and_what_to_do() -> None:
    year = row("2.80", end=date(2026, 12, 31))
    told = tariff_problems(form(), facts(year))["valid_from"]
    assert told == "和 2.80（2026-01-01 至 2026-12-31）重叠 31 天：从 2027-01-01 起，或先把那一段的止日改早"
    coming = row("3.50", date(2027, 1, 1))
    told = tariff_problems(form(), facts(row("2.80", end=date(2026, 11, 30)), coming))["valid_to"]
    assert told == "和 3.50（2027-01-01 起）重叠：止日填 2026-12-31 或以前"
    same = row("2.80", date(2026, 12, 1))
    assert tariff_problems(form(), facts(same))["valid_from"] == "2026-12-01 起已有 2.80：选别的日子，或改那一条"
    # Another scope is no overlap: the narrower price simply goes before the wider one.
    assert tariff_problems(form(building_id=ONE), facts(year)) == {}


def test_a_gap_is_agreed_to() -> None:
    ended = row("2.80", end=date(2026, 10, 31))
    told = tariff_problems(form(), facts(ended))
    assert told == {"pauses": "2026-11-01 至 2026-11-30（30 天）没有价格，不收费：确实暂停就勾选，不是就改日期"}
    assert tariff_problems(form(pauses=True), facts(ended)) == {}
    one_day = form(start=date(2026, 11, 2))
    assert "2026-11-01 一天没有价格" in tariff_problems(one_day, facts(ended))["pauses"]
    before = form(end=date(2026, 12, 31))
    assert "2027-01-01 至 2027-01-31（31 天）" in tariff_problems(before, facts(row("3", date(2027, 2, 1))))["pauses"]


def test_a_gap_that_a_wider_price_fills_is_only_told() -> None:
    ended = row("3.10", end=date(2026, 10, 31), building_id=ONE)
    asked = form(building_id=ONE)
    assert tariff_problems(asked, facts(row("2.80"), ended)) == {}
    assert "范围更大" in tariff_doubts(asked, facts(row("2.80"), ended))["valid_from"]
    half = row("2.80", end=date(2026, 11, 15))
    assert "pauses" in tariff_problems(asked, facts(half, ended))


def test_days_before_and_behind_the_item_are_no_gap() -> None:
    ended = row("2.80", end=date(2026, 10, 31))
    begins = facts(ended, valid_from=date(2026, 12, 1))
    assert tariff_problems(form(), begins) == {}


def test_what_is_unusual_is_pointed_out() -> None:
    assert "核对小数点" in tariff_doubts(form("28"), facts(row("2.80")))["unit_price"]
    assert "不收费" in tariff_doubts(form(), facts())["valid_from"]
    assert "以后没有价格" in tariff_doubts(form(end=date(2026, 12, 31)), facts(row("2.80")))["valid_to"]
    falling = ((Decimal(5), Decimal(4)), (None, Decimal(3)))
    assert "便宜" in tariff_doubts(form(None, tiers=falling), facts(basis=WATER.basis))["tiers"]
    quiet = form(start=NEW_YEAR)
    assert tariff_doubts(quiet, facts()) == {}


# ---- days that were billed ------------------------------------------------------------------------------------------


def billed(
    end: date = date(2026, 11, 30), kind: RoomKind = RoomKind.FLAT, building: UUID = ONE
) -> tuple[BilledDays, ...]:
    return (BilledDays(building, kind, Period(NEW_YEAR, end)),)


def test_a_billed_day_keeps_its_price_whatever_is_changed() -> None:
    old = row("2.80")
    known = facts(old, billed=billed())
    asked = TariffForm(ITEM, NEW_YEAR, unit_price=Decimal("2.80"))
    told = tariff_problems(replace(asked, unit_price=Decimal("2.90")), known, old.id)
    assert told == {"unit_price": "1 栋住房已按这个价出账到 2026-11-30，不能改：从 2026-12-01 起新增一个价格"}
    told = tariff_problems(replace(asked, valid_from=NEW_YEAR + DAY), known, old.id)
    assert "起日不能改" in told["valid_from"]
    told = tariff_problems(replace(asked, valid_to=date(2026, 11, 29)), known, old.id)
    assert told == {"valid_to": "1 栋住房已按这个价出账到 2026-11-30：止日选那天或以后"}
    assert tariff_problems(replace(asked, valid_to=date(2026, 11, 30)), known, old.id) == {}
    assert tariff_problems(replace(asked, document="新的批文"), known, old.id) == {}
    assert "minimum" not in tariff_problems(asked, known, old.id)


def test_a_new_price_begins_behind_what_was_billed() -> None:
    known = facts(row("2.80"), billed=billed())
    assert tariff_problems(form(start=date(2026, 11, 30)), known)["valid_from"] == (
        "1 栋住房已按原价出账到 2026-11-30：新价格从 2026-12-01 起"
    )
    assert tariff_problems(form(), known) == {}
    # A narrower price would change billed days of its rooms only.
    assert "valid_from" in tariff_problems(form(start=date(2026, 11, 1), building_id=ONE), known)
    assert tariff_problems(form(start=date(2026, 11, 1), building_id=TWO), known) == {}
    assert tariff_problems(form(start=date(2026, 11, 1), room_kind=RoomKind.SHOP), known) == {}


def test_days_on_which_nothing_was_charged_may_get_a_price() -> None:
    gap = facts(row("2.80", end=date(2026, 3, 31)), row("3.10", date(2026, 5, 1)), billed=billed())
    april = form("2.90", date(2026, 4, 1), date(2026, 4, 30))
    assert tariff_problems(april, gap) == {}


def test_a_corrected_start_takes_the_price_before_it_along() -> None:
    old, new = row("2.80", end=date(2026, 11, 30)), row("3.10", date(2026, 12, 1))
    later = replace(new, valid_from=date(2027, 1, 1))
    plan = plan_of(later, [old, new], item())
    assert plan.moved == replace(old, valid_to=date(2026, 12, 31))
    assert (plan.gaps, plan.overlaps) == ((), ())
    gone = plan_without(new, [old, new])
    assert gone.after == (replace(old, valid_to=None),)


spans = st.lists(
    st.tuples(st.integers(0, 700), st.one_of(st.none(), st.integers(0, 200)), st.sampled_from([None, ONE])), max_size=8
)


@given(spans)
def test_whatever_is_added_no_day_has_two_prices_and_billed_days_stay(
    drawn: list[tuple[int, int | None, UUID | None]],
) -> None:
    """Prices are offered one after the other; those without a problem are taken. Days of 2026 were billed after two."""
    rows: list[TariffRow] = []
    days: tuple[BilledDays, ...] = ()
    for n, (start, length, building) in enumerate(drawn):
        first = NEW_YEAR + start * DAY
        asked = TariffForm(
            ITEM, first, None if length is None else first + length * DAY, building, unit_price=Decimal(n), pauses=True
        )
        known = TariffFacts(item(), tuple(rows), HERE, days, NEW_YEAR)
        if n == 2:
            days = (BilledDays(ONE, RoomKind.FLAT, Period(NEW_YEAR, date(2026, 12, 31))),)
        if tariff_problems(asked, known):
            continue
        before = list(rows)
        rows = [
            replace(r, id=uuid4()) if r.id == UUID(int=0) else r for r in plan_of(row_of(asked), rows, item()).after
        ]
        assert last_other_day(item(), before, rows, known.billed) is None
        for scope in {r.scope for r in rows}:
            mine = sorted((r for r in rows if r.scope == scope), key=lambda r: r.valid_from)
            for one, other in pairwise(mine):
                assert one.valid_to is not None
                assert one.valid_from <= one.valid_to < other.valid_from


@given(spans)
def test_covered_means_every_single_day(drawn: list[tuple[int, int | None, UUID | None]]) -> None:
    rows = [
        row("1", NEW_YEAR + start * DAY, None if length is None else NEW_YEAR + (start + length) * DAY)
        for start, length, _ in drawn
    ]
    asked = Period(date(2026, 3, 1), date(2026, 6, 30))
    each = all(
        any(r.valid_from <= day and (r.valid_to is None or day <= r.valid_to) for r in rows)
        for day in (asked.start + n * DAY for n in range(asked.days))
    )
    assert covered(asked, rows) is each


# ---- stored ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def lead(office: Office) -> Actor:
    return sit_down(office, "finance_lead", login="zhaocw", name="赵财务")


def prices(office: Office, item_id: UUID) -> list[tuple[str, str, str]]:
    found = [r for rows in catalogue(office).tariffs.get(item_id, {}).values() for r in rows]
    return [
        (str(r.unit_price.normalize()) if r.unit_price is not None else "档", str(r.valid_from), str(r.valid_to or ""))
        for r in sorted(found, key=lambda r: r.valid_from)
    ]


def test_a_new_price_closes_the_open_one_in_the_same_act(office: Office, lead: Actor) -> None:
    fee = put_item(office, lead)
    first = put_price(office, fee, "2.80", actor=lead)
    assert (first.moved, first.before) == (None, None)
    second = put_price(office, fee, "3.10", date(2027, 1, 1), actor=lead)
    assert second.moved is not None
    assert prices(office, fee) == [("2.8", "2026-01-01", "2026-12-31"), ("3.1", "2027-01-01", "")]
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        back = tariffs.drop_tariff(work, second.tariff_id, second.version)
    assert back is not None
    assert prices(office, fee) == [("2.8", "2026-01-01", "")]
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        tariffs.bring_back_tariff(work, second.tariff_id)
    assert prices(office, fee) == [("2.8", "2026-01-01", "2026-12-31"), ("3.1", "2027-01-01", "")]


def test_somebody_priced_it_first(office: Office, lead: Actor) -> None:
    fee = put_item(office, lead)
    stale = put_price(office, fee, "2.80").tariff_id
    put_price(office, fee, "3.00", date(2026, 12, 1))
    later = TariffForm(fee, date(2027, 1, 1), unit_price=Decimal("3.10"))
    with pytest.raises(DomainError, match="刚有人改过"), begin(office, lead, Op.SAVE_TARIFF) as work:
        tariffs.add_tariff(work, later, closes=stale)
    assert len(prices(office, fee)) == 2


def test_tiers_and_the_approval_are_kept(office: Office, lead: Actor, world: SeededWorld) -> None:
    water = put_item(office, lead, WATER)
    paper = FileForm("价格批复.pdf", "application/pdf", b"%PDF-1.4 made up")
    saved = put_price(
        office, water, None, tiers=LADDER, tier_span=TierSpan.YEAR, minimum=Money.yuan(5), tax_rate=Decimal("0.03"),
        document="价 7 号", file=paper, actor=lead,
    )  # fmt: skip
    (found,) = catalogue(office).tariffs[water][None, None]
    assert (found.tiers, found.unit_price, found.tier_span) == (LADDER, None, TierSpan.YEAR)
    assert (found.minimum, found.tax_rate, found.document) == (Money.yuan(5), Decimal("0.03"), "价 7 号")
    with look(office, lead) as reading:
        (file,) = tariffs.documents_of(reading, saved.tariff_id)
        assert tariffs.read_document(reading, file.id) == paper
    world.advance(timedelta(minutes=1))
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        tariffs.add_document(work, saved.tariff_id, replace(paper, title="补充.pdf"))
    with look(office, lead) as reading:
        assert [each.title for each in tariffs.documents_of(reading, saved.tariff_id)] == ["补充.pdf", "价格批复.pdf"]
        with pytest.raises(NotFound):
            tariffs.read_document(reading, saved.tariff_id)


def test_an_approval_is_the_only_kind_of_file_this_right_opens(office: Office, lead: Actor) -> None:
    from desktop.services import attachments

    with begin(office, PROGRAM, Op.STORE_FILE) as work:
        work.authorised += 1
        other = attachments.put_file(
            work, "lease_pdf", "lease", uuid4(), FileForm("租约.pdf", "application/pdf", b"%PDF")
        )
    with look(office, lead) as reading, pytest.raises(NotFound):
        tariffs.read_document(reading, other)


def test_what_was_billed_is_read_from_the_bills_and_what_was_taken_back_is_not(office: Office, lead: Actor) -> None:
    fee = put_item(office, lead)
    old = put_price(office, fee, "2.80")
    room = rooms_of(office)[0]
    news = check_in(office, sit_down(office, "front_desk"), room)
    bill_id = bill_room(office, fee, room, news.party_id, Period(date(2026, 11, 1), date(2026, 11, 30)))
    change = TariffForm(fee, NEW_YEAR, unit_price=Decimal("2.90"))
    with pytest.raises(ProblemsFound) as caught, begin(office, lead, Op.SAVE_TARIFF) as work:
        tariffs.change_tariff(work, old.tariff_id, old.version, change)
    assert caught.value.problems == {
        "unit_price": "1 栋住房已按这个价出账到 2026-11-30，不能改：从 2026-12-01 起新增一个价格"
    }
    with pytest.raises(DomainError, match="不能删除"), begin(office, lead, Op.SAVE_TARIFF) as work:
        tariffs.drop_tariff(work, old.tariff_id, old.version)
    with begin(office, PROGRAM, Op.POST_BILLS) as work:
        work.authorised += 1
        billing.counter_bills(work, [bill_id], "出错")
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        saved = tariffs.change_tariff(work, old.tariff_id, old.version, change)
    assert saved.before is not None
    assert saved.before.unit_price == Decimal("2.80")
    assert prices(office, fee) == [("2.9", "2026-01-01", "")]


def test_two_who_change_one_price_see_both_versions(office: Office, lead: Actor) -> None:
    fee = put_item(office, lead)
    saved = put_price(office, fee, "2.80")
    mine = TariffForm(fee, NEW_YEAR, unit_price=Decimal("3.00"))
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        tariffs.change_tariff(work, saved.tariff_id, saved.version, replace(mine, unit_price=Decimal("2.95")))
    with pytest.raises(RowChanged) as caught, begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
        tariffs.change_tariff(work, saved.tariff_id, saved.version, mine)
    assert (caught.value.theirs["unit_price"], caught.value.yours["unit_price"]) == (Decimal("2.95"), Decimal("3.00"))
    assert "赵财务" in caught.value.by["unit_price"]
    with pytest.raises(RowChanged), begin(office, lead, Op.SAVE_TARIFF) as work:
        tariffs.drop_tariff(work, saved.tariff_id, saved.version)


def test_the_scope_of_a_price_stays(office: Office, lead: Actor) -> None:
    fee = put_item(office, lead)
    saved = put_price(office, fee, "2.80")
    asked = TariffForm(fee, NEW_YEAR, building_id=building_of(office), unit_price=Decimal("2.80"))
    with pytest.raises(ProblemsFound, match="适用范围"), begin(office, lead, Op.SAVE_TARIFF) as work:
        tariffs.change_tariff(work, saved.tariff_id, saved.version, asked)


def test_a_building_has_a_price_of_its_own(office: Office, lead: Actor) -> None:
    fee, building = put_item(office, lead, PROPERTY), building_of(office)
    put_price(office, fee, "2.80")
    put_price(office, fee, "3.60", date(2026, 7, 1), building_id=building)
    found = catalogue(office)
    assert {scope: [r.unit_price for r in rows] for scope, rows in found.tariffs[fee].items()} == {
        (None, None): [Decimal("2.80")],
        (building, None): [Decimal("3.60")],
    }


def test_a_gap_is_refused_in_the_act_too(office: Office, lead: Actor) -> None:
    fee = put_item(office, lead)
    put_price(office, fee, "2.80", valid_to=date(2026, 6, 30))
    asked = TariffForm(fee, date(2026, 8, 1), unit_price=Decimal(3))
    with pytest.raises(ProblemsFound, match="31 天"), begin(office, lead, Op.SAVE_TARIFF) as work:
        tariffs.add_tariff(work, asked, None)
    with begin(office, lead, Op.SAVE_TARIFF) as work:
        tariffs.add_tariff(work, replace(asked, pauses=True), None)
    assert len(prices(office, fee)) == 2


def test_a_cashier_reads_prices_and_changes_none(office: Office) -> None:
    fee = put_item(office)
    cashier = sit_down(office, "cashier", login="shenrx", name="沈若溪")
    with look(office, cashier) as reading:
        assert tariffs.tariff_facts(reading, fee).rows == ()
    with pytest.raises(Refused), begin(office, cashier, Op.SAVE_TARIFF) as work:
        tariffs.add_tariff(work, TariffForm(fee, NEW_YEAR, unit_price=Decimal(1)), None)
    with look(office, PROGRAM) as reading:
        assert reading.session.query(Tariff).count() == 0
        with pytest.raises(NotFound):
            tariffs.tariff_facts(reading, uuid4())
