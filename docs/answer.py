"""The answer that README.md shows, as the service gives it for the real seed."""

import json
import tempfile
from pathlib import Path

from starlette.testclient import TestClient

from app.main import create_app
from app.seeding.loading import load
from app.seeding.migrating import migrate
from app.settings import Settings

QUESTION = "/v1/facts?metric=vehicle-output&subject=zhengzhou&year=2024&evidence=verbatim"


def answered() -> str:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/readme.db"
        migrate(url)
        load(url, Path("seed"), None, lambda _what, _count: None)
        with TestClient(create_app(Settings(database_url=url, access_log=False))) as client:
            fact = client.get(QUESTION).json()["data"][0]
    # Leaves stand on one line, so that the whole fact can be seen at once.
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in fact.items())
    return f"```json\n{{\n{lines}\n}}\n```"
