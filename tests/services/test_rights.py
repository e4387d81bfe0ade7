"""The matrix of rights: every public service function names one, every role without it is refused, docs show the
table."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import Any

import pytest

import desktop.services
from desktop.models.values import Right, Sight
from desktop.services import access
from desktop.services.acts import Op
from desktop.services.errors import NotFound, Refused
from desktop.services.office import Office
from desktop.services.rights import DECLARED, Declared
from desktop.services.rights_table import rights_markdown
from desktop.services.work import Actor, Look, Work, begin

DOCS = Path(__file__).resolve().parents[2] / "docs" / "rights.md"


def _modules() -> list[Any]:
    found = []
    for info in pkgutil.walk_packages(desktop.services.__path__, "desktop.services."):
        found.append(importlib.import_module(info.name))
    return found


MODULES = _modules()
WITH_RIGHT = sorted((d for d in DECLARED.values() if d.right is not None), key=lambda d: (d.module, d.name))


def test_every_public_function_that_works_or_looks_declares_itself() -> None:
    forgotten = []
    for module in MODULES:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("_") or function.__module__ != module.__name__:
                continue
            first = next(iter(inspect.signature(function).parameters.values()), None)
            kinds = {"Work", "Look", Work, Look}
            if first is not None and first.annotation in kinds and (module.__name__, name) not in DECLARED:
                forgotten.append(f"{module.__name__}.{name}")
    assert forgotten == []


def _call(declared: Declared, work: Work) -> None:
    """Call with empty hands: the right is asked before any argument is looked at."""
    declared.function(work)


@pytest.mark.parametrize("role", sorted(access.SHIPPED))
@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_each_role_is_refused_what_it_may_not(office: Office, role: str) -> None:
    title, rights = access.SHIPPED[role]
    actor = Actor(office.world.new_id(), title, rights)
    refused = 0
    with begin(office, actor, Op.CHECK_OFFICE) as work:
        for declared in WITH_RIGHT:
            if declared.right in rights:
                # Let through: the call then stumbles over missing arguments or this invented person, not the right.
                try:
                    _call(declared, work)
                except Refused:
                    pytest.fail(f"{role} was refused {declared.name}")
                except (TypeError, NotFound):
                    pass
                continue
            with pytest.raises(Refused) as caught:
                _call(declared, work)
            assert caught.value.right == declared.right
            refused += 1
        work.session.rollback()
    assert refused == sum(declared.right not in rights for declared in WITH_RIGHT)


def test_a_part_alone_is_a_bug(office: Office) -> None:
    parts = [d for d in DECLARED.values() if d.right is None]
    assert parts
    with begin(office, Actor(None, "程序", frozenset(Right)), Op.CHECK_OFFICE) as work:
        for declared in parts:
            with pytest.raises(AssertionError, match="part of an act"):
                declared.function(work)


def test_the_auditor_only_reads() -> None:
    writing = {
        d.right
        for d in WITH_RIGHT
        if next(iter(inspect.signature(d.function).parameters.values())).annotation == "Work"
    }
    assert access.SHIPPED["auditor"][1] & (writing - {Right.CHECK_OFFICE, Right.SEE_BOARD}) == frozenset()


def test_every_sealed_field_has_a_sight_in_every_role() -> None:
    fields = access.sealed_fields()
    assert {"contact.value", "person_document.number", "person_document.address", "bank_account.number"} <= set(fields)
    for role in access.SHIPPED:
        sights = access.shipped_sights(role)
        assert set(sights) == set(fields)
        assert all(isinstance(sight, Sight) for sight in sights.values())


def test_the_table_in_the_docs_is_generated() -> None:
    assert DOCS.read_text("utf-8") == rights_markdown(), "run: python3 run.py fix"
