"""Which form 收据版式 a receipt goes on: the office's version of it, and for a reprint the version of then."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from desktop.models.payments import PrintEvent
from desktop.models.values import Right
from desktop.services import settings, templates
from desktop.services.paper.receipt_form import KEYS, KIND, Layout, ReceiptForm, read_form, shipped
from desktop.services.rights import needs, part
from desktop.services.work import Look


@dataclass(frozen=True, slots=True)
class FormOfOffice:
    """A form as this office has it. `ordinal` 0: as the program brought it, never edited."""

    form: ReceiptForm
    ordinal: int
    template_id: UUID | None


@needs(Right.SEE_BILLS)
def list_forms(look: Look) -> list[FormOfOffice]:
    """Every form in its version of today, the office's usual one first."""
    usual = str(settings.value_of(look, "receipt_paper"))
    return sorted((in_force(look, key) for key in KEYS), key=lambda each: each.form.key != usual)


@needs(Right.SEE_BILLS)
def usual_form(look: Look, key: str = "") -> ReceiptForm:
    """The form with this key, or the office's usual one, in its version of today."""
    return in_force(look, key or str(settings.value_of(look, "receipt_paper"))).form


@needs(Right.EDIT_TEMPLATES)
def form_to_edit(look: Look, key: str) -> FormOfOffice:
    """A form in its version of today, to be edited. KeyError for a form nobody shipped."""
    return in_force(look, key)


@part
def in_force(look: Look, key: str) -> FormOfOffice:
    """A form in its version of today. KeyError for a form nobody shipped."""
    brought = shipped(key)
    found = templates.newest(look, KIND + key)
    return FormOfOffice(brought, 0, None) if found is None else _stored(found)


@part
def for_receipt(look: Look, payment_id: UUID, key: str = "") -> FormOfOffice:
    """The form a receipt goes on now. A reprint is laid out as it was then: by the version that was in force when the
    receipt was printed first. A pre-printed form follows the paper that lies in the tray today.
    """
    key = key or str(settings.value_of(look, "receipt_paper"))
    if shipped(key).layout is Layout.PREPRINTED:
        return in_force(look, key)
    first = look.session.execute(
        sa.select(PrintEvent.created_at, PrintEvent.options)
        .where(PrintEvent.subject_id == payment_id, PrintEvent.paper == "receipt")
        .order_by(PrintEvent.ordinal)
        .limit(1)
    ).one_or_none()
    if first is None:
        return in_force(look, key)
    if first.options.get("form") == key:
        noted = first.options.get("template")
        return by_template(look, key, UUID(hex=noted) if noted else None)
    then = templates.newest_then(look, KIND + key, first.created_at)
    return FormOfOffice(shipped(key), 0, None) if then is None else _stored(then)


@part
def by_template(look: Look, key: str, template_id: UUID | None) -> FormOfOffice:
    """The form a print event or a print job was made with."""
    if template_id is None:
        return FormOfOffice(shipped(key), 0, None)
    from desktop.models.documents import Template

    row = look.get(Template, template_id)
    return FormOfOffice(read_form(row.body), row.ordinal, row.id)


def _stored(text: templates.TemplateText) -> FormOfOffice:
    return FormOfOffice(read_form(text.body), text.ordinal, text.id)
