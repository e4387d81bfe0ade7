"""The recovery code 恢复码: 160 bits on paper that open the office's keys again when every PC is gone.

Printed as nine groups of five: eight groups carry 32 symbols (Crockford's alphabet, 5 bits each), the ninth a checksum
of them all; the fifth symbol of each group checks that group at its place, so a slip is named by its group.
The code makes an X25519 key through argon2id. Keys are wrapped to its public half, so a new data key can be added to
the wrap later without anybody typing the code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from desktop.services.errors import DomainError
from desktop.services.keys import ProjectKeys, WrapBroken
from desktop.services.secret import FULL_COST, KEY_BYTES, Cost, Secret, stretch, subkey
from desktop.world import World

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS = 9
GROUP_LENGTH = 5
CODE_BYTES = 20
ASKED_BACK = 4
SALT_BYTES = 16

_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—―_.,·、，。/|]+")
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


class RecoveryCodeMistyped(DomainError):
    """The code cannot be right as typed. `groups` are the wrong groups (1-based), empty when that cannot be told."""

    def __init__(self, message: str, groups: tuple[int, ...] = ()) -> None:
        super().__init__(message, "recovery_code")
        self.groups = groups


class RecoveryCodeWrong(DomainError):
    """A well-formed code, but of another office, or an older one."""

    def __init__(self) -> None:
        super().__init__(
            "这个恢复码不是这里的（可能属于别的管理处，或已换过新码），请核对纸上的名称和日期。", "recovery_code"
        )


@dataclass(frozen=True, slots=True)
class RecoveryCode:
    """One recovery code; its text appears only through `groups`."""

    raw: Secret

    def __post_init__(self) -> None:
        if len(self.raw) != CODE_BYTES:
            raise ValueError(f"a recovery code has {CODE_BYTES} bytes")

    @property
    def groups(self) -> tuple[str, ...]:
        """The nine groups as printed."""
        symbols = _symbols(self.raw.reveal())
        symbols += _checksum(symbols)
        return tuple(
            (part := symbols[4 * place : 4 * place + 4]) + _check_symbol(part, place + 1) for place in range(GROUPS)
        )

    @classmethod
    def parse(cls, text: str) -> RecoveryCode:
        """The code a person typed: any case, O for 0, I or L for 1, blanks and dashes anywhere.

        Raises RecoveryCodeMistyped, which names the wrong groups where they can be told.
        """
        parts = [part for part in _SEPARATORS.split(_folded(text)) if part]
        joined = "".join(parts)
        if len(joined) != GROUPS * GROUP_LENGTH:
            raise _wrong_length(parts, joined)
        cut = [joined[start : start + GROUP_LENGTH] for start in range(0, len(joined), GROUP_LENGTH)]
        if wrong := tuple(place for place, group in enumerate(cut, 1) if not group_fits(place, group)):
            raise RecoveryCodeMistyped(f"恢复码第 {_listed(wrong)} 组不对，请对照纸上重新输入。", wrong)
        symbols = "".join(group[:-1] for group in cut)
        if _checksum(symbols[:32]) != symbols[32:]:
            raise RecoveryCodeMistyped("恢复码有抄错的地方，但看不出是哪一组，请逐组核对。")
        number = 0
        for symbol in symbols[:32]:
            number = number << 5 | ALPHABET.index(symbol)
        return cls(Secret(number.to_bytes(CODE_BYTES, "big")))


def make_recovery_code(world: World) -> RecoveryCode:
    """A fresh code of 160 random bits."""
    return RecoveryCode(Secret(world.random_bytes(CODE_BYTES)))


def group_fits(place: int, text: str) -> bool:
    """Whether a typed group (1-based place) can be right, while somebody types it."""
    group = _SEPARATORS.sub("", _folded(text))
    known = len(group) == GROUP_LENGTH and all(symbol in ALPHABET for symbol in group)
    return known and _check_symbol(group[:-1], place) == group[-1]


def groups_to_type_back(world: World) -> tuple[int, ...]:
    """Which four groups (1-based, ascending) the first-start wizard asks for, to see that the code was really noted."""
    places = list(range(1, GROUPS + 1))
    # Rejecting the uneven tail keeps every choice equally likely.
    chosen: list[int] = []
    while len(chosen) < ASKED_BACK:
        byte = world.random_bytes(1)[0]
        if byte < 256 - 256 % len(places):
            chosen.append(places.pop(byte % len(places)))
    return tuple(sorted(chosen))


def wrong_groups(code: RecoveryCode, typed: Mapping[int, str]) -> tuple[int, ...]:
    """Of the groups typed back (place → text), those that are not what the paper says."""
    printed = code.groups
    return tuple(
        place
        for place, text in sorted(typed.items())
        if not hmac.compare_digest(_SEPARATORS.sub("", _folded(text)).encode(), printed[place - 1].encode())
    )


def wrap_by_recovery_code(world: World, keys: ProjectKeys, code: RecoveryCode, cost: Cost = FULL_COST) -> bytes:
    """The project's keys, opened by the code alone; about a kilobyte to keep in the database and in every backup."""
    salt = world.random_bytes(SALT_BYTES)
    public = _private(code, salt, cost).public_key().public_bytes_raw()
    return _wrapped(keys, _Lock(keys.project_id, salt, cost, public))


