"""The office's rules, each effective from a date: what is not set has the default written here.

To add a rule: a line in DEFAULTS, its meaning beside it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from desktop.models.trust import Setting
from desktop.models.values import Right
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

DEFAULTS: dict[str, Any] = {
    "lock_minutes": 5,  # idle minutes before the window locks
    "deposit_months_limit": 1,  # 建房规〔2021〕2号: above it the clerk is warned
    "rent_ahead_months_limit": 3,  # likewise for rent collected at once
    "late_fee_per_mille": "0.5",  # suggested 违约金 per day, ‰
    "property_fee_price": None,  # yuan per m² and month, suggested in a lease
    "expiring_days": 30,  # a lease is "expiring" this many days before its end
    "deposit_return_days": 7,  # printed in the lease: days after settlement
    "post_ahead_days": 7,  # bills falling due within so many days are posted ahead
    "keep_card_pictures": False,  # only under a named local duty; default is read, verify, discard
    "receipt_paper": "a5",  # a5 | a4
    "notice_contact": "",  # who answers questions on personal data, printed in the notice
    "retention_years": 3,  # after move-out, then personal fields are cleared
    "short_stay_days": 30,  # leases shorter than this draw a warning (may count as hotel business)
}


@needs(Right.SEE_BOARD)
def setting(look: Look, key: str, on: date | None = None) -> Any:
    """The value of a rule on a day (today when none is given). KeyError for a rule nobody declared."""
    return value_of(look, key, on)


@part
def value_of(look: Look, key: str, on: date | None = None) -> Any:
    """`setting` inside an act."""
    default = DEFAULTS[key]
    day = on or look.world.today()
    found = look.session.scalar(
        sa.select(Setting)
        .where(Setting.key == key, Setting.valid_from <= day, Setting.deleted_at.is_(None))
        .order_by(Setting.valid_from.desc())
        .limit(1)
    )
    return default if found is None else found.value


@needs(Right.EDIT_SETTINGS)
def change_setting(work: Work, key: str, value: Any, valid_from: date | None = None) -> None:
    """Set a rule from a day on (today when none is given); what was valid before stays readable."""
    put(work, key, value, valid_from)


@part
def put(work: Work, key: str, value: Any, valid_from: date | None = None) -> None:
    """`change_setting` inside another act."""
    if key not in DEFAULTS:
        raise KeyError(key)
    day = valid_from or work.world.today()
    row = work.session.scalar(sa.select(Setting).where(Setting.key == key, Setting.valid_from == day))
    if row is None:
        row = work.add(Setting(key=key, value=value, valid_from=day))
    else:
        row.value, row.deleted_at = value, None
    work.record(setting=key)
