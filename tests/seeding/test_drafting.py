"""`factbook draft`: what is written passes the check once a person has finished it, and not before."""

import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.cli import commands
from app.seeding.diagnostics import Diagnostic
from app.seeding.drafting import ValueCheck, claim_reader, drafted_text
from app.seeding.evidence import digest
from app.seeding.files import read_yaml
from app.seeding.seeds import read_entities, read_seed
from app.text.periods import read_period
from tests.conftest import CITY
from tests.text.test_claims import PIECES

RUNNER = CliRunner()
TEXT = """\
林渡市工业再上台阶

去年，林渡市汽车产量突破 118 万辆，同比增长 12.5%；其中马洛汽车产量近
30 万辆。全市建成 5G 基站 3200 座，水泥产量 42.6 万吨。到2027年，力争
汽车产量达到 150 万辆。

“它的员工有‘2万人’：真不少。”厂长说。第三届大会于 6 月 18 日上午 9 时召开。
"""
ID = "lindow-daily-2025"
SOURCE = f"""
{ID}: {{zh: 林渡市工业再上台阶, en: Industry climbs, kind: press, published: 2025-07-10, language: zh}}
"""
# What a person writes where the draft has left it open, by the value of the fact.
METRICS = {"1180000": "vehicle-output", "12.5": "vehicle-output-growth", "300000": "vehicle-output",
           "1500000": "vehicle-output", "20000": "employees"}  # fmt: skip


