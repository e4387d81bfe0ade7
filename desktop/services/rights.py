"""Rights in services: each public function names exactly one, and nothing runs without it.

A function of the office is decorated `@needs(Right.X)`; a piece that only ever runs inside such a function is decorated
`@part`. The matrix test walks both registries and fails on a public function that has neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from desktop.models.values import Right


class Authorised(Protocol):
    """What `Look` and `Work` offer the two decorators."""

    authorised: int

    def require(self, right: Right) -> None: ...


P = ParamSpec("P")
R = TypeVar("R")
W = TypeVar("W", bound=Authorised)


@dataclass(frozen=True, slots=True)
class Declared:
    """A service function and the right it names; `right` None: a part."""

    module: str
    name: str
    right: Right | None
    function: Callable[..., Any]


DECLARED: dict[tuple[str, str], Declared] = {}


def needs(right: Right) -> Callable[[Callable[Concatenate[W, P], R]], Callable[Concatenate[W, P], R]]:
    """Refuse the call (Refused) unless the actor holds the right."""

    def declare(function: Callable[Concatenate[W, P], R]) -> Callable[Concatenate[W, P], R]:
        @wraps(function)
        def guarded(work: W, /, *args: P.args, **kwargs: P.kwargs) -> R:
            work.require(right)
            work.authorised += 1
            try:
                return function(work, *args, **kwargs)
            finally:
                work.authorised -= 1

        DECLARED[function.__module__, function.__name__] = Declared(
            function.__module__, function.__name__, right, guarded
        )
        return guarded

    return declare


def part(function: Callable[Concatenate[W, P], R]) -> Callable[Concatenate[W, P], R]:
    """Mark a piece that runs only inside a function whose right was checked; called alone it is a bug."""

    @wraps(function)
    def guarded(work: W, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if not work.authorised:
            raise AssertionError(f"{function.__qualname__} is a part of an act: call a function that names its right")
        return function(work, *args, **kwargs)

    DECLARED[function.__module__, function.__name__] = Declared(function.__module__, function.__name__, None, guarded)
    return guarded
