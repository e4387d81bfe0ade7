"""Square codes 二维码 of short texts, by reportlab's own encoder, set as one path of a page."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

_MASK = 0
"""Any of the eight masks can be read. Looking for the fairest of them, as reportlab does, takes nine times as long; an
id is as good as random, and random squares are as fair under one mask as under another."""
QUIET = 4
"""Modules of white that a reader needs around the square; the page has to leave them."""


@lru_cache(maxsize=64)
def code_rows(text: str) -> tuple[tuple[bool, ...], ...]:
    """The dark (True) modules, row by row from the top, with middle error correction (15 % may be dirty)."""
    encoder = _encoder()
    code = encoder.QRCode(None, encoder.QRErrorCorrectLevel.M)
    code.addData(text)
    code.version = code.calculate_version()
    code._dataPosList = _PLACES.get(code.version)
    code.makeImpl(False, _MASK)
    _PLACES[code.version] = code._dataPosList
    return tuple(tuple(row) for row in code.modules)


_PLACES: dict[int, list[tuple[int, int]]] = {}
"""Where the data goes, by version: the same for every code of a size."""


@lru_cache(maxsize=1)
def _encoder() -> Any:
    """reportlab's encoder, which from now on keeps the polynomials that it would multiply out anew for every code."""
    from reportlab.graphics.barcode import qrencoder

    made = qrencoder.QRUtil.getErrorCorrectPolynomial
    qrencoder.QRUtil.getErrorCorrectPolynomial = staticmethod(lru_cache(maxsize=64)(made))
    return qrencoder


def draw_code(canvas: Any, text: str, x: float, top: float, side: float) -> None:
    """The code in black, `side` points wide, its upper left corner at x and top; without the white around it."""
    rows = code_rows(text)
    module = side / len(rows)
    parts = ["0 0 0 rg"]
    for number, row in enumerate(rows):
        y = top - (number + 1) * module
        start = -1
        for at, dark in enumerate((*row, False)):
            if dark and start < 0:
                start = at
            elif not dark and start >= 0:
                parts.append(f"{x + start * module:.2f} {y:.2f} {(at - start) * module:.2f} {module:.2f} re")
                start = -1
    parts.append("f")
    canvas._code.append(" ".join(parts))
