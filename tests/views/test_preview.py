"""The preview: pages, zoom and keys, with the drawing off the GUI thread."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from desktop.services.paper.lease import lease_pdf
from desktop.services.paper.receipts import receipt_pdf
from desktop.views.preview import ZOOMS, PagePreview, PreviewPanel
from desktop.views.theme import Theme
from tests.services.paper.samples import lease, receipt


@pytest.fixture(scope="module")
def four_pages() -> bytes:
    return lease_pdf(lease(), invariant=True)


@pytest.fixture
def preview(qtbot: QtBot) -> PagePreview:
    made = PagePreview()
    qtbot.addWidget(made, before_close_func=PagePreview.shutdown)
    made.resize(700, 500)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_the_first_page_appears_and_is_not_blank(qtbot: QtBot, preview: PagePreview, four_pages: bytes) -> None:
    with qtbot.waitSignal(preview.rendered, timeout=5000) as drawn:
        preview.show_pdf(four_pages)
    assert drawn.args == [1]
    assert (preview.page, preview.pages) == (1, 4)
    picture = preview.grab().toImage()
    dark = sum(
        QColor(picture.pixel(x, y)).lightness() < 90
        for x in range(40, picture.width() - 40, 2)
        for y in range(40, picture.height() - 10, 2)
    )
    assert dark > 300
    assert preview.accessibleName() == "打印预览，第 1 页，共 4 页"


def test_keys_turn_pages(qtbot: QtBot, preview: PagePreview, four_pages: bytes) -> None:
    preview.show_pdf(four_pages)
    seen: list[int] = []
    preview.page_changed.connect(lambda page, pages: seen.append(page))
    for key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp, Qt.Key.Key_End, Qt.Key.Key_Home):
        qtbot.keyClick(preview, key)
    assert seen == [2, 3, 2, 4, 1]
    qtbot.keyClick(preview, Qt.Key.Key_PageUp)
    assert preview.page == 1


def test_keys_zoom_between_their_ends_and_zero_fits_the_width(
    qtbot: QtBot, preview: PagePreview, four_pages: bytes
) -> None:
    preview.show_pdf(four_pages)
    fitted = preview.zoom
    assert preview.horizontalScrollBar().maximum() == 0
    for _ in range(10):
        qtbot.keyClick(preview, Qt.Key.Key_Plus)
    assert preview.zoom == ZOOMS[-1]
    assert preview.horizontalScrollBar().maximum() > 0
    for _ in range(10):
        qtbot.keyClick(preview, Qt.Key.Key_Minus)
    assert preview.zoom == ZOOMS[0]
    qtbot.keyClick(preview, Qt.Key.Key_0)
    assert preview.zoom == pytest.approx(fitted)


def test_zoom_keeps_the_place(preview: PagePreview, four_pages: bytes) -> None:
    preview.show_pdf(four_pages)
    preview.go_to(3)
    preview.set_zoom(1.5)
    assert preview.page == 3


def test_a_fitted_page_follows_the_window(preview: PagePreview, four_pages: bytes) -> None:
    preview.show_pdf(four_pages)
    before = preview.zoom
    preview.resize(900, 500)
    assert preview.zoom > before
    preview.set_zoom(1.0)
    preview.resize(700, 500)
    assert preview.zoom == 1.0


def test_another_document_replaces_the_first_while_it_is_being_drawn(
    qtbot: QtBot, preview: PagePreview, four_pages: bytes
) -> None:
    for _ in range(5):
        preview.show_pdf(four_pages)
        preview.grab()
        with qtbot.waitSignal(preview.rendered, timeout=5000):
            preview.show_pdf(receipt_pdf(receipt()))
        assert preview.pages == 2


def test_an_empty_preview_paints_and_takes_keys(qtbot: QtBot, preview: PagePreview) -> None:
    preview.grab()
    for key in (Qt.Key.Key_PageDown, Qt.Key.Key_End, Qt.Key.Key_Plus, Qt.Key.Key_0):
        qtbot.keyClick(preview, key)
    assert preview.page == 0
    assert preview.accessibleName() == "打印预览，没有文件"


def test_few_drawn_pages_are_kept(qtbot: QtBot, preview: PagePreview) -> None:
    preview.show_pdf(lease_pdf(lease()))
    for _round in range(3):
        for page in range(1, 5):
            preview.set_zoom(ZOOMS[(page + _round) % len(ZOOMS)])
            preview.go_to(page)
            preview.grab()
            qtbot.waitUntil(lambda: preview._jobs.count == 0, timeout=5000)
    assert 0 < len(preview._images) <= 8


@pytest.fixture
def panel(qtbot: QtBot, qapp: object) -> PreviewPanel:
    Theme().install(qapp)  # type: ignore[arg-type]
    made = PreviewPanel()
    qtbot.addWidget(made, before_close_func=PreviewPanel.shutdown)
    made.resize(800, 480)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_the_bar_says_where_one_is_and_f6_prints(qtbot: QtBot, panel: PreviewPanel, four_pages: bytes) -> None:
    panel.show_pdf(four_pages)
    assert panel._where.text() == "1/4 页"
    panel.preview.set_zoom(1.5)
    assert panel._zoom.text() == "150%"
    panel._forward()
    assert panel._where.text() == "2/4 页"
    with qtbot.waitSignal(panel.print_asked, timeout=2000):
        qtbot.mouseClick(panel.print_button, Qt.MouseButton.LeftButton)
    panel.activateWindow()
    panel.setFocus()
    with qtbot.waitSignal(panel.print_asked, timeout=2000):
        qtbot.keyClick(panel.preview, Qt.Key.Key_F6)


def test_the_panel_fits_the_smallest_dialog(panel: PreviewPanel) -> None:
    hint = panel.minimumSizeHint()
    assert hint.width() <= 900
    assert hint.height() <= 480
