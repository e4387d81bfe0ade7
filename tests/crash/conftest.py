"""The look of the program, as for the tests of the views."""

from __future__ import annotations

from tests.views.conftest import look, plain_look

__all__ = ["look", "plain_look"]
