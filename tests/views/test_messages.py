"""Three kinds of trouble, from any thread, also before anybody listens; a report holds nothing personal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from desktop.services.errors import DomainError, Outage
from desktop.views import messages
from desktop.views.jobs import Cancelled
from desktop.views.messages import Level, Message, crash_report, message_of, without_numbers


@pytest.fixture
def heard(qapp: object) -> Iterator[list[Message]]:
    got: list[Message] = []
    messages.listen(got.append)
    yield got
    messages.leave(got.append)


def test_messages_wait_until_somebody_listens(qapp: object) -> None:
    messages.show_warning("数据库在另一台电脑上打开着")
    got: list[Message] = []
    messages.listen(got.append)
    try:
        assert [(each.level, each.text) for each in got] == [(Level.WARNING, "数据库在另一台电脑上打开着")]
    finally:
        messages.leave(got.append)


def test_a_worker_may_complain_and_the_gui_thread_shows_it(heard: list[Message], qtbot: QtBot) -> None:
    shown_on: list[int] = []
    messages.listen(lambda message: shown_on.append(threading.get_ident()))
    worker = threading.Thread(target=messages.show_error, args=("打印机缺纸",))
    worker.start()
    worker.join()
    qtbot.waitUntil(lambda: bool(shown_on))
    assert shown_on == [threading.get_ident()]


def test_a_domain_error_is_one_sentence(heard: list[Message]) -> None:
    messages.show_error(DomainError("这间房 1203 已经出租", "room"))
    assert heard[-1].level == Level.WARNING
    assert (heard[-1].text, heard[-1].report) == ("这间房 1203 已经出租", "")


def test_an_outage_says_what_is_safe_and_may_be_tried_again(heard: list[Message]) -> None:
    again: list[int] = []
    error = Outage("磁盘满了", "收据已存好")
    messages.show_error(error, lambda: again.append(1))
    assert heard[-1].level == Level.ERROR
    assert (heard[-1].text, heard[-1].safe) == ("磁盘满了", "收据已存好")
    assert heard[-1].retry is not None
    heard[-1].retry()
    assert again == [1]
    messages.show_error(Outage("打印机缺纸", retry=False), lambda: again.append(2))
    assert heard[-1].retry is None


def test_a_cancelled_job_is_no_trouble(heard: list[Message]) -> None:
    before = len(heard)
    messages.show_error(Cancelled())
    assert len(heard) == before


class Tenant:
    """Somebody whose repr would give a name and a number away."""

    def __repr__(self) -> str:
        return "<沈知微 990101199604180025>"


def break_down(tenant: Tenant) -> None:
    raise KeyError(tenant, "13800138000")


def test_a_bug_gives_a_report_without_a_name_or_number(expect_log: Callable[[str], None]) -> None:
    expect_log(r"builtins\.RuntimeError")
    try:
        try:
            break_down(Tenant())
        except KeyError as inner:
            raise RuntimeError("沈知微 的押金 1860 元") from inner
    except RuntimeError as error:
        message = message_of(error)
    assert message.level == Level.CRASH
    for secret in ("沈知微", "990101", "13800138000", "1860", "tenant"):
        assert secret not in message.report
    assert "builtins.RuntimeError" in message.report
    assert "builtins.KeyError" in message.report
    assert "test_messages.py" in message.report
    assert "break_down" in message.report


def test_long_numbers_are_masked_everywhere() -> None:
    assert without_numbers("call 13800138000 at 12:30, room 1203") == "call *********** at 12:30, room 1203"
    assert "990101199604180025" not in crash_report(ValueError("990101199604180025"))


def test_what_nobody_caught_is_shown(
    heard: list[Message], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None]
) -> None:
    expect_log(r"builtins\.ZeroDivisionError")
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    messages._uncaught(ZeroDivisionError, ZeroDivisionError("x"), None)
    assert heard[-1].level == Level.CRASH
    count = len(heard)
    threading.excepthook = messages._uncaught_in_thread
    worker = threading.Thread(target=lambda: 1 // 0)
    worker.start()
    worker.join()
    qtbot.waitUntil(lambda: len(heard) > count)
    assert "ZeroDivisionError" in heard[-1].report
