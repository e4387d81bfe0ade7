"""Two lists of the page 班组与物料: outside firms 外包单位 with price and warranty, and the small stock 物料."""

from __future__ import annotations

from desktop.services import repair_costs, technicians
from desktop.services.fee_words import plain
from desktop.services.repair_costs import MaterialRow
from desktop.services.technicians import ContractorRow, skill_words
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.crew_lists import CrewList
from desktop.views.stock_dialogs import DropMaterialDialog, EndFirmDialog, FirmDialog, MaterialDialog, MoveDialog
from desktop.views.tables import RowTable


class FirmList(CrewList):
    """外包单位."""

    reads = technicians.list_contractors

    def make_table(self) -> RowTable:
        table = RowTable(
            [
                Column(self.tr("单位"), lambda row: row.name, kind=Kind.NAME, sample=self.tr("青川市安达电梯有限公司"),
                       strong=True, stretch=1, detail=lambda row: row.note),
                Column(self.tr("做什么"), lambda row: skill_words(row.categories), kind=Kind.NAME,
                       sample="给排水、电梯"),
                Column(self.tr("一次（元）"), lambda row: str(row.price) if row.price is not None else "",
                       kind=Kind.MONEY, sample="1,200.00"),
                Column(self.tr("保修"), lambda row: f"{row.warranty_days} 天" if row.warranty_days else "",
                       kind=Kind.NUMBER, sample="3650 天"),
                Column(self.tr("手上"), lambda row: f"{row.load} 单" if row.load else "", kind=Kind.NUMBER,
                       sample="12 单"),
            ],
            two_lines=True,
        )  # fmt: skip
        table.setAccessibleName(self.tr("外包单位"))
        table.say_when_empty(self.tr("还没有外包单位"), self.tr("按 Ctrl N 登记一家，例如 电梯维保；派单时就能选它"))
        return table

    def add_ways(self) -> None:
        self.add_way(self.tr("登记外包"), "plus", "Ctrl+N", self._new, row=False)
        self.add_way(self.tr("改"), "pencil", "Ctrl+E", self._edit)
        self.add_way(self.tr("停止合作"), "ban", "Alt+2", self._end)
        self.add_way(self.tr("看资料"), "building-2", "Alt+3", self._party)

    def open_row(self, _row: ContractorRow) -> None:
        self._edit()

    def _new(self) -> None:
        self.open_dialog(FirmDialog(self.shell), self.tr("外包单位已存"))

    def _edit(self) -> None:
        if self.may and (row := self.table.current()) is not None:
            self.open_dialog(FirmDialog(self.shell, row), self.tr("外包单位已存"))

    def _end(self) -> None:
        if (row := self.table.current()) is not None:
            self.open_dialog(EndFirmDialog(self.shell, row), self.tr("{name}已停止合作").format(name=row.name))

    def _party(self) -> None:
        if (row := self.table.current()) is not None:
            self.shell.navigate("party", party_id=row.party_id)


class MaterialList(CrewList):
    """物料, with what is in stock and what is to be bought."""

    reads = repair_costs.list_materials

    def make_table(self) -> RowTable:
        table = RowTable(
            [
                Column(self.tr("材料"), lambda row: row.form.name, kind=Kind.NAME, sample=self.tr("6 分角阀"),
                       strong=True, stretch=1),
                Column(self.tr("单位"), lambda row: row.form.unit, kind=Kind.NAME, sample="平方米"),
                Column(self.tr("单价（元）"), lambda row: str(row.form.price), kind=Kind.MONEY, sample="1,200.00"),
                Column(self.tr("库存"), lambda row: plain(row.stock), kind=Kind.NUMBER, sample="12,345.5",
                       tone=lambda row: "danger" if row.low or row.stock < 0 else ""),
                Column(self.tr("最少留"), _mark, kind=Kind.NUMBER, sample="12,345.5"),
                Column("", str, kind=Kind.TAG, sample=self.tr("账上不够"), tag=self._tag),
            ]
        )  # fmt: skip
        table.setAccessibleName(self.tr("物料"))
        table.say_when_empty(
            self.tr("还没有物料"), self.tr("按 Ctrl N 加常用的，例如 6 分角阀；记费用时选它就自动扣库存")
        )
        return table

    def add_ways(self) -> None:
        self.add_way(self.tr("新材料"), "plus", "Ctrl+N", self._new, row=False)
        self.add_way(self.tr("改"), "pencil", "Ctrl+E", self._edit)
        self.add_way(self.tr("进货盘点"), "package", "Alt+1", self._move)
        self.add_way(self.tr("删除"), "trash-2", "Alt+2", self._drop)

    def _tag(self, row: MaterialRow) -> TagLook | None:
        if row.stock < 0:
            return TagLook(self.tr("账上不够"), "danger", "triangle-alert")
        return TagLook(self.tr("该买了"), "warn", "package") if row.low else None

    def open_row(self, _row: MaterialRow) -> None:
        self._move()

    def _new(self) -> None:
        self.open_dialog(MaterialDialog(self.shell), self.tr("材料已存"))

    def _edit(self) -> None:
        if (row := self.table.current()) is not None:
            self.open_dialog(MaterialDialog(self.shell, row), self.tr("材料已存"))

    def _move(self) -> None:
        if self.may and (row := self.table.current()) is not None:
            self.open_dialog(MoveDialog(self.shell, row), self.tr("库存已记"))

    def _drop(self) -> None:
        if (row := self.table.current()) is not None:
            self.open_dialog(DropMaterialDialog(self.shell, row), self.tr("{name}已删").format(name=row.form.name))


def _mark(row: MaterialRow) -> str:
    return "" if row.form.low_mark is None else plain(row.form.low_mark)
