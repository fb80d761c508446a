"""What is exported loads to the same data, and is exported again as the same bytes, from one database to the other."""

# ruff: noqa: E501 - odd names read best beside each other
import csv
import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from app.seeding import manifest
from app.seeding.exporting import FACT_COLUMNS, export
from app.seeding.loading import load
from app.seeding.recomputing import audited
from tests.conftest import CITY, DATABASES, SEED, KeptDatabase, NewDatabase
from tests.databases import contents

# Names that YAML, CSV or a spreadsheet could take for something else.
ODD = [
    "null", "~", "yes", "no", "1e3", "0x10", "0o17", "1_000", "12:30:45", "2024-01-01", ".nan", "=1+1", "-", "- a", "? a",
    ": a", "a: b", "a:", "#x", "a #b", "'", '"', "''", "a'b\"c", "[a]", "{a}", "[", "&a", "*a", "!a", "!!str a", "|", ">",
    "%a", "@a", "`a`", "<<", "...", "---", "a,b", "a;b", "a\tb", "a  b", "a\\nb", "\\", "{subject}", "\u200b", "a\u00a0b",
    "a\u3000b", "a\u202eb", "é", "e\u0301", "𠮷𝟙😀", "\ue000", "a\ufeffb", "x" * 400, "很" * 400, "a b " * 99 + "c", "''' \"\"\" '''",
]  # fmt: skip


def quietly(_what: str, _count: int) -> None:
    """No progress is shown."""


def odd_city(folder: Path) -> Path:
    """The city with a place, an alias, a unit and a note of each odd name."""
    seed = Path(shutil.copytree(CITY, folder / "odd"))
    places = {
        f"odd-{number}": {"zh": name, "en": name, "kind": "site", "aliases": [name]} for number, name in enumerate(ODD)
    }
    with (seed / "places.yaml").open("a", encoding="utf-8") as file:
        yaml.safe_dump(places, file, allow_unicode=True, default_style='"')
    with (seed / "facts" / "odd.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FACT_COLUMNS, lineterminator="\n", restval="")
        writer.writeheader()
        for number, name in enumerate(ODD):
            writer.writerow(
                {"subject": f"odd-{number}", "metric": "gdp", "value": "1", "printed": "1元", "period": "2018",
                 "industries": "macroeconomy", "source": "lindow-statistics", "note": name, "statement_zh": name,
                 "statement_en": name}
            )  # fmt: skip
    return seed


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("seed", [lambda _: CITY, lambda _: SEED, odd_city], ids=["city", "real", "odd"])
def test_an_export_goes_from_database_to_database_and_stays_the_same(
    seed: Callable[[Path], Path], kept_database: KeptDatabase, new_database: NewDatabase, tmp_path: Path
) -> None:
    folder = seed(tmp_path)
    loads, exports, databases = [], [], []
    for number, kind in enumerate(("sqlite", "postgresql", "sqlite")):
        url = new_database(kind) if number else kept_database(kind, folder)
        loads.append(load(url, folder, None, quietly))
        folder = tmp_path / f"export-{number}"
        assert export(url, folder, quietly) == loads[-1].counts["facts"]
        exports.append(files(folder))
        databases.append({name: rows for name, rows in contents(url).items() if name != "revisions"})
    assert all(replace(loads[0], changed=True) == one for one in loads[1:])
    assert all(exported == exports[0] for exported in exports)
    assert all(held == databases[0] for held in databases)
    assert manifest.FILE in exports[0]


@pytest.mark.parametrize("seed", [CITY, SEED], ids=["city", "real"])
@pytest.mark.parametrize("kind", DATABASES)
def test_an_audit_of_what_was_loaded_finds_no_difference(kept_database: KeptDatabase, kind: str, seed: Path) -> None:
    counted, differences = audited(kept_database(kind, seed), quietly)
    assert differences == []
    assert counted["facts"] == sum(counted["standings"].values()) > 0


def test_odd_names_come_out_as_they_went_in(new_database: NewDatabase, tmp_path: Path) -> None:
    url = new_database("sqlite")
    load(url, odd_city(tmp_path), None, quietly)
    export(url, tmp_path / "out", quietly)
    places = yaml.load((tmp_path / "out" / "places.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506
    assert [places[f"odd-{number}"]["zh"] for number in range(len(ODD))] == ODD
    assert [places[f"odd-{number}"]["aliases"] for number in range(len(ODD))] == [[name] for name in ODD]
    table = io.StringIO((tmp_path / "out" / "facts" / "facts.csv").read_text(encoding="utf-8"), newline="")
    notes = {row["subject"]: row["note"] for row in csv.DictReader(table)}
    assert [notes[f"odd-{number}"] for number in range(len(ODD))] == ODD