def rewrap_for_recovery(wrapped: bytes, keys: ProjectKeys) -> bytes:
    """The same code, wrapping the keys of today (after a new data key). Raises WrapBroken for a foreign lock.

    Without that check whoever can write into the database could put in a lock of his own and be handed the keys.
    """
    stored = _read(wrapped)
    if not stored.proven_by(keys):
        raise WrapBroken
    return _wrapped(keys, stored.lock)


def wrap_holds(wrapped: bytes, keys: ProjectKeys) -> bool:
    """Whether the code would give back exactly these keys; seen without it, so a backup can refuse an old wrap."""
    stored = _read(wrapped)
    return stored.proven_by(keys) and stored.fingerprints == keys.fingerprints()


def unwrap_by_recovery_code(wrapped: bytes, code: RecoveryCode) -> ProjectKeys:
    """The project's keys. Raises RecoveryCodeWrong for another code, WrapBroken when the wrap was altered."""
    stored = _read(wrapped)
    private = _private(code, stored.lock.salt, stored.lock.cost)
    if private.public_key().public_bytes_raw() != stored.lock.public:
        raise RecoveryCodeWrong
    try:
        keys = ProjectKeys.load(Secret(_HPKE.decrypt(stored.sealed, private, info=stored.lock.text())))
    except (InvalidTag, ValueError) as trouble:
        raise WrapBroken from trouble
    if not stored.proven_by(keys):
        raise WrapBroken
    return keys


@dataclass(frozen=True, slots=True)
class _Lock:
    """The public half of a recovery code: how the code becomes a key, and the key to which secrets are wrapped."""

    project_id: UUID
    salt: bytes
    cost: Cost
    public: bytes

    def text(self) -> bytes:
        cost = f"{self.cost.passes},{self.cost.memory_kib},{self.cost.lanes}"
        return f"anju-desk recovery v1|{self.project_id}|{self.salt.hex()}|{cost}|{self.public.hex()}".encode()


@dataclass(frozen=True, slots=True)
class _Wrap:
    """A lock, the keys sealed to it, whose fingerprints, and the proof that a holder of these keys made it."""

    lock: _Lock
    fingerprints: Mapping[str, str]
    sealed: bytes
    mac: bytes

    def proven_by(self, keys: ProjectKeys) -> bool:
        expected = _mac(keys, self.lock, self.fingerprints, self.sealed)
        return self.lock.project_id == keys.project_id and hmac.compare_digest(expected, self.mac)


