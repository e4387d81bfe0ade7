"""Who may sign a lease alone, and for whom somebody else signs: capacity 行为能力 by age (Civil Code 17–20).

Ages are those of the day on which is signed; the birthday itself counts (DOMAIN §16).
"""

from __future__ import annotations

from datetime import date

from desktop.models.values import age_on
from desktop.services.problems import Problem, error

ADULT = 18
OWN_INCOME = 16
"""From here somebody who lives mainly by their own work is fully capable (Civil Code 18)."""
LIMITED = 8
"""Below it nobody does anything by themselves (Civil Code 20)."""
CHILD = 14
"""Below it personal information needs the word of a parent or guardian (PIPL 31)."""


def is_minor(birth: date | None, today: date) -> bool:
    """Whether somebody is under 18; nobody is while the birthday is not known."""
    return birth is not None and age_on(birth, today) < ADULT


def is_child(birth: date | None, today: date) -> bool:
    """Whether somebody is under 14."""
    return birth is not None and age_on(birth, today) < CHILD


def may_earn(birth: date | None, today: date) -> bool:
    """Whether own income would make a minor fully capable: 16 and 17."""
    return birth is not None and OWN_INCOME <= age_on(birth, today) < ADULT


def signing_problem(birth: date, today: date, *, own_income: bool = False) -> Problem | None:
    """Why somebody cannot sign a lease without a guardian (field birth); None when they can. Source: Civil Code 17–20.

    `own_income`: they live mainly by their own work, and said so.
    """
    age = age_on(birth, today)
    if age >= ADULT or (age >= OWN_INCOME and own_income):
        return None
    if age >= OWN_INCOME:
        words = "靠自己的劳动收入生活的可以自己签，勾选说明；不是就登记监护人（《民法典》第十八条、第十九条）"
    elif age >= LIMITED:
        words = "自己签的租约要监护人同意才有效：登记监护人，由监护人一起签（《民法典》第十九条）"
    else:
        words = "不能自己签租约：登记监护人，由监护人代签（《民法典》第二十条）"
    return error("birth", f"{age} 周岁：{words}")


def adult_problem(field: str, word: str, birth: date | None, today: date) -> Problem | None:
    """Why somebody cannot stand in for others: a guarantor, agent, guardian, handler is of age (Civil Code 18, 19)."""
    if not is_minor(birth, today):
        return None
    assert birth is not None
    return error(field, f"{word}只有 {age_on(birth, today)} 周岁：换一位成年人（《民法典》第十八条、第十九条）")
