"""Rendering: from the files of a seed to the rows of all tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from app import answers
from app.answers.evidence import Verdict
from app.nouns import NOUNS
from app.nouns.fields import Row
from app.nouns.sources import SourceRecord
from app.seeding import manifest, records
from app.seeding.auditing import audit, coverage, coverage_of_initiatives
from app.seeding.checks import FactChecks, check_entities, retraction_errors, text_folders
from app.seeding.column_checks import ColumnChecks
from app.seeding.comparisons import Compared, compare
from app.seeding.diagnostics import MOST_ERRORS, Diagnostic, Location, SeedError
from app.seeding.entities import Entities
from app.seeding.entity_rows import entity_rows
from app.seeding.evidence import Texts
from app.seeding.fact_answers import FactAnswers
from app.seeding.fact_rows import FactRows
from app.seeding.fact_table import PIECE, read_fact_table
from app.seeding.mentions import mentions_of
from app.seeding.seeds import Progress, Seed, fact_files, read_entities
from app.seeding.series import gaps_of_series, prefer, series_rows

ALONE = answers.Standing.ALONE.value


@dataclass(frozen=True, slots=True)
class Rendered:
    """A valid seed: the rows of its entities, its facts in the order of ids, and their comparisons.

    The JSON of facts is rendered piece by piece, while it is written.
    """

    entities: Mapping[str, list[Row]]
    facts: pl.DataFrame
    compared: Compared
    counts: Mapping[str, int]
    quotes_checked: int
    records: Entities
    _fact_answers: FactAnswers
    _gaps: pl.DataFrame
    _coverage: list[answers.Coverage]

    def pieces(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """The facts, PIECE at a time, each piece with its JSON and search texts."""
        for piece in self.facts.iter_slices(PIECE):
            yield piece, self._fact_answers.render(piece)

    def series(self) -> Iterator[pl.DataFrame]:
        """The rows of the table of series, piece by piece."""
        return series_rows(self.facts, self._gaps, self.records)

    def audit(self, revision: str) -> str:
        """The JSON of the audit."""
        sources = self.records.of(SourceRecord)
        return audit(self.facts, self.compared.verdicts, sources, self._coverage, revision).json_text()

    def coverage(self, revision: str) -> str:
        """The JSON of the coverage of initiatives."""
        return coverage_of_initiatives(self.facts, self._gaps, self.records, revision).json_text()


def render(folder: Path, sources: Path | None, progress: Progress, before: manifest.States | None = None) -> Rendered:
    """Read and check a seed, and compare its facts. Raises SeedError with all errors.

    Its files must not change in the meantime; `before` is their state before, by default that at the start.
    """
    before = before or manifest.states(folder)
    seed = read_entities(folder, progress)
    texts = Texts(seed, text_folders(folder, sources))
    seed.errors += [*manifest.errors(folder), *islice(check_entities(seed), MOST_ERRORS)]
    table = read_fact_table(seed, FactChecks(seed, texts), ColumnChecks(seed, texts), progress)
    errors = [*seed.errors, *texts.errors()]
    if errors := list(manifest.changed(folder, before)) or errors:
        raise SeedError(errors, folder)
    stored = texts.published()
    entities = seed.records(stored)
    facts = FactRows(entities, seed.pins).build(table)
    del table  # frees as much memory as the seed takes
    if errors := [*_duplicates(seed, facts), *retraction_errors(seed, _existing(seed, facts))]:
        raise SeedError(errors, folder)
    compared = compare(facts, entities)
    facts = prefer(_with_standing(facts, compared), entities)
    rows_of_entities = entity_rows(entities, mentions_of(facts, entities), stored)
    if seed.retractions:
        rows_of_entities[records.RETRACTIONS] = [
            {"id": one, "reason": found.record.reason, "successor": found.record.successor}
            for one, found in sorted(seed.retractions.items())
        ]
    return Rendered(
        entities=rows_of_entities,
        facts=facts,
        compared=compared,
        counts=_totals(rows_of_entities, facts, compared),
        quotes_checked=texts.quotes_checked,
        records=entities,
        _fact_answers=FactAnswers(entities),
        _gaps=gaps_of_series(facts),
        _coverage=coverage(seed, stored, facts),
    )


def _totals(entities: Mapping[str, list[Row]], facts: pl.DataFrame, compared: Compared) -> dict[str, int]:
    counts = {"facts": len(facts)} | {key: len(entities[key]) for key, noun in NOUNS.items() if noun.response}
    counts |= {"comparisons": len(compared.rows), "conflicts": compared.verdicts[Verdict.CONFLICTS]}
    counts |= {"series": facts["series_id"].n_unique() - facts["series_id"].has_nulls()}
    counts["scopes"] = sum(
        tag["kind"] == "scope" and tag["tag_id"] == tag["entity_id"] for tag in entities["entity_tags"]
    )
    return counts | {"companies": sum(row["kind"] == "company" for row in entities["organizations"])}


def _duplicates(seed: Seed, facts: pl.DataFrame) -> Iterator[Diagnostic]:
    """Facts with the same id, which are equal in everything that they state."""
    duplicates = facts.filter(facts["id"].is_duplicated()).select("id", "file", "line", "column")
    files, first = fact_files(seed.folder), dict[str, Location]()
    for fact_id, file, line, column in islice(duplicates.iter_rows(), 2 * MOST_ERRORS):
        at = Location(f"facts/{files[file].name}", line, column)
        if (twin := first.setdefault(fact_id, at)) != at:
            yield Diagnostic(at, f"says what {twin} says already; keep one of them")


def _existing(seed: Seed, facts: pl.DataFrame) -> set[str]:
    """The ids named by retractions that are ids of facts."""
    named = {*seed.retractions, *(one.record.successor for one in seed.retractions.values())}
    return set(facts["id"].filter(facts["id"].is_in([one for one in named if one])))


def _with_standing(facts: pl.DataFrame, compared: Compared) -> pl.DataFrame:
    """Add the position, standing and comparisons of each fact, which depend on all the others."""
    rows = [(key, compared.standing.get(key), ids) for key, ids in compared.facts.items()]
    columns = {"id": pl.String(), "standing": pl.String(), "comparisons": pl.List(pl.String)}
    found = facts.join(pl.DataFrame(rows, columns, orient="row"), on="id", how="left", maintain_order="left")
    return found.with_row_index("position", 1).with_columns(
        pl.col("standing").fill_null(ALONE), pl.col("comparisons").fill_null([])
    )
