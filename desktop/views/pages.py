"""The pages of the program as data, what a page is, and what the frame (the shell) gives it.

Recipe for a page: write `class MetersPage(Page)` in `views/meters.py`, add one PageSpec to PAGES below with the place
"desktop.views.meters:MetersPage". Nothing else: rail, title, rights, history and keys follow. A page's module is
imported when it is first opened, so the sign-in page never waits for SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from PySide6.QtCore import QT_TRANSLATE_NOOP, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.right import Right
from desktop.views.labels import FreeText, Tag, label
from desktop.views.overlays import BodyScroll

if TYPE_CHECKING:
    from desktop.views.dialogs import Dialog
    from desktop.views.jobs import Job, Jobs
    from desktop.views.notices import Notice


class Command(StrEnum):
    """The fixed keys of the frame, which the page in front may answer: `Page.command` returns True when it has."""

    REVEAL = "F3"
    REFRESH = "F5"
    PRINT = "F6"
    BACK = "Esc"
    SAVE = "Ctrl+Return"
    UNDO = "Ctrl+Z"
    EDIT = "Ctrl+E"
    NEW = "Ctrl+N"


class PageSpec(NamedTuple):
    """A page as the frame knows it before it exists.

    `factory` is "module:Class" or a callable taking the shell. `rail` is the position on the rail, from 0; None keeps
    the page off it; 90 and above stand at the bottom. `rail_key` is another page whose rail entry this one lights up.
    """

    key: str
    title: str
    icon: str
    factory: str | Callable[[Shell], Page]
    right: Right | None = None
    rail: int | None = None
    rail_key: str = ""

    def make(self, shell: Shell) -> Page:
        """Import and build the page."""
        if callable(self.factory):
            return self.factory(shell)
        module, _, name = self.factory.partition(":")
        page: Page = getattr(import_module(module), name)(shell)
        return page


PAGES: list[PageSpec] = [
    PageSpec(
        "today",
        str(QT_TRANSLATE_NOOP("Pages", "今日")),
        "calendar-check",
        "desktop.views.today:TodayPage",
        Right.SEE_BOARD,
        0,
    ),
    PageSpec(
        "board",
        str(QT_TRANSLATE_NOOP("Pages", "房态")),
        "layout-grid",
        "desktop.views.room_board:RoomBoardPage",
        Right.SEE_BOARD,
        10,
    ),
    PageSpec(
        "room",
        str(QT_TRANSLATE_NOOP("Pages", "房间")),
        "layout-grid",
        "desktop.views.room:RoomPage",
        Right.SEE_BOARD,
        rail_key="board",
    ),
    PageSpec(
        "rooms",
        str(QT_TRANSLATE_NOOP("Pages", "房间列表")),
        "layout-grid",
        "desktop.views.rooms:RoomsPage",
        Right.SEE_BOARD,
        rail_key="board",
    ),
    PageSpec(
        "parties",
        str(QT_TRANSLATE_NOOP("Pages", "租客")),
        "users",
        "desktop.views.parties:PartiesPage",
        Right.SEE_PARTIES,
        20,
    ),
    PageSpec(
        "party",
        str(QT_TRANSLATE_NOOP("Pages", "租客")),
        "users",
        "desktop.views.party:PartyPage",
        Right.SEE_PARTIES,
        rail_key="parties",
    ),
    PageSpec(
        "check_in",
        str(QT_TRANSLATE_NOOP("Pages", "办理入住")),
        "log-in",
        "desktop.views.check_in.page:CheckInPage",
        Right.CHECK_IN,
        rail_key="parties",
    ),
    PageSpec(
        "enquiries",
        str(QT_TRANSLATE_NOOP("Pages", "意向")),
        "user-round-plus",
        "desktop.views.enquiries:EnquiriesPage",
        Right.SEE_PARTIES,
        25,
    ),
    PageSpec(
        "leases",
        str(QT_TRANSLATE_NOOP("Pages", "租约")),
        "file-text",
        "desktop.views.leases:LeasesPage",
        Right.SEE_LEASES,
        30,
    ),
    PageSpec(
        "lease",
        str(QT_TRANSLATE_NOOP("Pages", "租约")),
        "file-text",
        "desktop.views.lease:LeasePage",
        Right.SEE_LEASES,
        rail_key="leases",
    ),
    PageSpec(
        "bills",
        str(QT_TRANSLATE_NOOP("Pages", "账单")),
        "receipt",
        "desktop.views.bills:BillsPage",
        Right.SEE_BILLS,
        40,
    ),
    PageSpec(
        "bill",
        str(QT_TRANSLATE_NOOP("Pages", "账单")),
        "receipt",
        "desktop.views.bill:BillPage",
        Right.SEE_BILLS,
        rail_key="bills",
    ),
    PageSpec(
        "bill_run",
        str(QT_TRANSLATE_NOOP("Pages", "出账")),
        "receipt",
        "desktop.views.bill_run:BillRunPage",
        Right.POST_BILLS,
        rail_key="bills",
    ),
    PageSpec(
        "month_sums",
        str(QT_TRANSLATE_NOOP("Pages", "月报")),
        "chart-column",
        "desktop.views.month_sums:MonthSumsPage",
        Right.SEE_BILLS,
        rail_key="bills",
    ),
    PageSpec(
        "meters",
        str(QT_TRANSLATE_NOOP("Pages", "抄表")),
        "gauge",
        "desktop.views.meters:MetersPage",
        Right.READ_METERS,
        45,
    ),
    PageSpec(
        "pools",
        str(QT_TRANSLATE_NOOP("Pages", "公摊")),
        "gauge",
        "desktop.views.pools:PoolsPage",
        Right.SEE_BILLS,
        rail_key="meters",
    ),
    PageSpec(
        "till", str(QT_TRANSLATE_NOOP("Pages", "收款")), "wallet", "desktop.views.till:TillPage", Right.SEE_BILLS, 50
    ),
    PageSpec(
        "receipts",
        str(QT_TRANSLATE_NOOP("Pages", "收据")),
        "receipt-text",
        "desktop.views.receipts:ReceiptsPage",
        Right.SEE_BILLS,
        55,
    ),
    PageSpec(
        "receipt",
        str(QT_TRANSLATE_NOOP("Pages", "收据")),
        "wallet",
        "desktop.views.receipt:ReceiptPage",
        Right.SEE_BILLS,
        rail_key="receipts",
    ),
    PageSpec(
        "deposits",
        str(QT_TRANSLATE_NOOP("Pages", "押金")),
        "piggy-bank",
        "desktop.views.deposits:DepositsPage",
        Right.SEE_BILLS,
        57,
    ),
    PageSpec(
        "deposit",
        str(QT_TRANSLATE_NOOP("Pages", "押金")),
        "piggy-bank",
        "desktop.views.deposit:DepositPage",
        Right.SEE_BILLS,
        rail_key="deposits",
    ),
    PageSpec(
        "keys",
        str(QT_TRANSLATE_NOOP("Pages", "钥匙门卡")),
        "key-round",
        "desktop.views.key_list:KeysPage",
        Right.SEE_BOARD,
        rail_key="deposits",
    ),
    PageSpec(
        "invoices",
        str(QT_TRANSLATE_NOOP("Pages", "发票登记")),
        "file-text",
        "desktop.views.invoices:InvoicesPage",
        Right.SEE_BILLS,
        rail_key="receipts",
    ),
    PageSpec(
        "repairs",
        str(QT_TRANSLATE_NOOP("Pages", "报修")),
        "wrench",
        "desktop.views.repairs:RepairsPage",
        Right.SEE_REPAIRS,
        70,
    ),
    PageSpec(
        "repair",
        str(QT_TRANSLATE_NOOP("Pages", "工单")),
        "wrench",
        "desktop.views.repair:RepairPage",
        Right.SEE_REPAIRS,
        rail_key="repairs",
    ),
    PageSpec(
        "repair_trends",
        str(QT_TRANSLATE_NOOP("Pages", "报修趋势")),
        "chart-column",
        "desktop.views.repair_trends:RepairTrendsPage",
        Right.SEE_REPAIRS,
        rail_key="repairs",
    ),
    PageSpec(
        "plans",
        str(QT_TRANSLATE_NOOP("Pages", "保养巡检")),
        "wrench",
        "desktop.views.plans:PlansPage",
        Right.SEE_REPAIRS,
        rail_key="repairs",
    ),
    PageSpec(
        "crew",
        str(QT_TRANSLATE_NOOP("Pages", "班组与物料")),
        "wrench",
        "desktop.views.crew:CrewPage",
        Right.SEE_REPAIRS,
        rail_key="repairs",
    ),
    PageSpec(
        "settings",
        str(QT_TRANSLATE_NOOP("Pages", "设置")),
        "settings",
        "desktop.views.admin.settings:SettingsPage",
        Right.SEE_BOARD,
        90,
    ),
    PageSpec(
        "receipt_form",
        str(QT_TRANSLATE_NOOP("Pages", "套打版式")),
        "settings",
        "desktop.views.workshop.form_page:FormPage",
        Right.EDIT_TEMPLATES,
        rail_key="settings",
    ),
    PageSpec(
        "fees",
        str(QT_TRANSLATE_NOOP("Pages", "收费标准")),
        "calculator",
        "desktop.views.fees:FeesPage",
        Right.SEE_BILLS,
        rail_key="settings",
    ),
    PageSpec(
        "staff",
        str(QT_TRANSLATE_NOOP("Pages", "员工")),
        "settings",
        "desktop.views.admin.staff:StaffPage",
        Right.SEE_STAFF,
        rail_key="settings",
    ),
    PageSpec(
        "sync",
        str(QT_TRANSLATE_NOOP("Pages", "同步")),
        "cloud",
        "desktop.views.sync:SyncPage",
        Right.SEE_PARTIES,
        rail_key="settings",
    ),
]
"""Every page of this release.

