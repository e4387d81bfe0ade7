"""Journeys through the real window, in the clerk's words, with no patching."""
