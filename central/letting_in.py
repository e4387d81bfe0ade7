"""Enrolment over HTTP: the authority's certificate for whoever has a code, and the use of the code."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request, Response

from central.answers import Refused, yes
from central.auth import Door
from central.bodies import understood, unpacked
from central.enrolment import Enrolment
from central.paper import told
from central.workers import Workers
from desktop.services.sync import over_http
from desktop.services.sync.enrol_code import AuthorityTold, Enrol, Enrolled
from desktop.services.sync.over_http import SMALL_BODY

log = logging.getLogger(__name__)


def routes(enrolment: Enrolment, door: Door, workers: Workers, ca: str) -> APIRouter:
    """GET /v1/ca and POST /v1/enrol."""
    router = APIRouter(tags=["enrolment"])

    @router.get(over_http.CA, **told(AuthorityTold, signed=False))
    async def authority() -> Response:
        """The certificate that the fingerprint in an enrolment code is of."""
        if not ca:
            raise Refused(over_http.NOT_HERE)
        return yes(AuthorityTold(ca))

    @router.post(over_http.ENROL, **told(Enrolled, body=Enrol))
    async def enrol(request: Request) -> Response:
        """Use an enrolment secret up for the PC that signs the request."""

        def asked(body: bytes) -> Enrol:
            return understood(unpacked(request, body, SMALL_BODY), Enrol)

        def key_of(body: bytes) -> tuple[str, bytes]:
            told = asked(body)
            return told.device, told.signing_key

        wish = asked(await door.let_in_new(request, SMALL_BODY, key_of))
        enrolled = await workers.do(enrolment.enrol, wish)
        log.info("a PC was let in", extra={"told": {"project": enrolled.project, "device": wish.device}})
        return yes(enrolled)

    return router
