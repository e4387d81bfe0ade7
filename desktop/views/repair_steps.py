"""Dialogs of one order: a step with its note and photos, why it waits, what somebody said when they were asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from desktop.services import dispatch, repair_ratings, work_order_page, work_orders
from desktop.services.acts import Op
from desktop.services.errors import RowChanged
from desktop.services.repair_ratings import Rated, Rating
from desktop.services.transitions import WORK_ORDER
from desktop.services.work_order_page import OrderPage
from desktop.services.work_orders import REASONED, Photo, Step
from desktop.views.act_dialog import ActDialog
from desktop.views.fields import NoteField
from desktop.views.form_draft import FormDraft
from desktop.views.keys import bind
from desktop.views.pages import Shell
from desktop.views.photos_field import PhotosField
from desktop.views.steps import Option, Segment


class OrderDialog(ActDialog):
    """A dialog about one order. When a colleague went on with it first, the sentence says who; what was typed stays,
    and pressed again it is meant for the order as it stands now. Signals: done(news)."""

    help_topic = "repairs.steps"
    kind: ClassVar[str] = ""
    """Of its draft."""

    def __init__(self, shell: Shell, page: OrderPage, title: str, primary: str, **looks: Any) -> None:
        card = page.card
        about = " · ".join(each for each in (card.number, card.place, card.summary) if each)
        super().__init__(shell, title, subtitle=about if len(about) < 40 else card.number, primary=primary, **looks)
        self.page = page

    def keep_draft(self, about: str = "") -> None:
        """What is typed stays when the dialog is left; call it once the form is whole."""
        self.draft = FormDraft(self.shell, self, self.kind, f"{self.page.card.id.hex}{about}")

    def refuse(self, error: Exception) -> None:
        super().refuse(error)
        if isinstance(error, RowChanged):
            read = partial(self.shell.session.read, work_order_page.order_page, self.page.card.id)
            self.shell.run(read, self._newer)

    def _newer(self, page: OrderPage) -> None:
        state = WORK_ORDER.words[page.card.state]
        words = self.tr("{said}。现在是「{state}」{hands}：仍要这样办就再按一次")
        hands = f" · {page.card.hands}" if page.card.hands else ""
        self.summary.say(words.format(said=self.summary.text.text(), state=state, hands=hands), "warn")
        self.page = page


class StepDialog(OrderDialog):
    """One event of the machine, with a note and photos: finish, cancel, reopen, take back, or a remark (`note`)."""

    kind = "repair.step"

    def __init__(self, shell: Shell, page: OrderPage, event: str) -> None:
        tr = shell.frame.tr
        word = tr("记一笔") if event == "note" else WORK_ORDER.events[event]
        super().__init__(shell, page, word, word, wide=640, kind="danger" if event == "cancel" else "primary")
        self.step = event
        form = self.use_form(1)
        form.add("note", self._question(), NoteField(lines=3, limit=work_orders.NOTE_LIMIT, hint=self._hint()),
                 required=event in REASONED)  # fmt: skip
        if event not in ("take_back", "cancel"):
            words = self.tr("修后照片") if event == "finish" else self.tr("照片")
            form.add("photos", words, PhotosField(shell, words))
        self.keep_draft(event)

    def _question(self) -> str:
        if self.step in REASONED:
            return self.tr("为什么")
        return self.tr("做了什么、换了什么") if self.step == "finish" else self.tr("说明")

    def _hint(self) -> str:
        if self.step in REASONED:
            return REASONED[self.step].rpartition("例如 ")[2]
        return self.tr("换了 6 分角阀，试水不漏") if self.step == "finish" else self.tr("打过电话，没人接")

    def request(self) -> Step:
        assert self.form is not None
        typed = self.form.values()
        when = "after" if self.step == "finish" else ""
        photos = tuple(Photo(file, when) for file in typed.get("photos", ()))
        return Step(self.page.card.id, self.step, typed["note"], photos, self.page.card.version)

    def problems(self) -> Mapping[str, str]:
        asked = self.request()
        if self.step == "note" and not asked.note.strip() and not asked.photos:
            return {"note": self.tr("写一句，或添加照片")}
        return work_orders.step_problems(asked)

    def order(self, request: Step) -> Callable[[], object]:
        act = self.shell.session.act
        if self.step == "note":
            return partial(
                act, Op.GO_ON_WITH_REPAIR, work_orders.add_remark, request.order_id, request.note, request.photos
            )
        if self.step == "take_back":
            return partial(act, Op.ASSIGN_REPAIR, dispatch.take_back, request.order_id, request.note, request.seen)
        return partial(act, Op.GO_ON_WITH_REPAIR, work_orders.go_on, request)


class WaitDialog(OrderDialog):
    """等待: for what, and why, so that whoever asks next is answered."""

    kind = "repair.wait"

    def __init__(self, shell: Shell, page: OrderPage) -> None:
        super().__init__(shell, page, shell.frame.tr("等待"), shell.frame.tr("等待"), wide=640)
        form = self.use_form(1)
        possible = [event for event, _ in page.events if event.startswith("wait_")]
        self.what = Segment([Option(event, WORK_ORDER.events[event]) for event in possible])
        form.add("event", self.tr("等什么"), self.what, hint=self.tr("Alt 1…3；等住户时停止计时"))
        for at in range(self.what.count):
            bind(self, f"Alt+{at + 1}", partial(self.what.choose, at))
        form.add("note", self.tr("写明原因"), NoteField(lines=3, limit=work_orders.NOTE_LIMIT), required=True)
        self.keep_draft()

    def open(self) -> None:
        super().open()
        assert self.form is not None
        self.form.field("note").setFocus()

    def request(self) -> Step:
        assert self.form is not None
        typed = self.form.values()
        return Step(self.page.card.id, str(typed["event"]), typed["note"], (), self.page.card.version)

    def problems(self) -> Mapping[str, str]:
        return work_orders.step_problems(self.request())

    def order(self, request: Step) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.GO_ON_WITH_REPAIR, work_orders.go_on, request)


class RatingDialog(OrderDialog):
    """回访: one to five, and why when it was bad; Alt and a figure take it. Signals: done(Rated)."""

    kind = "repair.rating"
    help_topic = "repairs.rating"

    def __init__(self, shell: Shell, page: OrderPage) -> None:
        super().__init__(shell, page, shell.frame.tr("回访"), shell.frame.tr("登记评价"), wide=640)
        form = self.use_form(1)
        words = (self.tr("1 很不满意"), self.tr("2 不满意"), self.tr("3 一般"), self.tr("4 满意"), self.tr("5 很满意"))
        self.stars = Segment([Option(at, word) for at, word in enumerate(words, 1)], page.rating or repair_ratings.BEST)
        form.add("stars", self.tr("满意不满意"), self.stars, hint=self.tr("Alt 1…5；1、2 分自动开整改单"))
        for at in range(self.stars.count):
            bind(self, f"Alt+{at + 1}", partial(self.stars.choose, at))
        form.add("reason", self.tr("他怎么说"), NoteField(lines=3, limit=work_orders.NOTE_LIMIT))
        self.keep_draft()

    def request(self) -> Rating:
        assert self.form is not None
        typed = self.form.values()
        return Rating(self.page.card.id, int(typed["stars"]), typed["reason"], self.page.card.version)

    def problems(self) -> Mapping[str, str]:
        return repair_ratings.rating_problems(self.request())

    def order(self, request: Rating) -> Callable[[], Rated]:
        return partial(self.shell.session.act, Op.GO_ON_WITH_REPAIR, repair_ratings.rate_order, request)
