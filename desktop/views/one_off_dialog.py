"""一次性收费: a charge billed by hand, from the page of a person, a room or the till; one form makes one bill."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from desktop.models.values import Right
from desktop.services import one_off
from desktop.services.acts import Op
from desktop.services.fee_words import plain, quantity_unit, yuan
from desktop.services.one_off import OneOff, OneOffBilled, OneOffFacts, one_off_problems
from desktop.views import messages
from desktop.views.act_dialog import ActDialog
from desktop.views.dates import DateField
from desktop.views.fields import ChoiceField, MoneyField, NumberField
from desktop.views.form_draft import FormDraft
from desktop.views.form_key import FormKey
from desktop.views.hit_fields import PartyField
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.steps import Option, Segment
from desktop.views.text_fields import TextField

KEY = "Ctrl+B"
"""Opens it on the page of a person or room, on the board and at the till."""
_USUAL = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Whom:
    """Who is to pay, and which room it is about, as far as known."""

    party_id: UUID | None = None
    name: str = ""
    room_id: UUID | None = None


class OneOffDialog(ActDialog):
    """Signals: done(OneOffBilled)."""

    help_topic = "fees.one_off"

    def __init__(self, shell: Shell, whom: Whom) -> None:
        super().__init__(
            shell, shell.frame.tr("一次性收费"), subtitle=whom.name, primary=shell.frame.tr("生成账单"),
            primary_icon="file-plus",
        )  # fmt: skip
        self._whom = whom
        self.facts: OneOffFacts | None = None
        self._question = 0
        self._asked_for: UUID | None = None
        self._offered: Decimal | None = None
        """The price that was put into the form, as it stands in the price list."""
        self._build()
        self.draft = FormDraft(shell, self, "one_off", whom.party_id or "")
        self.key.kept = True
        assert self.form is not None
        self.form.changed.connect(self._changed)
        self._ask()

    def _build(self) -> None:
        form = self.use_form(4)
        if self._whom.party_id is None:
            form.add("debtor_id", self.tr("谁来付"), PartyField(self.shell), required=True, span=2)
        form.add("fee_item_id", self.tr("收费项目"), ChoiceField([(None, self.tr("正在读取"))]), span=1)
        form.add("room_id", self.tr("关于哪间房"), ChoiceField([(None, self.tr("不关房间"))]), span=1)
        form.add("due", self.tr("应缴日"), DateField(self.shell.today, self.shell.today() + _USUAL), required=True)
        words = TextField(limit=30, hint=self.tr("例如 更换门锁"))
        form.add("words", self.tr("收什么（账单上这样印）"), words, required=True, span=2)
        how = [Option(False, self.tr("金额")), Option(True, self.tr("单价 × 数量"))]
        form.add("how", self.tr("怎么算"), Segment(how), span=2)
        form.add("amount", self.tr("金额（元）"), MoneyField(), span=2)
        form.add("unit_price", self.tr("单价（元）"), NumberField(decimals=6))
        form.add("quantity", self.tr("数量"), NumberField(1, decimals=3))
        self.key = FormKey(self.shell.session.office.world.new_id)
        form.add("key", "", self.key)
        form.rows["key"].hide()
        self.said = label("", "muted", wrap=True)
        self.body.insertWidget(self.body.count() - 1, self.said)
        self._turn()

    # what is known of the debtor

    def _debtor(self) -> UUID | None:
        assert self.form is not None
        return self._whom.party_id or self.form.field("debtor_id").value()

    def _ask(self) -> None:
        self._question += 1
        self._asked_for = self._debtor()
        read = partial(self.shell.session.read, one_off.one_off_facts, self._asked_for)
        self.shell.run(read, partial(self._learn, self._question), self.refuse)

    def _learn(self, asked: int, facts: OneOffFacts) -> None:
        if asked != self._question:
            return
        assert self.form is not None
        self.facts = facts
        items: list[tuple[UUID | None, str]] = [(item.id, item.name) for item in facts.catalogue.items]
        self.form.field("fee_item_id").set_choices(items or [(None, self.tr("先建一个一次性项目"))])
        rooms = [(place.room_id, place.words) for place in facts.places]
        field = self.form.field("room_id")
        field.set_choices([(None, self.tr("不关房间")), *rooms])
        wanted = self._whom.room_id or (facts.places[0].room_id if facts.places else None)
        field.set_value(wanted)
        self._changed()

    def _changed(self) -> None:
        if self._debtor() != self._asked_for:
            self._ask()
        self._offer()
        self._turn()

    def _offer(self) -> None:
        """The price of the list stands there until somebody types another."""
        assert self.form is not None
        if self.facts is None:
            return
        typed = self.form.values()
        item_id = typed["fee_item_id"]
        price = self.facts.price(item_id, typed["room_id"]) if item_id is not None else None
        if price != self._offered and typed["unit_price"] in (None, self._offered):
            self._offered = price
            self.form.field("unit_price").set_value(None if price is None else plain(price))
            if price is not None and typed["amount"] is None:
                self.form.field("how").set_value(True)

    def _turn(self) -> None:
        """A sum, or a price and a quantity; what it comes to."""
        assert self.form is not None
        by_quantity = bool(self.form.field("how").value())
        self.form.rows["amount"].setVisible(not by_quantity)
        self.form.rows["unit_price"].setVisible(by_quantity)
        self.form.rows["quantity"].setVisible(by_quantity)
        request = self.request()
        money = request.money
        words = ""
        if money is not None and by_quantity and request.fee_item_id is not None and self.facts is not None:
            unit = quantity_unit(self.facts.catalogue.by_id[request.fee_item_id])
            words = self.tr("{quantity} {unit} × {price} = {money} 元").format(
                quantity=plain(request.quantity or Decimal(0)), unit=unit,
                price=yuan(request.unit_price or Decimal(0)), money=money,
            )  # fmt: skip
        self.said.setText(words)

    # what is asked

    def request(self) -> OneOff:
        assert self.form is not None
        typed = self.form.values()
        by_quantity = bool(typed["how"])
        room_id = typed["room_id"]
        places = self.facts.places if self.facts is not None else ()
        lease_id = next((place.lease_id for place in places if place.room_id == room_id), None)
        return OneOff(
            typed["key"], self._debtor(), typed["fee_item_id"], typed["due"] or self.shell.today(), typed["words"],
            room_id, lease_id, None if by_quantity else typed["amount"],
            typed["quantity"] if by_quantity else None, typed["unit_price"] if by_quantity else None,
        )  # fmt: skip

    def problems(self) -> Mapping[str, str]:
        assert self.form is not None
        if self.facts is None:
            return {"fee_item_id": self.tr("正在读取收费项目，稍等再按一次")}
        found = one_off_problems(self.request(), self.facts)
        if not self.form.field("how").value() and self.form.field("amount").value() is None:
            found = {name: words for name, words in found.items() if name not in ("quantity", "unit_price")}
            found["amount"] = self.tr("填写金额，单位是元")
        if self.form.field("due").value() is None:
            found["due"] = self.tr("填写哪天前缴清")
        return found

    def order(self, request: OneOff) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.POST_BILLS, one_off.bill_one_off, request)

    def stored(self, news: OneOffBilled) -> None:
        super().stored(news)
        words = self.tr("{title} {money} 这张账单已经开过") if news.again else self.tr("已开单：{title} {money} 元")
        self.shell.toast(words.format(title=news.title, money=news.amount))


def bill_by_hand(shell: Shell, whom: Whom) -> None:
    """Open the dialog, or say who may."""
    if shell.allowed(Right.POST_BILLS):
        shell.open(OneOffDialog(shell, whom))
    else:
        messages.show_warning(shell.frame.tr("您的角色不能开单：请收银员或主管登录后办理"))
