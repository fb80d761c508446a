"""No load takes a seed that is not what its manifest says; `factbook pin` is how a change is accepted."""

# ruff: noqa: E501 - a row of a table reads best as one line
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import commands
from app.seeding import manifest
from app.seeding.diagnostics import Diagnostic, SeedError
from app.seeding.exporting import export
from app.seeding.loading import load
from app.seeding.manifest import pin
from app.seeding.unchanged import is_draft
from bench.nouns import write_nouns
from tests.conftest import CITY, SEED, CityDatabase, NewDatabase
from tests.databases import contents
from tests.seeding.breaking import Edit, add, add_bytes, append, folder, remove, swap
from tests.seeding.broken import ARTICLE, FIGURES, PINS, TEXT

RUNNER = CliRunner()
ROW = "lindow,gdp,,{value},,{value}元,,,,,2018,,,,macroeconomy,,lindow-statistics,,,,\n"
ZEROS = "0" * 64


@pytest.mark.parametrize("restored", [False, True], ids=["changed", "changed and changed back"])
@pytest.mark.parametrize("file", ["places.yaml", "facts/statistics.csv"])
def test_a_file_that_changes_while_it_is_read_is_refused(
    file: str, restored: bool, new_database: NewDatabase, tmp_path: Path
) -> None:
    url = new_database("sqlite")
    seed = Path(shutil.copytree(CITY, tmp_path / "seed"))
    whole = (seed / file).read_bytes()

    def meddle(what: str, _count: int) -> None:
        if what == "units":  # nothing else is read by then
            (seed / file).write_bytes(whole + b"\n")
        if what == "facts/statistics.csv" and restored:
            (seed / file).write_bytes(whole)

    with pytest.raises(SeedError, match=f"{file}:1:1: was changed while it was read; run this again"):
        load(url, seed, None, meddle)
    assert load(url, seed, None, lambda _what, _count: None).changed


