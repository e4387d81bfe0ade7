"""Processes killed in the middle of their work, and what is found afterwards."""
