"""Dialogs of an enquiry 意向: what somebody looks for, and why nothing came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from desktop.models.values import EnquiryChannel
from desktop.services import enquiries, enquiry_lists
from desktop.services.acts import Op
from desktop.services.enquiries import CHANNEL_WORDS, EnquiryForm
from desktop.services.enquiry_lists import EnquiryRow
from desktop.services.errors import RowChanged
from desktop.views.act_dialog import ActDialog
from desktop.views.dates import DateField
from desktop.views.fields import ChoiceField, MoneyField, NumberField, PhoneField
from desktop.views.form_draft import FormDraft
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField
from desktop.views.versions import Merge


class EnquiryDialog(ActDialog):
    """登记意向, or correct one. Signals: done(enquiry id) once it is stored."""

    help_topic = "letting"

    def __init__(self, shell: Shell, row: EnquiryRow | None = None) -> None:
        title = shell.frame.tr("登记意向") if row is None else shell.frame.tr("修改意向")
        who = row.name if row is not None else ""
        super().__init__(shell, title, subtitle=who, primary=shell.frame.tr("保存"))
        self._row = row
        self._known = row.form if row is not None else EnquiryForm()
        form = self.use_form(3)
        if row is None:
            form.add("name", self.tr("姓名"), TextField(limit=60), required=True)
            form.add("phone", self.tr("手机"), PhoneField(), required=True)
        channels = [(channel, CHANNEL_WORDS[channel]) for channel in EnquiryChannel]
        form.add("channel", self.tr("怎么找来的"), ChoiceField(channels, self._known.channel))
        form.add("layout", self.tr("想要的户型"), TextField(limit=20, hint=self.tr("两室")))
        form.add("people", self.tr("几个人住"), NumberField(least=1, most=50))
        form.add("wanted_from", self.tr("哪天起租"), DateField(shell.today))
        form.add("rent_from", self.tr("租金从（元）"), MoneyField())
        form.add("rent_to", self.tr("到（元）"), MoneyField())
        form.add("follow_up_on", self.tr("哪天回访"), DateField(shell.today))
        form.add("wishes", self.tr("其他要求"), TextField(limit=300, hint=self.tr("朝南、带车位、能养猫")), span=3)
        form.set_values(_values_of(self._known))
        self.draft = FormDraft(shell, self, "enquiry", row.id if row is not None else "")
        self._merge: Merge | None = None
        if row is not None:
            read = partial(shell.session.read, enquiry_lists.enquiry_of, row.id)
            self._merge = Merge(shell, self, read, _values_of_row, self._know)

    def request(self) -> EnquiryForm:
        assert self.form is not None
        typed = self.form.values()
        people = typed["people"]
        return replace(
            self._known, name=typed.get("name", self._known.name), phone=typed.get("phone", ""),
            channel=typed["channel"], wishes=typed["wishes"], layout=typed["layout"] or None,
            people=None if people is None else int(people), rent_from=typed["rent_from"], rent_to=typed["rent_to"],
            wanted_from=typed["wanted_from"], follow_up_on=typed["follow_up_on"],
        )  # fmt: skip

    def problems(self) -> Mapping[str, str]:
        asked = self.request()
        if asked.follow_up_on == self._known.follow_up_on:
            asked = replace(asked, follow_up_on=None)  # a day that has gone by may stay
        return enquiries.enquiry_problems(asked, self.shell.today())

    def order(self, request: EnquiryForm) -> Callable[[], object]:
        act, row = self.shell.session.act, self._row
        if row is None:
            return partial(act, Op.ADD_ENQUIRY, enquiries.add_enquiry, request)
        return partial(act, Op.CHANGE_ENQUIRY, enquiries.change_enquiry, row.id, row.version, request)

    def stored(self, news: object) -> None:
        super().stored(news or (self._row.id if self._row is not None else None))

    def refuse(self, error: Exception) -> None:
        if isinstance(error, RowChanged) and self._merge is not None:
            self._merge.begin(error)
        else:
            super().refuse(error)

    def _know(self, row: EnquiryRow) -> None:
        self._row, self._known = row, row.form


def _values_of_row(row: EnquiryRow) -> dict[str, Any]:
    return _values_of(row.form)


def _values_of(known: EnquiryForm) -> dict[str, Any]:
    """What stands in the form for an enquiry."""
    names = ("channel", "people", "wanted_from", "rent_from", "rent_to", "follow_up_on", "wishes")
    return {name: getattr(known, name) for name in names} | {"layout": known.layout or ""}


class LoseDialog(ActDialog):
    """登记未成: why nothing came of it, so that the office learns. Signals: done(None) once it is stored."""

    help_topic = "letting"

    def __init__(self, shell: Shell, row: EnquiryRow) -> None:
        super().__init__(
            shell, shell.frame.tr("登记未成"), subtitle=row.name, primary=shell.frame.tr("登记未成"), wide=520
        )
        self._row = row
        form = self.use_form(1)
        form.add("reason", self.tr("为什么没成"), TextField(limit=60, hint=self.tr("租了别处、超预算")), required=True)
        self.draft = FormDraft(shell, self, "enquiry.lose", row.id)

    def request(self) -> str:
        assert self.form is not None
        return str(self.form.values()["reason"])

    def problems(self) -> Mapping[str, str]:
        short = len(self.request().strip()) < 2
        return {"reason": self.tr("写明为什么没成，例如 租了别处、超预算")} if short else {}

    def order(self, request: str) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.CHANGE_ENQUIRY, enquiries.move_enquiry, self._row.id, "lose", request)
