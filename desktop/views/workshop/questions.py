"""The questions of every editor with versions: somebody stored one meanwhile, and whether to throw the changes away."""

from __future__ import annotations

from collections.abc import Callable

from desktop.services.templates import TemplateChanged
from desktop.views.dialogs import Question
from desktop.views.pages import Shell

OVER, LOOK = "over", "look"


def ask_over(shell: Shell, error: TemplateChanged, answered: Callable[[str], object]) -> None:
    """OVER stores mine as one more version; LOOK goes to the other one first."""
    tr = shell.frame.tr
    question = Question(
        shell.frame, tr("别人存了新版"), error.message,
        [
            (OVER, tr("存我的，成为再下一版"), "secondary"),
            (LOOK, tr("先看第 {n} 版").format(n=error.newest.ordinal), "primary"),
        ],
        cancel=tr("回去再改"),
    )  # fmt: skip
    question.answered.connect(answered)
    shell.open(question)


def ask_discard(shell: Shell, text: str, discarded: Callable[[str], object]) -> None:
    """`text` says what would be lost; `discarded` hears only a yes."""
    tr = shell.frame.tr
    answers = [("discard", tr("丢掉修改"), "danger")]
    question = Question(shell.frame, tr("放弃修改"), text, answers, cancel=tr("接着改"))
    question.answered.connect(discarded)
    shell.open(question)
