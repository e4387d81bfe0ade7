"""Section 打印机: which printer, tray, paper, form and offset each kind of paper takes on this PC, with a test page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from desktop.models.values import Right
from desktop.preferences import PrinterChoice
from desktop.services import receipt_forms
from desktop.services.paper.receipt_form import SHIPPED, Layout, ReceiptForm
from desktop.views import messages
from desktop.views.admin.section import Section
from desktop.views.buttons import Button
from desktop.views.fields import ChoiceField, NumberField
from desktop.views.forms import Form
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.printing import PrintOrder, printer_names, printer_of, tray_names
from desktop.views.steps import Option, Segment
from desktop.world import OFFICE_ZONE

TRAYS = {
    "Auto": "自动", "Upper": "上纸盒", "Lower": "下纸盒", "Middle": "中纸盒", "Manual": "手动进纸",
    "Tractor": "链式进纸", "LargeCapacity": "大容量纸盒", "Cassette": "纸匣", "FormSource": "表格纸",
    "Envelope": "信封", "EnvelopeManual": "手动信封", "SmallFormat": "小幅面", "LargeFormat": "大幅面",
}  # fmt: skip
PAPERS = (
    ("A4", "A4"), ("A5", "A5"), ("B5", "B5"), ("241x139.7", "241×140 连续纸"), ("241x93.13", "241×93 连续纸"),
)  # fmt: skip
ROLL_TEST_HEIGHT = 140.0
"""mm of roll that a test page takes."""


class PrintersSection(Section):
    """One kind of paper at a time; saved on this PC only."""

    help_topic = "settings.printers"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        kinds = (
            ("receipt", self.tr("收据")),
            ("lease", self.tr("合同")),
            ("notice", self.tr("告知书")),
            ("bill_notice", self.tr("通知单")),
            ("work_slip", self.tr("维修单")),
            ("recovery", self.tr("恢复码")),
        )
        self._words = dict(kinds)
        self._loading = False
        self._forms: Mapping[str, ReceiptForm] = {form.key: form for form in SHIPPED}
        self._usual = SHIPPED[0].key
        card = self.card(self.tr("打印机"), self.tr("每种纸记住自己的打印机，只存在这台电脑上。"))
        self.kind = Segment([Option(kind, words) for kind, words in kinds])
        self.kind.setAccessibleName(self.tr("哪一种纸"))
        card.body.addWidget(self.kind)
        self.form = self._make_form()
        card.body.addWidget(self.form)
        self.test = Button(self.tr("打印测试页"), "secondary", icon="printer", key="F6", slot=self._test)
        self.save = Button(self.tr("保存打印设置"), "primary", icon="save", key="Ctrl+Return", slot=self._save)
        self.state = label("", "muted", wrap=True)
        self.add_foot(self.test, self.state, self.save)
        self.column.addStretch(1)
        self.kind.changed.connect(self._show_choice)
        self.form.changed.connect(self._typed)
        shell.session.printing.printed.connect(self._printed)
        shell.session.printing.failed.connect(self._failed)

    def _make_form(self) -> Form:
        form = Form(3)
        form.add("printer", self.tr("打印机"), ChoiceField([("", self.tr("系统默认打印机"))]), span=2)
        trays = [("", self.tr("打印机自己定")), *((tray, TRAYS.get(tray, tray)) for tray in tray_names())]
        form.add("tray", self.tr("纸盒"), ChoiceField(trays))
        form.add("form", self.tr("收据版式"), ChoiceField(self._form_choices()), span=2)
        form.add("paper", self.tr("纸张"), ChoiceField([("", self.tr("按文件大小")), *PAPERS]))
        ways = [("", self.tr("按文件方向")), ("portrait", self.tr("纵向")), ("landscape", self.tr("横向"))]
        form.add("orientation", self.tr("方向"), ChoiceField(ways))
        form.add("copies", self.tr("份数"), NumberField(1, least=1, most=5))
        form.add(
            "feed_mm", self.tr("每张走纸修正（毫米）"), NumberField(0, decimals=1, least=-5, most=5),
            note=self.tr("连续纸逐张偏下填负数"),
        )  # fmt: skip
        form.add("offset_x_mm", self.tr("向右偏移（毫米）"), NumberField(0, decimals=1, least=-20, most=20))
        form.add("offset_y_mm", self.tr("向下偏移（毫米）"), NumberField(0, decimals=1, least=-20, most=20))
        return form

    def _form_choices(self) -> list[tuple[str, str]]:
        usual = self.tr("办公规则里的：{title}").format(title=self._forms[self._usual].title)
        return [("", usual), *((form.key, form.title) for form in self._forms.values())]

    # showing

    def entered(self) -> None:
        self.kind.setFocus()
        self.shell.run(printer_names, self.show_printers)
        if self.shell.allowed(Right.SEE_BILLS):
            self.shell.run(partial(self.shell.session.read, receipt_forms.list_forms), self.show_forms)

    def show_printers(self, names: list[str]) -> None:
        """Offer the printers of this PC; a remembered one that is gone stays on the list and says so."""
        remembered = {choice.printer for choice in self.shell.session.preferences.printers.values() if choice.printer}
        gone = [(name, self.tr("{name}（现在不在）").format(name=name)) for name in sorted(remembered - set(names))]
        choices = [("", self.tr("系统默认打印机")), *((name, name) for name in names), *gone]
        self._loading = True
        self.form.field("printer").set_choices(choices)
        self._loading = False
        self._show_choice()
        if not names:
            self.state.setText(self.tr("这台电脑还没有装打印机"))

    def show_forms(self, forms: Sequence[receipt_forms.FormOfOffice]) -> None:
        """Offer the office's forms, its usual one first."""
        self._usual = forms[0].form.key
        self._forms = {each.form.key: each.form for each in forms}
        self._loading = True
        self.form.field("form").set_choices(self._form_choices())
        self._loading = False

    def _remembered(self) -> PrinterChoice:
        return printer_of(self.shell.session, str(self.kind.value()))

    def _show_choice(self) -> None:
        choice = self._remembered()
        self._loading = True
        self.form.set_values(
            {
                "printer": choice.printer, "tray": choice.tray, "form": choice.form, "paper": choice.paper,
                "orientation": choice.orientation, "copies": choice.copies,
                **{
                    name: Decimal(str(getattr(choice, name))).normalize()
                    for name in ("feed_mm", "offset_x_mm", "offset_y_mm")
                },
            }
        )  # fmt: skip
        self.form.rows["form"].setVisible(self.kind.value() == "receipt")
        self.form.rows["feed_mm"].setVisible(self.kind.value() == "receipt")
        self._loading = False
        self._typed()

    def choice(self) -> PrinterChoice:
        """What stands in the form."""
        typed = self.form.values()
        return self._remembered()._replace(
            printer=typed["printer"] or "", tray=typed["tray"] or "", paper=typed["paper"] or "",
            form=typed["form"] or "", orientation=typed["orientation"] or "", copies=int(typed["copies"] or 1),
            offset_x_mm=float(typed["offset_x_mm"] or 0), offset_y_mm=float(typed["offset_y_mm"] or 0),
            feed_mm=float(typed["feed_mm"] or 0),
        )  # fmt: skip

    def _typed(self) -> None:
        if self._loading:
            return
        wrong = self.form.show_problems(self.form.own_problems())
        changed = self.choice() != self._remembered()
        self.save.allow(self.tr("先改好标红的地方") if wrong else "" if changed else self.tr("还没有改动"))
        self.test.allow(self.tr("先保存，再打测试页") if changed or wrong else "")
        self.state.setText(self.tr("改了，还没有保存") if changed else "")

    # doing

    def _save(self) -> None:
        session = self.shell.session
        printers = {**session.preferences.printers, str(self.kind.value()): self.choice()}
        session.save_preferences(session.preferences._replace(printers=printers))
        self._typed()
        self.state.setText(self.tr("已保存"))

    def _test(self) -> None:
        choice, kind = self._remembered(), str(self.kind.value())
        now = self.shell.session.office.world.now().astimezone(OFFICE_ZONE)
        paper, (wide, high) = self._sheet(kind, choice)
        facts = {
            "kind": self._words[kind], "printer": choice.printer or self.tr("系统默认打印机"),
            "when": f"{now:%Y-%m-%d %H:%M}", "paper": paper, "width": wide, "height": high,
            "offset_x": choice.offset_x_mm, "offset_y": choice.offset_y_mm,
        }  # fmt: skip
        self.state.setText(self.tr("正在打印测试页…"))
        self.shell.run(partial(_page, facts), partial(self._send, kind))

    def _sheet(self, kind: str, choice: PrinterChoice) -> tuple[str, tuple[float, float]]:
        """The paper a test page goes on, in words and mm: the one that lies there for this kind."""
        from desktop.services.paper.printer_page import SIZES

        if choice.paper:
            numbers = re.findall(r"[\d.]+", choice.paper) if choice.paper not in SIZES else ()
            size = (float(numbers[0]), float(numbers[1])) if len(numbers) == 2 else SIZES.get(choice.paper, SIZES["A4"])
            return dict(PAPERS).get(choice.paper, choice.paper), size
        if kind == "receipt":
            form = self._forms.get(choice.form) or self._forms[self._usual]
            return form.title, (form.width, ROLL_TEST_HEIGHT if form.layout is Layout.ROLL else form.height)
        return "A4", SIZES["A4"]

    def _send(self, kind: str, pdf: bytes) -> None:
        self.shell.session.printing.submit(PrintOrder(pdf, kind, self.tr("打印测试页")))

    def _printed(self, order: PrintOrder, where: str) -> None:
        if order.title == self.tr("打印测试页"):
            self.state.setText(self.tr("测试页已送到 {where}").format(where=where))

    def _failed(self, order: PrintOrder, error: Exception) -> None:
        if order.title == self.tr("打印测试页"):
            self.shell.session.printing.forget(order)  # nobody wants F6 to repeat a test page
            self.state.setText(self.tr("测试页没打出来"))
            messages.show_error(error)

    def hints(self) -> str:
        return self.tr("方向键换纸 · F6 测试页 · Ctrl+Enter 保存")


def _page(facts: dict[str, Any]) -> Any:
    from desktop.services.paper.printer_page import PrinterPage, printer_page

    return printer_page(PrinterPage(**facts))
