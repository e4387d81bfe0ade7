"""Step 管理处: who runs the project, and the short code that stands in every number."""

from __future__ import annotations

from typing import Any

from desktop.views.fields import PhoneField
from desktop.views.first_start.step import Known, StepView
from desktop.views.labels import label
from desktop.views.text_fields import TextField, clean_code


def _capitals(text: str) -> str:
    return clean_code(text).upper()


class OfficeStep(StepView):
    """Organisation, project, short code, address, telephone. The code is suggested from the project's initials."""

    def __init__(self) -> None:
        super().__init__(
            self.tr("大约 10 分钟"),
            (
                self.tr("请先备好：营业执照上的公司全称、楼栋和房间的清单、一台打印机。"),
                self.tr("最后一步会打印恢复码，要放进保险柜。"),
                self.tr("按下「建立管理处」之前什么也不会保存，可以随时回头改。"),
            ),
        )
        self.card.body.addWidget(label(self.tr("这些会印在合同和收据上"), "strong"))
        form = self.use_form(2)
        form.add(
            "organisation", self.tr("公司名称"), TextField(limit=60), required=True, note=self.tr("与营业执照一致")
        )
        form.add("organisation_code", self.tr("统一社会信用代码"), TextField(limit=24, clean=_capitals))
        form.add("project", self.tr("项目名称"), TextField(limit=40), required=True, note=self.tr("例如 望江苑"))
        self.code = TextField(limit=6, clean=_capitals)
        form.add(
            "code", self.tr("项目简码"), self.code, required=True, note=self.tr("出现在每个单号里，例如 WJY-2026-00001")
        )
        form.add("address", self.tr("服务中心地址"), TextField(limit=120))
        form.add("phone", self.tr("服务电话"), PhoneField())
        self.card.body.addWidget(form)
        self.card.body.addStretch(1)
        self._suggested = ""
        self.form.field("project").changed.connect(self._suggest)

    def learned(self, known: Known) -> None:
        super().learned(known)
        self._suggest()

    def _suggest(self) -> None:
        """The initials of the project's name, as long as the clerk has not chosen a code."""
        if self.known is None or self.code.value() != self._suggested:
            return
        found = self.known.services.pinyin_keys(self.form.field("project").value()).initials
        code = (found[0] if found else "").upper()[:6]
        self._suggested = code if len(code) >= 2 else ""
        self.code.set_value(self._suggested)

    def values(self) -> dict[str, Any]:
        typed = self.form.values()
        optional = ("organisation_code", "address", "phone")
        return {**typed, **{name: typed[name] or None for name in optional}}
