"""Head office over HTTPS: signs what this PC asks, trusts one certificate authority only, and says plainly why there
was no answer. Nothing is tried again here, but for a clock that is off: whoever calls knows when it is time.

Loaded with the first sync, never at the start of the program.
"""

from __future__ import annotations

import gzip
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import TypeVar

import httpx2
import msgspec

from desktop.services.sync import messages, over_http
from desktop.services.sync.enrol_code import Enrol, Enrolled, EnrolmentRefused
from desktop.services.sync.head_office import NoHeadOffice, NotHeadOffice, NotTogether, Unreachable, Why
from desktop.services.sync.messages import (
    Greeting,
    Hello,
    Offer,
    Page,
    Push,
    Pushed,
    Refusal,
    Returned,
)
from desktop.services.sync.over_http import AT_HEADER, CONTENT_TYPE, HTTP_WIRE, PROJECT_HEADER, WIRE_HEADER, Lacking, No
from desktop.services.sync.signing import Signer, sign_request
from desktop.world import World

TIMEOUT = httpx2.Timeout(30, connect=8)
MOST_SECONDS = 3600
"""For one whole answer, however slowly it drips."""
PACK_FROM = 4096
NONCE_BYTES = 16
MENDED = timedelta(hours=24)
"""A clock that is off by no more than this is set right in what is signed; more is for the desk to see to."""

Answer = TypeVar("Answer", bound=msgspec.Struct)

_REFUSALS = frozenset(
    {
        messages.UNKNOWN_DEVICE, messages.REVOKED, messages.FOREIGN, messages.EPOCH, messages.GAP, messages.FORK,
        messages.TOO_LARGE,
    }
)  # fmt: skip
_APART = {
    over_http.CLOCK: Why.CLOCK,
    over_http.BAD_SIGNATURE: Why.BAD_SIGNATURE,
    over_http.REPLAYED: Why.BAD_SIGNATURE,
    over_http.UPGRADE: Why.OLD_DESK,
    over_http.NOT_UNDERSTOOD: Why.NOT_UNDERSTOOD,
    over_http.NOT_HERE: Why.OLD_SERVER,
}
_WAIT = frozenset({over_http.SLOW_DOWN, over_http.BUSY})
_DATES = frozenset({9, 10})
"""OpenSSL's numbers of a certificate that is not valid yet, or no more."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where head office is, as the enrolment told it. `address`: https://host:port; `ca`: the certificate (PEM) of the
    only authority that counts."""

    address: str
    ca: str


class HttpHeadOffice:
    """Head office for one project, as this PC. To be closed."""

    def __init__(self, place: Place, project: str, signer: Signer, world: World) -> None:
        self._project = project
        self._signer = signer
        self._world = world
        self._client = open_client(place)
        self.offset: timedelta | None = None
        """How far head office's clock is ahead of this PC's; None until it answered."""

    def __enter__(self) -> HttpHeadOffice:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up the line."""
        self._client.close()

    # ---- the questions -------------------------------------------------------------------------------------------

    def hello(self, hello: Hello) -> Greeting:
        """Where head office stands."""
        return self._post(over_http.HELLO, hello, Greeting)

    def push(self, push: Push) -> Pushed:
        """Hand over acts of this database."""
        return self._post(over_http.PUSH, push, Pushed)

    def pull(self, project: str, node: str, after: int, limit: int = messages.MOST_ACTS) -> Page:
        """The acts of the project after a number that other databases than this one sent."""
        query = {"project": project, "node": node, "after": str(after), "limit": str(limit)}
        return self._ask("GET", over_http.PULL, Page, query=query)

    def wanted(self, project: str, acts: Sequence[str]) -> list[str]:
        """Which of the acts that this database knows head office has not."""
        return self._post(over_http.WANTED, Offer(project, list(acts)), Lacking).acts

    def take_back(self, returned: Returned) -> Pushed:
        """Give acts that head office asked for."""
        return self._post(over_http.TAKE_BACK, returned, Pushed)

    def enrol(self, enrol: Enrol) -> Enrolled:
        """Let this PC in. Raises EnrolmentRefused too."""
        return self._post(over_http.ENROL, enrol, Enrolled)

    # ---- one question --------------------------------------------------------------------------------------------

    def _post(self, path: str, message: msgspec.Struct, form: type[Answer]) -> Answer:
        return self._ask("POST", path, form, body=msgspec.json.encode(message))

    def _ask(
        self, method: str, path: str, form: type[Answer], body: bytes = b"", query: dict[str, str] | None = None
    ) -> Answer:
        headers = {WIRE_HEADER: str(HTTP_WIRE), PROJECT_HEADER: self._project}
        if body:
            headers["content-type"] = CONTENT_TYPE
        if len(body) > PACK_FROM:
            body, headers["content-encoding"] = gzip.compress(body, 1, mtime=0), "gzip"
        for last in (False, True):
            request = self._client.build_request(method, path, params=query, headers=headers, content=body or None)
            at = self._world.now() + (self.offset or timedelta())
            sign_request(request, self._signer, at, self._world.random_bytes(NONCE_BYTES))
            status, raw, told = exchange(self._client, request)
            self.offset = told - self._world.now() if told else self.offset
            try:
                return understood(status, raw, form)
            except NotTogether as apart:
                # What the first answer told about the time, the second question uses.
                if apart.code is not Why.CLOCK or last or self.offset is None or abs(self.offset) > MENDED:
                    raise
        raise AssertionError("the second answer is final")


def open_client(place: Place) -> httpx2.Client:
    """A client that speaks to head office only. Raises NotHeadOffice when the kept certificate is none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cadata=place.ca)
    except (ssl.SSLError, ValueError) as wrong:
        raise NotHeadOffice(Why.WRONG_CERTIFICATE, "the kept certificate") from wrong
    return httpx2.Client(base_url=place.address, verify=context, timeout=TIMEOUT, follow_redirects=False)


