"""Invented people for the demo office. Nobody here exists: ID numbers are of region 990101, which is no region."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, timedelta

from desktop.models.values import DocumentKind, Sex, add_months
from desktop.ocr.id_number import make_id_number
from desktop.services.check_in_people import PersonForm, Role
from desktop.services.party_forms import BankForm, DocumentForm, EmergencyForm, PartyForm


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SURNAMES = _words(
    "林 周 沈 许 程 宋 苏 温 乔 叶 江 孟 罗 陆 韩 易 傅 夏 骆 尹 蓝 卓 唐 柳 方 谢 白 "
    "杜 莫 简 邱 伍 秦 顾 姜 季 卫 蒋 施 严 金 魏 陶 戚 邹 喻 章 云 潘 葛 范 彭 鲁 韦 "
    "马 苗 花 俞 任 袁 鲍 史 费 薛 雷 贺 倪 汤 滕 殷 毕 郝 邬 安 常 乐"
)
WOMEN = _words(
    "以宁 知微 望舒 书瑶 令仪 听雪 清越 云深 若谷 南枝 青禾 子衿 晴 露 知意 若溪 半夏 小楼 "
    "念安 疏影 初夏 可欣 静姝 婉清 思远 采薇 如是 晚晴 佳禾 雨桐 安然 一诺 语桐 梦溪 芷若 月明 "
    "星遥 知夏 慕青 溪云"
)
MEN = _words(
    "思齐 朗 晨 怀瑾 木 知行 屿 明远 明河 清和 云舒 岭 景行 承泽 致远 修远 子墨 一鸣 嘉树 "
    "临川 牧野 长风 怀远 星河 砚秋 伯言 言之 启明 浩然 文渊 舟 越 安之 行止 望野 亦凡 立诚 "
    "敬之 文博 季白"
)
OCCUPATIONS = _words(
    "平面设计 软件工程师 小学教师 护士 会计 销售 厨师 快递站长 药剂师 司机 摄影师 编辑 健身教练 "
    "建筑师 电工 研究生 花店店主 客服 翻译 质检员 咖啡师 物流调度 幼儿教师 法务"
)
HOMES = (
    "样例省青川市临江区望江路{n}号",
    "样例省青川市文昌区书院巷{n}号",
    "样例省云岭市开元区松涛街{n}号",
    "样例省海宴市港湾区渔火路{n}号",
    "样例省丰禾县稻香镇三里村{n}号",
    "样例省白露市新月区桂花里{n}号",
)
ISSUERS = ("青川市公安局临江分局", "青川市公安局文昌分局", "云岭市公安局开元分局", "海宴市公安局港湾分局")
RELATIONS = _words("父亲 母亲 姐姐 弟弟 配偶 同事 朋友 哥哥 妹妹")
NEAR = {Sex.FEMALE: _words("配偶 姐姐 朋友 同事"), Sex.MALE: _words("配偶 弟弟 朋友 同事")}
BANKS = _words("建设银行 工商银行 农业银行 招商银行")


class People:
    """One invented person after the other; the same random source gives the same people."""

    def __init__(self, source: random.Random, taken: Iterable[str] = ()) -> None:
        """`taken`: names of others, which nobody here bears."""
        self._source = source
        self._names = set(taken)
        self._count = 0

    def name(self, sex: Sex) -> str:
        """A name nobody has yet, as long as there are any left; later ones repeat as in life."""
        given = WOMEN if sex is Sex.FEMALE else MEN
        for _ in range(40):
            name = self._source.choice(SURNAMES) + self._source.choice(given)
            if name not in self._names:
                self._names.add(name)
                return name
        return name

    def tenant(self, signed: date) -> PartyForm:
        """Somebody who signs a lease on a day: of age, with a card, a phone, a home and someone to call."""
        source, self._count = self._source, self._count + 1
        sex = source.choice((Sex.FEMALE, Sex.MALE))
        birth = add_months(signed, -12 * source.randint(21, 58)) - timedelta(days=source.randint(0, 360))
        number = make_id_number(birth, sex.value, sequence=self._count % 500)
        issued = max(birth.replace(day=1), signed - timedelta(days=source.randint(200, 2600)))
        long_term = birth < add_months(issued, -12 * 46)
        home = source.choice(HOMES).format(n=source.randint(1, 380))
        name = self.name(sex)
        ethnicity = source.choices(("汉", "回", "壮", "满", "苗"), (90, 3, 3, 2, 2))[0]
        return PartyForm(
            name=name, sex=sex, birth=birth, ethnicity=ethnicity,
            occupation=source.choice(OCCUPATIONS), phone=f"1380000{self._count % 10000:04d}", home_address=home,
            document=DocumentForm(
                DocumentKind.ID_CARD, number, home, source.choice(ISSUERS), issued,
                date.max if long_term else add_months(issued, 240), source.choice(("picture", "picture", "typed")),
            ),
            emergency=EmergencyForm(
                self.name(source.choice((Sex.FEMALE, Sex.MALE))), source.choice(RELATIONS),
                f"1390000{self._count % 10000:04d}",
            ),
            bank=self._bank(name) if source.random() < 0.2 else None,
        )  # fmt: skip

    def companion(self) -> PersonForm:
        """Somebody who lives there too."""
        source, self._count = self._source, self._count + 1
        sex = source.choice((Sex.FEMALE, Sex.MALE))
        party = PartyForm(name=self.name(sex), sex=sex, phone=f"1380000{self._count % 10000:04d}")
        return PersonForm(Role.HOUSEHOLD, party, relation=NEAR[sex][self._count % len(NEAR[sex])])

    def _bank(self, holder: str) -> BankForm:
        digits = f"62170000{self._source.randrange(10**10):010d}"
        return BankForm(self._source.choice(BANKS), digits + _luhn_digit(digits), holder)


def _luhn_digit(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
