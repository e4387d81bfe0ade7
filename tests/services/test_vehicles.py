"""Plates on both engines: what is one, registered, corrected and removed, taken back, found, and the same elsewhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.parties import Vehicle
from desktop.services import party_record, search, vehicles
from desktop.services.acts import Op
from desktop.services.errors import ProblemsFound, Refused, RowChanged
from desktop.services.office import Office
from desktop.services.party_edits import UndoTooLate
from desktop.services.search_hits import HitKind
from desktop.services.vehicles import PlatesChanged, plate_problems, plates_of
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.databases import Databases
from tests.offices import check_in, rooms_of, sit_down
from tests.services.test_replay import prove

# ---- what is a plate -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "川A8K3Z7", "川a·8k3z7", "川A 8K3Z7", "川 A8K3Z7", "川AD12345", "川AFA1234", "川A12345D", "京A12345",
        "粤B12345K", "沪A1234学", "川A1234警", "粤Z1234港", "川AA12345", "川ＡＤ１２３４５",
    ],
)  # fmt: skip
def test_a_usual_plate_is_not_asked_about(typed: str) -> None:
    assert plate_problems(typed) == []
    (plate,) = plates_of(typed)
    assert plate[2] == "·"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("川AO1234", "数字 1 和 0"),
        ("川AI2345", "数字 1 和 0"),
        ("川A123456", "新能源车牌是 8 位"),  # a letter is missing
        ("川AD1234A", "新能源车牌是 8 位"),  # two of them
        ("川AL12345", "新能源车牌是 8 位"),  # none of A to K
        ("川A1234567", "请对照车牌"),  # nine signs
        ("使014578", "请对照车牌"),
        ("8K3Z7", "请对照车牌"),
    ],
)
def test_an_unusual_one_is_only_asked_about(typed: str, said: str) -> None:
    (problem,) = plate_problems(typed)
    assert not problem.stops
    assert said in problem.text


def test_several_plates_however_they_are_parted() -> None:
    typed = "川A 8K3Z7，川AD12345/川 B 11111；8K3Z7"
    assert plates_of(typed) == ["川A·8K3Z7", "川A·D12345", "川B·11111", "8K3Z7"]


@pytest.mark.parametrize("typed", ["川A1", "川A12345678901234"])
def test_too_short_or_long_is_no_plate(typed: str) -> None:
    (problem,) = plate_problems(typed)
    assert problem.stops
    assert problem.field == "plates"


@given(
    st.sampled_from("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"),
    st.sampled_from("ABCDEFGHJKLMNPQRSTUVWXYZ"), st.sampled_from("ABCDEFGHJK"),
    st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=1, max_size=1),
    st.text("0123456789", min_size=5, max_size=5), st.booleans(),
)  # fmt: skip
def test_every_new_energy_plate_is_usual(
    province: str, city: str, kind: str, sign: str, digits: str, lorry: bool
) -> None:
    plate = f"{province}{city}{digits}{kind}" if lorry else f"{province}{city}{kind}{sign}{digits[:4]}"
    assert plate_problems(plate) == []
    assert plates_of(plate.lower()) == [f"{province}{city}·{plate[2:]}"]


# ---- of a party ------------------------------------------------------------------------------------------------------


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "front_desk")


@pytest.fixture
def party_id(office: Office, clerk: Actor) -> UUID:
    return check_in(office, clerk, rooms_of(office)[0]).party_id


def plates(office: Office, party_id: UUID) -> tuple[str, ...]:
    with look(office, PROGRAM) as reading:
        found = vehicles.plates_of_party(reading, party_id)
        assert party_record.party_record(reading, party_id).vehicles == found
    return found


def put(office: Office, actor: Actor, party_id: UUID, text: str, known: tuple[str, ...] | None = None) -> PlatesChanged:
    known = plates(office, party_id) if known is None else known
    with begin(office, actor, Op.CHANGE_PARTY) as work:
        return vehicles.set_plates(work, party_id, known, text)


def undo(office: Office, actor: Actor, changed: PlatesChanged) -> None:
    with begin(office, actor, Op.CHANGE_PARTY) as work:
        vehicles.undo_plates(work, changed)


def found(office: Office, text: str) -> list[str]:
    with look(office, PROGRAM) as reading:
        groups = search.search(reading, text).groups
    return [hit.title for group in groups if group.kind is HitKind.VEHICLE for hit in group.hits]


def rows(office: Office) -> list[tuple[UUID, str, bool]]:
    with office.reading() as session:
        query = sa.select(Vehicle.id, Vehicle.plate, Vehicle.deleted_at.is_(None)).order_by(Vehicle.created_at)
        return [(row[0], row[1], bool(row[2])) for row in session.execute(query)]


def test_registered_corrected_removed_and_found(office: Office, clerk: Actor, party_id: UUID) -> None:
    changed = put(office, clerk, party_id, "川a8k3z7，川AD12345 ")
    assert plates(office, party_id) == ("川A·8K3Z7", "川A·D12345")
    assert changed.words == "登记 川A·8K3Z7、川A·D12345"
    assert found(office, "8k3z7")
    corrected = put(office, clerk, party_id, "川A·8K3Z8 川A·D12345")
    assert corrected.words == "川A·8K3Z7 改为 川A·8K3Z8"
    assert plates(office, party_id) == ("川A·8K3Z8", "川A·D12345")
    assert len(rows(office)) == 2  # the same vehicle, written rightly
    assert not found(office, "8k3z7")
    assert found(office, "8k3z8")
    removed = put(office, clerk, party_id, "川A·D12345")
    assert removed.words == "删除 川A·8K3Z8"
    assert plates(office, party_id) == ("川A·D12345",)
    assert not found(office, "8k3z8")
    assert put(office, clerk, party_id, "川AD12345").words == ""


def test_what_was_done_is_taken_back(office: Office, clerk: Actor, party_id: UUID, world: SeededWorld) -> None:
    first = put(office, clerk, party_id, "川A·8K3Z7 川A·D12345")
    world.advance(timedelta(minutes=1))
    changed = put(office, clerk, party_id, "川B·11111")
    assert plates(office, party_id) == ("川B·11111",)
    undo(office, clerk, changed)
    assert plates(office, party_id) == first.after
    assert found(office, "d12345")
    assert not found(office, "11111")
    assert len(rows(office)) == 2
    undo(office, clerk, first)
    assert plates(office, party_id) == ()
    assert [row[2] for row in rows(office)] == [False, False]


def test_a_vehicle_that_comes_back_is_the_one_of_before(office: Office, clerk: Actor, party_id: UUID) -> None:
    put(office, clerk, party_id, "川A·8K3Z7")
    (before,) = rows(office)
    put(office, clerk, party_id, "")
    put(office, clerk, party_id, "川A·D12345 川A·8K3Z7")
    assert set(plates(office, party_id)) == {"川A·8K3Z7", "川A·D12345"}
    assert before in rows(office)


def test_two_clerks_at_the_same_plates(office: Office, clerk: Actor, party_id: UUID) -> None:
    known = plates(office, party_id)
    theirs = put(office, PROGRAM, party_id, "川A·8K3Z7", known)
    with pytest.raises(RowChanged) as caught:
        put(office, clerk, party_id, "川A·D12345", known)
    assert (caught.value.theirs, caught.value.yours) == ({"plates": "川A·8K3Z7"}, {"plates": "川A·D12345"})
    assert plates(office, party_id) == ("川A·8K3Z7",)
    put(office, clerk, party_id, "川A·D12345")
    with pytest.raises(UndoTooLate, match="又改过"):
        undo(office, PROGRAM, theirs)
    assert plates(office, party_id) == ("川A·D12345",)


def test_wrong_plates_and_roles_are_refused(office: Office, clerk: Actor, party_id: UUID) -> None:
    with pytest.raises(ProblemsFound) as caught:
        put(office, clerk, party_id, "川A·8K3Z7 川A1")
    assert caught.value.field == "plates"
    assert plates(office, party_id) == ()
    auditor = sit_down(office, "auditor", login="luzw", name="陆知微")
    with pytest.raises(Refused):
        put(office, auditor, party_id, "川A·8K3Z7")


def test_the_same_plates_over_there(
    office: Office, clerk: Actor, party_id: UUID, databases: Databases, tmp_path: Path
) -> None:
    first = put(office, clerk, party_id, "川A·8K3Z7 川A·D12345")
    put(office, clerk, party_id, "川A·8K3Z8")
    undo(office, clerk, put(office, clerk, party_id, ""))
    assert first.after != plates(office, party_id)
    prove(office, databases.clone("sqlite"), tmp_path / "copy")
