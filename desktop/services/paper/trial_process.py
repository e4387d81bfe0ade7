"""A child process that lays an edited template out: however greedy the text, the desk goes on and it is stopped.

The templates' own limits (loops, sizes, seconds) stop nearly everything with a line number; this is the wall behind
them. One child serves one editor and is started anew when it had to be ended. What it is given and what it gives back
travel through a pipe: nothing is written to disk.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

MOST_SECONDS = 8.0
"""Of laying out; a real lease takes a tenth of one."""
START_SECONDS = 60.0
"""Of starting the child on a busy PC: fonts and PDF engine are loaded there."""
MOST_MEMORY = 2 << 30
"""Bytes of address space of the child, where the system knows such a limit."""


@dataclass(frozen=True, slots=True)
class TrialRequest:
    """A template to lay out: on its sample, or on `facts` (masked, as the screen may show them)."""

    kind: str
    source: str
    facts: Mapping[str, Any] | None = None
    pictures: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrialAnswer:
    """The pages, or what is wrong: (line, words), line 0 for the whole."""

    pdf: bytes | None
    problems: tuple[tuple[int, str], ...] = ()


class TrialProcess:
    """Ask it from a job, never from the GUI thread: `answer` waits for the child."""

    def __init__(self, seconds: float = MOST_SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: Any = None
        self._pipe: Connection | None = None
        self._closed = False

    def warm(self) -> None:
        """Start the child before it is needed."""
        with self._lock:
            self._started()

    def answer(self, request: TrialRequest) -> TrialAnswer:
        """Lay a template out, or say why not. Never longer than the limit, never more than one at a time."""
        with self._lock:
            pipe = self._started()
            if pipe is None:
                return TrialAnswer(None, ((0, "试排没有启动：稍后再试"),))
            try:
                pipe.send(request)
                if pipe.poll(self._seconds):
                    found: TrialAnswer = pipe.recv()
                    return found
            except (EOFError, OSError):
                self._end()
                return TrialAnswer(None, ((0, "内容太大，排版用尽了内存，已停止：缩短内容或图片"),))
            self._end()
            words = f"排版超过 {self._seconds:g} 秒，已停止：看看循环和表格是不是太长"
            return TrialAnswer(None, ((0, words),))

    def close(self) -> None:
        """End the child, also in the middle of an answer; it is not asked afterwards."""
        self._closed = True
        process = self._process
        if process is not None:
            with contextlib.suppress(ValueError):  # ended and closed meanwhile
                process.kill()
        with self._lock:  # whoever waited for it has heard that it is gone
            self._end()

    def _started(self) -> Connection | None:
        if self._closed:
            return None
        if self._process is None or not self._process.is_alive():
            self._end()
            context = multiprocessing.get_context("spawn")
            here, there = context.Pipe()
            self._process = context.Process(target=serve, args=(there,), name="template-trial", daemon=True)
            self._process.start()
            there.close()
            self._pipe = here
            try:
                ready = here.poll(START_SECONDS) and here.recv() == "ready"
            except (EOFError, OSError):
                ready = False
            if not ready:
                self._end()
        return self._pipe

    def _end(self) -> None:
        process, self._process = self._process, None
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
        if process is not None:
            process.kill()
            process.join()
            process.close()


def serve(pipe: Connection) -> None:
    """In the child: answer until the pipe closes."""
    _limit_memory()
    from desktop.services.paper.fonts import load_fonts

    load_fonts()
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        pipe.send("ready")
        while True:
            pipe.send(lay_out(pipe.recv()))


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows: the templates' own limits and the clock remain
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def lay_out(request: TrialRequest) -> TrialAnswer:
    """What the child does, without the child."""
    from desktop.services.errors import DomainError
    from desktop.services.paper.template import TemplateProblem
    from desktop.services.paper.template_check import template_problems
    from desktop.services.paper.trial import filled_pdf, trial_pdf

    problems = template_problems(request.kind, request.source, request.pictures)
    if problems:
        return TrialAnswer(None, tuple((problem.line, problem.problem) for problem in problems))
    try:
        if request.facts is not None:
            return TrialAnswer(filled_pdf(request.kind, request.source, request.facts, request.pictures))
        return TrialAnswer(trial_pdf(request.kind, request.source, request.pictures))
    except TemplateProblem as problem:
        return TrialAnswer(None, ((problem.line, problem.problem),))
    except DomainError as error:
        return TrialAnswer(None, ((0, error.message),))
