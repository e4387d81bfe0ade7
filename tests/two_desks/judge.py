"""What must be true when two desks have worked side by side: told from their logs, held against the database.

`judge(logs, office)` raises AssertionError with everything that is wrong, and returns the figures.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.documents import Template
from desktop.models.notes import Note
from desktop.models.payments import Payment, PaymentKind, Tender
from desktop.models.trust import AuditEntry
from desktop.models.values import NIL
from desktop.services.office import Office
from tests.two_desks.acts import TEMPLATE

EDITS = frozenset(
    {"edit party", "change note", "edit room", "change enquiry", "set rule", "extend", "renumber", "set owners"}
)
"""Acts that write over what stands: who is overtaken is shown both versions."""
REFUSED_AS_BUGS = frozenset({"AssertionError", "KeyError", "TypeError", "IntegrityError"})


class Log:
    """What one process wrote down."""

    def __init__(self, path: Path) -> None:
        self.lines: list[dict[str, Any]] = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        self.name = path.stem

    def all(self, what: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["what"] == what]

    def downs(self) -> list[tuple[float, float]]:
        """When the line to the server was known to be down, on the monotonic clock."""
        spans, since = [], None
        for line in self.all("line"):
            if not line["up"] and since is None:
                since = line["at"]
            elif line["up"] and since is not None:
                spans.append((since, line["at"]))
                since = None
        return spans


@dataclass(frozen=True)
class Figures:
    """Figures of one run. Latencies in ms, from the beginning of a commit to the other PC's page having read it."""

    acts: int
    confirmed: int
    refused: int
    overtaken: int
    """Of the refused: edits that came second, each shown both versions."""
    merged: int
    """Edits stored after both versions were seen."""
    broken_off: int
    """Acts that the outage kept from being stored, as they were told."""
    unsure: int
    settled_stored: int
    settled_not: int
    busy: int
    lines_down: int
    drafts_kept: int
    drafts_kept_here: int
    notices: int
    heard_p50_ms: float
    heard_p99_ms: float
    painted_p50_ms: float
    painted_p99_ms: float
    painted_most_ms: float
    after_outage: int
    """Acts that the other PC could only see when its own line was back."""

    def words(self) -> str:
        return json.dumps(asdict(self), indent=1)


def judge(logs: Sequence[Log], office: Office, logins: Iterable[str]) -> Figures:
    """Hold what both processes were told against what is stored."""
    wrong: list[str] = []
    acts = [act | {"desk": log.name} for log in logs for act in log.all("act")]
    settled = {line["act"]: line["stored"] for log in logs for line in log.all("settled")}
    with office.reading() as session:
        found = session.execute(
            sa.select(AuditEntry.n, AuditEntry.act_id, AuditEntry.op)
            .join(StaffMember, StaffMember.id == AuditEntry.actor_id)
            .where(StaffMember.login.in_(list(logins)), AuditEntry.op.not_in(("sign_in", "sign_out")))
            .order_by(AuditEntry.n)
        ).all()
        wrong += _bugs(logs, acts)
        wrong += once(acts, settled, Counter(row.act_id.hex for row in found))
        numbers = {row.act_id.hex: row.n for row in found}
        stored = sorted((act for act in acts if act["act"] in numbers), key=lambda act: numbers[act["act"]])
        wrong += nothing_overwritten_unseen(stored)
        wrong += both_versions(acts)
        wrong += _money(stored, session)
        wrong += _tokens(stored, session)
    wrong += _drafts(logs)
    assert not wrong, f"{len(wrong)} wrong:\n" + "\n".join(wrong[:40])
    return _figures(logs, acts, settled, numbers)


