"""Values everyone needs: money, periods, states and rights. Plain Python, no tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from functools import total_ordering
from typing import TYPE_CHECKING

from desktop.models.right import Right as Right

if TYPE_CHECKING:
    from decimal import Decimal


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of CNY, held in fen (integer). Negative for reversals."""

    fen: int

    @classmethod
    def yuan(cls, amount: int | str | Decimal) -> Money:
        """Money from yuan. Raises ValueError for fractions of a fen, which no till can hold."""
        from decimal import Decimal

        fen = Decimal(amount) * 100
        if fen != fen.to_integral_value():
            raise ValueError(f"{amount} 元不是整分")
        return cls(int(fen))

    @classmethod
    def rounded(cls, fen: Decimal) -> Money:
        """Money from an exact number of fen, rounded half away from zero (DOMAIN §16): once per printed line."""
        from decimal import ROUND_HALF_UP

        return cls(int(fen.to_integral_value(rounding=ROUND_HALF_UP)))

    def __add__(self, other: Money) -> Money:
        return Money(self.fen + other.fen)

    def __sub__(self, other: Money) -> Money:
        return Money(self.fen - other.fen)

    def __neg__(self) -> Money:
        return Money(-self.fen)

    def __mul__(self, times: int) -> Money:
        return Money(self.fen * times)

    def __abs__(self) -> Money:
        return Money(abs(self.fen))

    def __lt__(self, other: Money) -> bool:
        return self.fen < other.fen

    def __bool__(self) -> bool:
        return self.fen != 0

    def __str__(self) -> str:
        """Figures with thousands commas and two decimals, without ¥: "-1,234.50"."""
        sign = "-" if self.fen < 0 else ""
        yuan, fen = divmod(abs(self.fen), 100)
        return f"{sign}{yuan:,}.{fen:02d}"


NIL = Money(0)


def total(amounts: Iterable[Money]) -> Money:
    """The sum of amounts; nothing sums to 0.00."""
    return Money(sum(amount.fen for amount in amounts))


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from start to end, both counted (a lease "自…起至…止")."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"{self.end} 早于 {self.start}")

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def overlaps(self, other: Period) -> bool:
        return self.start <= other.end and other.start <= self.end


def add_months(anchor: date, months: int) -> date:
    """The corresponding day `months` after the anchor, or the last day of that month (Civil Code 202).

    Always counted from the anchor, never from the previous result: 31 Jan + 2 is 31 Mar, not 28 Mar.
    """
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    if anchor.day <= 28:  # in every month: no need to know how long it is
        return date(year, month + 1, anchor.day)
    from calendar import monthrange

    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def anchor_period(anchor: date, months: int, first: int = 0) -> Period:
    """`months` anchor months beginning with number `first` (0-based): 31 Jan, 1 → 31 Jan to 27 Feb (DOMAIN §16)."""
    return Period(add_months(anchor, first), add_months(anchor, first + months) - timedelta(days=1))


def birthday(birth: date, age: int) -> date:
    """The day on which somebody turns `age`; 29 Feb counts as 1 March in common years (DOMAIN §16)."""
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:
        return date(birth.year + age, 3, 1)


def age_on(birth: date, day: date) -> int:
    """Completed years of age on a day; the birthday itself counts."""
    years = day.year - birth.year
    return years if birthday(birth, years) <= day else years - 1


class Sight(StrEnum):
    """How much of a field a role sees."""

    NONE = "none"
    MASKED = "masked"
    READ = "read"
    WRITE = "write"


class PartyKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"


class Sex(StrEnum):
    MALE = "male"
    FEMALE = "female"


class DocumentKind(StrEnum):
    """Identity papers of DOMAIN §10–§12; the words stand in `services.identity`."""

    ID_CARD = "id_card"
    TEMPORARY_ID_CARD = "temporary_id_card"
    HOUSEHOLD_REGISTER = "household_register"
    HMT_RESIDENCE_PERMIT = "hmt_residence_permit"
    FOREIGNER_PERMANENT_CARD = "foreigner_permanent_card"
    HK_MACAO_TRAVEL_PERMIT = "hk_macao_travel_permit"
    TAIWAN_TRAVEL_PERMIT = "taiwan_travel_permit"
    PASSPORT = "passport"
    BUSINESS_LICENCE = "business_licence"


