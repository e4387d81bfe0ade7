"""Looks for planted secrets in every byte of folders: as they stand, in the encodings Windows and Linux write, and
inside what packs them (zip, PDF).
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pypdfium2

LEAST_BYTES = 100_000
"""An office is larger than this: fewer bytes mean that the files which should be searched were not there."""


def found_in_clear(folders: list[Path], secrets: Mapping[str, str | bytes], least: int = LEAST_BYTES) -> list[str]:
    """`what in file` for every secret that lies in one of the folders; [] when none does. Fewer than `least` bytes in
    all of them are an AssertionError."""
    forms = {what: list(_forms(secret)) for what, secret in secrets.items()}
    found, read = [], 0
    for folder in folders:
        # os.walk passes over what vanishes while one looks: other workers drop their databases on the same server.
        for place, _, names in os.walk(folder):
            for name in names:
                try:
                    data = Path(place, name).read_bytes()
                except OSError:
                    continue
                read += len(data)
                layers = [data, *_unpacked(data)]
                found += [
                    f"{what} in {name}"
                    for what, wanted in forms.items()
                    if any(form in layer for form in wanted for layer in layers)
                ]
    assert read > least, "the files that should be searched were not there"
    return found


def _forms(secret: str | bytes) -> Iterator[bytes]:
    if isinstance(secret, bytes):
        yield secret
        return
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gbk"):
        yield secret.encode(encoding)


def _unpacked(data: bytes) -> Iterator[bytes]:
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            yield from (packed.read(name) for name in packed.namelist())
    elif data.startswith(b"%PDF"):
        document = pypdfium2.PdfDocument(data)
        try:
            text = "".join(page.get_textpage().get_text_bounded() for page in document)
        finally:
            document.close()
        yield "".join(text.split()).encode()
