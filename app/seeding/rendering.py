"""From the files of a seed to the rows of every table, and the revision they make, with bounded memory."""

import hashlib
import json
import multiprocessing
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from app.seeding import manifest, records
from app.seeding.auditing import audit, coverage
from app.seeding.checks import check_entities, retraction_mistakes, text_folders
from app.seeding.comparisons import compare
from app.seeding.csv_files import Share
from app.seeding.entity_rows import EntityRows
from app.seeding.evidence import Texts
from app.seeding.fact_rows import span
from app.seeding.mistakes import MOST_TOLD, Place, SeedError, SeedMistake
from app.seeding.parts import TOLD, Part, Told
from app.seeding.runs import in_order
from app.seeding.seeds import Progress, Seed, fact_files, read_entities
from app.seeding.tags import Row, Tagger
from app.store.schema import crc
from app.temporary_folders import temporary_folder
from app.text.normalizing import search_text
from app.text.periods import read_period

UNSHOWN = {"units", "relations", "identities"}
# Below so many bytes of facts a process of their own would start longer than it works.
LARGE = 5_000_000


@dataclass(frozen=True, slots=True)
class Rendered:
    """A seed in which everything holds: the rows of its entities, and the folder that holds the runs of its facts.

    `revision` is a digest of all that can be asked and answered.
    """

    entities: Mapping[str, list[Row]]
    words: list[str]
    folder: Path
    parts: int
    revision: str
    counts: dict[str, int]
    audit: str  # as it is answered
    quotes_held: int


@contextmanager
def rendered(
    folder: Path, sources: Path | None, progress: Progress, before: manifest.States | None = None
) -> Iterator[Rendered]:
    """Read, check and render a seed. Raises SeedError with every mistake there is.

    Its files must stay as they were `before`, or else are when it begins.
    """
    before = before or manifest.states(folder)
    seed = read_entities(folder, progress)
    texts = text_folders(folder, sources)
    seed.mistakes += [*manifest.mistakes(folder), *islice(check_entities(seed), MOST_TOLD)]
    with temporary_folder() as runs:
        shares = _shares(folder)
        parts = [Part(seed, texts, Share(number, shares), runs) for number in range(shares)]
        told = _work(parts, progress)
        at_hand = Texts(seed, texts)
        wrong = [*seed.mistakes, *told.mistakes, *at_hand.mistakes(told.quotes)]
        wrong = list(manifest.changed(folder, before)) or wrong
        if wrong:
            raise SeedError(wrong, folder)
        entities, nouns, stored = seed.records(), seed.nouns(), at_hand.published()
        rows = _entity_rows(entities, nouns, told, stored)
        compared = compare(runs, entities, nouns)
        if seed.retractions:  # a seed without any keeps its revision
            rows[records.RETRACTIONS] = [
                {"id": one, "reason": found.record.reason, "successor": found.record.successor}
                for one, found in sorted(seed.retractions.items())
            ]
        revision, facts = _revision(rows, runs, seed, compared.digest)
        counts = {"facts": facts} | {noun: len(rows[noun]) for noun in records.NOUNS if noun not in UNSHOWN}
        counts |= {"comparisons": compared.total, "conflicts": compared.conflicts}
        counts["companies"] = sum(row["kind"] == "company" for row in rows["organizations"])
        cited = {key: one for key, one in entities.items() if isinstance(one, records.Source)}
        covered = coverage(seed, stored, told.cited)
        audited = audit(told.counts, compared, cited, covered, revision).json_text()
        yield Rendered(rows, sorted(told.words), runs, shares, revision, counts, audited, told.quotes.held)


@contextmanager
def processes_beside(count: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that do not outlive the block, whatever ends it."""
    with ProcessPoolExecutor(count, multiprocessing.get_context("spawn")) as processes:
        try:
            yield processes
        except BaseException:
            for child in multiprocessing.active_children():
                child.terminate()
            raise


def _shares(folder: Path) -> int:
    large = sum(path.stat().st_size for path in fact_files(folder) if path.is_file()) >= LARGE
    return len(os.sched_getaffinity(0)) if large and hasattr(os, "sched_getaffinity") else 1


def _work(parts: list[Part], progress: Progress) -> Told:
    """Let each part work in a process of its own, the first in this one."""
    mine, *others = parts
    if not others:
        return mine.work(progress)
    with processes_beside(len(others)) as processes:
        working = [processes.submit(part.work) for part in others]
        told = mine.work(progress)
        for one in working:
            told.join(one.result())
    return told


def _entity_rows(
    entities: Mapping[str, records.EntityRecord], nouns: Mapping[str, str], told: Told, texts: Mapping[str, str]
) -> dict[str, list[Row]]:
    tagger = Tagger(entities, nouns, told.passed_on)
    rows: dict[str, list[Row]] = defaultdict(list)
    maker = EntityRows(entities, nouns, told.appearances, texts)
    for entity_id, record in sorted(entities.items()):
        tags = tagger.of_entity(entity_id)
        made = maker.make(entity_id, tags)
        answer = made.answer.json_text() if made.answer else "{}"
        rows["entities"].append(
            {
                "id": entity_id,
                "type": records.TYPES[nouns[entity_id]],
                "name_zh": record.zh,
                "name_en": record.en,
                "aliases": json.dumps(record.aliases, ensure_ascii=False),
                "search": search_text(entity_id, record.zh, record.en, *record.aliases, *made.more_names),
                "answer": answer,
                "answer_crc": crc(answer),
            }
        )
        rows[nouns[entity_id]].append(made.row)
        for name, others in made.more_rows.items():
            rows[name] += others
        rows["entity_tags"] += [{"entity_id": entity_id, **tag} for tag in tags.rows()]
    rows["mentions"] = list(_mentions(told, entities, tagger))
    rows["source_texts"] = [{"id": source_id, "text": text} for source_id, text in texts.items()]
    return rows


def _mentions(told: Told, entities: Mapping[str, records.EntityRecord], tagger: Tagger) -> Iterator[Row]:
    for event_id, record in entities.items():
        if isinstance(record, records.Event) and (period := read_period(record.period)):
            about = {tag_id for _, tag_id in tagger.of_entity(event_id).every()}
            told.mentions[span(period)] |= {event_id, *about, *(one.id for one in record.participants)}
    for (start, end), entity_ids in sorted(told.mentions.items()):
        for entity_id in sorted(entity_ids):
            yield {"entity_id": entity_id, "period_start": start, "period_end": end}


def _revision(rows: Mapping[str, Iterable[Row]], runs: Path, seed: Seed, compared: bytes) -> tuple[str, int]:
    """The revision, and how many facts there are. Raises SeedError for facts that say the same."""
    digest = hashlib.sha256(compared)
    for name in sorted(rows):
        for row in rows[name]:
            digest.update(repr([name, *row.values()]).encode())
    facts, first, twins = 0, None, []
    named = {*seed.retractions, *(one.record.successor for one in seed.retractions.values())}
    there: set[str] = set()
    for fact in in_order(runs, TOLD):
        fact_id, *place, mark = fact
        if first and first[0] == fact_id:
            twin = Place(*first[1:4])
            twins.append(SeedMistake(Place(*place), f"says what {twin} says already; keep one of them"))
            if len(twins) == MOST_TOLD:
                break
            continue
        first = fact
        facts += 1
        digest.update(mark)
        if fact_id in named:
            there.add(fact_id)
    if wrong := [*twins, *retraction_mistakes(seed, there)]:
        raise SeedError(wrong, seed.folder)
    return f"r-{digest.hexdigest()[:16]}", facts
