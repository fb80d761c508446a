"""What a number may be of and measure, proposed from the names near it where sentences are not read word for word."""

import re
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from app.text.dates import Dates
from app.text.exclusions import NumberInText
from app.text.layout import Layout
from app.text.numbers import PrintedNumber
from app.text.vocabulary import KnownNames, MetricTerm, growths

# Words of growth right before a number, or behind it.
GROWS = re.compile(
    r"(?i)(?:增长|增加|增速|增幅|上升|上涨|下降|减少|下跌|[增降涨跌]"
    r"|\b(?:up|down|rose|fell|grew|(?:in|de)creased|declined|climbed|jumped|dropped"
    r"|(?:growth|increase|rise|fall|drop|decline) of))"
    r"(?:了|约|近|超过?|逾|达到?|为|by|about|over|nearly|more than|\s)*$"
)
GROWN = re.compile(r"(?i)\s?(?:increase|growth|rise|drop|decline|fall)\b")
# What may stand between the beginning of a clause and the name of what it is about, beside period words.
OPENING = re.compile(
    r"(?i)(?:\s|[的,]|其中|截[至止]|到|至|在|而|同时|\b(?:the|city|of|and|but|while|in|by|at|end|today|meanwhile|for|as)\b)*"
)
# What makes a name the beginning of another's: 郑州机场, Zhengzhou Airport.
LONGER = re.compile(
    "[^\\W\\dA-Za-z]{0,8}?(?:公司|集[团團]|[机機][场場]|港|[海機机]关|[工基]地|[厂廠]|[园園]|[新城县郊]区|开发区|大[学學]|[学學]院|医院"
    "|银行|车站|高[铁速]|地[铁鐵]|[项項]目|工程|协会|研究)|-[a-z]|\\s?[A-Z][a-z]|'s [A-Z]"
)
WITHIN = 500  # characters of a sentence that are read on each side of a number


class Proposer:
    """Proposes subjects and metrics that are plain, and none else."""

    def __init__(self, subjects: Iterable[tuple[str, str]], metrics: Collection[MetricTerm]) -> None:
        self.metrics = {metric.id: metric for metric in metrics}
        self._subjects = KnownNames(subjects)
        self._metric_names = KnownNames((name, metric.id) for metric in metrics for name in metric.names)
        self._growth = growths(metrics)

    def subjects(self, layout: Layout) -> set[str]:
        """Whom a text may be about: those its title names, or else all but those that it names only by what others
        may be called, too.
        """
        titled = {subject for *_, subject in self._subjects.found(layout.plain, *layout.paragraph(0))}
        return (titled or self._subjects.all) - self._subjects.ambiguous(layout.plain)

    def subject(self, layout: Layout, number: PrintedNumber, dates: Dates, subjects: Collection[str]) -> str | None:
        """The subject of a number: the only one named in its clause, or else before that in its sentence, where a
        clause begins with its name. What is named further on is where it lies, or what it is compared with.
        """
        start, end = within(layout.clause(number.start), number)
        for part in ((start, end), (max(layout.sentence(start)[0], start - WITHIN), start)):
            if named := self._subjects.found(layout.plain, *part):
                at, until, subject = named[0]
                alone = all(other == subject for *_, other in named) and not LONGER.match(layout.plain, until)
                begin = dates.behind(layout.clause(at)[0], at)
                return subject if alone and subject in subjects and OPENING.fullmatch(layout.plain, begin, at) else None
        return None

    def metric(self, layout: Layout, one: NumberInText, units: Mapping[str, Decimal]) -> str | None:
        """What a number measures: a metric of its unit that its clause names, or the growth of one that was named."""
        number = one.number
        clause, sentence = (within(part(number.start), number)[0] for part in (layout.clause, layout.sentence))
        grows = bool(GROWS.search(one.before) or GROWN.match(one.behind)) or one.printed.startswith("翻")
        for begin in (clause, sentence) if grows else (clause,):
            for *_, named in reversed(self._metric_names.found(layout.plain, begin, number.start)):
                metric = self._growth.get(named) if grows else named
                if metric and self.metrics[metric].unit in units:
                    return metric
        return None


def within(part: tuple[int, int], number: PrintedNumber) -> tuple[int, int]:
    """What of a part is near a number."""
    return max(part[0], number.start - WITHIN), min(part[1], number.end + WITHIN)
