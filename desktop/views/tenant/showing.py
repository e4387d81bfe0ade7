"""What may stand on the tenant's screen: nothing else is ever given to it, so nothing else can be seen there."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.models.values import NIL, Money


@dataclass(frozen=True, slots=True)
class Blank:
    """The name of the office and nothing of anybody. `thanks`: somebody has just signed or paid."""

    thanks: bool = False


@dataclass(frozen=True, slots=True)
class PaperShown:
    """A paper to read: the notice in its version."""

    title: str
    version: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AmountShown:
    """What is to be paid, and what was given. No name: who stands there knows whose bill it is."""

    due: Money
    given: Money = NIL
    change: Money = NIL
    code: bytes = b""
    """The payment code of the chosen means, PNG or JPEG; empty: none stored, or cash."""
    way: str = ""
    """微信, 支付宝."""
    paid: bool = False


@dataclass(frozen=True, slots=True)
class SignAsked:
    """A paper to sign under."""

    title: str
    lines: tuple[str, ...]


Showing = Blank | PaperShown | AmountShown | SignAsked
