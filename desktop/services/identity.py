"""Identity papers and bank cards at the desk: is the number possible, does it fit the person, is the paper still good.

Where a standard gives a check digit a wrong one is an error; everywhere else an odd form is only a warning, because the
customary patterns for travel permits and passports contradict each other (DOMAIN §12).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from desktop.models.values import DocumentKind, Sex, add_months, age_on
from desktop.ocr.id_number import IdNumber, IdNumberError, NumberDoubt, NumberProblem, parse_id_number
from desktop.services.errors import DomainError
from desktop.services.masks import luhn
from desktop.services.names import normalise_name
from desktop.services.problems import Problem, error, note, warn

LONG_TERM = date.max
"""`valid_to` of a card without an end 长期; None means that nobody has read it yet."""

DOCUMENT_NAMES = {
    DocumentKind.ID_CARD: "居民身份证",
    DocumentKind.TEMPORARY_ID_CARD: "临时居民身份证",
    DocumentKind.HOUSEHOLD_REGISTER: "户口簿",
    DocumentKind.HMT_RESIDENCE_PERMIT: "港澳台居民居住证",
    DocumentKind.FOREIGNER_PERMANENT_CARD: "外国人永久居留身份证",
    DocumentKind.HK_MACAO_TRAVEL_PERMIT: "港澳居民来往内地通行证",
    DocumentKind.TAIWAN_TRAVEL_PERMIT: "台湾居民来往大陆通行证",
    DocumentKind.PASSPORT: "护照",
    DocumentKind.BUSINESS_LICENCE: "营业执照",
}

_CITIZEN = (DocumentKind.ID_CARD, DocumentKind.TEMPORARY_ID_CARD, DocumentKind.HOUSEHOLD_REGISTER)
_NUMBER_KINDS = {
    "resident": _CITIZEN,
    "hmt": (DocumentKind.HMT_RESIDENCE_PERMIT,),
    "foreigner": (DocumentKind.FOREIGNER_PERMANENT_CARD,),
}
_WITHOUT_END = (DocumentKind.HOUSEHOLD_REGISTER, DocumentKind.BUSINESS_LICENCE)
_SOON_DAYS = 30
_OLDEST_YEARS = 120

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUES = {character: value for value, character in enumerate(_USCC_ALPHABET)}


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """What a document number says by itself; None where it says nothing."""

    number: str
    """As stored: upper case, no spaces, 15 digits expanded to 18."""
    birth: date | None
    sex: Sex | None
    problems: tuple[Problem, ...]


def read_number(kind: DocumentKind, text: str, today: date) -> NumberFacts:
    """The number of a paper in its stored form, with what it gives away and what is wrong with it (field number)."""
    number = _compact(text)
    if not number:
        return NumberFacts("", None, None, (error("number", f"请填{DOCUMENT_NAMES[kind]}号码"),))
    match kind:
        case DocumentKind.BUSINESS_LICENCE:
            return NumberFacts(number, None, None, tuple(_uscc_problems(number)))
        case DocumentKind.HK_MACAO_TRAVEL_PERMIT:
            return _by_shape(number, r"[HM](\d{8}|\d{10})", "通行证号码一般是 H 或 M 加 8 位数字，请对照证件")
        case DocumentKind.TAIWAN_TRAVEL_PERMIT:
            return _by_shape(number, r"\d{8}|\d{10}", "通行证号码一般是 8 位数字，请对照证件")
        case DocumentKind.PASSPORT:
            return _by_shape(number, r"[A-Z0-9]{6,12}", "护照号码一般是 6 到 12 位字母和数字，请对照护照")
        case DocumentKind.FOREIGNER_PERMANENT_CARD if re.fullmatch(r"[A-Z]{3}\d{12}", number):
            return NumberFacts(number, None, None, ())
    return _citizen_number(kind, number, today)


def check_document(
    kind: DocumentKind,
    number: str,
    birth: date | None,
    valid_from: date | None,
    valid_to: date | None,
    today: date,
    sex: Sex | None = None,
) -> list[Problem]:
    """Everything to say about one paper, under the fields number, birth, sex, kind, valid_from, valid_to.

    An expired paper is a warning: the clerk may go on with a reason. `valid_to` LONG_TERM is 长期, None is not read.
    """
    facts = read_number(kind, number, today)
    problems = list(facts.problems)
    if facts.birth and birth and facts.birth != birth:
        problems.append(error("birth", f"出生日期与号码不一致，请对照证件：号码里是 {facts.birth}"))
    if facts.sex and sex and facts.sex is not sex:
        word = "男" if facts.sex is Sex.MALE else "女"
        problems.append(error("sex", f"性别与号码不一致，请对照证件：号码里是{word}"))
    problems += _birth_problems(birth, today) if facts.birth is None else []
    problems += _validity_problems(kind, valid_from, valid_to, today)
    problems += _span_problems(kind, birth or facts.birth, valid_from, valid_to)
    return problems


def uscc_check_character(first17: str) -> str:
    """The 18th character of a unified social credit code. KeyError for I, O, S, V, Z. Source: GB 32100-2015."""
    weighted = sum(_USCC_VALUES[c] * pow(3, place, 31) for place, c in enumerate(first17))
    return _USCC_ALPHABET[-weighted % 31]


def uscc_problem(text: str) -> str:
    """Why a unified social credit code cannot be right, in one sentence; "" when it can."""
    problems = _uscc_problems(_compact(text))
    return problems[0].text if problems else ""


def normalise_bank_card(text: str) -> str:
    """The digits of an account as stored."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).strip()