def quietly(_what: str, _count: int) -> None:
    """No progress is shown."""


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A copy of the city that is no draft."""
    copied = Path(shutil.copytree(CITY, tmp_path / "seed"))
    pin(copied, None)
    return copied


@pytest.fixture(scope="module")
def city(city_database: CityDatabase) -> str:
    return city_database("sqlite")


def refused(url: str, seed: Path) -> list[str]:
    """The mistakes for which a load is refused, the data being as before."""
    before = contents(url)
    with pytest.raises(SeedError) as refusal:
        load(url, seed, None, quietly)
    assert contents(url) == before, "a refused load has changed the data"
    return [str(mistake) for mistake in refusal.value.errors]


def told_by_the_manifest(seed: Path) -> list[Diagnostic]:
    return list(manifest.errors(seed))


def rewrite(file: str, change: Callable[[str], str]) -> Edit:
    def edit(seed: Path) -> str:
        text = (seed / file).read_text(encoding="utf-8")
        assert change(text) != text
        (seed / file).write_bytes(change(text).encode())
        return f"{file}:1:1"

    return edit


def line_of(file: str) -> Edit:
    """The place of a file in the manifest."""

    def find(seed: Path) -> str:
        lines = (seed / manifest.FILE).read_text(encoding="utf-8").splitlines()
        number = next(number for number, line in enumerate(lines, 1) if line.endswith(f" {file}"))
        return f"{manifest.FILE}:{number}:1"

    return find


def at(place: str, edit: Edit) -> Edit:
    """An edit whose mistake is told elsewhere."""
    return lambda seed: (edit(seed), place)[1]


def both(one: Edit, other: Edit) -> Edit:
    return lambda seed: (one(seed), other(seed))[1]


DIFFERENT: list[tuple[str, Edit, str]] = [
    ("another letter", rewrite("places.yaml", lambda text: text.replace("en: Lindow\n", "en: Lyndow\n")), "another text of as many lines; bring it back, or look through the change"),
    ("a row less", rewrite(FIGURES, lambda text: text[: text.rindex("\n", 0, -1) + 1]), "lines, not"),
    ("a row more", rewrite(FIGURES, lambda text: text + ROW.format(value=1)), "lines, not"),
    ("a comment", rewrite("units.yaml", lambda text: f"# so many\n{text}"), "(`git diff` shows it), then run `factbook pin`"),
    ("line ends of another system", rewrite(FIGURES, lambda text: text.replace("\n", "\r\n")), "another text of as many lines"),
    ("an emptied file", rewrite("policies.yaml", lambda _text: ""), "0 lines, not"),
    ("another pin", rewrite(PINS, lambda text: text.replace("[7, 28]", "[8, 28]")), "another text of as many lines"),
    ("another text", rewrite(TEXT, lambda text: text.replace("河东", "河西")), "another text of as many lines"),
    ("a further file of facts", add("facts/more.csv", "subject\n"), "is not in the manifest; look it through, then run `factbook pin`"),
    ("further pins", add("pins/lindow-statistics.json", "{}"), "is not in the manifest"),
    ("a further text", add("sources/lindow-statistics.txt", "x"), "is not in the manifest"),
    ("no facts", remove(FIGURES, at=line_of(FIGURES)), "is not there; bring it back, or look through the change"),
    ("no file of a noun", remove("policies.yaml", at=line_of("policies.yaml")), "policies.yaml with its"),
    ("no text", remove(TEXT, at=line_of(TEXT)), "is not there"),
    ("a folder for a file", both(both(remove(FIGURES), folder(FIGURES)), line_of(FIGURES)), "is not there"),
    ("no manifest", remove(manifest.FILE), "is missing, so the seed may be incomplete"),
    ("an empty manifest", at("places.yaml:1:1", add(manifest.FILE, "")), "is not in the manifest"),
    ("a manifest without its last line", at("units.yaml:1:1", rewrite(manifest.FILE, lambda text: text[: text.rindex("\n", 0, -1) + 1])), "is not in the manifest"),
    ("a line without a digest", append(manifest.FILE, "«12 places.yaml\n"), "is no line of sha256, lines and name of a file"),
    ("a line twice", append(manifest.FILE, f"«{ZEROS} 1 places.yaml\n"), "places.yaml stands here again, after line"),
    ("a file that is nowhere", append(manifest.FILE, f"«{ZEROS} 1 ../places.yaml\n"), "../places.yaml with its 1 lines is not there"),
    ("a draft that lists files", append(manifest.FILE, "«draft\n"), "is no line of sha256, lines and name of a file"),
    ("another digit of a digest", at("places.yaml:1:1", rewrite(manifest.FILE, lambda text: re.sub(r"\w(?= \d+ places)", lambda digit: "1" if digit[0] == "0" else "0", text))), "another text of as many lines"),
    ("another count", at("places.yaml:1:1", rewrite(manifest.FILE, lambda text: text.replace(" places.yaml", "0 places.yaml"))), "lines, not"),
    ("a folder for a manifest", both(remove(manifest.FILE), folder(manifest.FILE)), "cannot be read"),
    ("a manifest of other bytes", add_bytes(manifest.FILE, b"\xff\xfe"), "is not UTF-8"),
    ("a word for a manifest", add(manifest.FILE, "drafts\n"), "is no line of sha256, lines and name of a file"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "message"), [case[1:] for case in DIFFERENT], ids=[case[0] for case in DIFFERENT])
def test_a_seed_that_is_not_what_its_manifest_says_is_refused(city: str, seed: Path, edit: Edit, message: str) -> None:
    place = edit(seed)
    told = refused(city, seed)
    assert any(one.startswith(f"{place}: ") and message in one for one in told), "\n".join(told)


def test_a_change_is_told_beside_all_other_mistakes(city: str, seed: Path) -> None:
    places = [
        swap(ARTICLE, "value: 12.5\n", "value: «12.6\n")(seed),
        swap("events.yaml", "period: undated", "period: «2021-13")(seed),
        add("facts/more.csv", "subject\n")(seed),
    ]
    told = [one.split(": ")[0] for one in refused(city, seed)]
    assert sorted(told) == sorted([*places, f"{ARTICLE}:1:1", "events.yaml:1:1"])


def test_a_change_is_taken_once_it_is_pinned(city: str, seed: Path) -> None:
    first = load(city, seed, None, quietly)
    swap("places.yaml", "en: Lindow\n", "en: Lyndow\n")(seed)
    assert len(refused(city, seed)) == 1
    assert pin(seed, None).manifest == manifest.Changes(16, added=[], changed=["places.yaml"], removed=[])
    second = load(city, seed, None, quietly)
    assert (second.changed, second.revision == first.revision) == (True, False)


def test_a_wrong_manifest_is_refused_even_if_its_data_is_loaded(city: str, seed: Path) -> None:
    load(city, seed, None, quietly)
    assert not load(city, seed, None, quietly).changed
    rewrite(manifest.FILE, lambda text: text.replace(" places.yaml", "0 places.yaml"))(seed)
    assert len(refused(city, seed)) == 1


def test_pinning_twice_changes_nothing_and_tells_what_changed_between(seed: Path) -> None:
    before = (seed / manifest.FILE).read_bytes()
    assert pin(seed, None).manifest == manifest.Changes(16, [], [], [])
    assert (seed / manifest.FILE).read_bytes() == before
    (seed / FIGURES).rename(seed / "facts" / "figures.csv")
    append("units.yaml", "# so many\n")(seed)
    told = RUNNER.invoke(commands, ["pin", str(seed)], catch_exceptions=False).stdout.splitlines()
    assert told == [
        "pins/lindow-evening-2025.json: 23 quotes", "manifest: 16 files", "  added: facts/figures.csv",
        "  changed: units.yaml", f"  removed: {FIGURES}",
    ]  # fmt: skip
    assert told_by_the_manifest(seed) == []


def test_nothing_is_pinned_of_a_seed_with_a_wrong_quote(seed: Path) -> None:
    before = {path: path.read_bytes() for path in seed.rglob("*") if path.is_file() and path != seed / ARTICLE}
    swap(ARTICLE, "quote: 位于港口区", "quote: 位于港口小区")(seed)
    with pytest.raises(SeedError, match="does not stand in the text"):
        pin(seed, None)
    assert all(path.read_bytes() == written for path, written in before.items())


@pytest.mark.parametrize("name", ["two\nlines.csv", "a\u2028.csv", b"\xff.csv".decode(errors="surrogateescape")])
def test_a_name_that_does_not_fit_into_a_line_is_refused(city: str, seed: Path, name: str) -> None:
    (seed / FIGURES).rename(seed / "facts" / name)
    assert any("is not in the manifest" in one for one in refused(city, seed))
    with pytest.raises(SeedError, match="has a name that the manifest cannot hold"):
        pin(seed, None)


def test_the_name_of_a_file_may_be_chinese(city: str, seed: Path) -> None:
    (seed / FIGURES).rename(seed / "facts" / "统计 公报.csv")
    pin(seed, None)
    assert load(city, seed, None, quietly).counts["facts"] == 69


def test_a_draft_is_checked_against_no_digest_and_reported_as_a_draft(
    monkeypatch: pytest.MonkeyPatch, seed: Path, new_database: NewDatabase
) -> None:
    monkeypatch.setenv("FACTBOOK_DATABASE_URL", new_database("sqlite"))
    (seed / manifest.FILE).write_text("# not done yet\ndraft\n", encoding="utf-8")
    append(FIGURES, ROW.format(value=7))(seed)
    for command in ("check", "load"):
        done = RUNNER.invoke(commands, [command, str(seed)], catch_exceptions=False)
        assert done.exit_code == 0
        assert "The seed is a draft: its files are not checked against a manifest" in done.stderr
        assert json.loads(RUNNER.invoke(commands, [command, str(seed), "--json"]).stdout)["held_against"] == "draft"
    RUNNER.invoke(commands, ["pin", str(seed)], catch_exceptions=False)
    for command in ("check", "load"):
        done = RUNNER.invoke(commands, [command, str(seed)], catch_exceptions=False)
        assert "draft" not in done.stderr
        assert json.loads(RUNNER.invoke(commands, [command, str(seed), "--json"]).stdout)["held_against"] == "manifest"


def test_the_real_seed_is_no_draft_and_its_manifest_is_the_one_that_pin_writes(tmp_path: Path) -> None:
    assert not is_draft(SEED)
    assert told_by_the_manifest(SEED) == []
    copied = Path(shutil.copytree(SEED, tmp_path / "seed"))
    (copied / manifest.FILE).unlink()
    pin(copied, None)
    assert (copied / manifest.FILE).read_bytes() == (SEED / manifest.FILE).read_bytes()


def test_the_real_seed_is_refused_where_its_manifest_was_lost(tmp_path: Path, city: str) -> None:
    copied = Path(shutil.copytree(SEED, tmp_path / "seed"))
    remove(manifest.FILE)(copied)
    assert refused(city, copied) == [
        "manifest:1:1: is missing, so the seed may be incomplete; review it, then run `factbook pin`"
    ]


def test_an_export_has_a_manifest_that_holds(city: str, seed: Path, tmp_path: Path) -> None:
    load(city, seed, None, quietly)
    exported = tmp_path / "exported"
    export(city, exported, quietly)
    assert not is_draft(exported)
    assert told_by_the_manifest(exported) == []
    swap("places.yaml", "Lindow", "Lyndow")(exported)
    assert [mistake.place.file for mistake in told_by_the_manifest(exported)] == ["places.yaml"]


def test_a_seed_of_the_benchmark_is_a_draft(tmp_path: Path) -> None:
    write_nouns(1000, tmp_path / "seed")
    assert is_draft(tmp_path / "seed")
