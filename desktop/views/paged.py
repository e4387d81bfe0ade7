"""A table's rows, fetched in blocks as they scroll into view: the scroll bar is honest and memory flat at any size."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal
from shiboken6 import isValid

from desktop.views.columns import Ask, Column, Count, GroupHead, Kind, Source, Ticks

BLOCK_ROWS = 100
BLOCKS_KEPT = 60
IN_FLIGHT = 2
Index = QModelIndex | QPersistentModelIndex
_ROLE, _FLAG = Qt.ItemDataRole, Qt.ItemFlag
_ANSWERED = frozenset({_ROLE.DisplayRole, _ROLE.AccessibleTextRole, _ROLE.ToolTipRole, _ROLE.TextAlignmentRole})
_NO_FLAGS, _PLAIN = _FLAG.NoItemFlags, _FLAG.ItemIsEnabled | _FLAG.ItemNeverHasChildren
_SELECTABLE = _PLAIN | _FLAG.ItemIsSelectable
"""Put together once: Qt asks for the flags of a cell several times while it paints it."""

Runner = Callable[..., Any]
"""`run(function, done, failed)`: `Shell.run`, or `run_now` for rows already in memory."""


def run_now(
    function: Callable[[], Any],
    done: Callable[[Any], object] | None = None,
    failed: Callable[[Exception], object] | None = None,
) -> None:
    """Run at once: only for what never waits, such as a ListSource."""
    result = function()
    if done is not None:
        done(result)


class PagedModel(QAbstractTableModel):
    """Signals: counted(Count) once the number is known; failed(error); ticked(); arrived() after a page came;
    first_arrived() after the first page of a source came and before its rows are counted: paint them now.
    """

    counted = Signal(object)
    failed = Signal(object)
    ticked = Signal()
    arrived = Signal()
    first_arrived = Signal()

    def __init__(self, columns: Sequence[Column], run: Runner = run_now) -> None:
        super().__init__()
        self.columns = list(columns)
        self.ticks = Ticks()
        self.can_tick: Callable[[Any], bool] = lambda row: not isinstance(row, GroupHead)
        self.sort_key: str | None = None
        self.descending = False
        self._run = run
        self._source: Source | None = None
        self._rows = 0
        self._count = Count(0)
        self._blocks: OrderedDict[int, list[Any]] = OrderedDict()
        self._stale: set[int] = set()
        self._wanted: list[int] = []
        self._flying: set[int] = set()
        self._generation = 0
        self._count_asked = 0
        """Apart from the pages: another order has the same number of rows."""
        self._counted = self._to_count = self._count_due = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._fetch)

    # what is shown

    def set_source(self, source: Source | None) -> None:
        """Show other rows: a new filter, another list. Ticks are forgotten."""
        self.beginResetModel()
        self._generation += 1
        self._count_asked += 1
        self._source, self._rows, self._count = source, 0, Count(0)
        self._counted = False
        self._count_due = source is not None
        """The first page is shown without the count, and does not share the interpreter with it."""
        self._blocks.clear()
        self._stale.clear()
        self._wanted, self._flying = [], set()
        self.ticks = Ticks()
        self.endResetModel()
        if source is not None:
            self._wanted.append(0)
            self._fetch()

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Other columns of the same rows: what has been fetched stays."""
        self.beginResetModel()
        self.columns = list(columns)
        self.endResetModel()

    @property
    def source(self) -> Source | None:
        return self._source

    def refresh(self) -> None:
        """Rows may have changed: fetch again what is in view, keeping what is shown until the answer comes."""
        self._generation += 1
        self._stale = set(self._blocks)
        self._wanted, self._flying = [], set()
        if self._source is not None:
            self._ask_count()

    @property
    def total(self) -> Count:
        return self._count

    @property
    def may_grow(self) -> bool:
        """Whether there may be more rows than `rowCount` says: nobody has counted them yet, or only estimated."""
        return not (self._counted and self._count.exact)

    def row(self, at: int) -> Any:
        """The row at a position, or None while it is not here yet."""
        block, offset = divmod(at, BLOCK_ROWS)
        rows = self._blocks.get(block)
        return rows[offset] if rows is not None and offset < len(rows) else None

    def rows_here(self, first: int, last: int) -> Iterator[Any]:
        """The rows between two positions, both counted, that have been fetched, in order."""
        for block in sorted(self._blocks):
            start = block * BLOCK_ROWS
            if start <= last and start + BLOCK_ROWS > first:
                yield from self._blocks[block][max(0, first - start) : last + 1 - start]

    def key(self, at: int) -> Hashable | None:
        row = self.row(at)
        return None if row is None or self._source is None else self._source.key(row)

    def position(self, key: Hashable) -> int:
        """Where a key stands among the rows that are here and fresh, or -1."""
        if self._source is not None:
            for block, rows in self._blocks.items():
                if block in self._stale:
                    continue
                for offset, row in enumerate(rows):
                    if self._source.key(row) == key:
                        return block * BLOCK_ROWS + offset
        return -1

    @property
    def blocks_held(self) -> int:
        return len(self._blocks)

    # Qt's questions

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else self._rows

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or role not in _ANSWERED:
            return None
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        block, offset = divmod(index.row(), BLOCK_ROWS)
        rows = self._blocks.get(block)
        if rows is None or block in self._stale:
            self._want(block)
        if rows is None or offset >= len(rows):
            return "…"
        row = rows[offset]
        if isinstance(row, GroupHead):
            return f"{row.text} {row.detail}".strip() if index.column() == 0 else ""
        if column.kind == Kind.TICK:
            if role != Qt.ItemDataRole.AccessibleTextRole:
                return None
            key = self.key(index.row())
            return self.tr("已勾选") if key is not None and self.ticks.has(key) else self.tr("未勾选")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column.title} {column.words(row)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.words(row) if column.kind == Kind.NAME else None
        return column.words(row)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return _NO_FLAGS
        return _PLAIN if isinstance(self.row(index.row()), GroupHead) else _SELECTABLE

    def order_by(self, key: str | None, descending: bool = False) -> None:
        """Sort by a column's sort_key; the source does it."""
        self.sort_key, self.descending = key, descending
        self._generation += 1
        self._stale = set(self._blocks)
        self._wanted, self._flying = [], set()
        if self._rows:
            self._tell_changed(0, self._rows - 1)
        if self._count_due:  # its first page was asked for in the order before
            self._wanted.append(0)
            self._fetch()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)

    # ticks

    def flip_tick(self, at: int) -> None:
        row = self.row(at)
        key = self.key(at)
        if row is not None and key is not None and self.can_tick(row):
            self.ticks.flip(key)
            self._tell_changed(at, at)
            self.ticked.emit()

    def tick_all(self, on: bool) -> None:
        """Tick everything the source knows, also what has never been fetched; or nothing."""
        self.ticks = Ticks(everything=on)
        if self._rows:
            self._tell_changed(0, self._rows - 1)
        self.ticked.emit()

    # fetching

    def _ask_due_count(self) -> None:
        if self._count_due:
            self._ask_count()

    def _ask_count(self) -> None:
        self._count_due = False
        self._count_asked += 1
        source = self._source
        assert source is not None
        self._run(source.count, _Answer(self._show_count, self._count_asked), self._count_failed)

    def _count_failed(self, error: Exception) -> None:
        self.failed.emit(error)

    def _show_count(self, asked: int, count: Count) -> None:
        if asked != self._count_asked:
            return
        self._counted = True
        self._count = count
        self._to_count = not count.exact and hasattr(self._source, "count_all")
        # Asked again, an estimate does not take away the rows that somebody stands on.
        self._set_rows(count.rows if count.exact else max(count.rows, self._rows))
        for block in [block for block in self._blocks if block * BLOCK_ROWS >= self._rows]:
            del self._blocks[block]
        if count.exact:  # a page that came before the count may have come before its rows
            whole = {at: min(BLOCK_ROWS, self._rows - at * BLOCK_ROWS) for at in self._blocks}
            self._stale.update(at for at, rows in self._blocks.items() if len(rows) < whole[at])
        self.counted.emit(count)
        if self._rows:
            self._tell_changed(0, self._rows - 1)
        self._ask_all()

    def _ask_all(self) -> None:
        """Behind an estimate, how many there really are: once there are rows to look at meanwhile."""
        if self._to_count and self._blocks:
            self._to_count = False
            source: Any = self._source
            self._run(source.count_all, _Answer(self._show_all, self._count_asked), self._count_failed)

    def _show_all(self, asked: int, count: Count | None) -> None:
        """What was estimated has been counted: the scroll bar is honest from here on."""
        if asked == self._count_asked and count is not None:
            self._count = count
            self._set_rows(count.rows)
            self.counted.emit(count)

    def _set_rows(self, rows: int) -> None:
        if rows > self._rows:
            self.beginInsertRows(QModelIndex(), self._rows, rows - 1)
            self._rows = rows
            self.endInsertRows()
        elif rows < self._rows:
            self.beginRemoveRows(QModelIndex(), rows, self._rows - 1)
            self._rows = rows
            self.endRemoveRows()

    def _want(self, block: int) -> None:
        if block in self._flying:
            return
        if block in self._wanted:
            self._wanted.remove(block)
        self._wanted.append(block)
        del self._wanted[:-8]  # a dragged scroll bar passes many blocks; only the last ones are still in view
        if not self._soon.isActive():
            self._soon.start(0)

    def _fetch(self) -> None:
        while self._wanted and len(self._flying) < IN_FLIGHT and self._source is not None:
            block = self._wanted.pop()
            if block in self._blocks and block not in self._stale:
                continue
            ask = self._ask_for(block)
            self._flying.add(block)
            page = _Page(self._source, ask)
            self._run(
                page, _Answer(self._show_block, self._generation, block), _Answer(self._lost, self._generation, block)
            )

    def _ask_for(self, block: int) -> Ask:
        """By the nearest block that is here, unless an end of the list is nearer."""
        offset = block * BLOCK_ROWS
        left = self._rows - offset - BLOCK_ROWS if self._counted and self._count.exact else None
        ask = Ask(offset, BLOCK_ROWS, left=left, sort=self.sort_key, descending=self.descending)
        ends = min(offset, max(0, left)) if left is not None else offset
        fresh = [at for at, rows in self._blocks.items() if at not in self._stale and len(rows) == BLOCK_ROWS]
        above = max((at for at in fresh if at < block), default=-1)
        below = min((at for at in fresh if at > block), default=-1)
        over, under = (block - above - 1) * BLOCK_ROWS, (below - block - 1) * BLOCK_ROWS
        if above >= 0 and over <= ends and (below < 0 or over <= under):
            return replace(ask, after=self._blocks[above][-1], skip=over)
        if below >= 0 and under <= ends:
            return replace(ask, before=self._blocks[below][0], skip=under)
        return ask

    def _show_block(self, generation: int, block: int, rows: Sequence[Any]) -> None:
        if generation != self._generation:
            return  # answers to a question nobody asks any more
        self._flying.discard(block)
        self._stale.discard(block)
        self._blocks[block] = list(rows)
        self._blocks.move_to_end(block)
        while len(self._blocks) > BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        first = block * BLOCK_ROWS
        if not self._counted:
            self._set_rows(max(self._rows, first + len(rows)))
        elif not self._count.exact:
            self._mend_estimate(first, len(rows))
        last = min(first + BLOCK_ROWS, self._rows) - 1
        if last >= first:
            self._tell_changed(first, last)
        self.arrived.emit()
        if self._wanted:
            self._soon.start(0)
        if self._count_due and self._run is not run_now:
            self.first_arrived.emit()
        self._ask_due_count()
        self._ask_all()

    def _mend_estimate(self, first: int, got: int) -> None:
        """An estimated count learns from the pages: short ones show the true end, full ones at the end stretch it."""
        if got < BLOCK_ROWS and first + got < self._rows:
            self._set_rows(first + got)
        elif got == BLOCK_ROWS and first + got >= self._rows:
            self._set_rows(self._rows + BLOCK_ROWS)

    def _lost(self, generation: int, block: int, error: Exception) -> None:
        if generation == self._generation:
            self._flying.discard(block)
            self.failed.emit(error)
            self._ask_due_count()

    def _tell_changed(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))


@dataclass(frozen=True, slots=True)
class _Page:
    """The work of one fetch, with nothing of Qt in it."""

    source: Source
    ask: Ask

    def __call__(self) -> Sequence[Any]:
        return self.source.page(self.ask)


class _Answer:
    """Remembers which question an answer belongs to, and keeps it from a table that is gone."""

    def __init__(self, slot: Callable[..., object], *known: Any) -> None:
        self._slot, self._known = slot, known

    def __call__(self, answer: Any) -> None:
        model = getattr(self._slot, "__self__", None)
        if not isinstance(model, QObject) or isValid(model):
            self._slot(*self._known, answer)
