"""Triggers that hold on both engines: a ledger row stays as it was made, and no room is let twice by those who know of
each other. What comes from another office is kept whatever it says (docs/decisions/0016).

Every migration ends with `install_guards`: Alembic's batch mode rebuilds SQLite tables and silently drops their
triggers.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from desktop.models.base import Nature, models
from desktop.models.tables import Base

EXTRA_INSERT_ONLY = ("audit_entry",)
FUNCTIONS = ("anju_refuse", "anju_erase_only", "anju_room_free")
"""What the triggers on PostgreSQL call."""


def guarded_tables() -> list[str]:
    """Tables whose rows are only ever inserted."""
    ledger = [m.__tablename__ for m in models() if m.__nature__ is Nature.LEDGER]
    return sorted({*ledger, *EXTRA_INSERT_ONLY})


def install_guards(connection: Connection) -> None:
    """Drop and make anew every guard, so that the rules of today hold whatever was there."""
    if connection.dialect.name == "sqlite":
        _install_sqlite(connection)
    else:
        _install_postgresql(connection)


def missing_guards(connection: Connection) -> list[str]:
    """Names of guards that are not there: a green office has none."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        wanted = {name for name, _ in _sqlite_triggers()}
    else:
        rows = connection.exec_driver_sql(
            "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE NOT tgisinternal AND tgenabled <> 'D' AND relnamespace = current_schema()::regnamespace"
        )
        wanted = {name for name, _ in _postgresql_triggers()}
    present = {row[0] for row in rows}
    return sorted(wanted - present)


def _unique_sets(table: sa.Table) -> list[list[str]]:
    sets = [[c.name for c in table.primary_key.columns]]
    sets += [[c.name for c in k.columns] for k in table.constraints if isinstance(k, sa.UniqueConstraint)]
    sets += [[c.name for c in i.columns] for i in table.indexes if i.unique]
    return sets


def _sqlite_triggers() -> list[tuple[str, str]]:
    made = []
    for name in guarded_tables():
        table = Base.metadata.tables[name]
        for verb in ("UPDATE", "DELETE"):
            made.append(
                (
                    f"guard_{name}_{verb.lower()}",
                    f"BEFORE {verb} ON {name} BEGIN SELECT RAISE(ABORT, 'anju:ledger {name}'); END",
                )
            )
        # REPLACE deletes without firing delete triggers unless recursive_triggers is on, and a stranger's
        # connection has it off: so an insert that would push another row out is refused as well.
        clashes = " OR ".join(
            f"EXISTS (SELECT 1 FROM {name} WHERE " + " AND ".join(f'"{c}" = NEW."{c}"' for c in columns) + ")"
            for columns in _unique_sets(table)
        )
        made.append(
            (
                f"guard_{name}_replace",
                f"BEFORE INSERT ON {name} WHEN {clashes} BEGIN SELECT RAISE(ABORT, 'anju:ledger_twice {name}'); END",
            )
        )
    made.append(
        (
            "guard_field_change_update",
            "BEFORE UPDATE ON field_change WHEN NEW.old IS NOT NULL OR NEW.new IS NOT NULL OR NEW.salt IS NOT NULL"
            " OR NEW.id <> OLD.id OR NEW.digest <> OLD.digest OR NEW.act_id <> OLD.act_id OR NEW.field <> OLD.field"
            " BEGIN SELECT RAISE(ABORT, 'anju:ledger field_change'); END",
        )
    )
    made.append(
        (
            "guard_field_change_delete",
            "BEFORE DELETE ON field_change BEGIN SELECT RAISE(ABORT, 'anju:ledger field_change'); END",
        )
    )
    for verb in ("INSERT", "UPDATE OF room_id, valid_from, valid_to, deleted_at"):
        made.append(
            (
                f"guard_lease_room_{verb.split()[0].lower()}",
                f"BEFORE {verb} ON lease_room"
                " WHEN NEW.arrived = 0 AND NEW.deleted_at IS NULL AND NEW.valid_from <= NEW.valid_to AND EXISTS ("
                "SELECT 1 FROM lease_room o WHERE o.room_id = NEW.room_id AND o.id <> NEW.id AND o.deleted_at IS NULL"
                " AND o.valid_from <= o.valid_to AND o.valid_from <= NEW.valid_to AND o.valid_to >= NEW.valid_from)"
                " BEGIN SELECT RAISE(ABORT, 'anju:room_taken'); END",
            )
        )
    return made


def _install_sqlite(connection: Connection) -> None:
    present = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard_%'"
    )
    for (name,) in present.fetchall():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    for name, body in _sqlite_triggers():
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {body}")


_POSTGRESQL_FUNCTIONS = """
CREATE OR REPLACE FUNCTION anju_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'anju:ledger %%', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE OR REPLACE FUNCTION anju_erase_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.old IS NOT NULL OR NEW.new IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.id <> OLD.id OR NEW.digest <> OLD.digest
     OR NEW.act_id <> OLD.act_id OR NEW.field <> OLD.field THEN
    RAISE EXCEPTION 'anju:ledger field_change' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION anju_room_free() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.arrived = 0 AND NEW.deleted_at IS NULL AND NEW.valid_from <= NEW.valid_to THEN
    -- Two connections at once: the second waits here and then sees what the first committed.
    PERFORM 1 FROM room WHERE id = NEW.room_id FOR UPDATE;
    IF EXISTS (SELECT 1 FROM lease_room o WHERE o.room_id = NEW.room_id AND o.id <> NEW.id AND o.deleted_at IS NULL
               AND o.valid_from <= o.valid_to AND o.valid_from <= NEW.valid_to AND o.valid_to >= NEW.valid_from) THEN
      RAISE EXCEPTION 'anju:room_taken' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$;
"""


def _postgresql_triggers() -> list[tuple[str, str]]:
    made = []
    for name in guarded_tables():
        made.append(
            (f"guard_{name}_row", f"BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION anju_refuse()")
        )
        made.append(
            (f"guard_{name}_truncate", f"BEFORE TRUNCATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION anju_refuse()")
        )
    made.append(
        ("guard_field_change_update", "BEFORE UPDATE ON field_change FOR EACH ROW EXECUTE FUNCTION anju_erase_only()")
    )
    made.append(
        ("guard_field_change_delete", "BEFORE DELETE ON field_change FOR EACH ROW EXECUTE FUNCTION anju_refuse()")
    )
    made.append(
        (
            "guard_field_change_truncate",
            "BEFORE TRUNCATE ON field_change FOR EACH STATEMENT EXECUTE FUNCTION anju_refuse()",
        )
    )
    made.append(
        (
            "guard_lease_room_free",
            "BEFORE INSERT OR UPDATE OF room_id, valid_from, valid_to, deleted_at ON lease_room"
            " FOR EACH ROW EXECUTE FUNCTION anju_room_free()",
        )
    )
    return made


def _install_postgresql(connection: Connection) -> None:
    connection.exec_driver_sql(_POSTGRESQL_FUNCTIONS)
    for name, body in _postgresql_triggers():
        table = body.split(" ON ", 1)[1].split()[0]
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {body}")
