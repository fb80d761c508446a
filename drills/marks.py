"""What a child says of its transaction: SQLAlchemy tells when the lock is held, when it commits, when it is over."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

READY, BEGUN, COMMITTING, ENDED, ACKNOWLEDGED = "ready", "begun", "committing", "ended", "acknowledged"
FAILED = "failed"
# The first statement of a transaction that writes.
LOCKS = ("BEGIN IMMEDIATE", "SELECT pg_advisory_xact_lock")


def watch(say: Callable[[str], None]) -> None:
    """Say what the last transaction that writes has come to."""
    state = {"writes": False}

    @event.listens_for(Engine, "after_cursor_execute")
    def executed(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if statement.startswith(LOCKS):
            state["writes"] = True
            say(BEGUN)

    @event.listens_for(Engine, "commit")
    def commits(_connection: Any) -> None:
        if state["writes"]:
            say(COMMITTING)

    @event.listens_for(Pool, "checkin")
    def returned(_connection: Any, _record: Any) -> None:
        if state["writes"]:
            state["writes"] = False
            say(ENDED)
