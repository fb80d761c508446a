"""Drafts of fact files: what a document claims, as facts of which a person gives subject and metric."""

import bisect
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.seeding import fields, records
from app.seeding.evidence import beside, digest
from app.seeding.mistakes import Place, SeedError, SeedMistake, did_you_mean
from app.seeding.seeds import Located, LocatedFact, Seed, read_entities
from app.seeding.values import Values
from app.text.claims import Claim, ClaimReader, LeftOut
from app.text.decimals import written
from app.text.hedges import Bound
from app.text.normalizing import find_quote, squeeze
from app.text.periods import read_period
from app.text.vocabulary import Metric

SUBJECTS = ("organizations", "places")
LARGEST_TEXT = 1_000_000  # bytes
MOST_FACTS = 2000  # of one file: more would be more values than a file of a seed may have
SHOWN_UNITS = 4
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
    """What was written, and which numbers were left out; whether the source had a sha256 (`described`) and a date."""

    files: list[Path]
    sha256: str
    described: bool
    dated: bool
    claims: list[Claim]
    left_out: list[LeftOut]

    def shown(self) -> dict[str, Any]:
        """As JSON: each number with its sentence, which stays out of the files of a seed."""
        return {
            "files": list(map(str, self.files)),
            "sha256": self.sha256,
            "facts": [_shown(claim) for claim in self.claims],
            "left_out": [_shown(one) for one in self.left_out],
        }

    def sentences(self) -> str:
        whys = Counter(one.why for one in self.left_out)
        lines = [f"{', '.join(map(str, self.files))}: {len(self.claims)} facts to finish."]
        lines += [f"Left out: {', '.join(f'{why} ({count})' for why, count in whys.most_common())}."] if whys else []
        lines += [] if self.described else [f"Give the source its sha256 in sources.yaml: {self.sha256}"]
        if not self.dated:
            lines.append("The source has no `published`: periods such as 去年 are left undated.")
        return "\n".join([*lines, "Give each fact subject and metric, then run `factbook pin` and `factbook check`."])


def draft(document: Path, source_id: str, folder: Path, output: Path | None = None) -> Drafted:
    """Write a file of facts that the document states, and never over one that is there.

    Raises SeedError for a seed or a document that cannot be read, ValueError for a source that is not described,
    FileExistsError for a file that is there.
    """
    seed = read_entities(folder, lambda _what, _count: None)
    if seed.mistakes:
        raise SeedError(seed.mistakes, folder)
    source = _source(seed, source_id)
    record = source.record
    assert isinstance(record, records.Source)  # noqa: S101 - narrows the type for mypy
    text = read_document(document)
    sha256 = digest(text)
    if record.sha256 not in {None, sha256}:
        message = f"{document} has sha256 {sha256}: another text than that of {source_id}; review it, correct sha256"
        raise SeedError([SeedMistake(source.at("sha256"), message)], folder)
    reading = claim_reader(seed).read(text, read_period(record.published) if record.published else None)
    check = ValueCheck(seed, text)
    held = [check.held(claim) for claim in reading.claims]
    claims = [claim for claim, against in held if against is None]
    refused = [LeftOut(claim.printed, claim.start, claim.end, against) for claim, against in held if against]
    left_out = sorted([*reading.left_out, *refused], key=lambda one: one.start)
    files = _write(output or folder / "facts" / f"{source_id}.yaml", source, claims, text)
    return Drafted(files, sha256, record.sha256 is not None, record.published is not None, claims, left_out)


def claim_reader(seed: Seed) -> ClaimReader:
    """A reader of texts with the units, names and metrics of a seed."""
    units = {
        one.id: {word: Decimal(scale) for word, scale in one.record.printed.items()}
        for one in seed.of("units")
        if isinstance(one.record, records.Unit)
    }
    metrics = [
        Metric(one.id, _names(one), one.record.unit, one.record.of, one.record.transform)
        for one in seed.of("metrics")
        if isinstance(one.record, records.Metric)
    ]
    subjects = [
        (name, one.id) for noun in SUBJECTS for one in seed.of(noun) if _is_subject(one) for name in _names(one)
    ]
    return ClaimReader(units, subjects, metrics)


