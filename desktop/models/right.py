"""What a person may do. A file of its own: of the model, the frame of the window needs only this at first paint."""

from __future__ import annotations

from enum import StrEnum


class Right(StrEnum):
    """What a person may do. One service function names exactly one; roles are sets of these."""

    SEE_BOARD = "see_board"
    SEE_PARTIES = "see_parties"
    EDIT_PARTIES = "edit_parties"
    REVEAL_SECRETS = "reveal_secrets"
    SEE_LEASES = "see_leases"
    CHECK_IN = "check_in"
    EDIT_LEASES = "edit_leases"
    SEE_BILLS = "see_bills"
    POST_BILLS = "post_bills"
    TAKE_PAYMENT = "take_payment"
    REVERSE_PAYMENT = "reverse_payment"
    PRINT_PAPER = "print_paper"
    EDIT_PLACES = "edit_places"
    EDIT_TEMPLATES = "edit_templates"
    EDIT_SETTINGS = "edit_settings"
    SEE_STAFF = "see_staff"
    EDIT_STAFF = "edit_staff"
    SEE_AUDIT = "see_audit"
    MAKE_BACKUP = "make_backup"
    RESTORE_BACKUP = "restore_backup"
    CHECK_OFFICE = "check_office"
    SEE_REPAIRS = "see_repairs"
    EDIT_REPAIRS = "edit_repairs"
    EXPORT_LISTS = "export_lists"
    APPROVE_CASES = "approve_cases"
    USE_DRAFTS = "use_drafts"
    APPROVE_DEVICES = "approve_devices"
    WRITE_NOTES = "write_notes"
    RESERVE_ROOMS = "reserve_rooms"