def check_bank_card(text: str, company: bool = False) -> list[Problem]:
    """Remarks on a bank account (field bank_account): a wrong check digit warns, since some accounts have none."""
    number = normalise_bank_card(text)
    if not (number.isascii() and number.isdigit()):
        return [error("bank_account", "银行账号只有数字，请对照银行卡")]
    if 13 <= len(number) <= 19:
        wrong = not company and not luhn(number)
        return [warn("bank_account", "卡号校验位不符，请逐位核对；对公账户和旧存折除外")] if wrong else []
    if company and 8 <= len(number) <= 32:
        return []
    return [error("bank_account", f"银行卡号是 13 到 19 位，现在 {len(number)} 位")]


def check_account_holder(holder: str, party: str) -> list[Problem]:
    """A refund goes to the party's own account, otherwise with a written authority (DOMAIN §14)."""
    try:
        same = normalise_name(holder) == normalise_name(party)
    except DomainError:
        return [error("account_holder", "请填开户人姓名")]
    return [] if same else [warn("account_holder", f"开户人不是{party}：退款前要有书面委托")]


def _compact(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in folded if c.isalnum() or c == "×").replace("×", "X")


def _by_shape(number: str, pattern: str, otherwise: str) -> NumberFacts:
    problems = () if re.fullmatch(pattern, number) else (warn("number", otherwise),)
    return NumberFacts(number, None, None, problems)


def _citizen_number(kind: DocumentKind, number: str, today: date) -> NumberFacts:
    """The 18-character numbers of GB 11643, which four kinds of paper share."""
    try:
        read = parse_id_number(number, today)
    except IdNumberError as wrong:
        return NumberFacts(number, None, None, (error("number", _number_sentence(wrong, kind)),))
    problems: list[Problem] = [
        note("number", _chinese(doubt.message))
        if doubt.reason is NumberDoubt.INVENTED
        else warn("number", _chinese(doubt.message))
        for doubt in read.warnings
    ]
    problems += _kind_problems(kind, read)
    return NumberFacts(read.number, read.birth, Sex(read.sex) if read.sex else None, tuple(problems))


def _chinese(sentence: str) -> str:
    """A sentence of the reader as it stands under a field: Chinese punctuation, no full stop."""
    return sentence.rstrip("。").replace(",", "，").replace(":", "：")


