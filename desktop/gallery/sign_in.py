"""Signing in: the card, what may be wrong, the key file's passphrase, the locked desk, a password that must change."""

from __future__ import annotations

from desktop.gallery.walk import Walk, wait_until


def walk_sign_in(walk: Walk) -> None:
    """Before anybody is signed in, and after F9."""
    card = walk.open_demo()
    walk.shoot("01-sign-in")
    walk.type("linxm")
    walk.press("Return")
    walk.type("dEMOPASS")  # small letters with Caps Lock come as capitals
    walk.shoot("01-sign-in-caps-lock")
    walk.press("Return")
    wait_until(lambda: card.password.property("state") == "error")
    walk.shoot("01-sign-in-wrong-password")
    for _ in range(5):
        walk.press("Return")
        wait_until(card.primary.isEnabled if not card._wait else lambda: True)
    walk.shoot("01-sign-in-wait")
    walk.open_demo()
    walk.click("换用密钥文件")
    walk.type("linxm")
    walk.press("Return", "Return")
    walk.shoot("01-sign-in-passphrase")
    walk.sit_down()
    walk.press("F9")
    walk.shoot("01-locked")
    walk.open_demo()
