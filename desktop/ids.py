"""Ids made quickly. Python's own constructor tries six spellings first, and an act makes and reads hundreds of ids."""

from __future__ import annotations

from uuid import UUID, SafeUUID

_set_int = UUID.__dict__["int"].__set__
_set_safe = UUID.__dict__["is_safe"].__set__
_UNKNOWN = SafeUUID.unknown


def make_id(number: int) -> UUID:
    """The UUID of a number below 2¹²⁸, as `UUID(int=number)` makes it."""
    made = object.__new__(UUID)
    _set_int(made, number)
    _set_safe(made, _UNKNOWN)
    return made


def id_of_bytes(raw: bytes) -> UUID:
    """The UUID of its 16 bytes, as a database keeps it."""
    made = object.__new__(UUID)
    _set_int(made, int.from_bytes(raw, "big"))  # not through make_id: lists and searches read thousands of them
    _set_safe(made, _UNKNOWN)
    return made


def id_of_hex(text: str) -> UUID:
    """The UUID of its 32 hexadecimal digits, as it travels."""
    return make_id(int(text, 16))