def _names(entity: Located) -> list[str]:
    return [entity.record.zh, entity.record.en, *entity.record.aliases]


def _is_subject(entity: Located) -> bool:
    """The whole world is named beside what is told, not as whom it is told of."""
    return not isinstance(entity.record, records.Place) or entity.record.parent is not None


class ValueCheck:
    """Holds claims against the check that a seed must pass."""

    def __init__(self, seed: Seed, text: str) -> None:
        units = {unit.id: unit.record for unit in seed.of("units") if isinstance(unit.record, records.Unit)}
        self._any = sorted(units)[:1]
        self._values = Values(units)
        self._squeezed = squeeze(text)

    def held(self, claim: Claim) -> tuple[Claim, str | None]:
        """A claim with those of its units that the check takes, and what it says where it takes none."""
        if not fields.DECIMAL.fullmatch(written(claim.value)):
            return claim, "more digits than a value may have"
        if claim.word and not claim.units:
            return claim, None  # its unit must be described first
        said = {unit: self._said(claim, unit) for unit in claim.units or self._any}
        taken = tuple(unit for unit in claim.units if said[unit] is None)
        if taken or None in said.values():
            return replace(claim, units=taken), None
        return claim, next(iter(said.values()), None)

    def _said(self, claim: Claim, unit: str) -> str | None:
        shape = {"source": UNTIL_CHECKED, "value": written(claim.value), "bound": str(claim.bound)}
        record = records.Fact.model_validate(shape | {"printed": claim.printed, "quote": claim.quote})
        (place,) = find_quote(claim.quote, self._squeezed)
        fact = LocatedFact(record, NoEntry(), ())
        return next((one.message for one in self._values.mistakes(fact, unit, beside(place, self._squeezed))), None)


class NoEntry:
    """Where a fact stands that is in no file yet."""

    data: dict[str, Any] = {}  # noqa: RUF012 - nothing writes to it

    def at(self, *path: str | int) -> Place:
        return Place("", 1, 1)


def _source(seed: Seed, source_id: str) -> Located:
    sources = {source.id: source for source in seed.of("sources")}
    if source_id not in sources:
        message = f"{source_id!r} is no source{did_you_mean(source_id, sources)}; describe it in sources.yaml first"
        raise ValueError(message)
    return sources[source_id]


def read_document(document: Path) -> str:
    """The text of a file. Raises SeedError for one that is too long or not UTF-8."""
    place = Place(str(document), 1, 1)
    if document.stat().st_size > LARGEST_TEXT:
        raise SeedError([SeedMistake(place, f"is over {LARGEST_TEXT // 1_000_000} MB; divide the document")])
    try:
        return document.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise SeedError([SeedMistake(place, "is not UTF-8; save the text as UTF-8")]) from error


def _write(path: Path, source: Located, claims: list[Claim], text: str) -> list[Path]:
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


def drafted_text(source: Located, claims: list[Claim], text: str) -> str:
    """The file of facts, subject and metric left empty where they are not plain."""
    lines = [found.end() for found in re.finditer("\n", text)]
    shown = [HEAD.format(count=len(claims), title=source.record.zh, source=source.id)]
    before = 0
    for claim in claims:
        line = bisect.bisect_right(lines, claim.start) + 1
        if line != before:
            shown.append(f"\n  # line {line}\n")
        before = line
        shown.append("".join(_keys(claim)))
    return "".join(shown) if claims else shown[0].replace("facts:\n", "facts: []\n")


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


def _shown(told: Claim | LeftOut) -> dict[str, Any]:
    return {key: written(value) if isinstance(value, Decimal) else value for key, value in asdict(told).items()}
