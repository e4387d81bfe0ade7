"""The vault: the project's keys in memory, and everything the office seals, finds, signs and hands on with them.

A field is sealed as `key id(4) ‖ nonce(12) ‖ ciphertext ‖ tag(16)`, AES-256-GCM, bound to its project, table, column
and row, so a ciphertext copied to another place does not open there. Files have a random key each, wrapped by the data
key: forgetting the wrapped key erases the file everywhere.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from desktop.services.device_key import DeviceKeys
from desktop.services.errors import DomainError
from desktop.services.secret import FULL_COST, KEY_BYTES, Cost, Secret, stretch
from desktop.world import World

__all__ = [
    "BlindField",
    "ProjectKeys",
    "SealBroken",
    "Secret",
    "UnknownKeyVersion",
    "Vault",
    "WrapBroken",
    "add_data_key",
    "device_fingerprint",
    "new_project_keys",
    "normalised",
    "unwrap_for_device",
    "verify",
    "wrap_for_device",
]

KID_BYTES = 4
NONCE_BYTES = 12
TAIL = 4
ACT_PREFIX = b"anju-desk act v1\0"

_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class SealBroken(DomainError):
    """A sealed value does not open here: altered, or moved from another row, column, table or project."""

    def __init__(self, place: str, row_id: UUID | None = None, message: str | None = None) -> None:
        super().__init__(message or "有一项加密内容打不开：它被改动过，或是从别处搬来的。请管理员运行“体检”。")
        self.place = place
        self.row_id = row_id


class UnknownKeyVersion(SealBroken):
    """Sealed with a data key this PC has not received yet; `kid` is its number."""

    def __init__(self, place: str, row_id: UUID | None, kid: int) -> None:
        missing = f"这项内容用的是第 {kid} 版密钥，本机还没有。"
        super().__init__(place, row_id, f"{missing}请管理员在另一台电脑上批准本机取得新密钥。")
        self.kid = kid


class WrapBroken(DomainError):
    """Wrapped project keys do not open: meant for another device or project, or altered."""

    def __init__(self) -> None:
        super().__init__("管理处密钥打不开：它不是发给本机的，或已被改动。请让管理员重新批准本机。")


class BlindField(StrEnum):
    """What can be looked up by equality while it stays encrypted."""

    ID_NUMBER = "id_number"
    DOCUMENT_NUMBER = "document_number"
    PHONE = "phone"
    BANK_ACCOUNT = "bank_account"


_NOT_DIGIT = re.compile(r"\D")
_NOT_ALNUM = re.compile(r"[\W_]")
_MOBILE = re.compile(r"(?:86)?0?(1[3-9]\d{9})")


def _phone(text: str) -> str:
    digits = _NOT_DIGIT.sub("", text)
    abroad = text.lstrip(" (").startswith("+")
    if digits.startswith("00") and len(digits) > 10:
        # 0086 alone may be the last four digits somebody looks for: only a whole number loses its prefix.
        digits, abroad = digits[2:], True
    if (mobile := _MOBILE.fullmatch(digits)) and (digits.startswith("86") or not abroad):
        return mobile[1]
    if abroad and digits.startswith("86"):
        return "0" + digits[2:].removeprefix("0")
    return f"+{digits}" if abroad else digits


def _letters_and_digits(text: str) -> str:
    return _NOT_ALNUM.sub("", text).upper()


_NORMALISERS: Mapping[BlindField, Callable[[str], str]] = {
    BlindField.ID_NUMBER: _letters_and_digits,
    BlindField.DOCUMENT_NUMBER: _letters_and_digits,
    BlindField.PHONE: _phone,
    BlindField.BANK_ACCOUNT: _letters_and_digits,
}


def normalised(field: BlindField, text: str) -> str:
    """The form in which two spellings of one number are equal: NFKC, no blanks and dashes, upper-case X, +86 gone."""
    return _NORMALISERS[BlindField(field)](unicodedata.normalize("NFKC", text))


@dataclass(frozen=True, slots=True)
class ProjectKeys:
    """All keys of one project. `data` maps key id (1, 2, …) to the data key; the highest seals, all open."""

    project_id: UUID
    data: Mapping[int, Secret]
    blind: Secret
    audit: Secret
    backup: Secret

    def __post_init__(self) -> None:
        if not self.data or min(self.data) < 1 or max(self.data) >= 1 << 32:
            raise ValueError("data keys are numbered from 1")
        object.__setattr__(self, "data", MappingProxyType(dict(self.data)))

    @property
    def current(self) -> int:
        """The key id that seals now."""
        return max(self.data)

    def fingerprints(self) -> dict[str, str]:
        """16 hex digits per key, to see whether two PCs or a backup hold the same keys; says nothing about the keys."""
        named = {"blind": self.blind, "audit": self.audit, "backup": self.backup}
        named |= {f"data-{kid}": key for kid, key in sorted(self.data.items())}
        context = f"anju-desk fingerprint v1|{self.project_id}"
        return {
            name: hmac.digest(key.reveal(), f"{context}|{name}".encode(), "sha256").hex()[:16]
            for name, key in named.items()
        }

    def dump(self) -> Secret:
        """The keys as bytes, only to be wrapped."""
        stored = {
            "v": 1,
            "project": str(self.project_id),
            "data": {str(kid): _b64(key) for kid, key in self.data.items()},
            "blind": _b64(self.blind),
            "audit": _b64(self.audit),
            "backup": _b64(self.backup),
        }
        return Secret(json.dumps(stored).encode())

    @classmethod
    def load(cls, raw: Secret) -> ProjectKeys:
        """The keys from `dump`. Raises ValueError."""
        try:
            stored = json.loads(raw.reveal())
            if stored["v"] != 1:
                raise ValueError("keys of an unknown format")
            data = {int(kid): _key(text) for kid, text in stored["data"].items()}
            rest = {name: _key(stored[name]) for name in ("blind", "audit", "backup")}
            return cls(UUID(stored["project"]), data, **rest)
        except (KeyError, TypeError, AttributeError) as trouble:
            raise ValueError("not project keys") from trouble


def new_project_keys(world: World, project_id: UUID) -> ProjectKeys:
    """Fresh keys for a new project, data key number 1."""
    data, blind, audit, backup = (Secret(world.random_bytes(KEY_BYTES)) for _ in range(4))
    return ProjectKeys(project_id, {1: data}, blind, audit, backup)


def add_data_key(world: World, keys: ProjectKeys) -> ProjectKeys:
    """The keys with one data key more, which seals from now on; old values still open."""
    return replace(keys, data={**keys.data, keys.current + 1: Secret(world.random_bytes(KEY_BYTES))})


class Vault:
    """The keys at work in one running program. Safe to use from several threads."""

    def __init__(self, project_keys: ProjectKeys, device_keys: DeviceKeys, world: World) -> None:
        self.project_id = project_keys.project_id
        self.device_id = device_keys.device_id
        self._project = str(self.project_id)  # worked out once: a search opens dozens of numbers at a keystroke
        self.keys = project_keys
        self.device = device_keys
        self._world = world
        self._kid = project_keys.current
        self._ciphers = {kid: AESGCM(key.reveal()) for kid, key in project_keys.data.items()}
        self._blind = {
            (field, kind): hmac.new(project_keys.blind.reveal(), f"{field}|{kind}".encode(), "sha256")
            for field in BlindField
            for kind in ("", "tail|")
        }

    def __repr__(self) -> str:
        return f"Vault(project {self.project_id}, device {self.device_id})"

    # fields

    def seal(self, table: str, column: str, row_id: UUID, text: str) -> bytes:
        """The encrypted form of one field of one row."""
        return self.seal_many(table, column, ((row_id, text),))[0]

    def seal_many(self, table: str, column: str, rows: Iterable[tuple[UUID, str]]) -> list[bytes]:
        """`seal` for a whole column of an import: one cipher, one draw of randomness."""
        rows = list(rows)
        prefix, suffix = _place(self._project, table, column), f"|{self._kid}"
        kid, encrypt = self._kid.to_bytes(KID_BYTES, "big"), self._ciphers[self._kid].encrypt
        block = self._world.random_bytes(NONCE_BYTES * len(rows))
        sealed = []
        for start, (row_id, text) in zip(range(0, len(block), NONCE_BYTES), rows, strict=True):
            nonce = block[start : start + NONCE_BYTES]
            sealed.append(kid + nonce + encrypt(nonce, text.encode(), f"{prefix}{row_id}{suffix}".encode()))
        return sealed

    def open(self, table: str, column: str, row_id: UUID, sealed: bytes) -> str:
        """The field in clear. Raises SealBroken when it was altered or belongs elsewhere, UnknownKeyVersion."""
        prefix = _place(self._project, table, column)
        kid, cipher = self._cipher(sealed, f"{table}.{column}", row_id)
        body = sealed[KID_BYTES:]
        try:
            raw = cipher.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], f"{prefix}{row_id}|{kid}".encode())
        except (InvalidTag, ValueError) as trouble:
            raise SealBroken(f"{table}.{column}", row_id) from trouble
        return raw.decode()

    def is_current(self, sealed: bytes) -> bool:
        """Whether a sealed value already uses the newest data key."""
        return sealed[:KID_BYTES] == self._kid.to_bytes(KID_BYTES, "big")

    # looking up what is encrypted

    def blind(self, field: BlindField, text: str) -> bytes:
        """32 bytes equal for equal numbers of this project, however typed. Raises ValueError when none is left."""
        return self.blind_many(field, (text,))[0]

    def blind_many(self, field: BlindField, texts: Iterable[str]) -> list[bytes]:
        """`blind` for a whole column: the keyed state is copied, not set up again."""
        state, normalise = self._blind[BlindField(field), ""], _NORMALISERS[BlindField(field)]
        indexes = []
        for text in texts:
            number = normalise(unicodedata.normalize("NFKC", text))
            if not number:
                raise ValueError(f"no {field} to index")
            own = state.copy()
            own.update(number.encode())
            indexes.append(own.digest())
        return indexes

    def blind_tail(self, field: BlindField, text: str) -> bytes:
        """2 bytes for the last four characters. Others share them: re-check after opening. Raises ValueError."""
        number = normalised(field, text)
        if len(number) < TAIL:
            raise ValueError(f"a tail of {field} has {TAIL} characters")
        own = self._blind[BlindField(field), "tail|"].copy()
        own.update(number[-TAIL:].encode())
        return own.digest()[:2]

    # proof

    def keyed_pin(self, staff_id: UUID, pin: str) -> str:
        """What is hashed in place of a PIN: six digits alone are soon tried through, with this key they are not."""
        context = f"anju-desk pin v1|{self.project_id}|{staff_id}|{unicodedata.normalize('NFKC', pin)}"
        return hmac.digest(self.keys.blind.reveal(), context.encode(), "sha256").hex()

    def audit_mac(self, digest: bytes) -> bytes:
        """32 bytes that only a holder of the project's audit key can make for this link of the audit chain."""
        return hmac.digest(self.keys.audit.reveal(), digest, "sha256")

    def vouch(self, device_id: UUID, signing_key: bytes, wrapping_key: bytes) -> bytes:
        """32 bytes that only a holder of the project's keys can make: this PC and its keys belong to the project."""
        said = b"|".join((b"anju-desk device v1", device_id.bytes, signing_key, wrapping_key))
        return hmac.digest(self.keys.audit.reveal(), said, "sha256")

    def sign(self, digest: bytes) -> bytes:
        """This device's 64-byte signature under an act; anybody checks it with `verify`."""
        return self.device.sign(ACT_PREFIX + digest)

    # files

    def seal_file(self, data: bytes) -> tuple[bytes, bytes]:
        """(wrapped file key, ciphertext). Destroying the wrapped key erases the file wherever copies of it lie."""
        file_key = self._world.random_bytes(KEY_BYTES)
        nonce = self._world.random_bytes(NONCE_BYTES)
        ciphertext = nonce + AESGCM(file_key).encrypt(nonce, data, b"anju-desk file v1")
        kid, nonce = self._kid, self._world.random_bytes(NONCE_BYTES)
        wrapped = self._ciphers[kid].encrypt(nonce, file_key, self._file_aad(ciphertext, kid))
        return kid.to_bytes(KID_BYTES, "big") + nonce + wrapped, ciphertext

    def open_file(self, wrapped: bytes, ciphertext: bytes) -> bytes:
        """The file in clear. Raises SealBroken when key and ciphertext do not belong together or were altered."""
        kid, cipher = self._cipher(wrapped, "file", None)
        body = wrapped[KID_BYTES:]
        try:
            file_key = cipher.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], self._file_aad(ciphertext, kid))
            return AESGCM(file_key).decrypt(ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:], b"anju-desk file v1")
        except (InvalidTag, ValueError) as trouble:
            raise SealBroken("file") from trouble

    def _file_aad(self, ciphertext: bytes, kid: int) -> bytes:
        return f"v1|{self.project_id}|file|{hashlib.sha256(ciphertext).hexdigest()}|{kid}".encode()

    def _cipher(self, sealed: bytes, place: str, row_id: UUID | None) -> tuple[int, AESGCM]:
        if len(sealed) < KID_BYTES:
            raise SealBroken(place, row_id)
        kid = int.from_bytes(sealed[:KID_BYTES], "big")
        if kid not in self._ciphers:
            raise UnknownKeyVersion(place, row_id, kid)
        return kid, self._ciphers[kid]


