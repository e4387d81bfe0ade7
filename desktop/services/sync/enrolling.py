"""Letting this PC in at head office, with an enrolment code.

The authority's certificate is fetched over a line that proves nothing and believed only by the fingerprint in the code;
what counts is asked afterwards, over a line that only this authority can vouch for.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

import httpx2

from desktop.services.sync import over_http
from desktop.services.sync.enrol_code import AuthorityTold, Enrol, Enrolled, EnrolmentCode, fingerprint
from desktop.services.sync.head_office import NotHeadOffice, Why
from desktop.services.sync.http_client import TIMEOUT, HttpHeadOffice, Place, exchange, understood
from desktop.services.sync.over_http import HTTP_WIRE, WIRE_HEADER
from desktop.services.sync.signing import Signer
from desktop.world import World

NO_PROJECT = "0" * 32


@dataclass(frozen=True, slots=True)
class LetIn:
    """This PC is known at head office: where that is, to be kept, and what it said."""

    place: Place
    enrolled: Enrolled


def enrol(code: EnrolmentCode, signer: Signer, signing_key: bytes, project: str | None, world: World) -> LetIn:
    """Use the code up for this PC and, where it has one, its project. The same PC may ask again when a reply was lost.

    Raises EnrolmentRefused, NoHeadOffice.
    """
    place = fetch_place(code)
    with HttpHeadOffice(place, project or NO_PROJECT, signer, world) as office:
        return LetIn(place, office.enrol(Enrol(code.secret, signer.device_id.hex, signing_key, project)))


def fetch_place(code: EnrolmentCode) -> Place:
    """Head office's address with the authority that the code means. Raises NoHeadOffice."""
    address = f"https://{code.address}"
    unproven = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unproven.check_hostname, unproven.verify_mode = False, ssl.CERT_NONE
    with httpx2.Client(base_url=address, verify=unproven, timeout=TIMEOUT, follow_redirects=False) as client:
        request = client.build_request("GET", over_http.CA, headers={WIRE_HEADER: str(HTTP_WIRE)})
        status, raw, _ = exchange(client, request)
    told = understood(status, raw, AuthorityTold)
    try:
        der = ssl.PEM_cert_to_DER_cert(told.ca)
    except ValueError as broken:
        raise NotHeadOffice(Why.BAD_BODY, "certificate") from broken
    if fingerprint(der) != code.fingerprint:
        raise NotHeadOffice(Why.WRONG_CERTIFICATE, "fingerprint")
    return Place(address, ssl.DER_cert_to_PEM_cert(der))