def exchange(client: httpx2.Client, request: httpx2.Request) -> tuple[int, bytes, datetime | None]:
    """Status, body and head office's time of an answer that is head office's. Raises NoHeadOffice."""
    ends = time.monotonic() + MOST_SECONDS
    try:
        response = client.send(request, stream=True)
        try:
            _ours(response)
            pieces, size = list[bytes](), 0
            for piece in response.iter_bytes():
                size += len(piece)
                if size > over_http.MOST_BODY:
                    raise NotHeadOffice(Why.TOO_LONG)
                if time.monotonic() > ends:
                    raise Unreachable(Why.TIMEOUT, "dripping")
                pieces.append(piece)
        finally:
            response.close()
    except httpx2.TimeoutException as late:
        raise Unreachable(Why.TIMEOUT, type(late).__name__) from late
    except httpx2.TransportError as cut:
        raise _of_transport(cut) from cut
    except httpx2.DecodingError as broken:
        raise NotHeadOffice(Why.BAD_BODY, "gzip") from broken
    return response.status_code, b"".join(pieces), _time_of(response)


def understood(status: int, raw: bytes, form: type[Answer]) -> Answer:
    """The answer in a body. Raises Refusal or NoHeadOffice, as head office meant it."""
    try:
        if status == httpx2.codes.OK:
            return msgspec.json.decode(raw, type=form)
        refused = msgspec.json.decode(raw, type=No)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise NotHeadOffice(Why.BAD_BODY, type(broken).__name__) from broken
    if refused.code in _REFUSALS:
        raise Refusal(refused.code, refused.seen)
    if refused.code in EnrolmentRefused.SENTENCES:
        raise EnrolmentRefused(refused.code)
    if refused.code in _WAIT:
        raise Unreachable(Why.BUSY, refused.detail, refused.retry_after)
    if (why := _APART.get(refused.code)) is not None:
        raise NotTogether(why, refused.detail, server_at=refused.at)
    raise Unreachable(Why.SERVER_TROUBLE, f"{refused.code} {refused.detail}", refused.retry_after)


def _ours(response: httpx2.Response) -> None:
    """Raise unless head office itself answers, in a version that this program speaks."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip()
    if kind != CONTENT_TYPE or WIRE_HEADER not in response.headers:
        if response.is_redirect:
            raise NotHeadOffice(Why.REDIRECT)
        if response.is_server_error:  # a machine before head office answers for it
            raise Unreachable(Why.SERVER_TROUBLE, str(response.status_code))
        raise NotHeadOffice(Why.PORTAL, f"{response.status_code} {kind[:40]}")
    try:
        oldest, newest = over_http.versions(response.headers[WIRE_HEADER])
    except ValueError as broken:
        raise NotHeadOffice(Why.BAD_BODY, "wire") from broken
    if newest < HTTP_WIRE:
        raise NotTogether(Why.OLD_SERVER, f"wire {newest}", server_at=_time_of(response))
    if oldest > HTTP_WIRE:
        raise NotTogether(Why.OLD_DESK, f"wire {oldest}", server_at=_time_of(response))


def _time_of(response: httpx2.Response) -> datetime | None:
    try:
        told = datetime.fromisoformat(response.headers.get(AT_HEADER, ""))
    except ValueError:
        return None
    return told if told.tzinfo else None


def _of_transport(error: httpx2.TransportError) -> NoHeadOffice:
    """Why a line was not there, or broke."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            dates = cause.verify_code in _DATES
            return NotHeadOffice(Why.CERTIFICATE_DATES if dates else Why.WRONG_CERTIFICATE, cause.verify_message)
        if isinstance(cause, ssl.SSLError) and isinstance(error, httpx2.ConnectError):
            # Something that does not even speak TLS here: a network that answers everything itself.
            return NotHeadOffice(Why.PORTAL, cause.reason or "tls")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx2.ConnectError | httpx2.ProxyError):
        return Unreachable(Why.NO_LINE, type(error).__name__)
    return Unreachable(Why.LINE_CUT, type(error).__name__)
