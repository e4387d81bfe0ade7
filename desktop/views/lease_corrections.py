"""更正登记: what of a running lease may be corrected, asked in one dialog, taken back by the toast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.models.values import Right
from desktop.services import lease_edits, leases
from desktop.services.acts import Op
from desktop.services.errors import RowChanged
from desktop.services.lease_edits import BASIS, OVER, Correctable, Corrected, Particulars
from desktop.services.lease_record import LeaseRecord
from desktop.services.on_the_spot import can_be_lent
from desktop.views.dates import DateField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import label
from desktop.views.lease_dialogs import LeaseDialog
from desktop.views.on_the_spot import Act
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField
from desktop.views.ticks import TicksField
from desktop.views.versions import Merge

_DAYS = ("signed_on", "moved_in_on", "notice_on")


@dataclass(frozen=True, slots=True)
class Correction:
    """What the dialog gathers."""

    form: Particulars
    since: date | None


class CorrectDialog(LeaseDialog):
    """The facts that carry no money; a fact corrected at another PC is shown beside the typed one."""

    help_topic = "lease.correct"

    def __init__(self, shell: Shell, row: leases.LeaseRow, known: Correctable) -> None:
        super().__init__(shell, row, shell.frame.tr("更正登记"), primary=shell.frame.tr("保存更正"), wide=820)
        self.known = known
        text = self.tr("租金、租期、押金、付款和保证方式连着账单和担保，不在这里改：重新约定后办退租结算，另办入住。")
        self.body.addWidget(label(text, "muted", wrap=True))
        form = self.use_form(3)
        hint = self.tr("居住、办公")
        form.add("purpose", self.tr("用途"), TextField(limit=lease_edits.PURPOSE_LIMIT, hint=hint), required=True)
        for name in _DAYS:
            if getattr(known.now, name) is not None:
                form.add(name, lease_edits.FIELD_WORDS[name], DateField(shell.today), required=True)
        for signer in known.signers:
            basis = TextField(limit=60, hint=self.tr("例如 授权委托书 2026-11"))
            words = self.tr("{who} 签字的依据").format(who=signer.words)
            form.add(f"{BASIS}{signer.row_id.hex}", words, basis, required=signer.must)
        if known.people:
            ticks = TicksField([(each.party_id, each.words, "") for each in known.people], columns=2)
            about = self.tr("没列出的，先在资料页「添加关联人」")
            form.add("living", self.tr("实际居住人"), ticks, span=2, hint=about)
            day = DateField(shell.today, max(shell.today(), known.start))
            form.add("since", self.tr("居住人从哪天起变"), day, hint=self.tr("没变不用管"))
        form.set_values(_values_of(known))
        read = partial(shell.session.read, lease_edits.correctable, row.id)
        self._merge = Merge(shell, self, read, _values_of, self._know, given_up=self._leave_it)
        self.draft = FormDraft(shell, self, "lease.correct", row.id)

    def request(self) -> Correction:
        assert self.form is not None
        typed, now = self.form.values(), self.known.now
        return Correction(
            replace(
                now,
                purpose=typed["purpose"],
                **{name: typed[name] for name in _DAYS if name in typed},
                living=frozenset(typed["living"]) if "living" in typed else now.living,
                bases={row_id: typed[f"{BASIS}{row_id.hex}"] for row_id in now.bases},
            ),
            typed.get("since"),
        )

    def problems(self) -> Mapping[str, str]:
        asked = self.request()
        return lease_edits.correction_problems(asked.form, self.known, asked.since, self.shell.today())

    def doubts(self) -> Mapping[str, str]:
        return lease_edits.correction_doubts(self.request().form, self.known)

    def _store(self, request: Correction) -> None:
        if request.form == self.known.now:
            self.accept()  # nothing to be stored
        else:
            super()._store(request)

    def order(self, request: Correction) -> Act:
        lease_id, shown = self.row.id, self.known.now
        return lambda work: lease_edits.correct_lease(work, lease_id, shown, request.form, request.since)

    def refuse(self, error: Exception) -> None:
        if isinstance(error, RowChanged):
            self._merge.begin(error)
        else:
            super().refuse(error)

    def _know(self, known: Correctable) -> None:
        self.known = known

    def _leave_it(self) -> None:
        """What somebody else wrote stands."""
        self.accept()
        self.shell.toast(self.tr("没有改，留着现在存的"))


def _values_of(known: Correctable) -> dict[str, Any]:
    """What stands in the form for a stored lease."""
    now = known.now
    found: dict[str, Any] = {"purpose": now.purpose}
    found |= {name: getattr(now, name) for name in _DAYS if getattr(now, name) is not None}
    found |= {f"{BASIS}{row_id.hex}": text for row_id, text in now.bases.items()}
    if known.people:
        found["living"] = tuple(each.party_id for each in known.people if each.party_id in now.living)
    return found


class LeaseCorrections(QObject):
    """Corrects the lease a page shows; `record` gives it. Signals: corrected() once stored or taken back."""

    corrected = Signal()

    def __init__(self, shell: Shell, page: QWidget, record: Callable[[], LeaseRecord | None]) -> None:
        super().__init__(page)
        self._shell, self._record = shell, record

    def refusal(self) -> str:
        """Why nothing can be corrected now; "" when it can, by one's own right or a colleague's word."""
        record, shell = self._record(), self._shell
        if record is not None and record.page.row.state in OVER:
            return self.tr("这份租约已经办结，只能查看")
        lent = shell.allowed(Right.USE_DRAFTS) and can_be_lent(Op.CHANGE_LEASE, Right.EDIT_LEASES)
        may = shell.allowed(Right.EDIT_LEASES) or lent
        return "" if may else self.tr("您的角色不能更正租约：请主管登录后办理")

    def edit(self) -> None:
        """Read the facts as they stand and ask."""
        record = self._record()
        if record is not None:
            read = partial(self._shell.session.read, lease_edits.correctable, record.page.row.id)
            self._shell.run(read, partial(self._open, record.page.row))

    def _open(self, row: leases.LeaseRow, known: Correctable) -> None:
        dialog = CorrectDialog(self._shell, row, known)
        dialog.done.connect(self._corrected)
        self._shell.open(dialog)

    def _corrected(self, news: Corrected) -> None:
        self.corrected.emit()
        mine = self._shell.allowed(Right.EDIT_LEASES)  # a colleague's word was for one act
        self._shell.toast(self.tr("租约登记已更正"), partial(self._undo, news) if mine else None)

    def _undo(self, news: Corrected) -> None:
        """A second act writes the old facts back; refused where somebody has corrected them again."""
        act = partial(self._shell.session.act, Op.CHANGE_LEASE, lease_edits.undo_correction, news)
        self._shell.run(act, self._undone, write=True)

    def _undone(self, _news: object) -> None:
        self.corrected.emit()
        self._shell.toast(self.tr("已恢复原来的登记"))
