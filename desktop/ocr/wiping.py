"""Pictures of cards that are not needed any more are overwritten with zeros, not only forgotten."""

from __future__ import annotations

from collections.abc import Mapping

from desktop.ocr.fields import FieldReading
from desktop.ocr.quality import Pixels


def wipe(picture: Pixels) -> None:
    """Overwrite a picture, unless somebody lent it to be looked at only."""
    if picture.flags.writeable:
        picture.fill(0)


def wipe_strips(fields: Mapping[str, FieldReading]) -> None:
    """Overwrite the strips that fields were read from."""
    for one in fields.values():
        if one.crop is not None:
            wipe(one.crop)
