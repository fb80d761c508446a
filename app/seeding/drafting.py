"""Drafts of fact files: what a document claims, as facts of which a person gives subject and metric."""

from app.claims.reading import ClaimReader
from app.claims.vocabulary import Metric
from app.seeding import records
from app.seeding.seeds import Seed
from decimal import Decimal

SUBJECTS = ("organizations", "places")


def claim_reader(seed: Seed) -> ClaimReader:
    """A reader of texts with the units, names and metrics of a seed."""
    units, metrics = {}, []
    for unit in seed.of("units"):
        assert isinstance(unit.record, records.Unit)
        units[unit.id] = {word: Decimal(scale) for word, scale in unit.record.printed.items()}
    for one in seed.of("metrics"):
        record = one.record
        assert isinstance(record, records.Metric)
        names = [record.zh, record.en, *record.aliases]
        metrics.append(Metric(one.id, names, record.unit, record.of, record.transform))
    subjects = [
        (name, one.id)
        for noun in SUBJECTS
        for one in seed.of(noun)
        for name in (one.record.zh, one.record.en, *one.record.aliases)
    ]
    return ClaimReader(units, subjects, metrics)
