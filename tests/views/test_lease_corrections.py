"""A running lease corrected from its page: by key, with drafts, undo, and another PC's correction beside one's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.services import lease_edits, leases, party_edits
from desktop.services.acts import Op
from desktop.services.lease_edits import Correctable
from desktop.services.party_edits import RelationForm
from desktop.services.work import PROGRAM, begin, look
from desktop.views.lease import LeasePage
from desktop.views.lease_corrections import CorrectDialog
from desktop.views.on_the_spot import ApprovalDialog
from desktop.views.theme import Theme, TypeSize
from desktop.views.versions import VersionsDialog
from desktop.world import SeededWorld
from tests.offices import sit_down
from tests.views.people_kit import CONTROL, Desk, texts
from tests.views.test_lease_pages import lived

OnDesk = Callable[..., QWidget]
ENTER = Qt.Key.Key_Return


@pytest.fixture
def desk(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk) -> Desk:
    return Desk(world, tmp_path, qtbot, on_desk, lived(world))


def known(desk: Desk, lease_id: UUID | None = None) -> Correctable:
    with look(desk.office, PROGRAM) as reading:
        return lease_edits.correctable(reading, lease_id or desk.made.pays)


def correcting(desk: Desk) -> tuple[LeasePage, CorrectDialog]:
    page: LeasePage = desk.open("lease", lease_id=desk.made.pays)
    desk.press(Qt.Key.Key_E, CONTROL)
    dialog = desk.dialog()
    assert isinstance(dialog, CorrectDialog)
    return page, dialog


def elsewhere(desk: Desk, **facts: Any) -> None:
    """The other PC saves first."""
    now = known(desk).now
    with begin(desk.office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_edits.correct_lease(work, desk.made.pays, now, replace(now, **facts))


def test_a_purpose_by_four_keys_and_one_back(desk: Desk) -> None:
    page, dialog = correcting(desk)
    assert dialog.form.field("purpose").hasFocus()
    assert any("租金、租期、押金、付款和保证方式连着账单" in text for text in texts(dialog)), (
        "where money is changed is told"
    )
    assert "notice_on" not in dialog.form.rows, "no day that has not come"
    dialog.form.field("purpose").selectAll()
    dialog.form.field("purpose").set_value("")
    desk.press(ENTER, CONTROL)
    assert dialog.form.rows["purpose"].said == "填写用途，例如 居住、办公"
    dialog.form.field("purpose").set_value("居住兼办公")
    desk.press(ENTER, CONTROL)
    assert desk.dialog() is None
    assert "居住兼办公" in texts(page)
    assert desk.toast == "租约登记已更正"
    desk.press(Qt.Key.Key_Z, CONTROL)
    assert known(desk).now.purpose == "居住"
    assert "居住兼办公" not in texts(page)


def test_what_was_typed_stands_there_again(desk: Desk) -> None:
    _, dialog = correcting(desk)
    dialog.form.field("purpose").set_value("办公")
    dialog.cancel()
    desk.settle()
    _, dialog = correcting(desk)
    assert dialog.form.field("purpose").value() == "办公"
    assert dialog.draft.again.isVisible()


def test_a_flatmate_of_the_tenant_is_ticked(desk: Desk) -> None:
    with look(desk.office, PROGRAM) as reading:
        tenant = leases.lease_page(reading, desk.made.pays).row.tenant_id
    with begin(desk.office, PROGRAM, Op.CHANGE_PARTY) as work:
        sister = party_edits.add_relation(work, tenant, RelationForm("household", "顾知夏", "姐姐"))
    page, dialog = correcting(desk)
    ticks = dialog.form.field("living")
    assert ticks.value() == (tenant,)
    ticks.set_value((tenant, sister))
    desk.press(ENTER, CONTROL)
    assert known(desk).now.living == {tenant, sister}
    assert "姐姐" in texts(page)


def test_another_pcs_correction_of_the_same_fact_is_shown_beside_the_typed_one(desk: Desk) -> None:
    _, dialog = correcting(desk)
    moved_in = known(desk).now.moved_in_on
    assert moved_in is not None
    dialog.form.field("purpose").set_value("办公")
    earlier = moved_in.replace(day=moved_in.day - 1)
    elsewhere(desk, purpose="仓储", moved_in_on=earlier)
    desk.press(ENTER, CONTROL)
    both: VersionsDialog = desk.dialog()
    assert isinstance(both, VersionsDialog)
    assert {(row.name, row.theirs, row.yours, row.mine) for row in both.rows} == {
        ("用途", "仓储", "办公", True), ("交房日", f"{earlier}", f"{moved_in}", False),
    }  # fmt: skip
    desk.press(ENTER, CONTROL)
    assert desk.dialog() is None
    assert (known(desk).now.purpose, known(desk).now.moved_in_on) == ("办公", earlier)


def test_other_facts_of_another_pc_are_kept_without_a_question(desk: Desk) -> None:
    _, dialog = correcting(desk)
    dialog.form.field("purpose").set_value("办公")
    moved_in = known(desk).now.moved_in_on
    assert moved_in is not None
    earlier = moved_in.replace(day=moved_in.day - 1)
    elsewhere(desk, moved_in_on=earlier)
    desk.press(ENTER, CONTROL)
    assert desk.dialog() is None
    assert (known(desk).now.purpose, known(desk).now.moved_in_on) == ("办公", earlier)


def test_the_front_desk_asks_a_colleague_and_who_only_looks_is_told(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk
) -> None:
    def fill(office: Any) -> Any:
        made = lived(world)(office)
        sit_down(office, "manager", login="zhouyq", name="周砚秋")
        return made

    desk = Desk(world, tmp_path, qtbot, on_desk, fill, "front_desk")
    _, dialog = correcting(desk)
    dialog.form.field("purpose").set_value("办公")
    desk.press(ENTER, CONTROL)
    assert isinstance(desk.dialog(), ApprovalDialog)


def test_who_only_looks_is_told_why(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk) -> None:
    desk = Desk(world, tmp_path, qtbot, on_desk, lived(world), "auditor")
    page: LeasePage = desk.open("lease", lease_id=desk.made.pays)
    assert "主管" in page.facts.correct.reason
    desk.press(Qt.Key.Key_E, CONTROL)
    assert desk.dialog() is None


def test_it_fits_the_smallest_desk_at_every_size(desk: Desk, look: Theme) -> None:
    page: LeasePage = desk.open("lease", lease_id=desk.made.pays)
    for size in TypeSize:
        look.switch(look.shade, size)
        desk.settle()
        assert page.minimumSizeHint().height() <= 430
        dialog = CorrectDialog(page.shell, page.record.page.row, known(desk))
        hint = dialog.minimumSizeHint()
        assert hint.width() <= 900
        assert hint.height() <= 480
        dialog.open()
        dialog.cancel()
