"""Room for the index of open bills by room (a place holder until it is merged)."""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
