"""The service with a fault, for a negative control: the revision is looked at now and then, rows are not held to it."""

import os
from typing import Any

from app import database
from app.cli import main
from app.database import Database


def _look_away(_self: Database, *_rows_and_revision: Any) -> None:
    return


if __name__ == "__main__":
    os.environ["FACTBOOK_CACHE_BYTES"] = "0"  # what is kept is of one revision
    database.FRESH_FOR_A_GLANCE = database.FRESH_FOR
    Database.hold = _look_away  # type: ignore[assignment, method-assign]
    main()
