"""检查项 of an order: line after line is answered by a key, and what is broken becomes a repair by one more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from desktop.models.values import CheckAnswer, Right
from desktop.models.work_orders import OPEN
from desktop.services import checks
from desktop.services.acts import Op
from desktop.services.checks import ANSWER_WORDS, CheckRow
from desktop.services.errors import RowChanged
from desktop.services.repair_intake import Reported
from desktop.services.work_order_page import OrderPage
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.keys import bind
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.repair_steps import OrderDialog
from desktop.views.steps import Option, Segment
from desktop.views.tables import RowTable
from desktop.views.text_fields import TextField

_LOOKS = {
    CheckAnswer.OK: ("ok", "check"),
    CheckAnswer.BAD: ("danger", "triangle-alert"),
    CheckAnswer.NONE: ("", "minus"),
}


@dataclass(frozen=True, slots=True)
class _Said:
    """What somebody found at a line."""

    line_id: UUID
    answer: CheckAnswer
    note: str
    seen: int


class ChecksDialog(OrderDialog):
    """The list stays open until it is closed: Ctrl Enter keeps an answer and goes on to the next line without one."""

    kind = "repair.checks"
    help_topic = "plans.checks"
    fills = True

    def __init__(self, shell: Shell, page: OrderPage) -> None:
        super().__init__(
            shell, page, shell.frame.tr("检查项"), shell.frame.tr("记下这一项"), wide=860,
            cancel=shell.frame.tr("关闭"),
        )  # fmt: skip
        self.rows: Sequence[CheckRow] = ()
        self._typed: dict[str, Any] | None = None
        self.table = RowTable(
            [
                Column(self.tr("检查什么"), lambda row: row.words, kind=Kind.NAME, sample=self.tr("灭火器压力在绿区"),
                       stretch=1, strong=True, detail=lambda row: row.note),
                Column(self.tr("结果"), str, kind=Kind.TAG, sample=self.tr("不适用"), tag=self._tag),
                Column(self.tr("维修单"), lambda row: row.repair, kind=Kind.CODE, sample="WJYA26-W00012"),
            ],
            two_lines=True,
        )  # fmt: skip
        self.table.setAccessibleName(self.tr("检查项"))
        self.table.setMinimumHeight(120)
        self.table.say_when_empty(self.tr("这一单没有检查项"), self.tr("检查项在保养计划里填，下次开单就带上"))
        self.sums = label("", "strong")
        form = self.use_form(3)
        self.said = Segment([Option(each, ANSWER_WORDS[each], _LOOKS[each][1]) for each in CheckAnswer])
        form.add("answer", self.tr("怎么样"), self.said, hint="Alt 1…3")
        hint = self.tr("异常写一句，例如 压力表指针在红区")
        form.add("note", self.tr("说明"), TextField(limit=checks.NOTE_LIMIT, hint=hint), span=2)
        self.rest = Button(self.tr("其余都正常"), "quiet", icon="check", key="Alt+8", size="small", writes=True)
        self.repair = Button(self.tr("开维修单"), "secondary", icon="wrench", key="Alt+9", size="small", writes=True)
        self.foot.insertWidget(1, self.rest)
        self.foot.insertWidget(2, self.repair)
        self.body.insertWidget(0, self.sums)
        self.body.insertWidget(1, self.table, 1)
        self.body.setStretch(self.body.count() - 1, 0)
        self._answer_keys = [
            bind(self, f"Alt+{at + 1}", partial(self.said.choose, at)) for at in range(len(CheckAnswer))
        ]
        self.table.current_row.connect(self._chosen)
        self.table.opened.connect(self._into_note)
        self.rest.clicked.connect(self._rest_is_well)
        self.repair.clicked.connect(self._report)
        self._read()

    def open(self) -> None:
        super().open()
        self.table.setFocus()

    def _tag(self, row: CheckRow) -> TagLook | None:
        if row.answer is None:
            return TagLook(self.tr("没查"), "warn", "circle")
        return TagLook(ANSWER_WORDS[row.answer], *_LOOKS[row.answer])

    # what is known

    def _read(self, after: UUID | None = None) -> None:
        read = partial(self.shell.session.read, checks.checklist_of, self.page.card.id)
        self.shell.run(read, partial(self._show, after), self.refuse)

    def _show(self, after: UUID | None, rows: Sequence[CheckRow]) -> None:
        """The lines; in hand is the next one without an answer behind `after`, at first the first one."""
        fresh, self.rows = not self.rows, rows
        kept = self.table.current()
        self.table.show_list(list(rows), _key)
        open_, bad = sum(row.answer is None for row in rows), sum(row.answer is CheckAnswer.BAD for row in rows)
        words = self.tr("还有 {n} 项没查").format(n=open_) if open_ else self.tr("都查完了，可以完成工单")
        self.sums.setText(words + (self.tr(" · {n} 项异常").format(n=bad) if bad else ""))
        if rows and (fresh or after is not None or kept is None):
            start = next((at for at, row in enumerate(rows) if row.id == after), -1) + 1
            order = [*range(start, len(rows)), *range(start)]
            self.table.choose(next((at for at in order if rows[at].answer is None), max(0, start - 1)))
        self._chosen(self.table.current())
        if self._typed is not None and self.form is not None:
            self.form.set_values(self._typed)
            self._typed = None

    def _chosen(self, row: CheckRow | None) -> None:
        if row is None or self.form is None:
            return
        self.form.set_values({"answer": row.answer or CheckAnswer.OK, "note": row.note})
        may = self.shell.allowed(Right.EDIT_REPAIRS)
        look = "" if may else self.tr("您的角色只能看")
        closed = "" if self.page.card.state in OPEN else self.tr("工单已经做完，要改先重开")
        bad = row.answer is CheckAnswer.BAD
        self.primary.allow(look or closed)
        self.rest.allow(look or closed)
        self.repair.allow(look or ("" if bad else self.tr("先记下异常，再开维修单")))
        self.repair.setText(self.tr("看维修单") if row.repair_id is not None else self.tr("开维修单"))

    def _into_note(self, _row: object) -> None:
        assert self.form is not None
        self.form.field("note").setFocus()

    # what is asked

    def request(self) -> _Said:
        assert self.form is not None
        typed, row = self.form.values(), self.table.current()
        if row is None:
            return _Said(UUID(int=0), typed["answer"], typed["note"], 0)
        return _Said(row.id, typed["answer"], typed["note"], row.version)

    def problems(self) -> Mapping[str, str]:
        asked = self.request()
        return checks.check_problems(asked.answer, asked.note)

    def order(self, request: _Said) -> Callable[[], object]:
        act = self.shell.session.act
        self._stored_line = request.line_id
        return partial(
            act, Op.GO_ON_WITH_REPAIR, checks.answer_check, request.line_id, request.answer, request.note, request.seen
        )

    def refuse(self, error: Exception) -> None:
        super().refuse(error)
        if isinstance(error, RowChanged):
            assert self.form is not None  # what they found stands in the list now, what she typed stays below
            self._typed = dict(self.form.values())
            self._read()

    def stored(self, news: Any) -> None:
        """Kept: on to the next line."""
        self._asked = False
        self.set_busy(False)
        self.check()
        self.table.setFocus()
        bad = self.request().answer is CheckAnswer.BAD
        self._read(None if bad else self._stored_line)  # what is wrong stays in hand: a repair may come of it

    def _rest_is_well(self) -> None:
        act = partial(self.shell.session.act, Op.GO_ON_WITH_REPAIR, checks.rest_is_well, self.page.card.id)
        self.shell.run(act, self._again, self.refuse, write=True)

    def _again(self, _news: object) -> None:
        self._read()

    def _report(self) -> None:
        row: CheckRow | None = self.table.current()
        if row is None:
            return
        if row.repair_id is not None:
            self.cancel()
            self.shell.navigate("repair", order_id=row.repair_id)
            return
        key = self.shell.session.office.world.new_id()
        act = partial(self.shell.session.act, Op.REPORT_REPAIR, checks.report_fault, row.id, key)
        self.shell.run(act, self._reported, self.refuse, write=True)

    def _reported(self, news: Reported) -> None:
        self.shell.toast(self.tr("已开维修单 {number}").format(number=news.number))
        self._read()


def _key(row: CheckRow) -> UUID:
    return row.id
