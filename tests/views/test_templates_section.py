"""The template workshop: typed, laid out beside, mistakes named and jumped to, versions kept, nothing typed is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.services import drafts, template_pictures, templates
from desktop.services.acts import Op
from desktop.services.errors import ProblemsFound
from desktop.services.office import Office
from desktop.services.paper.trial_process import TrialProcess
from desktop.services.work import begin, look
from desktop.views.admin.templates import DRAFT, TemplatesSection
from desktop.views.dialogs import Question
from desktop.views.fields import ChoiceField
from desktop.views.theme import Shade, Theme, TypeSize
from desktop.views.workshop.live_preview import LivePreview
from desktop.views.workshop.picture_dialog import PictureDialog, scaled_picture
from desktop.world import SeededWorld
from tests.offices import check_in, make_office, rooms_of, sit_down
from tests.views.admin_desk import ALT, CTRL, AdminDesk
from tests.views.conftest import type_chinese

KEY = Qt.Key
LEASE = "housing_lease"


@pytest.fixture(scope="module")
def child() -> Iterator[TrialProcess]:
    """One child for all tests: it takes a second to start."""
    made = TrialProcess()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def shared_child(child: TrialProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """The preview ends its child when its window closes; here it lives on for the next test."""

    class Kept:
        warm, answer = child.warm, child.answer

        def close(self) -> None:
            return None

    monkeypatch.setattr("desktop.views.workshop.live_preview.TrialProcess", Kept)


@pytest.fixture
def office(world: SeededWorld, tmp_path: Path) -> Iterator[Office]:
    made = make_office(world, tmp_path / "office", f"sqlite:///{tmp_path}/office/office.db")
    yield made
    made.close()


@pytest.fixture
def sit(qtbot: QtBot, on_desk: Callable[..., QWidget], office: Office, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """A manager at her desk in the section 模板; called again she comes back after the program has ended."""
    desks: list[AdminDesk] = []
    actor = sit_down(office, "manager", login="zhouyq", name="周砚秋")

    def come() -> AdminDesk:
        desk = AdminDesk(qtbot, office, actor, tmp_path / "prints")
        desks.append(desk)
        on_desk(desk.window, 1093, 614)
        desk.window.navigate("settings", section="templates")
        desk.idle()
        settle(desk)
        return desk

    yield come
    for desk in desks:
        desk.close()


def section_of(desk: AdminDesk) -> TemplatesSection:
    section: Any = desk.window.page()
    assert isinstance(section.section, TemplatesSection)
    return section.section


def settle(desk: AdminDesk) -> None:
    """Until the pages are those of the text."""
    section = section_of(desk)
    desk.qtbot.waitUntil(lambda: not section.live.busy, timeout=60_000)
    desk.idle()


def type_at(desk: AdminDesk, line: int, text: str) -> None:
    """Over a line of the template."""
    editor = section_of(desk).editor
    editor.go_to(line)
    for part in text:
        if part.isascii():
            QTest.keyClicks(editor, part)
        else:
            type_chinese(editor, "pin", part)


def versions(office: Office, desk: AdminDesk) -> list[int]:
    with look(office, desk.actor) as reading:
        return [row.ordinal for row in templates.list_versions(reading, LEASE)]


# ---- typing ------------------------------------------------------------------------------------------------------


def test_what_is_typed_is_laid_out_beside_it(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    section = section_of(desk)
    assert section.live.preview.pages == 4
    assert not section.save.isEnabled()
    assert section.editor.hasFocus()
    first = section.editor.text().split("\n").index("# 住房租赁合同") + 1
    type_at(desk, first, "# 房屋租赁合同")
    settle(desk)
    assert section.live.preview.pages == 4
    assert section.save.isEnabled()
    assert section.save.text() == "存为第 2 版"
    assert not section.summary.isVisible()


def test_typing_never_waits_for_the_child(
    qtbot: QtBot, on_desk: Callable[..., QWidget], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that thinks for seconds: every key is there at once, and only the newest text is asked next."""
    asked: list[str] = []

    class Slow:
        def warm(self) -> None:
            return None

        def answer(self, request: Any) -> Any:
            from desktop.services.paper.trial_process import TrialAnswer

            asked.append(request.source)
            time.sleep(0.4)
            return TrialAnswer(None, ((1, request.source),))

        def close(self) -> None:
            return None

    live = LivePreview(Slow())  # type: ignore[arg-type]
    on_desk(live, 400, 300)
    told: list[Any] = []
    live.told.connect(told.append)
    live.timer.setInterval(1)
    live.show_text(LEASE, "0", None, {})
    qtbot.waitUntil(lambda: len(asked) == 1)
    begun = time.perf_counter()
    for number in range(1, 50):
        live.show_text(LEASE, str(number), None, {})
    assert time.perf_counter() - begun < 0.2
    qtbot.waitUntil(lambda: not live.busy, timeout=10_000)
    assert asked == ["0", "49"]
    assert told == [((1, "49"),)], "an old answer is nobody's"
    live.shutdown()


