"""The views of one list page: F11 shows them, a digit takes one; its columns, widths and order are kept for the person.

A named view holds rows, order and columns; without one the list has the columns and the order its person left it with.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QMenu

from desktop.services import saved_views
from desktop.services.acts import Op
from desktop.services.conditions import chips
from desktop.services.saved_views import ColumnLook, ListLook, ViewRow, ViewsOfList
from desktop.views.buttons import Button
from desktop.views.tables import ColumnLooks
from desktop.views.view_dialogs import ColumnsDialog, ViewsDialog, save_dialog

if TYPE_CHECKING:
    from desktop.views.list_page import ListPage

KEY = "F11"
KEEP_MS = 1800
"""After the last change of a width or an order, before it is stored: one act, not one for each pixel."""


class ListViews(QObject):
    """Made by its page; `button` stands in the head."""

    def __init__(self, page: ListPage) -> None:
        super().__init__(page)
        self._page, self._shell = page, page.shell
        self.known: ViewsOfList | None = None
        self.current: ViewRow | None = None
        self.button = Button(self.tr("视图"), "secondary", icon="bookmark", key=KEY, size="small", slot=self.show_menu)
        self.dialog: ViewsDialog | None = None
        self._keeping = QTimer(self)
        self._keeping.setSingleShot(True)
        self._keeping.setInterval(KEEP_MS)
        self._keeping.timeout.connect(self.keep)

    # what there is

    def reload(self) -> None:
        """Read the views of the list; the first time it is shown as its person left it. Also when they may have
        changed, here or on another PC."""
        read = partial(self._shell.session.read, saved_views.views_of, self._page.list_key)
        self._shell.run(read, self._loaded, self._shell.read_failed)

    def _loaded(self, found: ViewsOfList) -> None:
        first = self.known is None
        self.known = found
        if first:
            self._dress(found.own)
        if self.current is not None:
            self.current = next((each for each in found.views if each.id == self.current.id), None)
        if self.dialog is not None:
            self.dialog.show_views(found.views)
        self.show_name()

    # how the list looks now

    def look_now(self) -> ListLook:
        """Rows, order and columns as they stand."""
        rows = self._page.table.rows
        columns = tuple(ColumnLook(key, wide) for key, wide in self._page.table.looks())
        sort = (rows.sort_key, rows.descending) if rows.sort_key is not None else None
        return ListLook(self._page.scope_now(), self._page.strip.chosen, columns, sort)

    def _dress(self, look: ListLook) -> None:
        """Columns and order of a look."""
        table = self._page.table
        table.show_looks(looks_of(look))
        sort_keys = {column.sort_key for column in table.known if column.sort_key}
        key, down = look.sort if look.sort is not None and look.sort[0] in sort_keys else (None, False)
        if (table.rows.sort_key, table.rows.descending) != (key, down):
            table.rows.order_by(key, down)

    def take(self, view: ViewRow) -> None:
        """Show the list as a view says."""
        self.keep_now()
        self.current = view
        self._dress(view.look)
        self._page.show_rows_of(view.look.scope, view.look.chosen)
        self.show_name()

    def leave(self) -> None:
        """Without a view: the person's own columns and order again, every row."""
        self.current = None
        self._dress(self.known.own if self.known is not None else ListLook())
        self.show_name()

    def show_name(self) -> None:
        """The view in force stands on the button, as long as the list looks as it says."""
        same = self.current is not None and self.current.look == self.look_now()
        self.button.setText(self.current.title if same and self.current is not None else self.tr("视图"))

    # keeping how it was left

    def looks_changed(self) -> None:
        """A width or the order: kept a moment later, unless it belongs to a named view."""
        self.show_name()
        if self.current is None:
            self._keeping.start()

    def keep_now(self) -> None:
        """Before the list is left or locked."""
        if self._keeping.isActive():
            self._keeping.stop()
            self.keep()

    def rest(self) -> None:
        """Nothing ticks behind a page that is not seen."""
        self._keeping.stop()

    def keep(self) -> None:
        now = self.look_now()
        own = ListLook(columns=now.columns, sort=now.sort)
        if self.known is None or own == self.known.own:
            return
        self.known = ViewsOfList(own, self.known.views)
        act = partial(
            self._shell.session.act, Op.SAVE_VIEW, saved_views.keep_look, self._page.list_key, own.columns, own.sort
        )
        self._shell.run(act, _nothing, self._shell.read_failed, write=True)

    # F11

    def show_menu(self) -> None:
        """The views by number, and what can be done with them."""
        menu = QMenu(self._page)
        menu.aboutToHide.connect(menu.deleteLater)
        views = self.known.views if self.known is not None else ()
        for at, view in enumerate(views):
            title = view.title.replace("&", "&&") + (self.tr("（大家的）") if view.shared else "")
            action = menu.addAction(f"&{at + 1}　{title}" if at < 9 else f"　 {title}", partial(self.take, view))
            action.setCheckable(True)
            action.setChecked(self.current is not None and view.id == self.current.id)
        if views:
            menu.addSeparator()
        if self.current is not None and self.current.look != self.look_now():
            menu.addAction(self.tr("更新「{title}」").format(title=self.current.title), self.update_current)
        menu.addAction(self.tr("&0　存为视图"), self.save)
        menu.addAction(self.tr("选列"), self.choose_columns)
        if views:
            menu.addAction(self.tr("整理视图"), self.arrange)
        if self.current is not None or self._page.strip.chosen:
            menu.addAction(self.tr("不用视图，看全部"), self._page.show_all)
        menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))

    def save(self) -> None:
        """存为视图: a name is proposed from the conditions."""
        some = dict(self._page.strip.chosen)
        parts = [each.words_of(some[each.key]) for each in self._page.strip.known if each.key in some]
        name = " ".join(parts).replace("、", " ")[: saved_views.LONGEST].strip() or self._page.scope_words()
        taken = [view.title for view in self.known.views if not view.shared] if self.known is not None else []
        dialog = save_dialog(self._shell, self._page.list_key, name, self.look_now(), taken)
        dialog.done.connect(self._saved)
        self._shell.open(dialog)

    def _saved(self, view_id: object) -> None:
        self._page.strip.close_strip()
        views = self.known.views if self.known is not None else ()
        before = next((view for view in views if view.id == view_id), None)
        read = partial(self._shell.session.read, saved_views.views_of, self._page.list_key)
        self._shell.run(read, partial(self._take_saved, view_id, before))

    def _take_saved(self, view_id: object, before: ViewRow | None, found: ViewsOfList) -> None:
        self._know(view_id, found)
        if self.current is not None:
            at = [view.id for view in found.views].index(self.current.id)
            key = f"F11 {at + 1}" if at < 9 else "F11"
            undo = partial(self._put_back, before) if before is not None else partial(self._drop, self.current)
            self._shell.toast(self.tr("已存为视图「{title}」，以后按 {key} 打开").format(
                title=self.current.title, key=key), undo)  # fmt: skip

    def _put_back(self, view: ViewRow) -> None:
        """A view that was saved over is as it was before."""
        act = partial(self._shell.session.act, Op.SAVE_VIEW, saved_views.change_view, view.id, view.look)
        self._shell.run(act, partial(self._updated, view.id), write=True)

    def _drop(self, view: ViewRow) -> None:
        act = partial(self._shell.session.act, Op.SAVE_VIEW, saved_views.drop_view, view.id)
        self._shell.run(act, self._dropped, write=True)

    def _dropped(self, _news: object) -> None:
        self.current = None
        self.reload()

    def update_current(self) -> None:
        """The view in force takes on how the list looks now."""
        if self.current is not None:
            view_id = self.current.id
            act = partial(self._shell.session.act, Op.SAVE_VIEW, saved_views.change_view, view_id, self.look_now())
            self._shell.run(act, partial(self._updated, view_id), write=True)

    def _updated(self, view_id: object, _news: object) -> None:
        self._shell.toast(self.tr("视图已更新"))
        read = partial(self._shell.session.read, saved_views.views_of, self._page.list_key)
        self._shell.run(read, partial(self._know, view_id))

    def _know(self, view_id: object, found: ViewsOfList) -> None:
        self.known = found
        self.current = next((view for view in found.views if view.id == view_id), None)
        self.show_name()

    def choose_columns(self) -> None:
        """选列."""
        table = self._page.table
        widths = {column.key: table.columnWidth(at) for at, column in enumerate(table.rows.columns)}
        dialog = ColumnsDialog(self._shell, table.known, table.looks(), widths)
        dialog.submitted.connect(self._columns_chosen)
        self._shell.open(dialog)

    def _columns_chosen(self, looks: Any) -> None:
        self._page.table.show_looks(looks)
        self.looks_changed()
        self.keep_now()

    def arrange(self) -> None:
        """整理视图."""
        views = self.known.views if self.known is not None else ()
        self.dialog = ViewsDialog(self._shell, views, self._words_of)
        self.dialog.changed.connect(self.reload)
        self.dialog.closed.connect(self._arranging_over)
        self._shell.open(self.dialog)

    def _arranging_over(self, _accepted: bool) -> None:
        self.dialog = None
        self.reload()

    def _words_of(self, view: ViewRow) -> str:
        parts = [self._page.scope_words(view.look.scope)]
        parts += [words for _, words in chips(view.look.chosen, self._page.strip.known)]
        return " · ".join(part for part in parts if part)


def looks_of(look: ListLook) -> ColumnLooks:
    """The columns of a look as a table takes them."""
    return tuple((column.key, column.width) for column in look.columns)


def _nothing(*_: object) -> None:
    """Somebody else goes on."""
