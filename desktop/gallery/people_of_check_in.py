"""Who comes with the tenant, in the wizard: every role, what is missing, somebody known, a company, a minor."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from desktop.gallery import FROZEN
from desktop.gallery.walk import Walk, wait_until
from desktop.models.values import DocumentKind, Money
from desktop.services import check_ins, signatures, tenant_papers
from desktop.services.acts import Op
from desktop.services.check_in_draft import Step
from desktop.services.check_in_facts import free_rooms
from desktop.services.check_in_forms import CheckIn
from desktop.services.check_in_people import GUARANTEES, CompanyForm, PersonForm, Role, company_party
from desktop.services.ink import Ink, gathered
from desktop.services.lease_terms import LeaseTerms, end_after
from desktop.services.party_forms import DocumentForm, PartyForm
from desktop.services.room_claims import check_in_facts
from desktop.views.tenant.signing import LeaseSigning
from resources import resource

GUARANTOR = "990101197503040075"
CHILD = "990101201406010025"
CODE = "91990100MA0000001G"


def shoot_people(walk: Walk, page: Any) -> None:
    """From the contact step of somebody of age, and back to it with nobody added."""
    walk.press("Alt+0")
    walk.shoot("04-check-in-people")
    walk.press("Return")
    walk.type("孙晓舟")
    panel = walk.dialog.panel
    panel.rows["relation"].field.set_value("儿子")
    panel.rows["birth"].field.set_value("2019-03-02")
    walk.press("Ctrl+Return")
    walk.shoot("04-check-in-people-child")
    panel.consented.set_value(True)
    walk.press("Alt+0", "3", "Return")
    walk.type("孙建国")
    panel.rows["phone"].field.set_value("1390000")
    walk.press("Ctrl+Return")
    walk.shoot("04-check-in-people-guarantor-errors")
    panel.rows["document.number"].field.set_value(GUARANTOR)
    panel.rows["phone"].field.set_value("13900000011")
    _agent(walk, panel)
    _second_card(walk, page)
    _company(walk, panel)
    walk.press("Esc")
    walk.shoot("04-check-in-3-contact-people")
    page.draft.people, page.draft.company, page.draft.plates = [], None, ""
    page.show_foot()


def _agent(walk: Walk, panel: Any) -> None:
    walk.press("Alt+0", "4", "Return")
    walk.type("周思齐")
    panel.rows["document.number"].field.set_value("990101199003040019")
    panel.rows["phone"].field.set_value("13900000012")
    panel.rows["basis"].field.set_value("2026-11-20 签约、交押金，至 2026-12-31")
    walk.dialog.plates.set_value("川A·8K3Z7 川A·D12345")
    walk.shoot("04-check-in-people-agent")


def _second_card(walk: Walk, page: Any) -> None:
    """The card of the second person, pasted as the first one was; the same person is known after the first walk."""
    walk.press("Alt+0", "2", "Return")
    walk.paste(resource("demo_cards/huang_webcam.jpg"))
    wait_until(lambda: bool(page.draft.people[-1].number))
    walk.quiet()
    walk.shoot("04-check-in-people-card")
    walk.press("Ctrl+Delete")
    walk.shoot("04-check-in-people-removed")


def _company(walk: Walk, panel: Any) -> None:
    walk.press("Alt+0", "6")
    panel.rows["company"].field.set_value("青川样例科技有限公司")
    panel.rows["code"].field.set_value("91990100MA0000000K")
    walk.press("Ctrl+Return")
    walk.shoot("04-check-in-people-company")
    panel.rows["code"].field.set_value(CODE)


def shoot_minor(walk: Walk, page: Any) -> None:
    """A child at the desk: why it cannot sign, and the guardian."""
    walk.go("check_in")
    page.begin()
    walk.type(CHILD)
    walk.press("Return")
    wait_until(lambda: page.step is Step.REVIEW)
    walk.type("孙小满")
    walk.press("Ctrl+Return")
    walk.shoot("04-check-in-2-review-minor")
    walk.press("Alt+7")
    walk.type("孙母")
    walk.dialog.panel.rows["relation"].field.set_value("姑姑")
    walk.press("Ctrl+Return")
    walk.shoot("04-check-in-people-guardian")
    walk.press("Esc")
    page.begin()


def shoot_leases_with_people(walk: Walk) -> None:
    """A lease with everybody in it, the pages of its guarantor and of a company."""
    person = PersonForm(
        Role.HOUSEHOLD, PartyForm("孙晓舟", birth=date(2019, 3, 2)), relation="儿子", consented=True
    )  # fmt: skip
    surety = PersonForm(
        Role.GUARANTOR, _party("孙建国", GUARANTOR, "13900000011"), basis=GUARANTEES[0], lives_in=False
    )  # fmt: skip
    friend = PersonForm(Role.CO_TENANT, _party("周思齐", "990101199003040019", "13900000012"), matched=True)
    news = walk.act(Op.CHECK_IN, check_ins.check_in, _form(walk, [person, friend, surety], None))
    page = walk.go("lease", lease_id=news.lease_id)
    walk.shoot("08-lease-people")
    guarantor = next(side for side in page.record.page.parties if side.name == "孙建国")
    walk.go("party", party_id=guarantor.party_id)
    walk.shoot("07-party-guarantor")
    company = CompanyForm(
        company_party("青川样例科技有限公司", CODE, "青川市临江区样例路 1 号", ""), "沈望舒", "授权委托书 2026-11-20"
    )
    news = walk.act(Op.CHECK_IN, check_ins.check_in, _form(walk, [], company))
    page = walk.go("lease", lease_id=news.lease_id)
    walk.shoot("08-lease-company")
    walk.press("Ctrl+P")
    walk.quiet()
    walk.shoot("08-lease-company-preview")
    walk.dialog.cancel()
    LeaseSigning(page.shell, page).ask(news.lease_id, page.load)
    walk.quiet()
    walk.shoot("08-lease-who-signs")
    walk.dialog.cancel()
    signer = walk.read(tenant_papers.lease_signers, news.lease_id)[0].party_id
    words = walk.read(tenant_papers.lease_for_tenant, news.lease_id, signer)
    walk.act(Op.SIGN_PAPER, signatures.sign_lease, news.lease_id, signer, words.sha, _ink())
    walk.go("lease", lease_id=news.lease_id)
    walk.shoot("08-lease-signed-by")
    walk.press("Ctrl+P")
    walk.quiet()
    walk.press("PgDown", "PgDown", "PgDown", *["Down"] * 8)
    walk.shoot("08-lease-signed-by-preview")
    walk.dialog.cancel()
    walk.go("party", party_id=news.party_id)
    walk.shoot("07-party-company")


def _ink() -> Ink:
    """Something like a name."""
    waves = [[(60 + 110 * at + 9 * n, 60 + 40 * ((n * 7 + at) % 5)) for n in range(9)] for at in range(5)]
    return gathered(640, 260, waves)


def _party(name: str, number: str, phone: str) -> PartyForm:
    return PartyForm(name, document=DocumentForm(DocumentKind.ID_CARD, number), phone=phone)


def _is_free(walk: Walk, room_id: UUID, terms: LeaseTerms) -> bool:
    facts = walk.read(check_in_facts, room_id, terms.period)
    return facts.taken is None and facts.held is None


def _form(walk: Walk, people: list[PersonForm], company: CompanyForm | None) -> CheckIn:
    today = FROZEN
    tenant = ("孙晓梅", "990101198505060023") if company is None else ("宋怀瑾", "990101198806070022")
    rent = Money.yuan(2300)
    terms = LeaseTerms(today, end_after(today, 12), rent, 3, rent)
    # A room with a lease still in draft looks free on the board and is not.
    room = next(each.id for each in walk.read(free_rooms) if _is_free(walk, each.id, terms))
    return CheckIn(
        room, terms, party=_party(*tenant, "13800001234"), matched=True, notice_told=True, people=people,
        company=company, keys=2, cards=2, plates="川A·8K3Z7",
    )  # fmt: skip
