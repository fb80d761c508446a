"""The service with a fault, for a negative control: what rows say of their revision is not looked at."""

from typing import Any

from app.cli import main
from app.database import Database


def _look_away(_self: Database, *_rows_and_revision: Any) -> None:
    return


if __name__ == "__main__":
    Database.hold = _look_away  # type: ignore[assignment, method-assign]
    main()
