"""Imports after Qt stay as quick as before it. Imported by `app` before anything else of ours.

PySide replaces `import` by one that reads the source text of every module imported from then on, to see whether it
speaks of PySide: its `from __feature__ import snake_case` wants to know. We use no such feature, so the answer is the
same for every module and no file need be read for it (25 ms of the way to the sign-in field, 100 ms of what follows).
"""

from __future__ import annotations

from types import ModuleType

import PySide6.QtCore  # noqa: F401 - it brings the hook
from shibokensupport import feature


def _none(_module: ModuleType) -> bool:
    return True  # "speaks of PySide, with no feature switched on": what is told of every view anyway


feature._mod_uses_pyside = _none
