"""Our own fonts on every platform, so that widths and pictures are the same everywhere and no name shows as a box."""

from __future__ import annotations

import struct
from functools import lru_cache

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QFontDatabase

from resources import resource

FAMILY = "Noto Sans SC"
WHOLE_FAMILY = "Anju Sans SC"
RARE_FAMILY = "Anju Rare Names"
FAMILIES = [FAMILY, WHOLE_FAMILY, RARE_FAMILY]
_WHOLE = "fonts/NotoSansSC-Regular.ttf"
_WORD = 0xFFFFFFFF


@lru_cache(maxsize=1)
def load_fonts() -> list[str]:
    """Load every font file we ship; answers the families to ask for, ours first."""
    loaded: set[str] = set()
    for path in sorted(resource("fonts").glob("*.ttf")):
        loaded.update(QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(path))))
    return FAMILIES if FAMILY in loaded else [*loaded] or FAMILIES


@lru_cache(maxsize=1)
def load_whole_family() -> str:
    """Make every character of the regular font a fallback for the heavier ones.

    The heavier files hold 10,500 characters, the regular one 30,000, and Qt falls back to other families only, never
    to another weight: a tenant called 叡 would come as a box in a page title. So the regular font is loaded once more
    under a name of its own, from memory. Called at sign-in: before, no name is on screen.
    """
    data = renamed(resource(_WHOLE).read_bytes(), FAMILY, WHOLE_FAMILY)
    families = QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFontFromData(QByteArray(data)))
    return families[0] if families else ""


def renamed(font: bytes, old: str, new: str) -> bytes:
    """A TrueType file with another family name of the same length. Raises ValueError when the lengths differ."""
    if len(old) != len(new):
        raise ValueError("names must be of one length: offsets in the table stay as they are")
    whole = bytearray(font)
    for at in range(struct.unpack_from(">H", whole, 4)[0]):
        entry = 12 + 16 * at
        tag, _, offset, length = struct.unpack_from(">4sLLL", whole, entry)
        if tag != b"name":
            continue
        table = bytes(whole[offset : offset + length])
        for was, now in ((old, new), (old.replace(" ", ""), new.replace(" ", ""))):
            for encoding in ("utf-16-be", "ascii"):
                table = table.replace(was.encode(encoding), now.encode(encoding))
        whole[offset : offset + length] = table
        padded = table + b"\0" * (-length % 4)
        checksum = sum(struct.unpack(f">{len(padded) // 4}L", padded)) & _WORD
        struct.pack_into(">L", whole, entry + 4, checksum)
    return bytes(whole)
