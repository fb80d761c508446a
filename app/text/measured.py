"""What a number measures: the metric that its sentence names, or that it means by what is done with which things."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from app.text.lexis import Lexis
from app.text.tokens import Token
from app.text.words import Deed


@dataclass(frozen=True, slots=True)
class Measured:
    """A number of one of some `units`, with the tokens `near` it, the nearest before it first, and all `before`."""

    lexis: Lexis
    units: Collection[str]
    near: Sequence[Token]
    before: Sequence[Token]

    def metric(self, *, falls: bool) -> tuple[str | None, list[Token]]:
        """The metric, and the tokens that tell it; `falls` where the number is said with a word of decline."""
        if falls or any(Deed.GROW in one.deeds for one in self.near):
            metric, telling = self._growth()
            if metric or falls:
                return metric, telling
        named = [one for one in self.near if one.names.metrics]
        for one in named:
            if not one.deeds and (metric := self._only(one.names.metrics)):
                return metric, [one]
        metric, telling = self._implied(self.near, self.units)
        if metric:
            return metric, telling
        return next(((metric, [one]) for one in named if (metric := self._only(one.names.metrics))), (None, []))

    def _growth(self) -> tuple[str | None, list[Token]]:
        """The growth of what is named, or was named before: 汽车产量110万辆,增长5%."""
        for one in (*self.near, *reversed(self.before)):
            grown = {self.lexis.growth[id_] for id_ in one.names.metrics if id_ in self.lexis.growth}
            grown |= {id_ for deed, id_ in one.names.things if deed is Deed.GROW}
            if metric := self._only(grown):
                return metric, [one]
        base, telling = self._implied([*self.near, *reversed(self.before)], None)
        return self._only({self.lexis.growth[base]} if base in self.lexis.growth else ()), telling

    def _only(self, ids: Iterable[str]) -> str | None:
        found = {id_ for id_ in ids if self.lexis.metrics[id_].unit in self.units}
        return found.pop() if len(found) == 1 else None

    def _implied(self, near: Sequence[Token], units: Collection[str] | None) -> tuple[str | None, list[Token]]:
        """The metric that a thing means with what is done with it: 生产了62.6万辆新能源汽车."""
        deeds = {deed for one in near for deed in one.deeds}
        for one in sorted(near, key=lambda one: one.start - one.end):
            found = {id_ for deed, id_ in one.names.things if deed in deeds}
            found = found or {id_ for deed, id_ in one.names.things if deed is None and not deeds - {Deed.GROW}}
            if units is not None:
                found = {id_ for id_ in found if self.lexis.metrics[id_].unit in units}
            if len(found) == 1:
                return found.pop(), [one]
        if units is None:
            return None, []
        around = {around for one in near for scope in one.names.scopes for around in self.lexis.around(scope)}
        return self._only(self.lexis.done(deeds, around)), []  # sold 46,918 buses
