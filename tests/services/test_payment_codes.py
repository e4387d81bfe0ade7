"""Payment codes: a picture a means, kept encrypted, replaced and taken away; anything else is refused in words."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from desktop.models.documents import Blob
from desktop.models.values import PayMethod
from desktop.services import payment_codes
from desktop.services.acts import Op
from desktop.services.errors import ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.work import begin, look
from tests.offices import sit_down

PNG = b"\x89PNG\r\n\x1a\n" + b"a code of ours"


def test_kept_replaced_and_taken_away(office: Office) -> None:
    lead = sit_down(office, "administrator")
    for data in (PNG, PNG + b", a newer one"):
        with begin(office, lead, Op.CHANGE_SETTING) as work:
            payment_codes.set_code(work, PayMethod.WECHAT, data)
    with look(office, lead) as reading:
        assert payment_codes.read_codes(reading) == {PayMethod.WECHAT: PNG + b", a newer one"}
        assert [row.method for row in payment_codes.list_codes(reading)] == [PayMethod.WECHAT]
    with office.reading() as session:
        assert not any(b"a code of ours" in bytes(each) for each in session.scalars(sa.select(Blob.data)))
    with begin(office, lead, Op.CHANGE_SETTING) as work:
        payment_codes.drop_code(work, PayMethod.WECHAT)
    with look(office, lead) as reading:
        assert payment_codes.read_codes(reading) == {}


@pytest.mark.parametrize(("data", "says"), [(b"GIF89a", "不是图片"), (PNG + b"0" * 2_200_000, "最多 2 MB")])
def test_what_is_no_code_is_told(office: Office, data: bytes, says: str) -> None:
    lead = sit_down(office, "administrator")
    with pytest.raises(ProblemsFound, match=says), begin(office, lead, Op.CHANGE_SETTING) as work:
        payment_codes.set_code(work, PayMethod.ALIPAY, data)


def test_codes_are_set_by_who_sets_rules(office: Office) -> None:
    clerk = sit_down(office, "front_desk")
    with pytest.raises(Refused), begin(office, clerk, Op.CHANGE_SETTING) as work:
        payment_codes.set_code(work, PayMethod.WECHAT, PNG)
