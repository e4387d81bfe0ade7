"""The sign-in card asks, waits, warns and wipes; and the first picture imports nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.views.login import SignIn
from desktop.views.overlays import BodyScroll
from desktop.views.theme import Shade, Theme, TypeSize
from tests.views.conftest import type_chinese

ROOT = Path(__file__).resolve().parents[2]
ROLES = [("front_desk", "前台"), ("cashier", "收银"), ("repair_lead", "维修")]


@pytest.fixture
def card(on_desk: Callable[..., QWidget]) -> SignIn:
    made = SignIn("望江苑服务中心", "前台 2", demo=ROLES)
    on_desk(made, 1033, 538)
    return made


def sent(card: SignIn) -> list[tuple[str, str]]:
    got: list[tuple[str, str]] = []
    card.submitted.connect(lambda user, password: got.append((user, password)))
    return got


def test_enter_walks_to_what_is_missing_and_then_signs_in(card: SignIn, qtbot: QtBot) -> None:
    got = sent(card)
    assert card.user.hasFocus()
    qtbot.keyClick(card.user, Qt.Key.Key_Return)
    assert card.user_row.message.text == "写上工号或姓名拼音"
    type_chinese(card.user, "", "ｌｉｎｘｍ")
    qtbot.keyClick(card.user, Qt.Key.Key_Return)
    assert card.password.hasFocus()
    assert got == []
    qtbot.keyClicks(card.password, "s3cret!")
    qtbot.keyClick(card.password, Qt.Key.Key_Return)
    assert got == [("linxm", "s3cret!")]
    assert card.primary.reason == "正在核对密码"
    qtbot.keyClick(card.password, Qt.Key.Key_Return)
    assert len(got) == 1, "one try at a time"


def test_enter_never_signs_in_while_composing(card: SignIn, qtbot: QtBot) -> None:
    got = sent(card)
    card.password.setText("x")
    type_chinese(card.user, "lin")
    qtbot.keyClick(card.user, Qt.Key.Key_Return)
    assert got == []
    assert card.user.hasFocus()


def test_a_wrong_password_is_said_and_selected(card: SignIn, qtbot: QtBot) -> None:
    card.user.setText("linxm")
    card.password.setText("wrong")
    card.submit()
    card.show_error("工号或密码不对，还可以试 4 次")
    assert card.password_row.message.text == card.said == "工号或密码不对，还可以试 4 次"
    assert card.password.hasFocus()
    assert card.password.selectedText() == "wrong"
    assert card.primary.isEnabled()


def test_after_many_wrong_tries_the_button_waits(card: SignIn, qtbot: QtBot) -> None:
    got = sent(card)
    card.user.setText("linxm")
    card.password.setText("x")
    card.show_wait(2)
    qtbot.keyClick(card.password, Qt.Key.Key_Return)
    assert got == []
    assert card.primary.reason == "错了多次，2 秒后再试"
    card._tick()
    card._tick()
    assert card.primary.isEnabled()
    qtbot.keyClick(card.password, Qt.Key.Key_Return)
    assert len(got) == 1


def test_caps_lock_is_warned_of(card: SignIn, qtbot: QtBot) -> None:
    card.password.setFocus()
    qtbot.keyClick(card.password, "A")
    assert card.password_row.message.text == "大写锁定已打开"
    qtbot.keyClick(card.password, "b")
    assert card.password_row.message.text == ""


def test_the_passphrase_is_asked_only_when_needed(card: SignIn, qtbot: QtBot) -> None:
    got = sent(card)
    assert not card.passphrase.isVisible()
    card.ask_passphrase()
    card.user.setText("linxm")
    card.password.setText("x")
    card.submit()
    assert card.passphrase.hasFocus()
    assert got == []
    card.passphrase.setText("四个词")
    card.submit()
    assert len(got) == 1
    card.wipe()
    assert (card.password.value(), card.passphrase.value()) == ("", "")


def test_demo_roles_and_the_key_file(card: SignIn, qtbot: QtBot) -> None:
    roles: list[str] = []
    card.demo_role_chosen.connect(roles.append)
    qtbot.keyClick(card.user, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    card.roles[0].click()
    assert roles == ["cashier", "front_desk"]


@pytest.mark.parametrize("size", list(TypeSize))
def test_the_card_fits_the_smallest_desk(on_desk: Callable[..., QWidget], look: Theme, size: TypeSize) -> None:
    look.switch(Shade.LIGHT, size)
    card = SignIn("望江苑服务中心", "前台 2", demo=ROLES)
    on_desk(card, 851, 400)
    QApplication.processEvents()
    assert card.minimumSizeHint().width() <= 840
    assert card.minimumSizeHint().height() <= 400, "the rest scrolls"
    for words in card.findChildren(QLabel):
        if words.isVisible() and words.text() and not words.wordWrap():
            assert words.width() >= words.sizeHint().width(), words.text()


FIRST_PAINT = """
import sys
from PySide6.QtWidgets import QApplication
app = QApplication([])
from pathlib import Path
from desktop.views.theme import Theme
Theme(Path(sys.argv[1])).install(app)
from desktop.views.main_window import MainWindow
from desktop.views.login import SignIn
from desktop.views.overlays import BodyScroll
window = MainWindow()
window.show_office("望江苑服务中心", "前台 2")
card = SignIn("望江苑服务中心", "前台 2", demo=[("front_desk", "前台")])
window.show_sign_in(card)
window.show()
app.processEvents()
assert not window.grab().isNull()
assert card.user.isVisible()
heavy = {"sqlalchemy", "numpy", "cv2", "onnxruntime", "reportlab", "psycopg", "alembic", "pyqtgraph", "cryptography",
         "httpx2", "http_message_signatures", "anyio",
         "jinja2", "pypdfium2", "rapidocr", "keyring", "argon2", "segno", "cn2an"}
print(sorted(heavy & set(sys.modules)))
print(sorted(name for name in sys.modules if name.startswith(("desktop.services", "desktop.ocr"))))
"""


def test_the_first_picture_imports_nothing_heavy(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FIRST_PAINT, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["[]", "[]"]


def test_void_calls_keep_their_none(qapp: QApplication) -> None:
    """A build of PySide that loses a reference a call dies after some thousand; 6.12 on Python 3.11 does."""
    words = QLabel()
    before = sys.getrefcount(None)
    for _ in range(20_000):
        words.setText("安居")
    assert sys.getrefcount(None) > before - 1000


def test_a_card_higher_than_the_window_scrolls_and_the_focus_stays_in_sight(
    look: Theme, qtbot: QtBot, on_desk: Callable[..., QWidget]
) -> None:
    card = SignIn("望江苑服务中心", "前台 1", demo=tuple((f"role{n}", f"身份 {n}") for n in range(6)))
    window = QWidget()
    card.setParent(window)
    card.resize(900, 600)
    on_desk(window)
    assert not card.findChildren(BodyScroll), "at the usual height nothing scrolls"
    card.resize(900, 240)
    QApplication.processEvents()
    scroll = card.findChild(BodyScroll)
    assert scroll is not None
    card.primary.setFocus()
    QApplication.processEvents()
    spot = card.primary.mapTo(scroll.viewport(), card.primary.rect().center())
    assert scroll.viewport().rect().contains(spot)