class ContactKind(StrEnum):
    MOBILE = "mobile"
    LANDLINE = "landline"
    FOREIGN_PHONE = "foreign_phone"
    WECHAT = "wechat"
    EMAIL = "email"
    HOME_ADDRESS = "home_address"


class RoomKind(StrEnum):
    FLAT = "flat"
    ROOM = "room"
    BED = "bed"
    SHOP = "shop"
    PARKING = "parking"
    STORE = "store"


class RoomState(StrEnum):
    """What a tile of the room board shows; derived, never stored."""

    VACANT_CLEAN = "vacant_clean"
    VACANT_DIRTY = "vacant_dirty"
    LET = "let"
    RESERVED = "reserved"
    REPAIR = "repair"
    OUT_OF_USE = "out_of_use"


class RoomMark(StrEnum):
    """What needs a hand in a room; the worst first."""

    ARREARS = "arrears"
    HOLDOVER = "holdover"
    EXPIRING = "expiring"
    REPAIR_OPEN = "repair_open"


class RoomCondition(StrEnum):
    """What the housekeeping last said of an empty room."""

    CLEAN = "clean"
    DIRTY = "dirty"
    REPAIR = "repair"
    OUT_OF_USE = "out_of_use"


class LeaseKind(StrEnum):
    LEASE = "lease"
    SERVICE = "service"


class SignedPaper(StrEnum):
    """What a tenant signs before the clerk."""

    NOTICE = "notice"
    LEASE = "lease"
    RECEIPT = "receipt"


class LeaseState(StrEnum):
    """The stored machine of a lease 租赁合同; "expiring" and "expired in occupation" are derived from dates."""

    DRAFT = "draft"
    SIGNED = "signed"
    ACTIVE = "active"
    NOTICE = "notice"
    MOVED_OUT = "moved_out"
    SETTLED = "settled"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    RENEWED = "renewed"
    """Followed by another lease of the same tenant; its own days run to their end."""


class LeaseRole(StrEnum):
    TENANT = "tenant"
    CO_TENANT = "co_tenant"
    GUARANTOR = "guarantor"
    GUARDIAN = "guardian"
    AGENT = "agent"


class NoteKind(StrEnum):
    NOTE = "note"
    CALL = "call"
    VISIT = "visit"
    MESSAGE = "message"


class EnquiryState(StrEnum):
    """The stored machine of an enquiry 意向."""

    OPEN = "open"
    VIEWING = "viewing"
    RESERVED = "reserved"
    LEASED = "leased"
    LOST = "lost"


class EnquiryChannel(StrEnum):
    """How somebody found us 渠道."""

    COUNTER = "counter"
    PHONE = "phone"
    WECHAT = "wechat"
    PLATFORM = "platform"
    REFERRAL = "referral"
    OTHER = "other"


class HoldingMoney(StrEnum):
    """What money holds a room: 定金 and 订金 are two things (Civil Code 586, 587)."""

    NONE = "none"
    EARNEST = "earnest"
    """定金: at most 20 % of the contract sum; the giver's breach loses it, the taker's returns it twice."""
    ADVANCE = "advance"
    """订金: an advance, returned when nothing comes of it."""


class ReservationState(StrEnum):
    """The stored machine of a reservation 预订; "run out" is derived from its last day."""

    HELD = "held"
    LEASED = "leased"
    RETURNED = "returned"
    FORFEITED = "forfeited"
    DOUBLED = "doubled"


class FeeType(StrEnum):
    """What a bill line is for 费用类型. A deposit is a liability, never income."""

    RENT = "rent"
    DEPOSIT = "deposit"
    PROPERTY_FEE = "property_fee"
    WATER = "water"
    ELECTRICITY = "electricity"
    GAS = "gas"
    INTERNET = "internet"
    PARKING = "parking"
    RUBBISH = "rubbish"
    KEY_DEPOSIT = "key_deposit"
    EARNEST = "earnest"
    ADVANCE = "advance"
    LATE_FEE = "late_fee"
    DAMAGE = "damage"
    """What a tenant makes good: paid out of the deposit, or by them."""
    HEATING = "heating"
    OTHER = "other"


