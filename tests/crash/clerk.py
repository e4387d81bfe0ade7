"""A clerk in a process of her own: checks somebody in, takes the money, prints, and is killed at a moment given.

    python -m tests.crash.clerk DATA URL LOG POINT OCCURRENCE        kill at the n-th time of a named point
    python -m tests.crash.clerk DATA URL LOG after MILLISECONDS      kill at a moment after the first step

LOG gets one line per confirmed step, on the disk before the next step begins: what the window would have reported.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from datetime import date
from pathlib import Path
from uuid import UUID

from desktop.models.values import PayMethod
from desktop.services import access, billing, database, drafts, leases, opening, papers, payments
from desktop.services.acts import Op
from desktop.services.work import begin, look
from desktop.world import World
from tests.offices import person, rooms_of, terms

DRAFT = UUID("01a20000-0000-7000-8000-000000000001")


class DoomedWorld(World):
    """The real world until the named point is passed for the n-th time: then SIGKILL, no farewell."""

    def __init__(self, point: str, occurrence: int) -> None:
        super().__init__()
        self._point = point
        self._left = occurrence
        self.armed = False

    def fault(self, name: str) -> None:
        if not self.armed or name != self._point:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def confirm(log: Path, step: str, **facts: str) -> None:
    with log.open("a") as stream:
        stream.write(json.dumps({"step": step, **facts}) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def main(arguments: list[str]) -> None:
    data, url, log, point, number = (
        Path(arguments[0]),
        arguments[1],
        Path(arguments[2]),
        arguments[3],
        int(arguments[4]),
    )
    world = DoomedWorld(point, number)
    office = opening.open_office(world, data, database.parse_url(url))
    signed = access.sign_in(office, "linxm", "Spruce-甲乙-41", opening.passwords_for(world, demo=True))
    clerk = signed.actor
    room = rooms_of(office)[0]
    body = json.dumps({"step": "terms", "name": "顾听澜"}).encode()
    confirm(log, "ready")
    world.armed = True
    if point == "after":

        def strike() -> None:
            time.sleep(number / 1000)
            os.kill(os.getpid(), signal.SIGKILL)

        threading.Thread(target=strike, daemon=True).start()
    for _ in range(3):
        drafts.save_draft(office, clerk, "check_in", DRAFT, "顾听澜 · 1 栋", body)
        confirm(log, "draft")
    form = leases.CheckIn(
        room, terms(date(2026, 11, 22)), party=person(bank=True), matched=True, notice_told=True, bank_consent=True,
        keys=2, cards=2, draft_id=DRAFT, draft_body=json.dumps({"step": "pay"}).encode(),
    )  # fmt: skip
    with begin(office, clerk, Op.CHECK_IN) as work:
        news = leases.check_in(work, form)
    confirm(log, "check_in", lease=news.lease_number)
    with look(office, clerk) as reading:
        amounts = {bill.id: bill.owed for bill in billing.bills_of(reading, lease_id=news.lease_id)}
    tender = payments.TenderForm(PayMethod.CASH, news.due_now_amount)
    with begin(office, clerk, Op.TAKE_PAYMENT) as work:
        taken = payments.take_payment(work, payments.TakePayment(news.party_id, amounts, [tender]))
    confirm(log, "payment", receipt=taken.receipt_number)
    with begin(office, clerk, Op.PRINT_PAPER) as work:
        papers.print_receipt(work, taken.payment_id)
    confirm(log, "receipt_printed")
    with begin(office, clerk, Op.PRINT_PAPER) as work:
        papers.print_lease(work, news.lease_id)
    confirm(log, "lease_printed")
    drafts.drop_draft(office, clerk, DRAFT)
    confirm(log, "done")
    office.close()


if __name__ == "__main__":
    main(sys.argv[1:])
