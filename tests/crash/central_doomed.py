"""Head office, killed at a named point: `python -m tests.crash.central_doomed CONFIG POINT OCCURRENCE`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from central.config import read_config
from central.running import serve
from tests.crash.sync_desk import Doomed

if __name__ == "__main__":
    settings, point, occurrence = sys.argv[1:]
    asyncio.run(serve(read_config(Path(settings)), Doomed(point, int(occurrence))))