Rail positions: 今日 0 · 房态 10 · 租客 20 · 意向 25 · 租约 30 · 账单 40 · 抄表 45 · 收款 50 · 收据 55 · 押金 57 ·
报修 70 · 报表 80 · 设置 90."""


def page_title(spec: PageSpec) -> str:
    """The title in the user's language."""
    from PySide6.QtCore import QCoreApplication

    return QCoreApplication.translate("Pages", spec.title)


class Place(NamedTuple):
    """Where the clerk is: a page and what it was opened with. The history is a list of these."""

    key: str
    params: dict[str, Any]


class Shell(Protocol):
    """What the frame gives every page. Pages keep it as `self.shell` and know nothing else of the window."""

    @property
    def session(self) -> Any:
        """Who is signed in, as the application gave it; None before sign-in."""

    @property
    def jobs(self) -> Jobs: ...
    @property
    def frame(self) -> QWidget:
        """The window: what dialogs are made with, `Dialog(shell.frame, …)`."""

    def today(self) -> date: ...
    def allowed(self, right: Right) -> bool: ...
    def navigate(self, key: str, **params: Any) -> None:
        """Open a page; the present one is asked `can_leave` first and stays in the history."""

    def back(self) -> None: ...
    def run(
        self,
        function: Callable[..., Any],
        done: Callable[[Any], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
        *,
        write: bool = False,
        busy: str = "",
    ) -> Job:
        """Run work off the GUI thread; `done(result)` and `failed(error)` are called on it. Without `failed`, shown."""

    def read_failed(self, error: Exception) -> None:
        """Show why nothing could be read; a lost line to the database has its banner, and needs no further words."""

    def open(self, dialog: Dialog) -> None: ...
    def toast(self, text: str, undo: Callable[[], object] | None = None) -> None: ...
    def banner(self, notice: Notice | None, source: str = "page") -> None: ...
    def set_light(self, key: str, icon: str, text: str, detail: str = "", tone: str = "ok") -> None: ...
    def set_badge(self, key: str, count: int) -> None: ...
    def retitle(self) -> None:
        """The page's hints have changed: show them again."""


class Page(QWidget):
    """One page. Widgets in `__init__`, then wiring, then `show_…` methods; it shows and asks, the service decides.

    Layout: `head` (fixed), `body` (a column; `scrolls=True` puts it into a scroll area), `foot` (fixed).
    """

    is_page = True
    help_topic = "start"
    tables: frozenset[str] = frozenset()
    """Tables whose changes this page shows; `refresh` is called after a commit that touched one of them."""

    def __init__(self, shell: Shell, *, scrolls: bool = False, margin: int = 12) -> None:
        super().__init__()
        self.shell = shell
        self.setObjectName("Canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.head_frame = QFrame()
        self.head_frame.setObjectName("PageHead")
        self.head = QHBoxLayout(self.head_frame)
        self.head.setContentsMargins(16, 6, 16, 6)
        self.head.setSpacing(8)
        self.head_frame.hide()
        outer.addWidget(self.head_frame)
        content = QWidget()
        self.body = QVBoxLayout(content)
        self.body.setContentsMargins(margin, margin, margin, margin)
        self.body.setSpacing(10)
        outer.addWidget(BodyScroll(content) if scrolls else content, 1)
        self.foot_frame = QFrame()
        self.foot_frame.setObjectName("Footer")
        self.foot = QHBoxLayout(self.foot_frame)
        self.foot.setContentsMargins(16, 8, 16, 8)
        self.foot.setSpacing(8)
        self.foot_frame.hide()
        outer.addWidget(self.foot_frame)

    # what a page builds with

    def set_head(self, title: str, detail: str = "", *trailing: QWidget) -> None:
        """A title with detail at the left and widgets at the right. Call once; keep the labels for later changes."""
        self.title_label = label(title, "page")
        self.detail_label = label(detail, "muted")
        self.head.addWidget(self.title_label)
        self.head.addWidget(self.detail_label)
        self.head.addStretch(1)
        for widget in trailing:
            self.head.addWidget(widget)
        self.head_frame.show()

    def set_record_head(self, *trailing: QWidget) -> None:
        """A head for one record: its title, free text about it that may be shortened, how it stands as a tag."""
        self.title_label = label("", "page")
        self.about_label = FreeText("", token="text-muted")
        self.state_tag = Tag("", "")
        for words in (self.title_label, self.about_label, self.state_tag):
            self.head.addWidget(words)
        self.head.addStretch(1)
        for widget in trailing:
            self.head.addWidget(widget)
        self.head_frame.show()

    def add_foot(self, left: Iterable[QWidget], right: Iterable[QWidget]) -> None:
        """The fixed foot: leaving at the left, the primary at the far right."""
        for widget in left:
            self.foot.addWidget(widget)
        self.foot.addStretch(1)
        for widget in right:
            self.foot.addWidget(widget)
        self.foot_frame.show()

    # what a page may override

    def title(self) -> str:
        """What stands in the window title, e.g. 「沈知微」; empty takes the PageSpec's."""
        return ""

    def hints(self) -> str:
        """What the keys do here, for the status line: 「方向键选房 · Enter 打开」."""
        return ""

    def opened(self, params: dict[str, Any]) -> None:
        """The page comes to the front with what `navigate` was given; load here, and place the focus."""

    def refresh(self, tables: frozenset[str]) -> None:
        """Some of `tables` have changed (empty: all may have). Keep selection and what was typed."""

    def can_leave(self) -> bool:
        """False keeps the clerk here; the page then has said why."""
        return True

    def left(self) -> None:
        """The page goes to the back or the desk is locked: mask what was revealed, keep a draft."""

    def command(self, command: Command) -> bool:
        """A fixed key was pressed and no button here owns it. True when the page has done something."""
        return False


__all__ = ["PAGES", "QT_TRANSLATE_NOOP", "Command", "Page", "PageSpec", "Place", "Shell", "page_title"]
