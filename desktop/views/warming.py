"""What will be opened next is loaded while the desk is quiet: the first list and the first receipt wait for nothing.

Run in a worker. Imports and the statements of the lists are most of what a first opening costs; both are done once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from importlib import import_module
from typing import Any

from desktop.models.right import Right
from desktop.views.pages import PAGES


def warm_up(read: Callable[..., Any], rights: Collection[Right]) -> None:
    """Load the pages a person may open, ask each of their lists once, read the fonts of the paper.

    `read` is `DeskSession.read`. Raises what it raises; nobody waits, and the page that is opened says it itself.
    """
    from desktop.services.paper.fonts import load_fonts

    load_fonts()
    for spec in PAGES:
        if isinstance(spec.factory, str) and (spec.right is None or spec.right in rights):
            import_module(spec.factory.partition(":")[0])
    _ask_lists(read, rights)


def _ask_lists(read: Callable[..., Any], rights: Collection[Right]) -> None:
    from desktop.services.bill_lists import BillFilter
    from desktop.services.lease_lists import LeaseFilter
    from desktop.services.party_lists import PartyFilter
    from desktop.services.receipt_lists import ReceiptFilter
    from desktop.services.room_facts import Kept
    from desktop.services.room_lists import RoomFilter
    from desktop.views.bills import BillsSource
    from desktop.views.columns import Ask
    from desktop.views.leases import LeasesSource
    from desktop.views.parties import PartiesSource
    from desktop.views.receipts import ReceiptsSource
    from desktop.views.rooms import RoomsSource

    for right, source in (
        (Right.SEE_BOARD, RoomsSource(read, RoomFilter(), Kept())),
        (Right.SEE_PARTIES, PartiesSource(read, PartyFilter())),
        (Right.SEE_LEASES, LeasesSource(read, LeaseFilter())),
        (Right.SEE_BILLS, BillsSource(read, BillFilter())),
        (Right.SEE_BILLS, ReceiptsSource(read, ReceiptFilter())),
    ):
        if right in rights:
            source.page(Ask(0, 1))
            source.count()
