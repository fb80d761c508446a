"""The responses shown in README.md, docs/series.md and docs/trust.md, as the service returns them for the real seed."""

import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from app.errors import FactRetracted
from app.main import create_app
from app.seeding import manifest
from app.seeding.loading import load
from app.settings import Settings

FACT = "/v1/facts?metric=vehicle-output&subject=zhengzhou&year=2024&evidence=verbatim"
SHOWN = ("period", "value", "bound", "because", "rivals.count", "source.title.en", "source.kind")
WIDTH = 118
# The history that these pages show: a figure that was copied incorrectly at first.
FIGURES, WRONG, RIGHT = (
    "facts/cars.csv",
    "zhengzhou,nev-output,,662000,,66.2萬輛,",
    "zhengzhou,nev-output,,626000,,62.6萬輛,",
)


def fact(fields: str = "") -> str:
    """The first fact that a request in README.md finds, or some of its fields."""
    return block(ask(FACT + fields)["data"][0])


def observations(series_id: str) -> str:
    """The observations of a series, one per line, with the fields that say most."""
    fields = ",".join(f"observations.{name}" for name in SHOWN)
    return _lines(ask(f"/v1/series/{series_id}?fields={fields}")["observations"])


def table(path: str) -> str:
    """A response that is no JSON."""
    answer = client().get(path)
    assert answer.is_success, answer.text  # noqa: S101 - a page must not show a problem
    return f"```\n{answer.text.replace(chr(13), '').strip()}\n```"


def first(path: str, holding: str = "") -> str:
    """The first item of a list that contains a text."""
    return block(next(one for one in ask(path)["data"] if holding in json.dumps(one, ensure_ascii=False)))


def listed(path: str) -> str:
    """All items of a list, one per line."""
    return _lines(ask(path)["data"])


def _lines(items: list[Any]) -> str:
    lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in items)
    return f"```json\n{lines}\n```"


def whole(path: str) -> str:
    """A response that is not a list."""
    return block(ask(path))


def verified(text: str) -> str:
    """The verification of a text."""
    answer = client().post("/v1/verify", json={"text": text})
    assert answer.is_success, answer.text  # noqa: S101 - a page must not show a problem
    return block(answer.json())


def gone(path: str) -> str:
    """The response for a fact that is gone."""
    answer = client().get(path)
    assert answer.status_code == FactRetracted.status, answer.text  # noqa: S101 - as above
    return block(answer.json())


def curl(path: str) -> str:
    """The request for a response that is shown below it."""
    return f"    curl 'http://localhost:8000{path}'"


@cache
def ask(path: str) -> Any:
    answer = client().get(path)
    assert answer.is_success, answer.text  # noqa: S101 - a page must not show a problem
    return answer.json()


@cache
def client() -> TestClient:
    """A client of a service with the real seed, which was loaded with an error in it first."""
    # The folder is removed when the process exits.
    folder = Path(client.__dict__.setdefault("folder", tempfile.TemporaryDirectory()).name)
    url = f"sqlite:///{folder}/readme.db"
    for seed in (_with_a_mistake(folder / "before"), Path("seed")):
        load(url, seed, None, lambda _what, _count: None)
    return TestClient(create_app(Settings(database_url=url, access_log=False)))


def _with_a_mistake(folder: Path) -> Path:
    shutil.copytree("seed", folder)
    figures = folder / FIGURES
    written = figures.read_text(encoding="utf-8")
    assert written.count(RIGHT) == 1  # noqa: S101 - otherwise the page would show no change
    figures.write_text(written.replace(RIGHT, WRONG), encoding="utf-8")
    (folder / manifest.FILE).write_text(manifest.DRAFT, encoding="utf-8")
    return folder


def block(answer: Any) -> str:
    """JSON in the form in which these pages show it."""
    return f"```json\n{_written(answer, 0)}\n```"


def _written(value: Any, indent: int) -> str:
    """Anything that fits is on one line, so that the whole response can be seen at once."""
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
