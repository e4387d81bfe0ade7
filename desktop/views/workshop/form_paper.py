"""What a pre-printed form is like as paper: size, lines of items, the scan it is placed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from desktop.services.paper.receipt_form import ReceiptForm, form_problems
from desktop.views.dialogs import Dialog
from desktop.views.fields import ChoiceField, NumberField
from desktop.views.labels import label
from desktop.views.pages import Shell

_NUMBERS = ("width", "height", "row_step")


class FormPaperDialog(Dialog):
    """Signals: submitted(ReceiptForm) with the new measures."""

    help_topic = "settings.form"
    writes = False

    def __init__(self, shell: Shell, form: ReceiptForm, pictures: Sequence[str]) -> None:
        super().__init__(shell.frame, self.tr("纸和底图"), primary=self.tr("就用这些"), wide=560)
        self._form = form
        about = self.tr("用尺量一张印好的单子。底图是它的扫描件：按整张纸扫、裁到纸边，只在屏幕上看，不会印出来。")
        self.body.addWidget(label(about, "muted", wrap=True))
        fields = self.use_form(2)
        fields.add(
            "width", self.tr("纸宽（毫米）"), NumberField(_typed(form.width), decimals=1, least=1), required=True
        )
        fields.add(
            "height", self.tr("纸高（毫米）"), NumberField(_typed(form.height), decimals=2, least=1), required=True
        )
        fields.add("rows", self.tr("收费项目行数"), NumberField(form.rows, least=1, most=30), required=True)
        fields.add(
            "row_step", self.tr("行距（毫米）"), NumberField(_typed(form.row_step), decimals=1, least=1), required=True
        )
        choices = [("", self.tr("不用底图，白纸")), *((name, name) for name in pictures)]
        fields.add("picture", self.tr("底图"), ChoiceField(choices, form.picture), span=2)
        fields.changed.connect(self.check)

    def made(self) -> ReceiptForm:
        """The form as it is typed; what is not a number stays as it was."""
        assert self.form is not None
        typed = self.form.values()
        numbers = {name: float(typed[name]) for name in _NUMBERS if typed[name] is not None}
        rows = int(typed["rows"]) if typed["rows"] is not None else self._form.rows
        return self._form.but(**numbers, rows=rows, picture=typed["picture"] or "")

    def problems(self) -> Mapping[str, str]:
        found = form_problems(self.made())
        return {name: words for name, words in found.items() if self.form is not None and name in self.form.rows}

    def request(self) -> ReceiptForm:
        return self.made()


def _typed(length: float) -> Decimal:
    """As one types it: 241, 139.7."""
    return Decimal(f"{length:g}")
