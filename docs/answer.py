"""The answers that README.md shows, as the service gives them for the real seed."""

import atexit
import json
import tempfile
from functools import cache
from pathlib import Path

from starlette.testclient import TestClient

from app.main import create_app
from app.seeding.loading import load
from app.seeding.migrating import migrate
from app.settings import Settings

WHOLE = "/v1/facts?metric=vehicle-output&subject=zhengzhou&year=2024&evidence=verbatim"
# Those of which all answers are shown, a line each.
LISTED = {
    "span": "/v1/facts?source=zhengzhou-feature-2025&char=263..290&fields=statement.en,citation.start,citation.end",
    "evidence": "/v1/sources/zhengzhou-feature-2025/evidence?limit=1",
    "match": "/v1/facts?value=240000..&year=2025&metric=cumulative-vehicle-sales,cumulative-vehicle-output"
    "&fields=subject.id,value,bound,citation.quote,match",
}


@cache
def _client() -> TestClient:
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    url = f"sqlite:///{folder.name}/readme.db"
    migrate(url)
    load(url, Path("seed"), None, lambda _what, _count: None)
    return TestClient(create_app(Settings(database_url=url, access_log=False)))


def answered() -> str:
    return whole(_client())


def listed(name: str) -> str:
    return every(_client(), LISTED[name])


def whole(client: TestClient) -> str:
    fact = client.get(WHOLE).json()["data"][0]
    # Leaves stand on one line, so that the whole fact can be seen at once.
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in fact.items())
    return f"```json\n{{\n{lines}\n}}\n```"


def every(client: TestClient, question: str) -> str:
    data = client.get(question).json()["data"]
    lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in data)
    return (
        f"    curl 'http://localhost:8000{question}'\n\nThe `data` of the answer, a line each:\n\n```json\n{lines}\n```"
    )
