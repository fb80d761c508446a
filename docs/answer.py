"""The answers that README.md and docs/trust.md show, as the service gives them for the real seed."""

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from app.main import create_app
from app.seeding.loading import load
from app.seeding.migrating import migrate
from app.settings import Settings

FACT = "/v1/facts?metric=vehicle-output&subject=zhengzhou&year=2024&evidence=verbatim"
WIDTH = 118


def fact() -> str:
    """The first of the facts of the question that README.md begins with."""
    return _block(ask(FACT)["data"][0])


def first(path: str, holding: str = "") -> str:
    """The first answer of a list that holds a text."""
    return _block(next(one for one in ask(path)["data"] if holding in json.dumps(one, ensure_ascii=False)))


def listed(path: str) -> str:
    """All answers of a list, a line each."""
    lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in ask(path)["data"])
    return f"```json\n{lines}\n```"


def whole(path: str) -> str:
    """An answer that is no list."""
    return _block(ask(path))


def verified(text: str) -> str:
    """What the service says of a text."""
    answer = _client().post("/v1/verify", json={"text": text})
    assert answer.is_success, answer.text  # noqa: S101 - a page must not show a problem
    return _block(answer.json())


@cache
def ask(path: str) -> Any:
    answer = _client().get(path)
    assert answer.is_success, answer.text  # noqa: S101 - a page must not show a problem
    return answer.json()


@cache
def _client() -> TestClient:
    # The folder goes when the process does.
    folder = _client.__dict__.setdefault("folder", tempfile.TemporaryDirectory())
    url = f"sqlite:///{folder.name}/readme.db"
    migrate(url)
    load(url, Path("seed"), None, lambda _what, _count: None)
    return TestClient(create_app(Settings(database_url=url, access_log=False)))


def _block(answer: Any) -> str:
    return f"```json\n{_written(answer, 0)}\n```"


def _written(value: Any, indent: int) -> str:
    """What fits stands on one line, so that the whole answer can be seen at once."""
    plain = json.dumps(value, ensure_ascii=False)
    if not indent or len(plain) > WIDTH:
        margin = " " * (indent + 2)
        if isinstance(value, dict):
            lines = [f"{margin}{json.dumps(key)}: {_written(one, indent + 2)}" for key, one in value.items()]
            return "{\n" + ",\n".join(lines) + f"\n{' ' * indent}}}"
        if isinstance(value, list):
            lines = [f"{margin}{_written(one, indent + 2)}" for one in value]
            return "[\n" + ",\n".join(lines) + f"\n{' ' * indent}]"
    return plain
