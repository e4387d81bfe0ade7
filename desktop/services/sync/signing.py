"""Signing a request as its PC (RFC 9421, Ed25519): who asks, what, for which project, when, and once.

Loaded with the first sync, never at the start of the program.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Protocol
from uuid import UUID

import httpx2
from http_message_signatures import HTTPMessageSigner
from http_message_signatures.algorithms import ED25519
from http_message_signatures.httpx2 import adapt_message

from desktop.services.sync.over_http import COVERED, TAG


class Signer(Protocol):
    """The keys of a PC, as far as a request needs them; `device_key.DeviceKeys` is one."""

    @property
    def device_id(self) -> UUID: ...

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature."""
        ...


def sign_request(request: httpx2.Request, signer: Signer, at: datetime, nonce: bytes) -> None:
    """Put the signature of this PC and the digest of the body into a request that is ready to go."""
    # The private key never leaves its keeper: it is given what to sign, not asked for itself.
    writer = HTTPMessageSigner(signature_algorithm=ED25519)
    message = adapt_message(request)
    prepared = writer.prepare(
        message,
        key_id=signer.device_id.hex,
        created=at,
        nonce=base64.urlsafe_b64encode(nonce).decode(),
        label="anju",
        tag=TAG,
        include_alg=False,
        covered_component_ids=COVERED,
        body=request.read(),
    )
    writer.apply(message, prepared, signer.sign(prepared.signature_base))
