"""What a reader may take: a look at what is loaded has its own time, not that of the answer before."""

import pytest

from app.database import Database
from app.errors import TimedOut
from tests.conftest import CITY, DATABASES, KeptDatabase

LOOKS = 3_000  # SQLite asks whether a statement is late once in so many of its steps, those of earlier runs counted


@pytest.mark.parametrize("kind", DATABASES)
@pytest.mark.parametrize("hurried", [True, False])
def test_a_look_at_the_revision_is_not_late_for_an_answer_that_is_over(
    kind: str, hurried: bool, kept_database: KeptDatabase
) -> None:
    database = Database(kept_database(kind, CITY))
    database.snapshot(1e-9, hurried=hurried)
    try:
        for _ in range(LOOKS):
            database.forget()
            database.revision()
    except TimedOut:
        pytest.fail("a look is given up")
    finally:
        database.close()
