"""The groups of pictures in the order in which they are taken; a group names what a person is doing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from desktop.gallery.bill_run import walk_bill_run
from desktop.gallery.board import walk_board, walk_rooms_list, walk_search
from desktop.gallery.capture import walk_capture
from desktop.gallery.check_in import walk_check_in
from desktop.gallery.deposits import walk_deposits, walk_keys
from desktop.gallery.fees import walk_fees
from desktop.gallery.first_start import walk_empty_office, walk_first_start
from desktop.gallery.leases import walk_leases
from desktop.gallery.meters import walk_meters, walk_pools
from desktop.gallery.money import walk_bills, walk_invoices, walk_receipts, walk_till
from desktop.gallery.papers import walk_papers
from desktop.gallery.people import walk_parties, walk_rooms
from desktop.gallery.plans import walk_crew, walk_plans
from desktop.gallery.renewals import walk_renewals
from desktop.gallery.repairs import walk_repairs
from desktop.gallery.room_changes import walk_room_changes
from desktop.gallery.settings import walk_settings
from desktop.gallery.sign_in import walk_sign_in
from desktop.gallery.sync import walk_sync
from desktop.gallery.tenant import walk_tenant
from desktop.gallery.today import walk_today
from desktop.gallery.trouble import walk_trouble
from desktop.gallery.walk import Walk

GROUPS: dict[str, Callable[[Walk], None]] = {
    "sign-in": walk_sign_in,
    "today": walk_today,
    "board": walk_board,
    "rooms-list": walk_rooms_list,
    "search": walk_search,
    "rooms": walk_rooms,
    "room-changes": walk_room_changes,
    "parties": walk_parties,
    "leases": walk_leases,
    "renewals": walk_renewals,
    "bills": walk_bills,
    "bill-run": walk_bill_run,
    "till": walk_till,
    "receipts": walk_receipts,
    "invoices": walk_invoices,
    "deposits": walk_deposits,
    "keys": walk_keys,
    "repairs": walk_repairs,
    "plans": walk_plans,
    "crew": walk_crew,
    "papers": walk_papers,
    "fees": walk_fees,
    "meters": walk_meters,
    "pools": walk_pools,
    "tenant": walk_tenant,
    "settings": walk_settings,
    "sync": walk_sync,
    "trouble": walk_trouble,
    "check-in": walk_check_in,
    "capture": walk_capture,
    "first-start": walk_first_start,
    "empty": walk_empty_office,
}


def walk_all(walk: Walk, names: Sequence[str] = ()) -> None:
    """Take the pictures of these groups, of all when none is named. Raises KeyError for a group there is not."""
    for name in names or GROUPS:
        GROUPS[name](walk)