def _wrapped(keys: ProjectKeys, lock: _Lock) -> bytes:
    fingerprints = keys.fingerprints()
    sealed = _HPKE.encrypt(keys.dump().reveal(), X25519PublicKey.from_public_bytes(lock.public), info=lock.text())
    stored = {
        "v": 1,
        "project": str(lock.project_id),
        "salt": lock.salt.hex(),
        "cost": [lock.cost.passes, lock.cost.memory_kib, lock.cost.lanes],
        "public": lock.public.hex(),
        "fingerprints": fingerprints,
        "mac": _mac(keys, lock, fingerprints, sealed).hex(),
        "sealed": base64.b64encode(sealed).decode("ascii"),
    }
    return json.dumps(stored).encode()


def _read(wrapped: bytes) -> _Wrap:
    """The wrap as stored, not proven yet. Raises WrapBroken."""
    try:
        stored = json.loads(wrapped)
        if stored["v"] != 1:
            raise WrapBroken
        passes, memory_kib, lanes = stored["cost"]
        public, salt = bytes.fromhex(stored["public"]), bytes.fromhex(stored["salt"])
        if len(public) != KEY_BYTES or len(salt) != SALT_BYTES:
            raise WrapBroken
        lock = _Lock(UUID(stored["project"]), salt, Cost(passes, memory_kib, lanes), public)
        fingerprints = {str(name): str(shown) for name, shown in stored["fingerprints"].items()}
        sealed = base64.b64decode(stored["sealed"], validate=True)
        return _Wrap(lock, fingerprints, sealed, bytes.fromhex(stored["mac"]))
    except (KeyError, TypeError, ValueError, AttributeError) as trouble:
        raise WrapBroken from trouble


def _mac(keys: ProjectKeys, lock: _Lock, fingerprints: Mapping[str, str], sealed: bytes) -> bytes:
    proven = lock.text() + json.dumps(fingerprints, sort_keys=True).encode() + sealed
    return hmac.digest(subkey(keys.backup, "anju-desk recovery wrap v1").reveal(), proven, "sha256")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper().translate(_LOOKALIKES)


def _wrong_length(parts: list[str], joined: str) -> RecoveryCodeMistyped:
    """The groups to blame when symbols are missing or too many."""
    if len(parts) == GROUPS:
        wrong = tuple(place for place, part in enumerate(parts, 1) if not group_fits(place, part))
        return RecoveryCodeMistyped(
            f"恢复码第 {_listed(wrong)} 组不对（每组 {GROUP_LENGTH} 个字符），请重新输入。", wrong
        )
    first = 1
    while first < GROUPS and group_fits(first, joined[GROUP_LENGTH * (first - 1) : GROUP_LENGTH * first]):
        first += 1
    wanted = f"恢复码共 {GROUPS} 组 {GROUPS * GROUP_LENGTH} 个字符，现在是 {len(joined)} 个"
    return RecoveryCodeMistyped(f"{wanted}，请从第 {first} 组查起。", (first,))


def _listed(places: tuple[int, ...]) -> str:
    return "、".join(map(str, places))


def _symbols(raw: bytes) -> str:
    number = int.from_bytes(raw, "big")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(len(raw) * 8 - 5, -1, -5))


def _checksum(symbols: str) -> str:
    """Four symbols (20 bits) over the whole code."""
    digest = hashlib.sha256(b"anju-desk recovery code v1|" + symbols.encode()).digest()
    return _symbols(digest[:5])[:4]


def _check_symbol(part: str, place: int) -> str:
    """One symbol over GF(32) that notices any wrong symbol, any two swapped, and the group at another place."""
    value = 0
    for symbol in part:
        value = _double(value ^ ALPHABET.index(symbol))
    return ALPHABET[value ^ place]


def _double(value: int) -> int:
    """Times x in GF(32), modulus x⁵ + x² + 1."""
    value <<= 1
    return value ^ 0b100101 if value & 32 else value


def _private(code: RecoveryCode, salt: bytes, cost: Cost) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(stretch(_symbols(code.raw.reveal()), salt, cost).reveal())
