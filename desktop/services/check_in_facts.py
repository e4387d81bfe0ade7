"""What the check-in wizard is told before it asks: the office's rules, the notice in force, the rooms that are free."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.offices import Project
from desktop.models.places import Room
from desktop.models.values import Money, Right, RoomState
from desktop.services import billing, board, check_in_forms, drafts, leases, receipts, room_claims, settings, templates
from desktop.services.check_in_draft import CheckInDraft, decode
from desktop.services.errors import NotFound
from desktop.services.rights import needs
from desktop.services.work import Look

VACANT = (RoomState.VACANT_CLEAN, RoomState.VACANT_DIRTY)


@dataclass(frozen=True, slots=True)
class Notice:
    """The information notice 个人信息处理告知书 as it is shown to the tenant."""

    id: UUID
    version: int
    title: str
    lines: tuple[str, ...]
    """Its markup, filled in: # heads, - points, | tables."""


@dataclass(frozen=True, slots=True)
class WizardFacts:
    """Rules and words the wizard begins with."""

    facts: check_in_forms.CheckInFacts
    notice: Notice
    property_price: Decimal | None
    """Yuan per m² and month; None: no property fee with the lease."""
    late_fee: Decimal
    """‰ a day."""
    receipt_form: str
    """Key of the office's usual receipt form."""


@needs(Right.CHECK_IN)
def wizard_facts(look: Look) -> WizardFacts:
    """What the wizard begins with, as of now."""
    price = settings.value_of(look, "property_fee_price")
    return WizardFacts(
        room_claims.facts_now(look, None, None), _notice(look), None if price is None else Decimal(str(price)),
        Decimal(str(settings.value_of(look, "late_fee_per_mille"))), str(settings.value_of(look, "receipt_paper")),
    )  # fmt: skip


def _notice(look: Look) -> Notice:
    # The template engine costs a tenth of a second to import: here it is a job that waits for it, not the window.
    from desktop.services.paper.notices import NoticePaper, notice_facts
    from desktop.services.paper.template import render, restore

    text = templates.latest(look, "pipl_notice")
    project = look.get(Project, look.office.project_id)
    paper = NoticePaper(
        version=str(text.ordinal), issued_on=look.world.today(), controller=project.organisation,
        address=project.address or "", contact=str(settings.value_of(look, "notice_contact")) or project.organisation,
        phone=project.phone or "", clerk=look.actor.name, years=int(settings.value_of(look, "retention_years")),
    )  # fmt: skip
    lines = tuple(restore(line) for _number, line in render(text.body, notice_facts(paper)))
    return Notice(text.id, text.ordinal, text.title, lines)


def price_words(price: Decimal) -> str:
    """A price in yuan: two places, more only where it has more."""
    cents = price.quantize(Decimal("0.01"))
    return str(cents) if cents == price else f"{price.normalize():f}"


@dataclass(frozen=True, slots=True)
class FreeRoom:
    """A room that can be let today."""

    id: UUID
    building: str
    number: str
    floor: int
    layout: str
    area: Decimal | None
    asking_rent: Money | None
    clean: bool
    repairs: int

    @property
    def words(self) -> str:
        """1 栋 1203."""
        return f"{self.building} {self.number}"

    def fits(self, wanted: str) -> bool:
        """Whether every word typed names its building, its floor or the beginning of its number."""
        return all(
            self.number.lower().startswith(word)
            or word in self.building.lower().replace(" ", "")
            or word in (f"{self.floor}楼", f"{self.floor}层", f"{self.floor}f")
            or word in self.layout.lower()
            for word in wanted.lower().split()
        )


@needs(Right.CHECK_IN)
def free_rooms(look: Look) -> list[FreeRoom]:
    """Rooms without a tenant and without a lease to come, in the order of the board; the clean ones first."""
    shown = board.board(look)
    names = dict(shown.buildings)
    rents = look.session.execute(
        sa.select(Room.id, Room.asking_rent).where(Room.deleted_at.is_(None), Room.retired_on.is_(None))
    )
    asking: dict[UUID, Money | None] = {row.id: row.asking_rent for row in rents}
    rooms = [
        FreeRoom(
            tile.room_id, names[tile.building_id], tile.number, tile.floor, tile.layout or "", tile.area,
            asking.get(tile.room_id), tile.state is RoomState.VACANT_CLEAN, tile.open_repairs,
        )
        for tile in shown.tiles
        if tile.state in VACANT
    ]  # fmt: skip
    return sorted(rooms, key=lambda room: not room.clean)


@needs(Right.CHECK_IN)
def stored_progress(look: Look, draft_id: UUID) -> CheckInDraft | None:
    """The draft as it lies in the database, None when it is gone: after a broken line it tells how far the act came."""
    try:
        return decode(drafts.stored_draft(look, draft_id))
    except NotFound:
        return None


@dataclass(frozen=True, slots=True)
class OpenBills:
    """What is to be paid of a lease just signed, and the receipts already given for it."""

    lease: leases.LeaseRow
    bills: tuple[billing.BillRow, ...]
    receipts: tuple[receipts.ReceiptRow, ...]


@needs(Right.SEE_BILLS)
def open_bills(look: Look, lease_id: UUID) -> OpenBills:
    """Open bills of a lease in order of due date. Raises NotFound."""
    row = leases.lease_facts(look, lease_id).row
    bills = tuple(billing.bills_of(look, lease_id=lease_id, open_only=True))
    paid = tuple(r for r in receipts.receipts_of(look, lease_id=lease_id) if r.reversed_by is None)
    return OpenBills(row, bills, paid)
