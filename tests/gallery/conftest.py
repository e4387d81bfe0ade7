"""The checks are tried on widgets in the product's own look."""

from __future__ import annotations

from tests.views.conftest import look, on_desk, plain_look

__all__ = ["look", "on_desk", "plain_look"]
