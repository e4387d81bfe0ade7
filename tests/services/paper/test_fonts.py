"""The embedded fonts: what they can draw, what is refused, and that copied text comes out as it went in."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass

import pytest
from fontTools.ttLib import TTFont

from desktop.services.paper import fonts
from desktop.services.paper.fonts import MissingGlyphs, check_text, clean, glyphs, printable, to_unicode_map
from desktop.services.paper.layout import PageSetup, Paper, text
from resources import resource
from tests.services.paper.samples import pdf_text

RARE = "𬭎㛃䶮𡒄𬎆𠮷𫖯𣲗㙍䲟"


def test_every_gb2312_character_and_rare_names_can_be_drawn_in_both_weights() -> None:
    cells = (bytes((row, cell)) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    common = "".join(pair.decode("gb2312", "ignore") for pair in cells)
    assert len(common) == 6763
    assert check_text(common + RARE) == ""
    assert check_text(common + RARE, bold=True) == ""


def test_a_rare_character_falls_back_to_the_font_that_has_it() -> None:
    assert glyphs()["张"][0] == fonts.REGULAR
    assert glyphs(bold=True)["张"][0] == fonts.BOLD
    assert glyphs()["𡒄"][0] == glyphs(bold=True)["𡒄"][0] == fonts.RARE


def test_all_missing_characters_are_named_once() -> None:
    assert check_text("甲\U0010fffd乙\U000e5678甲\U0010fffd") == "\U0010fffd\U000e5678"

    @dataclass(frozen=True)
    class Facts:
        name: str
        others: tuple[str, ...]

    facts = Facts("张\U0010fffd", ("李\U000e5678",))
    with pytest.raises(MissingGlyphs) as refusal:
        printable(facts)
    assert refusal.value.characters == "\U0010fffd\U000e5678"
    assert "U+10FFFD" in refusal.value.message
    assert printable(facts, mark_missing=True) == Facts("张〓", ("李〓",))


def test_what_cannot_be_seen_is_dropped_and_accents_are_joined() -> None:
    assert clean("葛\U000e0100 é\ufeff\u200b\x07\r\n李\t四") == "葛 é\n李 四"
    assert check_text("葛\U000e0100 é\n") == ""


def test_copied_text_is_what_was_printed() -> None:
    words = f"{RARE} Αδελφος №①②③ ¥1,234.50 ㎡℃ “引号”——省略……，《书名》【注】"
    pdf = Paper("字", invariant=True)
    pdf.add_flow([text(words)], PageSetup(numbered=False))
    assert pdf_text(pdf.finish())[0].replace("\n", "").strip() == words


def test_a_document_with_many_characters_needs_several_subsets_and_still_reads_back() -> None:
    words = "".join(chr(point) for point in range(0x4E00, 0x4E00 + 700))
    pdf = Paper("字", invariant=True)
    pdf.add_flow([text(words)], PageSetup(numbered=False))
    assert pdf_text(pdf.finish())[0].replace("\n", "") == words


def test_the_unicode_table_writes_pairs_in_blocks_of_a_hundred() -> None:
    table = to_unicode_map("F", [0, *range(0x4E00, 0x4E00 + 149), 0x2CB4E])
    assert "<96> <D872DF4E>" in table
    assert table.count("endbfchar") == 2
    assert "100 beginbfchar" in table
    assert "51 beginbfchar" in table


def test_weights_and_family_names_are_what_screen_and_paper_ask_for() -> None:
    weights = {}
    for path in resource("fonts").glob("NotoSansSC-*.ttf"):
        font = TTFont(path, lazy=True)
        weights[path.stem.removeprefix("NotoSansSC-")] = font["OS/2"].usWeightClass
        family = font["name"].getDebugName(16) or font["name"].getDebugName(1)
        assert family == "Noto Sans SC"
        assert font["OS/2"].fsType == 0
        font.close()
    assert weights == {"Regular": 400, "Medium": 500, "SemiBold": 600, "Bold": 700}


def test_naming_a_paper_does_not_load_the_pdf_engine() -> None:
    names = ["fonts", "layout", "lines", "money", "lease", "notices", "markup", "template"]
    imports = "; ".join(f"import desktop.services.paper.{name}" for name in names)
    code = f"{imports}; import sys; sys.exit('reportlab' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_papers_made_at_the_same_time_do_not_mix() -> None:
    made: dict[int, bytes] = {}

    def make(number: int) -> None:
        pdf = Paper(str(number), invariant=True)
        words = "".join(chr(0x5000 + 300 * number + step) for step in range(300))
        pdf.add_flow([text(words)], PageSetup(numbered=False))
        made[number] = pdf.finish()

    threads = [threading.Thread(target=make, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for number in range(6):
        words = "".join(chr(0x5000 + 300 * number + step) for step in range(300))
        assert pdf_text(made[number])[0].replace("\n", "") == words
