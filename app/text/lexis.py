"""What a text may name: subjects and scopes, metrics, and the things and deeds that together mean a metric."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from app.text.layout import Layout
from app.text.normalizing import normalise, squeezed_text
from app.text.patterns import WINDOW, prefix_tree
from app.text.vocabulary import SHORTEST_NAME, MetricTerm, growths
from app.text.words import NAMED_BY, Deed

COUNTED = re.compile(r"(?:总数|数量|数)$")  # 企业数 counts 企业
TOTAL = re.compile(r"(?<=口)(?:总额|总值|额|值)$")  # 出口额 is what 出口 comes to
SHARE = re.compile(r"占(?:全[省国市球]|.{0,12}?)(?=比重$|比例$)")  # 产量占全国比重


@dataclass(slots=True)
class Sense:
    """All that one name may mean: entities, metrics, and things with a deed that together mean a metric.

    `inside` are the scopes that the name of a metric has in it and that the metric is not always of.
    """

    subjects: set[str] = field(default_factory=set)
    scopes: set[str] = field(default_factory=set)
    metrics: set[str] = field(default_factory=set)
    things: set[tuple[Deed | None, str]] = field(default_factory=set)
    inside: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def is_unit(self) -> bool:
        """Whether it is only the word of a unit."""
        return not (self.subjects or self.scopes or self.metrics or self.things)


@dataclass(frozen=True, slots=True)
class Named:
    """A place in a text where something is named."""

    start: int
    end: int
    sense: Sense


class Lexis:
    """The names of a release. `within` says what place or group a subject lies in."""

    def __init__(
        self,
        subjects: Iterable[tuple[str, str]],
        scopes: Iterable[tuple[str, str]],
        metrics: Collection[MetricTerm],
        within: Mapping[str, Collection[str]],
        units: Iterable[str] = (),
    ) -> None:
        self.within = within
        self.metrics = {metric.id: metric for metric in metrics}
        self.growth = growths(metrics)
        self.deeds: dict[str, Deed] = {}
        self.always: dict[str, frozenset[str]] = {}  # by metric, the scopes that its own names say
        self._senses: dict[str, Sense] = defaultdict(Sense)
        for name, subject in subjects:
            self._sense(name).subjects.add(subject)
        self._unit_words = {_plain(word): Sense() for word in units}
        scopes = [(_plain(name), scope) for name, scope in scopes]
        for name, scope in scopes:
            for spelled in _spellings(name):
                self._sense(spelled).scopes.add(scope)
        inner = _Inner(scopes)
        for metric in metrics:
            always = frozenset(scope for name in list(metric.names)[:2] for scope in inner.of(_plain(name)))
            self.always[metric.id] = always
            for name in metric.names:
                self._add_metric(metric, _plain(name), inner, always)
        self._senses = {name: sense for name, sense in self._senses.items() if len(name) >= SHORTEST_NAME}
        self._begin = {name[:SHORTEST_NAME] for name in (*self._senses, *self._unit_words)}
        self._longest = max(map(len, [*self._senses, *self._unit_words]), default=0)

    def _sense(self, name: str) -> Sense:
        return self._senses[_plain(name)]

    def _add_metric(self, metric: MetricTerm, name: str, inner: "_Inner", always: frozenset[str]) -> None:
        self._sense(name).metrics.add(metric.id)
        derived = {name} | {f"{name[: found.end()]}" for found in [SHARE.search(name)] if found}
        derived.add(TOTAL.sub("", name))
        for one in derived:
            if len(one) >= SHORTEST_NAME:
                self._sense(one).metrics.add(metric.id)
                self._sense(one).inside[metric.id] = inner.of(one) - always
        for deed, thing in _things(name):
            for spelled in _spellings(thing):
                sense = self._sense(spelled)
                sense.things.add((deed, metric.id))
                sense.inside[metric.id] = inner.of(thing) - always
            if deed:
                self.deeds.setdefault(metric.id, deed)

    def sense(self, word: str) -> Sense | None:
        return self._senses.get(_plain(word))

    def find(self, layout: Layout, *, units: bool = False) -> Iterator[Named]:
        """What is named in a text: at each place by the longest name, or by one that another follows further.

        Words of `units` are found apart: they give way to dates and numbers.
        """
        plain, known = layout.plain.lower(), self._unit_words if units else self._senses
        at = paused = 0
        while at < len(plain):
            if at >= paused:
                paused = at + WINDOW
                layout.pause()
            ends = self._ends(plain, at, known) if plain[at : at + SHORTEST_NAME] in self._begin else []
            if not ends:
                at += 1
                continue
            end = max(ends, key=lambda one: (max([one, *self._ends(plain, one, known)]), one))
            yield Named(at, end, known[plain[at:end]])
            at = end

    def _ends(self, plain: str, at: int, known: Mapping[str, Sense]) -> list[int]:
        """Where names end that begin at a place."""
        if at and _cuts(plain, at):
            return []
        ends = range(at + SHORTEST_NAME, min(len(plain), at + self._longest) + 1)
        return [end for end in ends if plain[at:end] in known and not _cuts(plain, end)]

    def done(self, deeds: Collection[Deed], scopes: Collection[str]) -> set[str]:
        """The metrics of a deed whose own names say no scope but these."""
        known = {id_ for id_, deed in self.deeds.items() if deed in deeds and self.metrics[id_].of is None}
        return {id_ for id_ in known if self.always[id_] and self.always[id_].issubset(scopes)}

    def around(self, subject: str) -> set[str]:
        """What a subject lies in, up to the whole world."""
        found: set[str] = set()
        ahead = [subject]
        while ahead:
            for one in self.within.get(ahead.pop(), ()):
                if one not in found:
                    found.add(one)
                    ahead.append(one)
        return found


class _Inner:
    """The scopes named within longer names."""

    def __init__(self, scopes: Iterable[tuple[str, str]]) -> None:
        self._scopes = {name: scope for name, scope in scopes if len(name) >= SHORTEST_NAME}
        self._pattern = re.compile(prefix_tree(dict.fromkeys(self._scopes, "")), re.IGNORECASE)

    def of(self, name: str) -> frozenset[str]:
        return frozenset(self._scopes[match[0].casefold()] for match in self._pattern.finditer(name))


def _cuts(plain: str, at: int) -> bool:
    """Whether a place is inside an English word."""
    return at < len(plain) and plain[at - 1].isascii() and plain[at - 1].isalnum() and "a" <= plain[at] <= "z"


def _plain(name: str) -> str:
    return normalise(squeezed_text(name)).casefold()


def _spellings(name: str) -> set[str]:
    """An English thing in the singular and in the plural, with and without hyphens."""
    if not name.isascii() or not name:
        return {name}
    several = {name, name if name.endswith("s") else f"{name}s", name.removesuffix("s")}
    if name.endswith(("ses", "xes", "ches", "shes")):
        several.add(name[:-2])
    return several | {one.replace("new energy", "new-energy") for one in several}


def _things(name: str) -> Iterator[tuple[Deed | None, str]]:
    """Things that with a deed, or by their number alone, mean the metric of a name: 汽车产量 is of 汽车."""
    for deed, ends in NAMED_BY.items():
        for end in (*ends[0], *ends[1]):
            if name.endswith(end) and len(name) > len(end):
                yield deed, name.removesuffix(end)
    if found := COUNTED.search(name):
        yield None, name[: found.start()]
