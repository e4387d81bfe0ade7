"""The index behind the search on both databases: any part of a name finds it, and the index is what the names say."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.models.parties import Party, PartyAlias, Vehicle
from desktop.services import checkup, parties, search_index
from desktop.services.acts import Op
from desktop.services.database import parse_url
from desktop.services.errors import DomainError
from desktop.services.folding import Searched, fold
from desktop.services.move_office import move_office
from desktop.services.names import normalise_name
from desktop.services.office import Office
from desktop.services.opening import open_office
from desktop.services.party_forms import PartyForm
from desktop.services.party_search import find_parties
from desktop.services.quick import Asking, uuid_of
from desktop.services.search_index import called, find_texts
from desktop.services.work import PROGRAM, begin, look
from tests.databases import Databases, EngineKind
from tests.services.test_replay import prove

NAMES = st.one_of(
    st.text("沈知微林以宁公司有限王·𬭎㛃䶮ab1", min_size=1, max_size=8),
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30),
)


def register(office: Office, name: str) -> UUID:
    with begin(office, PROGRAM, Op.REGISTER_PARTY) as work:
        return parties.register_party(work, PartyForm(name=name, phone="13812345678"))


def drive(office: Office, party_id: UUID, plate: str) -> UUID:
    with begin(office, PROGRAM, Op.CHANGE_PARTY) as work:
        return work.add(Vehicle(party_id=party_id, plate=plate)).id


def found(office: Office, text: str, kind: Searched = Searched.PARTY, most: int = 30) -> list[UUID]:
    with look(office, PROGRAM) as reading:
        return [uuid_of(each) for each in find_texts(reading.connection, kind, text, most)]


def drift(office: Office) -> list[str]:
    with look(office, PROGRAM) as reading:
        return search_index.text_drift(reading.session.connection())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(NAMES, min_size=1, max_size=5), st.data())
def test_whatever_the_name_any_part_of_it_finds_it(office: Office, names: list[str], data: st.DataObject) -> None:
    kept: dict[UUID, str] = {}
    for name in names:
        try:
            kept[office.world.new_id()] = normalise_name(name)
        except DomainError:
            continue
    # Straight into the index, and rolled back: sixty acts of registering would say nothing more of it.
    with office.writing() as session:
        connection = session.connection()
        search_index.add_texts(connection, Searched.PARTY, kept.items())
        for party_id, name in kept.items():
            start = data.draw(st.integers(0, len(name) - 1))
            part = name[start : data.draw(st.integers(start + 1, len(name)))]
            hits = [uuid_of(each) for each in find_texts(connection, Searched.PARTY, part, 1000)]
            assert (party_id in hits) == bool(fold(part)), (name, part)
            wanted = {other for other, text in kept.items() if fold(part) and fold(part) in fold(text)}
            assert set(hits) & kept.keys() == wanted, (kept, part)
            everybody = set(session.scalars(called(connection, Searched.PARTY, part)))
            assert everybody & kept.keys() == wanted
        session.rollback()


def test_names_that_begin_so_come_first_and_of_the_same_the_last_registered(office: Office) -> None:
    first, inside, second = register(office, "沈知微"), register(office, "望江沈知微商行"), register(office, "沈知微")
    longer = register(office, "沈知微微")
    assert found(office, "沈知微") == [second, first, longer, inside]
    assert found(office, "沈知微", most=3) == [second, first, longer]
    assert found(office, "微微") == [longer]
    assert found(office, "微商") == [inside]
    assert found(office, "知沈") == []


def test_pairs_alone_do_not_make_a_hit(office: Office) -> None:
    register(office, "公公司")
    wanted = register(office, "公司公")
    assert found(office, "公司公") == [wanted]


@pytest.mark.parametrize("name", ["沈", "𬭎", "\U0003134b", "㛃", "阿", "X"])
def test_names_of_one_character_and_rare_ones(office: Office, name: str) -> None:
    wanted = register(office, name)
    assert found(office, name) == [wanted]
    assert drift(office) == []


@pytest.mark.parametrize("typed", ["丽·买", "丽买", "丽•买", "丽 买", "丽．买", "古丽・买买", "買"])
def test_however_the_dot_is_typed(office: Office, typed: str) -> None:
    wanted = register(office, "阿依古丽·买买提")
    assert found(office, typed) == ([] if typed == "買" else [wanted])


def test_the_index_follows_names_and_plates(office: Office) -> None:
    party_id = register(office, "沈知微")
    plate = drive(office, party_id, "川A·SZW06")
    assert found(office, "SZW", Searched.VEHICLE) == [plate]
    assert found(office, "SZW") == []
    with begin(office, PROGRAM, Op.CHANGE_PARTY) as work:
        work.get(Party, party_id).name = "沈清和"
        work.session.flush()
        search_index.refresh_texts(work.session.connection(), Searched.PARTY, [party_id])
        work.get(Vehicle, plate).plate = "川A12345"
    assert found(office, "知微") == []
    assert found(office, "清和") == [party_id]
    assert found(office, "szw", Searched.VEHICLE) == []
    assert found(office, "a123", Searched.VEHICLE) == [plate]
    assert drift(office) == []


def test_a_refused_act_leaves_no_trace_in_the_index(office: Office) -> None:
    kept = register(office, "沈知微")

    def rename_and_fail() -> None:
        with begin(office, PROGRAM, Op.CHANGE_PARTY) as work:
            work.get(Party, kept).name = "林以宁"
            work.session.flush()
            search_index.refresh_texts(work.session.connection(), Searched.PARTY, [kept])
            raise RuntimeError("refused")

    with pytest.raises(RuntimeError, match="refused"):
        rename_and_fail()
    assert found(office, "知微") == [kept]
    assert drift(office) == []


def test_a_merged_record_leads_to_the_kept_one(office: Office) -> None:
    merged, kept, last = register(office, "沈之微"), register(office, "沈知微"), register(office, "林以宁")
    with begin(office, PROGRAM, Op.CHANGE_PARTY) as work:
        work.add(PartyAlias(merged_id=merged, kept_id=kept))
    with look(office, PROGRAM) as reading:
        assert [hit.id for hit in find_parties(reading, "之微")] == [kept]
        assert [hit.id for hit in find_parties(reading, "szw")] == [kept]
    with begin(office, PROGRAM, Op.CHANGE_PARTY) as work:  # and on: what was kept was merged later
        work.add(PartyAlias(merged_id=kept, kept_id=last))
        work.add(PartyAlias(merged_id=last, kept_id=merged))  # two offices merged crosswise
    with look(office, PROGRAM) as reading:
        assert len(find_parties(reading, "之微")) == 1


def test_the_check_sees_what_the_index_lost_and_it_is_made_anew(office: Office) -> None:
    lost, _ = register(office, "沈知微"), register(office, "林以宁")
    with office.writing() as session:
        session.execute(sa.text("DELETE FROM search_text WHERE folded = '沈知微'"))
        session.commit()
    with look(office, PROGRAM) as reading:
        texts = [finding.text for finding in checkup.check_office(reading).findings]
    assert f"search_text {lost} 与来源不符" in texts
    with office.writing() as session:
        search_index.rebuild_texts(session.connection())
        session.commit()
    assert drift(office) == []
    assert found(office, "知微") == [lost]


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_the_check_sees_a_token_that_is_missing(office: Office) -> None:
    register(office, "沈知微")
    with office.writing() as session:
        session.execute(sa.text("INSERT INTO search_fts (search_fts) VALUES ('delete-all')"))
        session.commit()
    assert drift(office) == ["search_fts 1"]


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_row_numbers_stay_when_sqlite_writes_the_file_anew(office: Office, tmp_path: Path) -> None:
    ids = [register(office, name) for name in ("沈知微", "林以宁", "周思齐")]
    with begin(office, PROGRAM, Op.CHANGE_PARTY) as work:
        search_index.refresh_texts(work.session.connection(), Searched.PARTY, ids[:2])  # leaves a gap at the front
        work.record(nothing=True)
    raw = office.engine.raw_connection()
    raw.cursor().execute("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    raw.close()
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        row = copy.execute(
            "SELECT folded FROM search_fts JOIN search_text ON lid = search_fts.rowid WHERE search_fts MATCH ?",
            (search_index.wanted_tokens(Searched.PARTY, "知微"),),
        ).fetchall()
        assert row == [("沈知微",)]
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def plan_of(connection: sa.Connection, statement: sa.Executable, asked: dict[str, Any]) -> str:
    """How the engine answers a statement, in its own words."""
    compiled = statement.compile(dialect=connection.dialect)  # type: ignore[attr-defined]
    if connection.dialect.name == "sqlite":
        values: Any = tuple((compiled.params | asked)[name] for name in compiled.positiontup)
        return "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values))
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # a thousand rows are read faster than looked up
    return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {compiled}", compiled.params | asked))


def test_names_are_found_by_an_index_and_never_by_reading_all(office: Office) -> None:
    names = [
        f"{a}{b}{c}" for a in "沈林周许程宋苏乔" for b in "知以思怀望书令清明青" for c in "微宁齐瑾舒瑶仪和远禾山川"
    ]
    with office.writing() as session:
        connection = session.connection()
        search_index.add_texts(connection, Searched.PARTY, ((office.world.new_id(), name) for name in names))
        connection.exec_driver_sql("ANALYZE search_text")
        sqlite = connection.dialect.name == "sqlite"
        cut = search_index.wanted_tokens if sqlite else search_index.wanted_pieces
        asked = {
            "kind": "p",
            "folded": "知微",
            "end": "知微\U0010ffff",
            "most": 30,
            "pieces": cut(Searched.PARTY, "知微"),
        }
        kind = "sqlite" if sqlite else "postgresql"
        q = Asking(connection.dialect, 0)
        beginning = plan_of(connection, search_index._BEGINNING._build(q), asked)
        assert "ix_search_text_folded" in beginning
        assert "SORT" not in beginning.upper()
        assert "TEMP B-TREE" not in beginning
        containing = plan_of(connection, search_index._CONTAINING._build(q), asked)
        assert {"sqlite": "VIRTUAL TABLE INDEX", "postgresql": "ix_search_text_pieces"}[kind] in containing
        assert "TEMP B-TREE" not in containing
        session.rollback()


def test_a_moved_office_finds_the_same(office: Office, databases: Databases) -> None:
    wanted = register(office, "阿依古丽·买买提")
    plate = drive(office, wanted, "川A·SZW06")
    other: EngineKind = "postgresql" if office.engine.dialect.name == "sqlite" else "sqlite"
    url = parse_url(databases.empty(other))
    if other == "sqlite":
        Path(str(url.database)).unlink(missing_ok=True)
    move_office(office, PROGRAM, url)
    there = open_office(office.world, office.data_dir, url)
    try:
        assert found(there, "丽买") == [wanted]
        assert found(there, "w06", Searched.VEHICLE) == [plate]
        assert drift(there) == []
        assert found(there, "以宁") == []
        added = register(there, "林以宁")  # its numbers go on after those that were copied
        assert found(there, "以宁") == [added]
    finally:
        there.close()
        databases.drop(url.render_as_string(hide_password=False))


def test_plates_travel_and_are_found_over_there(office: Office, databases: Databases, tmp_path: Path) -> None:
    party_id = register(office, "沈知微")
    plate = drive(office, party_id, "川A·SZW06")
    with begin(office, PROGRAM, Op.CHANGE_PARTY) as work:
        work.get(Vehicle, plate).plate = "川A·LYN01"
    kind: EngineKind = "sqlite" if office.engine.dialect.name == "sqlite" else "postgresql"
    url = databases.clone(kind)
    prove(office, url, tmp_path / "copy")
    databases.drop(url)
