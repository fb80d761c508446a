"""One part of the facts, read, checked and rendered by one process, and what it tells of them."""

import pickle
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from operator import itemgetter
from pathlib import Path

import orjson

from app.seeding import records
from app.seeding.auditing import Cited, Counts
from app.seeding.checks import FactChecks
from app.seeding.csv_files import Share
from app.seeding.evidence import Quotes, Texts
from app.seeding.fact_rows import COLUMNS, FactRow, FactRows, Span, span
from app.seeding.held import HELD
from app.seeding.mistakes import MOST_TOLD, SeedMistake
from app.seeding.runs import Runs, batched, without_collector
from app.seeding.seeds import LocatedFact, Progress, Seed, read_facts
from app.seeding.slicing import Slices
from app.seeding.tags import Tag, Tagger, Tags
from app.text.decimals import json_bytes
from app.text.normalizing import index_words

# Kinds of rows: what is told of a fact before anything is written, what is shown of it and read in it, and its slices.
TOLD, SHOWN, SLICED = "told", "shown", "sliced"
EVIDENCED = itemgetter(*map(COLUMNS.index, ("kind", "evidence", "basis", "source_id")))  # of a row: see `Evidenced`
SPAN = itemgetter(*map(COLUMNS.index, ("source_id", "span_start", "span_end")))
# Facts that take each step together: a processor that does the same for a while does it a quarter quicker.
BATCH = 500


@dataclass(slots=True)
class Told:
    """What parts tell of their facts, beside the runs they write; it grows with the entities, not with the facts."""

    mistakes: list[SeedMistake] = field(default_factory=list)
    quotes: Quotes = field(default_factory=Quotes)
    appearances: Counter[str] = field(default_factory=Counter)
    passed_on: dict[str, set[Tag]] = field(default_factory=lambda: defaultdict(set))
    mentions: dict[Span, set[str]] = field(default_factory=lambda: defaultdict(set))
    words: set[str] = field(default_factory=set)
    counts: Counts = field(default_factory=Counts)
    cited: dict[str, set[Cited]] = field(default_factory=lambda: defaultdict(set))  # by stored text

    def join(self, other: "Told") -> None:
        self.mistakes += other.mistakes
        self.quotes.join(other.quotes)
        self.appearances += other.appearances
        self.words |= other.words
        self.counts.join(other.counts)
        for source_id, cited in other.cited.items():
            self.cited[source_id] |= cited
        for entity_id, tags in other.passed_on.items():
            self.passed_on[entity_id] |= tags
        for days, entity_ids in other.mentions.items():
            self.mentions[days] |= entity_ids


@dataclass(frozen=True, slots=True)
class Part:
    """A share of the facts of a seed, and the folder its runs are written to."""

    seed: Seed
    text_folders: list[Path]
    share: Share
    folder: Path

    @without_collector()
    def work(self, progress: Progress = lambda _what, _count: None) -> Told:
        """Read and check each fact, and render it while there is no mistake."""
        seed = self.seed
        known = len(seed.mistakes)
        checks = FactChecks(seed, Texts(seed, self.text_folders))
        rendering = _Rendering(self, seed.records(), seed.nouns())
        mistakes: list[SeedMistake] = []
        for facts in batched(read_facts(seed, self.share, progress), BATCH):
            mistakes += chain.from_iterable(map(checks.mistakes, facts))
            if not mistakes and not seed.mistakes:
                rendering.add(facts)
            elif len(mistakes) + len(seed.mistakes) >= MOST_TOLD:
                break
        told = rendering.told
        told.mistakes = [*mistakes, *seed.mistakes[known:]]
        told.quotes = checks.quotes
        rendering.close()
        return told


class _Rendering:
    def __init__(self, part: Part, entities: dict[str, records.EntityRecord], nouns: dict[str, str]) -> None:
        self.told = Told()
        self._part = part
        self._number = 0
        self._tagger = Tagger(entities, nouns, self.told.passed_on)
        self._rows = FactRows(entities, nouns, part.seed.pins, self._tagger)
        self._stored = {path.stem for path in (part.seed.folder / "sources").glob("*.txt")}
        self._slices = Slices()
        self._runs = Runs(part.folder, f"{part.share.number:03d}", (TOLD, SHOWN, SLICED))
        self._held = Runs(part.folder, f"{part.share.number:03d}", (HELD,))

    def add(self, facts: list[LocatedFact]) -> None:
        rows = [self._rows.make(fact.record) for fact in facts]
        words = [index_words(row.search) for row in rows]
        self._tell(rows)
        self.told.words.update(*(ascii_words for ascii_words, _ in words))
        for row in rows:
            if row.held:
                self._held.add(held=row.held.row())
        in_slices = [self._slices.add(row.tags, row.period, row.metric_id, row.value) for row in rows]
        for fact, row, (ascii_words, pairs), listed in zip(facts, rows, words, in_slices, strict=True):
            self._number += 1  # no two rows are alike, so that sorting looks no further
            place, shown = fact.at(), packed(row)
            self._runs.add(
                told=(row.id, place.file, place.line, place.column, _mark(shown, row.tags)),
                shown=(row.id, self._number, shown, " ".join([*ascii_words, *pairs])),
                sliced=(row.id, self._number, self._part.share.number, *listed),
            )

    def _tell(self, facts: list[FactRow]) -> None:
        told = self.told
        told.counts.facts.update((*EVIDENCED(fact.row), fact.derived is not None) for fact in facts)
        told.counts.reasons.update(fact.derived for fact in facts if fact.derived)
        told.appearances.update(chain.from_iterable(fact.mentions for fact in facts))
        for fact in facts:
            source_id, start, end = SPAN(fact.row)
            if source_id in self._stored and fact.printed and start is not None:
                told.cited[source_id].add(Cited(start, end, fact.printed))
            self._tagger.pass_on(fact.tags, fact.mentions)
            if fact.period:
                told.mentions[span(fact.period)] |= fact.mentions

    def close(self) -> None:
        self._runs.close()
        self._held.close()
        with slices_path(self._part.folder, self._part.share.number).open("wb") as file:
            pickle.dump(self._slices, file)


def slices_path(folder: Path, number: int) -> Path:
    return folder / f"{number:03d}.slices"


def packed(fact: FactRow) -> bytes:
    """What is shown of a fact as one value, which takes little memory."""
    return json_bytes([fact.row, fact.answer, fact.search])


def unpacked(shown: bytes) -> tuple[list[str | int | None], str, str]:
    row, answer, search = orjson.loads(shown)
    return row, answer, search


def _mark(shown: bytes, tags: Tags) -> bytes:
    """A digest of all that can be asked of a fact and answered."""
    digest = sha256(shown)
    digest.update(repr(tags.every()).encode())
    return digest.digest()
