"""The declared machines of everything whose state is stored: what may follow what, in one place.

To add a machine: its states as a StrEnum beside its table, one `Machine` here with Chinese words for states and
events, an entry in MACHINES. The tests then find dead ends and unreachable states, and `machines_markdown` draws it
into docs/machines.md. A state that can be derived is never stored (room board, arrears, "expiring").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from desktop.models.approvals import CaseState
from desktop.models.payments import ShiftState
from desktop.models.values import CollectionState, EnquiryState, InvoiceState, LeaseState, ReservationState
from desktop.models.work_orders import WorkOrderState
from desktop.services.errors import DomainError

S = TypeVar("S", bound=StrEnum)


class ForbiddenMove(DomainError):
    """The event may not follow the state. `possible` are the events that may, in the order of their declaration."""

    def __init__(self, message: str, machine: str, state: str, event: str, possible: tuple[str, ...]) -> None:
        super().__init__(message)
        self.machine = machine
        self.state = state
        self.event = event
        self.possible = possible


@dataclass(frozen=True)
class Machine(Generic[S]):
    """One machine: `moves` maps a state to its events and where they lead; states without moves are `terminal`."""

    name: str
    title: str
    states: type[S]
    start: S
    words: Mapping[S, str]
    events: Mapping[str, str]
    moves: Mapping[S, Mapping[str, S]]
    terminal: frozenset[S]

    def possible(self, state: S) -> tuple[str, ...]:
        """The events that may happen now: what buttons a page offers."""
        return tuple(self.moves.get(state, {}))

    def can(self, state: S, event: str) -> bool:
        """Whether the event may follow; unknown events are a bug and raise KeyError."""
        self.events[event]
        return event in self.moves.get(state, {})


def move(machine: Machine[S], state: S, event: str) -> S:
    """The state after the event. Raises ForbiddenMove, naming what is possible; KeyError for an undeclared event."""
    if machine.can(state, event):
        return machine.moves[state][event]
    possible = machine.possible(state)
    offer = "、".join(machine.events[each] for each in possible)
    hint = f"现在可以：{offer}" if offer else "它已经办结，不能再改"
    message = f"{machine.title}现在是「{machine.words[state]}」，不能{machine.events[event]}；{hint}"
    raise ForbiddenMove(message, machine.name, str(state), event, possible)


L = LeaseState
LEASE = Machine(
    name="lease",
    title="租约",
    states=LeaseState,
    start=L.DRAFT,
    words={
        L.DRAFT: "草稿",
        L.SIGNED: "已签约",
        L.ACTIVE: "在租",
        L.NOTICE: "已通知退租",
        L.MOVED_OUT: "已搬离",
        L.SETTLED: "已结算",
        L.CLOSED: "已结案",
        L.CANCELLED: "已撤销",
        L.RENEWED: "已续租",
    },
    events={
        "sign": "签约",
        "move_in": "交房入住",
        "give_notice": "登记退租通知",
        "withdraw_notice": "撤回退租通知",
        "move_out": "办理搬离",
        "settle": "退租结算",
        "reopen_settlement": "重开结算",
        "close": "结案",
        "cancel": "撤销租约",
        "renew": "续租",
        "withdraw_renewal": "撤销续租",
        "unrenew": "撤销续租",
    },
    moves={
        L.DRAFT: {"sign": L.SIGNED, "cancel": L.CANCELLED},
        L.SIGNED: {"move_in": L.ACTIVE, "cancel": L.CANCELLED},
        # Past its last day a lease stays active: occupation goes on without a term (Civil Code 734), arrears stay open.
        # A renewal that was a mistake is withdrawn: the new lease is cancelled, the old one goes on (`renewals`).
        L.ACTIVE: {
            "give_notice": L.NOTICE,
            "move_out": L.MOVED_OUT,
            "renew": L.RENEWED,
            "withdraw_renewal": L.CANCELLED,
        },
        L.NOTICE: {"withdraw_notice": L.ACTIVE, "move_out": L.MOVED_OUT, "renew": L.RENEWED},
        L.RENEWED: {"unrenew": L.ACTIVE},
        L.MOVED_OUT: {"settle": L.SETTLED},
        L.SETTLED: {"close": L.CLOSED, "reopen_settlement": L.MOVED_OUT},
    },
    terminal=frozenset({L.CLOSED, L.CANCELLED}),
)

A = CaseState
APPROVAL = Machine(
    name="approval",
    title="审批",
    states=CaseState,
    start=A.OPEN,
    words={A.OPEN: "审批中", A.APPROVED: "已通过", A.REJECTED: "未通过", A.WITHDRAWN: "已撤回"},
    events={"approve": "通过", "reject": "不予通过", "withdraw": "撤回", "appeal": "申请复核"},
    moves={
        # The steps of a running case are rows of their own; the case is open until the last one.
        A.OPEN: {"approve": A.APPROVED, "reject": A.REJECTED, "withdraw": A.WITHDRAWN},
        # A refusal can always be looked at again by a person (PIPL 24).
        A.REJECTED: {"appeal": A.OPEN},
    },
    terminal=frozenset({A.APPROVED, A.WITHDRAWN}),
)

W = WorkOrderState
_WAITS = {
    "wait_material": W.WAITING_MATERIAL,
    "wait_tenant": W.WAITING_TENANT,
    "wait_contractor": W.WAITING_CONTRACTOR,
}
_IN_HAND = {"finish": W.DONE, "hand_over": W.ASSIGNED, "take_back": W.REPORTED, "cancel": W.CANCELLED}
"""Whoever has it in hand may be done: a slip that is typed in at the end of the day skips what lies between."""
WORK_ORDER = Machine(
    name="work_order",
    title="工单",
    states=WorkOrderState,
    start=W.REPORTED,
    words={
        W.REPORTED: "待派单",
        W.ASSIGNED: "待接单",
        W.ACCEPTED: "已接单",
        W.ON_THE_WAY: "已出发",
        W.WORKING: "处理中",
        W.WAITING_MATERIAL: "等材料",
        W.WAITING_TENANT: "等住户",
        W.WAITING_CONTRACTOR: "等外包",
        W.DONE: "已完成",
        W.CHECKED: "已验收",
        W.CLOSED: "已关闭",
        W.CANCELLED: "已取消",
    },
    events={
        "assign": "派单",
        "accept": "接单",
        "set_out": "出发",
        "begin": "开始处理",
        "wait_material": "等材料",
        "wait_tenant": "等住户",
        "wait_contractor": "等外包",
        "resume": "继续处理",
        "finish": "完成",
        "check": "验收",
        "close": "关闭",
        "reopen": "重开",
        "hand_over": "转派",
        "take_back": "收回派单",
        "cancel": "取消",
    },
    moves={
        W.REPORTED: {"assign": W.ASSIGNED, "cancel": W.CANCELLED},
        W.ASSIGNED: {"accept": W.ACCEPTED, "set_out": W.ON_THE_WAY, "begin": W.WORKING, **_IN_HAND},
        W.ACCEPTED: {"set_out": W.ON_THE_WAY, "begin": W.WORKING, **_WAITS, **_IN_HAND},
        W.ON_THE_WAY: {"begin": W.WORKING, **_WAITS, **_IN_HAND},
        W.WORKING: {**_WAITS, **_IN_HAND},
        W.WAITING_MATERIAL: {"resume": W.WORKING, **_WAITS, **_IN_HAND},
        W.WAITING_TENANT: {"resume": W.WORKING, **_WAITS, **_IN_HAND},
        W.WAITING_CONTRACTOR: {"resume": W.WORKING, **_WAITS, **_IN_HAND},
        W.DONE: {"check": W.CHECKED, "reopen": W.REPORTED},
        W.CHECKED: {"close": W.CLOSED, "reopen": W.REPORTED},
        # What was mended may break again; what was cancelled is reported anew.
        W.CLOSED: {"reopen": W.REPORTED},
    },
    terminal=frozenset({W.CANCELLED}),
)

C = CollectionState
_PAID = {"pay_off": C.PAID}
COLLECTION = Machine(
    name="collection",
    title="催缴",
    states=CollectionState,
    start=C.OPEN,
    words={
        C.OPEN: "待分派",
        C.FIRST_TEAM: "一组催缴",
        C.SECOND_TEAM: "二组催缴",
        C.PROMISED: "已承诺",
        C.DISPUTED: "有争议",
        C.OUTSOURCED: "委外",
        C.LEGAL: "法律程序",
        C.PAID: "已缴清",
        C.WRITTEN_OFF: "已核销坏账",
    },
    events={
        "assign": "分派一组",
        "escalate": "升级二组",
        "promise": "登记承诺",
        "break_promise": "登记爽约",
        "dispute": "登记争议",
        "settle_dispute": "争议处理完毕",
        "outsource": "转委外",
        "take_back": "收回委外",
        "go_legal": "转法律程序",
        "write_off": "核销坏账",
        "pay_off": "登记缴清",
        "payment_reversed": "收款被冲红",
    },
    moves={
        C.OPEN: {"assign": C.FIRST_TEAM, **_PAID},
        C.FIRST_TEAM: {"escalate": C.SECOND_TEAM, "promise": C.PROMISED, "dispute": C.DISPUTED, **_PAID},
        C.SECOND_TEAM: {
            "promise": C.PROMISED,
            "dispute": C.DISPUTED,
            "outsource": C.OUTSOURCED,
            "go_legal": C.LEGAL,
            **_PAID,
        },
        C.PROMISED: {"break_promise": C.SECOND_TEAM, "dispute": C.DISPUTED, **_PAID},
        C.DISPUTED: {"settle_dispute": C.FIRST_TEAM, "go_legal": C.LEGAL, **_PAID},
        C.OUTSOURCED: {"take_back": C.SECOND_TEAM, "go_legal": C.LEGAL, **_PAID},
        C.LEGAL: {"write_off": C.WRITTEN_OFF, **_PAID},
        # A reversed payment must wake its case again, or the debt falls out of everyone's sight.
        C.PAID: {"payment_reversed": C.OPEN},
        C.WRITTEN_OFF: dict(_PAID),
    },
    terminal=frozenset(),
)

H = ShiftState
SHIFT = Machine(
    name="shift",
    title="班次",
    states=ShiftState,
    start=H.OPEN,
    words={H.OPEN: "当班", H.COUNTED: "已点钞", H.CLOSED: "已交班"},
    events={"count": "点钞", "recount": "重新点钞", "close": "交班"},
    moves={
        H.OPEN: {"count": H.COUNTED},
        # Counted again when the figures differ; both sign before it closes, afterwards only reversals.
        H.COUNTED: {"close": H.CLOSED, "recount": H.OPEN},
    },
    terminal=frozenset({H.CLOSED}),
)

E = EnquiryState
ENQUIRY = Machine(
    name="enquiry",
    title="意向",
    states=EnquiryState,
    start=E.OPEN,
    words={
        E.OPEN: "新意向",
        E.VIEWING: "已约看房",
        E.RESERVED: "已预订",
        E.LEASED: "已签约",
        E.LOST: "未成",
    },
    events={
        "view": "约看房",
        "reserve": "登记预订",
        "release": "解除预订",
        "lease": "签约",
        "lose": "登记未成",
        "reopen": "重新跟进",
    },
    moves={
        E.OPEN: {"view": E.VIEWING, "reserve": E.RESERVED, "lease": E.LEASED, "lose": E.LOST},
        E.VIEWING: {"view": E.VIEWING, "reserve": E.RESERVED, "lease": E.LEASED, "lose": E.LOST},
        # Money may hold the room: it is dealt with before the enquiry can be given up.
        E.RESERVED: {"lease": E.LEASED, "release": E.OPEN},
        E.LOST: {"reopen": E.OPEN},
    },
    terminal=frozenset({E.LEASED}),
)

R = ReservationState
RESERVATION = Machine(
    name="reservation",
    title="预订",
    states=ReservationState,
    start=R.HELD,
    words={R.HELD: "预订中", R.LEASED: "已签约", R.RETURNED: "已退还", R.FORFEITED: "定金不退", R.DOUBLED: "双倍返还"},
    events={"extend": "延长", "lease": "签约", "return": "退还", "forfeit": "定金不退", "double": "双倍返还"},
    moves={
        R.HELD: {
            "extend": R.HELD,
            "lease": R.LEASED,
            "return": R.RETURNED,
            # Only earnest money 定金 knows these two (Civil Code 587); the service refuses them for an advance.
            "forfeit": R.FORFEITED,
            "double": R.DOUBLED,
        },
    },
    terminal=frozenset({R.LEASED, R.RETURNED, R.FORFEITED, R.DOUBLED}),
)

I = InvoiceState  # noqa: E741 - one letter a machine
INVOICE = Machine(
    name="invoice",
    title="发票",
    states=InvoiceState,
    start=I.REQUESTED,
    words={I.REQUESTED: "待开", I.ISSUED: "已开", I.REVERSED: "已红冲", I.CANCELLED: "不开了"},
    events={"issue": "登记开票", "cancel": "取消申请", "reverse": "登记红冲"},
    moves={
        I.REQUESTED: {"issue": I.ISSUED, "cancel": I.CANCELLED},
        # An e-invoice is never voided, only reversed by a red one.
        I.ISSUED: {"reverse": I.REVERSED},
    },
    terminal=frozenset({I.REVERSED, I.CANCELLED}),
)

MACHINES: tuple[Machine[Any], ...] = (LEASE, APPROVAL, WORK_ORDER, COLLECTION, SHIFT, ENQUIRY, RESERVATION, INVOICE)


def reachable(machine: Machine[S]) -> set[S]:
    """The states that can be reached from the start."""
    seen, waiting = {machine.start}, [machine.start]
    while waiting:
        for state in machine.moves.get(waiting.pop(), {}).values():
            if state not in seen:
                seen.add(state)
                waiting.append(state)
    return seen


def machines_markdown() -> str:
    """The text of docs/machines.md: a diagram and the words of every machine. Written by `run.py`, held by a test."""
    parts = ["# State machines", "", "Generated from `desktop/services/transitions.py`; do not edit."]
    for machine in MACHINES:
        parts += ["", *_section(machine)]
    return "\n".join(parts) + "\n"


def _section(machine: Machine[Any]) -> Iterable[str]:
    yield f"## {machine.title} `{machine.name}`"
    yield ""
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state in machine.states:
        yield f'    state "{machine.words[state]}" as {state}'
    yield f"    [*] --> {machine.start}"
    for state in machine.states:
        for event, after in machine.moves.get(state, {}).items():
            yield f"    {state} --> {after}: {machine.events[event]}"
        if state in machine.terminal:
            yield f"    {state} --> [*]"
    yield "```"
    yield ""
    yield "| state | word | events |"
    yield "|---|---|---|"
    for state in machine.states:
        events = " · ".join(f"`{event}` {machine.events[event]}" for event in machine.possible(state))
        yield f"| `{state}` | {machine.words[state]} | {events or 'terminal'} |"
