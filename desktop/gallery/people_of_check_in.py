"""Who comes with the tenant, in the wizard: every role, what is missing, somebody known, a company, a minor."""

from __future__ import annotations

from typing import Any

from desktop.gallery.walk import Walk, wait_until
from desktop.services.check_in_draft import Step
from resources import resource

GUARANTOR = "990101197503040075"
CHILD = "990101201406010025"
CODE = "91990100MA0000001G"


def shoot_people(walk: Walk, page: Any) -> None:
    """From the contact step of somebody of age, and back to it with nobody added."""
    walk.press("Alt+0")
    walk.shoot("04-check-in-people")
    walk.press("Return")
    walk.type("孙晓舟")
    panel = walk.dialog.panel
    panel.rows["relation"].field.set_value("儿子")
    panel.rows["birth"].field.set_value("2019-03-02")
    walk.press("Ctrl+Return")
    walk.shoot("04-check-in-people-child")
    panel.consented.set_value(True)
    walk.press("Alt+0", "3", "Return")
    walk.type("孙建国")
    panel.rows["phone"].field.set_value("1390000")
    walk.press("Ctrl+Return")
    walk.shoot("04-check-in-people-guarantor-errors")
    panel.rows["document.number"].field.set_value(GUARANTOR)
    panel.rows["phone"].field.set_value("13900000011")
    _agent(walk, panel)
    _second_card(walk, page)
    _company(walk, panel)
    walk.press("Esc")
    walk.shoot("04-check-in-3-contact-people")
    page.draft.people, page.draft.company, page.draft.plates = [], None, ""
    page.show_foot()


def _agent(walk: Walk, panel: Any) -> None:
    walk.press("Alt+0", "4", "Return")
    walk.type("周思齐")
    panel.rows["document.number"].field.set_value("990101199003040019")
    panel.rows["phone"].field.set_value("13900000012")
    panel.rows["basis"].field.set_value("2026-11-20 签约、交押金，至 2026-12-31")
    walk.dialog.plates.set_value("川A·8K3Z7 川A·D12345")
    walk.shoot("04-check-in-people-agent")


def _second_card(walk: Walk, page: Any) -> None:
    """The card of the second person, pasted as the first one was; the same person is known after the first walk."""
    walk.press("Alt+0", "2", "Return")
    walk.paste(resource("demo_cards/huang_webcam.jpg"))
    wait_until(lambda: bool(page.draft.people[-1].number))
    walk.quiet()
    walk.shoot("04-check-in-people-card")
    walk.press("Ctrl+Delete")
    walk.shoot("04-check-in-people-removed")


def _company(walk: Walk, panel: Any) -> None:
    walk.press("Alt+0", "6")
    panel.rows["company"].field.set_value("青川样例科技有限公司")
    panel.rows["code"].field.set_value("91990100MA0000000K")
    walk.press("Ctrl+Return")
    walk.shoot("04-check-in-people-company")
    panel.rows["code"].field.set_value(CODE)


def shoot_minor(walk: Walk, page: Any) -> None:
    """A child at the desk: why it cannot sign, and the guardian."""
    walk.go("check_in")
    page.begin()
    walk.type(CHILD)
    walk.press("Return")
    wait_until(lambda: page.step is Step.REVIEW)
    walk.type("孙小满")
    walk.press("Ctrl+Return")
    walk.shoot("04-check-in-2-review-minor")
    walk.press("Alt+7")
    walk.type("孙母")
    walk.dialog.panel.rows["relation"].field.set_value("姑姑")
    walk.press("Ctrl+Return")
    walk.shoot("04-check-in-people-guardian")
    walk.press("Esc")
    page.begin()
