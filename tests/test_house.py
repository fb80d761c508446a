"""The rules of the house: what DESIGN and CONTRIBUTING promise of names, files, docs and migrations."""

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from typer.main import get_command

from app import tables
from app.api import ROUTERS
from app.cli import commands
from app.errors import ApiError
from app.nouns import NOUNS
from app.nouns.listed import COLLECTIONS
from app.seeding.seeds import read_seed
from docs import answer
from tests.conftest import ROOT, SEED, Service
from tests.document import LISTS, OPENAPI, example, parameters, resolved, written

LONGEST_FILE = 300
LONGEST_README = 120
LONGEST_CAPTION = 120
CAP_WORDS = re.compile(r"_?[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*")
LONG_SENTENCE = 40  # characters; a shorter one may be right twice
VAGUE_NAMES = {"utils", "helpers", "common", "core", "misc", "service", "manager", "repository"}
SHOWN_NOUNS = sorted({plural for plural, noun in NOUNS.items() if noun.response} | {"facts"})
PYTHON_FILES = [
    path
    for folder in ("app", "bench", "drills", "migrations", "tests", "docs")
    for path in (ROOT / folder).rglob("*.py")
]


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name]


@pytest.mark.parametrize("path", PYTHON_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_says_what_it_is_and_fits_in_one_sitting(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if not text.strip():
        return
    caption = (ast.get_docstring(ast.parse(text)) or "").split("\n")[0]
    assert caption, "the first line of a file completes 'this file is ...'"
    assert len(caption) <= LONGEST_CAPTION
    assert path.stem not in VAGUE_NAMES
    # A whole schema is one migration, however long.
    assert {"tests", "versions"} & set(path.relative_to(ROOT).parts) or text.count("\n") <= LONGEST_FILE


def type_names(module: ast.Module) -> list[str]:
    """The classes of a module, its type aliases, which are in CapWords, and its type variables."""
    named = [one.name for one in ast.walk(module) if isinstance(one, ast.ClassDef)]
    for statement in module.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            is_variable = ast.unparse(statement.value).startswith("TypeVar(")
            names = [one.id for one in targets if isinstance(one, ast.Name)]
            named += [name for name in names if is_variable or CAP_WORDS.fullmatch(name)]
    return named


def test_a_type_name_stands_for_one_thing() -> None:
    defined: dict[str, list[str]] = {}
    for path in (ROOT / "app").rglob("*.py"):
        for name in type_names(ast.parse(path.read_text(encoding="utf-8"))):
            defined.setdefault(name, []).append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in defined.items() if len(paths) > 1} == {}


def test_the_readme_is_short_and_repeats_nothing_of_the_operating_guide_which_lists_every_command() -> None:
    readme, guide = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/operating.md"))
    assert readme.count("\n") <= LONGEST_README
    lines = [*readme.splitlines(), *guide.splitlines()]
    words = " ".join(line for line in lines if line and not line.startswith(("    ", "|", "#", "<")))
    sentences = Counter(sentence for sentence in re.split(r"(?<=[.:;]) ", words) if len(sentence) > LONG_SENTENCE)
    assert [sentence for sentence, count in sentences.items() if count > 1] == []
    listed = re.findall(r"^\| `([a-z]+)` \| ", guide, re.MULTILINE)
    assert sorted(listed) == sorted(get_command(commands).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("noun", SHOWN_NOUNS)
def test_a_noun_has_the_same_word_everywhere(noun: str) -> None:
    seed = ROOT / "seed" / ("facts" if noun == "facts" else f"{noun}.yaml")
    assert seed.exists()
    assert (ROOT / "app/nouns" / f"{noun}.py").exists()
    assert noun in tables.METADATA.tables
    assert {f"/v1/{noun}", f"/v1/{noun}/{{id}}", f"/v1/{noun}.csv", f"/v1/{noun}.ndjson"} <= set(OPENAPI["paths"])
    assert noun in {one.plural for one in COLLECTIONS}


def test_every_route_is_on_the_docs_page_under_a_tag_that_is_described() -> None:
    documented = [(route.path, tag) for router in ROUTERS for route in router.routes for tag in route.tags]  # type: ignore[attr-defined]
    assert {path for path, _ in documented} == set(OPENAPI["paths"])
    assert {tag for _, tag in documented} <= {tag["name"] for tag in OPENAPI["tags"]}


def test_every_operation_is_described_with_examples() -> None:
    seen = set()
    for path, operations in OPENAPI["paths"].items():
        for operation in operations.values():
            assert re.fullmatch(r"[a-z][A-Za-z]+", operation["operationId"]), path
            assert operation["summary"], path
            assert operation["description"], path
            assert operation["tags"], path
            assert "422" not in operation["responses"], path
            seen.add(operation["operationId"])
            for parameter in resolved(operation.get("parameters", [])):
                assert parameter["description"], (path, parameter["name"])
                assert example(parameter) is not None or parameter["name"] in NOT_SHOWN, (path, parameter["name"])
    assert len(seen) == sum(len(operations) for operations in OPENAPI["paths"].values())


# Of what is another in each database, or is told in the description, the document shows no example.
NOT_SHOWN = {"as_of", "after", "fields"}
# What a parameter is only asked beside.
BESIDE = {
    "char": {"source": "zhengzhou-feature-2025"},
    "match": {"value": "100000.."},
    "bom": {"format": "csv"},
}


@pytest.mark.parametrize("path", LISTS)
def test_a_list_answers_every_question_it_offers(path: str, real: Service) -> None:
    for name, parameter in parameters(path).items():
        if name == "after":
            continue  # no document has a real cursor; paging has tests of its own
        shown = {"as_of": real.client.get("/v1").json()["revision"], "fields": "id"}.get(name, example(parameter))
        value = written(shown)
        answer = real.client.get(path, params=BESIDE.get(name, {}) | {name: value})
        assert answer.status_code == 200, (name, value, answer.text)


TRUST, HISTORY = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8"), "## History"


def documented_curls() -> list[tuple[str, str]]:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "app").rglob("*.py")]
    texts += [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/series.md")]
    texts.append(TRUST.partition(HISTORY)[0])
    return sorted(set(re.findall(r"curl '(http://localhost:8000[^'\n]*)'(?: --json '([^'\n]*)')?", "\n".join(texts))))


@pytest.mark.parametrize(("url", "sent"), documented_curls())
def test_a_documented_curl_answers(url: str, sent: str, real: Service) -> None:
    path = url.removeprefix("http://localhost:8000")
    answer = real.client.post(path, json=json.loads(sent)) if sent else real.client.get(path)
    assert answer.status_code == 200, answer.text
    if "data" in (answer.json() if answer.headers["content-type"] == "application/json" else {}):
        assert answer.json()["data"], "an example shows something"


def test_a_documented_curl_of_the_history_answers_as_the_page_shows() -> None:
    paths = re.findall(r"curl 'http://localhost:8000([^'\n]*)'", TRUST.partition(HISTORY)[2])
    shown = [answer.listed(paths[0]), answer.block(answer.ask(paths[1])["data"][-1]), answer.gone(paths[2])]
    assert all(one in TRUST for one in [*shown, answer.whole(paths[3])])


def test_the_example_of_an_id_opens(real: Service) -> None:
    named = [(path, one) for path in OPENAPI["paths"] for one in parameters(path).values() if one["in"] == "path"]
    assert len(named) > len(LISTS)
    for path, parameter in named:
        opened = real.client.get(re.sub(r"\{\w+\}", written(example(parameter)), path))
        # No text of the first sources is ours to publish.
        assert opened.status_code == (404 if path.endswith("/text") else 200), (path, opened.text)


def test_the_seed_has_no_unused_sources_metrics_or_relations() -> None:
    seed = read_seed(SEED)
    left_out = (SEED / "LEFT_OUT.md").read_text(encoding="utf-8")  # says why they have no fact
    metrics = [one.record for one in seed.of("metrics")]
    organizations = [one.record for one in seed.of("organizations")]
    used = {
        "sources": {one.record.source for one in seed.facts}
        | {getattr(one, "source", None) for one in organizations}
        | {one.id for one in seed.of("sources") if (getattr(one.record, "address", None) or one.id) in left_out}
        | {one.id for one in seed.of("sources") if one.id in left_out},
        "metrics": {one.record.metric for one in seed.facts} | {getattr(one, "of", None) for one in metrics},
        "relations": {one.record.relation for one in seed.facts},
    }
    for noun, named in used.items():
        assert {one.id for one in seed.of(noun)} <= named, noun


def test_there_are_curls_to_try() -> None:
    assert len(documented_curls()) > 15


def problems(kind: type[ApiError] = ApiError) -> list[type[ApiError]]:
    return [one for sub in kind.__subclasses__() for one in (sub, *problems(sub))]


def test_every_error_has_a_status_a_kind_and_a_place_in_the_tree() -> None:
    drawn = (ROOT / "app" / "errors.py").read_text(encoding="utf-8").split('"""')[1]
    assert len({one.kind for one in problems()}) == len(problems())
    for one in problems():
        assert re.search(rf"─ {one.__name__} +{one.status} ", drawn), one


def test_the_locks_name_no_address_and_every_hash() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert "://" not in text
        assert text.count("==") <= text.count("--hash=sha256:")


DANGEROUS = {
    "S307": "eval(question)\n",
    "S602": "import subprocess\n\nsubprocess.run(question, shell=True, check=True)\n",
    "S608": 'rows = f"SELECT id FROM facts WHERE id = {question}"\n',
    "S301": "import pickle\n\npickle.loads(question)\n",
}


@pytest.mark.parametrize("rule", DANGEROUS)
def test_the_linter_does_find_what_is_dangerous(rule: str) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--output-format=concise", "--stdin-filename=app/sample.py", "-"],
        input=DANGEROUS[rule],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f" {rule} " in checked.stdout


def test_no_path_of_a_machine_and_no_article_is_committed() -> None:
    forbidden = re.compile(r"/work/|/home/\w+/|pypi\.org|pythonhosted|npmjs|debian\.org|farm-studio|farm-bench")
    for path in tracked_files():
        if path.name == "test_house.py" or not path.is_file():
            continue
        found = forbidden.search(path.read_bytes().decode("utf-8", errors="replace"))
        assert not found, f"{path}: {found}"
    assert not list((ROOT / "seed" / "sources").glob("zhengzhou*")), "the article is not ours to publish"
