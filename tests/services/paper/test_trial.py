"""A trial print reads every branch of a template, whatever the lease at hand would use."""

from __future__ import annotations

import pytest

from desktop.services.paper.lease import default_lease_template
from desktop.services.paper.notices import default_notice_template
from desktop.services.paper.template import TemplateProblem
from desktop.services.paper.trial import trial_pdf
from tests.services.paper.samples import pdf_text


@pytest.mark.parametrize(
    ("kind", "source", "words"),
    [
        ("housing_lease", default_lease_template(), "承租人姓名"),
        ("pipl_notice", default_notice_template(), "个人信息处理者名称"),
    ],
)
def test_the_shipped_templates_print(kind: str, source: str, words: str) -> None:
    pages = pdf_text(trial_pdf(kind, source))
    assert words in "".join(pages)
    assert all("样张" in page for page in pages)


def test_a_mistake_in_a_branch_for_the_rare_case_is_found() -> None:
    broken = default_lease_template().replace("本合同不收取押金", "本合同不收取{{ 押金.什么 }}")
    with pytest.raises(TemplateProblem, match="什么"):
        trial_pdf("housing_lease", broken)


def test_another_kind_is_unknown() -> None:
    with pytest.raises(KeyError):
        trial_pdf("poster", "")
