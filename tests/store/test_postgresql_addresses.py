"""What a URL with one PostgreSQL server or several is connected with; what it says itself wins."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.settings import Settings
from app.store.postgresql_hosts import PATIENT, READ_ONLY, WATCHFUL, arguments, is_pooled

SEVERAL = "postgresql://reader@/city?host=a:5432&host=b:5433&host=c"


def asked(url: str, **given: Any) -> dict[str, Any]:
    return arguments(url, **({"defaults": WATCHFUL} | given))


def test_several_servers_are_named_as_sqlalchemy_writes_them() -> None:
    found = asked(SEVERAL)
    assert (found["host"], found["port"]) == ("a,b,c", "5432,5433,")
    assert (found["user"], found["dbname"]) == ("reader", "city")
    assert found.items() >= WATCHFUL.items()


def test_one_server_of_several_must_have_the_role_that_is_wanted() -> None:
    assert asked(SEVERAL, role="read-write")["target_session_attrs"] == "read-write"
    assert asked(f"{SEVERAL}&target_session_attrs=any", role="read-write")["target_session_attrs"] == "any"
    assert "target_session_attrs" not in asked("postgresql://reader@a/city", role="read-write")


def test_what_the_url_says_wins() -> None:
    found = asked(f"{SEVERAL}&connect_timeout=9&options=-c%20work_mem%3D9MB", options=READ_ONLY)
    assert found["connect_timeout"] == "9"
    assert found["options"] == f"{READ_ONLY} -c work_mem=9MB"
    assert asked("postgresql://u:p%40@h:1/n?tcp_user_timeout=7", defaults=PATIENT)["tcp_user_timeout"] == "7"


def test_a_single_server_is_one() -> None:
    found = asked("postgresql+psycopg://u:p%40w@h:1/n", options=READ_ONLY)
    assert {name: found[name] for name in ("host", "port", "user", "password", "dbname")} == {
        "host": "h", "port": 1, "user": "u", "password": "p@w", "dbname": "n"
    }  # fmt: skip


def test_a_pooler_is_told_nothing_that_it_refuses() -> None:
    found = asked(f"{SEVERAL}&prepare_threshold=none", options=READ_ONLY)
    assert found["prepare_threshold"] is None
    assert "options" not in found
    assert is_pooled(f"{SEVERAL}&prepare_threshold=None")
    assert not is_pooled(SEVERAL)
    assert "prepare_threshold" not in asked(f"{SEVERAL}&prepare_threshold=5")


@pytest.mark.parametrize("url", ["postgresql://u@a/n?host=b&port=x", "postgresql://u@/n?host=a,b,c&port=1,2"])
def test_servers_that_cannot_be_told_apart_are_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="is no database URL; write"):
        Settings(database_url=url)
