"""The eight steps of the wizard, each built when it is first wanted: the page opens with one of them."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QStackedWidget

from desktop.services.check_in_draft import Step
from desktop.views.check_in.contact_step import ContactStep
from desktop.views.check_in.handover_step import HandoverStep
from desktop.views.check_in.payment_step import PaymentStep
from desktop.views.check_in.print_step import PrintStep
from desktop.views.check_in.read_step import ReadStep
from desktop.views.check_in.review_step import ReviewStep
from desktop.views.check_in.room_step import RoomStep
from desktop.views.check_in.step import StepView
from desktop.views.check_in.terms_step import TermsStep
from desktop.views.check_in.wizard import Wizard
from desktop.views.overlays import BodyScroll

_KINDS: dict[Step, type[StepView]] = {
    kind.step: kind
    for kind in (ReadStep, ReviewStep, ContactStep, RoomStep, TermsStep, HandoverStep, PaymentStep, PrintStep)
}


class StepViews(dict[Step, Any]):
    """The steps by name, in the stack that shows them."""

    def __init__(self, page: Wizard, stack: QStackedWidget) -> None:
        super().__init__()
        self._page, self._stack = page, stack

    def __missing__(self, step: Step) -> StepView:
        view = _KINDS[step](self._page)
        self[step] = view
        self._stack.addWidget(BodyScroll(view) if view.scrolls else view)
        view.show_draft()
        return view
