"""A clerk at one dialog of the real window in a process of her own: types into it and is killed, or comes back to it.

    python -m tests.crash.forms DATA URL LOG FORM type     types, waits for 草稿已保存, and dies
    python -m tests.crash.forms DATA URL LOG FORM look     opens the same dialog and writes down what stands in it

LOG gets one JSON object: {field: text}. `furnish` makes the office in which every dialog has something to be about.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu

from desktop.app import Desk, Start, make_application
from desktop.models.enquiries import Enquiry, Reservation
from desktop.models.leases import Lease, LeaseParty, LeaseRoom
from desktop.models.payments import Receipt
from desktop.models.values import EnquiryState, LeaseState, Money, PayMethod
from desktop.services import billing, enquiries, lease_moves, payments, reservations
from desktop.services.acts import Op
from desktop.services.enquiries import EnquiryForm
from desktop.services.office import Office
from desktop.services.reservations import ReservationForm
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.views import draft_keeping
from desktop.views.form_draft import FormDraft, typed_in
from tests.crash.window import LOGIN, MORNING, MorningWorld
from tests.journeys.hands import Hands
from tests.offices import check_in, many, rooms_of, sit_down, terms

TODAY = MORNING.date()


@dataclass(frozen=True)
class Form:
    """How a clerk comes to a dialog, and what she types there."""

    page: str
    about: str
    """Whose page: a key of `Furniture`, empty for a page of nobody."""
    ways: tuple[str, ...]
    """Keys ("Ctrl+E"), the words of a button, or ("· words") of what a menu offers."""
    typed: Mapping[str, str]


FORMS: dict[str, Form] = {
    "note": Form("party", "party_id", ("Ctrl+N",), {"text": "约好周六来看水管"}),
    "party.edit": Form("party", "party_id", ("Ctrl+E",), {"occupation": "室内设计", "phone": "13912340000"}),
    "party.relation": Form("party", "party_id", ("添加关联人",), {"name": "顾知夏", "words": "姐姐"}),
    "party.bank": Form("party", "party_id", ("登记退款账户",), {"bank": "青川银行", "number": "6222020200012345678"}),
    "party.vehicles": Form("party", "party_id", ("Ctrl+M", "· 车辆"), {"plates": "川A·8K3Z7"}),
    "enquiry": Form("enquiries", "", ("Ctrl+Return",), {"name": "许朗", "wishes": "朝南，能养猫"}),
    "enquiry.change": Form("enquiries", "", ("Return",), {"wishes": "要带车位"}),
    "enquiry.lose": Form("enquiries", "", ("menu", "· 登记未成"), {"reason": "租了别处"}),
    "reservation": Form("room", "vacant_id", ("预订",), {"name": "程晨", "rent": "1,860.00"}),
    "reservation.extend": Form("room", "reserved_id", ("延长",), {"valid_to": "2026-12-20"}),
    "reservation.end": Form("room", "reserved_id", ("结束预订",), {"reason": "客户改租别处"}),
    "lease.cancel": Form("lease", "signed_id", ("Ctrl+M", "· 撤销租约"), {"reason": "客户不来了"}),
    "lease.move_in": Form("lease", "signed_id", ("Ctrl+M", "· 交房入住"), {"reading.water": "12.5", "keys": "3"}),
    "lease.move_out": Form("lease", "lease_id", ("Ctrl+M", "· 办理搬离"), {"reading.electricity": "3021"}),
    "lease.settle": Form("lease", "leaving_id", ("Ctrl+M", "· 退租结算"), {"reference": "20261122-88"}),
    "lease.correct": Form("lease", "lease_id", ("Ctrl+E",), {"purpose": "居住兼办公", "signed_on": "2026-11-20"}),
    "receipt.reverse": Form("receipt", "payment_id", ("Alt+1",), {"reason": "付款方式录错"}),
    "room.edit": Form("room", "vacant_id", ("Ctrl+E",), {"layout": "两室一厅", "asking_rent": "2,350.00"}),
    "room.close": Form("room", "vacant_id", ("Ctrl+R", "· 转维修或停用"), {"condition_note": "换门锁"}),
    "room.renumber": Form("room", "vacant_id", ("Ctrl+R", "· 改房号"), {"number": "3A4"}),
    "staff": Form("staff", "", ("Ctrl+N",), {"name": "沈若溪", "login": "shenrx"}),
}  # fmt: skip


# ---- the office ----------------------------------------------------------------------------------------------------


def furnish(office: Office) -> None:
    """Somebody who pays, somebody who comes, somebody who has left; an enquiry, a reservation, an empty room."""
    clerk = sit_down(office, "manager", "administrator", login="furniture", name="郑一凡")
    rooms, people = rooms_of(office), many(3)
    here = check_in(office, clerk, rooms[0], people[0])
    _pay(office, clerk, here.lease_id, here.party_id)
    check_in(office, clerk, rooms[1], people[1], terms(TODAY + timedelta(days=12)))
    left = check_in(office, clerk, rooms[2], people[2])
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, left.lease_id)
    with begin(office, clerk, Op.RESERVE_ROOM) as work:
        reservations.reserve_room(
            work,
            ReservationForm(
                rooms[3], TODAY + timedelta(days=7), name="方知意", phone="13900001111", rent=Money.yuan(1860),
                moves_in_on=TODAY + timedelta(days=5),
            ),
        )  # fmt: skip
    with begin(office, clerk, Op.ADD_ENQUIRY) as work:
        enquiries.add_enquiry(work, EnquiryForm("叶书瑶", "13700002222", wishes="一室"))


def _pay(office: Office, clerk: Actor, lease_id: UUID, party_id: UUID) -> None:
    with look(office, clerk) as reading:
        owed = {bill.id: bill.owed for bill in billing.bills_of(reading, lease_id=lease_id)}
    whole = Money(sum(amount.fen for amount in owed.values()))
    order = payments.TakePayment(party_id, owed, [payments.TenderForm(PayMethod.CASH, whole)])
    with begin(office, clerk, Op.TAKE_PAYMENT) as work:
        payments.take_payment(work, order)


def found(office: Office) -> dict[str, UUID]:
    """What the pages are opened with."""
    with look(office, PROGRAM) as reading:
        states = {row.state: row for row in reading.session.scalars(sa.select(Lease))}
        inside = states[LeaseState.ACTIVE] if LeaseState.ACTIVE in states else states[LeaseState.MOVED_IN]
        tenant = reading.session.scalars(sa.select(LeaseParty.party_id).where(LeaseParty.lease_id == inside.id)).first()
        taken = set(reading.session.scalars(sa.select(LeaseRoom.room_id)))
        held = reading.session.scalars(sa.select(Reservation.room_id)).one()
        assert reading.session.scalars(sa.select(Enquiry.state)).first() in EnquiryState
        receipt = reading.session.scalars(sa.select(Receipt.payment_id)).first()
    vacant = [room for room in rooms_of(office) if room not in taken and room != held]
    assert tenant is not None
    assert receipt is not None
    return {
        "party_id": tenant, "lease_id": inside.id, "signed_id": states[LeaseState.SIGNED].id,
        "leaving_id": states[LeaseState.MOVED_OUT].id, "payment_id": receipt, "vacant_id": vacant[0],
        "reserved_id": held,
    }  # fmt: skip


# ---- the clerk -----------------------------------------------------------------------------------------------------


def _go(hands: Hands, form: Form) -> Any:
    """To the dialog; gives it once its draft has been looked for."""
    assert hands.desk.office is not None
    names = {"party": "party_id", "lease": "lease_id", "room": "room_id", "receipt": "payment_id"}
    params = {}
    if form.about:
        params[names[form.page]] = found(hands.desk.office)[form.about]
    hands.window.navigate(form.page, **params)
    hands.settle()
    for way in form.ways:
        _take(hands, way)
        hands.settle()
    assert hands.dialog is not None, f"no dialog opened: {hands.message}"
    return hands.dialog


def _take(hands: Hands, way: str) -> None:
    if way.startswith("· "):
        menus = [each for each in QApplication.topLevelWidgets() if isinstance(each, QMenu) and each.isVisible()]
        menus += [each for each in hands.window.findChildren(QMenu) if each.isVisible()]
        actions = [action for menu in menus for action in menu.actions() if way[2:] in action.text()]
        assert actions, f"no menu offers {way[2:]}: {[a.text() for m in menus for a in m.actions()]}"
        actions[0].trigger()
        for menu in menus:
            menu.close()
    elif way == "menu":
        table = hands.page.table
        table.menu_wanted.emit(table.current(), table.mapToGlobal(table.rect().center()))
    elif way.isascii():
        pressed = QKeySequence(way)[0]  # type: ignore[index]
        hands.press(pressed.key(), pressed.keyboardModifiers())
    else:
        buttons = [each for each in hands.window.findChildren(QAbstractButton) if each.isVisible()]
        wanted = [each for each in buttons if each.text() == way or each.accessibleName().startswith(way)]
        assert wanted, f"no button says {way}: {sorted({each.text() for each in buttons})}"
        wanted[0].click()


def main(arguments: list[str]) -> None:
    data, url, log, name, what = Path(arguments[0]), arguments[1], Path(arguments[2]), arguments[3], arguments[4]
    draft_keeping.SAVE_EVERY_MS = 50  # how often is another test's; here it is what was kept that counts
    application = make_application(sys.argv[:1], None, data.parent / "icons")
    desk = Desk(Start(data=data, database=url), MorningWorld())
    hands = Hands(desk)
    hands.open()
    hands.until(lambda: desk.office is not None)
    hands.sign_in(LOGIN)
    form = FORMS[name]
    dialog = _go(hands, form)
    draft: FormDraft = dialog.draft
    if what == "type":
        for field_name, text in form.typed.items():
            entry = dialog.form.rows[field_name].field
            entry.setFocus()
            if hasattr(entry, "selectAll"):
                entry.selectAll()
            hands.type(text)
        hands.until(lambda: draft.keeper.words.text().startswith("草稿已保存") and not draft.keeper.dirty)
        log.write_text(json.dumps(typed_in(dialog.form), ensure_ascii=False), encoding="utf-8")
        os.kill(os.getpid(), signal.SIGKILL)
    hands.until(lambda: draft.again.isVisible())
    log.write_text(json.dumps(typed_in(dialog.form), ensure_ascii=False), encoding="utf-8")
    dialog.cancel()
    hands.leave()
    del application


if __name__ == "__main__":
    main(sys.argv[1:])