LIABILITY_FEES = frozenset({FeeType.DEPOSIT, FeeType.KEY_DEPOSIT, FeeType.EARNEST, FeeType.ADVANCE})


class PayMethod(StrEnum):
    CASH = "cash"
    TRANSFER = "transfer"
    POS = "pos"
    WECHAT = "wechat"
    ALIPAY = "alipay"


class Account(StrEnum):
    """Accounts of the journal. Debit is positive, credit negative; each entry sums to zero."""

    RECEIVABLE = "receivable"
    INCOME = "income"
    CASH = "cash"
    DEPOSIT_BILLED = "deposit_billed"
    DEPOSIT_HELD = "deposit_held"
    PREPAID = "prepaid"
    ROUNDING = "rounding"


class StubRule(StrEnum):
    """How a period that is no whole month is rated (DOMAIN §16)."""

    ACTUAL_DAYS = "actual_days"
    THIRTY = "thirty"
    YEAR_365 = "year_365"


class FreeDaysRule(StrEnum):
    DEDUCT_FREE_DAYS = "deduct_free_days"
    CHARGE_REST = "charge_rest"


class StubPlacement(StrEnum):
    """Where the days before the first whole period go: merged into the first bill, or a bill of their own."""

    MERGED = "merged"
    OWN_BILL = "own_bill"


class Surplus(StrEnum):
    """What becomes of money above what is owed: the clerk's explicit choice."""

    CHANGE = "change"
    CREDIT = "credit"


class FeeBasis(StrEnum):
    """What an amount of a fee item is worked out from 计费方式."""

    AREA = "area"
    """Price × m² × months."""
    MONTHLY = "monthly"
    """Price × months of the room."""
    PIECE = "piece"
    """Price × pieces (parking spaces, lines) × months."""
    METER = "meter"
    """Price, or tiers, × what a meter of the room counted."""
    SHARED = "shared"
    """A share of what a house used together 公摊."""
    ONE_OFF = "one_off"
    """Billed by hand when it comes up."""


class AreaKind(StrEnum):
    BUILDING = "building"
    """建筑面积."""
    INNER = "inner"
    """套内面积."""


class DebtorRule(StrEnum):
    """Who owes a fee of a room."""

    OCCUPANT = "occupant"
    """The tenant while it is let, the owner while it is vacant or lived in by its owner."""
    OWNER = "owner"
    """Always the owner."""
    TENANT_ONLY = "tenant_only"
    """The tenant while it is let, nobody otherwise."""


class TierSpan(StrEnum):
    """Over what the tiers of a price are counted 阶梯周期."""

    BILL = "bill"
    """Each bill begins at the first tier, for each month of its period."""
    YEAR = "year"
    """What was used since 1 January counts."""


class DiscountKind(StrEnum):
    """What earns a discount 优惠."""

    LOYAL_RENEWAL = "loyal_renewal"
    """The lease renews for at least the `threshold`-th time."""
    PREPAY_MONTHS = "prepay_months"
    """A bill for at least `threshold` months at once."""
    EARLY_PAYMENT = "early_payment"
    """Paid at least `threshold` days before it is due; offered on the bill, taken off at the till."""
    VACANCY = "vacancy"
    """The room stands vacant."""


class PoolMethod(StrEnum):
    """How a shared cost is split 公摊方式."""

    AREA = "area"
    EQUAL = "equal"
    RATIO = "ratio"
    OWN_USE = "own_use"


class PoolSource(StrEnum):
    """Where the sum of a shared cost comes from."""

    INVOICE = "invoice"
    """The supplier's invoice, typed."""
    MASTER_METER = "master_meter"
    """A master meter less what the meters of the rooms counted, times the price."""


class AllocationRule(StrEnum):
    """Who decided what a payment pays (Civil Code 560)."""

    CHOSEN = "chosen"
    """The payer said so at the desk."""
    LEGAL_ORDER = "legal_order"
    """Nobody chose: due, least secured, most burdensome, oldest, pro rata."""


class DepositAct(StrEnum):
    """What became of a deposit that is held 押金."""

    TRANSFER = "transfer"
    DEDUCT = "deduct"
    REFUND = "refund"
    FORFEIT = "forfeit"


