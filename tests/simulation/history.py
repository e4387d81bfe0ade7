"""One history: offices that work, lines that fail, processes that die, copies and backups; then all heals and the
invariants are checked. A seed gives the same history again."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from central import tables
from central.log import Log
from central.store import open_store
from desktop.models.payments import Payment
from desktop.models.sync import OutboxAct, SeenAct
from desktop.services.checkup import check_office
from desktop.services.sync.digest import office_digest
from desktop.services.sync.lease import take_lease
from desktop.services.sync.wire import decode_header
from desktop.services.work import PROGRAM, look
from desktop.world import SeededWorld
from tests.simulation.doings import Truth, do_something
from tests.simulation.line import CALM, STORM, Head, HeadDied
from tests.simulation.place import Place
from tests.simulation.stage import base, copy_of

STEPS = 90
ROUNDS = 8
"""Sessions that every office gets in the end, before it has to agree."""
SKEWS = (timedelta(), timedelta(), timedelta(seconds=40), timedelta(minutes=-20), timedelta(hours=7),
         timedelta(days=2), timedelta(days=-2))  # fmt: skip


@dataclass
class Seen:
    """What happened in a history: a proof in which nothing happened proves nothing."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class History:
    """The offices of one seed."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.seed, self.folder, self.base = seed, folder, base()
        self.pick = random.Random(seed)
        self.now: datetime = self.base.now
        self.seen = Seen()
        self.truth = Truth(secrets=list(self.base.secrets))
        self._left: int | None = None
        self.head_world = SeededWorld(self.now, self.pick.randrange(1 << 40), self._fault)
        shutil.copy(self.base.folder / "head.db", folder / "head.db")
        self.head = Head(self._log())
        self.head_backups: list[Path] = []
        self.places = [self._place(n) for n in range(self.pick.randrange(2, 5 if self.pick.random() < 0.9 else 9))]
        copy_of("other", folder / "other")
        self.other = Place("other", folder / "other", self.base.other_keys, self.base.other_device, self.head,
                           self.now, seed)  # fmt: skip

    def _place(self, number: int) -> Place:
        copy_of(number, where := self.folder / f"place-{number}")
        return Place(f"{number}", where, self.base.keys, self.base.devices[number], self.head, self.now, self.seed)

    def _log(self) -> Log:
        return Log(open_store(f"sqlite:///{self.folder / 'head.db'}"), self.head_world)

    def _fault(self, _name: str) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self._left = None
                raise HeadDied

    # ---- what happens --------------------------------------------------------------------------------------------

    def run(self) -> Seen:
        """All of it."""
        for place in self.everybody:
            place.line.weather = STORM
        for _ in range(STEPS):
            self._step()
        self._heal()
        self._check()
        return self.seen

    @property
    def everybody(self) -> list[Place]:
        return [*self.places, self.other]

    def _tick(self, most: int) -> None:
        self.now += timedelta(seconds=self.pick.randrange(1, most))
        self.head_world.set_now(self.now)
        for place in self.everybody:
            place.set_time(self.now)

    def _step(self) -> None:
        self._tick(self.pick.choice([60, 600, 6 * 3600]))
        place = self.pick.choice(self.everybody if self.pick.random() < 0.1 else self.places)
        chance = self.pick.random() * 100
        if chance < 55:
            if place is self.other:
                self._elsewhere()
                return
            if self.pick.random() < 0.08:
                place.crash_within(12)
            do_something(place, self.base, self.truth)
            place.no_crash()
        elif chance < 86:
            self._meet(place)
        elif chance < 89:
            place.skew = self.pick.choice(SKEWS)
            self.seen.counts["clock"] += 1
        elif chance < 90:
            place.old = not place.old
            self.seen.counts["old program"] += 1
        elif chance < 92:
            place.line.cut = not place.line.cut
            self.seen.counts["partition"] += 1
        elif chance < 94:
            place.back_up()
        elif chance < 95.5:
            self._restore(place)
        elif chance < 96.3:
            self._clone(place)
        elif chance < 97.3:
            self._back_up_head()
        elif chance < 98:
            self._restore_head()
        else:
            self.head.deliver_late(self.pick)

    def _elsewhere(self) -> None:
        """The second project goes on: its payments are not ours to count."""
        from desktop.services import notes
        from desktop.services.acts import Op
        from desktop.services.work import begin

        with begin(self.other.office, PROGRAM, Op.ADD_NOTE) as work:
            party = work.session.execute(sa.text("SELECT id FROM room LIMIT 1")).scalar()
            assert party is not None
            notes.add_note(work, notes.NoteForm("隔壁项目的事", room_id=UUID(bytes=party)))

    def _meet(self, place: Place) -> None:
        chance = self.pick.random()
        if chance < 0.10:
            place.crash_within(25)
        elif chance < 0.16:
            self._left = self.pick.randrange(1, 6)
        elif chance < 0.22:
            place.line.between = self._sleep_in(place)
        met = place.meet()
        if met is not None:
            self.seen.counts["new life"] += met.new_life
            self.seen.counts["given back"] += met.given_back
            self.seen.counts["met"] += 1
            self.seen.counts["waited"] += met.waiting
        place.no_crash()
        self._left = None
        place.line.between = lambda: None

    def _sleep_in(self, place: Place) -> Callable[[], None]:
        """In the middle of a session the PC sleeps, and another one takes over."""
        after = [self.pick.randrange(1, 4)]

        def between() -> None:
            after[0] -= 1
            if after[0] == 0:
                self.now += timedelta(minutes=2)
                self.head_world.set_now(self.now)
                place.set_time(self.now)
                take_lease(place.office, place.world.new_id())
                self.seen.counts["lease lost"] += 1

        return between

    # ---- backups, copies and what they destroy -----------------------------------------------------------------------

    def _restore(self, place: Place) -> None:
        if place.backups:
            place.restore(self.pick.choice(place.backups))
            self.seen.counts["restored"] += 1
            self._count_what_is_left()

    def _clone(self, place: Place) -> None:
        if len(self.places) < 9 and place is not self.other:
            name = f"{place.name}-copy-{len(self.places)}"
            self.places.append(place.clone(name, self.folder / name, self.seed))
            self.places[-1].line.weather = STORM
            self.seen.counts["cloned"] += 1

    def _back_up_head(self) -> None:
        target = self.folder / f"head-{len(self.head_backups)}"
        with self.head.log._reading.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("VACUUM INTO ?", (str(target),))
        self.head_backups.append(target)

    def _restore_head(self) -> None:
        if not self.head_backups:
            return
        epoch = self._epoch()
        self.head.log._reading.dispose()
        for end in ("", "-wal", "-shm"):
            (self.folder / f"head.db{end}").unlink(missing_ok=True)
        shutil.copy(self.pick.choice(self.head_backups), self.folder / "head.db")
        self.head.log = self._log()
        while self.head.log.restored() <= epoch:  # the backup may be of some epochs ago: the office writes it down
            pass
        self.seen.counts["head restored"] += 1
        self._count_what_is_left()

    def _epoch(self) -> int:
        with self.head.log._reading.connect() as connection:
            return int(connection.execute(sa.select(tables.meta.c.epoch)).scalar_one())

    def _count_what_is_left(self) -> None:
        """What stood on that disk alone is gone, and no protocol can bring it back."""
        left: set[bytes] = set()
        for place in self.places:
            with place.office.reading() as session:
                left |= {row.bytes for row in session.scalars(sa.select(Payment.id))}
                seen = session.scalars(sa.select(SeenAct.ops).where(SeenAct.applied_at.is_(None))).all()
            left |= self._payments_in(seen)
        with self.head.log._reading.connect() as connection:
            ops = connection.scalars(sa.select(tables.act.c.ops)).all()
        left |= self._payments_in(ops)
        gone = [payment_id for payment_id in self.truth.payments if payment_id.bytes not in left]
        for payment_id in gone:
            del self.truth.payments[payment_id]
        self.seen.counts["destroyed on every disk"] += len(gone)

    def _payments_in(self, packed: Sequence[bytes]) -> set[bytes]:
        return {
            payment_id.bytes for payment_id in self.truth.payments
            if any(payment_id.hex.encode() in ops for ops in packed)
        }  # fmt: skip

    # ---- the end -----------------------------------------------------------------------------------------------------

    def _heal(self) -> None:
        self._left = None
        while self.head.late:
            self.head.deliver_late(self.pick)
        for place in self.everybody:
            place.line.weather, place.line.cut, place.skew = CALM, False, timedelta()
            place.old = False
            place.no_crash()
        for _ in range(ROUNDS):
            self._tick(600)
            self.now += timedelta(minutes=2)  # whatever lease a dead process held has run out
            quiet = True
            for place in self.everybody:
                place.set_time(self.now)
                met = place.meet()
                quiet = quiet and met is not None and not (met.sent or met.came or met.given_back or met.new_life)
                self.seen.counts["new life"] += met is not None and met.new_life
            if quiet:
                return
        self._wrong("the offices never came to rest")

    def _check(self) -> None:
        digests = {}
        for place in self.places:
            with place.office.reading() as session:
                digests[place.name] = office_digest(session)
                self._check_money(place, session)
                self._check_nothing_waits(place, session)
            with look(place.office, PROGRAM) as reading:
                for finding in check_office(reading).findings:
                    self._wrong(f"{place.name}: {finding.part} {finding.text}")
        first = self.places[0]
        for name, digest in digests.items():
            for table, told in digest.items():
                if told != digests[first.name][table]:
                    self._wrong(
                        f"{name} differs from {first.name} in {table}: {told[0]}, {digests[first.name][table][0]}"
                    )
        self._check_isolation()
        self._check_secrets()

    def _wrong(self, text: str) -> None:
        self.seen.wrong.append(text)

    def _check_money(self, place: Place, session: Session) -> None:
        rows = session.execute(
            sa.text("SELECT p.id, p.amount, r.number FROM payment p LEFT JOIN receipt r ON r.payment_id = p.id")
        ).all()
        found = {UUID(bytes=row[0]): (row[1], row[2]) for row in rows}
        for payment_id, told in self.truth.payments.items():
            if payment_id not in found:
                self._wrong(f"{place.name}: payment {told[1]} is lost")
            elif found[payment_id] != told:
                self._wrong(f"{place.name}: payment {told} became {found[payment_id]}")
        twice = Counter(number for _, number in found.values())
        tasks = session.execute(sa.text("SELECT count(*) FROM conflict_task WHERE table_name = 'receipt'")).scalar()
        clashes = sum(count > 1 for count in twice.values())
        self.seen.counts["numbers twice"] += clashes
        if clashes and not tasks:
            self._wrong(f"{place.name}: {clashes} numbers stand twice and nobody was told")

    def _check_nothing_waits(self, place: Place, session: Session) -> None:
        waiting = session.execute(sa.select(SeenAct.why).where(SeenAct.applied_at.is_(None))).all()
        if waiting:
            self._wrong(f"{place.name}: {len(waiting)} acts wait: {waiting[0].why}")
        if session.scalar(sa.select(sa.func.count()).select_from(OutboxAct).where(OutboxAct.seq.is_(None))):
            self._wrong(f"{place.name}: something was never sealed")
        ours = set(session.scalars(sa.select(OutboxAct.act_id)))
        with self.head.log._reading.connect() as connection:
            there = set(connection.scalars(sa.select(tables.act.c.act_id)))
        if missing := ours - there:
            self._wrong(f"{place.name}: head office misses {len(missing)} of its acts")

    def _check_isolation(self) -> None:
        for place in self.everybody:
            project = (self.base.other_keys if place is self.other else self.base.keys).project_id
            with place.office.reading() as session:
                for table in ("party", "note", "payment", "lease"):
                    found = session.execute(sa.text(f"SELECT DISTINCT project_id FROM {table}")).scalars().all()
                    if any(UUID(bytes=raw) != project for raw in found):
                        self._wrong(f"{place.name}: {table} holds rows of another project")
        with self.head.log._reading.connect() as connection:
            for row in connection.execute(sa.select(tables.act.c.project_id, tables.act.c.header)):
                if decode_header(bytes(row.header)).project != row.project_id.hex:
                    self._wrong("head office keeps an act under another project")

    def _check_secrets(self) -> None:
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        raw = b"".join(path.read_bytes() for path in files)
        raw += b"".join(repr(message).encode() for place in self.everybody for message in place.line.messages[-50:])
        for secret in filter(None, self.truth.secrets):
            if secret.encode() in raw:
                self._wrong("a number stands somewhere in clear")

    def close(self) -> None:
        for place in self.everybody:
            place.close()
        self.head.log._reading.dispose()
