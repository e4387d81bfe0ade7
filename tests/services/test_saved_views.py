"""Views of lists on both engines: one's own and the office's, replaced, changed, taken away; and the replay proof."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from desktop.models.personal import SavedView
from desktop.services import saved_views
from desktop.services.acts import Op
from desktop.services.conditions import chosen_of
from desktop.services.errors import NotFound, ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.saved_views import ColumnLook, ListLook, NotYourView, SaveView, ViewsOfList, title_problem
from desktop.services.work import Actor, begin, look
from tests.databases import Databases
from tests.offices import sit_down
from tests.services.test_replay import prove

LOOK = ListLook(
    "inside", chosen_of({"building": ["b", "a"], "arrears": ["30"]}), (ColumnLook("name", 120), ColumnLook("owed")),
    ("owed", True),
)  # fmt: skip


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "front_desk")


@pytest.fixture
def lead(office: Office) -> Actor:
    return sit_down(office, "manager", login="zhaocw", name="赵主管")


def act(office: Office, actor: Actor, function: Callable[..., Any], *arguments: Any) -> Any:
    with begin(office, actor, Op.SAVE_VIEW) as work:
        return function(work, *arguments)


def views(office: Office, actor: Actor, list_key: str = "parties") -> ViewsOfList:
    with look(office, actor) as reading:
        return saved_views.views_of(reading, list_key)


def test_a_view_comes_back_as_it_was_kept(office: Office, clerk: Actor, lead: Actor) -> None:
    view_id = act(office, clerk, saved_views.save_view, SaveView("parties", " 2 栋 　欠租 ", LOOK))
    (row,) = views(office, clerk).views
    assert (row.id, row.title, row.look, row.shared, row.mine, row.who) == (
        view_id, "2 栋 欠租", LOOK, False, True, "林小满"
    )  # fmt: skip
    assert views(office, clerk).own == ListLook()
    assert views(office, clerk, "leases").views == ()
    assert views(office, lead).views == ()


def test_the_same_title_replaces_and_a_change_keeps_the_place(office: Office, clerk: Actor) -> None:
    first = act(office, clerk, saved_views.save_view, SaveView("parties", "甲", LOOK))
    second = act(office, clerk, saved_views.save_view, SaveView("parties", "乙", ListLook("owing")))
    again = act(office, clerk, saved_views.save_view, SaveView("parties", "甲", ListLook("former")))
    assert again == first
    act(office, clerk, saved_views.change_view, second, LOOK)
    assert [(row.title, row.look) for row in views(office, clerk).views] == [("甲", ListLook("former")), ("乙", LOOK)]
    act(office, clerk, saved_views.rename_view, second, "丙")
    with pytest.raises(ProblemsFound, match="已有一个视图"):
        act(office, clerk, saved_views.rename_view, second, "甲")
    assert [row.title for row in views(office, clerk).views] == ["甲", "丙"]


def test_a_view_taken_away_comes_back(office: Office, clerk: Actor) -> None:
    view_id = act(office, clerk, saved_views.save_view, SaveView("bills", "甲", LOOK))
    act(office, clerk, saved_views.drop_view, view_id)
    assert views(office, clerk, "bills").views == ()
    with pytest.raises(NotFound):
        act(office, clerk, saved_views.rename_view, view_id, "乙")
    act(office, clerk, saved_views.drop_view, view_id, False)
    assert [row.title for row in views(office, clerk, "bills").views] == ["甲"]


def test_the_office_shares_what_a_lead_gives(office: Office, clerk: Actor, lead: Actor) -> None:
    view_id = act(office, lead, saved_views.save_view, SaveView("parties", "欠租", LOOK))
    act(office, lead, saved_views.share_view, view_id)
    (row,) = views(office, clerk).views
    assert (row.shared, row.mine, row.who) == (True, False, "赵主管")
    for step in (
        (saved_views.rename_view, view_id, "乱改"), (saved_views.drop_view, view_id),
        (saved_views.change_view, view_id, ListLook()),
    ):  # fmt: skip
        with pytest.raises(NotYourView, match="赵主管"):
            act(office, clerk, *step)
    own = act(office, clerk, saved_views.save_view, SaveView("parties", "欠租", ListLook("owing")))
    assert own != view_id
    with pytest.raises(Refused):
        act(office, clerk, saved_views.share_view, own)
    assert [row.shared for row in views(office, clerk).views] == [False, True]
    act(office, lead, saved_views.share_view, view_id, False)
    assert [row.id for row in views(office, clerk).views] == [own]


def test_nobody_reaches_a_view_of_somebody_else(office: Office, clerk: Actor, lead: Actor) -> None:
    view_id = act(office, clerk, saved_views.save_view, SaveView("parties", "甲", LOOK))
    for step in ((saved_views.rename_view, view_id, "乙"), (saved_views.share_view, view_id)):
        with pytest.raises(NotFound):
            act(office, lead, *step)


def test_how_a_list_was_left_is_ones_own(office: Office, clerk: Actor, lead: Actor) -> None:
    columns = (ColumnLook("owed", 99), ColumnLook("name"))
    act(office, clerk, saved_views.keep_look, "parties", columns, ("name", False))
    act(office, clerk, saved_views.keep_look, "parties", columns[:1], None)
    assert views(office, clerk) == ViewsOfList(ListLook(columns=columns[:1]), ())
    assert views(office, lead).own == ListLook()
    with office.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SavedView)) == 1


@pytest.mark.parametrize(
    ("title", "problem"),
    [("", "起个名字"), (" \u3000", "起个名字"), ("欠" * 21, "最多 20 个字"), ("欠" * 20, ""), ("２ 栋", "")],
)
def test_a_title_is_short_and_there(title: str, problem: str) -> None:
    assert problem in title_problem(title)
    assert bool(title_problem(title)) == bool(problem)


def test_there_is_an_end_to_views(office: Office, clerk: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MOST", 2)
    for title in ("甲", "乙"):
        act(office, clerk, saved_views.save_view, SaveView("parties", title, LOOK))
    with pytest.raises(ProblemsFound, match="最多 2 个"):
        act(office, clerk, saved_views.save_view, SaveView("parties", "丙", LOOK))
    act(office, clerk, saved_views.save_view, SaveView("parties", "乙", ListLook()))
    with pytest.raises(NotFound):
        act(office, clerk, saved_views.save_view, SaveView("no such list", "丁", LOOK))


def test_what_another_version_wrote_is_read_as_far_as_it_goes(office: Office, clerk: Actor) -> None:
    view_id = act(office, clerk, saved_views.save_view, SaveView("parties", "甲", LOOK))
    with begin(office, clerk, Op.SAVE_VIEW) as work:
        row = work.get(SavedView, view_id)
        row.conditions, row.columns, row.sort = {}, [], []
    assert views(office, clerk).views[0].look == ListLook()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_views_travel_to_another_database(
    office: Office, clerk: Actor, lead: Actor, databases: Databases, tmp_path: Path, kind: str
) -> None:
    view_id = act(office, lead, saved_views.save_view, SaveView("parties", "甲", LOOK))
    act(office, lead, saved_views.share_view, view_id)
    act(office, lead, saved_views.change_view, view_id, ListLook("owing"))
    gone = act(office, clerk, saved_views.save_view, SaveView("leases", "乙", LOOK))
    act(office, clerk, saved_views.drop_view, gone)
    act(office, clerk, saved_views.keep_look, "bills", (ColumnLook("title", 80),), ("due", True))
    prove(office, databases.clone(kind), tmp_path / "copy")  # type: ignore[arg-type]
