"""What a repair costs 维修费用: materials from a small stock list, labour, contractors, and who pays for each."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Ledger, Meets, Profile
from desktop.models.columns import Scaled, Word
from desktop.models.values import CostKind, CostPayer, Money


class RepairMaterial(Profile):
    """A material 材料 on the office's list: 6 分角阀, 个, 18.00."""

    __tablename__ = "repair_material"

    name: Mapped[str]
    unit: Mapped[str]
    price: Mapped[Money]
    """Of one unit, as charged."""
    low_mark: Mapped[Decimal | None] = mapped_column(Scaled(3))
    """Less than this in stock is to be bought; NULL: nobody minds."""
    sort: Mapped[int] = mapped_column(sa.Integer)


class MaterialMove(Ledger):
    """Material that came in or was used; what is in stock is their sum."""

    __tablename__ = "material_move"

    material_id: Mapped[UUID] = mapped_column(sa.ForeignKey("repair_material.id"), index=True)
    quantity: Mapped[Decimal] = mapped_column(Scaled(3))
    """In units; negative: used."""
    cost_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("repair_cost.id"))
    """The line of an order that used it; NULL: bought or counted."""
    note: Mapped[str | None]


class RepairCost(Meets, Ledger):
    """One line of what an order cost; a wrong one is taken back by another that reverses it."""

    __tablename__ = "repair_cost"
    __table_args__ = (sa.UniqueConstraint("reverses_id", "arrived"),)

    work_order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("work_order.id"), index=True)
    kind: Mapped[CostKind] = mapped_column(Word(CostKind))
    words: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Scaled(3))
    unit_price: Mapped[Money]
    amount: Mapped[Money]
    payer: Mapped[CostPayer] = mapped_column(Word(CostPayer))
    material_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("repair_material.id"))
    reverses_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("repair_cost.id"))


class RepairBill(Meets, Ledger):
    """A bill that carries the tenant's part of an order."""

    __tablename__ = "repair_bill"
    __table_args__ = (sa.UniqueConstraint("bill_id", "arrived"),)

    work_order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("work_order.id"), index=True)
    bill_id: Mapped[UUID] = mapped_column(sa.ForeignKey("bill.id"))
