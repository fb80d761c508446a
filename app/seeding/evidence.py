"""Quotes and their positions: found in a text of known sha256, and pinned for those who do not have the text."""

import bisect
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from app.nouns.sources import SourceRecord
from app.seeding.diagnostics import Diagnostic, Location
from app.seeding.records import FactRecord, PinFile
from app.seeding.seeds import LocatedFact, Seed
from app.seeding.values import Around
from app.text.normalizing import Squeezed, find_quote, squeeze, squeezed_text

BESIDE = 40  # characters; no hedge, magnitude and unit together are longer


class Texts:
    """Checks quotes against the texts that are available, and against all pins."""

    def __init__(self, seed: Seed, folders: Iterable[Path]) -> None:
        self._seed, self._sources = seed, seed.records().of(SourceRecord)
        self._texts: dict[str, str] = {}
        self._folder = seed.folder / "sources"
        self._published: set[str] = set()  # texts in the seed itself
        self.errors_in_files: list[Diagnostic] = []
        # Of the facts checked so far: the sources they quote, their pinned quotes, and how many were checked in a text.
        self._quoted: set[str] = set()
        self._pinned: set[tuple[str, str]] = set()
        self.quotes_checked = 0
        for folder in folders:
            for source_id in self._sources:
                if (path := folder / f"{source_id}.txt").is_file():
                    self._read(source_id, path)
        self._squeezed = {source_id: squeeze(text) for source_id, text in self._texts.items()}
        self._places: dict[tuple[str, str], list[tuple[int, int]]] = {}

    def _read(self, source_id: str, path: Path) -> None:
        place = Location(f"{path.parent.name}/{path.name}")
        try:
            self._texts[source_id] = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            message = "is not UTF-8; save the text as UTF-8, then run `factbook pin`"
            self.errors_in_files.append(Diagnostic(place, message))
            return
        if path.parent == self._folder:
            self._published.add(source_id)
            if "\0" in self._texts[source_id]:
                message = "has a character U+0000, which PostgreSQL cannot store; take it out, then run `factbook pin`"
                self.errors_in_files.append(Diagnostic(place, message))

    @property
    def available(self) -> set[str]:
        """The sources whose texts are available."""
        return set(self._texts)

    def published(self) -> dict[str, str]:
        """The texts in the seed itself; those in FACTBOOK_SOURCES are used for checks, and never stored."""
        return {source_id: self._texts[source_id] for source_id in sorted(self._published)}

    def errors(self) -> Iterator[Diagnostic]:
        """Errors in pins and texts, once all facts were checked."""
        yield from self.errors_in_files
        pins = self._seed.pins
        for source_id, source in self._sources.items():
            at = self._seed.entities[source_id].at("sha256")
            if source_id in self._texts and source.sha256 != (sha256 := digest(self._texts[source_id])):
                yield Diagnostic(at, f"the text has sha256 {sha256}; review it, correct sha256, run `factbook pin`")
            if source.sha256 and source_id in self._quoted - self._seed.invalid_pins - pins.keys():
                message = f"there is no pins/{source_id}.json for the quotes from this text; run `factbook pin`"
                yield Diagnostic(at, message)
        for name, pinned in pins.items():
            place = Location(f"pins/{name}.json")
            if source_of_pins := self._sources.get(name):
                if pinned.sha256 != source_of_pins.sha256:
                    yield Diagnostic(place, "pins another text than sources.yaml; run `factbook pin`")
            elif name not in self._seed.invalid_ids and "sources" not in self._seed.invalid_nouns:
                yield Diagnostic(place, f"pins the unknown source {name!r}; remove the file")
            if unused := sorted(quote for quote in pinned.quotes if (name, quote) not in self._pinned):
                yield Diagnostic(place, f"pins {unused[0]!r}, which no fact quotes; run `factbook pin`")

    def quote_errors(self, fact: LocatedFact) -> Iterator[Diagnostic]:
        record = fact.record
        if record.quote is None:
            return
        self._quoted.add(record.source)
        self.quotes_checked += record.source in self._texts
        pins = self._seed.pins.get(record.source)
        pinned = pins and pins.quotes.get(record.quote)
        if pinned:
            self._pinned.add((record.source, record.quote))
        if record.source in self._texts:
            places = self.find(record.source, record.quote)
            if len(places) != 1:
                yield from self.misquotes([fact])
                return
            if pinned and pinned != places[0]:
                message = f"stands at {places[0]}, its pin says {pinned}; run `factbook pin` and review the change"
                yield Diagnostic(fact.at("quote"), message)
            if record.period_printed and squeezed_text(record.period_printed) not in self._squeezed[record.source].text:
                yield Diagnostic(fact.at("period_printed"), f"{record.period_printed!r} does not stand in the text")
        source = self._sources.get(record.source)
        if pins and not pinned and source and source.sha256:
            yield Diagnostic(fact.at("quote"), f"is not pinned in pins/{record.source}.json; run `factbook pin`")

    def misquotes(self, facts: Iterable[LocatedFact]) -> Iterator[Diagnostic]:
        """Errors for quotes that do not occur exactly once in their text, if it is available."""
        for fact in facts:
            quote, source_id = fact.record.quote, fact.record.source
            if quote and source_id in self._texts and (count := len(self.find(source_id, quote))) != 1:
                yield Diagnostic(fact.at("quote"), _misquoted(quote, count, source_id))

    def around(self, record: FactRecord) -> Around:
        """The text before and after a quote, if the text is available and has the quote once."""
        if record.quote is None or record.source not in self._texts:
            return Around()
        places = self.find(record.source, record.quote)
        if len(places) != 1:
            return Around()
        return beside(places[0], self._squeezed[record.source])

    def find(self, source_id: str, quote: str) -> list[tuple[int, int]]:
        if (source_id, quote) not in self._places:
            self._places[source_id, quote] = find_quote(quote, self._squeezed[source_id])
        return self._places[source_id, quote]

    def pins(self) -> dict[str, PinFile]:
        """The pins of all sources whose texts are available, without quotes that do not occur exactly once."""
        quotes: dict[str, dict[str, tuple[int, int]]] = {source_id: {} for source_id in self._texts}
        for fact in self._seed.facts:
            source_id, quote = fact.record.source, fact.record.quote
            if quote and source_id in self._texts and len(places := self.find(source_id, quote)) == 1:
                quotes[source_id][quote] = places[0]
        return {key: PinFile(sha256=digest(self._texts[key]), quotes=pinned) for key, pinned in quotes.items()}


def beside(place: tuple[int, int], text: Squeezed) -> Around:
    """The text before and after a span."""
    start, end = (bisect.bisect_left(text.starts, at) for at in place)
    return Around(text.text[max(0, start - BESIDE) : start], text.text[end : end + BESIDE])


def _misquoted(quote: str, count: int, source_id: str) -> str:
    if count:
        return f"{quote!r} stands {count} times in the text of {source_id}; quote more, so that it stands once"
    return f"{quote!r} does not stand in the text of {source_id}; quote it word for word"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def pins_text(sha256: str, quotes: Mapping[str, tuple[int, int]]) -> str:
    """The content of a file of pins: a quote per line, in text order, for readable diffs."""
    in_order = sorted(quotes.items(), key=lambda item: (item[1], item[0]))
    lines = ",\n".join(
        f"    {json.dumps(quote, ensure_ascii=False)}: [{start}, {end}]" for quote, (start, end) in in_order
    )
    return f'{{\n  "sha256": "{sha256}",\n  "quotes": {{\n{lines}\n  }}\n}}\n'
