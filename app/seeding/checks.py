"""Checks across records: references, trees, kinds of facts, and their evidence."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.nouns import NOUNS, TYPES
from app.nouns.events import EventRecord
from app.nouns.fields import To
from app.nouns.identities import IdentityRecord
from app.nouns.metrics import MetricRecord
from app.nouns.sources import SourceRecord
from app.nouns.units import UnitRecord
from app.seeding.diagnostics import Diagnostic, did_you_mean
from app.seeding.evidence import Texts
from app.seeding.records import NOWHERE
from app.seeding.seeds import LocatedFact, LocatedRecord, Seed
from app.seeding.values import Values
from app.text.periods import UNDATED, Basis, read_period

MEASUREMENT_KEYS = ("subject", "metric", "value", "printed")
OF_VALUES = ("bound", "derived", "scope", "measure", "vintage", "market")  # keys that say something of a value
RELATION_KEYS = ("subject", "relation", "object")
# Words for a year, and how many years before the publication of the document it is.
YEARS_BACK = {"去年": 1, "上年": 1, "今年": 0, "本年": 0, "前年": 2, "last year": 1, "this year": 0}
KINDS = "a fact has metric and value, or relation and object, or event"


def check_entities(seed: Seed) -> Iterator[Diagnostic]:
    """Errors in entities that cannot be found within one file."""
    for entity in seed.entities.values():
        yield from _references(seed, entity)
    yield from _cycles(seed)
    entities = seed.records()
    for key, metric in entities.of(MetricRecord).items():
        if bool(metric.of) != bool(metric.transform):
            lacking = "transform" if metric.of else "of"
            yield Diagnostic(seed.entities[key].at(), f"`of` and `transform` go together; add {lacking!r}")
    for key, identity in entities.of(IdentityRecord).items():
        if not identity.is_whole:
            message = "is no identity; give `total` and two `parts` at least, or `share`, `part` and `whole`"
            yield Diagnostic(seed.entities[key].at(), message)
        named = {"total": identity.total, "share": identity.share, "part": identity.part}
        for name, term in [*named.items(), *(("parts", part) for part in identity.parts)]:
            if term and term.within:
                message = "`within` is for the whole of a share only; leave it out"
                yield Diagnostic(seed.entities[key].at(name), message)


def text_folders(seed_folder: Path, sources: Path | None) -> list[Path]:
    """The folders with texts: the one in the seed, whose texts are published, and FACTBOOK_SOURCES."""
    return [seed_folder / "sources", *([sources] if sources else [])]


def retraction_errors(seed: Seed, there: set[str]) -> Iterator[Diagnostic]:
    """Errors in retractions; `there` are the ids in them that are ids of facts."""
    for fact_id, retraction in seed.retractions.items():
        if fact_id in there:
            yield Diagnostic(retraction.at(), f"{fact_id!r} is still a fact; take it out, or this line")
        successor = retraction.record.successor
        if successor and successor not in there:
            message = f"{successor!r} is no fact of this seed; name the one that stands in its place today"
            yield Diagnostic(retraction.at("successor"), message)


def _references(seed: Seed, located: LocatedRecord[Any]) -> Iterator[Diagnostic]:
    for path, target, nouns in _named(located.record, ()):
        known = seed.entities.get(target)
        if (not nouns or known.noun in nouns) if known else _may_be_invalid(seed, target, nouns):
            continue
        candidates = [entity.id for entity in seed.entities.values() if not nouns or entity.noun in nouns]
        what = " or ".join(TYPES[noun] for noun in nouns) or "entity"
        but = f" but {_a(TYPES[known.noun])}" if known else ""
        yield Diagnostic(located.at(*path), f"{target!r} is no {what}{but}{did_you_mean(target, candidates)}")


def _may_be_invalid(seed: Seed, target: str, nouns: tuple[str, ...]) -> bool:
    """Whether an unknown id is, or may be, that of an invalid record, which is reported already."""
    return target in seed.invalid_ids or bool(seed.invalid_nouns.intersection(nouns or NOUNS))


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"  # a unit


def _named(
    record: BaseModel, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str, tuple[str, ...]]]:
    """The references of a record: the path, the id, and the nouns that it may be of."""
    for name, info in _references_of(type(record)).items():
        value = getattr(record, name)
        if isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, BaseModel):
                    yield from _named(item, (*path, name, index))
                elif info:
                    yield (*path, name, index), item, info.nouns
        elif isinstance(value, BaseModel):
            yield from _named(value, (*path, name))
        elif info and value is not None and value != NOWHERE:
            yield (*path, name), value, info.nouns


@cache
def _references_of(shape: type[BaseModel]) -> dict[str, To | None]:
    """The fields of a record that name ids; None for those whose own records do."""
    found = [(name, info, _reference(info)) for name, info in shape.model_fields.items()]
    return {name: mark for name, info, mark in found if mark or _names_ids_within(info.annotation)}


def _reference(info: FieldInfo | Any) -> To | None:
    """The `To` mark of a field, wherever in its type it stands."""
    for mark in getattr(info, "metadata", ()) or getattr(info, "__metadata__", ()):
        if isinstance(mark, To):
            return mark
    inner = get_args(info.annotation if isinstance(info, FieldInfo) else info)
    return next((found for part in inner if (found := _reference(part))), None)


def _names_ids_within(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return bool(_references_of(annotation))
    return any(map(_names_ids_within, get_args(annotation)))


def _cycles(seed: Seed) -> Iterator[Diagnostic]:
    """Trees whose entities name others of their own noun as what they belong to."""
    records = seed.records()
    for entity in seed.entities.values():
        marks = _references_of(type(entity.record))
        for field in (name for name, mark in marks.items() if mark and mark.nouns == (entity.noun,)):
            walked = [entity.id]
            while (up := str(getattr(records.get(walked[-1]), field, None) or "")) and up not in walked:
                walked.append(up)
            if up == entity.id:
                message = f"is its own ancestor: {' -> '.join([*walked, up])}; break the circle"
                yield Diagnostic(entity.at(field), message)


class FactChecks:
    """Checks facts one by one."""

    def __init__(self, seed: Seed, texts: Texts) -> None:
        self._seed, self._texts, entities = seed, texts, seed.records()
        units = entities.of(UnitRecord)
        self._values = Values(units)
        self._units = {key: one.unit for key, one in entities.of(MetricRecord).items() if one.unit in units}
        self._sources, self._events = entities.of(SourceRecord), entities.of(EventRecord)

    def errors(self, fact: LocatedFact) -> Iterator[Diagnostic]:
        """Errors in a fact that cannot be found in the fact alone."""
        yield from _references(self._seed, fact)
        yield from _kind(fact)
        yield from self._period(fact)
        unit = self._units.get(fact.record.metric or "")
        if unit and fact.record.value is not None and fact.record.printed is not None:
            yield from self._values.errors(fact, unit, self._texts.around(fact.record))
        yield from self._texts.quote_errors(fact)

    def _period(self, fact: LocatedFact) -> Iterator[Diagnostic]:
        record = fact.record
        if record.period is None and record.event is None:
            yield Diagnostic(fact.at(), f"'period' is missing; give it, or write `period: {UNDATED}`")
            return
        event = self._events.get(record.event or "")
        undated = (record.period or (event and event.period)) == UNDATED
        if record.basis and undated != (record.basis is Basis.UNDATED):
            fitting = "undated, or leave it out" if undated else "stated, relative or inferred"
            message = f"the basis {record.basis} does not go with this period; write {fitting}"
            yield Diagnostic(fact.at("basis"), message)
        yield from self._printed_year(fact)
        if record.basis is Basis.RELATIVE and not record.period_printed:
            message = "a relative period needs `period_printed`: the words it was resolved from, such as 去年"
            yield Diagnostic(fact.at("basis"), message)

    def _printed_year(self, fact: LocatedFact) -> Iterator[Diagnostic]:
        """Errors for a period that does not include the year printed, or the one that 去年 means given its source."""
        record = fact.record
        period = read_period(record.period) if record.period else None
        source = self._sources.get(record.source)
        if not period or not record.period_printed or not source:
            return
        years = {int(year) for year in re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", record.period_printed)}
        if published := source.published:
            years |= {
                int(published[:4]) - back for word, back in YEARS_BACK.items() if word in record.period_printed.lower()
            }
        outside = sorted(year for year in years if not period.start.year <= year <= period.end.year)
        if outside:
            message = (
                f"{record.period_printed!r} is {outside[0]}, which {record.period} does not hold; correct one of them"
            )
            yield Diagnostic(fact.at("period"), message)


def _kind(fact: LocatedFact) -> Iterator[Diagnostic]:
    record = fact.record
    kinds = [key for key in ("metric", "relation", "event") if getattr(record, key) is not None]
    if len(kinds) != 1:
        which = f"has {' and '.join(kinds)}" if kinds else "has none of metric, relation, event"
        yield Diagnostic(fact.at(), f"{which}; {KINDS}")
        return
    allowed: tuple[str, ...] = {"metric": MEASUREMENT_KEYS, "relation": RELATION_KEYS, "event": ("event",)}[kinds[0]]
    for key in allowed:
        if getattr(record, key) is None:
            yield Diagnostic(fact.at(), f"{key!r} is missing; a fact with {kinds[0]} needs {', '.join(allowed)}")
    for key in {*MEASUREMENT_KEYS, *RELATION_KEYS, "event"} - set(allowed):
        if getattr(record, key) is not None:
            yield Diagnostic(fact.at(key), f"{key!r} does not go with {kinds[0]}; {KINDS}")
    for key in OF_VALUES:
        if kinds != ["metric"] and key in record.model_fields_set:
            yield Diagnostic(fact.at(key), f"{key!r} does not go with {kinds[0]}; it says something of a value")
