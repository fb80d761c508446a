"""The tables of CONTRIBUTING.md and docs/operating.md: `make docs` writes them, `make check` compares them."""

import ast
from pathlib import Path

from typer.main import get_command

from app import cli
from app.settings import Settings

ROOT = Path(__file__).parents[1]
PARTS = ["answers", "store", "text", "queries", "nouns", "http", "api", "seeding"]
FOLDERS = ["app", *(f"app/{part}" for part in PARTS)]
OTHER = {
    "seed/": "the data: a YAML file per noun, `facts/` in YAML and CSV, `pins/` of quotes, `manifest`, `LEFT_OUT.md`",
    "seed-example/": "the same for an invented city, which `docs/another-city.md` builds from three texts",
    "migrations/": "database migrations",
    "tests/": "tests with an invented city and the real seed, on both databases; the project's own rules",
    "bench/": "the benchmark: a seed generator, the alternatives it is compared with, the results",
    "drills/": "deliberate faults: killed loads and servers, races, loads during reads, a whole cluster",
    "deploy/": "that cluster, with Docker Compose: replicas, PostgreSQL with standbys, nginx",
    "docs/decisions/": "the design decisions, one page each",
    "dev.py": "what the Makefile runs",
}


def house() -> str:
    rows = ["| | |", "|---|---|"]
    for folder in FOLDERS:
        rows.append(f"| **`{folder}/`** | {_first_line(ROOT / folder / '__init__.py')} |")
        if folder == "app":
            rows += [f"| `{path.name}` | {_first_line(path)} |" for path in sorted((ROOT / folder).glob("[a-z]*.py"))]
    return "\n".join(rows + [f"| **`{name}`** | {what} |" for name, what in OTHER.items()])


def commands() -> str:
    """The commands, each with what its help says of it."""
    rows = ["| command | what it does |", "|---|---|"]
    listed = get_command(cli.commands).commands  # type: ignore[attr-defined]
    return "\n".join(rows + [f"| `{name}` | {' '.join(one.help.split())} |" for name, one in listed.items()])


def settings() -> str:
    rows = ["| setting | default | what |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "") else f"`{field.default}`"
        rows.append(f"| `FACTBOOK_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


def _first_line(path: Path) -> str:
    documentation = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    return (documentation or "").split("\n", maxsplit=1)[0]
