"""The first start 首次设置, shown in place of the sign-in card while there is no office."""

from desktop.views.first_start.page import FirstStartPage

__all__ = ["FirstStartPage"]
