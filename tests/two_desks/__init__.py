"""Two programs on one PostgreSQL office."""
