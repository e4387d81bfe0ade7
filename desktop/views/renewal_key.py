"""The key of 续租, known to pages that are there before the dialog is."""

RENEW_KEY = "Shift+F2"
"""Renews the lease in hand, wherever one stands."""
