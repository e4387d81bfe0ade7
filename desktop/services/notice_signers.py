"""Who signs the notice of a check-in: the person at the desk, or the guardian of a minor."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from desktop.models.parties import Party
from desktop.services import capacity, check_in_forms
from desktop.services.check_in_people import PersonForm, Role
from desktop.services.errors import DomainError
from desktop.services.names import normalise_name
from desktop.services.rights import part
from desktop.services.signers import Capacity, Signer, signer_words
from desktop.services.work import Look


def notice_words(form: check_in_forms.CheckIn, name: str, today: date) -> str:
    """Who signs the notice of a check-in that is not stored yet: the person at the desk called `name`, or the guardian
    of a minor."""
    guardian, name = _guardian(form, today), _stored(name)
    if guardian is None:
        return signer_words(name, Capacity.SELF, name)
    return signer_words(_stored(guardian.party.name), Capacity.GUARDIAN, name, guardian.relation.strip())


def _stored(name: str) -> str:
    """A name as it will be stored, or as typed while it is none yet."""
    try:
        return normalise_name(name)
    except DomainError:
        return name.strip()


@part
def of_notice(look: Look, form: check_in_forms.CheckIn, signer_id: UUID, guardian_id: UUID | None) -> Signer:
    """The same once everybody is stored."""
    name, guardian = look.get(Party, signer_id).name, _guardian(form, look.world.today())
    if guardian is None or guardian_id is None:
        return Signer(signer_id, name, Capacity.SELF, name)
    other = look.get(Party, guardian_id).name
    return Signer(guardian_id, other, Capacity.GUARDIAN, name, guardian.relation.strip())


def _guardian(form: check_in_forms.CheckIn, today: date) -> PersonForm | None:
    minor = form.company is None and capacity.is_minor(check_in_forms.signer_of(form, today).birth, today)
    return next((each for each in form.people if each.role is Role.GUARDIAN), None) if minor else None
