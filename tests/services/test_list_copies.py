"""Lists that leave the program: by right or with a second person's word, noted by counts and columns, not values."""

from __future__ import annotations

import pypdfium2
import pytest
import sqlalchemy as sa

from desktop.models.payments import PrintEvent
from desktop.models.printing import PrintJob
from desktop.models.trust import AuditEntry
from desktop.models.values import Right
from desktop.services import list_copies, on_the_spot, opening
from desktop.services.acts import Op
from desktop.services.errors import Refused
from desktop.services.list_copies import PrintList, TooManyRows
from desktop.services.office import Office
from desktop.services.paper.list_sheet import SheetColumn
from desktop.services.work import Actor, begin
from tests.offices import PASSWORD, sit_down, with_pin

PEOPLE = PrintList(
    "parties", "在租 · 欠费 30 天以上 · 2 行",
    (SheetColumn("姓名", 8), SheetColumn("手机", 11), SheetColumn("欠费（元）", 9, True)),
    (("沈知微", "138****0001", "1,860.00"), ("欧阳\U00020bb7微", "139****0002", "12,860.00")),
)  # fmt: skip


@pytest.fixture
def lead(office: Office) -> Actor:
    return sit_down(office, "manager", login="zhaocw", name="赵主管")


def last_entry(office: Office) -> AuditEntry:
    with office.reading() as session:
        return session.scalars(sa.select(AuditEntry).order_by(AuditEntry.n.desc()).limit(1)).one()


def test_a_copy_is_noted_with_counts_and_columns(office: Office, lead: Actor) -> None:
    with begin(office, lead, Op.EXPORT_LIST) as work:
        list_copies.note_copy(work, "parties", 12, ["name", "phone"])
    entry = last_entry(office)
    assert (entry.op, entry.actor_id) == ("export_list", lead.staff_id)
    assert entry.facts == {"list": "parties", "rows": 12, "columns": ["name", "phone"], "how": "copied"}
    with pytest.raises(TooManyRows), begin(office, lead, Op.EXPORT_LIST) as work:
        list_copies.note_copy(work, "parties", 5_001, ["name"])


def test_the_front_desk_looks_and_hands_nothing_on_alone(office: Office, lead: Actor) -> None:
    clerk = with_pin(office, sit_down(office, "front_desk"))
    for function, arguments in ((list_copies.note_copy, ("parties", 1, [])), (list_copies.print_list, (PEOPLE,))):
        with pytest.raises(Refused), begin(office, clerk, Op.EXPORT_LIST) as work:
            function(work, *arguments)  # type: ignore[operator]
    with_pin(office, lead)
    passwords = opening.passwords_for(office.world, demo=True)
    assert lead.staff_id is not None
    word = on_the_spot.approve(office, clerk, Op.EXPORT_LIST, Right.EXPORT_LISTS, lead.staff_id, PASSWORD, passwords)
    with begin(office, clerk, Op.EXPORT_LIST, word) as work:
        list_copies.note_copy(work, "parties", 3, ["name"])
    facts = last_entry(office).facts
    assert facts["approved_by"] == lead.staff_id.hex


def test_a_printed_list_shows_what_the_screen_did_and_keeps_none_of_it(office: Office, lead: Actor) -> None:
    with begin(office, lead, Op.EXPORT_LIST) as work:
        printed = list_copies.print_list(work, PEOPLE, "激光-02")
    document = pypdfium2.PdfDocument(printed.pdf)
    text = document[0].get_textpage().get_text_bounded()
    for words in (
        "租客名单",
        "在租 · 欠费 30 天以上",
        "沈知微",
        "138****0001",
        "12,860.00",
        "赵主管",
        "望江苑",
        "第 1 页",
    ):
        assert words in text, words
    document.close()
    assert printed.title == "租客名单 2 行"
    with office.reading() as session:
        job = session.get_one(PrintJob, printed.job_id)
        events = session.scalars(sa.select(PrintEvent)).all()
        assert [(event.paper, event.subject_id) for event in events] == [("list", office.project_id)]
        assert "沈知微" not in f"{job.options}{last_entry(office).facts}"


def test_a_long_list_goes_over_pages_with_its_heads(office: Office, lead: Actor) -> None:
    rows = tuple((f"租客 {n}", "138****0001", "1.00") for n in range(120))
    with begin(office, lead, Op.EXPORT_LIST) as work:
        printed = list_copies.print_list(work, PrintList("bills", "全部账单", PEOPLE.columns, rows))
    document = pypdfium2.PdfDocument(printed.pdf)
    assert len(document) > 1
    assert all("姓名" in page.get_textpage().get_text_bounded() for page in document)
    document.close()
    with pytest.raises(TooManyRows), begin(office, lead, Op.EXPORT_LIST) as work:
        list_copies.print_list(work, PrintList("bills", "", PEOPLE.columns, rows * 5))


def test_without_the_right_to_print_a_list_is_only_copied(office: Office) -> None:
    head = sit_down(office, "head_office", login="zongb", name="总部")
    with pytest.raises(Refused), begin(office, head, Op.EXPORT_LIST) as work:
        list_copies.print_list(work, PEOPLE)
    with begin(office, head, Op.EXPORT_LIST) as work:
        list_copies.note_copy(work, "parties", 1, ["name"])
