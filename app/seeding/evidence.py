"""What a quote says: does it stand in its text, and does it say the value the fact gives?"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, localcontext
from pathlib import Path

from app.answers import Evidence
from app.chinese import Squeezed, find_quote, squeeze
from app.decimals import EXACT_DIGITS, written
from app.printed import Bound, NumberReader, PrintedNumber, normalise
from app.seeding import records
from app.seeding.mistakes import Place, SeedMistake
from app.seeding.seeds import LocatedFact, Pins, Seed

SAYS = {
    Bound.EQ: "exactly",
    Bound.GT: "more than",
    Bound.GE: "at least",
    Bound.LT: "less than",
    Bound.LE: "at most",
    Bound.APPROX: "about",
    Bound.BELOW: "nearly",
}


class Values:
    """Holds the value of a fact against its quote and its printed number."""

    def __init__(self, units: Mapping[str, records.Unit]) -> None:
        self._scales = {
            unit_id: {normalise(word).casefold(): Decimal(scale) for word, scale in unit.printed.items()}
            for unit_id, unit in units.items()
        }
        self._reader = NumberReader(word for scales in self._scales.values() for word in scales)

    def mistakes(self, fact: LocatedFact, unit_id: str) -> list[SeedMistake]:
        """What is wrong with a measurement's value, bound or printed number."""
        with localcontext(prec=EXACT_DIGITS):
            return list(self._mistakes(fact, unit_id))

    def _mistakes(self, fact: LocatedFact, unit_id: str) -> Iterator[SeedMistake]:
        record = fact.record
        printed = squeeze(record.printed or "").text
        quote = squeeze(record.quote).text if record.quote else printed
        at = quote.find(printed)
        if at < 0:
            message = f"{record.printed!r} does not stand in the quote {record.quote!r}; print it as the quote does"
            yield SeedMistake(fact.at("printed"), message)
            return
        if record.derived:
            return
        numbers = [
            number for number in self._reader.read(quote) if number.start < at + len(printed) and number.end > at
        ]
        if not any(self._agrees(number, record, unit_id) for number in numbers):
            yield SeedMistake(fact.at("value"), self._disagreement(record, unit_id, numbers))

    def _agrees(self, number: PrintedNumber, record: records.Fact, unit_id: str) -> bool:
        said = self._in_unit(number, unit_id)
        if said is None:
            return False
        value = record.number
        if number.quotient:
            said = said.quantize(value)
        # A figure was taken down as a bare number; the hedge of its page is in `bound` alone.
        bare = not record.quote and number.bound is Bound.EQ
        return said == value and (bare or number.bound is record.bound)

    def _in_unit(self, number: PrintedNumber, unit_id: str) -> Decimal | None:
        """The printed number in the unit of the fact; None if it is printed in another."""
        if not number.unit:
            return number.value
        scale = self._scales[unit_id].get(number.unit.casefold())
        return None if scale is None else number.value * scale

    def _disagreement(self, record: records.Fact, unit_id: str, numbers: Iterable[PrintedNumber]) -> str:
        said = [self._in_words(number, unit_id) for number in numbers] or ["no number that can be read"]
        claimed = f"{SAYS[record.bound]} {written(record.number)} {unit_id}"
        return (
            f"{record.quote or record.printed!r} says {' and '.join(said)}, the file says {claimed}; "
            "correct value, bound or the metric's unit, or give `derived:` with the reason"
        )

    def _in_words(self, number: PrintedNumber, unit_id: str) -> str:
        said = self._in_unit(number, unit_id)
        if said is None:
            return f"{SAYS[number.bound]} {written(number.value)} {number.unit} (no word of the unit {unit_id})"
        return f"{SAYS[number.bound]} {written(round(said, 6))} {unit_id}"


