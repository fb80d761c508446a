"""Drafts of fact files: what a document claims, as facts of which a person gives subject and metric."""

import bisect
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from app.nouns import NOUNS
from app.nouns.fields import DECIMAL
from app.nouns.metrics import MetricRecord
from app.nouns.places import PlaceRecord
from app.nouns.sources import SourceRecord
from app.nouns.units import UnitRecord
from app.seeding import records
from app.seeding.diagnostics import Diagnostic, Location, SeedError, did_you_mean
from app.seeding.evidence import beside, digest
from app.seeding.files import YamlEntry
from app.seeding.seeds import LocatedEntity, LocatedFact, Seed, read_entities
from app.seeding.values import Values
from app.text.claims import Claim, ClaimReader, LeftOut
from app.text.decimals import written
from app.text.hedges import Bound
from app.text.normalizing import find_quote, squeeze
from app.text.periods import read_period
from app.text.vocabulary import MetricTerm

LARGEST_TEXT = 1_000_000  # bytes
MOST_FACTS = 2000  # of one file: more would be more values than a file of a seed may have
SHOWN_UNITS = 4
NOWHERE = YamlEntry("", {}, {(): (1, 1)})  # of a fact that is in no file yet
UNTIL_CHECKED = "until-checked"  # stands for what a person gives, while the rest of a fact is checked
# What YAML reads as it stands: it begins with a letter or digit, and holds no mark of a key or a comment.
PLAIN = re.compile(r"(?!.*(?::\s|\s#|:$))[^\W_].*")
HEAD = """\
# yaml-language-server: $schema=../../schemas/facts.schema.json
# A draft of {count} facts from {title}.
# Give each its subject and metric, correct what is wrong, remove what is no fact; then run `factbook pin` and `check`.
source: {source}
facts:
"""


@dataclass(frozen=True, slots=True)
class Drafted:
    """What was written, and which numbers were left out."""

    files: list[Path]
    source: SourceRecord
    sha256: str
    claims: list[Claim]
    left_out: list[LeftOut]

    def shown(self) -> dict[str, Any]:
        """As JSON: each number with its sentence, which stays out of the files of a seed."""
        return {
            "files": list(map(str, self.files)),
            "sha256": self.sha256,
            "facts": [_as_json(claim) for claim in self.claims],
            "left_out": [_as_json(one) for one in self.left_out],
        }

    def sentences(self) -> str:
        whys = Counter(one.why for one in self.left_out)
        lines = [f"{', '.join(map(str, self.files))}: {len(self.claims)} facts to finish."]
        lines += [f"Left out: {', '.join(f'{why} ({count})' for why, count in whys.most_common())}."] if whys else []
        lines += [] if self.source.sha256 else [f"Give the source its sha256 in sources.yaml: {self.sha256}"]
        if not self.source.published:
            lines.append("The source has no `published`: periods such as 去年 are left undated.")
        return "\n".join([*lines, "Give each fact subject and metric, then run `factbook pin` and `factbook check`."])


def draft(document: Path, source_id: str, folder: Path, output: Path | None = None) -> Drafted:
    """Write a file of facts that the document states, and never over one that is there.

    Raises SeedError for a seed or a document that cannot be read, ValueError for a source that is not described or an
    output in a folder that is not there, FileExistsError for a file that is there.
    """
    seed = read_entities(folder, lambda _what, _count: None)
    if seed.errors:
        raise SeedError(seed.errors, folder)
    sources = seed.records().of(SourceRecord)
    if source_id not in sources:
        hint = did_you_mean(source_id, sources)
        raise ValueError(f"{source_id!r} is no source{hint}; describe it in sources.yaml first")
    source, record = seed.entities[source_id], sources[source_id]
    text = read_document(document)
    sha256 = digest(text)
    if record.sha256 not in {None, sha256}:
        message = f"{document} has sha256 {sha256}: another text than that of {source_id}; review it, correct sha256"
        raise SeedError([Diagnostic(source.at("sha256"), message)], folder)
    reading = claim_reader(seed).read(text, read_period(record.published) if record.published else None)
    check = ValueCheck(seed, text)
    claims, left_out = [], list(reading.left_out)
    for claim, refusal in map(check.checked, reading.claims):
        if refusal is None:
            claims.append(claim)
        else:
            left_out.append(LeftOut(claim.printed, claim.start, claim.end, refusal))
    left_out.sort(key=lambda one: one.start)
    path = output or folder / "facts" / f"{source_id}.yaml"
    if output and not output.parent.is_dir():
        raise ValueError(f"{output.parent} is no folder; create it, or name another file with --output")
    path.parent.mkdir(exist_ok=True)  # a seed without facts has no such folder yet
    files = _write(path, source, claims, text)
    return Drafted(files, record, sha256, claims, left_out)


def claim_reader(seed: Seed) -> ClaimReader:
    """A reader of texts with the units, names and metrics of a seed."""
    entities = seed.records()
    units = {
        key: {word: Decimal(scale) for word, scale in one.printed.items()}
        for key, one in entities.of(UnitRecord).items()
    }
    metrics = [
        MetricTerm(key, one.names, one.unit, one.of, one.transform) for key, one in entities.of(MetricRecord).items()
    ]
    subjects = [
        (name, key)
        for noun in NOUNS.values()
        if noun.is_named_in_texts
        for key, one in entities.of(noun.record).items()
        # The whole world, which is a place without a parent, is no subject of what is said beside its name.
        if not isinstance(one, PlaceRecord) or one.parent
        for name in one.names
    ]
    return ClaimReader(units, subjects, metrics)