class InvoiceState(StrEnum):
    """The stored machine of a tax invoice as we know of it 发票登记; we never issue one."""

    REQUESTED = "requested"
    ISSUED = "issued"
    REVERSED = "reversed"
    CANCELLED = "cancelled"


class ReadingKind(StrEnum):
    INITIAL = "initial"
    REGULAR = "regular"
    FINAL = "final"
    REPLACEMENT = "replacement"
    ESTIMATED = "estimated"


class MeterKind(StrEnum):
    WATER = "water"
    HOT_WATER = "hot_water"
    ELECTRICITY = "electricity"
    GAS = "gas"
    HEAT = "heat"


class CollectionBasis(StrEnum):
    """Where the months of a bill begin: on the day the lease began, or on the 1st with stubs at both ends."""

    LEASE_DAY = "lease_day"
    CALENDAR = "calendar"


class CollectionState(StrEnum):
    """The stored machine of a collection case 催缴."""

    OPEN = "open"
    FIRST_TEAM = "first_team"
    SECOND_TEAM = "second_team"
    PROMISED = "promised"
    DISPUTED = "disputed"
    OUTSOURCED = "outsourced"
    LEGAL = "legal"
    PAID = "paid"
    WRITTEN_OFF = "written_off"


class OrderKind(StrEnum):
    """What an order is about: something broken, somebody's complaint, something that happened, or a plan's round."""

    REPAIR = "repair"
    COMPLAINT = "complaint"
    INCIDENT = "incident"
    """Something happened that somebody must look into: a flood, a fight, a person trapped in a lift."""
    MAINTENANCE = "maintenance"
    INSPECTION = "inspection"


class CaseLevel(IntEnum):
    """How grave a complaint or an incident is; it decides by when it must be dealt with."""

    USUAL = 1
    SERIOUS = 2
    GRAVE = 3


class RepairCategory(StrEnum):
    """What a repair or complaint is about; it decides who is sent and how soon."""

    WATER = "water"
    POWER = "power"
    HEAT = "heat"
    """Gas, hot water, heating."""
    APPLIANCE = "appliance"
    DOOR = "door"
    """Doors, windows, locks."""
    FURNITURE = "furniture"
    WALLS = "walls"
    """Walls, floors, ceilings, roof."""
    LIFT = "lift"
    NETWORK = "network"
    """Network, door phones, barriers."""
    FIRE = "fire"
    CLEANING = "cleaning"
    ORDER = "order"
    """Noise, parking, safety."""
    SERVICE = "service"
    """The office itself: bills, manners, delays."""
    OTHER = "other"


class RepairChannel(StrEnum):
    """How it reached the office."""

    COUNTER = "counter"
    PHONE = "phone"
    APP = "app"
    WECHAT = "wechat"
    HOTLINE = "hotline"
    """The 400 number."""
    PATROL = "patrol"
    LETTER = "letter"
    PLAN = "plan"
    """Nobody reported it: a plan's round was due."""


class PlanUnit(StrEnum):
    """What the interval of a plan counts."""

    DAY = "day"
    MONTH = "month"


class CheckAnswer(StrEnum):
    """What somebody found at one line of a checklist."""

    OK = "ok"
    BAD = "bad"
    NONE = "none"
    """There is no such thing here."""


class DutyKind(StrEnum):
    """How days differ from somebody's usual week."""

    LEAVE = "leave"
    EXTRA = "extra"


class CostKind(StrEnum):
    MATERIAL = "material"
    LABOUR = "labour"
    CONTRACTOR = "contractor"
    OTHER = "other"


class CostPayer(StrEnum):
    """Who pays for a repair (Civil Code 712, 713)."""

    LANDLORD = "landlord"
    """Wear and age: the landlord mends, unless agreed otherwise."""
    TENANT = "tenant"
    """Damage by the tenant's fault, or agreed."""
    OFFICE = "office"
    """Common parts, and what the office mends of its own work."""


class CostCause(StrEnum):
    """Why something had to be mended: it decides who pays."""

    WEAR = "wear"
    DAMAGE = "damage"
    COMMON = "common"
    OWN_WORK = "own_work"
