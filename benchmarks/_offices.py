"""Big invented offices for the benchmarks: thousands of rooms, let and billed through the bulk path of one act."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from desktop.models.base import table_of
from desktop.models.billing import Bill, BillBalance
from desktop.models.leases import Lease, LeaseParty, LeaseRoom, LeaseTerm
from desktop.models.parties import Party, PartyName
from desktop.models.values import (
    FreeDaysRule,
    LeaseKind,
    LeaseRole,
    LeaseState,
    Money,
    PartyKind,
    StubPlacement,
    StubRule,
    add_months,
)
from desktop.services import board, database, derived, opening, owed_days
from desktop.services.acts import Op
from desktop.services.bulk import insert_tuples
from desktop.services.office import Office
from desktop.services.places import BuildingDraft, RoomDraft
from desktop.services.recovery import make_recovery_code
from desktop.services.work import PROGRAM, Work, begin, look
from desktop.world import World

SURNAMES = "沈林周许程宋苏乔叶江温孟罗陆韩易傅夏骆尹蓝卓唐柳方谢白杜莫邱简伍秦顾姜季"
GIVEN = "知微 以宁 思齐 怀瑾 望舒 书瑶 令仪 知行 明远 明河 清和 听雪 清越 云深 青禾 若谷 子衿 半夏".split()  # noqa: SIM905
BILLS = 24
"""Bills a lease has behind it: two years, the last ones open on every eighth room."""


def big_office(world: World, folder: Path, rooms: int, url: str = "", behind: int = BILLS) -> Office:
    """A demo office of `rooms` rooms in buildings of 12 floors, most let, some owing, with two years of balances.

    `behind`: so many bills instead, 0 for a lease that began this month and has none yet.
    """
    per_floor, floors = 10, 12
    buildings = []
    for first in range(0, rooms, per_floor * floors):
        count = min(per_floor * floors, rooms - first)
        drafts = [
            RoomDraft(
                f"{n // per_floor + 1}{n % per_floor + 1:02d}", n // per_floor + 1, Decimal("46.20"), "一室一厅",
                Money.yuan(1860),
            )
            for n in range(count)
        ]  # fmt: skip
        buildings.append(BuildingDraft(f"{len(buildings) + 1} 栋", drafts))
    form = opening.FirstStart(
        "望江物业服务有限公司", "望江苑", "WJY", "前台 1", "admin", "周砚秋", "", buildings=buildings, demo=True
    )
    address = database.parse_url(url) if url else database.sqlite_url(folder)
    folder.mkdir(parents=True, exist_ok=True)
    office = opening.create_office(world, folder, address, form, make_recovery_code(world))
    with look(office, PROGRAM) as reading:
        ids = [tile.room_id for tile in board.board(reading).tiles]
    with begin(office, PROGRAM, Op.ADD_DEMO_DATA) as work:
        _let(work, ids, world.today(), behind)
        work.record(rooms=len(ids))
    return office


def _let(work: Work, rooms: list, today: date, behind: int) -> None:
    r = random.Random(41)
    parties, names, leases, terms, tenants, places, bills, balances = [], [], [], [], [], [], [], []
    for n, room in enumerate(rooms):
        if n % 9 == 4:
            continue  # vacant
        party, lease = work.world.new_id(), work.world.new_id()
        name = r.choice(SURNAMES) + r.choice(GIVEN)
        start = add_months(today, -r.randrange(1, 12)) - timedelta(days=r.randrange(28))
        start = start if behind else today.replace(day=1)
        end = add_months(start, 12) - timedelta(days=1)
        parties.append((party, f"WJY-PA{n + 1:06d}", PartyKind.PERSON, name, None, None, None, None, None, False))
        names += [(party, key) for key in derived.name_keys(name)]
        leases.append(
            (
                lease, f"WJY-{today.year}-A{n + 1:05d}", LeaseKind.LEASE, LeaseState.ACTIVE, None, None, None, start,
                start, None, None,
            )
        )  # fmt: skip
        terms.append(
            (
                work.world.new_id(), lease, start, start, end, Money.yuan(1860), [], 1, False, 0, Money.yuan(1860),
                StubRule.ACTUAL_DAYS, StubPlacement.MERGED, 0, FreeDaysRule.DEDUCT_FREE_DAYS, Decimal("0.5"), None,
                None, 1, Money(0), "居住",
            )
        )  # fmt: skip
        tenants.append((work.world.new_id(), lease, party, LeaseRole.TENANT, start, None))
        places.append((work.world.new_id(), lease, room, start, end))
        for month in range(behind):
            due = add_months(today, month - behind + 1) - timedelta(days=3)
            open_ = n % 8 == 0 and month >= behind - 2
            bill = work.world.new_id()
            source = f"lease:{lease.hex}:rent:{month:04d}"
            bills.append((bill, party, lease, room, due, due, "租金", source, work.office.project_id, work.at, None))
            balances.append((bill, party, lease, room, due, Money.yuan(1860 if open_ else 0)))
    work.insert_many(
        Party,
        ["id", "number", "kind", "name", "sex", "birth", "ethnicity", "occupation", "note", "hold_erasure"],
        parties,
    )
    work.insert_many(
        Lease,
        [
            "id", "number", "kind", "state", "lessor_id", "renews_id", "template_id", "signed_on", "moved_in_on",
            "notice_on", "moved_out_on",
        ],
        leases,
    )  # fmt: skip
    work.insert_many(
        LeaseTerm,
        [
            "id", "lease_id", "effective_from", "start", "end", "rent", "rent_steps", "cycle_months", "calendar_months",
            "pay_ahead_days", "deposit", "stub_rule", "stub_placement", "free_days", "free_days_rule",
            "late_fee_per_mille", "property_fee_price", "property_fee_area", "property_fee_months", "key_deposit",
            "purpose",
        ],
        terms,
    )  # fmt: skip
    work.insert_many(LeaseParty, ["id", "lease_id", "party_id", "role", "valid_from", "valid_to"], tenants)
    work.insert_many(LeaseRoom, ["id", "lease_id", "room_id", "valid_from", "valid_to"], places)
    connection = work.session.connection()
    insert_tuples(connection, table_of(PartyName), ["party_id", "key"], list(dict.fromkeys(names)))
    # Straight into the tables: only their number matters here, and 100,000 ops for sync would take a minute.
    insert_tuples(
        connection,
        table_of(Bill),
        [
            "id", "debtor_id", "lease_id", "room_id", "issued_on", "due", "title", "source_key", "project_id",
            "created_at", "created_by",
        ],
        bills,
    )  # fmt: skip
    insert_tuples(connection, table_of(BillBalance), derived.BALANCE_COLUMNS, balances)
    owed_days.rebuild(work.session)