class Texts:
    """Holds quotes against their texts where those are at hand, and against their pins always."""

    def __init__(self, seed: Seed, folders: Iterable[Path]) -> None:
        self._seed = seed
        self._texts: dict[str, str] = {}
        self.unread: list[SeedMistake] = []
        for folder in folders:
            for source in seed.of("sources"):
                if (path := folder / f"{source.id}.txt").is_file():
                    self._read(source.id, path)
        self._squeezed: dict[str, Squeezed] = {}

    def _read(self, source_id: str, path: Path) -> None:
        try:
            self._texts[source_id] = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            message = "is not UTF-8; save the text as UTF-8, then run `factbook pin`"
            self.unread.append(SeedMistake(Place(f"{path.parent.name}/{path.name}", 1, 1), message))

    def mistakes(self) -> Iterator[SeedMistake]:
        """What is wrong with the pinned sources, their texts and the quotes from them."""
        yield from self.unread
        quoted = {fact.record.source for fact in self._seed.facts if fact.record.quote}
        for source in self._seed.of("sources"):
            record = source.record
            assert isinstance(record, records.Source)  # noqa: S101 - narrows the type for mypy
            pins = self._seed.pins.get(source.id)
            if (text := self._texts.get(source.id)) is not None:
                if record.sha256 != digest(text):
                    message = f"the text has sha256 {digest(text)}; review it, correct sha256, run `factbook pin`"
                    yield SeedMistake(source.at("sha256"), message)
            if record.sha256 and not pins and source.id in quoted - self._seed.unread_pins:
                message = f"there is no pins/{source.id}.json for the quotes from this text; run `factbook pin`"
                yield SeedMistake(source.at("sha256"), message)
            if pins and pins.sha256 != record.sha256:
                yield SeedMistake(Place(pins.file, 1, 1), "pins another text than sources.yaml; run `factbook pin`")
        for name, pins in self._seed.pins.items():
            known = self._seed.entities.get(name)
            if not (known and known.noun == "sources") and not (
                name in self._seed.unread or "sources" in self._seed.unread_nouns
            ):
                yield SeedMistake(Place(pins.file, 1, 1), f"pins the unknown source {name!r}; remove the file")
        for fact in self._seed.facts:
            yield from self._quote_mistakes(fact)

    def _quote_mistakes(self, fact: LocatedFact) -> Iterator[SeedMistake]:
        record = fact.record
        if record.quote is None:
            return
        pins = self._seed.pins.get(record.source)
        pinned = pins and pins.quotes.get(record.quote)
        if record.source in self._texts:
            places = self.find(record.source, record.quote)
            if len(places) != 1:
                yield SeedMistake(fact.at("quote"), _misquoted(record.quote, len(places), record.source))
                return
            if pinned and pinned != places[0]:
                message = f"stands at {places[0]}, its pin says {pinned}; run `factbook pin` and review the change"
                yield SeedMistake(fact.at("quote"), message)
            if record.period_printed and squeeze(record.period_printed).text not in self._squeeze(record.source).text:
                yield SeedMistake(fact.at("period_printed"), f"{record.period_printed!r} does not stand in the text")
            if cut := self._cut_hedge(record, places[0]):
                yield SeedMistake(fact.at("quote"), f"cuts off {cut!r}, which stands beside it; quote it too")
        if pins and not pinned and self._pinned_source(record.source):
            yield SeedMistake(fact.at("quote"), f"is not pinned in pins/{record.source}.json; run `factbook pin`")

    def _cut_hedge(self, record: records.Fact, place: tuple[int, int]) -> str | None:
        """A hedge right before a quote that starts with its number would change what it says."""
        if not record.metric or not record.quote or not record.printed:
            return None
        if not squeeze(record.quote).text.startswith(squeeze(record.printed).text):
            return None
        squeezed = self._squeeze(record.source)
        at = squeezed.starts.index(place[0])
        before = squeezed.text[max(0, at - 3) : at]
        return next(
            (
                word
                for word in ("不超过", "超过", "突破", "不足", "不到", "超", "逾", "近", "约")
                if before.endswith(word)
            ),
            None,
        )

    def _pinned_source(self, source_id: str) -> bool:
        source = self._seed.entities.get(source_id)
        return bool(source and isinstance(source.record, records.Source) and source.record.sha256)

    def find(self, source_id: str, quote: str) -> list[tuple[int, int]]:
        return find_quote(quote, self._squeeze(source_id))

    def _squeeze(self, source_id: str) -> Squeezed:
        if source_id not in self._squeezed:
            self._squeezed[source_id] = squeeze(self._texts[source_id])
        return self._squeezed[source_id]

    def pins(self) -> dict[str, Pins]:
        """The pins of every source whose text is at hand. Quotes that are not found once are left out."""
        quotes: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
        for fact in self._seed.facts:
            source_id, quote = fact.record.source, fact.record.quote
            if quote and source_id in self._texts and len(places := self.find(source_id, quote)) == 1:
                quotes[source_id][quote] = places[0]
        return {
            source_id: Pins(f"pins/{source_id}.json", digest(text), quotes[source_id])
            for source_id, text in self._texts.items()
        }


def _misquoted(quote: str, count: int, source_id: str) -> str:
    if count:
        return f"{quote!r} stands {count} times in the text of {source_id}; quote more, so that it stands once"
    return f"{quote!r} does not stand in the text of {source_id}; quote it word for word"


def evidence_of(record: records.Fact, pins: Mapping[str, Pins]) -> tuple[Evidence, int | None, int | None]:
    """How well a fact is evidenced, and where its quote stands."""
    if record.quote is None:
        return Evidence.FIGURE, None, None
    pinned = pins[record.source].quotes.get(record.quote) if record.source in pins else None
    return (Evidence.VERBATIM, *pinned) if pinned else (Evidence.QUOTED, None, None)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def pins_text(pins: Pins) -> str:
    """A file of pins: one quote a line, in the order of the text, so that a diff can be read."""
    in_order = sorted(pins.quotes.items(), key=lambda item: (item[1], item[0]))
    lines = ",\n".join(
        f"    {json.dumps(quote, ensure_ascii=False)}: [{start}, {end}]" for quote, (start, end) in in_order
    )
    return f'{{\n  "sha256": "{pins.sha256}",\n  "quotes": {{\n{lines}\n  }}\n}}\n'
