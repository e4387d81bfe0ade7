"""Checking in: every step with a drawn card, typed by hand, with what is missing and wrong, to the printed papers."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QImage

from desktop.gallery.people_of_check_in import shoot_minor, shoot_people
from desktop.gallery.walk import Walk, wait_until
from desktop.services.check_in_draft import Step
from resources import resource

NUMBER = "990101199604180009"
"""An invented number of the region that does not exist."""


def card(name: str) -> Any:
    """A drawn card of the demo."""
    return resource(f"demo_cards/{name}.jpg")


def walk_check_in(walk: Walk) -> None:
    """From F2 to the receipt."""
    walk.sit_down()
    page = walk.go("check_in")
    _read(walk, page)
    _review(walk, page)
    _contact(walk, page)
    _room(walk, page)
    _terms(walk, page)
    _handover(walk, page)
    _payment(walk, page)
    _print(walk, page)
    _again(walk, page)
    shoot_minor(walk, page)
    _front_desk(walk)


def at(walk: Walk, page: Any, step: Step) -> None:
    """Wait until the wizard stands at a step."""
    wait_until(lambda: page.step is step and not page.busy_words)
    walk.quiet()


def _read(walk: Walk, page: Any) -> None:
    walk.shoot("04-check-in-1-read")
    walk.type("990101199604180028")
    walk.shoot("04-check-in-1-read-wrong-number")
    page.view.number.set_value("")
    page.view.number.setFocus()
    blank = QImage(900, 600, QImage.Format.Format_RGB32)
    blank.fill(0xFF_B8_B8_B0)
    walk.paste(blank)
    wait_until(lambda: bool(page.view.path_row.said))
    walk.shoot("04-check-in-1-read-refused")
    walk.paste(card("huang_back"))
    wait_until(lambda: "back" in page.pictures.faces)
    walk.shoot("04-check-in-1-read-card")


def _review(walk: Walk, page: Any) -> None:
    walk.paste(card("huang_webcam"))
    at(walk, page, Step.REVIEW)
    walk.shoot("04-check-in-2-review")
    page.begin()
    walk.paste(card("sun_upside_down"), card("sun_turned_back"))
    at(walk, page, Step.REVIEW)
    walk.shoot("04-check-in-2-review-doubts")
    walk.press("Ctrl+Return", "Return")
    walk.shoot("04-check-in-2-review-answered")
    walk.press("Alt+2", "Ctrl+Return")
    walk.shoot("04-check-in-2-review-person-missing")
    walk.click("翻面")
    walk.press("Alt+9")
    walk.shoot("04-check-in-2-review-certain")
    walk.press("Ctrl+Return")
    at(walk, page, Step.CONTACT)


def _contact(walk: Walk, page: Any) -> None:
    walk.shoot("04-check-in-3-contact")
    fields = {name: row.field for name, row in page.view.rows.items()}
    fields["phone"].set_value("1385678")
    fields["emergency.name"].set_value("孙知夏")
    fields["bank.number"].set_value("6222020200012345678")
    walk.press("Ctrl+Return")
    walk.shoot("04-check-in-3-contact-errors")
    for name, text in (
        ("phone", "13812345678"), ("occupation", "平面设计"), ("emergency.relation", "姐姐"),
        ("emergency.phone", "13912342046"), ("bank.bank", "青川银行临江支行"), ("bank.number", ""),
    ):  # fmt: skip
        fields[name].set_value(text)
    fields["bank.bank"].set_value("")
    walk.press("Alt+3", "Alt+1")
    walk.shoot("04-check-in-3-contact-filled")
    shoot_people(walk, page)
    walk.press("Ctrl+Return")
    at(walk, page, Step.ROOM)


def _room(walk: Walk, page: Any) -> None:
    walk.shoot("04-check-in-4-room")
    walk.type("9999")
    walk.shoot("04-check-in-4-room-none")
    walk.press("Ctrl+A", "Delete", "Down", "Down")
    walk.shoot("04-check-in-4-room-chosen")
    walk.press("Return")
    at(walk, page, Step.TERMS)


def _terms(walk: Walk, page: Any) -> None:
    walk.shoot("04-check-in-5-terms")
    rows = page.view.rows
    rows["cycle_months"].field.set_value("半年付")
    rows["property_price"].field.set_value("1.80")
    rows["key_deposit"].field.set_value("100")
    walk.shoot("04-check-in-5-terms-warning")
    rows["cycle_months"].field.setFocus()
    rows["cycle_months"].field.showPopup()
    walk.shoot("04-check-in-5-terms-choices")
    rows["cycle_months"].field.hidePopup()
    end = rows["end"].field
    kept = end.text()
    end.setFocus()
    end.show_calendar()
    walk.shoot("04-check-in-5-terms-calendar")
    walk.close_popups()
    end.setText("2026-10-24")
    walk.shoot("04-check-in-5-terms-errors")
    end.setText(kept)
    rows["cycle_months"].field.set_value("押一付三")
    walk.press("Ctrl+Return")
    at(walk, page, Step.HANDOVER)


def _handover(walk: Walk, page: Any) -> None:
    walk.shoot("04-check-in-6-handover")
    page.view.rows["reading.water"].field.set_value("812.5")
    page.view.rows["reading.electricity"].field.set_value("4031,7x")
    page.view.rows["keys"].field.set_value("2")
    page.view.rows["cards"].field.set_value("1")
    walk.paste(card("li_copy"), card("chen_scan"), card("zhou_scan"), card("wu_dark"))
    wait_until(lambda: len(page.draft.photos) == 4)
    walk.shoot("04-check-in-6-handover-photos")
    page.view.rows["reading.electricity"].field.set_value("4031.7")
    walk.click("去掉照片")
    walk.press("Ctrl+Return")
    at(walk, page, Step.PAYMENT)
    wait_until(lambda: page.view.open is not None)


def _payment(walk: Walk, page: Any) -> None:
    walk.shoot("04-check-in-7-payment")
    page.view.form.given.selectAll()
    walk.type(f"{page.view.due().fen // 100 + 60}")
    walk.press("Return")
    walk.shoot("04-check-in-7-payment-choice")
    walk.press("Return")
    at(walk, page, Step.PRINT)


def _print(walk: Walk, page: Any) -> None:
    walk.shoot("04-check-in-8-print")
    page.view.tabs.set_value("lease")
    walk.shoot("04-check-in-8-print-lease")
    walk.press("Ctrl+Return")
    wait_until(lambda: page.view.lease_state.isVisible() and "已" in page.view.lease_state.accessibleName())
    wait_until(lambda: "已" in page.view.receipt_state.accessibleName())
    walk.shoot("04-check-in-8-printed")


def _again(walk: Walk, page: Any) -> None:
    """Somebody typed by hand who was here before; two drafts that wait."""
    walk.press("Ctrl+Return")
    at(walk, page, Step.READ)
    walk.type("990101197910080146")
    walk.press("Return")
    at(walk, page, Step.REVIEW)
    wait_until(page.view.known.isVisible)
    walk.shoot("04-check-in-2-review-known")
    walk.press("Esc")
    walk.quiet()
    walk.go("check_in")
    walk.type(NUMBER)
    walk.press("Return")
    at(walk, page, Step.REVIEW)
    walk.press("Ctrl+Return")
    walk.shoot("04-check-in-2-review-typed")
    walk.type("顾听澜")
    walk.press("Esc")
    walk.shoot("04-check-in-parked")
    walk.go("check_in")
    walk.shoot("04-check-in-1-read-drafts")
    walk.click("丢弃这份草稿")
    walk.shoot("04-check-in-drop-draft")
    walk.dialog.cancel()


def _front_desk(walk: Walk) -> None:
    """A role that takes no money hands the bills to the till; a lease that begins later is signed."""
    walk.sit_down("front_desk")
    page = walk.go("check_in")
    walk.type(NUMBER)
    walk.press("Return")
    at(walk, page, Step.REVIEW)
    walk.type("顾听澜")
    walk.press("Alt+9", "Ctrl+Return")
    at(walk, page, Step.CONTACT)
    walk.type("13812345678")
    walk.press("Alt+1", "Ctrl+Return")
    at(walk, page, Step.ROOM)
    walk.press("Down", "Down", "Return")
    at(walk, page, Step.TERMS)
    page.view.rows["start"].field.setText("2026-12-05")
    walk.shoot("04-check-in-5-terms-later")
    walk.press("Ctrl+Return")
    at(walk, page, Step.PAYMENT)
    wait_until(lambda: page.view.open is not None)
    walk.shoot("04-check-in-7-payment-front-desk")
    walk.press("Ctrl+Return")
    at(walk, page, Step.PRINT)
    walk.shoot("04-check-in-8-print-front-desk")
    walk.sit_down()
