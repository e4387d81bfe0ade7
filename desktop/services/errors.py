"""The family tree of trouble; what is not in it is a bug of ours.

DomainError              the desk can act: one Chinese sentence, in the message bar or under the field it names
├── Refused              the person lacks a right
├── ChoiceNeeded         more money than owed: change or credit account?
├── RowChanged           somebody else saved first: both versions travel with it
├── ForbiddenMove        a state that may not follow (transitions)
├── NotFound             what was asked for is not here
└── …                    each service adds its own beside its functions
Outage                   the world failed: what stopped, what is safe, may it be tried again
├── DatabaseBusy, DatabaseGone, DiskFull, OfficeInUse
└── …
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """Something the desk can mend. `message` is for the clerk and says what to do; `field` names where."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Outage(Exception):
    """The world failed. `safe` says what is not lost; `retry` whether trying again can help."""

    def __init__(self, message: str, safe: str = "", retry: bool = True) -> None:
        super().__init__(message)
        self.message = message
        self.safe = safe
        self.retry = retry


class Refused(DomainError):
    """The person lacks the right; `right` is its name, so that a second person can give it."""

    USUAL = "这一步需要更高的权限：请主管登录后办理，或请管理员调整您的角色"

    def __init__(self, right: str, message: str = "") -> None:
        super().__init__(message or self.USUAL)
        self.right = right


class ProblemsFound(DomainError):
    """A form has several things to mend: `problems` maps field to sentence, the first one is the message."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        field, message = next(iter(problems.items()))
        super().__init__(message, field)
        self.problems = dict(problems)


class NotFound(DomainError):
    """What was asked for is not in this office."""

    def __init__(self, what: str) -> None:
        super().__init__(f"找不到{what}：它可能刚被改动，刷新（F5）后再试")
        self.what = what


class RowChanged(DomainError):
    """Somebody saved this row first. `theirs` and `yours` map field to value, `by` to who wrote theirs and when."""

    def __init__(
        self,
        theirs: Mapping[str, Any],
        yours: Mapping[str, Any],
        who: str = "",
        when: str = "",
        by: Mapping[str, str] | None = None,
    ) -> None:
        whom = f"{who} {when} " if who else "有人刚刚"
        what = "改过这条资料，看两个版本后再存" if theirs else "改过这条资料：看一眼最新的再办"
        super().__init__(f"{whom}{what}")
        self.theirs = dict(theirs)
        self.yours = dict(yours)
        self.by = dict(by or {})


class DatabaseBusy(Outage):
    """Another act holds the database longer than we wait."""

    def __init__(self) -> None:
        super().__init__("数据库正忙，这一步没有保存：稍等几秒再按一次", safe="填写的内容还在")


class DatabaseGone(Outage):
    """The database does not answer, or the connection broke in the middle. `reading`: nothing was to be stored."""

    line_gone = True

    def __init__(self, detail: str = "", reading: bool = False) -> None:
        what = "连不上数据库，读不到最新的内容" if reading else "连不上数据库，这一步没有保存"
        super().__init__(what, safe="草稿照常保存，恢复后自动继续")
        self.detail = detail


class DiskFull(Outage):
    """No space left: nothing was stored."""

    def __init__(self) -> None:
        super().__init__("磁盘已满，这一步没有保存", safe="已保存的资料完好；请腾出空间后再试")


class OfficeInUse(Outage):
    """A second program wants the same SQLite office."""

    def __init__(self) -> None:
        super().__init__("这个管理处已在另一个程序中打开", safe="请回到已打开的窗口，或先关闭它", retry=True)
