"""Dialogs about one party: correcting it, somebody related, the account for refunds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox

from desktop.models.values import ContactKind, PartyKind
from desktop.services import parties, party_edits, party_page
from desktop.services.acts import Op
from desktop.services.errors import RowChanged
from desktop.services.party_edits import PartyChanged, PartyEdit, RelationForm
from desktop.services.party_forms import BankForm, EmergencyForm
from desktop.services.party_page import PartyPage
from desktop.views.dialogs import Dialog
from desktop.views.fields import ChoiceField, IdNumberField, NoteField, PhoneField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import set_property
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField
from desktop.views.versions import FieldVersions, VersionsDialog

_TELEPHONES = frozenset(parties.PHONE_KINDS)


def masked_of(page: PartyPage) -> dict[str, str]:
    """What stands now, by field of the edit dialog; numbers and addresses masked."""
    phones = [c.value.text for c in page.contacts if c.kind in _TELEPHONES and c.preferred]
    phones += [c.value.text for c in page.contacts if c.kind in _TELEPHONES and not c.preferred]
    homes = [c.value.text for c in page.contacts if c.kind is ContactKind.HOME_ADDRESS]
    near = emergency_of(page)
    return {
        "name": page.name,
        "occupation": page.occupation or "",
        "note": page.note or "",
        "phone": phones[0] if phones else "",
        "home_address": homes[-1] if homes else "",
        "emergency": f"{near.name}（{near.words}）" if near is not None else "",
    }


def accounts_of(page: PartyPage) -> frozenset[UUID]:
    """The accounts for refunds that stand on the page."""
    return frozenset(bank.number.row_id for bank in page.banks)


def emergency_of(page: PartyPage) -> party_page.RelationRow | None:
    """The emergency contact, the latest when there are several."""
    return next((row for row in reversed(page.relations) if row.kind == "emergency"), None)


class EditPartyDialog(Dialog):
    """编辑资料. Signals: saved(PartyChanged). When somebody saved first, both versions are shown, field by field.

    Numbers and addresses are not shown in clear to be edited: an empty field keeps what is stored.
    """

    help_topic = "party.edit"

    saved = Signal(object)

    def __init__(self, shell: Shell, page: PartyPage) -> None:
        super().__init__(shell.frame, self.tr("编辑资料"), subtitle=page.number, primary=self.tr("保存资料"))
        self._shell, self._page = shell, page
        now, near = masked_of(page), emergency_of(page)
        form = self.use_form(2)
        organisation = page.kind is PartyKind.ORGANISATION
        name = self.tr("单位名称") if organisation else self.tr("姓名")
        form.add("name", name, TextField(page.name, limit=60), required=True)
        trade = self.tr("行业") if organisation else self.tr("职业")
        form.add("occupation", trade, TextField(page.occupation or "", limit=60))
        keep = self.tr("现在 {value}，不改就留空")
        phone = keep.format(value=now["phone"]) if now["phone"] else ""
        form.add("phone", self.tr("换常用电话"), PhoneField(), note=phone)
        home = keep.format(value=now["home_address"]) if now["home_address"] else ""
        form.add("home_address", self.tr("换家庭住址"), TextField(limit=120), note=home)
        form.add("emergency.name", self.tr("紧急联系人"), TextField(near.name if near else "", limit=40))
        form.add("emergency.relation", self.tr("关系"), TextField(near.words if near else "", limit=20))
        other = near.phones[0].text if near is not None and near.phones else ""
        note = keep.format(value=other) if other else ""
        form.add("emergency.phone", self.tr("紧急联系人电话"), PhoneField(), note=note)
        form.add("note", self.tr("备注"), NoteField(page.note or "", lines=1, hint=self.tr("不写证件号和电话")))
        self.draft = FormDraft(shell, self, "party.edit", page.id)
        self.submitted.connect(self._store)

    def open(self) -> None:
        super().open()
        assert self.form is not None
        self.form.field("phone").setFocus()  # what changes most; a name changes only with the document

    def problems(self) -> Mapping[str, str]:
        near = emergency_of(self._page)
        company = self._page.kind is PartyKind.ORGANISATION
        return party_edits.edit_problems(self.request(), near.name if near is not None else "", company)

    def request(self) -> PartyEdit:
        assert self.form is not None
        values = self.form.values()
        near = emergency_of(self._page)
        known = EmergencyForm(near.name, near.words, "") if near is not None else EmergencyForm("", "", "")
        typed = EmergencyForm(values["emergency.name"], values["emergency.relation"], values["emergency.phone"])
        return PartyEdit(
            values["name"], values["occupation"] or None, values["note"] or None, values["phone"] or None,
            values["home_address"] or None, typed if typed != known else None,
        )  # fmt: skip

    def _store(self, edit: PartyEdit, version: int | None = None) -> None:
        self.set_busy(True)
        act = self._shell.session.act
        wanted = self._page.version if version is None else version
        self._shell.run(
            partial(act, Op.CHANGE_PARTY, party_edits.change_party, self._page.id, wanted, edit),
            self._stored,
            partial(self._refused, edit),
            write=True,
        )

    def _stored(self, changed: PartyChanged) -> None:
        self.accept()
        self.saved.emit(changed)

    def _refused(self, edit: PartyEdit, error: Exception) -> None:
        self.set_busy(False)
        if isinstance(error, RowChanged):
            # Read again instead of taking what the error brought: it may have been changed once more meanwhile.
            read = partial(self._shell.session.read, party_page.party_page, self._page.id)
            self._shell.run(read, partial(self._compare, edit, error), self.refuse)
        else:
            self.refuse(error)

    def _compare(self, edit: PartyEdit, error: RowChanged, fresh: PartyPage) -> None:
        rows = differing(self._page, fresh, edit, error.by)
        if not rows:  # both wrote the same
            self._store(edit, fresh.version)
            return
        dialog = VersionsDialog(self._shell.frame, error.message, rows)
        dialog.decided.connect(partial(self._decided, edit, fresh))
        dialog.open()

    def _decided(self, edit: PartyEdit, fresh: PartyPage, mine: frozenset[str]) -> None:
        merged = merge(fresh, edit, mine)
        self._page = fresh
        assert self.form is not None
        # What was chosen stands in the form: refused once more, nothing old may slip back with the next press.
        self.form.set_values(
            {
                "name": merged.name,
                "occupation": merged.occupation or "",
                "note": merged.note or "",
                "phone": merged.phone or "",
                "home_address": merged.home_address or "",
            }
        )
        if merged.emergency is None:
            near = emergency_of(fresh)
            self.form.set_values(
                {
                    "emergency.name": near.name if near is not None else "",
                    "emergency.relation": near.words if near is not None else "",
                    "emergency.phone": "",
                }
            )
        self._store(merged, fresh.version)


_FIELD_WORDS = {
    "name": "姓名", "occupation": "职业", "note": "备注", "phone": "常用电话", "home_address": "家庭住址",
    "emergency": "紧急联系人",
}  # fmt: skip


def differing(base: PartyPage, fresh: PartyPage, edit: PartyEdit, by: Mapping[str, str]) -> list[FieldVersions]:
    """The fields in which what is stored now and what was typed here are not the same."""
    before, theirs = masked_of(base), masked_of(fresh)
    typed: dict[str, str | None] = {
        "name": edit.name.strip(),
        "occupation": edit.occupation or "",
        "note": edit.note or "",
        "phone": edit.phone,
        "home_address": edit.home_address,
        "emergency": f"{edit.emergency.name}（{edit.emergency.relation}）" if edit.emergency is not None else None,
    }
    rows = []
    for name, yours in typed.items():
        if yours is not None and yours != theirs[name]:
            mine, who = yours != before[name], by.get(name, "")
            rows.append(FieldVersions(name, _FIELD_WORDS[name], theirs[name], yours, mine, who))
    return rows


def merge(fresh: PartyPage, edit: PartyEdit, mine: frozenset[str]) -> PartyEdit:
    """What is to be stored once the clerk has chosen: their own side for the fields in `mine`, else what stands."""
    return replace(
        edit,
        name=edit.name if "name" in mine else fresh.name,
        occupation=edit.occupation if "occupation" in mine else fresh.occupation,
        note=edit.note if "note" in mine else fresh.note,
        phone=edit.phone if "phone" in mine else None,
        home_address=edit.home_address if "home_address" in mine else None,
        emergency=edit.emergency if "emergency" in mine else None,
    )


class RelationDialog(Dialog):
    """添加关联人: who else there is, and what they are to the party. Signals: saved(name)."""

    help_topic = "party.relation"

    saved = Signal(str)

    def __init__(self, shell: Shell, page: PartyPage) -> None:
        super().__init__(shell.frame, self.tr("添加关联人"), subtitle=page.name, primary=self.tr("保存"), wide=640)
        self._shell, self._page = shell, page
        organisation = page.kind is PartyKind.ORGANISATION
        first = "legal_person" if organisation else "household"
        kinds = [(kind, words) for kind, words in party_edits.RELATION_WORDS.items() if kind != "emergency"]
        form = self.use_form(2)
        form.add("kind", self.tr("是什么人"), ChoiceField(kinds, first))
        form.add("name", self.tr("姓名"), TextField(limit=40), required=True)
        hint = self.tr("法定代表人、经办") if organisation else self.tr("配偶、合租、父亲")
        form.add("words", self.tr("关系"), TextField(limit=20, hint=hint), required=True)
        form.add("phone", self.tr("电话"), PhoneField(), hint=self.tr("没有就留空"))
        self.draft = FormDraft(shell, self, "party.relation", page.id)
        self.submitted.connect(self._store)

    def problems(self) -> Mapping[str, str]:
        return party_edits.relation_problems(self.request())

    def request(self) -> RelationForm:
        assert self.form is not None
        values = self.form.values()
        return RelationForm(values["kind"], values["name"], values["words"], values["phone"])

    def _store(self, form: RelationForm) -> None:
        self.set_busy(True)
        act = partial(self._shell.session.act, Op.CHANGE_PARTY, party_edits.add_relation, self._page.id, form)
        self._shell.run(act, partial(self._stored, form.name), self.refuse, write=True)

    def _stored(self, name: str, _other_id: object) -> None:
        self.accept()
        self.saved.emit(name)


@dataclass(frozen=True, slots=True)
class _BankOrder:
    form: BankForm
    consented: bool


class ConsentField(QCheckBox):
    """A tick that is a form field: a consent is asked for by itself, never ticked beforehand. Signals: changed()."""

    changed = Signal()

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.toggled.connect(self._tell)

    def value(self) -> bool:
        return self.isChecked()

    def set_value(self, value: bool) -> None:
        self.setChecked(value)

    def problem(self) -> str:
        return ""

    def set_state(self, state: str) -> None:
        set_property(self, "state", state)

    def _tell(self) -> None:
        self.changed.emit()


class BankDialog(Dialog):
    """登记退款账户, with the separate consent to it. Signals: saved()."""

    help_topic = "party.bank"

    saved = Signal()

    def __init__(self, shell: Shell, page: PartyPage) -> None:
        super().__init__(
            shell.frame, self.tr("登记退款账户"), subtitle=page.name, primary=self.tr("保存账户"), wide=640
        )
        self._shell, self._page = shell, page
        form = self.use_form(2)
        form.add("bank", self.tr("开户银行"), TextField(limit=60), required=True)
        form.add("number", self.tr("账号"), IdNumberField(), required=True)
        form.add("holder", self.tr("开户人"), TextField(page.name, limit=60), required=True)
        words = self.tr("已单独告知用途（退押金和多收款），本人同意保存")
        form.add("consent", self.tr("单独同意"), ConsentField(words), required=True, span=2)
        self.draft = FormDraft(shell, self, "party.bank", page.id)
        self.submitted.connect(self._store)

    def _organisation(self) -> bool:
        return self._page.kind is PartyKind.ORGANISATION

    def problems(self) -> Mapping[str, str]:
        order = self.request()
        return party_edits.bank_problems(order.form, self._organisation(), order.consented)

    def doubts(self) -> Mapping[str, str]:
        order = self.request()
        if not order.form.number:
            return {}
        found = party_edits.bank_doubts(order.form, self._organisation())
        if order.form.holder.strip() != self._page.name:
            found["holder"] = self.tr("开户人不是本人：退款时要有本人签字的委托书")
        return found

    def request(self) -> _BankOrder:
        assert self.form is not None
        values = self.form.values()
        return _BankOrder(BankForm(values["bank"], values["number"], values["holder"]), values["consent"])

    def _store(self, order: _BankOrder) -> None:
        self.set_busy(True)
        act, known = self._shell.session.act, accounts_of(self._page)
        self._shell.run(
            partial(act, Op.CHANGE_PARTY, party_edits.set_bank, self._page.id, order.form, order.consented, known),
            self._stored,
            partial(self._refused, order),
            write=True,
        )

    def _refused(self, order: _BankOrder, error: Exception) -> None:
        if not isinstance(error, RowChanged):
            self.refuse(error)
            return
        self.set_busy(False)
        read = partial(self._shell.session.read, party_page.party_page, self._page.id)
        self._shell.run(read, partial(self._compare, order, error), self.refuse)

    def _compare(self, order: _BankOrder, error: RowChanged, fresh: PartyPage) -> None:
        """Somebody else has registered or taken back an account meanwhile: one of the two is kept."""
        row = FieldVersions("account", self.tr("退款账户"), error.theirs["account"], error.yours["account"], mine=True)
        dialog = VersionsDialog(self._shell.frame, error.message, [row])
        dialog.decided.connect(partial(self._decided, order, fresh))
        self._shell.open(dialog)

    def _decided(self, order: _BankOrder, fresh: PartyPage, mine: frozenset[str]) -> None:
        if not mine:
            self.cancel()
            return
        self._page = fresh
        self._store(order)

    def _stored(self, _result: object) -> None:
        self.accept()
        self.saved.emit()