def _number_sentence(wrong: IdNumberError, kind: DocumentKind) -> str:
    if wrong.reason is NumberProblem.CHECK_DIGIT:
        return f"末位校验不符：校验位算得 {wrong.expected}，现在是 {wrong.text[-1]}，请逐位核对"
    if wrong.reason is NumberProblem.LENGTH:
        return f"{DOCUMENT_NAMES[kind]}号码要 18 位，现在 {len(wrong.text)} 位"
    return wrong.message.rstrip("。").replace(",", "，")


def _kind_problems(kind: DocumentKind, read: IdNumber) -> list[Problem]:
    if kind in _NUMBER_KINDS[read.kind] or any(doubt.reason is NumberDoubt.INVENTED for doubt in read.warnings):
        return []
    likely = DOCUMENT_NAMES[_NUMBER_KINDS[read.kind][0]]
    return [warn("kind", f"这个号码像是{likely}的，请核对证件种类")]


def _uscc_problems(code: str) -> list[Problem]:
    if re.fullmatch(r"\d{15}", code):
        return [warn("number", "这是旧的 15 位注册号，请改填 18 位统一社会信用代码")]
    if len(code) != 18:
        return [error("number", f"统一社会信用代码要 18 位，现在 {len(code)} 位")]
    if strange := [character for character in code if character not in _USCC_VALUES]:
        return [error("number", f"统一社会信用代码里没有 {strange[0]}，请对照营业执照")]
    if code[17] != (expected := uscc_check_character(code[:17])):
        return [error("number", f"末位校验不符：校验位算得 {expected}，现在是 {code[17]}，请逐位核对")]
    return []


def _birth_problems(birth: date | None, today: date) -> list[Problem]:
    if birth is None:
        return []
    if birth > today:
        return [error("birth", f"出生日期 {birth} 还没有到，请对照证件")]
    if age_on(birth, today) > _OLDEST_YEARS:
        return [warn("birth", f"按出生日期已 {age_on(birth, today)} 岁，请核对")]
    return []


def _validity_problems(
    kind: DocumentKind, valid_from: date | None, valid_to: date | None, today: date
) -> list[Problem]:
    problems = []
    if valid_from and valid_to and valid_to <= valid_from:
        return [error("valid_to", "有效期止早于有效期起，请对照证件")]
    if valid_from and valid_from > today:
        problems.append(warn("valid_from", f"证件 {valid_from} 才生效，请核对"))
    if valid_to is None:
        if kind not in _WITHOUT_END:
            problems.append(note("valid_to", "还没有填有效期"))
    elif valid_to < today:
        problems.append(warn("valid_to", f"证件已于 {valid_to} 过期：请换有效证件，或写明原因后继续"))
    elif valid_to <= today + timedelta(days=_SOON_DAYS) and valid_to != LONG_TERM:
        problems.append(warn("valid_to", f"证件 {valid_to} 到期，还剩 {(valid_to - today).days} 天"))
    return problems


def _span_problems(
    kind: DocumentKind, birth: date | None, valid_from: date | None, valid_to: date | None
) -> list[Problem]:
    """How long an ID card is good depends on the age at issue: 5, 10, 20 years, then without end (DOMAIN §11)."""
    if valid_from is None or valid_to is None or not valid_from < valid_to or valid_from.year > 2200:
        return []
    if kind is DocumentKind.TEMPORARY_ID_CARD and valid_to > add_months(valid_from, 3) + timedelta(days=3):
        return [warn("valid_to", "临时身份证有效期一般是 3 个月，请对照证件")]
    if kind is not DocumentKind.ID_CARD or birth is None or birth > valid_from:
        return []
    age = age_on(birth, valid_from)
    years = 5 if age < 16 else 10 if age < 26 else 20 if age < 46 else None
    if years is None:
        fits, words = valid_to == LONG_TERM, "长期"
    else:
        fits, words = valid_to != LONG_TERM and _about(valid_from, years, valid_to), f"{years} 年"
    return [] if fits else [warn("valid_to", f"{age} 岁签发的身份证有效期应是{words}，请对照证件")]


def _about(start: date, years: int, end: date) -> bool:
    """Some authorities print the day before the anniversary."""
    return abs((add_months(start, years * 12) - end).days) <= 3
