"""A cable between a program and its PostgreSQL server, to be cut, mended, or made deaf in one direction, by tests.

cable = Cable(server_port)           listens on `cable.port`
cable.cut()                          every line breaks, new ones are refused
cable.mend()
cable.deafen()                       what the program says still arrives, no answer comes back
cable.freeze()                       nothing moves, nothing breaks: a pulled plug
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time


class Cable:
    """One listening port that hands on to another; close it when the test is over."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._ending = threading.Event()
        self._deaf = self._frozen = False
        self._listener: socket.socket | None = None
        self.port = 0
        self.mend()
        self._thread = threading.Thread(target=self._run, name="cable", daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Break every line at once and refuse new ones."""
        with self._lock:
            if self._listener is not None:
                self._listener.close()
                self._listener = None
            for pair in self._pairs:
                _close(*pair)
            self._pairs.clear()

    def mend(self) -> None:
        """Take new lines again, at the same port."""
        with self._lock:
            self._deaf = self._frozen = False
            if self._listener is None:
                listener = socket.socket()
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                self._bind(listener)
                listener.listen(50)
                self.port = listener.getsockname()[1]
                self._listener = listener

    def _bind(self, listener: socket.socket) -> None:
        deadline = time.monotonic() + 5
        while True:
            try:
                listener.bind(("127.0.0.1", self.port))
                return
            except OSError:  # the port is only free when the last `select` on the old listener has come back
                if time.monotonic() > deadline:
                    listener.close()
                    raise
                time.sleep(0.005)

    def deafen(self) -> None:
        """From now on answers are swallowed: an act arrives, and nobody hears what became of it."""
        self._deaf = True

    def freeze(self) -> None:
        """Nothing goes through and nothing breaks."""
        self._frozen = True

    def close(self) -> None:
        self._ending.set()
        self.cut()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.is_set():
            with self._lock:
                listener, pairs = self._listener, list(self._pairs)
            ends = {side: pair for pair in pairs for side in pair}
            watched = [*ends, *([listener] if listener is not None else [])]
            if self._frozen:
                watched = []
            try:
                ready, _, _ = select.select(watched, [], [], 0.02)
            except (OSError, ValueError):
                continue  # cut in the meantime
            for side in ready:
                if side is listener:
                    self._take(listener)
                else:
                    self._hand_on(side, ends[side])

    def _take(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            near, _ = listener.accept()
            far = socket.create_connection(("127.0.0.1", self._target))
            with self._lock:
                self._pairs.append((near, far))

    def _hand_on(self, side: socket.socket, pair: tuple[socket.socket, socket.socket]) -> None:
        near, far = pair
        try:
            data = side.recv(65536)
            if data and not (self._deaf and side is far):
                (far if side is near else near).sendall(data)
        except OSError:
            data = b""
        if not data:
            with self._lock:
                if pair in self._pairs:
                    self._pairs.remove(pair)
            _close(near, far)


def _close(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
