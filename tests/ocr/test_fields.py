"""From lines to fields: values, the checks between them, doubts in words and suggestions; and the region table."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.ocr.documents import ETHNIC_GROUPS
from desktop.ocr.emblem_side import TERM, read_back
from desktop.ocr.engine import Letter, Line, WordChoice
from desktop.ocr.fields import FieldReading, RawField, cross_check, read_front
from desktop.ocr.id_number import PROVINCES, make_id_number
from desktop.ocr.regions import TABLE, RegionTable

REGIONS = RegionTable()
TODAY = date(2026, 11, 22)
BIRTH = date(1991, 4, 12)
NUMBER = make_id_number(BIRTH, "male", sequence=7)
ADDRESS = "浙江省杭州市西湖区文昌巷27号3栋2单元1102室"


def line(text: str, sure: float = 0.999, second: str = "") -> Line:
    """A read line, every character equally sure, with the same runner-up at each place or none."""
    return Line(
        tuple(
            Letter(
                c, sure, second[i] if i < len(second) else "", 0.04 if i < len(second) else 0.0, (i + 0.5) / len(text)
            )
            for i, c in enumerate(text)
        )
    )


def raw(text: str, sure: float = 0.999, second: str = "", **more: object) -> RawField:
    return RawField(line(text, sure, second), **more)  # type: ignore[arg-type]


def front(**changed: RawField | None) -> dict[str, FieldReading]:
    raws = {
        "name": raw("陈思远"),
        "sex": raw("男"),
        "ethnicity": raw("汉"),
        "birth": raw("1991年4月12日"),
        "address": raw(ADDRESS),
        "number": raw(NUMBER),
        **changed,
    }
    return read_front({key: value for key, value in raws.items() if value is not None}, REGIONS, TODAY)


def back(issuer: RawField | None = None, valid: RawField | None = None) -> dict[str, FieldReading]:
    raws = {"issuer": issuer or raw("杭州市公安局西湖分局"), "valid": valid or raw("2019.06.03-2039.06.03")}
    return read_back(raws, REGIONS)


def doubts(fields: dict[str, FieldReading]) -> set[str]:
    return {key for key, reading in fields.items() if reading.reasons}


def test_a_clear_card_has_no_doubts() -> None:
    fields = {**front(), **back()}
    assert doubts(fields) == set()
    assert {key: reading.text for key, reading in fields.items()} == {
        "name": "陈思远",
        "sex": "男",
        "ethnicity": "汉",
        "birth": "1991-04-12",
        "address": ADDRESS,
        "number": NUMBER,
        "issuer": "杭州市公安局西湖分局",
        "valid_from": "2019-06-03",
        "valid_to": "2039-06-03",
    }
    assert doubts(cross_check(fields, REGIONS)) == set()


def test_an_unsure_name_is_doubted_where_an_unsure_house_number_is_not() -> None:
    fields = front(name=raw("陈思远", 0.85), address=raw(ADDRESS, 0.85))
    assert doubts(fields) == {"name"}


@pytest.mark.parametrize("spoilt", [{"label_seen": False}, {"glare": 0.5}, {"gap": True}, {"other": line("陈恩远")}])
def test_what_spoils_a_name(spoilt: dict[str, object]) -> None:
    fields = front(name=raw("陈思远", **spoilt))
    assert doubts(fields) == {"name"}
    assert fields["name"].text == "陈思远"


def test_a_second_reading_is_offered() -> None:
    assert front(name=raw("陈思远", other=line("陈恩远")))["name"].suggestions == ("陈恩远",)


@pytest.mark.parametrize(
    ("read", "stored"),
    [("阿依古丽·买买提", "阿依古丽·买买提"), ("阿依古丽.买买提", "阿依古丽·买买提"), ("古丽-艾力", "古丽·艾力")],
)
def test_the_dot_in_a_name_has_one_form(read: str, stored: str) -> None:
    assert front(name=raw(read))["name"].text == stored


def test_birth_and_sex_that_agree_with_the_number_need_no_second_look() -> None:
    fields = front(birth=raw("1991年4月12日", 0.6), sex=raw("男", 0.6), number=raw(NUMBER, 0.7))
    assert doubts(fields) == set()
    assert fields["birth"].confidence == fields["number"].confidence == 0.99


def test_a_missing_birth_and_sex_follow_from_the_number_and_say_so() -> None:
    fields = front(birth=None, sex=None)
    assert (fields["birth"].text, fields["sex"].text) == ("1991-04-12", "男")
    assert doubts(fields) == {"birth", "sex"}


def test_birth_and_number_at_odds_are_both_doubted() -> None:
    fields = front(birth=raw("1991年4月13日"))
    assert doubts(fields) == {"birth", "number"}
    assert fields["birth"].suggestions == ("1991-04-12",)


def test_sex_and_number_at_odds_are_both_doubted() -> None:
    assert doubts(front(sex=raw("女"))) == {"sex", "number"}


def test_a_misread_digit_is_put_right_by_the_runner_up_when_only_one_fits() -> None:
    place = 15
    wrong_digit = str((int(NUMBER[place]) + 3) % 10)
    wrong = NUMBER[:place] + wrong_digit + NUMBER[place + 1 :]
    seconds = [""] * 18
    letters = [
        Letter(c, 0.6 if i == place else 0.99, NUMBER[i] if i == place else "", 0.3 if i == place else 0, i / 18)
        for i, c in enumerate(wrong)
    ]
    assert len(letters) == len(seconds)
    fields = front(number=RawField(Line(tuple(letters))))
    assert fields["number"].text == NUMBER
    assert doubts(fields) >= {"number"}
    assert wrong in fields["number"].suggestions


def test_a_number_that_cannot_be_put_right_stays_as_read_with_suggestions() -> None:
    wrong = NUMBER[:15] + str((int(NUMBER[15]) + 3) % 10) + NUMBER[16:]
    fields = front(number=raw(wrong))
    assert fields["number"].text == wrong
    assert "number" in doubts(fields)
    assert NUMBER in fields["number"].suggestions


@pytest.mark.parametrize("cut", [15, 16, 17])
def test_a_number_of_another_length_is_never_expanded_from_a_card(cut: int) -> None:
    fields = front(number=raw(NUMBER[:cut]))
    assert fields["number"].text == NUMBER[:cut]
    assert "number" in doubts(fields)


def test_hardly_any_digits_are_no_number() -> None:
    fields = front(number=raw(NUMBER[:9]))
    assert fields["number"].text is None
    assert fields["number"].reasons == ("没有读出,请手工录入",)


@pytest.mark.parametrize("text", ["1991年2月30日", "1991年13月1日"])
def test_a_birth_that_never_was_is_taken_from_the_number(text: str) -> None:
    fields = front(birth=raw(text))
    assert fields["birth"].text == "1991-04-12"
    assert "birth" in doubts(fields)


def test_a_birth_to_come_is_doubted() -> None:
    assert "birth" in doubts(front(birth=raw("2027年1月1日")))


def test_ethnic_groups_are_a_closed_list() -> None:
    assert len(ETHNIC_GROUPS) == len(set(ETHNIC_GROUPS)) == 58
    assert front(ethnicity=raw("维吾尔族"))["ethnicity"].text == "维吾尔"
    chosen = front(ethnicity=raw("畜", choice=WordChoice("畲", 0.9, "苗", 0.4)))
    assert (chosen["ethnicity"].text, doubts(chosen)) == ("畲", {"ethnicity"})
    unknown = front(ethnicity=raw("畜"))
    assert (unknown["ethnicity"].text, doubts(unknown)) == (None, {"ethnicity"})


def test_an_address_one_character_off_the_region_table_is_put_right_and_said_so() -> None:
    fields = front(address=raw("浙江省杭州市西糊区文昌巷27号"))
    assert fields["address"].text == "浙江省杭州市西湖区文昌巷27号"
    assert fields["address"].suggestions == ("浙江省杭州市西糊区文昌巷27号",)


def test_the_runner_up_decides_between_two_places() -> None:
    read = "山东省枣庄市峰城区建设路5号"
    undecided = front(address=raw(read))
    assert undecided["address"].text == read
    assert "山东省枣庄市峄城区建设路5号" in undecided["address"].suggestions
    decided = front(address=raw(read, second="".join("峄" if c == "峰" else "〇" for c in read)))
    assert decided["address"].text == "山东省枣庄市峄城区建设路5号"
    assert doubts(undecided) == doubts(decided) == {"address"}


@pytest.mark.parametrize("text", ["文昌巷27号3栋2单元1102室", "西湖区"])
def test_an_address_without_its_beginning_or_end_is_doubted(text: str) -> None:
    assert doubts(front(address=raw(text))) == {"address"}


@pytest.mark.parametrize("text", ["莒县鼓楼东大街136号", "北京市宣武区石榴巷5号楼", "东莞市南城街道第一国际12号"])
def test_short_abolished_and_countyless_places_are_known(text: str) -> None:
    assert doubts(front(address=raw(text))) == set()


def test_an_issuer_is_held_against_the_table() -> None:
    fixed = back(raw("溆蒲县公安局"))
    assert (fixed["issuer"].text, doubts(fixed)) == ("溆浦县公安局", {"issuer"})
    assert doubts(back(raw("双流县公安局"))) == set()
    assert doubts(back(raw("双流县公安"))) == {"issuer"}
    assert doubts(back(raw("某某某公安局"))) == {"issuer"}


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2019.06.03-2039.06.03", "2019-06-03", "2039-06-03"),
        ("2014.03.20-长期", "2014-03-20", "长期"),
        ("2016.02.29-2026.02.28", "2016-02-29", "2026-02-28"),
        ("20190603-20390603", "2019-06-03", "2039-06-03"),
    ],
)
def test_validity_of_all_kinds(text: str, start: str, end: str) -> None:
    fields = back(valid=raw(text))
    assert (fields["valid_from"].text, fields["valid_to"].text) == (start, end)
    assert doubts(fields) == set()


@pytest.mark.parametrize("text", ["2019.06.03-2038.06.03", "2019.06.03-2039.06.04", "2019.06.03-2012.06.03"])
def test_a_term_no_card_has_is_doubted(text: str) -> None:
    assert doubts(back(valid=raw(text))) == {"valid_from", "valid_to"}


def test_half_a_validity_is_half_read() -> None:
    fields = back(valid=raw("2019.06.03-20"))
    assert (fields["valid_from"].text, fields["valid_to"].text) == ("2019-06-03", None)
    assert doubts(fields) == {"valid_from", "valid_to"}
    assert back(valid=raw("2019.13.03-2039.13.03"))["valid_from"].text is None


@pytest.mark.parametrize(("valid", "fits"), [("2019.06.03-2039.06.03", True), ("2019.06.03-2029.06.03", False)])
def test_the_term_follows_from_the_age_at_issue(valid: str, fits: bool) -> None:
    fields = cross_check({**front(), **back(valid=raw(valid))}, REGIONS)  # 28 years old: twenty years
    assert (doubts(fields) == set()) is fits


def test_issued_before_birth_is_doubted() -> None:
    fields = cross_check({**front(), **back(valid=raw("1985.06.03-2005.06.03"))}, REGIONS)
    assert doubts(fields) == {"birth", "valid_from"}


def test_an_issuer_that_lost_its_first_character_is_noticed_by_the_address() -> None:
    fields = {**front(address=raw("河北省石家庄市行唐县龙泉乡1号")), **back(raw("唐县公安局"))}
    checked = cross_check(fields, REGIONS)
    assert doubts(checked) == {"issuer"}
    assert checked["issuer"].suggestions == ("行唐县公安局",)


def test_nothing_read_is_said_field_by_field() -> None:
    fields = {**read_front({}, REGIONS, TODAY), **read_back({}, REGIONS)}
    assert all(reading.text is None and reading.confidence == 0 for reading in fields.values())
    assert doubts(fields) == set(fields)
    assert fields["name"].crop_png() is None


@given(
    st.dictionaries(st.sampled_from(["name", "sex", "ethnicity", "birth", "address", "number"]), st.text(max_size=30))
)
def test_no_text_breaks_the_checks(texts: dict[str, str]) -> None:
    fields = read_front({key: raw(text) for key, text in texts.items() if text}, REGIONS, TODAY)
    for key, reading in {**fields, **read_back({"issuer": raw("x"), "valid": raw("0000.00.00-长期")}, REGIONS)}.items():
        assert reading.text is not None or reading.reasons, key


def test_the_region_table_is_whole() -> None:
    with Path(TABLE).open(encoding="utf-8") as source:
        rows = [row for row in csv.reader(source, delimiter="\t") if not row[0].startswith("#")]
    assert len(rows) > 7000
    assert all(len(row) == 5 and len(row[0]) == 6 and row[0].isdigit() and row[1] for row in rows)
    today = [row for row in rows if not row[4]]
    assert 3100 < len(today) < 3400
    provinces = {row[0][:2]: row[1] for row in today if row[0].endswith("0000")}
    named = {code: name for code, name in PROVINCES.items() if code not in ("83", "81", "82")}
    assert {code: provinces[code] for code in named} == named
    assert REGIONS.known_code("110105")
    assert REGIONS.known_code("110103")  # 崇文区, gone since 2010
    assert not REGIONS.known_code("990101")


def test_a_rival_character_makes_even_a_sure_name_worth_a_look() -> None:
    rival = (Letter("倪", 1.0, "", 0, 0.2), Letter("错", 0.988, "锴", 0.008, 0.5), Letter("环", 1.0, "", 0, 0.8))
    fields = front(name=RawField(Line(rival)))
    assert (fields["name"].text, doubts(fields)) == ("倪错环", {"name"})
    assert fields["name"].suggestions == ("倪锴环",)


def test_a_character_the_engine_confuses_in_good_print_is_doubted_unless_beyond_doubt() -> None:
    fields = front(name=raw("梅祺", 0.9986))
    assert (doubts(fields), fields["name"].suggestions) == ({"name"}, ("梅褀",))
    assert doubts(front(name=raw("梅祺", 0.99999))) == set()


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("杭州市公安局西胡区分局", "杭州市公安局西湖区分局"),
        ("杭州市公安局西胡分局", "杭州市公安局西湖分局"),
        ("枣压市公安局峄城分局", "枣庄市公安局峄城分局"),
    ],
)
def test_a_district_of_the_issuers_city_one_character_away_is_put_right_and_shown(read: str, meant: str) -> None:
    issuer = back(issuer=raw(read))["issuer"]
    assert issuer.text == meant
    assert issuer.reasons
    assert read in issuer.suggestions


def test_a_district_that_may_be_several_is_only_doubted() -> None:
    issuer = back(issuer=raw("北京市公安局南城分局"))["issuer"]  # 东城, 西城 and more are one character away
    assert (issuer.text, bool(issuer.reasons)) == ("北京市公安局南城分局", True)
    assert "北京市公安局东城分局" in issuer.suggestions
    second = back(issuer=raw("枣庄市公安局峰城分局", second="枣庄市公安局峄城分局"))["issuer"]
    assert second.text == "枣庄市公安局峄城分局", "the engine's second choice decides between 峄城 and 薛城"


def test_two_readings_of_a_term_that_differ_are_shown() -> None:
    fields = back(valid=raw("2019.06.03-2039.06.03", other=line("2018.06.03-2038.06.03")))
    assert doubts(fields) == {"valid_from", "valid_to"}
    assert doubts(back(valid=raw("2019.06.03-2039.06.03", other=line("2039.06.03")))) == set()


@pytest.mark.parametrize("text", ["19.06.03-2039.06.03", "2039.06.03", ""])
def test_a_second_look_at_a_term_takes_the_whole_one(text: str) -> None:
    assert TERM.search(text) is None
    assert TERM.search("2019.06.03-2039.06.03") is not None
    assert TERM.search("2019.06.03-长期") is not None


def test_a_number_with_hidden_digits_is_filled_from_the_printed_birth_and_shown() -> None:
    hidden = NUMBER[:9] + NUMBER[12:]
    number = front(number=raw(hidden))["number"]
    assert (number.text, bool(number.reasons)) == (NUMBER, True)
    assert hidden in number.suggestions
    other = front(number=raw(NUMBER[:9] + NUMBER[12:17] + ("1" if NUMBER[17] != "1" else "2")))["number"]
    assert other.text != NUMBER
    assert other.reasons
    lost_elsewhere = front(number=raw(NUMBER[:3] + NUMBER[5:]))["number"]
    assert lost_elsewhere.text != NUMBER
    assert lost_elsewhere.reasons
