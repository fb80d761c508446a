"""No secret in a setting, wherever it is in a URL, is printed, logged or shown in an error."""

import json
import os
import string
import sys
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.cli import commands, main
from app.settings import Settings
from tests import forking
from tests.conftest import CITY

# Of characters that URLs, shells and patterns take for something. They begin as no other text does: Hypothesis also
# draws strings that it finds in the code, such as "postgresql".
SECRETS = st.text(
    string.ascii_letters + string.digits + "!@#$%^&*()[]{}|\\/:;?=+~'\"<>,. 密码", min_size=6, max_size=30
).map(lambda text: f"xQ7{text}".strip())
DATABASES = [
    "postgresql://reader:{}@127.0.0.1:1/city",
    "postgresql+psycopg://reader:{}@127.0.0.1:1/city?connect_timeout=1",
    "postgresql://127.0.0.1:1/city?user=reader&password={}",
    "postgresql://127.0.0.1:1/city?sslpassword={}&sslmode=prefer",
    "postgresql://reader:{}@/city?host=127.0.0.1:1&host=localhost:1",
    "postgresql://reader@/city?host=127.0.0.1:1&host=localhost:1&p%61ssword={}",
    "postgresql://reader:{0}@127.0.0.1:1/city?sslpassword={0}&passfile=/nowhere",
]
STORES = ["redis://reader:{}@127.0.0.1:1/0", "redis://:{}@127.0.0.1:1/0", "rediss://127.0.0.1:1/0?password={}"]
WRONG = [
    "postgresql://reader:{}@127.0.0.1:port/city",
    "postgresql://reader:{}@127.0.0.1:1,127.0.0.1:1/city",
    "mysql://reader:{}@127.0.0.1:1/city",
    "reader:{}@127.0.0.1/city",
    "postgresql://127.0.0.1:1/city?password={}&no_option=1",
    "{}",
]


def refusal(name: str, value: str) -> str:
    """What is said of a setting that is refused."""
    try:
        Settings.model_validate({name: value})
    except ValueError as error:
        return f"{error} {error!r}"
    return ""


def quoted(secret: str) -> str:
    return quote(secret, safe="")


def tells(said: str, secret: str) -> bool:
    """Whether it is told, as it is, as a URL has it, or as JSON has it."""
    return any(one in said for one in (secret, quoted(secret), json.dumps(secret)[1:-1]))


@given(SECRETS, st.sampled_from(DATABASES), st.sampled_from(STORES))
def test_config_shows_no_secret(secret: str, database: str, store: str) -> None:
    urls = {"FACTBOOK_DATABASE_URL": database.format(quoted(secret))}
    urls["FACTBOOK_RATE_STORE"] = store.format(quoted(secret))
    for arguments in (["config"], ["config", "--json"]):
        done = CliRunner().invoke(commands, arguments, env=urls)
        assert done.exit_code == 0
        assert not tells(done.output, secret)
        assert "127.0.0.1:1" in done.output
        assert "passfile=/nowhere" in done.output or "passfile" not in database


@given(SECRETS, st.sampled_from(WRONG), st.booleans())
def test_a_refused_setting_is_not_printed(secret: str, url: str, raw: bool) -> None:
    written = url.format(secret if raw else quoted(secret))
    for name in ("database_url", "rate_store", "rate_limit", "api_keys", "log_level", "port", "workers"):
        assert not tells(refusal(name, written), secret), name
    for command in ("config", "doctor"):
        environment = {"FACTBOOK_RATE_STORE": written, "FACTBOOK_DATABASE_URL": "sqlite:///:memory:"}
        done = CliRunner().invoke(commands, [command], env=environment)
        assert done.exit_code
        assert not tells(done.output, secret)


FAILING = [*DATABASES[3:5], WRONG[0], WRONG[1], WRONG[4]]
SECRET = "s3same-9f!3b&open"  # noqa: S105 - what must not be told


def environment(database: str) -> dict[str, str]:
    """Settings with that secret."""
    urls = {"FACTBOOK_DATABASE_URL": database.format(quoted(SECRET)), "FACTBOOK_SEED": str(CITY)}
    return urls | {"FACTBOOK_RATE_STORE": STORES[0].format(quoted(SECRET)), "FACTBOOK_RATE_LIMIT": "3/hour"}


@pytest.mark.parametrize("command", [["load", str(CITY)], ["doctor"]])
@pytest.mark.parametrize("database", FAILING)
def test_a_failing_command_prints_no_secret(
    command: list[str], database: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment(database).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["factbook", *command])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code
    said = "".join(capfd.readouterr())
    assert said
    assert not tells(said, SECRET)


@pytest.mark.parametrize("database", FAILING)
def test_a_server_without_its_database_prints_no_secret(database: str) -> None:
    reading, writing = os.pipe()
    failing = forking.Process(
        [sys.executable, "-m", "app", "serve", "--port", "1"],
        env=os.environ | environment(database),
        stdout=writing,
        stderr=writing,
    )
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as file:
        said = file.readline()
        if said:  # it waits for the database, unless it has ended
            failing.terminate()
        said += file.read()
    failing.wait(timeout=120)
    assert said
    assert not tells(said, SECRET)
