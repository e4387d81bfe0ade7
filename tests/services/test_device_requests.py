"""A second PC asks to be let in, is compared by six digits, approved, refused, revoked, and let in again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL

from desktop.models.offices import Desk, Device, DeviceRequest, OfficeKeyWrap
from desktop.models.trust import AuditEntry
from desktop.services import checkup, database, device_requests, devices, opening
from desktop.services.acts import Op
from desktop.services.device_requests import Answer, Waiting
from desktop.services.errors import ProblemsFound
from desktop.services.keys import device_fingerprint
from desktop.services.office import Office
from desktop.services.opening import DeviceNotApproved, DeviceRevoked
from desktop.services.recovery import RecoveryCode, make_recovery_code
from desktop.services.secret import Cost
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.offices import check_in, make_office, person, rooms_of, sit_down


@dataclass
class TwoPcs:
    """A running PC with an administrator, and a new one with its own keyring and folder."""

    office: Office
    admin: Actor
    url: URL
    there: SeededWorld
    folder: Path
    code: RecoveryCode

    def ask(self, desk: str = "前台 2", pc: str = "QT-PC-02") -> Waiting:
        return device_requests.ask_to_join(self.there, self.folder, self.url, desk, pc)

    def approve(self, waiting: Waiting, digits: str = "") -> str:
        with begin(self.office, self.admin, Op.APPROVE_DEVICE) as work:
            return device_requests.approve_device(work, waiting.device_id, digits or waiting.digits)

    def open(self) -> Office:
        return opening.open_office(self.there, self.folder, self.url)

    def count(self, what: sa.ColumnElement[bool]) -> int:
        with self.office.reading() as session:
            return session.scalar(sa.select(sa.func.count()).where(what)) or 0


@pytest.fixture
def pcs(world: SeededWorld, database_url: str, tmp_path: Path) -> Iterator[TwoPcs]:
    code = make_recovery_code(world)
    office = make_office(world, tmp_path / "one", database_url, recovery=code)
    admin = sit_down(office, "administrator")
    there = SeededWorld(MORNING, seed=77)
    yield TwoPcs(office, admin, database.parse_url(database_url), there, tmp_path / "two", code)
    office.close()


def test_a_pc_is_let_in_and_works_beside_the_first(pcs: TwoPcs) -> None:
    with pytest.raises(DeviceNotApproved):
        pcs.open()
    waiting = pcs.ask()
    assert len(waiting.digits) == 6
    assert waiting.digits.isdecimal()
    assert device_requests.answer_to(pcs.url, waiting.device_id) is Answer.WAITING
    with look(pcs.office, pcs.admin) as reading:
        (row,) = device_requests.device_requests(reading)
    assert (row.name, row.desk, row.returning) == ("QT-PC-02", "前台 2", False)
    assert pcs.approve(waiting) == "前台 2"
    assert device_requests.answer_to(pcs.url, waiting.device_id) is Answer.APPROVED
    with look(pcs.office, pcs.admin) as reading:
        assert device_requests.device_requests(reading) == ()
    second = pcs.open()
    assert (second.desk.code, second.desk.name) == ("B", "前台 2")
    assert second.vault.keys.fingerprints() == pcs.office.vault.keys.fingerprints()
    manager = sit_down(second, "manager", login="zhouyq", name="周砚秋")
    done = check_in(second, manager, rooms_of(second)[0], person(sequence=2))
    assert done.lease_number.startswith("WJY")
    with look(pcs.office, pcs.admin) as reading:
        assert checkup.check_office(reading).findings == (), "the first PC reads and checks what the second one sealed"
    second.close()


def test_swapped_keys_show_other_digits_and_are_not_let_in(pcs: TwoPcs) -> None:
    waiting = pcs.ask()
    foreign = SeededWorld(MORNING, seed=99)
    theirs = opening.device_keys_for(foreign, pcs.folder.parent / "spy", demo=False)
    with pcs.office.writing() as session:
        session.execute(
            sa.update(DeviceRequest)
            .where(DeviceRequest.id == waiting.device_id)
            .values(wrapping_key=theirs.x25519_public)
        )
        session.commit()
    with pytest.raises(ProblemsFound) as refused:
        pcs.approve(waiting)
    assert "冒充" in refused.value.problems["digits"]
    assert pcs.count(OfficeKeyWrap.device_id == waiting.device_id) == 0
    assert pcs.count(Device.id == waiting.device_id) == 0


def test_any_key_that_differs_differs_in_the_digits(tmp_path: Path) -> None:
    project, cheap = UUID(int=7), Cost(passes=1, memory_kib=8, lanes=1)
    seen = set()
    for seed in range(12):
        keys = opening.device_keys_for(SeededWorld(MORNING, seed=seed), tmp_path / f"k{seed}", demo=False)
        seen.add(device_fingerprint(project, keys.ed25519_public, keys.x25519_public, cheap))
        seen.add(device_fingerprint(project, keys.x25519_public, keys.ed25519_public, cheap))
        seen.add(device_fingerprint(UUID(int=8), keys.ed25519_public, keys.x25519_public, cheap))
    assert len(seen) == 36


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "1234567"])
def test_digits_that_cannot_be_meant_are_named(pcs: TwoPcs, typed: str) -> None:
    waiting = pcs.ask()
    with pytest.raises(ProblemsFound) as refused:
        pcs.approve(waiting, typed or " ")
    assert refused.value.problems == {"digits": "输入那台电脑屏幕上的六位数字"}


def test_digits_may_be_typed_as_people_type_them(pcs: TwoPcs) -> None:
    waiting = pcs.ask()
    full_width = "".join(chr(ord(c) + 0xFEE0) for c in waiting.digits)
    assert pcs.approve(waiting, f"{full_width[:3]} {full_width[3:]}") == "前台 2"


def test_a_refused_pc_is_told_and_may_ask_again(pcs: TwoPcs) -> None:
    waiting = pcs.ask()
    with begin(pcs.office, pcs.admin, Op.REFUSE_DEVICE) as work:
        device_requests.refuse_device(work, waiting.device_id)
    assert device_requests.answer_to(pcs.url, waiting.device_id) is Answer.REFUSED
    with pytest.raises(device_requests.AlreadyAnswered):
        pcs.approve(waiting)
    with pytest.raises(DeviceNotApproved):
        pcs.open()
    again = pcs.ask("前台 3")
    assert again.digits == waiting.digits, "the same keys: nothing to compare anew"
    assert pcs.approve(again) == "前台 3"
    pcs.open().close()


def test_a_request_is_taken_back_and_remembered_over_a_restart(pcs: TwoPcs) -> None:
    assert device_requests.still_waiting(pcs.there, pcs.folder, pcs.url) is None
    assert not (pcs.folder / "device.keys").exists(), "looking makes no keys"
    waiting = pcs.ask()
    assert device_requests.still_waiting(pcs.there, pcs.folder, pcs.url) == waiting
    device_requests.take_back(pcs.url, waiting.device_id)
    assert device_requests.answer_to(pcs.url, waiting.device_id) is Answer.GONE
    assert device_requests.still_waiting(pcs.there, pcs.folder, pcs.url) is None
    with pytest.raises(device_requests.AlreadyAnswered):
        pcs.approve(waiting)


def test_what_a_strange_pc_calls_itself_is_cut_to_size(pcs: TwoPcs) -> None:
    with pytest.raises(ProblemsFound):
        pcs.ask("前" * 21)
    with pytest.raises(ProblemsFound):
        pcs.ask("   ")
    pcs.ask("前台\n二\t号", pc="x" * 500 + "\x00\u202e")
    with look(pcs.office, pcs.admin) as reading:
        (row,) = device_requests.device_requests(reading)
    assert row.desk == "前台 二 号"
    assert row.name == "x" * 40


def test_keys_of_a_wrong_size_are_never_wrapped_for(pcs: TwoPcs) -> None:
    waiting = pcs.ask()
    with pcs.office.writing() as session:
        session.execute(sa.update(DeviceRequest).values(signing_key=b"short", wrapping_key=b""))
        session.commit()
    with pytest.raises(ProblemsFound):
        pcs.approve(waiting)


def test_the_table_of_requests_does_not_fill_up(pcs: TwoPcs) -> None:
    with pcs.office.writing() as session:
        session.execute(
            sa.insert(DeviceRequest),
            [
                {
                    "id": UUID(int=n), "name": "pc", "desk": f"前台 {n}", "signing_key": bytes(32),
                    "wrapping_key": bytes(32), "asked_at": MORNING,
                }
                for n in range(device_requests.WAITING_MOST)
            ],
        )  # fmt: skip
        session.commit()
    with pytest.raises(device_requests.TooManyRequests):
        pcs.ask()
    pcs.there.advance(timedelta(days=8))
    pcs.ask()
    assert pcs.count(DeviceRequest.id.is_not(None)) == 1, "what nobody answered for a week is forgotten"


def test_a_name_that_is_taken_gets_its_letter(pcs: TwoPcs) -> None:
    assert pcs.approve(pcs.ask("前台 1")) == "前台 1 B"


def test_a_revoked_pc_is_refused_in_words_and_comes_back_to_its_own_desk(pcs: TwoPcs) -> None:
    waiting = pcs.ask()
    pcs.approve(waiting)
    second = pcs.open()
    assert not devices.revoked_here(second)
    with begin(pcs.office, pcs.admin, Op.REVOKE_DEVICE) as work:
        devices.revoke_device(work, waiting.device_id)
    assert devices.revoked_here(second)
    second.close()
    assert pcs.count(OfficeKeyWrap.device_id == waiting.device_id) == 0
    with pytest.raises(DeviceRevoked) as refused:
        pcs.open()
    assert "管理员在 2026-11-22 09:00 收回了这台电脑" in refused.value.message
    again = pcs.ask("随便")
    with look(pcs.office, pcs.admin) as reading:
        assert device_requests.device_requests(reading)[0].returning
    assert pcs.approve(again) == "前台 2"
    third = pcs.open()
    assert third.desk.code == "B"
    third.close()
    assert pcs.count(Desk.id.is_not(None)) == 2


def test_a_revoked_pc_comes_back_by_the_recovery_code_too(pcs: TwoPcs) -> None:
    waiting = pcs.ask()
    pcs.approve(waiting)
    with begin(pcs.office, pcs.admin, Op.REVOKE_DEVICE) as work:
        devices.revoke_device(work, waiting.device_id)
    opening.join_by_recovery_code(pcs.there, pcs.folder, pcs.url, pcs.code, "前台 2").close()
    pcs.open().close()
    assert pcs.count(OfficeKeyWrap.device_id == waiting.device_id) == 1


def test_the_pc_in_use_cannot_revoke_itself(pcs: TwoPcs) -> None:
    with pytest.raises(devices.OwnDevice), begin(pcs.office, pcs.admin, Op.REVOKE_DEVICE) as work:
        devices.revoke_device(work, pcs.office.device_id)


def test_letting_in_is_written_down_with_who_did_it(pcs: TwoPcs) -> None:
    waiting = pcs.ask()
    pcs.approve(waiting)
    with begin(pcs.office, pcs.admin, Op.REVOKE_DEVICE) as work:
        devices.revoke_device(work, waiting.device_id)
    with pcs.office.reading() as session:
        entries = session.execute(
            sa.select(AuditEntry.op, AuditEntry.actor_id)
            .where(AuditEntry.subject_id == waiting.device_id)
            .order_by(AuditEntry.n)
        ).all()
    assert [tuple(entry) for entry in entries] == [
        ("approve_device", pcs.admin.staff_id),
        ("revoke_device", pcs.admin.staff_id),
    ]
    with look(pcs.office, PROGRAM) as reading:
        assert checkup.check_office(reading).findings == ()
