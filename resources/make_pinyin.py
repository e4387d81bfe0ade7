"""Writes resources/pinyin.tsv: how the characters of names are read. Needs pypinyin, which the product does not carry.

Run after changing the tables below or pypinyin: python resources/make_pinyin.py

Lines are kind, reading, characters; v stands for ü:
p  the usual reading of each character          o  its other readings
s  readings as a surname, the usual one first   c  two-character surnames read otherwise than their characters
g  second readings that given names really use
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from pathlib import Path

from pypinyin.pinyin_dict import pinyin_dict

TABLE = Path(__file__).with_name("pinyin.tsv")

SURNAMES = """
单 shan dan chan|仇 qiu chou|查 zha cha|解 xie jie|曾 zeng ceng|区 ou qu|朴 piao pu|盖 ge gai|尉 wei yu
乐 yue le|员 yun yuan|宓 mi fu|缪 miao mou|万 wan mo|种 chong zhong|翟 zhai di|冼 xian|洗 xian xi|折 she zhe
黑 he hei|秘 bi mi|薄 bo bao|贾 jia gu|谌 chen shen|隗 wei kui|逄 pang|郇 xun huan|郗 xi chi|郄 qie xi
覃 qin tan|牟 mou mu|那 na nuo|能 nai neng|召 shao zhao|祭 zhai ji|於 yu wu|钭 tou|晁 chao|柏 bai bo|繁 po fan
都 du dou|佴 nai er|句 gou ju|宿 su xiu|相 xiang|燕 yan|应 ying|占 zhan|訾 zi|么 yao mo me|幺 yao|炅 gui jiong
炔 gui que|乜 nie mie|拓 tuo ta|沈 shen chen|宁 ning|颉 xie jie|适 kuo shi|遆 ti|亓 qi|璩 qu|莘 shen xin
藏 zang cang|强 qiang jiang|仉 zhang|庹 tuo|昝 zan|厍 she|库 ku she|阙 que|行 xing hang heng|呙 guo
粘 nian zhan|仝 tong|丌 qi ji|术 zhu shu|率 shuai lv|逢 pang feng|难 nan ning|咎 gao jiu|载 dai zai|番 pan fan
角 jue jiao|任 ren|华 hua|纪 ji|葛 ge|卜 bu|盛 sheng cheng|哈 ha|阚 kan|瞿 qu ju|眭 sui|撒 sa|鲜 xian|佘 she
车 che ju|长 chang zhang|重 chong zhong|过 guo|褚 chu zhu|令 ling|石 shi|曲 qu|谭 tan|余 yu|俞 yu shu|肖 xiao
闫 yan|臧 zang|芮 rui|靳 jin|逯 lu|妫 gui|朝 chao zhao|南 nan|叶 ye she|陆 lu|吕 lv|闾 lv|禄 lu
"""

COMPOUNDS = """
万俟 mo qi|尉迟 yu chi|澹台 tan tai|长孙 zhang sun|单于 chan yu|子车 zi ju|乐正 yue zheng|仲长 zhong zhang
没藏 mo zang|令狐 ling hu|拓跋 tuo ba|宰父 zai fu|夹谷 jia gu|皇甫 huang fu|鲜于 xian yu|诸葛 zhu ge
斛律 hu lv|贺若 he re|尔朱 er zhu|冒顿 mo du|宿勤 su qin|朝那 zhu nuo
"""

GIVEN = """
乐 le yue|行 xing hang|朝 chao zhao|长 chang zhang|重 zhong chong|晟 sheng cheng|茜 qian xi|盛 sheng cheng
莘 xin shen|柏 bai bo|娜 na nuo|浚 jun xun|曾 zeng ceng|强 qiang jiang|觉 jue jiao|会 hui kuai|都 du dou
参 can shen|单 dan shan|传 chuan zhuan|藏 cang zang|车 che ju|菀 wan yuan|阿 a e|伽 jia qie ga|卡 ka qia
纶 lun guan|奇 qi ji|恪 ke que|露 lu lou|佛 fo fu|厦 xia sha|番 fan pan|角 jiao jue|校 xiao jiao|禅 chan shan
郗 xi chi|解 jie xie|查 cha zha|大 da dai|沈 shen chen
"""

MISSING = {"𠮷": "ji"}
"""Characters of names that pypinyin does not know."""


def main() -> None:
    usual, other = readings()
    rows = [("p", reading, "".join(sorted(usual[reading]))) for reading in sorted(usual)]
    rows += [("o", reading, "".join(sorted(other[reading]))) for reading in sorted(other)]
    for kind, table in (("s", SURNAMES), ("c", COMPOUNDS), ("g", GIVEN)):
        rows += [(kind, reading, characters) for characters, reading in sorted(own(table).items())]
    TABLE.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8", newline="\n")


def readings() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Characters by their usual and by their other readings."""
    usual: dict[str, list[str]] = defaultdict(list)
    other: dict[str, list[str]] = defaultdict(list)
    for code, text in pinyin_dict.items():
        plain = list(dict.fromkeys(reading for part in text.split(",") if (reading := toneless(part))))
        for place, reading in enumerate(plain):
            (other if place else usual)[reading].append(chr(code))
    for character, reading in MISSING.items():
        usual[reading].append(character)
    return usual, other


def toneless(reading: str) -> str | None:
    """lǜ as lv; None for the few without a vowel (ḿ, ng), which nobody types."""
    apart = unicodedata.normalize("NFD", reading.strip().lower()).replace("u\u0308", "v").replace("ɡ", "g")
    plain = "".join(c for c in apart if not unicodedata.combining(c))
    return plain if re.fullmatch(r"[a-z]*[aeiouv][a-z]*", plain) else None


def own(table: str) -> dict[str, str]:
    """The tables above as characters and readings."""
    found: dict[str, str] = {}
    for entry in re.split(r"[|\n]", table.strip()):
        characters, _, reading = entry.strip().partition(" ")
        if characters in found or not re.fullmatch(r"[a-z]+( [a-z]+)*", reading):
            raise SystemExit(f"wrong or repeated: {entry}")
        found[characters] = reading
    return found


if __name__ == "__main__":
    main()
