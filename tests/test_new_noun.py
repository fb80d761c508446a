"""A noun of a name that nobody can know is one file, a line in the registry, a migration and a seed file; no list of
nouns stands anywhere else.
"""

import csv
import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CITY, DATABASES, ROOT, NewDatabase

# One process of the project: the new data is loaded and asked for, then exported and loaded once more.
WORK = """
import json, sys
from starlette.testclient import TestClient
from typer.testing import CliRunner
from app.cli import commands
from app.main import create_app
from app.settings import Settings

def run(*arguments):
    return CliRunner().invoke(commands, arguments, catch_exceptions=False).stdout

loaded = run("load")
with TestClient(create_app(Settings())) as client:
    answered = {path: client.get(path).text for path in sys.argv[1:]}
json.dump([answered, loaded, run("schema"), run("export", "exported"), run("load", "exported")], sys.stdout)
"""
FACTS = "{id},gdp,,{value},,{value}元,,,,,2018,,,,macroeconomy,,{source},,,,\n"


def drawn_word() -> str:
    draw = random.SystemRandom().choice
    return "".join(draw("bdfgklmnprtvz") + draw("aiou") for _ in range(4))


def write_as_contributing_says(project: Path, word: str) -> None:
    """A copy of the project, with the city for a seed, that has a noun more."""
    for name in ("app", "migrations"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(CITY, project / "seed")
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    spelled = {"standard": word, "Standard": word.title(), "STANDARD": word.upper(), "zhengzhou": "lindow"}
    for old, new in spelled.items():
        guide = guide.replace(old, new)
    noun, migration, seed = re.findall(r"```(?:python|yaml)\n(.*?)```", guide, re.DOTALL)
    (project / f"app/nouns/{word}s.py").write_text(noun, encoding="utf-8")
    (project / f"migrations/versions/0013_{word}s.py").write_text(migration, encoding="utf-8")
    (project / f"seed/{word}s.yaml").write_text(seed, encoding="utf-8")
    registry = project / "app/nouns/__init__.py"
    text, name = registry.read_text(encoding="utf-8"), f"{word.upper()}S"
    text = text.replace("from app.nouns.units", f"from app.nouns.{word}s import {name}\nfrom app.nouns.units")
    registry.write_text(text.replace("        SOURCES,\n", f"        SOURCES,\n        {name},\n"), encoding="utf-8")
    with (project / "seed/facts/statistics.csv").open("a", encoding="utf-8") as facts:
        facts.write(FACTS.format(id="gb-18384", value=5, source="lindow-statistics"))
        facts.write(FACTS.format(id="gb-18384", value=7, source="marlow-report-2024"))


@pytest.mark.parametrize("kind", DATABASES)
def test_a_new_noun_is_everywhere(kind: str, new_database: NewDatabase, tmp_path: Path) -> None:
    word, one = drawn_word(), "gb-18384"
    write_as_contributing_says(tmp_path, word)
    settings = {"FACTBOOK_DATABASE_URL": new_database(kind), "FACTBOOK_SEED": str(tmp_path / "seed")}

    def records(path: str) -> list[Any]:
        data: list[Any] = json.loads(answered[path])["data"]
        return data

    listed = f"/v1/{word}s"
    filtered, facts, unknown = f"{listed}?parent=none&q=电动汽车&place=lindow", "/v1/facts?subject=", "gb-18385"
    paths = [listed, filtered, f"{listed}/{one}", f"{listed}.csv", f"{listed}.ndjson", "/v1", "/openapi.json"]
    paths += [facts + one, facts + unknown, f"/v1/conflicts?subject={one}", "/v1/facts?q=电动汽车"]
    done = subprocess.run(
        [sys.executable, "-c", WORK, *paths],
        cwd=tmp_path, env=os.environ | settings, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answered, loaded, schema, _, again = json.loads(done.stdout)
    assert loaded.startswith("Revision r-")

    (item,) = records(listed)
    assert (item["id"], item["type"], item["place"], item["fact_count"]) == (one, word, "lindow", 2)
    assert [item] == records(filtered)
    assert item == json.loads(answered[f"{listed}/{one}"]) == json.loads(answered[f"{listed}.ndjson"])
    assert [row["id"] for row in csv.DictReader(answered[f"{listed}.csv"].splitlines())] == [one]
    assert len(records(facts + one)) == len(records("/v1/facts?q=电动汽车")) == 2
    assert [conflict["subject"]["type"] for conflict in records(f"/v1/conflicts?subject={one}")] == [word]
    (error,) = json.loads(answered[facts + unknown])["errors"]
    assert word in error["detail"]
    assert one in error["did_you_mean"]
    assert {"name": f"{word}s", "count": 1, "href": listed} in json.loads(answered["/v1"])["collections"]
    document = json.loads(answered["/openapi.json"])
    assert {listed, f"{listed}/{{id}}", f"{listed}.csv", f"{listed}.ndjson"} <= set(document["paths"])
    assert word.title() in document["components"]["schemas"]
    assert f"{word}s.schema.json" in json.loads(schema)
    assert "is already loaded" in again
