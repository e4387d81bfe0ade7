"""优惠规则: what earns a discount, how much it takes off, and of which fees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from desktop.models.values import DiscountKind, FeeBasis
from desktop.services import discount_rules
from desktop.services.acts import Op
from desktop.services.discount_rules import MOST_OF, DiscountFacts, DiscountForm, discount_problems
from desktop.services.errors import RowChanged
from desktop.services.fee_catalogue import RENT, DiscountRow
from desktop.services.fee_words import DISCOUNT_WORDS, THRESHOLD_UNITS, plain
from desktop.views.act_dialog import ActDialog
from desktop.views.dates import DateField
from desktop.views.fields import ChoiceField, NumberField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField
from desktop.views.ticks import TicksField
from desktop.views.versions import Merge


class DiscountDialog(ActDialog):
    """A new discount rule, or one that is corrected or ended. Signals: done(DiscountSaved)."""

    help_topic = "fees.discounts"

    def __init__(
        self, shell: Shell, facts: DiscountFacts, names: Mapping[UUID, str], row: DiscountRow | None = None
    ) -> None:
        title = shell.frame.tr("新增优惠") if row is None else shell.frame.tr("修改优惠")
        super().__init__(shell, title, subtitle=row.name if row is not None else "", wide=760)
        self.facts, self._row = facts, row
        self._names = {each: name for each, name in names.items() if facts.items.get(each) is not FeeBasis.ONE_OFF}
        self._build()
        assert self.form is not None
        if row is not None:
            self.form.set_values(_values(discount_rules.form_of(row)))
        else:
            self.form.set_values({"valid_from": shell.today()})
        self._say()
        self._merge: Merge | None = None
        if row is not None:
            read = partial(shell.session.read, discount_rules.discount_row, row.id)
            self._merge = Merge(shell, self, read, self._values_of, self._know)
        self.draft = FormDraft(shell, self, "fees.discount", row.id if row is not None else "")

    def _build(self) -> None:
        form = self.use_form(3)
        form.add("name", self.tr("名称"), TextField(limit=20, hint=self.tr("账单上这样印")), required=True)
        form.add("kind", self.tr("什么情况优惠"), ChoiceField(list(DISCOUNT_WORDS.items())))
        form.add("threshold", self.tr("至少"), NumberField(1, least=0, most=max(MOST_OF.values())))
        percent = NumberField(decimals=2, most=100)
        form.add("percent", self.tr("减百分之几"), percent, required=True, note=self.tr("九五折写 5"))
        form.add("valid_from", self.tr("从哪天起"), DateField(self.shell.today), required=True)
        form.add("valid_to", self.tr("到哪天止"), DateField(self.shell.today), note=self.tr("长期就留空"))
        fees = [(RENT, self.tr("租金"), ""), *((each, name, "") for each, name in self._names.items())]
        form.add("fees", self.tr("从哪些费用里减"), TicksField(fees, columns=4), span=3)
        form.add("document", self.tr("依据"), TextField(limit=60, hint=self.tr("决议或通知的文号")), span=3)
        self.said = label("", "muted", wrap=True)
        self.body.insertWidget(self.body.count() - 1, self.said)
        form.changed.connect(self._say)

    def _say(self) -> None:
        """The rule in a sentence, with what it takes off 1,000 yuan."""
        assert self.form is not None
        form = self.request()
        kind = form.kind
        self.form.rows["threshold"].setVisible(kind is not DiscountKind.VACANCY)
        self.form.rows["threshold"].set_hint(THRESHOLD_UNITS[kind])
        off = form.percent
        words = (
            self.tr("例如应收 1,000.00，减 {off}，收 {rest}").format(
                off=f"{off * 10:,.2f}", rest=f"{1000 - off * 10:,.2f}"
            )
            if off is not None
            else ""
        )
        self.said.setText(words)

    # what is asked

    def request(self) -> DiscountForm:
        assert self.form is not None
        typed = self.form.values()
        threshold = typed["threshold"]
        return DiscountForm(
            typed["name"], typed["kind"], typed["percent"], typed["valid_from"] or self.shell.today(),
            typed["valid_to"], None if threshold is None else int(threshold),
            frozenset(each for each in typed["fees"] if each != RENT), RENT in typed["fees"], typed["document"],
        )  # fmt: skip

    def problems(self) -> Mapping[str, str]:
        assert self.form is not None
        found = discount_problems(self.request(), self.facts)
        if self.form.field("valid_from").value() is None:
            found["valid_from"] = self.tr("填写从哪天起")
        return found

    def order(self, request: DiscountForm) -> Callable[[], object]:
        act, row = self.shell.session.act, self._row
        if row is None:
            return partial(act, Op.SAVE_TARIFF, discount_rules.add_discount, request)
        return partial(act, Op.SAVE_TARIFF, discount_rules.change_discount, row.id, row.version, request)

    def refuse(self, error: Exception) -> None:
        if isinstance(error, RowChanged) and self._merge is not None:
            self._merge.begin(error)
        else:
            super().refuse(error)

    def _values_of(self, row: DiscountRow) -> dict[str, Any]:
        form = discount_rules.form_of(row)
        # In the order of the ticks: two versions are compared.
        chosen = tuple(each for each in self._names if each in form.fee_item_ids)
        return _values(form) | {"fees": (*([RENT] if form.of_rent else []), *chosen)}

    def _know(self, row: DiscountRow) -> None:
        self._row = row


def _values(form: DiscountForm) -> dict[str, Any]:
    """What stands in the form for a rule."""
    percent = None if form.percent is None else Decimal(plain(form.percent))
    return {
        "name": form.name, "kind": form.kind, "threshold": form.threshold, "percent": percent,
        "valid_from": form.valid_from, "valid_to": form.valid_to, "document": form.document,
        "fees": (*([RENT] if form.of_rent else []), *form.fee_item_ids),
    }  # fmt: skip
