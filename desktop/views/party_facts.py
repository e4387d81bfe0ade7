"""The left column of the party page: papers, ways to reach them, who else there is, what they agreed to; masked."""

from __future__ import annotations

from datetime import date
from functools import partial

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.models.values import ContactKind, DocumentKind, PartyKind, Right, Sex
from desktop.services import consents
from desktop.services.identity import DOCUMENT_NAMES
from desktop.services.lease_words import LEASE_ROLE_WORDS
from desktop.services.party_edits import RELATION_WORDS
from desktop.services.party_page import DocumentRow, MaskedField, RelationRow
from desktop.services.party_record import PartyRecord
from desktop.views.buttons import Button
from desktop.views.facts_card import FactsCard
from desktop.views.labels import Fact, Glyph, Tag, label, rule
from desktop.views.layouts import beside
from desktop.views.pages import Shell
from desktop.views.reveals import Reveals
from desktop.world import OFFICE_ZONE

_SHORT = {
    DocumentKind.ID_CARD: "身份证",
    DocumentKind.TEMPORARY_ID_CARD: "临时证",
    DocumentKind.HOUSEHOLD_REGISTER: "户口簿",
    DocumentKind.HMT_RESIDENCE_PERMIT: "居住证",
    DocumentKind.FOREIGNER_PERMANENT_CARD: "永居证",
    DocumentKind.HK_MACAO_TRAVEL_PERMIT: "通行证",
    DocumentKind.TAIWAN_TRAVEL_PERMIT: "通行证",
    DocumentKind.PASSPORT: "护照",
    DocumentKind.BUSINESS_LICENCE: "执照",
}
_CONTACTS = {
    ContactKind.MOBILE: "手机",
    ContactKind.LANDLINE: "座机",
    ContactKind.FOREIGN_PHONE: "境外",
    ContactKind.WECHAT: "微信",
    ContactKind.EMAIL: "邮箱",
    ContactKind.HOME_ADDRESS: "住址",
}
_SEXES = {Sex.MALE: "男", Sex.FEMALE: "女"}


