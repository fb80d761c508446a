"""Whoever follows docs/another-city.md: its commands, run in a new folder as they stand there, and what they print."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from starlette.testclient import TestClient

from app.main import create_app
from app.settings import PREFIX, Settings
from docs.answer import block

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "another-city.md"
SEED = "seed-example"
# Indented commands, and what is shown in a box below them, which cog may have written.
STEP = re.compile(
    r"(?<=\n\n)(?P<commands>(?: {4}\S.*\n)+)"
    r"(?:\n(?P<cog><!-- \[\[\[cog\n(?:.*\n)*?\]\]\] -->\n)?```(?:text|json)\n(?P<shown>(?:.*\n)*?)```\n)?",
    re.MULTILINE,
)
PROGRESS = re.compile(r"^  .*: \d+\n", re.MULTILINE)  # which commands show while they run
SERVED = "http://localhost:8000"


class Step(NamedTuple):
    """Commands that stand together, what is shown below them, and whether that is generated."""

    commands: list[str]
    shown: str | None
    is_generated: bool


def steps() -> list[Step]:
    found = STEP.finditer(PAGE.read_text(encoding="utf-8"))
    return [Step(one["commands"].replace("    ", "").splitlines(), one["shown"], bool(one["cog"])) for one in found]


@dataclass
class Walk:
    """Somebody who follows the page in a folder, which has what a checkout has, with a database of their own."""

    folder: Path
    database_url: str = ""
    exported: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shutil.copytree(ROOT / SEED, self.folder / SEED)
        script = self.folder / "factbook"
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m app "$@"\n', encoding="utf-8")
        script.chmod(0o755)
        self.database_url = self.database_url or f"sqlite:///{self.folder}/yunting.db"

    def run(self, step: Step) -> str:
        """What the commands of a step print."""
        return "".join(map(self._printed, step.commands))

    def _printed(self, command: str) -> str:
        words = shlex.split(command)
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self.exported[name] = self.database_url if name == f"{PREFIX}DATABASE_URL" else value
            return ""
        if words[0] == "curl":
            return self._answer(words[1].removeprefix(SERVED))
        if words[:2] == ["./factbook", "serve"]:
            return ""  # the service is asked in this process
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        done = subprocess.run(  # noqa: S602 - a command of the page, in the shell of whoever follows it
            command,
            shell=True,
            cwd=self.folder,
            env=environment | self.exported | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return PROGRESS.sub("", done.stdout)

    def _answer(self, path: str) -> str:
        title = self.exported[f"{PREFIX}TITLE"]
        settings = Settings(database_url=self.database_url, title=title, access_log=False)
        with TestClient(create_app(settings)) as client:
            answer = client.get(path)
            assert answer.is_success, answer.text  # noqa: S101 - the page must not show a problem
            return block(answer.json()).removeprefix("```json\n").removesuffix("```")


def answers() -> Iterator[str]:
    """What the page shows below its commands, but for what is written by hand."""
    with tempfile.TemporaryDirectory() as folder:
        walk = Walk(Path(folder))
        for step in steps():
            printed = walk.run(step)
            if step.is_generated:
                yield f"```{'json' if step.commands[-1].startswith('curl') else 'text'}\n{printed}```"
