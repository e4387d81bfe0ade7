"""Two texts that began from the same one become one: nothing either side wrote is lost, nobody chooses twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.text_merge import Merged, merge

LINES = st.lists(st.sampled_from(["", "甲", "乙", "丙", "丁", "# 题"]), max_size=8)


@st.composite
def edited(draw: st.DrawFn, base: list[str], own: str) -> list[str]:
    """The same lines, some taken out, some of `own` put in."""
    lines: list[str] = []
    for at, line in enumerate(base):
        if draw(st.booleans()):
            lines += [f"{own}{at}"] * draw(st.integers(0, 2))
        if draw(st.integers(0, 3)):
            lines.append(line)
    return lines + [f"{own}尾"] * draw(st.integers(0, 1))


@st.composite
def three(draw: st.DrawFn) -> tuple[str, str, str]:
    base = draw(LINES)
    return "\n".join(base), "\n".join(draw(edited(base, "她"))), "\n".join(draw(edited(base, "我")))


def both(found: Merged) -> str:
    return found.text({at: (*clash.theirs, *clash.yours) for at, clash in found.clashes.items()})


@given(three())
def test_what_either_side_wrote_is_in_it(texts: tuple[str, str, str]) -> None:
    base, theirs, yours = texts
    lines = both(merge(base, theirs, yours)).split("\n")
    for side, own in ((theirs, "她"), (yours, "我")):
        written = [line for line in side.split("\n") if line.startswith(own)]
        assert [line for line in lines if line.startswith(own)] == written, "each once, in its order"


@given(three())
def test_one_side_alone_is_simply_taken(texts: tuple[str, str, str]) -> None:
    base, theirs, yours = texts
    for left, right, whole in ((theirs, base, theirs), (base, yours, yours), (yours, yours, yours)):
        found = merge(base, left, right)
        assert not found.clashes
        assert found.text({}) == whole


@given(three())
def test_it_does_not_matter_who_came_first(texts: tuple[str, str, str]) -> None:
    base, theirs, yours = texts
    one, two = merge(base, theirs, yours), merge(base, yours, theirs)
    assert [(c.theirs, c.yours) for c in one.clashes.values()] == [(c.yours, c.theirs) for c in two.clashes.values()]
    hers = {at: clash.theirs for at, clash in one.clashes.items()}
    assert one.text(hers) == two.text({at: clash.yours for at, clash in two.clashes.items()})


def test_a_place_where_both_wrote_is_named_by_its_line() -> None:
    base = "# 题\n第一条\n第二条\n第三条"
    found = merge(base, "# 题\n第一条 她\n第二条\n第三条\n她的末条", "# 题\n新的一条\n第一条 我\n第二条\n第三条")
    ((at, clash),) = found.clashes.items()
    assert (clash.line, clash.theirs, clash.yours) == (2, ("第一条 她",), ("新的一条", "第一条 我"))
    assert found.taken == 1
    assert found.text({at: clash.yours}) == "# 题\n新的一条\n第一条 我\n第二条\n第三条\n她的末条"
    with pytest.raises(KeyError):
        found.text({})


def test_a_line_taken_out_on_both_sides_is_gone_once() -> None:
    assert merge("甲\n乙\n丙", "甲\n丙", "甲\n丙").text({}) == "甲\n丙"
