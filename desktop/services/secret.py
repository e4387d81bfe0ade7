"""Secrets in memory, and how a passphrase or a key becomes another key. Knows no file, no table, no screen."""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import dataclass

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
SALT_MIN = 8


class Secret:
    """Bytes that never show themselves: not in a repr, a log line, a traceback or a pickle."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = bytes(value)

    def reveal(self) -> bytes:
        """The bytes themselves; keep them as short as possible."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        raise TypeError("a secret is no dictionary key")

    def __len__(self) -> int:
        return len(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


@dataclass(frozen=True, slots=True)
class Cost:
    """How dear one guess at a passphrase is (argon2id). The default is the only one used for real offices."""

    passes: int = 3
    memory_kib: int = 65_536
    lanes: int = 4

    def __post_init__(self) -> None:
        # The bounds also stop a forged file from asking for all the memory of the PC.
        if not (1 <= self.passes <= 16 and 1 <= self.lanes <= 16 and 8 * self.lanes <= self.memory_kib <= 1_048_576):
            raise ValueError(f"argon2 cost out of bounds: {self}")


FULL_COST = Cost()


def stretch(passphrase: str, salt: bytes, cost: Cost = FULL_COST) -> Secret:
    """A 32-byte key from something a person typed, argon2id; full-width and half-width typing give the same key.

    Raises ValueError for a salt too short to be ours.
    """
    if len(salt) < SALT_MIN:
        raise ValueError("no salt of ours")
    typed = unicodedata.normalize("NFKC", passphrase).encode()
    raw = hash_secret_raw(typed, salt, cost.passes, cost.memory_kib, cost.lanes, KEY_BYTES, Type.ID)
    return Secret(raw)


def subkey(key: Secret, purpose: str, salt: bytes | None = None) -> Secret:
    """A 32-byte key of its own for one purpose, HKDF-SHA256; purposes never share a key."""
    derive = HKDF(hashes.SHA256(), KEY_BYTES, salt=salt, info=purpose.encode())
    return Secret(derive.derive(key.reveal()))
