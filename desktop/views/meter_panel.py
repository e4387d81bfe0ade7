"""Beside the grid: the meter in hand, its facts, twelve months painted small, its last readings."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.models.values import ReadingKind
from desktop.services import meter_story
from desktop.services.bill_lists import plain
from desktop.services.handover import METER_UNITS, METER_WORDS
from desktop.services.meter_book import BookRow
from desktop.services.meter_story import MeterStory, StoryReading
from desktop.views.columns import Column, Kind
from desktop.views.dialogs import Dialog
from desktop.views.labels import Card, Fact, FactList, FreeText, label
from desktop.views.meter_chart import TrendChart
from desktop.views.overlays import BodyScroll
from desktop.views.pages import Shell
from desktop.views.tables import RowTable
from desktop.views.theme import theme

WIDE = 260


class MeterPanel(QWidget):
    """Shows the row in hand at once, and its story when it has been read. `readings` opens a reading to correct it."""

    def __init__(self) -> None:
        super().__init__()
        self.story: MeterStory | None = None
        card = Card()
        self.place = label("", "title")
        self.who = FreeText("", token="text-muted")
        self.facts = FactList(right=True)
        self.chart = TrendChart()
        self.readings = RowTable(
            [
                Column(self.tr("日期"), _day, kind=Kind.DATE, sample="26-11-20"),
                Column(self.tr("读数"), _value, kind=Kind.NUMBER, sample="12,345", tone=_tone),
                Column(self.tr("用量"), _use, kind=Kind.NAME, sample=self.tr("12 更正"), stretch=1),
            ]
        )
        self.readings.setAccessibleName(self.tr("以往读数"))
        self.readings.say_when_empty(self.tr("还没有读数"), self.tr("第一次抄表后就有"))
        for part in (self.place, self.who, self.facts, self.chart):
            card.body.addWidget(part)
        card.body.addWidget(self.readings, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card)

    def show_row(self, row: BookRow | None) -> None:
        """What is known of a row without asking; the story comes after it."""
        if row is None:
            self.story = None
            for words in (self.place, self.who):
                words.setText("")
            self.facts.set_facts([])
            self.chart.show_months((), "")
            self.readings.show_list([])
            return
        stand = row.stand
        if self.story is not None and self.story.card.id != stand.id:
            self.story = None
            self.chart.show_months((), "")
            self.readings.show_list([])
        self.place.setText(f"{row.building} {row.number} {METER_WORDS[stand.kind]}".strip())
        self.who.setText(row.who or (self.tr("空置") if stand.room_id is not None else self.tr("总表")))
        unit = METER_UNITS[stand.kind]
        facts = [Fact(self.tr("表号"), stand.serial or self.tr("没有登记"))]
        if stand.multiplier != 1:
            facts.append(Fact(self.tr("倍率"), plain(stand.multiplier)))
        if stand.highest is not None:
            facts.append(Fact(self.tr("最大读数"), plain(stand.highest)))
        if stand.per_day is not None:
            facts.append(Fact(self.tr("平时每天"), f"{plain(round(stand.per_day, 2))} {unit}"))
        facts.append(Fact(self.tr("单价"), row.price.words if row.price is not None else self.tr("没有定价")))
        self.facts.set_facts(facts)

    def show_story(self, story: MeterStory) -> None:
        """The trend and the readings of the meter in hand."""
        self.story = story
        self.chart.show_months(story.months, METER_UNITS[story.card.kind])
        self.readings.show_list(list(story.readings), _key)


class PanelSide(BodyScroll):
    """The panel beside the grid: as wide as it is, and never in the way of a window that is made smaller."""

    def __init__(self, panel: MeterPanel) -> None:
        super().__init__(panel)
        self.setMaximumWidth(theme().scaled(WIDE))

    def sizeHint(self) -> QSize:
        return QSize(theme().scaled(WIDE), super().sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.setMaximumWidth(theme().scaled(WIDE))
        super().changeEvent(event)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 40)


class PanelDialog(Dialog):
    """详情: the panel where there is no room for it beside the grid."""

    help_topic = "meters"
    writes = False
    fills = True

    def __init__(self, shell: Shell, row: BookRow) -> None:
        super().__init__(shell.frame, shell.frame.tr("详情"), cancel=shell.frame.tr("关闭"), wide=560)
        self.primary.hide()
        self.primary.set_key(None)
        self.panel = MeterPanel()
        self.panel.show_row(row)
        self.body.addWidget(self.panel, 1)
        shell.run(
            partial(shell.session.read, meter_story.meter_story, row.stand.id), self.panel.show_story, self.refuse
        )


def _key(row: StoryReading) -> object:
    return row.id


def _day(row: StoryReading) -> str:
    return f"{row.read_on:%y-%m-%d}"


def _value(row: StoryReading) -> str:
    return plain(row.value)


def _tone(row: StoryReading) -> str:
    return "warn" if row.was is not None else "text"


def _use(row: StoryReading) -> str:
    """What was used, and what kind of reading it was where it was no ordinary one."""
    use = "" if row.use is None else plain(row.use)
    word = "更正" if row.was is not None else "" if row.kind is ReadingKind.REGULAR else row.words
    return f"{use} {word}".strip()
