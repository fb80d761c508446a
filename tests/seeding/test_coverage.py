"""Which numbers of a stored text no fact has, each with its place."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.seeding import manifest
from app.seeding.recomputing import sentences
from app.seeding.rendering import render
from tests.conftest import CITY

TEXT = (CITY / "sources" / "lindow-evening-2025.txt").read_text(encoding="utf-8")
FACTS = "facts/lindow-evening-2025.yaml"


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CITY, tmp_path / "seed"))


def audit(folder: Path) -> dict[str, Any]:
    (folder / manifest.FILE).write_text(f"{manifest.DRAFT}\n", encoding="utf-8")
    counted: dict[str, Any] = json.loads(render(folder, None, lambda _what, _count: None).audit("r-0"))
    return counted


def without(folder: Path, quote: str) -> None:
    """Leave out the facts of a quote, and its pin."""
    text = (folder / FACTS).read_text(encoding="utf-8")
    head, *facts = text.split("\n  - ")
    kept = [one for one in facts if quote not in one.partition("\n")[0]]
    assert len(kept) < len(facts)
    (folder / FACTS).write_text("\n  - ".join([head, *kept]), encoding="utf-8")
    pins = folder / "pins" / "lindow-evening-2025.json"
    known = json.loads(pins.read_text(encoding="utf-8"))
    known["quotes"] = {one: place for one, place in known["quotes"].items() if quote not in one}
    pins.write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")


def test_a_text_whose_numbers_are_all_facts_is_covered(seed: Path) -> None:
    (covered,) = audit(seed)["texts"]
    assert covered["source"] == "lindow-evening-2025"
    assert covered["numbers"] == covered["used"] > 10
    assert covered["unused"] == []


def test_a_number_that_no_fact_has_is_told_with_its_place(seed: Path) -> None:
    before = audit(seed)["texts"][0]
    without(seed, "规划建设玻璃产线 12 条")
    (covered,) = audit(seed)["texts"]
    assert (covered["numbers"], covered["used"]) == (before["numbers"], before["used"] - 1)
    (unused,) = covered["unused"]
    assert unused["printed"] == "12条", "without the layout of the page"
    assert TEXT[unused["start"] : unused["end"]] == "12 条"
    assert "lindow-evening-2025 uses 17 of 18" in sentences(audit(seed), [])


def test_a_text_that_is_only_read_to_verify_is_not_told_of(seed: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (seed / "sources").rename(elsewhere)
    (seed / manifest.FILE).write_text(f"{manifest.DRAFT}\n", encoding="utf-8")
    assert json.loads(render(seed, elsewhere, lambda _what, _count: None).audit("r-0"))["texts"] == []
