"""Connection arguments from a PostgreSQL URL, which may name several servers, in SQLAlchemy's notation:
postgresql://USER@/NAME?host=A:5432&host=B:5432&host=C:5432

`prepare_threshold=none` in it says that a pooler which lends connections by the transaction, such as PgBouncer, stands
in front of the servers: nothing is then prepared, and nothing is set for longer than a transaction.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, make_url

# A server that has silently disappeared is detected within two seconds: data that was sent is not acknowledged or,
# while waiting for a response, a keepalive probe is not answered.
WATCHFUL = {"connect_timeout": 2, "tcp_user_timeout": 1000, "keepalives": 1, "keepalives_idle": 1,
            "keepalives_interval": 1, "keepalives_count": 1}  # fmt: skip
# A writer may wait for other writers, but not for hours for a server that is gone.
PATIENT = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "keepalives": 1, "keepalives_idle": 5,
           "keepalives_interval": 5, "keepalives_count": 2,
           # Text arrives as str whatever the database encoding is; with SQL_ASCII it would arrive as bytes.
           "client_encoding": "utf8"}  # fmt: skip
READ_ONLY = "-c default_transaction_read_only=on"
# A stream that nobody fetches from any more must not keep a server from vacuuming for ever. With an empty search_path,
# a table name without a schema finds nothing, rather than a table of that name in `public`.
READING = f"{READ_ONLY} -c idle_in_transaction_session_timeout=60000 -c search_path="
THRESHOLD = "prepare_threshold"
PREPARE_AFTER = 1  # runs of a statement before it is prepared


def is_pooled(url: URL | str) -> bool:
    """Whether the URL says that it leads to a pooler in transaction mode."""
    return str(make_url(url).query.get(THRESHOLD, "")).lower() == "none"


def arguments(url: URL | str, wanted: Mapping[str, Any], options: str = "", role: str = "") -> dict[str, Any]:
    """Connection arguments; those in the URL take precedence. `role` is the server wanted if there are several."""
    url = make_url(url).set(drivername="postgresql+psycopg")
    _, said = url.get_dialect()().create_connect_args(url)
    said.pop("context", None)  # SQLAlchemy's type adapters: readers get bytes
    said.pop(THRESHOLD, None)
    if is_pooled(url):
        said[THRESHOLD] = None
    elif options:  # poolers refuse options
        said["options"] = f"{options} {said.get('options', '')}".strip()  # if an option is repeated, the last one wins
    several = "," in str(said.get("host", ""))
    return {**wanted, **({"target_session_attrs": role} if role and several else {}), **said}