class ValueCheck:
    """Checks claims as the facts of a seed are checked."""

    def __init__(self, seed: Seed, text: str) -> None:
        units = seed.records().of(UnitRecord)
        self._any = sorted(units)[:1]
        self._values = Values(units)
        self._squeezed = squeeze(text)

    def checked(self, claim: Claim) -> tuple[Claim, str | None]:
        """A claim with those of its units that the check accepts, and what it says if it accepts none."""
        if not DECIMAL.fullmatch(written(claim.value)):
            return claim, "more digits than a value may have"
        if claim.word and not claim.units:
            return claim, None  # its unit must be described first
        refusals = {unit: self._refusal(claim, unit) for unit in claim.units or self._any}
        accepted = tuple(unit for unit in claim.units if refusals[unit] is None)
        if accepted or None in refusals.values():
            return replace(claim, units=accepted), None
        return claim, next(iter(refusals.values()), None)

    def _refusal(self, claim: Claim, unit: str) -> str | None:
        shape = {"source": UNTIL_CHECKED, "value": written(claim.value), "bound": str(claim.bound)}
        record = records.FactRecord.model_validate(shape | {"printed": claim.printed, "quote": claim.quote})
        (place,) = find_quote(claim.quote, self._squeezed)
        fact = LocatedFact(record, NOWHERE, ())
        return next((one.message for one in self._values.errors(fact, unit, beside(place, self._squeezed))), None)


def read_document(document: Path) -> str:
    """The text of a file. Raises SeedError for one that is too long or not UTF-8."""
    place = Location(str(document))
    if document.stat().st_size > LARGEST_TEXT:
        raise SeedError([Diagnostic(place, f"is over {LARGEST_TEXT // 1_000_000} MB; divide the document")])
    try:
        return document.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise SeedError([Diagnostic(place, "is not UTF-8; save the text as UTF-8")]) from error


def _write(path: Path, source: LocatedEntity, claims: list[Claim], text: str) -> list[Path]:
    """Write as many files as a seed needs for so many facts, none of them over one that is there."""
    parts = [claims[at : at + MOST_FACTS] for at in range(0, len(claims), MOST_FACTS)] or [[]]
    paths = [path, *(path.with_stem(f"{path.stem}-{number}") for number in range(2, len(parts) + 1))]
    for one in paths:
        if one.exists():
            raise FileExistsError(f"{one} is there already and was left as it is; name another file with --output")
    for one, part in zip(paths, parts, strict=True):
        with one.open("xb") as file:  # nor over one that has come meanwhile
            file.write(drafted_text(source, part, text).encode())
    return paths


def drafted_text(source: LocatedEntity, claims: list[Claim], text: str) -> str:
    """The file of facts, subject and metric left empty where they are not plain."""
    head = HEAD.format(count=len(claims), title=source.record.zh, source=source.id)
    if not claims:
        return head.replace("facts:\n", "facts: []\n")
    ends = [found.end() for found in re.finditer("\n", text)]
    shown = [head]
    for line, same_line in groupby(claims, key=lambda claim: bisect.bisect_right(ends, claim.start) + 1):
        shown.append(f"\n  # line {line}\n")
        shown += chain.from_iterable(map(_keys, same_line))
    return "".join(shown)


def _keys(claim: Claim) -> Iterator[str]:
    """The keys of a fact in the order of the files by hand, a line each."""
    yield f"  - quote: {_scalar(claim.quote)}\n"
    yield f"    subject: {claim.subject}  # proposed\n" if claim.subject else "    subject:\n"
    yield f"    metric: {claim.metric}  # proposed\n" if claim.metric else f"    metric:  # {_unit(claim)}\n"
    yield f"    value: {written(claim.value)}\n"
    if claim.bound is not Bound.EQ:
        yield f"    bound: {claim.bound}\n"
    yield f"    printed: {_scalar(claim.printed)}\n"
    if claim.status != "actual":
        yield f"    status: {claim.status}\n"
    yield f"    period: {claim.period}\n"
    if claim.period_printed.isprintable() and claim.period_printed:
        yield f"    period_printed: {_scalar(claim.period_printed)}\n"
        yield f"    basis: {claim.basis}\n"


def _unit(claim: Claim) -> str:
    """What is known of the unit, for whoever picks the metric."""
    if not claim.word:
        return "no unit is printed"
    if not claim.units:
        return f"in {claim.word}, which is no word of a unit: describe it in units.yaml"
    more = f" or another unit of {claim.word}" if len(claim.units) > SHOWN_UNITS else ""
    return f"in {' or '.join(claim.units[:SHOWN_UNITS])}{more}"


def _scalar(text: str) -> str:
    return text if PLAIN.fullmatch(text) else f"'{text.replace(chr(39), chr(39) * 2)}'"


def _as_json(claim: Claim | LeftOut) -> dict[str, Any]:
    return {key: written(value) if isinstance(value, Decimal) else value for key, value in asdict(claim).items()}
