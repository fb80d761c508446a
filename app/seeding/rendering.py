"""From the files of a seed to the rows of every table."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from app import answers
from app.nouns import NOUNS
from app.nouns.fields import Row
from app.nouns.sources import SourceRecord
from app.seeding import manifest, records
from app.seeding.auditing import Cited, Counts, audit, coverage
from app.seeding.checks import FactChecks, check_entities, retraction_mistakes, text_folders
from app.seeding.comparisons import Compared, compare
from app.seeding.entity_rows import entity_rows
from app.seeding.evidence import Texts
from app.seeding.fact_answers import FactAnswers
from app.seeding.fact_rows import FactRows
from app.seeding.fact_table import PIECE, read_fact_table
from app.seeding.held import comparable
from app.seeding.mentions import mentions_of
from app.seeding.mistakes import MOST_TOLD, Place, SeedError, SeedMistake
from app.seeding.plain import PlainFacts
from app.seeding.seeds import Progress, Seed, fact_files, read_entities

ALONE = answers.Standing.ALONE.value


@dataclass(frozen=True, slots=True)
class Rendered:
    """A seed in which everything holds: the rows of its entities, its facts in the order of ids, and what they say.

    What is shown of facts is rendered piece by piece, when it is written.
    """

    entities: Mapping[str, list[Row]]
    facts: pl.DataFrame
    codes: Mapping[str, int]
    compared: Compared
    counts: Mapping[str, int]
    quotes_held: int
    _shown: FactAnswers
    _covered: list[answers.Coverage]
    _sources: Mapping[str, SourceRecord]

    def pieces(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """The facts, some at a time, and what is shown of them."""
        for piece in self.facts.iter_slices(PIECE):
            yield piece, self._shown.make(piece)

    def audit(self, revision: str) -> str:
        """The audit, as it is answered."""
        return audit(_counts(self.facts), self.compared, self._sources, self._covered, revision).json_text()


def render(folder: Path, sources: Path | None, progress: Progress, before: manifest.States | None = None) -> Rendered:
    """Read and check a seed, and compare its facts. Raises SeedError with every mistake there is.

    Its files must stay as they were `before`, or else are when it begins.
    """
    before = before or manifest.states(folder)
    seed = read_entities(folder, progress)
    texts = Texts(seed, text_folders(folder, sources))
    seed.mistakes += [*manifest.mistakes(folder), *islice(check_entities(seed), MOST_TOLD)]
    checks = FactChecks(seed, texts)
    table = read_fact_table(seed, checks, PlainFacts(seed, texts), progress)
    wrong = [*seed.mistakes, *texts.mistakes(checks.quotes)]
    if wrong := list(manifest.changed(folder, before)) or wrong:
        raise SeedError(wrong, folder)
    entities, nouns = seed.records(), seed.nouns()
    rows = FactRows(entities, nouns, seed.pins)
    facts = rows.make(table)
    del table  # it is as large as the seed
    if wrong := [*_twins(seed, facts), *retraction_mistakes(seed, _there(seed, facts))]:
        raise SeedError(wrong, folder)
    compared = compare(comparable(facts, entities), entities, nouns)
    facts = _with_standing(facts, compared)
    stored = texts.published()
    rows_of_entities = entity_rows(entities, nouns, mentions_of(facts, rows.codes, nouns), stored)
    if seed.retractions:
        rows_of_entities[records.RETRACTIONS] = [
            {"id": one, "reason": found.record.reason, "successor": found.record.successor}
            for one, found in sorted(seed.retractions.items())
        ]
    return Rendered(
        entities=rows_of_entities,
        facts=facts,
        codes=rows.codes,
        compared=compared,
        counts=_totals(rows_of_entities, facts, compared),
        quotes_held=checks.quotes.held,
        _shown=FactAnswers(entities, nouns),
        _covered=coverage(seed, stored, _cited(facts, stored)),
        _sources={key: one for key, one in entities.items() if isinstance(one, SourceRecord)},
    )


def _totals(entities: Mapping[str, list[Row]], facts: pl.DataFrame, compared: Compared) -> dict[str, int]:
    counts = {"facts": len(facts)} | {key: len(entities[key]) for key, noun in NOUNS.items() if noun.response}
    counts |= {"comparisons": compared.total, "conflicts": compared.conflicts}
    return counts | {"companies": sum(row["kind"] == "company" for row in entities["organizations"])}


def _twins(seed: Seed, facts: pl.DataFrame) -> Iterator[SeedMistake]:
    """Facts that say the same: they have the same id."""
    twins = facts.filter(facts["id"].is_duplicated()).select("id", "file", "line", "column")
    files, first = fact_files(seed.folder), dict[str, Place]()
    for fact_id, file, line, column in islice(twins.iter_rows(), 2 * MOST_TOLD):
        at = Place(f"facts/{files[file].name}", line, column)
        if (twin := first.setdefault(fact_id, at)) != at:
            yield SeedMistake(at, f"says what {twin} says already; keep one of them")


def _there(seed: Seed, facts: pl.DataFrame) -> set[str]:
    """Those of the ids that retractions name which are those of facts."""
    named = {*seed.retractions, *(one.record.successor for one in seed.retractions.values())}
    return set(facts["id"].filter(facts["id"].is_in([one for one in named if one])))


def _with_standing(facts: pl.DataFrame, compared: Compared) -> pl.DataFrame:
    """What became known of facts when all were."""
    known = [(key, compared.standing.get(key), ids) for key, ids in compared.facts.items()]
    columns = {"id": pl.String(), "standing": pl.String(), "comparisons": pl.List(pl.String)}
    found = facts.join(pl.DataFrame(known, columns, orient="row"), on="id", how="left", maintain_order="left")
    return found.with_row_index("position", 1).with_columns(
        pl.col("standing").fill_null(ALONE), pl.col("comparisons").fill_null([])
    )


def _counts(facts: pl.DataFrame) -> Counts:
    said = facts.group_by("kind", "evidence", "basis", "source_id", pl.col("derived").is_not_null()).len()
    reasons = facts["derived"].drop_nulls().value_counts()
    return Counts(Counter({row[:-1]: row[-1] for row in said.iter_rows()}), Counter(dict(reasons.iter_rows())))


def _cited(facts: pl.DataFrame, stored: Mapping[str, str]) -> dict[str, set[Cited]]:
    """By stored text what facts have from it."""
    cited: dict[str, set[Cited]] = defaultdict(set)
    held = facts.filter(pl.col("source_id").is_in(list(stored))).select(
        "source_id", "span_start", "span_end", "printed"
    )
    for source_id, *found in held.drop_nulls().iter_rows():
        cited[source_id].add(Cited(*found))
    return cited