def test_a_long_choice_is_whole_beside_or_over_the_zoom(on_desk: Callable[..., QWidget]) -> None:
    class Still:
        def warm(self) -> None:
            return None

        def close(self) -> None:
            return None

    words = "3 栋 603 欧阳听澜 WJY-2026-00318"
    choice = ChoiceField([(None, "虚构的样张"), (1, words)])
    live = LivePreview(Still(), lead=choice)  # type: ignore[arg-type]
    on_desk(live, 700, 300)
    assert choice.y() < live.preview.y()
    beside = live.preview.y()
    live.resize(300, 300)
    QApplication.processEvents()
    assert choice.width() >= choice.sizeHint().width()
    assert live.preview.y() > beside, "the zoom has a line of its own"
    live.shutdown()


def test_nothing_fires_while_the_input_method_composes(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    section = section_of(desk)
    heard: list[str] = []
    section.editor.changed.connect(lambda: heard.append(section.editor.text()))
    section.editor.go_to(1)
    before = section.editor.text()
    cursor = section.editor.textCursor()
    cursor.clearSelection()
    section.editor.setTextCursor(cursor)
    QApplication.sendEvent(section.editor, QInputMethodEvent("zu", []))
    assert section.editor.composing
    assert section.editor.text() == before
    assert heard == []
    desk.press(KEY.Key_Return, CTRL)
    assert not section._saving
    done = QInputMethodEvent("", [])
    done.setCommitString("租")
    QApplication.sendEvent(section.editor, done)
    assert heard == [section.editor.text()]
    assert "租" in section.editor.text().split("\n")[0]


def test_a_mistake_is_named_marked_and_jumped_to(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    section = section_of(desk)
    lines = section.editor.text().split("\n")
    rent = next(at for at, line in enumerate(lines, start=1) if line.startswith("- 租金为每月"))
    type_at(desk, rent, "- 租金 {{ 租金.每越 }}。")
    type_at(desk, rent + 20, "{% foo %}")
    settle(desk)
    assert f"第 {rent + 20} 行：不认识的标记「foo」" in section.summary.text.text()
    desk.press(KEY.Key_Down, ALT)
    assert section.editor.line == rent + 20
    type_at(desk, rent + 20, "一段")
    settle(desk)
    assert section.summary.text.text().startswith(f"第 {rent} 行：没有叫「每越」的字段，是不是「每月」")
    assert section.editor.problem_of(rent)
    assert not section.save.isEnabled()
    section.editor.go_to(1)
    desk.press(KEY.Key_Down, ALT)
    assert section.editor.line == rent
    type_at(desk, rent, "- 租金 {{ 租金.每月 }}。")
    settle(desk)
    assert not section.summary.isVisible()
    assert section.save.isEnabled()


def test_an_endless_loop_leaves_the_desk_alive(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    section = section_of(desk)
    section.editor.set_text("{% for a in 租金表 %}" * 12 + "{% endfor %}" * 12)
    section.editor.changed.emit()
    settle(desk)
    assert "循环超过 20000 次，已停止" in section.summary.text.text()


# ---- fields ------------------------------------------------------------------------------------------------------


def test_a_field_is_found_by_its_sound_and_inserted_by_enter(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    section = section_of(desk)
    at = section.editor.text().split("\n").index("## 押金") + 1
    section.editor.go_to(at)
    QTest.keyClick(section.editor, KEY.Key_End)
    desk.press(KEY.Key_F, CTRL)
    assert section.side.fields.search.hasFocus()
    desk.type("thts")
    assert [field.insert for field in section.side.fields.shown()] == ["{{ 押金.退还天数 }}"]
    section.side.fields.search.selectAll()
    desk.type("退还")
    desk.press(KEY.Key_Return)
    assert section.editor.hasFocus()
    assert section.editor.text().split("\n")[at - 1] == "## 押金{{ 押金.退还天数 }}"
    QTest.keyClick(section.editor, KEY.Key_Z, CTRL)
    assert section.editor.text().split("\n")[at - 1] == "## 押金"


def test_a_list_is_inserted_as_a_loop_on_its_own_lines(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    section = section_of(desk)
    table = section.side.fields.table
    desk.press(KEY.Key_F, CTRL)
    desk.type("租金表")
    desk.press(KEY.Key_Down)
    assert table.hasFocus()
    at = section.editor.text().split("\n").index("## 押金") + 1
    section.editor.go_to(at)
    QTest.keyClick(section.editor, KEY.Key_End)
    table.setFocus()
    desk.press(KEY.Key_Return)
    lines = section.editor.text().split("\n")
    assert lines[at - 1 : at + 3] == ["## 押金", "{% for 期 in 租金表 %}", "- {{ 期.期 }}", "{% endfor %}"]
    desk.press(KEY.Key_F, CTRL)
    desk.press(KEY.Key_Escape)
    assert section.editor.hasFocus()


def test_a_double_click_inserts_too(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    section = section_of(desk)
    section.editor.go_to(2)
    table = section.side.fields.table
    box = table.visualRect(table.model().index(1, 0))
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
    assert section.editor.text().split("\n")[1] == "{{ 合同.编号 }}"


# ---- versions ----------------------------------------------------------------------------------------------------


def test_it_is_stored_as_the_next_version_and_an_older_one_comes_back(
    sit: Callable[[], AdminDesk], office: Office
) -> None:
    desk = sit()
    section = section_of(desk)
    first = section.editor.text()
    at = first.split("\n").index("# 住房租赁合同") + 1
    type_at(desk, at, "# 新版合同")
    settle(desk)
    desk.press(KEY.Key_Return, CTRL)
    settle(desk)
    assert versions(office, desk) == [2, 1]
    assert section.version.text().startswith("第 2 版")
    assert not section.save.isEnabled()
    desk.press(KEY.Key_2, ALT)
    assert section.side.versions.hasFocus()
    desk.press(KEY.Key_Down)
    desk.press(KEY.Key_Return)
    assert section.editor.text() == first
    assert versions(office, desk) == [2, 1], "nothing is stored before it was looked at"
    settle(desk)
    desk.press(KEY.Key_Return, CTRL)
    settle(desk)
    assert versions(office, desk) == [3, 2, 1]


def test_her_version_arrives_while_nothing_was_typed(sit: Callable[[], AdminDesk], office: Office) -> None:
    desk = sit()
    section = section_of(desk)
    other = sit_down(office, "manager", login="linxm", name="林小满")
    hers = section.editor.text().replace("# 住房租赁合同", "# 她的合同")
    with begin(office, other, Op.SAVE_TEMPLATE) as work:
        templates.save_template(work, LEASE, hers, 1)
    desk.idle()
    settle(desk)
    assert section.editor.text() == hers
    assert section.version.text().startswith("第 2 版")


# ---- drafts ------------------------------------------------------------------------------------------------------


def kept_drafts(office: Office, desk: AdminDesk) -> int:
    with look(office, desk.actor) as reading:
        return len(drafts.list_drafts(reading, DRAFT + LEASE))


def test_what_was_typed_is_there_after_the_program_ended(sit: Callable[[], AdminDesk], office: Office) -> None:
    desk = sit()
    section = section_of(desk)
    section.editor.go_to(1)
    type_at(desk, 1, "半句没写完的")
    section.keeper.timer.timeout.emit()  # three seconds are over
    desk.idle()
    assert kept_drafts(office, desk) == 1
    later = sit()  # the first window was never closed: as after a power cut
    again = section_of(later)
    assert again.editor.text().startswith("半句没写完的\n")
    assert again.resumed.isVisible()
    assert kept_drafts(office, later) == 1
    later.press(KEY.Key_4, ALT)
    assert isinstance(later.dialog(), Question)
    later.press(KEY.Key_1, ALT)
    settle(later)
    assert again.editor.text() == again.opened.text.body  # type: ignore[union-attr]
    assert kept_drafts(office, later) == 0


def test_the_draft_is_sealed(sit: Callable[[], AdminDesk], office: Office, tmp_path: Path) -> None:
    desk = sit()
    type_at(desk, 1, "绝密条款")
    section_of(desk).keeper.timer.timeout.emit()
    desk.idle()
    assert all("绝密条款".encode() not in path.read_bytes() for path in (tmp_path / "office").glob("office.db*"))


def test_lock_other_page_and_closing_keep_it(sit: Callable[[], AdminDesk], office: Office) -> None:
    desk = sit()
    section = section_of(desk)
    type_at(desk, 1, "改了一半")
    desk.window.navigate("board")
    desk.idle()
    assert kept_drafts(office, desk) == 1
    desk.window.navigate("settings", section="templates")
    desk.idle()
    assert section.editor.text().startswith("改了一半")
    type_at(desk, 1, "又改了")
    desk.window.close()
    with look(office, desk.actor) as reading:
        (row,) = drafts.list_drafts(reading, DRAFT + LEASE)
        assert "又改了".encode() in drafts.read_draft(reading, row.id)


def test_back_to_the_old_words_there_is_nothing_to_keep(sit: Callable[[], AdminDesk], office: Office) -> None:
    desk = sit()
    section = section_of(desk)
    type_at(desk, 1, "改")
    section.keeper.timer.timeout.emit()
    desk.idle()
    assert kept_drafts(office, desk) == 1
    section.editor.undo()
    while section.changed():
        section.editor.undo()
    desk.idle()
    assert kept_drafts(office, desk) == 0


def test_each_kind_has_its_own_draft(sit: Callable[[], AdminDesk], office: Office) -> None:
    desk = sit()
    section = section_of(desk)
    type_at(desk, 1, "合同改了")
    section.kind.setFocus()
    desk.press(KEY.Key_Right)
    settle(desk)
    assert "个人信息处理告知书" in section.editor.text()
    assert section.live.preview.pages == 2
    assert not section.sample.isVisible()
    section.kind.setFocus()
    desk.press(KEY.Key_Left)
    settle(desk)
    assert section.editor.text().startswith("合同改了")


# ---- a real lease ------------------------------------------------------------------------------------------------


def test_a_real_lease_in_the_preview_is_masked(sit: Callable[[], AdminDesk], office: Office) -> None:
    clerk = sit_down(office, "front_desk", login="linxm", name="林小满")
    news = check_in(office, clerk, rooms_of(office)[0])
    desk = sit()
    section = section_of(desk)
    assert section.sample.currentText() == "虚构的样张"
    shown: list[Any] = []
    real = section.live.preview.show_pdf
    section.live.preview.show_pdf = lambda pdf, stay=False: (shown.append(pdf), real(pdf, stay))  # type: ignore[assignment]
    section.sample.set_value(news.lease_id)
    desk.qtbot.waitUntil(lambda: bool(shown), timeout=30_000)
    settle(desk)
    from tests.services.paper.samples import pdf_text

    text = "".join(pdf_text(shown[-1]))
    assert news.lease_number in text
    assert "顾听澜" in text
    assert "13812345678" not in text
    assert "990101********" in text
    assert "样张" in text


# ---- pictures ----------------------------------------------------------------------------------------------------


def picture(path: Path, wide: int = 400, high: int = 200, alpha: bool = False) -> Path:
    image = QImage(wide, high, QImage.Format.Format_ARGB32 if alpha else QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkCyan)
    assert image.save(str(path))
    return path


def test_a_picture_is_added_and_placed(sit: Callable[[], AdminDesk], office: Office, tmp_path: Path) -> None:
    desk = sit()
    section = section_of(desk)
    desk.press(KEY.Key_3, ALT)
    section.side.picture_wanted.emit()
    dialog = desk.dialog()
    assert isinstance(dialog, PictureDialog)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(picture(tmp_path / "抬头.png")))])
    drop = QDropEvent(
        QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    dialog.dropEvent(drop)
    assert dialog.form is not None
    assert dialog.form.values()["name"] == "抬头"
    desk.press(KEY.Key_Return, CTRL)
    settle(desk)
    assert [row.name for row in section.opened.picture_rows] == ["抬头"]  # type: ignore[union-attr]
    at = section.editor.text().split("\n").index("# 住房租赁合同") + 1
    section.editor.go_to(at - 1)
    QTest.keyClick(section.editor, KEY.Key_End)
    section.side.pictures.setFocus()
    desk.press(KEY.Key_Home)
    desk.press(KEY.Key_Return)
    assert "@picture 抬头 | 40" in section.editor.text()
    settle(desk)
    assert not section.summary.isVisible()
    desk.press(KEY.Key_Return, CTRL)
    settle(desk)
    assert versions(office, desk) == [2, 1]


def test_twenty_megabytes_and_other_files_are_refused_at_their_field(
    sit: Callable[[], AdminDesk], tmp_path: Path
) -> None:
    desk = sit()
    big, text = tmp_path / "大图.png", tmp_path / "文字.png"
    big.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * (20 * 1024 * 1024))
    text.write_bytes("不是图片".encode())
    section_of(desk).side.picture_wanted.emit()
    dialog: Any = desk.dialog()
    for path, words in (
        (big, "图片有 20.0 MB，最多 5 MB：先缩小再添加"), (text, "这个文件打不开：请用 PNG 或 JPEG 图片"),
        (tmp_path / "没有.png", "打不开这个文件"),
    ):  # fmt: skip
        dialog.form.field("file").set_value(str(path))
        dialog.form.field("name").set_value("抬头")
        desk.press(KEY.Key_Return, CTRL)
        assert words in dialog.form.rows["file"].message.text, path
        assert dialog.form.values()["name"] == "抬头", "what was typed stays"
    desk.press(KEY.Key_Escape)


@pytest.mark.parametrize(("wide", "high", "alpha"), [(400, 200, False), (3200, 1000, True), (20, 9, False)])
def test_a_picture_is_scaled_down_and_keeps_its_transparency(tmp_path: Path, wide: int, high: int, alpha: bool) -> None:
    data = scaled_picture(picture(tmp_path / "x.png", wide, high, alpha))
    assert data.startswith(b"\x89PNG")
    image = QImage.fromData(data)
    assert max(image.width(), image.height()) <= template_pictures.MOST_SIDE
    assert image.width() / image.height() == pytest.approx(wide / high, rel=0.02)
    assert image.hasAlphaChannel() is alpha


def test_a_noisy_photo_becomes_a_jpeg(tmp_path: Path) -> None:
    import numpy as np

    noise = np.random.default_rng(7).integers(0, 255, (1200, 1200, 4), np.uint8)
    path = tmp_path / "照片.bmp"
    image = QImage(noise.data, 1200, 1200, QImage.Format.Format_RGB32)
    assert image.save(str(path), "JPEG", 95)
    data = scaled_picture(path)
    assert data.startswith(b"\xff\xd8\xff")
    assert len(data) <= template_pictures.MOST_BYTES


def test_too_many_pixels_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    blank = QImage(20_000, 2_100, QImage.Format.Format_Mono)
    blank.fill(0)
    assert blank.save(str(path))
    assert path.stat().st_size < 100_000
    with pytest.raises(ProblemsFound, match="20000×2100 个像素，太大了"):
        scaled_picture(path)


# ---- how it looks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", list(TypeSize))
def test_it_fits_the_smallest_desk(sit: Callable[[], AdminDesk], look: Theme, size: TypeSize) -> None:
    look.switch(Shade.LIGHT, size)
    desk = sit()
    desk.window.resize(911, 512)
    settle(desk)
    section = section_of(desk)
    assert section.minimumSizeHint().width() <= 851
    assert section.minimumSizeHint().height() <= 430
    assert section.editor.width() >= 240
    assert section.live.width() >= 220
