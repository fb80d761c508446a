"""What a PostgreSQL URL says, as the driver takes it; it may name several servers, as SQLAlchemy writes them:
postgresql://USER@/NAME?host=A:5432&host=B:5432&host=C:5432
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, make_url

# A server that is gone without a word is found out within two seconds: by what was sent and is not acknowledged, or,
# where an answer is waited for, by a probe that is not answered.
WATCHFUL = {"connect_timeout": 2, "tcp_user_timeout": 1000, "keepalives": 1, "keepalives_idle": 1,
            "keepalives_interval": 1, "keepalives_count": 1}  # fmt: skip
# A writer may wait for others, but not for hours for a server that is gone.
WRITING = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "keepalives": 1, "keepalives_idle": 5,
           "keepalives_interval": 5, "keepalives_count": 2,
           # Text comes as text whatever the server keeps: of one that knows no encoding it would come as bytes.
           "client_encoding": "utf8"}  # fmt: skip
READ_ONLY = "-c default_transaction_read_only=on"
# A stream that nobody fetches from any more keeps no server from cleaning up for ever.
READING = f"{READ_ONLY} -c idle_in_transaction_session_timeout=60000"


def arguments(url: URL | str, wanted: Mapping[str, Any], options: str = "", role: str = "") -> dict[str, Any]:
    """What to connect with; what the URL says itself wins. `role` is wanted of one of several servers."""
    url = make_url(url).set(drivername="postgresql+psycopg")
    _, said = url.get_dialect()().create_connect_args(url)
    said.pop("context", None)  # SQLAlchemy's adapters: what a reader gets is bytes
    if options:
        said["options"] = f"{options} {said.get('options', '')}".strip()  # of two, the last counts
    several = "," in str(said.get("host", ""))
    return {**wanted, **({"target_session_attrs": role} if role and several else {}), **said}
