"""docs/another-city.md, followed from the first command to the last answer, on both databases."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.text.normalizing import squeezed_text
from docs.another_city import PAGE, Step, Walk, steps
from tests import forking
from tests.conftest import DATABASES, ROOT, NewDatabase

EXAMPLE = ROOT / "seed-example"
SHOWN_FACTS = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
Fact = dict[str, Any]


def facts_of(path: Path) -> list[Fact]:
    facts: list[Fact] = yaml.safe_load(path.read_text(encoding="utf-8"))["facts"]
    return facts


def essence(fact: Fact) -> tuple[Any, ...]:
    """What a reader of texts may not get wrong. It may learn to propose more, or the last day of a year."""
    year = str(fact["period"])[:4]
    return squeezed_text(fact["printed"]), fact["value"], fact.get("bound", "eq"), fact.get("status", "actual"), year


def is_draft(step: Step) -> bool:
    return any(command.startswith("./factbook draft ") for command in step.commands)


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page does with ./factbook is done by processes that start at once; `make check` does it as it stands."""
    in_a_shell = subprocess.run

    def run(command: str, *, cwd: Path, env: dict[str, str], **others: Any) -> "subprocess.CompletedProcess[str]":
        program, *arguments = shlex.split(command)
        if program != "./factbook":
            return in_a_shell(command, cwd=cwd, env=env, **others)
        reading, writing = os.pipe()
        called = [sys.executable, "-m", "app", *arguments]
        with forking.Process(called, env=env, cwd=cwd, stdout=writing, stderr=writing) as process:
            os.close(writing)
            with os.fdopen(reading, encoding="utf-8") as file:
                printed = file.read()
        return subprocess.CompletedProcess(called, process.wait(), printed)

    monkeypatch.setattr(subprocess, "run", run)


@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize("kind", DATABASES)
def test_the_page_is_what_comes_out(kind: str, new_database: NewDatabase, tmp_path: Path) -> None:
    walk = Walk(tmp_path, new_database(kind))
    compared = 0
    for step in steps():
        printed = walk.run(step)
        if is_draft(step):
            assert counts(printed) == counts(step.shown or "")
            examine_drafts(tmp_path / "yunting")
            assert ".yaml:" in walk.run(Step(["./factbook check"], None, False)), "a draft is not ready to be loaded"
        elif step.shown is not None:
            assert printed == step.shown, step.commands
            compared += 1
        elif step.commands != ["./factbook serve"]:
            assert not printed, step.commands
    assert compared == PAGE.read_text(encoding="utf-8").count("print(next(answers))")


def counts(printed: str) -> list[str]:
    found = re.findall(r"^.* facts to finish\.$", printed, re.MULTILINE)
    assert found
    return found


def examine_drafts(seed: Path) -> None:
    """Each number is drafted as the finished seed has it, and what is proposed for it is right."""
    drafted = {path.name: facts_of(path) for path in (seed / "facts").iterdir()}
    assert sorted(drafted) == sorted(path.name for path in (EXAMPLE / "facts").iterdir())
    for name, facts in drafted.items():
        finished = {essence(fact): fact for fact in facts_of(EXAMPLE / "facts" / name)}
        assert sorted(map(essence, facts)) == sorted(finished), name
        for fact in facts:
            same = finished[essence(fact)]
            assert {key: fact[key] for key in ("subject", "metric") if fact[key]}.items() <= same.items()
    before, after = (yaml.safe_load(shown)[0] for shown in SHOWN_FACTS)
    assert essence(before) == essence(after)
    assert essence(before) in map(essence, drafted["yunting-communique-2024.yaml"])
    assert after in facts_of(EXAMPLE / "facts" / "yunting-communique-2024.yaml")
    assert {key: value for key, value in before.items() if value}.items() <= after.items(), "a person only adds"


def test_the_texts_that_the_page_quotes_are_those_of_the_seed() -> None:
    quoted = re.findall(r"^> (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    texts = [path.read_text(encoding="utf-8") for path in sorted((EXAMPLE / "sources").iterdir())]
    assert len(quoted) == len(texts) == 3
    assert all(any(quote in text for quote in quoted) for text in texts)


def test_the_invented_city_has_nothing_of_the_first() -> None:
    real = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "seed").glob("*.yaml"))
    written = {path: path.read_text(encoding="utf-8") for path in EXAMPLE.rglob("*.*")}
    assert not [path for path, text in written.items() if re.search("zhengzhou|郑州|henan|河南", text, re.IGNORECASE)]
    for name in ("places", "organizations", "sources", "initiatives"):
        own = set(yaml.safe_load(written[EXAMPLE / f"{name}.yaml"])) - {"world", "china"}
        assert own
        assert not [id_ for id_ in own if f"\n{id_}:" in real]
