"""Parity: SQLite and PostgreSQL are asked the same, hostile values included; the answers are the same bytes."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import ExitStack, aclosing
from http.client import INTERNAL_SERVER_ERROR, NOT_MODIFIED, OK
from itertools import chain, cycle
from pathlib import Path
from random import Random

from fastapi import FastAPI
from sqlalchemy import text

from app.database import writing_engine
from drills import databases, drawing
from drills.asgi import Answered, answered, can_be_sent, service
from drills.children import Job, done
from drills.drawing import Asked
from drills.runs import Run

NOT_COMPARED, OF_A_PROCESS = b"x-request-id", b"/metrics"
HOSTILE, WALKING, AGAIN = 0.35, 0.3, 0.1  # shares of what is asked, of pages that are followed, of what is asked again
# Two loads are not made in the same second.
LOADED_AT = (
    "UPDATE revisions SET loaded_at = '2025-01-01T00:00:00+00:00'",
    "UPDATE releases SET answer = replace(answer, loaded_at, '2025-01-01'), loaded_at = '2025-01-01'",
)
MOST_TRIED = 20_000  # requests of a control, until it was caught often enough
# What makes one of two equal databases another.
WRONG = {
    "one row changed": "UPDATE fact_answers SET json = replace(json, ':', ': ') WHERE position = 7",
    "another collation": 'ALTER TABLE entities ALTER COLUMN name_en TYPE text COLLATE "en-x-icu"',
}


def _loaded(url: str, seed: Path, folder: Path, change: str = "") -> str:
    """A database that says it was loaded at the same time as any other."""
    done(Job(url, seed, migrates=True), folder)
    engine = writing_engine(url)
    with engine.begin() as connection:
        for statement in filter(None, (*LOADED_AT, change)):
            connection.execute(text(statement))
    engine.dispose()
    return url


class Questions:
    """What is asked, without end; where an answer leads on, what comes next."""

    def __init__(self, document: dict[str, object], seed: int) -> None:
        self._random = Random(seed)
        self._lot = drawing.Lot(document, f"{seed} lot")
        sendable = filter(can_be_sent, drawing.hostile(document))
        hostile = [one for one in sendable if not one.target.startswith(OF_A_PROCESS)]
        self._random.shuffle(hostile)
        self._hostile: Iterator[Asked] = cycle(hostile)

    def next(self) -> Asked:
        return next(self._hostile) if self._random.random() < HOSTILE else self._lot.ask()

    def following(self, asked: Asked, answer: Answered) -> Asked | None:
        """The next page, or the same with the tag that was given."""
        headers = dict(answer.headers)
        if answer.status != OK or self._random.random() > WALKING + AGAIN:
            return None
        if self._random.random() < AGAIN and b"etag" in headers:
            return asked._replace(headers=(*asked.headers, (b"if-none-match", headers[b"etag"])))
        link = headers.get(b"link", b"").partition(b"<")[2].partition(b">")[0]
        return Asked(link, headers=asked.headers) if link else None


async def _pairs(apps: list[FastAPI], questions: Questions) -> AsyncGenerator[tuple[Asked, list[Answered]], None]:
    """What is asked, and what each answers."""
    following: Asked | None = None
    while True:
        asked = following or questions.next()
        answers = [await answered(app, asked) for app in apps]
        following = questions.following(asked, answers[0])
        yield asked, answers


def difference(first: Answered, second: Answered) -> str:
    """In what two answers differ, or how they are wrong together; nothing where they are as they should be."""
    if first.status >= INTERNAL_SERVER_ERROR:
        return f"{first.status}: {first.body[:200]!r}"
    if first.status != second.status:
        return f"{first.status} and {second.status}"
    headers = [[one for one in answer.headers if one[0].lower() != NOT_COMPARED] for answer in (first, second)]
    if headers[0] != headers[1]:
        return f"{sorted(set(headers[0]) ^ set(headers[1]))[:4]}"
    if first.body != second.body:
        at = next((i for i, (a, b) in enumerate(zip(first.body, second.body, strict=False)) if a != b), -1)
        return f"{first.body[max(0, at - 60) : at + 60]!r} and {second.body[max(0, at - 60) : at + 60]!r}"
    return ""


async def _ask(urls: list[str], run: Run, most: int, enough: int | None = None) -> tuple[Counter[str], list[str]]:
    """How often what was asked, and which answers differ; `enough` of those are enough."""
    counts: Counter[str] = Counter()
    failures: list[str] = []
    with ExitStack() as stack:
        apps = [stack.enter_context(service(url)) for url in urls]
        async with aclosing(_pairs(apps, Questions(apps[0].openapi(), run.tally.seed))) as pairs:
            async for asked, (first, second) in pairs:
                counts["requests"] += 1
                counts["with 200"] += first.status == OK
                counts["with 304"] += first.status == NOT_MODIFIED
                counts["with a hostile value"] += asked.parameter is not None
                counts["of later pages"] += b"after=" in asked.target
                if differing := difference(first, second):
                    headers = b", ".join(chain.from_iterable(asked.headers))
                    failures.append(f"{asked.method!r} {asked.target[:300]!r} {headers[:100]!r}: {differing}")
                if counts["requests"] >= most or len(failures) == enough:
                    return counts, failures
    raise AssertionError("questions do not end")


def parity(run: Run) -> None:
    """So many requests."""
    with databases.made("sqlite", run.folder) as files, databases.made(run.kind, run.folder) as kept:
        urls = [_loaded(one.new_database(), run.real, run.folder) for one in (files, kept)]
        counts, failures = asyncio.run(_ask(urls, run, run.trials))
    run.tally.seen.update(counts)
    run.tally.count(counts["requests"], failures)


def control_parity(run: Run) -> None:
    """Databases that are not quite the same."""
    with databases.made("sqlite", run.folder) as files, databases.made(run.kind, run.folder) as kept:
        right = _loaded(files.new_database(), run.real, run.folder)
        for what, change in WRONG.items():
            wrong = _loaded(kept.new_database(), run.real, run.folder, change)
            counts, failures = asyncio.run(_ask([right, wrong], run, MOST_TRIED, run.catches))
            run.tally.hold_control(what, len(failures), counts["requests"], run.catches)
