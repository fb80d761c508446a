"""Deliberately wrong variants of a load and a migration, which every drill must catch: its negative controls."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, event

from drills.marks import LOCKS

WRITES = ("INSERT", "DELETE", "UPDATE", "CREATE", "DROP", "ALTER")


class Variant(StrEnum):
    """What is wrong, as a report says it."""

    PIECEMEAL = "commit a table at a time"
    UNLOCKED = "no lock"
    UNHELD = "rows are not held to one revision"
    SHARED = "what takes long is made where all else is"
    UNLIMITED = "slow clients are waited for"
    KILLED = "killed, not told to stop"
    FORBIDDING = "a policy that the page breaks"
    UNTRIED = "no read is tried again"
    OLDER = "what is behind is taken for what is there"
    GIVEN_UP = "a proxy that takes a replica for dead that restarts"
    FORGETFUL = "acknowledge before it is written"


def install(variant: Variant | None) -> None:
    """Let all that this process writes be written wrongly."""
    if variant is Variant.PIECEMEAL:
        event.listen(Engine, "after_cursor_execute", _commit)
    if variant is Variant.UNLOCKED:
        event.listen(Engine, "before_cursor_execute", _unlock, retval=True)


def _commit(connection: Any, cursor: Any, statement: str, *_others: Any) -> None:
    if statement.lstrip().startswith(WRITES):
        if connection.dialect.name == "sqlite":
            cursor.connection.execute("COMMIT")
            cursor.connection.execute("BEGIN IMMEDIATE")
        else:
            cursor.connection.commit()  # the next statement begins another


def _unlock(connection: Any, _cursor: Any, statement: str, parameters: Any, *_others: Any) -> tuple[str, Any]:
    if not statement.startswith(LOCKS):
        return statement, parameters
    return ("BEGIN" if connection.dialect.name == "sqlite" else "SELECT 1"), ()