def _bugs(logs: Sequence[Log], acts: Sequence[Mapping[str, Any]]) -> list[str]:
    said = [f"{log.name}: a crash dialog: {line['words']}" for log in logs for line in log.all("crash")]
    said += [
        f"{log.name}: {a['error']} while reading" for log in logs for a in log.all("unread") if a["outcome"] == "bug"
    ]
    said += [f"{a['desk']}: {a['name']}: {a['error']} {a['told']}" for a in acts if a["outcome"] in ("bug", "outage")]
    said += [f"{a['desk']}: {a['name']} was refused without a word" for a in acts if a["outcome"] != "confirmed"
             and not a["told"].strip()]  # fmt: skip
    said += [
        f"{log.name}: still unsure of {line['unsure']}" for log in logs for line in log.all("left") if line["unsure"]
    ]
    return said


def once(acts: Sequence[Mapping[str, Any]], settled: Mapping[str, bool], entries: Mapping[str, int]) -> list[str]:
    """What was confirmed is there exactly once, what was refused is not, and nothing is there that nobody knows of."""
    said = [f"act {act} stands {n} times in the audit log" for act, n in entries.items() if n > 1]
    claimed = set()
    for act in acts:
        there, outcome = act["act"] in entries, act["outcome"]
        if outcome == "unsure":
            if act["act"] not in settled:
                said.append(f"{act['desk']}: {act['name']} {act['act']} was never settled")
                continue
            outcome = "confirmed" if settled[act["act"]] else "refused"
        if there != (outcome == "confirmed"):
            said.append(f"{act['desk']}: {act['name']} was {act['outcome']}, but stored: {there} ({act.get('told')})")
        if there:
            claimed.add(act["act"])
    said += [f"act {act} is stored and nobody was told of it" for act in entries if act not in claimed]
    return said


def nothing_overwritten_unseen(stored: Sequence[Mapping[str, Any]]) -> list[str]:
    """In the order of the audit log every act found what its clerk had seen when she decided."""
    said: list[str] = []
    stands: dict[tuple[str, ...], tuple[str, str]] = {}
    for act in stored:
        for *key, value in act["saw"]:
            before = stands.get(tuple(key))
            if before is not None and before[0] != value:
                over = f"{before[0]!r} of {before[1]} at {key}, having seen {value!r}"
                said.append(f"{act['desk']}: {act['name']} wrote over {over}")
        for *key, value in act["wrote"]:
            stands[tuple(key)] = (value, act["desk"])
    return said


