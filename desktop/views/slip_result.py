"""维修单回填: a slip that came back is scanned, and its order stands there with the form of its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from desktop.models.values import NIL, CostCause, CostPayer, Right, total
from desktop.services import slip_codes, slip_results, work_order_page, work_orders
from desktop.services.acts import Op
from desktop.services.fee_words import plain
from desktop.services.repair_costs import PAYER_WORDS, who_pays
from desktop.services.slip_codes import ScannedSlip, SlipCode
from desktop.services.slip_results import OUTCOMES, SlipFacts, SlipResult, SlipTyped, Unread, read_used
from desktop.services.transitions import WORK_ORDER
from desktop.services.work_order_page import OrderPage
from desktop.services.work_orders import REASONED
from desktop.views import messages
from desktop.views.fields import ChoiceField, NumberField
from desktop.views.keys import bind
from desktop.views.pages import Shell
from desktop.views.repair_steps import OrderDialog
from desktop.views.steps import Option, Segment
from desktop.views.text_fields import TextField


class SlipResultDialog(OrderDialog):
    """What stands on the slip, in its order: Enter goes from field to field, Ctrl Enter books it. Signals:
    done(SlipTyped)."""

    kind = "repair.slip"
    help_topic = "repairs.slip"

    def __init__(self, shell: Shell, page: OrderPage, facts: SlipFacts, doubt: str = "") -> None:
        tr = shell.frame.tr
        super().__init__(shell, page, tr("维修单回填"), tr("填好这张单"), wide=760, primary_icon="check")
        self.facts = facts
        form = self.use_form(6)
        words = {"finish": self.tr("修好了")}
        self.outcome = Segment([Option(each, words.get(each, WORK_ORDER.events[each])) for each in OUTCOMES])
        form.add("outcome", self.tr("结果"), self.outcome, hint=self.tr("Alt 1…4"), span=6)
        for at in range(self.outcome.count):
            bind(self, f"Alt+{at + 1}", partial(self.outcome.choose, at))
        form.add("note", self.tr("做了什么、换了什么"), TextField(limit=work_orders.NOTE_LIMIT), required=True, span=4)
        form.add("minutes", self.tr("用时（分钟）"), NumberField(least=1, most=slip_results.MOST_MINUTES), span=2)
        form.add("used", self.tr("材料和人工"), TextField(limit=400), span=6,
                 hint=self.tr("名称 数量，用「；」隔开；库存里没有的加单价：上门人工 1×60"))  # fmt: skip
        causes = [
            (CostCause.WEAR, self.tr("自然损耗")), (CostCause.DAMAGE, self.tr("租客弄坏")),
            (CostCause.COMMON, self.tr("公共部位")), (CostCause.OWN_WORK, self.tr("返工")),
        ]  # fmt: skip
        form.add("cause", self.tr("怎么坏的"), ChoiceField(causes, CostCause.WEAR), span=3)
        form.add("payer", self.tr("谁付"), ChoiceField([(e, PAYER_WORDS[e]) for e in CostPayer], CostPayer.LANDLORD),
                 span=3)  # fmt: skip
        self.outcome.changed.connect(self._say_outcome)
        form.field("used").changed.connect(self._say_used)
        form.field("payer").changed.connect(self._say_used)
        form.field("cause").changed.connect(self._say_payer)
        self._say_outcome()
        self._say_payer()
        self.keep_draft()
        if doubt:
            self.summary.say(doubt, "warn")

    def open(self) -> None:
        super().open()
        assert self.form is not None
        self.form.field("note").setFocus()

    def _say_outcome(self) -> None:
        """What the note is asked for depends on the result."""
        assert self.form is not None
        outcome = str(self.outcome.value())
        asked = REASONED[outcome].rpartition("例如 ")[2] if outcome in REASONED else self.tr("换了阀芯，试水不漏")
        self.form.field("note").setPlaceholderText(asked)
        self.form.rows["note"].caption.setText(
            self.tr("做了什么、换了什么") if outcome == "finish" else self.tr("没修好的原因")
        )

    def _say_payer(self) -> None:
        """Who pays as a rule; another agreement is chosen over it."""
        assert self.form is not None
        payer, why = who_pays(self.form.field("cause").value())
        self.form.field("payer").set_value(payer)
        self.form.rows["cause"].set_note(why)
        self._say_used()

    def _say_used(self) -> None:
        """How the typed line will be booked, while it is typed."""
        assert self.form is not None
        try:
            lines = read_used(self.form.field("used").value(), self.facts.materials)
        except Unread:
            lines = ()
        told = [f"{line.words} {plain(line.quantity)} × {line.unit_price}" for line in lines]
        if told:
            who, whole = PAYER_WORDS[self.form.field("payer").value()], total(line.amount for line in lines)
            told.append(self.tr("共 {money} 元，{who}付").format(money=whole, who=who))
        self.form.rows["used"].set_note("；".join(told))

    def request(self) -> SlipResult:
        assert self.form is not None
        typed = self.form.values()
        minutes = None if typed["minutes"] is None else int(typed["minutes"])
        return SlipResult(
            self.page.card.id, str(typed["outcome"]), typed["note"], minutes, typed["used"], typed["payer"],
            self.page.card.version,
        )  # fmt: skip

    def problems(self) -> Mapping[str, str]:
        return slip_results.slip_problems(self.request(), self.facts.materials)

    def order(self, request: SlipResult) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.GO_ON_WITH_REPAIR, slip_results.type_back, request)

    def stored(self, news: SlipTyped) -> None:
        super().stored(news)
        words = self.tr("{number}：{state}").format(number=news.number, state=WORK_ORDER.words[news.state])
        if news.cost > NIL:
            words += self.tr("，费用 {money} 元").format(money=news.cost)
        if news.to_bill > NIL:
            words += self.tr("；租客要付 {money} 元，按 Ctrl B 再 Alt 9 开账单").format(money=news.to_bill)
        self.shell.toast(words)


@dataclass(frozen=True, slots=True)
class _Read:
    slip: ScannedSlip
    page: OrderPage | None
    facts: SlipFacts | None


def open_slip(shell: Shell, code: SlipCode) -> None:
    """The order of a scanned slip, with the form of its result over it; else why nothing can be typed back."""
    may = shell.allowed(Right.EDIT_REPAIRS)
    shell.run(partial(_read, shell.session, code, may), partial(_show, shell), messages.show_error)


def _read(session: Any, code: SlipCode, may: bool) -> _Read:
    """In a reading job."""
    slip: ScannedSlip = session.read(slip_codes.scanned_slip, code)
    if slip.closed or not may:
        return _Read(slip, None, None)
    page = session.read(work_order_page.order_page, slip.order_id)
    return _Read(slip, page, session.read(slip_results.slip_facts))


def _show(shell: Shell, read: _Read) -> None:
    shell.navigate("repair", order_id=read.slip.order_id)
    if read.page is None or read.facts is None:
        messages.show_warning(read.slip.closed or shell.frame.tr("您的角色只能看：请前台或维修班长来填"))
        return
    shell.open(SlipResultDialog(shell, read.page, read.facts, read.slip.doubt))
