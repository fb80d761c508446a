"""What a text is read with: units and their words, and the names of entities and metrics."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.text.normalizing import normalise
from app.text.numerals import CURRENCIES
from app.text.patterns import prefix_tree

# Words that count or measure and that no unit need have: a number with one of them is not a number without a unit.
WORDS = """个 家 户 座 处 项 件 套 辆 台 人 名 位 条 次 场 对 张 所 种 类 款 支 只 部 枚 架 根 亩 公里 平方米
    平方公里 吨 公斤 千克 斤 公顷 米 厘米 毫米 纳米 立方米 海里 摄氏度 兆瓦 吉瓦 兆瓦时 吉瓦时 千伏 赫兹 马力 欧元
    日元 港元 英镑 韩元 头 匹 羽 株 棵 颗 粒 块 片 股 笔 份 册 篇 幅 门 所 栋 幢 间 层 艘 列 班 架次 人次 班次 标箱
    箱 瓶 桶 台套 台次 吨公里 人公里 岁 户次 组 趟 盏 双 克 毫克 微克 毫升 英里 英尺 分贝 伏 瓦 标准箱 自然箱 航次
    大卡 平方呎 平方英尺 升 吨标准煤 港币 新台币 港仙 ℃ N·m kV TEU m3 μg foot point tonnes tons tonne hectares acres
    metres meters miles litres liters feet gallons grams barrels megawatts gigawatts MW GW GWh MWh TWh kg mm cm km/h mph
    hours weeks euros € £ pounds cents pence HK$ NT$ A$ C$ S$ NZ$ R$ Mbps TB GB TEUs crore lakh"""
OTHER_WORDS = frozenset([*f"{WORDS} {CURRENCIES}".split(), "basis points", "square feet", "sq ft", "cubic metres"])
SHORTEST_NAME = 2
GROWTHS = ("growth", "real-growth")  # transforms
NOUN = re.compile(r"([\u4e00-\u9fff]{2,}?)(?:总数|[个家]数|数量?|(?:拥有|授权|申请|保有)量)$")
PHRASE = 8  # characters from a number to its noun, which comes last: 2个千亿级产业集群
TO_NUMBER = 4  # characters from a noun to its number: 平台已达5个

PLURAL = re.compile(r"[a-z-]*[^su\W]s|[a-z-]+(?:ss|s|x|ch|sh)es|people|staff|women|men|children|[a-z-]+folk")
NEXT_WORD = re.compile(r"[\s-]?([A-Za-z][A-Za-z'-]*)")
# Words that end in s, or that end the phrase of a noun.
NO_NOUN = """is was has as this its his us plus versus across less does in of at by on to for from with and or than
    but that which the a an per under over after before when while where if were are be been had have
    will would can could may"""
NO_NOUNS = frozenset(NO_NOUN.split())
NOUN_WITHIN = 4  # words: 1,200 new energy passenger cars


@dataclass(frozen=True, slots=True)
class MetricTerm:
    """What a reader needs to know of a metric: its unit, and what it follows from."""

    id: str
    names: Collection[str]
    unit: str
    of: str | None = None
    transform: str | None = None


def growths(metrics: Collection[MetricTerm]) -> dict[str, str]:
    """By metric, its growth where it has only one."""
    found = [metric for metric in metrics if metric.transform in GROWTHS]
    count = Counter(metric.of for metric in found)
    return {metric.of: metric.id for metric in found if metric.of and count[metric.of] == 1}


class Units:
    """Unit words, and the units that each may mean with its scale into them."""

    def __init__(self, units: Mapping[str, Mapping[str, Decimal]], metrics: Iterable[MetricTerm] = ()) -> None:
        self._scales: dict[str, dict[str, Decimal]] = defaultdict(dict)
        for unit, words in units.items():
            for word, scale in words.items():
                self._scales[normalise(word).casefold()][unit] = scale
        self.counts = {unit: Decimal(1) for unit in units if "%" not in units[unit]}  # that a number alone may be of
        known = {word for words in units.values() for word in words}
        self.words = sorted(known | {word for word in OTHER_WORDS if word.casefold() not in self._scales})
        self._nouns = _nouns(metrics)
        nouns = "|".join(map(re.escape, self._nouns)) or "(?!)"
        self._behind = re.compile(rf"[^\W\d]{{0,{PHRASE}}}({nouns})")
        self._before = re.compile(rf".*({nouns})[^\W\d]{{0,{TO_NUMBER}}}$")

    def of(self, word: str, before: str, behind: str) -> dict[str, Decimal]:
        """The units that a word may mean, or that which counts the noun beside it: 27个项目, 充电站达58座."""
        scales = self._scales.get(word.casefold(), {})
        if len(scales) > 1 and (noun := self._behind.match(behind) or self._before.match(before)):
            unit = self._nouns[noun[1]]
            return {unit: scales[unit]} if unit in scales else dict(scales)
        return dict(sorted(scales.items(), key=lambda one: one[1] != 1))  # 分 are points, and minutes where they say so

    def scales(self, word: str) -> dict[str, Decimal]:
        """All that a word may mean; a number alone may count anything."""
        return dict(self._scales.get(word.casefold(), {})) if word else self.counts

    def spelled(self, word: str) -> str:
        """A word as units are printed: 150-megawatt is of megawatts; nothing where no unit is."""
        forms = (word, word.lower(), f"{word.lower()}s")
        return next((one for one in forms if one.casefold() in self._scales or one in OTHER_WORDS), "")


def _nouns(metrics: Iterable[MetricTerm]) -> dict[str, str]:
    """What the names of metrics say that is counted, each with its commonest unit: 签约项目数 counts 项目."""
    nouns: dict[str, Counter[str]] = defaultdict(Counter)
    for metric in metrics:
        for name in metric.names:
            if found := NOUN.search(name):
                nouns[found[1][-2:]][metric.unit] += 1
    return {noun: units.most_common(1)[0][0] for noun, units in nouns.items()}


class KnownNames:
    """Names, and what each is the name of; one that two have is nobody's."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        known: dict[str, set[str]] = defaultdict(set)
        for name, named in names:
            plain = normalise(name).replace(" ", "").casefold() if not name.isascii() else name.casefold()
            if len(plain) >= SHORTEST_NAME:
                known[plain].add(named)
        self._known = {name: min(ids) for name, ids in known.items() if len(ids) == 1}
        self.all = set(self._known.values())
        ends = {name: "(?![a-z])" if name[-1].isascii() and name[-1].isalnum() else "" for name in self._known}
        self._pattern = re.compile(f"(?<![a-z])(?:{prefix_tree(ends)})", re.IGNORECASE)
        longest: dict[str, list[str]] = defaultdict(list)
        for name, id_ in self._known.items():
            longest[id_].append(name)
        # What a name leaves out that another of the same has before it: 郑州 of 高新区.
        self._omitted = {
            name: omitted
            for name, id_ in self._known.items()
            if (omitted := [one.removesuffix(name) for one in longest[id_] if one.endswith(name) and one != name])
        }

    def found(self, plain: str, start: int, end: int) -> list[tuple[int, int, str]]:
        """What is named in a part of a text, and from where to where, by the longest name at each place."""
        found = self._pattern.finditer(plain, start, end)
        return [(*match.span(), self._known[match[0].casefold()]) for match in found]

    def ambiguous(self, plain: str) -> set[str]:
        """Whom a text may name only by what others are called, too: 高新区, where nothing says of which city."""
        text = plain.casefold()
        return {
            self._known[name]
            for name, omitted in self._omitted.items()
            if not any(one in text for one in omitted) and name in text
        }


def noun_behind(behind: str) -> str:
    """The English noun in the plural that follows a number, with no more than a few words before it."""
    at = 0
    for _ in range(NOUN_WITHIN):
        word = NEXT_WORD.match(behind, at)
        if not word or word[1].lower() in NO_NOUNS:
            break
        if PLURAL.fullmatch(word[1].lower()):
            return word[1]
        at = word.end()
    return ""
