"""The panel left of the editor: fields to insert, versions to bring back, pictures to place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.services.paper.template_fields import TemplateField
from desktop.services.template_pictures import PictureRow
from desktop.services.templates import TemplateVersion
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind
from desktop.views.labels import label
from desktop.views.steps import Option, Segment
from desktop.views.tables import RowTable
from desktop.views.theme import theme
from desktop.views.workshop.field_list import FieldList
from desktop.world import OFFICE_ZONE

PANELS = ("fields", "versions", "pictures")


class TemplateSide(QWidget):
    """Signals: field_chosen(TemplateField), version_chosen(TemplateVersion), picture_chosen(PictureRow),
    picture_wanted()."""

    field_chosen = Signal(object)
    version_chosen = Signal(object)
    picture_chosen = Signal(object)
    picture_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        words = (self.tr("字段"), self.tr("版本"), self.tr("图片"))
        self.segment = Segment([Option(key, word) for key, word in zip(PANELS, words, strict=True)])
        self.segment.setAccessibleName("、".join(words))
        self.fields = FieldList()
        self.versions = _table(self.tr("版本"), _version_name, _version_detail, "第 12 版")
        self.versions.say_when_empty(self.tr("还没有保存过"), self.tr("保存一次，这里就有第一版"))
        self.pictures = _table(self.tr("图片"), _picture_name, _picture_detail, "抬头标志")
        self.pictures.say_when_empty(self.tr("还没有图片"), self.tr("按「添加图片」放进抬头标志或印章图"))
        self.bring_back = Button(self.tr("放进编辑框"), "secondary", size="small", slot=self._bring_back)
        add = Button(self.tr("添加图片"), "secondary", icon="image-plus", size="small", slot=self.picture_wanted.emit)
        self.panels = QStackedWidget()
        self.panels.addWidget(self.fields)
        self.panels.addWidget(_panel(self.versions, self.tr("恢复旧版：放进编辑框，看过再存"), self.bring_back))
        self.panels.addWidget(_panel(self.pictures, self.tr("Enter 把图片放到光标处"), add))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.segment)
        column.addWidget(self.panels, 1)
        self.segment.changed.connect(self._turn)
        self.fields.chosen.connect(self.field_chosen)
        self.versions.opened.connect(self.version_chosen)
        self.pictures.opened.connect(self.picture_chosen)
        self._measure()

    def show_fields(self, fields: tuple[TemplateField, ...]) -> None:
        self.fields.show_fields(fields)

    def show_versions(self, versions: Sequence[TemplateVersion], pictures: Sequence[PictureRow]) -> None:
        self.versions.show_list(list(versions), _version_key)
        self.pictures.show_list(list(pictures), _picture_name)

    def open_panel(self, key: str) -> None:
        """Bring a panel forward and the focus into it."""
        self.segment.set_value(key)
        if key == "fields":
            self.fields.focus_search()
        else:
            (self.versions if key == "versions" else self.pictures).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _turn(self) -> None:
        self.panels.setCurrentIndex(PANELS.index(str(self.segment.value())))

    def _bring_back(self) -> None:
        row = self.versions.current()
        if row is not None:
            self.version_chosen.emit(row)

    def _measure(self) -> None:
        self.setFixedWidth(theme().scaled(200))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "panels"):
            self._measure()
        super().changeEvent(event)


def _table(title: str, name: Any, detail: Any, sample: str) -> RowTable:
    column = Column(title, name, kind=Kind.NAME, sample=sample, strong=True, stretch=1, detail=detail)
    table = RowTable([column], two_lines=True)
    table.setAccessibleName(title)
    return table


def _panel(table: QWidget, about: str, button: QWidget) -> QWidget:
    panel = QWidget()
    column = QVBoxLayout(panel)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    column.addWidget(table, 1)
    column.addWidget(label(about, "caption", wrap=True))
    column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
    return panel


def _version_name(row: TemplateVersion) -> str:
    return f"第 {row.ordinal} 版"


def _version_detail(row: TemplateVersion) -> str:
    used = f"，{row.leases} 份合同" if row.leases else ""
    return f"{row.saved_at.astimezone(OFFICE_ZONE):%m-%d %H:%M} {row.who}{used}"


def _version_key(row: TemplateVersion) -> object:
    return row.id


def _picture_name(row: PictureRow) -> str:
    return row.name


def _picture_detail(row: PictureRow) -> str:
    return f"{max(1, row.size // 1024)} KB"
