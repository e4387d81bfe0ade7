"""Offices for the tests: made through the real services, with the cheap key settings of a demo office."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from desktop.models.access import StaffMember
from desktop.models.values import DocumentKind, Money, Sex
from desktop.ocr.id_number import make_id_number
from desktop.services import access, board, check_in_forms, check_ins, database, opening, party_forms, pins
from desktop.services.acts import Op
from desktop.services.lease_terms import LeaseTerms, end_after
from desktop.services.office import Office
from desktop.services.places import BuildingDraft, RoomDraft
from desktop.services.recovery import RecoveryCode, make_recovery_code
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import World
from tests import made_offices
from tests.databases import lay_schema

T = TypeVar("T")
PASSWORD = "Spruce-甲乙-41"


def first_start(floors: int = 3, rooms: int = 4, demo: bool = True) -> opening.FirstStart:
    """One building of `floors` × `rooms`; rent 1,860.00, 46.20 m²."""
    drafts = [
        RoomDraft(f"{floor}{room:02d}", floor, Decimal("46.20"), "一室一厅", Money.yuan(1860))
        for floor in range(1, floors + 1)
        for room in range(1, rooms + 1)
    ]
    return opening.FirstStart(
        organisation="望江物业服务有限公司", project="望江苑", code="WJY", desk="前台 1", admin_login="admin",
        admin_name="周砚秋", admin_password=PASSWORD, buildings=(BuildingDraft("1 栋", drafts),), demo=demo,
    )  # fmt: skip


def make_office(
    world: World, data_dir: Path, url: str, form: opening.FirstStart | None = None, recovery: RecoveryCode | None = None
) -> Office:
    """A new office in a fresh database.

    Most tests begin with the same office, made of the same world: from the second on it is a copy of the first, with
    its rows, files, keys and clocks, and the world stands where making it would have left it.
    """
    where, form = database.parse_url(url), form or first_start()
    alike = made_offices.alike(world, data_dir, where, form, recovery)
    if alike is not None and (copied := made_offices.copy(alike, world, data_dir, where)) is not None:
        return copied[0]
    if where.drivername == "sqlite" and where.database:
        lay_schema(Path(where.database))
    made = opening.create_office(world, data_dir, where, form, recovery or make_recovery_code(world))
    if alike is not None:
        made_offices.keep(alike, made, where)
    return made


def is_ready(world: World, data_dir: Path, url: str) -> bool:
    """Whether `make_office` would copy the usual office, so that it needs no database with a schema."""
    key = made_offices.alike(world, data_dir, database.parse_url(url), first_start(), None)
    return key is not None and made_offices.is_kept(key)


def filled_office(world: World, data_dir: Path, url: str, fill: Callable[[Office], T]) -> tuple[Office, T]:
    """A new office that `fill` has filled, and what it gave back: from the second on a copy of the first."""
    where, form = database.parse_url(url), first_start()
    alike, filled = made_offices.alike(world, data_dir, where, form, None), made_offices.filled_by(fill, world)
    key = None if alike is None or filled is None else (alike, filled)
    if key is not None and (copied := made_offices.copy(key, world, data_dir, where)) is not None:
        return copied
    office = make_office(world, data_dir, url, form)
    given = fill(office)
    if key is not None:
        made_offices.keep(key, office, where, given)
    return office, given


def sit_down(office: Office, *roles: str, login: str = "linxm", name: str = "林小满") -> Actor:
    """A new person with these roles, signed in."""
    passwords = opening.passwords_for(office.world, demo=True)
    with begin(office, PROGRAM, Op.ADD_STAFF) as work:
        staff_id = access.add_staff(work, access.StaffForm(login, name, roles, PASSWORD), passwords)
    return access.actor_of(office, staff_id)


def hire(office: Office, *roles: str, login: str = "linxm", name: str = "林小满") -> None:
    """A person who signs in with PASSWORD and need not change it first."""
    passwords = opening.passwords_for(office.world, demo=True)
    with begin(office, PROGRAM, Op.ADD_STAFF) as work:
        work.authorised += 1
        access.enter_staff(work, access.StaffForm(login, name, roles, PASSWORD), passwords, must_change=False)


PIN = "407186"


def with_pin(office: Office, actor: Actor, pin: str = PIN) -> Actor:
    """The same person after a first sign-in here, with a PIN that works on this PC."""
    passwords = opening.passwords_for(office.world, demo=True)
    assert actor.staff_id is not None
    with begin(office, PROGRAM, Op.CHANGE_OWN_PASSWORD) as work:
        member = work.get(StaffMember, actor.staff_id)
        member.must_change_password = False
        login = member.login
    access.sign_in(office, login, PASSWORD, passwords)
    with begin(office, actor, Op.SET_PIN) as work:
        pins.set_pin(work, PASSWORD, pin, passwords)
    return actor


def person(
    name: str = "顾听澜",
    sequence: int = 1,
    birth: date = date(1996, 4, 18),
    phone: str = "13812345678",
    bank: bool = False,
) -> party_forms.PartyForm:
    """An invented person with a card of the region that does not exist."""
    number = make_id_number(birth, "female", sequence=sequence)
    return party_forms.PartyForm(
        name=name, sex=Sex.FEMALE, birth=birth, ethnicity="汉", occupation="平面设计", phone=phone,
        home_address="青川市临江区望江路 88 号",
        document=party_forms.DocumentForm(
            DocumentKind.ID_CARD, number, "样例省青川市临江区望江路88号3幢502", "青川市公安局临江分局",
            date(2019, 5, 6), date(2039, 5, 6), "typed",
        ),
        emergency=party_forms.EmergencyForm("顾知夏", "姐姐", "13900002046"),
        bank=party_forms.BankForm("建设银行", "6217000010000000000", name) if bank else None,
    )  # fmt: skip


def terms(start: date, months: int = 12, rent: Money | None = None) -> LeaseTerms:
    """押一付三 from a day on."""
    rent = rent or Money.yuan(1860)
    return LeaseTerms(start, end_after(start, months), rent, 3, rent)


def rooms_of(office: Office) -> list[UUID]:
    """Room ids in the order of the board."""
    with look(office, PROGRAM) as reading:
        return [tile.room_id for tile in board.board(reading).tiles]


def check_in(
    office: Office,
    actor: Actor,
    room_id: UUID,
    form: party_forms.PartyForm | None = None,
    lease: LeaseTerms | None = None,
) -> check_ins.CheckedIn:
    """Somebody moves in today."""
    request = check_in_forms.CheckIn(
        room_id, lease or terms(office.world.today()), party=form or person(), matched=True, notice_told=True,
        bank_consent=True, keys=2, cards=2,
    )  # fmt: skip
    with begin(office, actor, Op.CHECK_IN) as work:
        return check_ins.check_in(work, request)


def many(count: int) -> Sequence[party_forms.PartyForm]:
    """`count` different people."""
    names = ["沈知微", "林以宁", "周思齐", "许朗", "程晨", "宋怀瑾", "苏望舒", "乔木", "叶书瑶", "江令仪"]
    return [
        person(
            names[n % len(names)],
            sequence=n + 1,
            phone=f"138{n:08d}",
            birth=date(1980 + n % 20, 1 + n % 12, 1 + n % 28),
        )
        for n in range(count)
    ]