class PartyFacts(FactsCard):
    """Signals: reveal_wanted() by F3's button; opened(party_id); lease_wanted(lease_id); bank_wanted,
    withdrawal_wanted, relation_wanted, vehicles_wanted()."""

    reveal_wanted = Signal()
    opened = Signal(object)
    bank_wanted = Signal()
    withdrawal_wanted = Signal()
    relation_wanted = Signal()
    lease_wanted = Signal(object)
    vehicles_wanted = Signal()

    def __init__(self, shell: Shell, reveals: Reveals) -> None:
        super().__init__(shell, reveals, shell.frame.tr("身份与联系"), lambda: self.reveal_wanted.emit())
        foot = QHBoxLayout()
        foot.setSpacing(6)
        foot.addWidget(Glyph("eye", "text-faint", 14))
        foot.addWidget(label(self.tr("查看原文会记入日志"), "hint"))
        foot.addStretch(1)
        self.body.addLayout(foot)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 200)

    def show_record(self, record: PartyRecord) -> None:
        """Show the facts; left as they are when nothing changed, so that a revealed value stays its 30 s."""
        around = (record.occupants, record.vehicles, record.leases_of_others, record.related_to)
        what = (record.page, around, record.consents, self._shell.today())
        if not self._begin(what):
            return
        self._papers(record)
        self._near(record)
        self._around(record)
        self._vehicles(record)
        self._elsewhere(record)
        self._bank(record)
        self._consents(record)
        if record.page.note:
            self._title(self.tr("备注"))
            self._column.addWidget(label(record.page.note, wrap=True, select=True))
        self._column.addStretch(1)
        self.whole.allow("" if self._reveals.any else self.tr("这里没有您的角色能看的原文"))

    # parts

    def _title(self, words: str, *trailing: QWidget) -> None:
        self._column.addSpacing(2)
        self._column.addWidget(rule())
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(label(words, "muted"))
        row.addStretch(1)
        for widget in trailing:
            row.addWidget(widget)
        self._column.addLayout(row)

    def _masked(self, field: MaskedField, name: str, *, wrap: bool = False, first: bool = False) -> QWidget:
        return self._reveals.make(field, name, wrap=wrap, first=first)

    def _papers(self, record: PartyRecord) -> None:
        page = record.page
        facts: list[Fact] = []
        for paper in page.documents:
            facts.append(Fact(_SHORT[paper.kind], self._masked(paper.number, DOCUMENT_NAMES[paper.kind])))
        if len(page.documents) == 1:
            facts.append(self._validity(page.documents[0]))
        phones = [c for c in page.contacts if c.kind is not ContactKind.HOME_ADDRESS]
        phones.sort(key=lambda each: not each.preferred)
        for contact in phones:
            value = self._masked(contact.value, _CONTACTS[contact.kind], first=contact is phones[0])
            if contact.preferred and len(phones) > 1:
                value = beside(value, Tag(self.tr("常用")))
            facts.append(Fact(_CONTACTS[contact.kind], value))
        homes = [c for c in page.contacts if c.kind is ContactKind.HOME_ADDRESS]
        facts += [Fact(self.tr("住址"), self._masked(home.value, self.tr("住址"), wrap=True)) for home in homes]
        if page.occupation:
            word = self.tr("行业") if page.kind is PartyKind.ORGANISATION else self.tr("职业")
            facts.append(Fact(word, page.occupation))
        person = [_SEXES[page.sex]] if page.sex is not None else []
        person += [f"{page.birth}"] if page.birth is not None else []
        person += [f"{page.ethnicity}族"] if page.ethnicity else []
        if person:
            facts.append(Fact(self.tr("本人"), " · ".join(person)))
        for paper in page.documents:
            if paper.address is not None:
                facts.append(Fact(self.tr("证件\n住址"), self._masked(paper.address, self.tr("证件地址"), wrap=True)))
        matched = [paper for paper in page.documents if paper.matched_at is not None]
        if matched:
            at = max(paper.matched_at for paper in matched if paper.matched_at is not None).astimezone(OFFICE_ZONE)
            who = matched[-1].matched_by or self.tr("程序")
            facts.append(Fact(self.tr("核对"), self.tr("人证一致 {day} {who}").format(day=at.date(), who=who), "ok"))
        elif page.documents and page.kind is PartyKind.PERSON:
            facts.append(Fact(self.tr("核对"), self.tr("还没有核对人证"), "warn"))
        self._add(facts)

    def _validity(self, paper: DocumentRow) -> Fact:
        today = self._shell.today()
        if paper.long_term:
            return Fact(self.tr("有效期"), self.tr("长期"))
        if paper.valid_to is None:
            return Fact(self.tr("有效期"), self.tr("没有登记"))
        if paper.valid_to < today:
            return Fact(self.tr("有效期"), self.tr("{day} 已过期").format(day=paper.valid_to), "danger")
        return Fact(self.tr("有效期"), self.tr("至 {day}").format(day=paper.valid_to))

    def _near(self, record: PartyRecord) -> None:
        near = [row for row in record.page.relations if row.kind == "emergency"]
        if near:
            self._title(self.tr("紧急联系人"))
            for row in near:
                self._person(row.words, row)

    def _person(self, word: str, row: RelationRow) -> None:
        name = Button(row.name, "link", size="small", slot=partial(self.opened.emit, row.party_id))
        name.setToolTip(self.tr("打开 {name} 的资料").format(name=row.name))
        facts = [Fact(word, beside(name))]
        facts += [Fact(self.tr("电话"), self._masked(phone, self.tr("电话"))) for phone in row.phones]
        self._add(facts)

    def _around(self, record: PartyRecord) -> None:
        others = [row for row in record.page.relations if row.kind != "emergency"]
        known = {row.party_id for row in others}
        living = [(party_id, name) for party_id, name in record.occupants if party_id not in known]
        add = Button(self.tr("添加"), "quiet", size="small", slot=self.relation_wanted.emit)
        add.setAccessibleName(self.tr("添加关联人"))
        trailing = [add] if self._shell.allowed(Right.EDIT_PARTIES) else []
        many = len(others) + len(living)
        self._title(self.tr("关联人 {n}").format(n=many) if many else self.tr("关联人"), *trailing)
        for row in others:
            self._person(row.words or RELATION_WORDS.get(row.kind, ""), row)
        for party_id, name in living:
            link = Button(name, "link", size="small", slot=partial(self.opened.emit, party_id))
            self._add([Fact(self.tr("同住"), beside(link))])

    def _vehicles(self, record: PartyRecord) -> None:
        may, cars = self._shell.allowed(Right.EDIT_PARTIES), len(record.vehicles)
        if not may and not cars:
            return
        words = self.tr("修改") if cars else self.tr("登记")
        change = Button(words, "quiet", size="small", slot=self.vehicles_wanted.emit)
        change.setAccessibleName(self.tr("{words}车牌").format(words=words))
        self._title(self.tr("车辆 {n}").format(n=cars) if cars else self.tr("车辆"), *([change] if may else []))
        self._add([Fact(self.tr("车牌"), plate) for plate in record.vehicles])

    def _elsewhere(self, record: PartyRecord) -> None:
        """Where somebody stands for others: in their leases, and to them."""
        if not record.leases_of_others and not record.related_to:
            return
        self._title(self.tr("在别人那里"))
        facts = []
        for row in record.leases_of_others:
            word = LEASE_ROLE_WORDS[row.role] if row.role is not None else self.tr("住在")
            link = Button(row.words, "link", size="small", slot=partial(self.lease_wanted.emit, row.lease_id))
            facts.append(Fact(word, beside(link)))
        for each in record.related_to:
            link = Button(each.name, "link", size="small", slot=partial(self.opened.emit, each.party_id))
            facts.append(Fact(each.caption, beside(link)))
        self._add(facts)

    def _bank(self, record: PartyRecord) -> None:
        may = self._shell.allowed(Right.EDIT_PARTIES)
        buttons: list[QWidget] = []
        if may and record.page.banks:
            withdraw = Button(self.tr("撤回"), "quiet", size="small", slot=self.withdrawal_wanted.emit)
            withdraw.setToolTip(self.tr("租客撤回同意：账户当场清除"))
            buttons.append(withdraw)
        if may:
            words = self.tr("更换") if record.page.banks else self.tr("登记")
            change = Button(words, "quiet", size="small", slot=self.bank_wanted.emit)
            change.setAccessibleName(self.tr("{words}退款账户").format(words=words))
            buttons.append(change)
        if not record.page.banks and not may:
            return
        self._title(self.tr("退款账户"), *buttons)
        for bank in record.page.banks:
            self._add(
                [
                    Fact(self.tr("银行"), bank.bank),
                    Fact(self.tr("账号"), self._masked(bank.number, self.tr("银行账号"))),
                    Fact(self.tr("开户人"), self._masked(bank.holder, self.tr("开户人"))),
                ]
            )

    def _consents(self, record: PartyRecord) -> None:
        if not record.consents:
            return
        self._title(self.tr("告知与同意"))
        for row in record.consents:
            what = consents.KIND_WORDS.get(row.kind, row.kind)
            edition = self.tr(" · 第 {n} 版").format(n=row.version) if row.version is not None else ""
            self._column.addWidget(label(what, wrap=True))
            day: date = row.at.astimezone(OFFICE_ZONE).date()
            who = f" {row.signed_by}" if row.signed_by else ""
            signed = self.tr("，已签名") + who if row.signed else ""
            said = f"{consents.ANSWER_WORDS.get(row.answer, row.answer)}{signed}{edition} · {day} {row.by}"
            self._column.addWidget(label(said, "small", wrap=True))