def verify(public_key: bytes, digest: bytes, signature: bytes) -> bool:
    """Whether the device with this Ed25519 public key signed the act's digest."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, ACT_PREFIX + digest)
    except (InvalidSignature, ValueError):
        return False
    return True


def wrap_for_device(keys: ProjectKeys, x25519_public: bytes) -> bytes:
    """The project's keys for one device alone (HPKE, RFC 9180: X25519, HKDF-SHA256, AES-256-GCM; 32 bytes enc first).

    Its ephemeral key comes from the operating system, never from `World`. Raises ValueError for a bad public key.
    """
    public = X25519PublicKey.from_public_bytes(x25519_public)
    return _HPKE.encrypt(keys.dump().reveal(), public, info=_wrap_info(keys.project_id))


def unwrap_for_device(wrapped: bytes, project_id: UUID, device: DeviceKeys) -> ProjectKeys:
    """The project's keys out of a wrap made for this device. Raises WrapBroken."""
    try:
        raw = _HPKE.decrypt(wrapped, device.x25519_private, info=_wrap_info(project_id))
        keys = ProjectKeys.load(Secret(raw))
    except (InvalidTag, ValueError) as trouble:
        raise WrapBroken from trouble
    if keys.project_id != project_id:
        raise WrapBroken
    return keys


def device_fingerprint(project_id: UUID, ed25519_public: bytes, x25519_public: bytes, cost: Cost = FULL_COST) -> str:
    """Six digits that a new PC shows and the administrator compares before approving it.

    Stretched by argon2id: whoever could slip a row of his own into the database must not find one with the same
    digits in a second.
    """
    seen = hashlib.sha256(ed25519_public + x25519_public).hexdigest()
    number = int.from_bytes(stretch(seen, project_id.bytes, cost).reveal(), "big") % 1_000_000
    return f"{number:06d}"


def _place(project_id: str, table: str, column: str) -> str:
    if "|" in table or "|" in column:
        raise ValueError("| separates the parts of a place")
    return f"v1|{project_id}|{table}|{column}|"


def _wrap_info(project_id: UUID) -> bytes:
    return f"anju-desk project keys v1|{project_id}".encode()


def _b64(key: Secret) -> str:
    return base64.b64encode(key.reveal()).decode("ascii")


def _key(text: str) -> Secret:
    raw = base64.b64decode(text, validate=True)
    if len(raw) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return Secret(raw)
