"""How a lease stands that runs out, has run out or was renewed, and what there is to do: one sentence for the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from desktop.models.values import LeaseState
from desktop.services.lease_chain import ChainLink
from desktop.services.leases import INSIDE, LeaseRow


def standing(row: LeaseRow, chain: Sequence[ChainLink], today: date, expiring_days: int) -> tuple[str, str]:
    """(what stands and what to do, tone: "", "warn" or "danger"); empty where nothing is to be said.

    Past its end a lease whose tenant stays goes on without a term, at the same rent, and each side may end it with
    reasonable notice (Civil Code 734, 730): it is never over by itself.
    """
    at = [link.id for link in chain].index(row.id)
    if row.state is LeaseState.RENEWED and at + 1 < len(chain):
        after = chain[at + 1]
        return f"已续租：{after.start} 起按 {after.number}，到 {after.end}", ""
    if row.state not in INSIDE:
        return "", ""
    if row.start > today and at:
        return f"续租 {row.start} 才开始，这之前按原租约 {chain[at - 1].number}", ""
    left = (row.end - today).days
    if left < 0:
        goes_on = "按不定期租赁继续，原租金逐月出账，双方可随时提前通知解除"
        do = "办搬离收房，或续租" if row.state is LeaseState.NOTICE else "续租，或登记退租通知、约日子收房"
        return f"{row.end} 已到期，租客还住着：{goes_on}。{do}", "danger"
    if left <= expiring_days and row.state is not LeaseState.NOTICE:
        when = "今天到期" if not left else f"{row.end} 到期，剩 {left} 天"
        return f"{when}：问租客续不续；到期没办，就按不定期租赁、原租金继续", "warn"
    return "", ""
