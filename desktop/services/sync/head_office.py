"""What an office asks of head office, and why there may be no answer.

HeadOffice               the five questions of a session; over HTTPS in `http_client`, in one process in tests
messages.Refusal         head office answered and says no, with a code and where it stands
NoHeadOffice             there is no answer to go on with; everything waits in the office and goes later
├── Unreachable          nobody answers, or head office asks to wait: try again after a while
├── NotHeadOffice        somebody answers who is not head office: a sign-in page, another certificate, half a page
└── NotTogether          head office answers, but the two do not fit: clocks, versions, signatures
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from desktop.services.errors import Outage
from desktop.services.sync.messages import Greeting, Hello, Page, Push, Pushed, Returned

SAFE = "业务照常办理，没传出去的都在本机保存着，接通后自动补传"


class HeadOffice(Protocol):
    """Head office as one database of an office sees it. Each question may raise Refusal or NoHeadOffice."""

    def hello(self, hello: Hello) -> Greeting:
        """Where head office stands."""
        ...

    def push(self, push: Push) -> Pushed:
        """Hand over acts of this database."""
        ...

    def pull(self, project: str, node: str, after: int, limit: int) -> Page:
        """The acts of the project after a number that other databases than this one sent."""
        ...

    def wanted(self, project: str, acts: Sequence[str]) -> list[str]:
        """Which of the acts that this database knows head office has not, at most `messages.MOST_OFFERED` at once."""
        ...

    def take_back(self, returned: Returned) -> Pushed:
        """Give acts that head office asked for."""
        ...


class Why(StrEnum):
    """The code of an answer that did not come: for the log, the light in the status bar, and tests."""

    NO_LINE = "no_line"
    TIMEOUT = "timeout"
    LINE_CUT = "line_cut"
    BUSY = "busy"
    SERVER_TROUBLE = "server_trouble"
    PORTAL = "portal"
    REDIRECT = "redirect"
    WRONG_CERTIFICATE = "wrong_certificate"
    CERTIFICATE_DATES = "certificate_dates"
    BAD_BODY = "bad_body"
    TOO_LONG = "too_long"
    CLOCK = "clock"
    OLD_DESK = "old_desk"
    OLD_SERVER = "old_server"
    BAD_SIGNATURE = "bad_signature"
    NOT_UNDERSTOOD = "not_understood"


SENTENCES = {
    Why.NO_LINE: "连不上总部：请检查本机网络；网络正常时，多半是总部那边暂时关机",
    Why.TIMEOUT: "总部没有及时回话：网络太慢或总部正忙，稍后自动再试",
    Why.LINE_CUT: "和总部说到一半，网络断了：稍后自动接着传",
    Why.BUSY: "总部正忙，请本机稍等：到时自动再试",
    Why.SERVER_TROUBLE: "总部的服务出了故障：请通知总部的系统管理员，修好后自动再传",
    Why.PORTAL: "回话的不是总部，像是上网登录页：请先用浏览器登录这个网络，再同步",
    Why.REDIRECT: "总部的地址被转到了别处，本机没有跟去：请先登录这个网络，或请管理员核对总部地址",
    Why.WRONG_CERTIFICATE: "对方的证书不是总部的，本机什么也没发：请换一个网络再试；仍这样时请管理员核对总部证书",
    Why.CERTIFICATE_DATES: "总部证书的日期对不上，本机什么也没发：请先校准本机日期；日期没错时请管理员更新总部证书",
    Why.BAD_BODY: "总部的回话不完整或读不懂：稍后自动再试，反复出现请联系系统管理员",
    Why.TOO_LONG: "对方的回话长得不对劲，本机没有收：请管理员核对总部地址",
    Why.CLOCK: "本机时钟和总部相差太多，总部没有收：请校准本机的日期和时间，再同步",
    Why.OLD_DESK: "本机的程序版本太旧，总部已不再接收：请升级安居前台，资料不会丢",
    Why.OLD_SERVER: "总部的程序比本机旧，说不到一起：请通知总部的系统管理员升级",
    Why.BAD_SIGNATURE: "总部认不出本机的签名：请管理员在“本机与密钥”里查看，必要时重新登记本机",
    Why.NOT_UNDERSTOOD: "总部读不懂本机发的内容：请把这句话告诉系统管理员，资料都在本机",
}


class NoHeadOffice(Outage):
    """There is no answer to go on with. `code` says why; `retry_after`: seconds that head office asks to wait."""

    def __init__(self, code: Why, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(SENTENCES[code], safe=SAFE)
        self.code = code
        self.detail = detail
        """For the log: never anything a person typed."""
        self.retry_after = retry_after


class Unreachable(NoHeadOffice):
    """Nobody answers, or head office asks to wait: NO_LINE, TIMEOUT, LINE_CUT, BUSY, SERVER_TROUBLE."""


class NotHeadOffice(NoHeadOffice):
    """Who answers is not head office, or not whole: PORTAL, REDIRECT, WRONG_CERTIFICATE, CERTIFICATE_DATES,
    BAD_BODY, TOO_LONG."""


class NotTogether(NoHeadOffice):
    """Head office answers, but not to this: CLOCK, OLD_DESK, OLD_SERVER, BAD_SIGNATURE, NOT_UNDERSTOOD.

    `server_at`: what time it is at head office, where it said so.
    """

    def __init__(
        self, code: Why, detail: str = "", retry_after: float | None = None, server_at: datetime | None = None
    ) -> None:
        super().__init__(code, detail, retry_after)
        self.server_at = server_at
