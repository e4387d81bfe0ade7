"""The enrolment code 登记码: where head office is, which authority its certificate must come from, and a secret that
lets one PC in once. Short enough to be read out; head office makes it, the desk types or pastes it.

`地址:端口/` and eleven groups of five symbols (Crockford's alphabet): 16 bytes of the authority's fingerprint, 16 bytes
of the secret, and a checksum over all of it with the address.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Annotated

import msgspec

from desktop.services.errors import DomainError
from desktop.services.sync.messages import HexId, Sha

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_BYTES = 16
FINGERPRINT_BYTES = 16
_CHECK_BYTES = 2
_BYTES = FINGERPRINT_BYTES + SECRET_BYTES + _CHECK_BYTES
_SYMBOLS, _GROUP = 55, 5
_SPARE = _SYMBOLS * 5 - _BYTES * 8
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_ADDRESS = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?")

TOKEN_UNKNOWN, TOKEN_USED, TOKEN_EXPIRED, OTHER_PROJECT = (
    "token_unknown",
    "token_used",
    "token_expired",
    "other_project",
)
"""Why head office does not let a PC in."""


class EnrolmentCodeMistyped(DomainError):
    """The text cannot be an enrolment code as it stands."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "enrolment_code")


class EnrolmentRefused(DomainError):
    """Head office knows the code's secret no more, never knew it, or means another project by it."""

    SENTENCES = {
        TOKEN_UNKNOWN: "总部不认识这个登记码：请核对后重输，或请总部发一个新的",
        TOKEN_USED: "这个登记码已经用过了，每个只能用一次：请总部发一个新的",
        TOKEN_EXPIRED: "这个登记码过期了：请总部发一个新的",
        OTHER_PROJECT: "这个登记码是别的项目的：请向总部要本项目的登记码",
    }

    def __init__(self, code: str) -> None:
        super().__init__(self.SENTENCES[code], "enrolment_code")
        self.code = code


class Enrol(msgspec.Struct, frozen=True):
    """A PC that asks to be let in. `project`: of its office, None where it has none yet and takes the one of the
    code."""

    token: Annotated[bytes, msgspec.Meta(min_length=SECRET_BYTES, max_length=SECRET_BYTES)]
    device: HexId
    signing_key: Sha
    project: HexId | None = None


class Enrolled(msgspec.Struct, frozen=True):
    """The PC is known: its project, as head office names it."""

    project: str
    code: str
    name: str
    epoch: int


class AuthorityTold(msgspec.Struct, frozen=True):
    """The certificate (PEM) of the authority that head office's own comes from."""

    ca: str


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """One enrolment code. `address`: host and port; the secret shows only in `text`."""

    address: str
    fingerprint: bytes
    secret: bytes

    def __repr__(self) -> str:
        return f"EnrolmentCode({self.address})"

    @property
    def text(self) -> str:
        """The code as head office hands it out."""
        raw = self.fingerprint + self.secret
        number = int.from_bytes(raw + _check(self.address, raw), "big") << _SPARE
        symbols = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(_SYMBOLS)))
        return f"{self.address}/" + "-".join(symbols[start : start + _GROUP] for start in range(0, _SYMBOLS, _GROUP))

    @classmethod
    def parse(cls, text: str) -> EnrolmentCode:
        """The code that a person typed or pasted: any case, blanks and dashes anywhere, O for 0, I or L for 1.

        Raises EnrolmentCodeMistyped.
        """
        plain = "".join(unicodedata.normalize("NFKC", text).split()).removeprefix("https://")
        address, slash, rest = plain.rpartition("/")
        address = address.lower()
        if not slash or _ADDRESS.fullmatch(address) is None:
            raise EnrolmentCodeMistyped("登记码要连同前面的总部地址一起输入，例如 hq.example.com:8443/K7QX2-…")
        symbols = re.sub(r"[-‐‑‒–—―_.,·、，。]", "", rest).upper().translate(_LOOKALIKES)
        if len(symbols) != _SYMBOLS or not set(symbols) <= set(ALPHABET):
            raise EnrolmentCodeMistyped(
                f"登记码的字母和数字应是 {_SYMBOLS} 位，现在是 {len(symbols)} 位：请对照原文重输"
            )
        number = 0
        for symbol in symbols:
            number = number << 5 | ALPHABET.index(symbol)
        if number & (1 << _SPARE) - 1:
            raise EnrolmentCodeMistyped(_WRONG)
        raw = (number >> _SPARE).to_bytes(_BYTES, "big")
        told, check = raw[:-_CHECK_BYTES], raw[-_CHECK_BYTES:]
        if check != _check(address, told):
            raise EnrolmentCodeMistyped(_WRONG)
        return cls(address, told[:FINGERPRINT_BYTES], told[FINGERPRINT_BYTES:])


_WRONG = "登记码里有一处不对：请把地址和每一组对照原文重输"


def fingerprint(der: bytes) -> bytes:
    """What a code says of an authority's certificate."""
    return hashlib.sha256(der).digest()[:FINGERPRINT_BYTES]


def _check(address: str, raw: bytes) -> bytes:
    return hashlib.sha256(address.encode() + b"\0" + raw).digest()[:_CHECK_BYTES]
