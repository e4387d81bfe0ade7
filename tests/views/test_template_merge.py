"""Two clerks store one template: what both wrote becomes one text, and where both wrote one line she who is second
chooses."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt

from desktop.services import templates
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.work import begin, look
from desktop.views.keys import top_overlay
from desktop.views.versions import VersionsDialog
from tests.offices import sit_down
from tests.views.admin_desk import CTRL, AdminDesk
from tests.views.test_templates_section import (  # the fixtures too
    LEASE,
    child,
    office,
    section_of,
    settle,
    shared_child,
    sit,
    versions,
)

__all__ = ["child", "office", "shared_child", "sit"]
KEY = Qt.Key


def overtake(desk: AdminDesk, office: Office, hers: str) -> None:
    """林小满 stores a version that this PC has not been told of, then the clerk presses Ctrl Enter."""
    other = sit_down(office, "manager", login="linxm", name="林小满")
    office.unlisten(desk.window.tables_changed.emit)
    with begin(office, other, Op.SAVE_TEMPLATE) as work:
        templates.save_template(work, LEASE, hers, 1)
    office.listen(desk.window.tables_changed.emit)
    desk.press(KEY.Key_Return, CTRL)
    settle(desk)


def test_somebody_stored_one_meanwhile_and_both_wrote_one_line(sit: Callable[[], AdminDesk], office: Office) -> None:
    desk = sit()
    section = section_of(desk)
    first = section.editor.text()
    mine = first.replace("# 住房租赁合同", "# 我的合同")
    section.editor.set_text(mine)
    settle(desk)
    overtake(desk, office, first.replace("# 住房租赁合同", "# 她的合同") + "\n她加的末条")
    dialog = desk.dialog()
    assert isinstance(dialog, VersionsDialog)
    assert section.editor.text() == mine, "nothing moves before somebody has chosen"
    ((row,),) = (dialog.rows,)
    line = first.split("\n").index("# 住房租赁合同") + 1
    assert (row.name, row.theirs, row.yours, row.by) == (f"第 {line} 行", "# 她的合同", "# 我的合同", "林小满")
    assert dialog.choices[row.field].value() is True
    desk.press(KEY.Key_Return, CTRL)
    settle(desk)
    assert versions(office, desk) == [3, 2, 1]
    with look(office, desk.actor) as reading:
        assert templates.current_template(reading, LEASE).body == mine + "\n她加的末条"


def test_going_back_from_the_two_versions_keeps_what_was_typed(sit: Callable[[], AdminDesk], office: Office) -> None:
    desk = sit()
    section = section_of(desk)
    first = section.editor.text()
    mine = first.replace("# 住房租赁合同", "# 我的合同")
    section.editor.set_text(mine)
    settle(desk)
    overtake(desk, office, first.replace("# 住房租赁合同", "# 她的合同"))
    desk.press(KEY.Key_Escape)
    assert section.editor.text() == mine
    assert versions(office, desk) == [2, 1]


def test_edits_in_different_places_are_put_together_and_looked_at_first(
    sit: Callable[[], AdminDesk], office: Office
) -> None:
    desk = sit()
    section = section_of(desk)
    first = section.editor.text()
    mine = first.replace("# 住房租赁合同", "# 我的合同")
    section.editor.set_text(mine)
    settle(desk)
    overtake(desk, office, first + "\n她加的末条")
    assert top_overlay(desk.window) is None
    assert "林小满刚存了第 2 版" in desk.window.message_bar.text.text()
    assert section.editor.text() == mine + "\n她加的末条"
    assert versions(office, desk) == [2, 1], "nothing is stored before it was looked at"
    section.editor.undo()
    assert section.editor.text() == mine, "Ctrl Z brings one's own back"
    section.editor.redo()
    settle(desk)
    desk.press(KEY.Key_Return, CTRL)
    settle(desk)
    assert versions(office, desk) == [3, 2, 1]
