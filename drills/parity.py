"""Parity: services over SQLite and PostgreSQL are asked the same, hostile values included; both send the same bytes."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import INTERNAL_SERVER_ERROR, NOT_MODIFIED, OK
from itertools import chain, cycle
from pathlib import Path
from random import Random

from drills import databases, drawing
from drills.children import Job, done
from drills.drawing import Asked
from drills.readers import serving
from drills.reading import OF_THE_LOAD
from drills.runs import Run
from drills.sockets import Asking, NoAnswer, Read
from tests.databases import change

NOT_COMPARED, OF_A_PROCESS = ("x-request-id", "date", "last-modified"), (b"/metrics", b"/readyz")
HOSTILE, WALKING, AGAIN = 0.35, 0.3, 0.1  # shares of what is asked, of pages that are followed, of what is asked again
QUICK = {"FACTBOOK_TIME_LIMIT": "30"}  # a busy machine answers, too
MOST_TRIED = 5_000  # requests of a control, until it was caught often enough
TELLS_WHEN = re.compile(rb"/v1(/releases.*)?(\?.*)?", re.DOTALL)  # it was loaded, which its tag depends on
OTHER_TAGS, CHANGE = "one fact without its tags", "DELETE FROM fact_tags WHERE position = 7"


class Questions:
    """What is asked, without end; where an answer leads on, what comes next."""

    def __init__(self, document: dict[str, object], seed: int) -> None:
        self._random = Random(seed)
        self._lot = drawing.Lot(document, f"{seed} lot")
        hostile = [one for one in drawing.hostile(document) if not one.target.startswith(OF_A_PROCESS)]
        self._random.shuffle(hostile)
        self._hostile: Iterator[Asked] = cycle(hostile)

    def next(self) -> Asked:
        return next(self._hostile) if self._random.random() < HOSTILE else self._lot.ask()

    def following(self, asked: Asked, answer: Read) -> Asked | None:
        """The next page, or the same with the tag that was given."""
        if answer.status != OK or self._random.random() > WALKING + AGAIN:
            return None
        if self._random.random() < AGAIN and "etag" in answer.headers:
            return asked._replace(headers=(*asked.headers, (b"if-none-match", answer.headers["etag"].encode())))
        link = answer.headers.get("link", "").partition("<")[2].partition(">")[0]
        return Asked(link.encode(), headers=asked.headers) if link else None


def difference(asked: Asked, first: Read | None, second: Read | None) -> str:
    """In what two answers differ, or how they are wrong together; nothing where they are as they should be."""
    if first is None or second is None:
        return "" if first == second else "only one is answered"
    if first.status >= INTERNAL_SERVER_ERROR:
        return f"{first.status}: {first.body[:200]!r}"
    if first.status != second.status:
        return f"{first.status} and {second.status}"
    but = {*NOT_COMPARED, "etag"} if TELLS_WHEN.fullmatch(asked.target) else NOT_COMPARED
    differing = {*first.headers.items()} ^ {*second.headers.items()}
    if differing := {one for one in differing if one[0] not in but}:
        return f"{sorted(differing)[:4]}"
    bodies = [OF_THE_LOAD.sub(b"", one.body) for one in (first, second)]
    if bodies[0] != bodies[1]:
        at = next((i for i, (a, b) in enumerate(zip(*bodies, strict=False)) if a != b), -1)
        return " and ".join(repr(body[max(0, at - 60) : at + 60]) for body in bodies)
    return ""


def _answer(asking: Asking, asked: Asked) -> Read | None:
    """None where the connection ends without one."""
    try:
        return asking.ask(asked)
    except NoAnswer:
        return None


@contextmanager
def _both(run: Run, changes: tuple[str, ...] = ()) -> Iterator[list[Asking]]:
    """Services over SQLite and PostgreSQL, with the same data but for what is changed in the second."""
    with ExitStack() as stack:
        asking = []
        for kind, more in (("sqlite", ()), (run.kind, changes)):
            kept = stack.enter_context(databases.made(kind, _folder(run, kind)))
            url = kept.new_database()
            done(Job(url, run.real), run.folder)
            for statement in more:
                change(url, statement)
            port, _ = stack.enter_context(serving(url, run.folder / f"{kind}.log", settings=QUICK))
            asking.append(stack.enter_context(closing(Asking(port))))
        yield asking


def _folder(run: Run, kind: str) -> Path:
    folder = run.folder / kind
    folder.mkdir()
    return folder


def _ask(both: list[Asking], run: Run, most: int, enough: int | None = None) -> tuple[Counter[str], list[str]]:
    """How often what was asked, and which answers differ; `enough` of those are enough."""
    counts: Counter[str] = Counter()
    failures: list[str] = []
    questions = Questions(json.loads(both[0].ask(Asked(b"/openapi.json")).body), run.tally.seed)
    following: Asked | None = None
    while counts["requests"] < most and len(failures) != enough:
        asked = following or questions.next()
        first, second = (_answer(one, asked) for one in both)
        following = questions.following(asked, first) if first else None
        counts["requests"] += 1
        counts["with 200"] += first is not None and first.status == OK
        counts["with 304"] += first is not None and first.status == NOT_MODIFIED
        counts["with a hostile value"] += asked.parameter is not None
        counts["of later pages"] += b"after=" in asked.target
        if differing := difference(asked, first, second):
            headers = b", ".join(chain.from_iterable(asked.headers))
            failures.append(f"{asked.method!r} {asked.target[:300]!r} {headers[:100]!r}: {differing}")
    return counts, failures


def parity(run: Run) -> None:
    """So many requests."""
    with _both(run) as both:
        counts, failures = _ask(both, run, run.trials)
    run.tally.seen.update(counts)
    run.tally.count(counts["requests"], failures)


def control_parity(run: Run) -> None:
    """A database that is not quite the same."""
    with _both(run, (CHANGE,)) as both:
        counts, failures = _ask(both, run, MOST_TRIED, 1)
    run.tally.hold_control(OTHER_TAGS, len(failures), counts["requests"], 1)
