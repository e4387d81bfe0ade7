"""An identity card as it was typed or read: texts, what they mean, and what the clerk has still to look at.

The tenant and everybody else of a check-in come by such a card; half a number or an impossible date stays as typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from desktop.models.values import DocumentKind, Sex
from desktop.services import party_forms
from desktop.services.identity import LONG_TERM, read_number

FOREVER = "长期"
SEX_WORDS = {"男": Sex.MALE, "女": Sex.FEMALE}
CARD_FIELDS = ("number", "name", "sex", "birth", "ethnicity", "address", "issuer", "valid_from", "valid_to")


@dataclass(slots=True)
class Doubt:
    """Why the clerk must look at a field that was read from a picture, and other readings worth a key."""

    reasons: list[str] = field(default_factory=list)
    suggestions: list[str] = field(default_factory=list)


@dataclass(slots=True)
class TypedCard:
    """A card in a draft, the tenant's or another's: texts as typed, dates ISO where they could be read."""

    kind: DocumentKind = DocumentKind.ID_CARD
    number: str = ""
    name: str = ""
    sex: str = ""
    birth: str = ""
    ethnicity: str = ""
    address: str = ""
    issuer: str = ""
    valid_from: str = ""
    valid_to: str = ""
    how: str = "typed"
    doubts: dict[str, Doubt] = field(default_factory=dict)
    """What was read and not yet confirmed, by field."""
    confirmed: list[str] = field(default_factory=list)
    """Doubtful fields the clerk has answered, for the counts on the page."""
    matched: bool = False
    """The clerk looked at card and person."""
    own_income: bool = False
    """At 16 or 17: lives mainly by their own work, and so signs alone."""
    known_id: UUID | None = None
    """A party with this document is here already."""
    known_name: str = ""
    known_number: str = ""


def day_of(text: str) -> date | None:
    """An ISO date, None for everything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def until_of(text: str) -> date | None:
    """The end of a card's validity; 长期 is LONG_TERM."""
    return LONG_TERM if text == FOREVER else day_of(text)


def document_of(card: TypedCard) -> party_forms.DocumentForm:
    """The identity paper as typed or read."""
    return party_forms.DocumentForm(
        card.kind, card.number, card.address or None, card.issuer or None, day_of(card.valid_from),
        until_of(card.valid_to), card.how,
    )  # fmt: skip


def follow_number(card: TypedCard, today: date) -> None:
    """Fill birth and sex from the number where they are still empty."""
    facts = read_number(card.kind, card.number, today)
    if any(problem.stops for problem in facts.problems):
        return
    if facts.birth is not None and not card.birth:
        card.birth = facts.birth.isoformat()
    if facts.sex is not None and not card.sex:
        card.sex = "男" if facts.sex is Sex.MALE else "女"


def take_reading(card: TypedCard, texts: Mapping[str, str | None], doubts: Mapping[str, Doubt]) -> None:
    """Fill the fields of the sides that were read; each doubtful one waits for a key press of the clerk."""
    card.how = "picture"
    card.kind = DocumentKind.ID_CARD
    for name, text in texts.items():
        if name not in CARD_FIELDS:
            continue
        setattr(card, name, text or "")
        card.doubts.pop(name, None)
        if name in card.confirmed:
            card.confirmed.remove(name)
        if name in doubts:
            card.doubts[name] = doubts[name]


def settle(card: TypedCard, name: str) -> None:
    """The clerk has looked at a doubtful field and answered with a key."""
    if card.doubts.pop(name, None) is not None and name not in card.confirmed:
        card.confirmed.append(name)