def both_versions(acts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Whoever came second with an edit was shown both versions, and who wrote the other one."""
    said = []
    for act in acts:
        if act["outcome"] == "refused" and act["name"] in EDITS and act["error"] == "RowChanged":
            if not (act["theirs"] and act["yours"]):
                said.append(f"{act['desk']}: {act['name']} was overtaken and shown no versions: {act['told']}")
            elif not act["by"]:
                said.append(f"{act['desk']}: {act['name']} was not told who wrote the other version")
    return said


def _money(stored: Sequence[Mapping[str, Any]], session: Any) -> list[str]:
    """Every payment that was confirmed is there once under its reference, and no other."""
    there = Counter(
        session.scalars(
            sa.select(Tender.reference)
            .join(Payment, Payment.id == Tender.payment_id)
            .where(Payment.kind == PaymentKind.PAYMENT, Tender.reference.is_not(None), Tender.reference != "")
        )
    )
    known = {act["token"] for act in stored if act["name"] == "pay"}
    said = [f"payment {token} is there {n} times" for token, n in there.items() if n != 1 or token not in known]
    said += [f"payment {token} is lost" for token in known if token not in there]
    amounts = dict(session.execute(sa.select(Tender.reference, Tender.amount).where(Tender.amount > NIL)).all())
    for act in stored:
        for kind, token, _, fen in act["wrote"]:
            if kind == "tender" and str(amounts[token].fen) != fen:
                said.append(f"payment {token} is {amounts[token]}, confirmed were {fen} fen")
    return said


def _tokens(stored: Sequence[Mapping[str, Any]], session: Any) -> list[str]:
    """Notes stand once each; what anybody wrote into the template is in the version of today."""
    texts = list(session.scalars(sa.select(Note.text)))
    said = []
    for act in stored:
        if act["name"] == "add note":
            n = sum(text.startswith(f"{act['token']}：") for text in texts)
            if n != 1:
                said.append(f"note {act['token']} stands {n} times")
    newest = session.scalar(
        sa.select(Template.body).where(Template.kind == TEMPLATE).order_by(Template.ordinal.desc()).limit(1)
    )
    for act in stored:
        if act["name"] == "edit template" and f"{{# {act['token']} #}}" not in newest:
            said.append(f"what {act['desk']} wrote into the template ({act['token']}) is gone")
    return said


def _drafts(logs: Sequence[Log]) -> list[str]:
    return [
        f"{log.name}: draft {line['draft']} is at {line['found']}, kept last was {line['number']}"
        for log in logs
        for line in log.all("draft")
        if line["found"] != line["number"]
    ]


def same_views(logs: Sequence[Log]) -> list[str]:
    """Where the two windows show something different, or a page something else than it shows when read anew."""
    said = []
    for log in logs:
        for line in log.all("front"):
            if line["by_notice"] != line["anew"]:
                said.append(f"{log.name}: {line['page']} was behind: {_difference(line['by_notice'], line['anew'])}")
    first, second = (log.all("shown") for log in logs)
    for here, there in zip(first, second, strict=True):
        if here["words"] != there["words"]:
            said.append(f"{here['page']} {here['params']}: {_difference(here['words'], there['words'])}")
    return said


def _difference(one: Sequence[str], two: Sequence[str]) -> str:
    return f"only one: {sorted(set(one) - set(two))[:6]}, only the other: {sorted(set(two) - set(one))[:6]}"


def _figures(
    logs: Sequence[Log], acts: Sequence[Mapping[str, Any]], settled: Mapping[str, bool], numbers: Mapping[str, int]
) -> Figures:
    outcomes = Counter(act["outcome"] for act in acts)
    overtaken = [
        act for act in acts if act["outcome"] == "refused" and act["error"] in ("RowChanged", "TemplateChanged")
    ]
    heard, painted, late = _latencies(logs, numbers)
    kept = [line for log in logs for line in log.all("kept")]
    merged = 0
    for log in logs:
        mine = log.all("act")
        merged += sum(
            before["outcome"] == "refused" and before["error"] in ("RowChanged", "TemplateChanged")
            and after["name"] == before["name"] and after["outcome"] == "confirmed"
            for before, after in pairwise(mine)
        )  # fmt: skip
    return Figures(
        len(acts), outcomes["confirmed"], outcomes["refused"], len(overtaken), merged, outcomes["gone"],
        outcomes["unsure"], sum(settled.values()), len(settled) - sum(settled.values()), outcomes["busy"],
        sum(len(log.downs()) for log in logs), len(kept), sum(line["here"] for line in kept), len(painted),
        _ms(median(heard)), _ms(_share(heard, 0.99)), _ms(median(painted)), _ms(_share(painted, 0.99)),
        _ms(max(painted)), late,
    )  # fmt: skip


def _latencies(logs: Sequence[Log], numbers: Mapping[str, int]) -> tuple[list[float], list[float], int]:
    """Seconds from the beginning of each commit to the other PC: its ear, its painted page; and how many came late
    because that PC had no line just then, and its banner said so."""
    heard: list[float] = []
    painted: list[float] = []
    late = 0
    for log, other in (logs, tuple(reversed(logs))):
        downs = other.downs()
        ears = other.all("painted")
        for act in log.all("act"):
            begun, n = act["commit"][0], numbers.get(act["act"], 0)
            if not begun or not n or act["outcome"] != "confirmed":
                continue
            seen = next((each for each in ears if each["n"] >= n and each["at"] >= begun), None)
            if any(begun <= up and (seen is None or down <= seen["at"]) for down, up in downs):
                late += 1
            elif seen is not None:
                heard.append(seen["heard"] - begun)
                painted.append(seen["at"] - begun)
    return heard, painted, late


def _share(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def ids_in(session: Any, column: Any, limit: int) -> list[UUID]:
    """The latest of a table, for pages to be compared."""
    return list(session.scalars(sa.select(column).order_by(column.desc()).limit(limit)))
