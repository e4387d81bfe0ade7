"""Who asks: the PC that signed the request, for one project, now, and for the first time.

First the signature over the headers, then the body that they promise: a stranger makes head office read nothing.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import anyio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    VerifyResult,
)
from http_message_signatures.algorithms import ED25519
from starlette.requests import Request

from central.answers import Refused
from central.bodies import read_packed, told_length, told_size
from central.log import Log
from central.pace import Pace
from central.workers import Workers
from desktop.services.sync import messages, over_http
from desktop.services.sync.over_http import COVERED, LARGE_BODY, MOST_SKEW_SECONDS, PROJECT_HEADER, TAG
from desktop.world import World

SKEW = timedelta(seconds=MOST_SKEW_SECONDS)
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Asker:
    """A PC whose request is its own. `body`: as it came, packed."""

    device_id: UUID
    project_id: UUID
    body: bytes


class Door:
    """Lets in requests of PCs that head office knows."""

    def __init__(self, log: Log, world: World, pace: Pace, workers: Workers) -> None:
        self._log = log
        self._workers = workers
        self._world = world
        self._pace = pace
        self._seen = Nonces(world.now())
        self._large = anyio.Lock()

    @asynccontextmanager
    async def let_in(self, request: Request, most: int) -> AsyncIterator[Asker]:
        """Who asks, with the body of the request, no longer than `most`. Of large bodies only one is here at a time:
        the next waits until the block of this one ends. Raises Refused."""
        project_id = read_id(request.headers.get(PROJECT_HEADER, ""))
        if project_id is None:
            raise Refused(over_http.NOT_UNDERSTOOD, "project")

        def key_of(device: str) -> bytes:
            key = (device_id := read_id(device)) and self._log.key_of(device_id, project_id)
            if not key:  # the same answer for a project that is not there: nobody learns what others have
                raise Refused(messages.UNKNOWN_DEVICE)
            return key

        writing = await self._workers.do(Signature.read, request, key_of)
        device_id = UUID(hex=writing.device)
        self._first_time(writing)
        self._pace.of_device(device_id)
        async with AsyncExitStack() as room:
            if alone := told_length(request) > LARGE_BODY:
                await room.enter_async_context(self._large)
            body = await read_packed(request, most)
            await self._workers.do(writing.holds, body)
            if not alone and told_size(request, body) > LARGE_BODY:
                await room.enter_async_context(self._large)
            yield Asker(device_id, project_id, body)

    async def let_in_new(self, request: Request, most: int, key_of: Callable[[bytes], tuple[str, bytes]]) -> bytes:
        """The body of a PC that is not known yet: it proves that it has the key that it brings. `key_of`: the PC and
        its public key out of the body. Raises Refused."""
        self._pace.of_enrolment(request.client.host if request.client else "")
        body = await read_packed(request, most)
        device, key = key_of(body)
        writing = await self._workers.do(Signature.read, request, lambda told: key if told == device else b"")
        self._first_time(writing)
        writing.holds(body)
        return body

    def _first_time(self, writing: Signature) -> None:
        """Raise Refused for a time that is far from ours, and for a request that was here before."""
        now = self._world.now()
        if abs(now - writing.created) > SKEW or writing.created < self._seen.since:
            raise Refused(over_http.CLOCK)
        if not self._seen.add(f"{writing.device} {writing.nonce}", now):
            raise Refused(over_http.REPLAYED)


class Signature:
    """The signature of a request: right for its headers; whether for its body too, `holds` tells."""

    def __init__(self, verifier: HTTPMessageVerifier, message: Any, results: list[VerifyResult]) -> None:
        self._verifier, self._message, self._results = verifier, message, results
        told = results[0].parameters
        self.device = str(told["keyid"])
        self.nonce = str(told.get("nonce", ""))
        self.created = datetime.fromtimestamp(int(told["created"]), tz=UTC)

    @classmethod
    def read(cls, request: Request, key_of: Callable[[str], bytes]) -> Signature:
        """The one signature of ours under a request. `key_of` gives the public key of a PC. Raises Refused."""
        keys = _Keys(key_of)
        verifier = _Verifier(signature_algorithm=ED25519, key_resolver=keys)
        message = _Message(request)
        try:
            results = verifier.verify(message, expect_tag=TAG, max_age=None, require_components=COVERED)
            if len(results) != 1 or not results[0].nonce:
                raise InvalidSignature("one signature with a nonce")
            return cls(verifier, message, results)
        except (HTTPMessageSignaturesException, ValueError, OverflowError, OSError) as wrong:
            if keys.trouble is not None:
                raise keys.trouble from None
            raise Refused(over_http.BAD_SIGNATURE, type(wrong).__name__) from wrong

    def holds(self, body: bytes) -> None:
        """Raise Refused when the body is not the one that was signed."""
        try:
            self._verifier.verify_body(self._message, self._results, body)
        except HTTPMessageSignaturesException as wrong:
            raise Refused(over_http.BAD_SIGNATURE, "body") from wrong


class Nonces:
    """Requests that were here within the time that a signature is good for. They live in memory: what was signed
    before this program started is refused by its time instead."""

    def __init__(self, now: datetime) -> None:
        self.since = now.replace(microsecond=0)
        self._known: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def add(self, nonce: str, now: datetime) -> bool:
        """Whether this one is here for the first time."""
        with self._lock:
            while self._known:  # the oldest first, as they came
                oldest, at = next(iter(self._known.items()))
                if now - at <= 2 * SKEW:
                    break
                del self._known[oldest]
            if nonce in self._known:
                return False
            self._known[nonce] = now
            return True


def read_id(text: str) -> UUID | None:
    """An id as it travels: 32 small hexadecimal digits."""
    return UUID(hex=text) if len(text) == 32 and _HEX.issuperset(text) else None


class _Verifier(HTTPMessageVerifier):
    """The time is ours to judge: by World's clock, and with an answer that says what time it is here."""

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        if "created" not in sig_input.params:
            raise InvalidSignature("created")


class _Keys(HTTPSignatureKeyResolver):
    """Remembers why there was no key: the verifier makes a wrong signature out of every trouble."""

    def __init__(self, key_of: Callable[[str], bytes]) -> None:
        self._key_of = key_of
        self.trouble: Exception | None = None

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        try:
            key = self._key_of(key_id)
        except Exception as trouble:
            self.trouble = trouble
            raise
        return Ed25519PublicKey.from_public_bytes(key)


class _Message:
    """A request as the verifier reads it. The name of the server is not signed, so any will do."""

    def __init__(self, request: Request) -> None:
        query = request.scope["query_string"].decode("latin-1")
        path = (request.scope.get("raw_path") or request.scope["path"].encode()).decode("latin-1")
        self.method = request.method
        self.url = f"https://head-office{path}" + (f"?{query}" if query else "")
        self.headers = request.headers
