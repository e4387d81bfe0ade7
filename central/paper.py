"""The OpenAPI document: what a route takes and answers, made from the messages themselves."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI

from desktop.services.sync.over_http import CONTENT_TYPE, PROJECT_HEADER, WIRE_HEADER, No

_REF = "#/components/schemas/{name}"


class Document:
    """The messages that routes have told of, for the schemas of the document."""

    forms: list[type[msgspec.Struct]] = []


def told(answer: type[msgspec.Struct], body: type[msgspec.Struct] | None = None, signed: bool = True) -> dict[str, Any]:
    """What a route says of itself, as arguments of its decorator."""
    Document.forms += [form for form in (answer, body, No) if form is not None and form not in Document.forms]
    headers = [_header(WIRE_HEADER, {"type": "integer", "minimum": 1})]
    if signed:
        headers.append(_header(PROJECT_HEADER, {"type": "string", "pattern": "^[0-9a-f]{32}$"}))
        headers += [_header(name, {"type": "string"}) for name in ("content-digest", "signature-input", "signature")]
    extra: dict[str, Any] = {"parameters": headers}
    if body is not None:
        extra["requestBody"] = {"required": True, "content": _content(body)}
    return {
        "openapi_extra": extra,
        "response_model": None,
        "responses": {200: {"content": _content(answer)}, "default": {"description": "A no", "content": _content(No)}},
    }


def write_document(app: FastAPI) -> None:
    """Let the app's document name our messages beside what FastAPI finds by itself."""
    own = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = own()
            _, schemas = msgspec.json.schema_components(Document.forms, ref_template=_REF)
            made.setdefault("components", {}).setdefault("schemas", {}).update(schemas)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _content(form: type[msgspec.Struct]) -> dict[str, Any]:
    return {CONTENT_TYPE: {"schema": {"$ref": _REF.format(name=form.__name__)}}}


def _header(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "schema": schema}
