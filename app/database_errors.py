"""Errors of a database, in words that say what to do."""

import errno
import re
import sqlite3

DAMAGED = "bring back a copy of it, or run `factbook load`, which makes it anew"
FULL = "make room on its disk, then run this again; the data is what it was"
MISSING_TABLE = "run `factbook load`"
OF_SQLITE = {
    sqlite3.SQLITE_NOTADB: f"name another file in FACTBOOK_DATABASE_URL, or {DAMAGED}",
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR: f"its disk may be full or failing: {FULL}",
    sqlite3.SQLITE_READONLY: "let this user write the file and its folder; a load needs both",
    sqlite3.SQLITE_CANTOPEN: "see that its folder is there and that this user may read and write it",
    sqlite3.SQLITE_PERM: "let this user read and write the file",
    sqlite3.SQLITE_BUSY: "another process has been writing to it for long; run this again when it is done",
}
# By SQLSTATE, or its class (PostgreSQL documentation, appendix A).
OF_POSTGRESQL = {
    "28": "correct user and password in FACTBOOK_DATABASE_URL",
    "3D": "make the database first (`createdb`), or correct its name in FACTBOOK_DATABASE_URL",
    "42501": "give this user the right to make and fill tables",
    "25006": "this server only reads; load into the primary",
    "53100": FULL,
    "53300": "the server has no connection left; run this again later, or allow it more",
    "57P": "the server is starting or stopping; run this again",
    "08": "see that the server runs, and that FACTBOOK_DATABASE_URL says where",
    "42P01": MISSING_TABLE,
}
# What a server says when it refuses a connection, to which it gives no SQLSTATE; in English, as most servers speak.
REFUSED = {
    r"authentication failed|no password supplied|no pg_hba\.conf entry|role .* does not exist": "28",
    r"database .* does not exist": "3D",
}
NO_ROOM = f"the disk of this file, or of temporary files (TMPDIR), may be full: {FULL}"


def advice(error: object) -> str:
    """What to do about what a database driver, or the system, raised; nothing where that is not known."""
    if isinstance(error, OSError):
        return NO_ROOM if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} else ""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        known = OF_SQLITE.get(code & 0xFF, "")
        return MISSING_TABLE if not known and "no such table" in str(error) else known
    if not hasattr(error, "sqlstate"):
        return ""
    state = error.sqlstate or refused(error) or "08"  # a connection that was never made has none
    return next((what for start, what in OF_POSTGRESQL.items() if state.startswith(start)), "")


def refused(error: object) -> str:
    """The SQLSTATE class for which a server refused a connection; nothing if it could not be reached."""
    return next((state for what, state in REFUSED.items() if re.search(what, str(error))), "")


def described(error: object) -> str:
    """What is wrong and, where that is known, what to do: one line."""
    what, todo = " ".join(str(error).split()), advice(error)
    return f"{what}; {todo}." if todo else what


def is_damage(error: sqlite3.Error | UnicodeDecodeError) -> bool:
    """Whether a file is no database, or not whole: nothing that is read from it can be trusted."""
    code = getattr(error, "sqlite_errorcode", 0)
    return isinstance(error, UnicodeDecodeError) or code & 0xFF in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
