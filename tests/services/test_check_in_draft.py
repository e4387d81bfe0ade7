"""The wizard walked without a screen: what is kept, what is missing in words, which step may follow, what is stored."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from desktop.models.values import Money, PayMethod, Sex, StubPlacement
from desktop.ocr.id_number import make_id_number
from desktop.services import check_in_draft as wizard
from desktop.services import (
    check_in_facts,
    check_in_forms,
    check_ins,
    drafts,
    leases,
    party_page,
    party_search,
    payments,
    typed_card,
)
from desktop.services import check_in_steps as way
from desktop.services.acts import Op
from desktop.services.check_in_draft import CheckInDraft, Photo, Step, Stub
from desktop.services.identity import LONG_TERM
from desktop.services.lease_limits import LimitRules
from desktop.services.office import Office
from desktop.services.payments import TakePayment, TenderForm
from desktop.services.problems import Level
from desktop.services.typed_card import Doubt
from desktop.services.work import Actor, begin, look
from desktop.world import SeededWorld
from tests.offices import check_in, person, rooms_of, sit_down

TODAY = date(2026, 11, 22)
FACTS = check_in_forms.CheckInFacts(TODAY, LimitRules())
NUMBER = make_id_number(date(1996, 4, 18), "female")


def draft(**changes: object) -> CheckInDraft:
    """A whole check-in as it would be typed."""
    made = CheckInDraft(
        number=NUMBER, name="顾听澜", sex="女", birth="1996-04-18", ethnicity="汉", address="样例省青川市望江路 88 号",
        issuer="青川市公安局", valid_from="2019-05-06", valid_to="2029-05-06", matched=True, phone="13812345678",
        notice_told=True, room_id=UUID(int=7), room="1 栋 0903", start="2026-11-22", end="2027-11-21", rent="1,860.00",
        deposit="1,860.00",
    )  # fmt: skip
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def said(state: CheckInDraft, step: Step, facts: check_in_forms.CheckInFacts = FACTS) -> dict[str, str]:
    """What stops at a step, by field."""
    return {p.field: p.text for p in way.problems(state, step, facts) if p.stops}


# ---- kept ----------------------------------------------------------------------------------------------------------


def test_every_field_comes_back_as_typed() -> None:
    """Half-typed and impossible texts too: nothing of them is turned into a value before the act."""
    state = draft(
        phone="138 12", birth="2026-02-30", rent="18x", doubts={"name": Doubt(["偏弱"], ["顾听兰"])},
        photos=[Photo("门", b"\xff\xd8\x00")], readings={"water": "12."}, known_id=UUID(int=9), stub=Stub.MERGED,
    )  # fmt: skip
    assert wizard.decode(wizard.encode(state)) == state


def test_an_older_or_newer_draft_keeps_what_is_known() -> None:
    body = b'{"name": "\xe9\xa1\xbe", "step": "terms", "something_new": [1, 2]}'
    state = wizard.decode(body)
    assert (state.name, state.step, state.pay_choice) == ("顾", Step.TERMS, "押一付三")


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({"lease_id": UUID(int=1).hex}, Step.PAYMENT),
        ({"lease_id": UUID(int=1).hex, "handed_over": True}, Step.PRINT),
        ({"lease_id": UUID(int=1).hex, "payment_id": UUID(int=2).hex}, Step.PRINT),
        ({}, Step.HANDOVER),
    ],
)
def test_a_draft_resumes_where_the_acts_left_it(facts: dict[str, object], step: Step) -> None:
    """The acts write ids as hexadecimal text into the body, beside whatever step it says."""
    import msgspec

    body = msgspec.json.decode(wizard.encode(draft(step=Step.HANDOVER))) | facts
    assert wizard.decode(msgspec.json.encode(body)).step is step


def test_what_goes_on_after_the_act_holds_no_secret() -> None:
    state = wizard.after_check_in(draft(bank_number="6217000010000000000", emergency_phone="13900002046"))
    body = wizard.encode(state).decode()
    assert state.title == "顾听澜 · 1 栋 0903"
    for secret in (NUMBER, "13812345678", "6217000010000000000", "13900002046", "望江路"):
        assert secret not in body


# ---- the way through -----------------------------------------------------------------------------------------------


def test_the_steps_follow_each_other() -> None:
    state = draft()
    walked = [Step.READ]
    while walked[-1] is not Step.PRINT:
        walked.append(way.after(state, walked[-1], TODAY))
    assert tuple(walked) == wizard.ORDER


def test_a_later_tenant_has_no_handover_today() -> None:
    later = draft(start="2026-12-01")
    assert way.after(later, Step.TERMS, TODAY) is Step.PAYMENT
    assert way.stores_on_leaving(later, Step.TERMS, TODAY)
    assert not way.stores_on_leaving(draft(), Step.TERMS, TODAY)
    assert way.stores_on_leaving(draft(), Step.HANDOVER, TODAY)


def test_what_is_stored_is_not_gone_back_to() -> None:
    stored = draft(lease_id=UUID(int=1), step=Step.PAYMENT)
    assert [step for step in wizard.ORDER if way.may_show(stored, step)] == [Step.PAYMENT]
    assert way.before(stored, Step.PAYMENT) is None
    paid = draft(lease_id=UUID(int=1), payment_id=UUID(int=2), step=Step.PRINT)
    assert [step for step in wizard.ORDER if way.may_show(paid, step)] == [Step.PRINT]
    assert not way.may_show(draft(), Step.PAYMENT)


# ---- what is missing -----------------------------------------------------------------------------------------------


def test_a_whole_draft_lacks_nothing() -> None:
    state = draft()
    assert {step: way.missing(state, step, FACTS) for step in wizard.ORDER} == dict.fromkeys(wizard.ORDER, "")


@pytest.mark.parametrize(
    ("changes", "step", "words"),
    [
        ({"name": "", "number": ""}, Step.REVIEW, "还差 姓名、证件号码"),
        ({"matched": False}, Step.REVIEW, "还差 人证核对"),
        ({"doubts": {"name": Doubt(), "number": Doubt()}}, Step.REVIEW, "还有 2 项未确认"),
        ({"phone": "", "notice_told": False}, Step.CONTACT, "还差 电话、已告知"),
        ({"phone": "1381234567"}, Step.CONTACT, "有 1 处要改"),
        ({"phone": "1381234567", "notice_told": False}, Step.CONTACT, "还差 已告知，有 1 处要改"),
        ({"room_id": None}, Step.ROOM, "还差 房间"),
        ({"start": ""}, Step.TERMS, "还差 起租日"),
        ({"end": "2026-11-01"}, Step.TERMS, "有 1 处要改"),
    ],
)
def test_missing_in_words(changes: dict[str, object], step: Step, words: str) -> None:
    assert way.missing(draft(**changes), step, FACTS) == words


@pytest.mark.parametrize(
    ("changes", "step", "field", "words"),
    [
        ({"number": NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2")}, Step.REVIEW, "document.number", "校验位算得"),
        ({"birth": "1996-02-30"}, Step.REVIEW, "birth", "没有这一天"),
        ({"birth": "1996-04-19"}, Step.REVIEW, "birth", "与号码不一致"),
        ({"valid_to": "2019-01-01"}, Step.REVIEW, "document.valid_to", "早于有效期起"),
        ({"valid_from": "2006-05-06", "valid_to": "2016-05-06"}, Step.REVIEW, "expired_reason", "证件已过期"),
        ({"phone": "12812345678"}, Step.CONTACT, "phone", "第二位"),
        ({"phone": "88001234"}, Step.CONTACT, "phone", "区号"),
        ({"emergency_name": "顾知夏"}, Step.CONTACT, "emergency.phone", "请填电话号码"),
        ({"bank": "建设银行", "bank_number": "621700001000000000"}, Step.CONTACT, "bank_consent", "单独同意"),
        ({"occupation": "13812345678"}, Step.CONTACT, "occupation", "不加密"),
        ({"end": "2026-11-21"}, Step.TERMS, "end", "到期日早于起租日"),
        ({"end": "2046-11-22"}, Step.TERMS, "end", "租期最长 20 年"),
        ({"rent": "一千"}, Step.TERMS, "rent", "填月租金"),
        ({"property_price": "x", "area": "46.2"}, Step.TERMS, "property_price", "单价"),
        ({"keys": "两把"}, Step.HANDOVER, "keys", "写几把"),
        ({"keys": "21"}, Step.HANDOVER, "keys", "20"),
        ({"readings": {"water": "12a"}}, Step.HANDOVER, "reading.water", "只写数字"),
        ({"readings": {"water": "1.2345"}}, Step.HANDOVER, "reading.water", "三位小数"),
    ],
)
def test_bad_input_is_named_at_its_field(changes: dict[str, object], step: Step, field: str, words: str) -> None:
    found = said(draft(**changes), step)
    assert words in found[field]
    assert way.step_of(field) is step


def test_an_expired_card_passes_with_a_reason() -> None:
    state = draft(valid_from="2006-05-06", valid_to="2016-05-06", expired_reason="已在换证，有回执")
    assert said(state, Step.REVIEW) == {}


def test_limits_of_the_law_only_warn() -> None:
    state = draft(deposit="3,720.00", pay_choice="押二付六")
    found = way.problems(state, Step.TERMS, FACTS)
    assert {(p.field, p.level) for p in found} == {("deposit", Level.WARN), ("cycle_months", Level.WARN)}
    assert way.missing(state, Step.TERMS, FACTS) == ""


# ---- what follows what ---------------------------------------------------------------------------------------------


def test_the_number_gives_birth_and_sex() -> None:
    state = CheckInDraft(number=NUMBER)
    typed_card.follow_number(state, TODAY)
    assert (state.birth, state.sex) == ("1996-04-18", "女")
    wrong = CheckInDraft(number=NUMBER[:-1])
    typed_card.follow_number(wrong, TODAY)
    assert (wrong.birth, wrong.sex) == ("", "")


@pytest.mark.parametrize(
    ("birth", "start", "end"),
    [
        (date(2015, 1, 1), date(2024, 3, 1), "2029-03-01"),
        (date(2000, 1, 1), date(2020, 2, 29), "2030-02-28"),
        (date(1990, 1, 1), date(2020, 5, 6), "2040-05-06"),
        (date(1970, 1, 1), date(2020, 5, 6), "长期"),
    ],
)
def test_the_usual_term_of_a_card(birth: date, start: date, end: str) -> None:
    assert wizard.usual_valid_to(birth, start) == end


def test_the_deposit_follows_the_rent_until_it_is_typed() -> None:
    state = draft(rent="2,000.00", own_deposit=False, pay_choice="押二付三")
    wizard.follow_rent(state)
    assert state.deposit == "4,000.00"
    state.own_deposit, state.rent = True, "3,000.00"
    wizard.follow_rent(state)
    assert state.deposit == "4,000.00"


def test_end_and_months_follow_each_other() -> None:
    state = draft(start="2026-11-30", months=3)
    wizard.follow_start(state)
    assert state.end == "2027-02-27"
    state.end = "2027-11-29"
    wizard.follow_end(state, (3, 6, 12))
    assert state.months == 12
    state.end = "2027-11-28"
    wizard.follow_end(state, (3, 6, 12))
    assert state.months == 0


def test_the_terms_are_what_was_typed() -> None:
    terms = wizard.terms_of(draft(stub=Stub.OWN_BILL, ahead="5", free_days="10", late_fee="0.3"))
    assert terms is not None
    assert (terms.rent, terms.cycle_months, terms.pay_ahead_days, terms.free_days) == (Money.yuan(1860), 3, 5, 10)
    assert terms.stub_placement is StubPlacement.OWN_BILL
    assert wizard.terms_of(draft(rent="")) is None


def test_a_reading_fills_and_doubts() -> None:
    state = CheckInDraft(name="旧", phone="13812345678")
    texts = {"name": "顾听澜", "number": None, "valid_to": "长期"}
    typed_card.take_reading(state, texts, {"number": Doubt(["没有读出"])})
    assert (state.name, state.number, state.how, state.phone) == ("顾听澜", "", "picture", "13812345678")
    assert list(state.doubts) == ["number"]
    typed_card.settle(state, "number")
    assert (state.doubts, state.confirmed) == ({}, ["number"])
    assert typed_card.until_of(state.valid_to) == LONG_TERM


# ---- on a real office, both engines --------------------------------------------------------------------------------


def keep(office: Office, actor: Actor, draft_id: UUID, state: CheckInDraft) -> None:
    drafts.save_draft(office, actor, wizard.KIND, draft_id, state.title, wizard.encode(state))


def test_the_draft_follows_lease_and_money(office: Office) -> None:
    """Each act carries the draft on in its own transaction: a crash finds it at the payment, then at the printing."""
    actor = sit_down(office, "manager")
    room = rooms_of(office)[0]
    draft_id = office.world.new_id()
    state = draft(room_id=room, readings={"water": "12.5"}, photos=[Photo("门", b"\xff\xd8 picture")])
    keep(office, actor, draft_id, state)
    with begin(office, actor, Op.CHECK_IN) as work:
        stored = check_ins.check_in(work, wizard.request(state, draft_id))
    with look(office, actor) as reading:
        kept = check_in_facts.stored_progress(reading, draft_id)
        assert kept is not None
        assert (kept.step, kept.lease_id, kept.phone) == (Step.PAYMENT, stored.lease_id, "")
        found = check_in_facts.open_bills(reading, stored.lease_id)
        assert [bill.owed for bill in found.bills] == [Money.yuan(1860), Money.yuan(5580)]
        page = leases.lease_page(reading, stored.lease_id)
        assert [file.title for file in page.files] == ["门"]
        assert page.keys_out == (("钥匙", 2), ("门卡", 1))
    order = TakePayment(
        stored.party_id, {bill.id: bill.owed for bill in found.bills},
        [TenderForm(PayMethod.CASH, Money.yuan(5000)), TenderForm(PayMethod.WECHAT, Money.yuan(2440), "4821")],
        draft_id=draft_id, draft_body=wizard.encode(wizard.after_payment(kept)),
    )  # fmt: skip
    with begin(office, actor, Op.TAKE_PAYMENT) as work:
        paid = payments.take_payment(work, order)
    with look(office, actor) as reading:
        kept = check_in_facts.stored_progress(reading, draft_id)
        assert kept is not None
        assert (kept.step, kept.payment_id, kept.lease_id) == (Step.PRINT, paid.payment_id, stored.lease_id)
        found = check_in_facts.open_bills(reading, stored.lease_id)
        assert (found.bills, [receipt.number for receipt in found.receipts]) == ((), [paid.receipt_number])


@pytest.mark.parametrize("moment", ["check_in.bills", "check_in.draft", "work.before_commit"])
def test_a_crash_in_the_act_leaves_the_old_draft(
    office: Office, world: SeededWorld, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    actor = sit_down(office, "manager")
    state, draft_id = draft(room_id=rooms_of(office)[0]), office.world.new_id()
    keep(office, actor, draft_id, state)

    def crash(name: str) -> None:
        if name == moment:
            raise KeyboardInterrupt

    monkeypatch.setattr(world, "fault", crash)
    with pytest.raises(KeyboardInterrupt), begin(office, actor, Op.CHECK_IN) as work:
        check_ins.check_in(work, wizard.request(state, draft_id))
    monkeypatch.undo()
    with look(office, actor) as reading:
        assert check_in_facts.stored_progress(reading, draft_id) == state
        assert len(check_in_facts.free_rooms(reading)) == 12


def test_a_returning_party_is_matched_anew(office: Office, world: SeededWorld) -> None:
    """The known party is used; the renewed card and the new number are kept with it, nothing is registered twice."""
    actor = sit_down(office, "manager")
    rooms = rooms_of(office)
    first = check_in(office, actor, rooms[0], person())
    world.advance(timedelta(days=2))
    state = draft(
        number=person().document.number, room_id=rooms[1], known_id=first.party_id, known_name="顾听澜", use_known=True,
        valid_from="2026-10-01", valid_to="2046-10-01", phone="13700001111", start="2026-11-24", end="2027-11-23",
    )  # fmt: skip
    assert all(said(state, step) == {} for step in wizard.ORDER)
    with begin(office, actor, Op.CHECK_IN) as work:
        second = check_ins.check_in(work, wizard.request(state))
    assert second.party_id == first.party_id
    with look(office, actor) as reading:
        page = party_page.party_page(reading, first.party_id)
        assert [(d.valid_from, d.valid_to, d.matched_at) for d in page.documents] == [
            (date(2026, 10, 1), date(2046, 10, 1), world.now())
        ]
        assert {(c.value.text, c.preferred) for c in page.contacts if c.kind.value == "mobile"} == {
            ("138****5678", False), ("137****1111", True),
        }  # fmt: skip
        assert len(party_search.find_parties(reading, "顾听澜")) == 1


def test_free_rooms_leave_out_what_is_let(office: Office) -> None:
    actor = sit_down(office, "manager")
    rooms = rooms_of(office)
    check_in(office, actor, rooms[0])
    with look(office, actor) as reading:
        free = check_in_facts.free_rooms(reading)
        facts = check_in_facts.wizard_facts(reading)
    assert rooms[0] not in {room.id for room in free}
    assert len(free) == len(rooms) - 1
    assert [room.number for room in free if room.fits("3楼 1栋")] == ["302", "303", "304"]
    assert [room.number for room in free if room.fits("20")] == ["201", "202", "203", "204"]
    assert "# 个人信息处理告知书" in facts.notice.lines
    assert any("望江物业服务有限公司" in line for line in facts.notice.lines)
    assert (facts.property_price, facts.receipt_form) == (None, "a5")


def test_sex_words() -> None:
    assert wizard.party_of(draft()).sex is Sex.FEMALE
    assert wizard.party_of(draft(sex="x")).sex is None
