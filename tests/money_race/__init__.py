"""Two processes on one PostgreSQL office take money, void, reverse and run bills; then every fen is counted."""