@pytest.fixture
def seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A city with a source whose text is at hand."""
    folder = Path(shutil.copytree(CITY, tmp_path / "seed"))
    with (folder / "sources.yaml").open("a", encoding="utf-8") as sources:
        sources.write(SOURCE)
    (folder / "sources" / f"{ID}.txt").write_text(TEXT, encoding="utf-8")
    monkeypatch.setenv("FACTBOOK_SEED", str(folder))
    return folder


def run(*arguments: str) -> "tuple[int, str]":
    done = RUNNER.invoke(commands, arguments)
    return done.exit_code, done.output if done.exception is None or done.exit_code == 2 else str(done.exception)


def draft(seed: Path, *more: str) -> "tuple[int, str]":
    return run("draft", str(seed / "sources" / f"{ID}.txt"), "--source", ID, *more)


def describe(seed: Path, text: str) -> None:
    """Give the source the sha256 of its text."""
    sources = seed / "sources.yaml"
    described = sources.read_text(encoding="utf-8").replace(
        "published: 2025-07-10", "published: 2025-07-10, sha256: " + digest(text)
    )
    sources.write_text(described, encoding="utf-8")


def finished(text: str) -> str:
    """A draft as a person finishes it: subject and metric given, facts taken out for which there is no metric."""
    head, *facts = re.split(r"(?m)^(?=  - quote)", text)
    kept = []
    for fact in facts:
        value = re.search(r"(?m)^    value: (.*)$", fact)
        assert value
        if metric := METRICS.get(value[1]):
            with_subject = re.sub(r"(?m)^    subject:$", "    subject: marlow-motors", fact)
            kept.append(re.sub(r"(?m)^    metric:.*$", f"    metric: {metric}", with_subject))
    return head + "".join(kept)


def test_a_draft_is_finished_pinned_and_checked(seed: Path) -> None:
    status, told = draft(seed)
    assert status == 0, told
    assert "7 facts to finish." in told
    assert "Left out: a date (" in told
    assert f"Give the source its sha256 in sources.yaml: {digest(TEXT)}" in told
    file = seed / "facts" / f"{ID}.yaml"
    written = file.read_text(encoding="utf-8")
    assert written.startswith("# yaml-language-server: $schema=")
    status, told = run("check", str(seed))
    assert status == 1
    lines = written.split("\n")
    for number, line in enumerate(lines, 1):
        for key in ("subject", "metric"):
            if re.match(rf"    {key}:(\s+#|$)", line) and "proposed" not in line:
                assert re.search(rf"facts/{ID}\.yaml:{number}:\d+: '{key}' is empty", told), line
    file.write_text(finished(written), encoding="utf-8")
    describe(seed, TEXT)
    status, told = run("pin", str(seed))
    assert status == 0, told
    status, told = run("check", str(seed))
    assert status == 0, told
    facts = {one.record.value: one.record for one in read_seed(seed).facts if one.record.source == ID}
    assert facts["1180000"].quote == "林渡市汽车产量突破118万辆"
    assert (facts["1180000"].subject, facts["1180000"].metric) == ("lindow", "vehicle-output")
    assert (facts["1180000"].period, facts["1180000"].period_printed, facts["1180000"].basis) == (
        "2024",
        "去年",
        "relative",
    )
    assert (facts["300000"].bound, facts["300000"].subject) == ("below", "marlow-motors")
    assert (facts["1500000"].period, facts["1500000"].status) == ("2027", "target")


def test_a_unit_that_nobody_described_is_told_of(seed: Path) -> None:
    draft(seed)
    written = (seed / "facts" / f"{ID}.yaml").read_text(encoding="utf-8")
    assert "metric:  # in 吨, which is no word of a unit: describe it in units.yaml" in written


def test_json_has_the_sentences_and_what_was_left_out(seed: Path) -> None:
    _, told = draft(seed, "--json")
    shown = json.loads(told)
    assert set(shown) == {"files", "sha256", "facts", "left_out"}
    assert shown["facts"][0]["value"] == "1180000"
    assert shown["facts"][0]["sentence"].startswith("去年，林渡市汽车产量突破118万辆，")
    assert {"printed": "第三", "why": "an ordinal"}.items() <= shown["left_out"][2].items()
    assert [one["start"] for one in shown["left_out"]] == sorted(one["start"] for one in shown["left_out"])


def test_a_file_that_is_there_is_left_as_it_was(seed: Path) -> None:
    file = seed / "facts" / f"{ID}.yaml"
    file.write_text("source: mine\n", encoding="utf-8")
    status, told = draft(seed)
    assert status == 2
    assert "is there already and was left as it is" in " ".join(told.replace("│", " ").split())
    assert file.read_text(encoding="utf-8") == "source: mine\n"
    status, told = draft(seed, "--output", str(seed / "facts" / "other.yaml"))
    assert status == 0, told
    assert (seed / "facts" / "other.yaml").is_file()


def test_a_seed_without_facts_gets_a_folder_for_them(seed: Path) -> None:
    shutil.rmtree(seed / "facts")
    status, told = draft(seed)
    assert status == 0, told
    assert (seed / "facts" / f"{ID}.yaml").is_file()


def test_an_output_in_a_folder_that_is_not_there_is_a_wrong_command_line(seed: Path) -> None:
    nowhere = seed / "nowhere"
    status, told = draft(seed, "--output", str(nowhere / "facts.yaml"))
    assert status == 2
    assert "is no folder; create it, or name another file with --output" in " ".join(told.replace("│", " ").split())
    assert not nowhere.exists()


def test_a_source_must_be_described(seed: Path) -> None:
    status, told = run("draft", str(seed / "sources" / f"{ID}.txt"), "--source", "lindow-daily-2024")
    assert status == 2
    assert f"did you mean {ID}" in " ".join(told.replace("│", " ").split())
    assert not (seed / "facts" / "lindow-daily-2024.yaml").exists()


def test_another_text_than_that_of_the_source_is_refused(seed: Path) -> None:
    text = seed / "sources" / "lindow-evening-2025.txt"
    text.write_text("产量5万辆。", encoding="utf-8")
    status, told = run("draft", str(text), "--source", "lindow-evening-2025", "--output", str(seed / "new.yaml"))
    assert status == 1
    assert "another text than that of lindow-evening-2025" in told


def test_a_source_without_a_date_leaves_relative_periods_undated(seed: Path) -> None:
    sources = seed / "sources.yaml"
    sources.write_text(sources.read_text(encoding="utf-8").replace("published: 2025-07-10, ", ""), encoding="utf-8")
    _, told = draft(seed)
    assert "The source has no `published`: periods such as 去年 are left undated." in told
    assert "period_printed: 去年" not in (seed / "facts" / f"{ID}.yaml").read_text(encoding="utf-8")


def test_a_text_that_is_not_there_is_a_wrong_command_line(seed: Path) -> None:
    assert run("draft", str(seed / "nowhere.txt"), "--source", ID)[0] == 2


def test_a_text_that_is_not_utf_8_is_refused(seed: Path) -> None:
    (seed / "gbk.txt").write_bytes("产量5万辆。".encode("gbk"))
    status, told = run("draft", str(seed / "gbk.txt"), "--source", ID)
    assert status == 1
    assert "is not UTF-8" in told


def test_a_text_without_numbers_makes_an_empty_file_that_passes(seed: Path) -> None:
    (seed / "sources" / f"{ID}.txt").write_text("没有数字。\n", encoding="utf-8")
    describe(seed, "没有数字。\n")
    assert draft(seed)[0] == 0
    run("pin", str(seed))
    assert run("check", str(seed))[0] == 0


def test_more_facts_than_a_file_may_have_make_several(seed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["app.seeding.drafting"], "MOST_FACTS", 3)
    assert draft(seed)[0] == 0
    names = sorted(path.name for path in (seed / "facts").glob(f"{ID}*"))
    assert names == [f"{ID}-2.yaml", f"{ID}-3.yaml", f"{ID}.yaml"]


CITY_SEED = read_entities(CITY, lambda _what, _count: None)
READER = claim_reader(CITY_SEED)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=60).map("".join)))
def test_a_draft_of_any_text_can_be_read_as_a_seed_and_passes_the_value_check(text: str) -> None:
    check = ValueCheck(CITY_SEED, text)
    held = [check.checked(claim) for claim in READER.read(text, read_period("2025-07-10")).claims]
    assert [against for _, against in held if against and "digits" not in against] == []
    claims = [claim for claim, against in held if against is None]
    source = next(one for one in CITY_SEED.of("sources"))
    mistakes: list[Diagnostic] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "draft.yaml"
        path.write_bytes(drafted_text(source, claims, text).encode())
        facts = read_yaml(path, "facts/draft.yaml", mistakes).data["facts"]
    assert mistakes == []
    assert [fact["quote"] for fact in facts] == [claim.quote for claim in claims]
    assert [fact["printed"] for fact in facts] == [claim.printed for claim in claims]
    assert all({"subject", "metric", "value", "period"} <= fact.keys() for fact in facts)
