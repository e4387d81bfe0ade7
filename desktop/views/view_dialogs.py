"""Dialogs about views of lists: naming one, choosing columns, and the views there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import Any

from PySide6.QtCore import Qt, Signal

from desktop.models.values import Right
from desktop.services import saved_views
from desktop.services.acts import Op
from desktop.services.saved_views import LONGEST, ListLook, SaveView, ViewRow, title_problem
from desktop.views.act_dialog import ActDialog
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind
from desktop.views.dialogs import Dialog
from desktop.views.labels import label
from desktop.views.layouts import flowing
from desktop.views.pages import Shell
from desktop.views.tables import ColumnLooks, RowTable, fill
from desktop.views.text_fields import TextField

STEP = 12
"""px a column grows or shrinks with a key."""


class TitleDialog(ActDialog):
    """The name of a view; Enter keeps it. Signals: done(view id or None)."""

    help_topic = "lists.views"

    def __init__(self, shell: Shell, title: str, name: str, taken: Sequence[str], order: Callable[[str], Any]) -> None:
        super().__init__(shell, title, primary=shell.frame.tr("保存"), primary_icon="bookmark", wide=520)
        self._taken, self._order_of = frozenset(taken), order
        form = self.use_form(1)
        field = TextField(name, limit=LONGEST + 10)
        field.enter_moves_on = False
        field.entered.connect(self.submit)
        form.add("title", self.tr("视图叫什么"), field, required=True, hint=self.tr("例如：2 栋欠租"))
        self.form = form

    def open(self) -> None:
        super().open()
        assert self.form is not None
        self.form.field("title").selectAll()
        self.check()

    def _title(self) -> str:
        assert self.form is not None
        return str(self.form.values()["title"])

    def problems(self) -> Mapping[str, str]:
        problem = title_problem(self._title())
        return {"title": problem} if problem else {}

    def doubts(self) -> Mapping[str, str]:
        if self._title() in self._taken:
            return {"title": self.tr("已有这个视图：保存就换成现在的样子")}
        return {}

    def request(self) -> str:
        return self._title()

    def order(self, request: str) -> Callable[[], object]:
        done: Callable[[], object] = self._order_of(request)
        return done


def save_dialog(shell: Shell, list_key: str, name: str, look: ListLook, taken: Sequence[str]) -> TitleDialog:
    """存为视图: how the list looks now, under a name."""

    def order(title: str) -> Any:
        return partial(shell.session.act, Op.SAVE_VIEW, saved_views.save_view, SaveView(list_key, title, look))

    return TitleDialog(shell, shell.frame.tr("存为视图"), name, taken, order)


def rename_dialog(shell: Shell, view: ViewRow) -> TitleDialog:
    """改名."""

    def order(title: str) -> Any:
        return partial(shell.session.act, Op.SAVE_VIEW, saved_views.rename_view, view.id, title)

    return TitleDialog(shell, shell.frame.tr("视图改名"), view.title, (), order)


# ---- columns -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Offered:
    """A column in the dialog."""

    key: str
    title: str
    shown: bool
    width: int | None


class ColumnsDialog(Dialog):
    """选列: which columns, in which order, how wide; all of it by keys. Signals: submitted(ColumnLooks)."""

    help_topic = "lists.columns"
    fills = True

    def __init__(self, shell: Shell, known: Sequence[Column], looks: ColumnLooks, widths: Mapping[str, int]) -> None:
        super().__init__(shell.frame, shell.frame.tr("选列"), primary=shell.frame.tr("保存"), wide=860)
        self._known, self._widths = [column for column in known if column.key], dict(widths)
        self.body.addWidget(label(self.tr("空格 显示或隐藏 · Ctrl ↑↓ 换位置 · Ctrl ←→ 调宽窄"), "muted"))
        self.table = RowTable(
            [
                Column(self.tr("显示"), self._shown, kind=Kind.TEXT, sample="不显示", tone=self._tone),
                Column(self.tr("列"), attrgetter("title"), kind=Kind.NAME, sample="欠费（元）", stretch=1, strong=True),
                Column(self.tr("宽度"), self._width_words, kind=Kind.TEXT, sample="按内容", tone=self._tone),
            ]
        )
        self.table.setAccessibleName(self.tr("列"))
        self.table.say_when_empty(self.tr("没有可选的列"), self.tr("按 Alt 1 恢复默认的列"))
        self.body.addWidget(self.table, 1)
        self._rows = self._offered(looks)
        self._build_foot()
        self._fill(0)

    def _build_foot(self) -> None:
        self.flip = Button(self.tr("显示"), size="small", key="Space", slot=self._flip)
        self.up = Button(self.tr("上移"), size="small", key="Ctrl+Up", slot=partial(self._move, -1))
        self.down = Button(self.tr("下移"), size="small", key="Ctrl+Down", slot=partial(self._move, 1))
        self.narrower = Button(self.tr("窄"), size="small", key="Ctrl+Left", slot=partial(self._resize, -STEP))
        self.wider = Button(self.tr("宽"), size="small", key="Ctrl+Right", slot=partial(self._resize, STEP))
        self.usual = Button(self.tr("默认"), "quiet", size="small", key="Alt+1", slot=self._reset)
        buttons = (self.flip, self.up, self.down, self.narrower, self.wider, self.usual)
        for button in buttons:
            button.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.body.addWidget(flowing(*buttons))  # in the large type they take two lines

    def open(self) -> None:
        super().open()
        self.table.setFocus(Qt.FocusReason.TabFocusReason)

    def _offered(self, looks: ColumnLooks) -> list[_Offered]:
        """Those shown in their order, then the others."""
        by_key = {column.key: column for column in self._known}
        shown = [(key, wide) for key, wide in looks if key in by_key]
        shown = shown or [(column.key, None) for column in self._known if column.usual]
        rows = [_Offered(key, by_key[key].title, True, wide) for key, wide in shown]
        there = {row.key for row in rows}
        return rows + [_Offered(each.key, each.title, False, None) for each in self._known if each.key not in there]

    def _fill(self, at: int) -> None:
        self.table.show_list(self._rows, attrgetter("key"))
        self.table.choose(at)

    def _shown(self, row: _Offered) -> str:
        return self.tr("✓ 显示") if row.shown else self.tr("不显示")

    def _width_words(self, row: _Offered) -> str:
        return f"{row.width} px" if row.width else self.tr("按内容")

    @staticmethod
    def _tone(row: _Offered) -> str:
        return "text" if row.shown else "text-faint"

    def _at(self) -> int:
        return self.table.currentIndex().row()

    def _put(self, at: int, row: _Offered) -> None:
        self._rows[at] = row
        self._fill(at)

    def _flip(self) -> None:
        at = self._at()
        row = self._rows[at]
        if row.shown and sum(each.shown for each in self._rows) == 1:
            self.summary.say(self.tr("至少留一列：先显示另一列，再隐藏这一列"), "warn")
            return
        self.summary.say("")
        self._put(at, replace(row, shown=not row.shown))

    def _move(self, by: int) -> None:
        at = self._at()
        if 0 <= at + by < len(self._rows):
            self._rows[at], self._rows[at + by] = self._rows[at + by], self._rows[at]
            self._fill(at + by)

    def _resize(self, by: int) -> None:
        at = self._at()
        row = self._rows[at]
        now = row.width or self._widths.get(row.key, 100)
        self._put(at, replace(row, width=max(44, min(600, now + by))))

    def _reset(self) -> None:
        self.summary.say("")
        self._rows = self._offered(())
        self._fill(0)

    def request(self) -> ColumnLooks:
        looks = tuple((row.key, row.width) for row in self._rows if row.shown)
        usual = tuple((column.key, None) for column in self._known if column.usual)
        return () if looks == usual else looks

    def submit(self) -> None:
        request = self.request()
        self.accept()
        self.submitted.emit(request)


# ---- the views there are -------------------------------------------------------------------------------------------


class ViewsDialog(Dialog):
    """整理视图: rename, give to everybody, take away and bring back. Signals: changed() after each."""

    help_topic = "lists.views"
    writes = False
    fills = True

    changed = Signal()

    def __init__(self, shell: Shell, views: Sequence[ViewRow], words_of: Callable[[ViewRow], str]) -> None:
        super().__init__(shell.frame, shell.frame.tr("整理视图"), cancel=shell.frame.tr("关闭"), wide=760)
        self.shell = shell
        self.primary.hide()
        self.primary.set_key(None)
        self.table = RowTable(
            [
                Column(self.tr("视图"), attrgetter("title"), kind=Kind.NAME, sample="2 栋欠租", strong=True, stretch=1),
                Column(self.tr("条件"), words_of, kind=Kind.NAME, sample="楼栋 2 栋 · 欠费 30 天以上", stretch=2),
                Column(self.tr("谁能用"), self._who, kind=Kind.NAME, sample="大家（欧阳知微）"),
            ]
        )
        self.table.setAccessibleName(self.tr("视图"))
        self.table.say_when_empty(self.tr("还没有视图"), self.tr("先按 F10 选条件，再按 Enter 存为视图"))
        self.body.addWidget(self.table, 1)
        self.rename = Button(self.tr("改名"), key="Alt+1", slot=self._rename, writes=True)
        self.share = Button(self.tr("给大家用"), key="Alt+2", slot=self._share, writes=True)
        self.drop = Button(self.tr("删除"), "danger", key="Alt+3", slot=self._drop, writes=True)
        self.undo = Button(self.tr("撤销删除"), "quiet", key="Ctrl+Z", slot=self._bring_back, writes=True)
        self.undo.hide()
        self._dropped: ViewRow | None = None
        for button in (self.undo, self.rename, self.share, self.drop):
            self.foot.addWidget(button)
        self.table.current_row.connect(self._allow)
        self.table.opened.connect(self._rename)
        self.show_views(views)

    def show_views(self, views: Sequence[ViewRow]) -> None:
        fill(self.table, list(views), attrgetter("id"))
        self._allow(self.table.current())

    def open(self) -> None:
        super().open()
        self.table.setFocus(Qt.FocusReason.TabFocusReason)

    def _who(self, row: ViewRow) -> str:
        return self.tr("大家（{who}）").format(who=row.who) if row.shared else self.tr("自己")

    def _allow(self, row: ViewRow | None) -> None:
        may_share = self.shell.allowed(Right.EXPORT_LISTS)
        none = self.tr("先选一个视图") if row is None else ""
        not_mine = row is not None and row.shared and not row.mine and not may_share
        theirs = self.tr("这是别人给大家用的视图：请主管修改") if not_mine else ""
        self.rename.allow(none or theirs)
        self.drop.allow(none or theirs)
        self.share.allow(none or ("" if may_share else self.tr("您的角色不能给大家用：请主管登录后办理")))
        self.share.setText(self.tr("收回自用") if row is not None and row.shared else self.tr("给大家用"))

    def _rename(self, _row: object = None) -> None:
        row = self.table.current()
        if row is not None and self.rename.isEnabled():
            dialog = rename_dialog(self.shell, row)
            dialog.done.connect(self._told)
            self.shell.open(dialog)

    def _share(self) -> None:
        row = self.table.current()
        if row is not None:
            self._act(partial(saved_views.share_view, view_id=row.id, shared=not row.shared))

    def _drop(self) -> None:
        self._dropped = self.table.current()
        if self._dropped is not None:
            self._act(partial(saved_views.drop_view, view_id=self._dropped.id))

    def _bring_back(self) -> None:
        row, self._dropped = self._dropped, None
        if row is not None:
            self._act(partial(saved_views.drop_view, view_id=row.id, dropped=False))

    def _act(self, act: Callable[..., Any]) -> None:
        self.shell.run(partial(self.shell.session.act, Op.SAVE_VIEW, act), self._told, self.refuse, write=True)

    def _told(self, _news: object) -> None:
        gone = self._dropped
        self.undo.setVisible(gone is not None)
        self.summary.say(self.tr("已删除「{title}」").format(title=gone.title) if gone is not None else "", "warn")
        self.changed.emit()
