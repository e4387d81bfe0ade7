"""Whether a printer can print just now, in words: no paper, jammed, switched off.

Qt tells nothing of it, and a spooler takes every page. Windows is asked itself; elsewhere nothing is known, and what
the printer does not say cannot be shown. Tried with the bits alone: no real printer was at hand.
"""

from __future__ import annotations

import ctypes
import sys

_TROUBLES = (
    (0x00000010, "缺纸"),
    (0x00000008, "卡纸"),
    (0x00400000, "盖子没有合上"),
    (0x00040000, "没有墨粉或色带"),
    (0x00100000, "要人处理：看打印机上的提示"),
    (0x00000040, "纸张有问题：看纸盒"),
    (0x00000080, "没有联机"),
    (0x00001000, "不可用：看电源和连线"),
    (0x00000001, "已暂停：在系统的打印机里点继续"),
    (0x00000002, "出错：看打印机上的提示"),
)
"""Bits of PRINTER_STATUS in winspool, the plainest reason first."""

_OFFLINE = 0x00000400
"""PRINTER_ATTRIBUTE_WORK_OFFLINE."""


def words_of(status: int, attributes: int = 0) -> str:
    """What the bits of a Windows printer say; empty when it can print."""
    for bit, words in _TROUBLES:
        if status & bit:
            return words
    return "没有联机" if attributes & _OFFLINE else ""


def trouble_of(printer: str) -> str:
    """Why this printer cannot print now, or "" when it can or does not say."""
    try:
        return words_of(*_bits(printer))
    except OSError:
        return ""


if sys.platform == "win32":

    def _bits(printer: str) -> tuple[int, int]:
        """Status and attributes (PRINTER_INFO_2). Raises OSError."""
        spool = ctypes.WinDLL("winspool.drv", use_last_error=True)
        handle = ctypes.c_void_p()
        if not spool.OpenPrinterW(ctypes.c_wchar_p(printer), ctypes.byref(handle), None):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            needed = ctypes.c_ulong()
            spool.GetPrinterW(handle, 2, None, 0, ctypes.byref(needed))
            room = ctypes.create_string_buffer(needed.value)
            if not spool.GetPrinterW(handle, 2, room, needed, ctypes.byref(needed)):
                raise ctypes.WinError(ctypes.get_last_error())
            info = _PrinterInfo2.from_buffer(room)
            return info.status, info.attributes
        finally:
            spool.ClosePrinter(handle)

    class _PrinterInfo2(ctypes.Structure):
        _fields_ = (
            *((name, ctypes.c_void_p) for name in (
                "server", "printer", "share", "port", "driver", "comment", "location", "dev_mode", "separator",
                "processor", "data_type", "parameters", "security",
            )),
            *((name, ctypes.c_ulong) for name in (
                "attributes", "priority", "default_priority", "start", "until", "status", "jobs", "pages_a_minute",
            )),
        )  # fmt: skip

else:

    def _bits(printer: str) -> tuple[int, int]:
        """Other systems do not tell."""
        return 0, 0
