"""The left column of the lease page: who signed, who lives there, what was agreed, the days; phones masked."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtWidgets import QWidget

from desktop.models.values import LeaseRole, Right
from desktop.services import lease_words
from desktop.services.lease_record import LeaseRecord
from desktop.services.lease_terms import term_text
from desktop.services.lease_words import LEASE_ROLE_WORDS
from desktop.services.signed import BROKEN_WORDS
from desktop.views.buttons import Button
from desktop.views.facts_card import FactsCard
from desktop.views.labels import Fact, label, rule
from desktop.views.layouts import beside
from desktop.views.pages import Shell
from desktop.views.reveals import Reveals, can_ask


class LeaseFacts(FactsCard):
    """What was agreed, with ways to the people and the room."""

    def __init__(self, shell: Shell, reveals: Reveals) -> None:
        super().__init__(shell, reveals, shell.frame.tr("约定"), reveals.reveal)
        self.correct = Button(self.tr("更正登记"), "quiet", size="small", icon="pencil", key="Ctrl+E", writes=True)
        self.body.addWidget(self.correct)

    def show_record(self, record: LeaseRecord) -> None:
        page = record.page
        what = (
            page.terms, page.parties, page.occupants, page.row.state, record.phone, record.notice_on, page.version,
            page.purpose, record.signature, record.signature_broken,
        )  # fmt: skip
        if not self._begin(what):
            return
        may = record.phone is not None and can_ask(self._shell, record.phone)
        self.whole.setVisible(may)
        self._people(record)
        self._terms(record)
        self._days(record)
        self._column.addStretch(1)

    def _people(self, record: LeaseRecord) -> None:
        page, facts = record.page, []
        for side in page.parties:
            handler = side.role is LeaseRole.AGENT and bool(side.relation)  # of a company
            caption = side.relation if handler else LEASE_ROLE_WORDS[side.role]
            facts.append(Fact(caption, self._link(side.name, side.party_id)))
            said = " · ".join(word for word in (self._near(side.role, side.relation), side.basis) if word)
            if said:
                facts.append(Fact("", said))
        if record.phone is not None:
            facts.append(Fact(self.tr("手机"), self._reveals.make(record.phone, self.tr("手机"))))
        signing = {side.party_id for side in page.parties}
        for row in page.occupants:
            if row.party_id not in signing:
                facts.append(Fact(row.relation or self.tr("同住"), self._link(row.name, row.party_id)))
        if record.signature is not None and record.signature.words:
            facts.append(Fact(self.tr("当面签"), record.signature.words))
        if record.signature_broken:
            facts.append(Fact(self.tr("当面签"), label(BROKEN_WORDS, tone="danger", wrap=True)))
        facts.append(Fact(self.tr("房间"), self._room_link(page.row.room, page.row.room_id)))
        self._add(facts)

    def _near(self, role: LeaseRole, relation: str) -> str:
        """What a guardian or co-tenant is to the tenant; of the others it stands in their role."""
        return relation if role in (LeaseRole.GUARDIAN, LeaseRole.CO_TENANT) else ""

    def _link(self, name: str, party_id: UUID) -> QWidget:
        link = Button(name, "link", size="small", slot=partial(self._shell.navigate, "party", party_id=party_id))
        if not self._shell.allowed(Right.SEE_PARTIES):
            return label(name)
        return beside(link)

    def _room_link(self, words: str, room_id: UUID) -> QWidget:
        slot = partial(self._shell.navigate, "room", room_id=room_id)
        return beside(Button(words, "link", size="small", slot=slot))

    def _terms(self, record: LeaseRecord) -> None:
        terms = record.page.terms
        self._column.addWidget(rule())
        facts = [
            Fact(self.tr("租期"), self.tr("{start} 至 {end}").format(start=terms.start, end=terms.end)),
            Fact("", term_text(terms.start, terms.end)),
            Fact(self.tr("月租"), f"¥{terms.rent}"),
            Fact(self.tr("付款"), f"{lease_words.pay_words(terms)} · {lease_words.due_words(terms)}"),
            Fact(self.tr("押金"), f"¥{terms.deposit}"),
        ]
        facts += [Fact(self.tr("调租"), words) for words in lease_words.step_words(terms)]
        if terms.key_deposit:
            facts.append(Fact(self.tr("钥匙押"), f"¥{terms.key_deposit}"))
        if terms.free_days:
            facts.append(Fact(self.tr("免租"), lease_words.free_words(terms)))
        facts += [
            Fact(self.tr("零头"), lease_words.stub_words(terms)),
            Fact(self.tr("物业费"), lease_words.property_words(terms)),
            Fact(self.tr("违约金"), lease_words.late_words(terms)),
            Fact(self.tr("用途"), record.page.purpose),
        ]
        self._add(facts)

    def _days(self, record: LeaseRecord) -> None:
        page, facts = record.page, []
        days = (
            (self.tr("签约"), page.signed_on),
            (self.tr("入住"), page.moved_in_on),
            (self.tr("通知"), record.notice_on),
            (self.tr("搬离"), page.moved_out_on),
        )
        facts += [Fact(name, f"{day}") for name, day in days if day is not None]
        facts.insert(0, Fact(self.tr("合同号"), page.row.number))
        if record.template is not None:
            facts.append(Fact(self.tr("合同"), self.tr("第 {n} 版模板").format(n=record.template)))
        facts += self._chain(record)
        if facts:
            self._column.addWidget(rule())
            self._add(facts)

    def _chain(self, record: LeaseRecord) -> list[Fact]:
        """The other leases of the tenancy, each a way to its page."""
        here = [link.id for link in record.chain].index(record.page.row.id)
        facts = []
        for at, link in enumerate(record.chain):
            if at == here:
                continue
            name = self.tr("续自") if at == here - 1 else self.tr("续为") if at == here + 1 else ""
            slot = partial(self._shell.navigate, "lease", lease_id=link.id)
            button = Button(link.number, "link", size="small", slot=slot)
            facts.append(Fact(name, beside(button)))
            facts.append(Fact("", self.tr("{start} 至 {end}").format(start=link.start, end=link.end)))
        return facts
