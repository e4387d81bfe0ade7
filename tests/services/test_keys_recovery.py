"""The recovery code: forgiving to read, exact about what is wrong, and enough by itself to get the keys back."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from datetime import datetime
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.keys import ProjectKeys, WrapBroken, add_data_key, new_project_keys
from desktop.services.recovery import (
    ALPHABET,
    ASKED_BACK,
    GROUPS,
    RecoveryCode,
    RecoveryCodeMistyped,
    RecoveryCodeWrong,
    group_fits,
    groups_to_type_back,
    make_recovery_code,
    rewrap_for_recovery,
    unwrap_by_recovery_code,
    wrap_by_recovery_code,
    wrap_holds,
    wrong_groups,
)
from desktop.services.secret import Cost, Secret
from desktop.world import MemoryKeyring, SeededWorld, World

CHEAP = Cost(1, 64, 1)
WORLD = World(MemoryKeyring())
CODE = RecoveryCode(Secret(bytes(range(7, 27))))


def printed(code: RecoveryCode, between: str = " ") -> str:
    return between.join(code.groups)


@pytest.fixture
def keys() -> ProjectKeys:
    return new_project_keys(WORLD, uuid.uuid4())


# ---- on paper ----------------------------------------------------------------------------------------------------


@given(raw=st.binary(min_size=20, max_size=20))
def test_code_is_read_back(raw: bytes) -> None:
    code = RecoveryCode(Secret(raw))
    assert len(code.groups) == GROUPS
    assert {len(group) for group in code.groups} == {5}
    assert set("".join(code.groups)) <= set(ALPHABET)
    assert RecoveryCode.parse(printed(code)) == code


def test_code_of_the_first_version_is_still_read() -> None:
    """The paper in the safe outlives versions."""
    assert printed(CODE) == STORED_PAPER
    assert RecoveryCode.parse(STORED_PAPER).raw.reveal() == bytes(range(7, 27))


def test_reading_forgives_how_it_was_typed() -> None:
    paper = printed(CODE)
    look_alike = paper.replace("0", "O").replace("1", "l")
    assert look_alike != paper, "the code needs a 0 or a 1 to show anything"
    for typed in (
        paper.lower(),
        look_alike,
        paper.replace("1", "I"),
        paper.replace(" ", ""),
        paper.replace(" ", "-"),
        paper.replace(" ", "——"),
        f"  {paper.replace(' ', chr(10))}\n",
        "".join(chr(ord(sign) + 0xFEE0) if sign != " " else "　" for sign in paper),
    ):
        assert RecoveryCode.parse(typed) == CODE


def test_every_single_slip_names_its_group() -> None:
    """All 45 places × 31 other symbols."""
    joined = printed(CODE, "")
    for place, right in enumerate(joined):
        for wrong in ALPHABET.replace(right, ""):
            with pytest.raises(RecoveryCodeMistyped) as told:
                RecoveryCode.parse(joined[:place] + wrong + joined[place + 1 :])
            assert told.value.groups == (place // 5 + 1,)
            assert f"第 {place // 5 + 1} 组" in told.value.message


def test_two_symbols_changed_over_name_their_group() -> None:
    for number, group in enumerate(CODE.groups, 1):
        for one, two in combinations(range(5), 2):
            if group[one] == group[two]:
                continue
            symbols = list(group)
            symbols[one], symbols[two] = symbols[two], symbols[one]
            assert not group_fits(number, "".join(symbols))


def test_groups_changed_over_are_both_named() -> None:
    groups = list(CODE.groups)
    groups[2], groups[6] = groups[6], groups[2]
    with pytest.raises(RecoveryCodeMistyped) as told:
        RecoveryCode.parse(" ".join(groups))
    assert told.value.groups == (3, 7)


@pytest.mark.parametrize(
    ("typed", "groups"),
    [
        (" ".join([*CODE.groups[:3], CODE.groups[3][:-1], *CODE.groups[4:]]), (4,)),
        (" ".join([*CODE.groups[:3], CODE.groups[3] + "7", *CODE.groups[4:]]), (4,)),
        (" ".join(CODE.groups[:5] + CODE.groups[6:]), (6,)),
        (printed(CODE, "")[:-1], (9,)),
        (printed(CODE, "")[:16] + printed(CODE, "")[17:], (4,)),
        (printed(CODE, "") + "AAAAA", (9,)),
        ("", (1,)),
        ("恢复码", (1,)),
        (" ".join(["U" * 5, *CODE.groups[1:]]), (1,)),
        (" ".join(["字" * 5, *CODE.groups[1:]]), (1,)),
    ],
)
def test_missing_extra_and_foreign_symbols_are_placed(typed: str, groups: tuple[int, ...]) -> None:
    with pytest.raises(RecoveryCodeMistyped) as told:
        RecoveryCode.parse(typed)
    assert told.value.groups == groups
    assert told.value.field == "recovery_code"


def test_wrong_group_that_fits_by_chance_is_caught_by_the_checksum() -> None:
    groups = list(CODE.groups)
    groups[0] = next(
        body + check
        for body in ("ZZZZ", "ZZZY")
        for check in ALPHABET
        if body != groups[0][:4] and group_fits(1, body + check)
    )
    with pytest.raises(RecoveryCodeMistyped) as told:
        RecoveryCode.parse(" ".join(groups))
    assert told.value.groups == ()


@given(text=st.text(max_size=80))
def test_any_other_text_is_told_and_never_stumbles(text: str) -> None:
    with pytest.raises(RecoveryCodeMistyped):
        RecoveryCode.parse(text)


def test_code_has_160_random_bits() -> None:
    codes = {make_recovery_code(WORLD).raw.reveal() for _ in range(100)}
    assert len(codes) == 100
    assert {len(code) for code in codes} == {20}
    with pytest.raises(ValueError, match="20"):
        RecoveryCode(Secret(b"short"))


def test_code_hides_itself() -> None:
    assert not any(group in f"{CODE!r} {CODE}" for group in CODE.groups)


# ---- typed back --------------------------------------------------------------------------------------------------


def test_four_different_groups_are_asked_back_and_each_is_as_likely() -> None:
    world = SeededWorld(datetime.fromisoformat("2026-11-22T09:00+08:00"))
    asked: Counter[int] = Counter()
    for _ in range(4_500):
        places = groups_to_type_back(world)
        assert len(set(places)) == ASKED_BACK
        assert list(places) == sorted(places)
        asked.update(places)
    assert set(asked) == set(range(1, GROUPS + 1))
    assert all(abs(count - 2_000) < 200 for count in asked.values())


def test_groups_typed_back_are_compared_with_the_paper() -> None:
    typed = {2: CODE.groups[1].lower(), 5: f" {CODE.groups[4]} ", 6: CODE.groups[5], 9: CODE.groups[8]}
    assert wrong_groups(CODE, typed) == ()
    assert wrong_groups(CODE, typed | {5: CODE.groups[5], 6: ""}) == (5, 6)


# ---- opening -----------------------------------------------------------------------------------------------------


def test_code_alone_opens_the_keys(keys: ProjectKeys) -> None:
    wrapped = wrap_by_recovery_code(WORLD, keys, CODE, CHEAP)
    typed = RecoveryCode.parse(printed(CODE).lower())
    assert unwrap_by_recovery_code(wrapped, typed) == keys
    for key in (*keys.data.values(), keys.backup):
        assert key.reveal() not in wrapped
        assert key.reveal().hex().encode() not in wrapped


def test_another_code_is_told_apart_from_a_broken_wrap(keys: ProjectKeys) -> None:
    wrapped = wrap_by_recovery_code(WORLD, keys, CODE, CHEAP)
    with pytest.raises(RecoveryCodeWrong):
        unwrap_by_recovery_code(wrapped, make_recovery_code(WORLD))
    stored = json.loads(wrapped)
    for changed in ({"sealed": "AAAA"}, {"mac": "00" * 32}, {"project": str(uuid.uuid4())}, {"v": 2}):
        with pytest.raises(WrapBroken):
            unwrap_by_recovery_code(json.dumps(stored | changed).encode(), CODE)
    for broken in (b"", b"{}", b"[]", json.dumps(stored | {"salt": "00"}).encode(), wrapped[:-9]):
        with pytest.raises(WrapBroken):
            unwrap_by_recovery_code(broken, CODE)
    with pytest.raises(WrapBroken):
        unwrap_by_recovery_code(json.dumps(stored | {"cost": [3, 1 << 40, 4]}).encode(), CODE)


def test_real_office_pays_the_full_price_for_each_guess(keys: ProjectKeys) -> None:
    wrapped = wrap_by_recovery_code(WORLD, keys, CODE)
    assert json.loads(wrapped)["cost"] == [3, 65_536, 4]
    assert unwrap_by_recovery_code(wrapped, CODE) == keys


def test_new_data_key_joins_the_wrap_without_the_code(keys: ProjectKeys) -> None:
    wrapped = wrap_by_recovery_code(WORLD, keys, CODE, CHEAP)
    rotated = add_data_key(WORLD, keys)
    again = rewrap_for_recovery(wrapped, rotated)
    assert unwrap_by_recovery_code(again, CODE) == rotated
    assert (wrap_holds(wrapped, keys), wrap_holds(wrapped, rotated), wrap_holds(again, rotated)) == (True, False, True)


def test_wrap_somebody_altered_is_noticed_without_the_code(keys: ProjectKeys) -> None:
    wrapped = wrap_by_recovery_code(WORLD, keys, CODE, CHEAP)
    stored = json.loads(wrapped)
    assert not wrap_holds(json.dumps(stored | {"sealed": "AAAA" + stored["sealed"][4:]}).encode(), keys)
    assert not wrap_holds(wrapped, new_project_keys(WORLD, keys.project_id))
    with pytest.raises(WrapBroken):
        wrap_holds(b"{}", keys)


def test_keys_are_never_wrapped_to_a_lock_somebody_slipped_in(keys: ProjectKeys) -> None:
    """Who can write into the database makes a wrap of his own for this project, with a code he knows."""
    stranger = new_project_keys(WORLD, keys.project_id)
    slipped = wrap_by_recovery_code(WORLD, stranger, make_recovery_code(WORLD), CHEAP)
    with pytest.raises(WrapBroken):
        rewrap_for_recovery(slipped, keys)
    with pytest.raises(WrapBroken):
        rewrap_for_recovery(wrap_by_recovery_code(WORLD, keys, CODE, CHEAP), new_project_keys(WORLD, uuid.uuid4()))


STORED_PAPER = "0W40A J2GB6 1G6GT W3RG5 24916 650NB 2RBHJ G68T4 AW035"
