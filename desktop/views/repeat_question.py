"""A bank serial under which money was taken before: when, by whom, how much, and is this another payment?"""

from __future__ import annotations

from collections.abc import Callable

from desktop.services.references import ReferenceRepeated
from desktop.views.dialogs import Question
from desktop.views.pages import Shell

_SHOWN = 4


class RepeatQuestion(Question):
    """Signals: answered("take"); closed(False) when nothing is taken."""

    help_topic = "till.reference"

    def __init__(
        self, shell: Shell, error: ReferenceRepeated, another: Callable[[], object], stopped: Callable[[], object]
    ) -> None:
        tr = shell.frame.tr
        told = [repeat.words() for repeat in error.repeats[:_SHOWN]]
        told.append(tr("同一笔不要再收；确是另一笔，收下后记在日志里，在收据列表按「流水号 重复的」能找到。"))
        super().__init__(
            shell.frame, tr("这个流水号收过款"), "\n".join(told), [("take", tr("确是另一笔，收款"), "warn")],
            cancel=tr("不收，再核对"), wide=640,
        )  # fmt: skip
        self._another, self._stopped = another, stopped
        self.answered.connect(self._take)
        self.closed.connect(self._close)

    def _take(self, _answer: object) -> None:
        self._another()

    def _close(self, accepted: bool) -> None:
        if not accepted:
            self._stopped()


def ask_about_repeats(
    shell: Shell, error: ReferenceRepeated, another: Callable[[], object], stopped: Callable[[], object]
) -> None:
    """Ask; `another()` when it is another payment and is to be taken, `stopped()` when the clerk looks again."""
    shell.open(RepeatQuestion(shell, error, another, stopped))
