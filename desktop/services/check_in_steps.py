"""The way through the check-in wizard, without a screen: what is wrong, what is missing, which step may follow.

`problems()` asks the same function as the act does (`check_in_forms.check_in_problems`); a test walks all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from desktop.services import check_in_forms
from desktop.services.check_in_draft import (
    METERS,
    ORDER,
    CheckInDraft,
    Step,
    amount_of,
    count_of,
    decimal_of,
    readings_of,
    request,
    terms_of,
)
from desktop.services.errors import DomainError
from desktop.services.handover import handover_problems
from desktop.services.lease_terms import term_from_choice
from desktop.services.masks import find_secrets
from desktop.services.problems import Problem, error
from desktop.services.typed_card import FOREVER, day_of

# ---- what is wrong or missing --------------------------------------------------------------------------------------

_STEP_OF = {
    "name": Step.REVIEW, "sex": Step.REVIEW, "birth": Step.REVIEW, "ethnicity": Step.REVIEW, "matched": Step.REVIEW,
    "expired_reason": Step.REVIEW, "party": Step.REVIEW,
    "phone": Step.CONTACT, "occupation": Step.CONTACT, "home_address": Step.CONTACT, "notice": Step.CONTACT,
    "bank_consent": Step.CONTACT, "note": Step.CONTACT,
    "room": Step.ROOM,
    "keys": Step.HANDOVER, "cards": Step.HANDOVER, "photos": Step.HANDOVER,
    "given": Step.PAYMENT, "surplus": Step.PAYMENT, "reference": Step.PAYMENT, "amounts": Step.PAYMENT,
}  # fmt: skip
_STEP_OF_HEAD = {
    "document": Step.REVIEW, "emergency": Step.CONTACT, "bank": Step.CONTACT, "reading": Step.HANDOVER,
    "people": Step.CONTACT, "company": Step.CONTACT, "plates": Step.CONTACT,
}  # fmt: skip


def step_of(field_name: str) -> Step:
    """Where a field stands, so that a refusal of the act finds its way back to it."""
    return _STEP_OF.get(field_name) or _STEP_OF_HEAD.get(field_name.split(".")[0], Step.TERMS)


def problems(draft: CheckInDraft, step: Step, facts: check_in_forms.CheckInFacts) -> list[Problem]:
    """Everything to say about one step: what `check_ins.check_in` would say, and what was left empty."""
    if step is Step.READ or draft.lease_id is not None:
        return []
    if step is Step.HANDOVER:
        return _handover(draft)
    said = check_in_forms.check_in_problems(request(draft), facts)
    # Whether the room is free depends on the days as well, so the terms say it, too.
    found = [p for p in said if step_of(p.field) is step or (step is Step.TERMS and p.field == "room")]
    if step is Step.REVIEW:
        # The page shows the validity in one place: it says once that the card has run out, and asks why below.
        found += _dates(draft, ("birth", "valid_from", "valid_to"))
    if step is Step.CONTACT:
        found += _contact(draft)
    if step is Step.ROOM and draft.room_id is None:
        found = [error("room", "选一间空房，可以直接输房号")]
    if step is Step.TERMS:
        if terms_of(draft) is None:
            found = _unread_terms(draft)
        elif draft.property_price and decimal_of(draft.property_price) is None:
            found.append(error("property_price", "单价只写数字，如 1.80；不收就清空"))
    return found


def _contact(draft: CheckInDraft) -> list[Problem]:
    """What the form of the act cannot say: words in the wrong place, readings of the others not looked at yet."""
    found = []
    if find_secrets(draft.occupation):
        found.append(error("occupation", "这里不写证件号或电话：填到对应的栏目，职业不加密"))
    for at, person in enumerate(draft.people):
        for name, doubt in person.doubts.items():
            field = f"document.{name}" if name in ("number", "address") else name
            why = "，".join(doubt.reasons)
            found.append(error(f"people.{at}.{field}", f"{why}：看清证件，按 Enter 确认"))
    return found


def of_the_others(problems: Sequence[Problem]) -> list[Problem]:
    """What is to be said about whoever comes with the tenant."""
    return [p for p in problems if p.field.split(".")[0] in OTHERS]


OTHERS = ("people", "company", "plates")


def _dates(draft: CheckInDraft, names: Sequence[str]) -> list[Problem]:
    words = {"birth": "出生日期", "valid_from": "有效期起", "valid_to": "有效期止"}
    found = []
    for name in names:
        text = getattr(draft, name)
        if text and day_of(text) is None and not (name == "valid_to" and text == FOREVER):
            head = "" if name == "birth" else "document."
            found.append(error(f"{head}{name}", f"{words[name]}「{text}」没有这一天，请对照证件"))
    return found


def _unread_terms(draft: CheckInDraft) -> list[Problem]:
    checks = (
        ("start", day_of(draft.start), "填起租日"), ("end", day_of(draft.end), "填到期日"),
        ("rent", amount_of(draft.rent), "填月租金"), ("deposit", amount_of(draft.deposit or "0"), "押金只写数字"),
        ("pay_ahead_days", decimal_of(draft.ahead or "0"), "提前天数只写数字"),
        ("free_days", decimal_of(draft.free_days or "0"), "免租期写天数"),
        ("late_fee_per_mille", decimal_of(draft.late_fee or "0"), "违约金写每日千分之几"),
        ("key_deposit", amount_of(draft.key_deposit or "0"), "钥匙押金只写数字"),
    )  # fmt: skip
    found = [error(name, text) for name, value, text in checks if value is None]
    try:
        term_from_choice(draft.pay_choice)
    except DomainError as trouble:
        found.append(error("pay_choice", trouble.message))
    return found


def _handover(draft: CheckInDraft) -> list[Problem]:
    found = []
    for name, word in (("keys", "钥匙"), ("cards", "门卡")):
        number = decimal_of(getattr(draft, name) or "0")
        if number is None or number != int(number):
            found.append(error(name, f"{word}写几把、几张，没有就写 0"))
    for kind in METERS:
        text = draft.readings.get(kind.value, "")
        if text and decimal_of(text) is None:
            found.append(error(f"reading.{kind}", "读数只写数字"))
    said = handover_problems(readings_of(draft), count_of(draft.keys), count_of(draft.cards))
    return found + [error(name, text) for name, text in said.items()]


def missing(draft: CheckInDraft, step: Step, facts: check_in_forms.CheckInFacts) -> str:
    """What still stands between the clerk and the next step, in a few words beside the primary; empty for nothing."""
    if step is Step.REVIEW and draft.doubts:
        return f"还有 {len(draft.doubts)} 项未确认"
    stops = list(dict.fromkeys(p.field for p in problems(draft, step, facts) if p.stops))
    empty = [name for name in stops if name in _WORDS and not getattr(draft, _WORDS[name][0])]
    wrong = len(stops) - len(empty)
    words = [f"还差 {'、'.join(_WORDS[name][1] for name in empty[:3])}"] if empty else []
    return "，".join([*words, f"有 {wrong} 处要改"] if wrong else words)


_WORDS = {
    "name": ("name", "姓名"), "document.number": ("number", "证件号码"), "matched": ("matched", "人证核对"),
    "expired_reason": ("expired_reason", "过期原因"), "phone": ("phone", "电话"), "notice": ("notice_told", "已告知"),
    "bank_consent": ("bank_consent", "银行账户同意"), "room": ("room_id", "房间"), "start": ("start", "起租日"),
    "end": ("end", "到期日"), "rent": ("rent", "月租金"),
}  # fmt: skip
"""Field of a remark → attribute of the draft, and what it is called when it is still empty."""


# ---- the way through -----------------------------------------------------------------------------------------------


def may_show(draft: CheckInDraft, step: Step) -> bool:
    """Whether a step can be gone to: after the act only what follows it, before it only what has been reached."""
    if draft.lease_id is not None:
        return step is (Step.PRINT if draft.payment_id is not None or draft.handed_over else Step.PAYMENT)
    return step not in (Step.PAYMENT, Step.PRINT)


def after(draft: CheckInDraft, step: Step, today: date) -> Step:
    """The step that follows. A lease that begins later has its handover on that day, so the step is left out."""
    if step is Step.TERMS and not moves_in_now(draft, today):
        return Step.PAYMENT
    return ORDER[min(ORDER.index(step) + 1, len(ORDER) - 1)]


def before(draft: CheckInDraft, step: Step) -> Step | None:
    """The step to go back to, None where there is none: what is stored is not taken back by a key."""
    if draft.lease_id is not None or step is Step.READ:
        return None
    return ORDER[ORDER.index(step) - 1]


def moves_in_now(draft: CheckInDraft, today: date) -> bool:
    """Whether room and keys are handed over today."""
    start = day_of(draft.start)
    return start is None or start <= today


def stores_on_leaving(draft: CheckInDraft, step: Step, today: date) -> bool:
    """Whether the primary of a step is the act itself."""
    return draft.lease_id is None and after(draft, step, today) is Step.PAYMENT
