"""Sentences that are true of the real facts, and lies, each of them true but for one thing; no template is the app's.

`python -m tests.lies [SEED [LIES [PARAPHRASES]]]` makes 10,000 lies and 1,000 paraphrases, counts their verdicts by
kind, and shows the lies that were believed and the paraphrases that were not. tests/api/test_lies.py has fewer of them.
"""

import json
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from app.evidence.verdicts import allowed_by
from app.text.hedges import Bound
from app.text.intervals import allowed, meet

Fact = dict[str, Any]
Verify = Callable[[str], list[dict[str, Any]]]

SEED, LIES, PARAPHRASES = 17, 10_000, 1_000

ZH_HEDGES = {
    "eq": "{}",
    "gt": "超过{}",
    "ge": "至少{}",
    "lt": "不到{}",
    "le": "至多{}",
    "approx": "约{}",
    "below": "近{}",
}
EN_HEDGES = {"eq": "{}", "gt": "more than {}", "ge": "at least {}", "lt": "less than {}", "le": "at most {}",
             "approx": "about {}", "below": "nearly {}"}  # fmt: skip
DEEDS = {  # metric: Chinese verb, Chinese thing, English verb, English thing
    "vehicle-output": ("生产", "汽车", "produced", "vehicles"),
    "nev-output": ("造出", "新能源汽车", "built", "new energy vehicles"),
    "vehicle-sales": ("售出", "汽车", "sold", "vehicles"),
    "vehicle-exports": ("出口", "汽车", "exported", "vehicles"),
}
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
ELSEWHERE = [("南京市", "Nanjing"), ("武汉", "Wuhan"), ("长沙市", "Changsha"), ("成都", "Chengdu"), ("特斯拉", "Tesla"),
             ("丰田汽车", "Toyota"), ("广汽集团", "GAC Group"), ("佛山市", "Foshan"), ("宝马", "BMW"),
             ("南郑州集团", "South Zhengzhou Group"), ("上海汽车", "Shanghai Motor"), ("苏州高新区", "Suzhou Zone"),
             ("郑州的对手", "A rival of Zhengzhou"), ("新郑州", "New Zhengzhou"), ("某地", "Another city")]  # fmt: skip
ZH_VERBS = ["召回", "裁减", "淘汰", "报废", "损失", "积压", "被取消的", "减少到", "回落至", "跌至"]
EN_VERBS = ["recalled", "scrapped", "lost", "missed its target of", "cut", "fell to", "dropped to", "withdrew"]
ZH_DENIALS = ["{0}{1}并未达到{2}。", "{0}{1}不是{2}。", "{0}{1}没有达到{2}。", "并非{0}{1}为{2}。",
              "有人误传{0}{1}为{2}。", "{0}{1}为{2}，这一说法不实。", "{0}{1}为{2}是谣言。", "{0}{1}难道为{2}？",
              "{0}{1}不再是{2}。"]  # fmt: skip
EN_DENIALS = ["{1} did not reach {2} in {0}.", "{1} was not {2} in {0}.", "It is false that {1} was {2} in {0}.",
              "{1} was {2} in {0}, a figure the bureau denied.", "{1} never came to {2} in {0}.", "Was {1} {2} in {0}?",
              "{1} was no longer {2} in {0}.", "Rumours say {1} was {2} in {0}."]  # fmt: skip
ZH_WISHES = ["{0}{1}有望达到{2}。", "{0}{1}计划达到{2}。", "{0}{1}或将达到{2}。", "如果{0}{1}为{2}，就好了。",
             "{0}{1}力争{2}。", "{0}{1}原本可以达到{2}。", "{0}{1}本应为{2}。"]  # fmt: skip
EN_WISHES = ["{1} would have been {2} in {0}.", "{1} could reach {2} in {0}.", "{1} is expected to reach {2} in {0}.",
             "{1} was planned to be {2} in {0}.", "If {1} were {2} in {0}, fine.",
             "{1} might be {2} in {0}."]  # fmt: skip
YES = {"agrees", "verbatim"}


@dataclass(frozen=True)
class Said:
    """A sentence, what kind of it, in which language, and the fact that it was made of."""

    text: str
    kind: str
    fact: str


class Speaker:
    """Makes sentences of facts."""

    def __init__(self, facts: Sequence[Fact], units: dict[str, Any], seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - lots
        self.units = units
        self.facts = [fact for fact in facts if fact["kind"] == "measurement"]
        self.by_key: dict[tuple[Any, ...], list[Fact]] = defaultdict(list)
        for fact in self.facts:
            self.by_key[fact["subject"]["id"], fact["metric"]["id"]].append(fact)
        self.said = [fact for fact in self.facts if self._can_be_said(fact)]
        self.metrics = {fact["metric"]["id"]: fact["metric"] for fact in self.said}
        self.subjects = {fact["subject"]["id"]: fact["subject"] for fact in self.said}

    def _can_be_said(self, fact: Fact) -> bool:
        if fact["status"] != "actual" or fact["market"] or fact["derived"] or fact["measure"]:
            return False
        if fact["unit"] in {"ratio", "rank"}:
            return False
        return fact["standing"] != "conflicting" and bool(fact["frequency"]) and self.period(fact, zh=True) is not None

    def is_true(self, fact: Fact, value: Decimal | None = None, bound: str = "eq") -> bool:
        """Whether any fact allows what is said."""
        said = allowed_by(fact) if value is None else allowed(value, Bound(bound), abs(value) / 1000)
        for other in self.by_key[fact["subject"]["id"], fact["metric"]["id"]]:
            if fact["period"]["start"] == other["period"]["start"] and fact["period"]["end"] == other["period"]["end"]:
                if meet(said, allowed_by(other)):
                    return True
        return False

    # How a fact is put into words

    def period(self, fact: Fact, *, zh: bool, years: int = 0) -> str | None:
        start, end = fact["period"]["start"], fact["period"]["end"]
        if not start or not end or start[:4] != end[:4]:
            return None
        year, first, last = int(start[:4]) + years, int(start[5:7]), int(end[5:7])
        whole = {(1, 12): ("{}年", "{}"), (1, 6): ("{}年上半年", "the first half of {}"),
                 (1, 3): ("{}年一季度", "the first quarter of {}"),
                 (1, 9): ("{}年前三季度", "the first nine months of {}")}  # fmt: skip
        if start[8:] != "01" or end[8:] < "28":
            return None
        if first == last:
            return f"{year}年{first}月" if zh else f"{MONTHS[first - 1]} {year}"
        if (first, last) not in whole:
            return None
        return whole[first, last][not zh].format(year)

    def value(self, fact: Fact, *, zh: bool, factor: Decimal = Decimal(1), unit: str = "", style: str = "") -> str:
        """A value with its hedge and unit."""
        value, id_ = Decimal(str(fact["value"])) * factor, unit or fact["unit"]
        name = self.units[id_]["name"]
        hedge = (ZH_HEDGES if zh else EN_HEDGES)[fact["bound"]]
        if id_ == "percent":
            return hedge.format(f"{_plain(value)}%")
        if zh:
            scale = next(((size, word) for size, word in ((10**8, "亿"), (10**4, "万")) if abs(value) >= size), (1, ""))
            if style == "digits":
                scale = (1, "")
            return hedge.format(f"{_plain(value / scale[0])}{scale[1]}{'元' if id_ == 'CNY' else name['zh']}")
        scale = next(
            ((size, word) for size, word in ((10**9, " billion"), (10**6, " million")) if abs(value) >= size), (1, "")
        )
        return hedge.format(
            f"{_plain(value / scale[0], commas=True)}{scale[1]} {'yuan' if id_ == 'CNY' else name['en']}"
        )

    def head(
        self, fact: Fact, *, zh: bool, subject: dict[str, str] | None = None, metric: dict[str, Any] | None = None
    ) -> str:
        """Subject, scope and metric."""
        name = subject or fact["subject"]["name"]
        measured, scope = (metric or fact["metric"])["name"], fact["scope"] and fact["scope"]["name"]
        if zh:
            return f"{name['zh']}{scope['zh'] if scope else ''}{measured['zh']}"
        of = f" in {_lower(scope['en'])}" if scope else ""
        return f"{name['en']}'s {_lower(measured['en'])}{of}"

    # True sentences

    def paraphrases(self, count: int) -> Iterator[Said]:
        made = 0
        while made < count:
            fact = self.random.choice(self.said)
            kinds = [name for name in dir(self) if name.startswith("para_")]
            kind = self.random.choice(kinds)
            if text := getattr(self, kind)(fact):
                made += 1
                yield Said(text, kind.removeprefix("para_"), fact["id"])

    def _parts(self, fact: Fact, *, zh: bool) -> tuple[str, str, str]:
        return self.period(fact, zh=zh) or "", self.head(fact, zh=zh), self.value(fact, zh=zh)

    def para_zh_plain(self, fact: Fact) -> str:
        period, head, value = self._parts(fact, zh=True)
        return self.random.choice(
            [f"{period}，{head}为{value}。", f"{period}{head}达{value}。", f"{head}在{period}达到了{value}。"]
        )

    def para_zh_attributed(self, fact: Fact) -> str:
        period, head, value = self._parts(fact, zh=True)
        opening = self.random.choice(["据统计，", "统计公报显示，", "记者获悉，", "官方数据表明，"])
        return f"{opening}{period}{head}为{value}。"

    def para_zh_other_order(self, fact: Fact) -> str:
        period, _, value = self._parts(fact, zh=True)
        scope = fact["scope"]["name"]["zh"] if fact["scope"] else ""
        verb, names = self.random.choice(["是", "录得", "合计"]), (fact["subject"]["name"], fact["metric"]["name"])
        return f"{names[0]['zh']}{period}{scope}{names[1]['zh']}{verb}{value}。"

    def para_zh_traditional(self, fact: Fact) -> str:
        from opencc import OpenCC  # noqa: PLC0415

        return str(OpenCC("s2t").convert(self.para_zh_plain(fact)))

    def para_zh_digits(self, fact: Fact) -> str | None:
        if fact["unit"] in {"percent", "ratio"} or fact["value"] < 10**5:
            return None
        period, head, _ = self._parts(fact, zh=True)
        return f"{period}，{head}为{self.value(fact, zh=True, style='digits')}。"

    def para_zh_deed(self, fact: Fact) -> str | None:
        if fact["metric"]["id"] not in DEEDS or fact["scope"]:
            return None
        period, _, value = self._parts(fact, zh=True)
        verb, thing, *_ = DEEDS[fact["metric"]["id"]]
        name = fact["subject"]["name"]["zh"]
        return self.random.choice(
            [f"{period}，{name}{verb}{thing}{value}。", f"{name}{period}共{verb}{value}{thing}。"]
        )

    def para_zh_growth(self, fact: Fact) -> str | None:
        name = fact["metric"]["name"]["zh"]
        if not name.endswith("增速") or fact["bound"] != "eq" or fact["value"] <= 0:
            return None
        period, head, value = self._parts(fact, zh=True)
        return f"{period}，{head.removesuffix('增速')}{self.random.choice(['同比增长', '比上年增长', '增长'])}{value}。"

    def para_zh_fall(self, fact: Fact) -> str | None:
        name = fact["metric"]["name"]["zh"]
        if not name.endswith("增速") or fact["bound"] != "eq" or fact["value"] >= 0:
            return None
        period, head, value = self._parts(fact, zh=True)
        verb = self.random.choice(["同比下降", "比上年下降", "下降"])
        return f"{period}，{head.removesuffix('增速')}{verb}{value[1:]}。"

    def para_en_plain(self, fact: Fact) -> str:
        period, head, value = self._parts(fact, zh=False)
        return self.random.choice(
            [
                f"In {period}, {head} was {value}.",
                f"{head} reached {value} in {period}.",
                f"{head} came to {value} in {period}, the bureau said.",
            ]
        )

    def para_en_of(self, fact: Fact) -> str:
        period, _, value = self._parts(fact, zh=False)
        scope = f" in {_lower(fact['scope']['name']['en'])}" if fact["scope"] else ""
        name, metric = fact["subject"]["name"]["en"], _lower(fact["metric"]["name"]["en"])
        return f"{name} recorded {metric}{scope} of {value} in {period}."

    def para_en_deed(self, fact: Fact) -> str | None:
        if fact["metric"]["id"] not in DEEDS or fact["scope"]:
            return None
        *_, verb, thing = DEEDS[fact["metric"]["id"]]
        period, _, value = self._parts(fact, zh=False)
        value = value.removesuffix("vehicles")
        return f"{fact['subject']['name']['en']} {verb} {value}{thing} in {period}."

    # Lies

    def lies(self, count: int) -> Iterator[Said]:
        made, kinds = 0, [name for name in dir(self) if name.startswith("lie_")]
        while made < count:
            kind, zh, fact = kinds[made % len(kinds)], self.random.random() < 0.6, self.random.choice(self.said)
            if text := getattr(self, kind)(fact, zh):
                made += 1
                yield Said(text, f"{kind.removeprefix('lie_')} {'zh' if zh else 'en'}", fact["id"])

    def _told(self, period: str | None, head: str, value: str, *, zh: bool) -> str:
        if zh:
            return self.random.choice(
                [f"{period}，{head}为{value}。", f"{period}{head}达到{value}。", f"据统计，{period}{head}为{value}。"]
            )
        return self.random.choice([f"In {period}, {head} was {value}.", f"{head} reached {value} in {period}."])

    def lie_subject_of_ours(self, fact: Fact, zh: bool) -> str | None:
        other = self.random.choice(list(self.subjects.values()))
        if other["id"] == fact["subject"]["id"] or self.is_true(fact | {"subject": other}):
            return None
        return self._told(
            self.period(fact, zh=zh), self.head(fact, zh=zh, subject=other["name"]), self.value(fact, zh=zh), zh=zh
        )

    def lie_subject_of_elsewhere(self, fact: Fact, zh: bool) -> str:
        there = dict(zip(("zh", "en"), self.random.choice(ELSEWHERE), strict=True))
        return self._told(
            self.period(fact, zh=zh), self.head(fact, zh=zh, subject=there), self.value(fact, zh=zh), zh=zh
        )

    def lie_verb(self, fact: Fact, zh: bool) -> str:
        verb, (period, head, value) = self.random.choice(ZH_VERBS if zh else EN_VERBS), self._parts(fact, zh=zh)
        name = fact["subject"]["name"]["zh" if zh else "en"]
        if zh:
            return self.random.choice([f"{period}，{head}{verb}{value}。", f"{period}，{name}{verb}{value}。"])
        return self.random.choice([f"In {period}, {name} {verb} {value}.", f"{head} {verb} {value} in {period}."])

    def lie_metric(self, fact: Fact, zh: bool) -> str | None:
        other = self.random.choice(list(self.metrics.values()))
        same = any(fact["metric"]["name"][part].lower().endswith(other["name"][part].lower()) for part in ("zh", "en"))
        if same or self.is_true(fact | {"metric": other}):
            return None
        return self._told(
            self.period(fact, zh=zh), self.head(fact, zh=zh, metric=other), self.value(fact, zh=zh), zh=zh
        )

    def lie_unit(self, fact: Fact, zh: bool) -> str | None:
        other = self.random.choice(["CNY", "person", "company", "vehicle", "percent", "km", "USD", "percentage-point"])
        if other == fact["unit"] or self.units[other]["name"]["zh"] in self.units[fact["unit"]]["printed"]:
            return None
        return self._told(self.period(fact, zh=zh), self.head(fact, zh=zh), self.value(fact, zh=zh, unit=other), zh=zh)

    def lie_magnitude(self, fact: Fact, zh: bool) -> str | None:
        factor = self.random.choice([Decimal(10), Decimal("0.1"), Decimal(1000), Decimal("0.001")])
        if not fact["value"]:
            return None
        value = self.value(fact, zh=zh, factor=factor)
        return self._told(self.period(fact, zh=zh), self.head(fact, zh=zh), value, zh=zh)

    def lie_period(self, fact: Fact, zh: bool) -> str | None:
        years = self.random.choice([-3, -2, -1, 1, 2])
        moved = {
            name: f"{int(fact['period'][name][:4]) + years}{fact['period'][name][4:]}" for name in ("start", "end")
        }
        if self.is_true(fact | {"period": fact["period"] | moved}):
            return None
        return self._told(self.period(fact, zh=zh, years=years), self.head(fact, zh=zh), self.value(fact, zh=zh), zh=zh)

    def lie_hedge(self, fact: Fact, zh: bool) -> str | None:
        if fact["bound"] != "eq" or fact["value"] <= 0:
            return None
        bound, factor = self.random.choice(
            [("gt", "1.3"), ("lt", "0.7"), ("below", "1.4"), ("approx", "1.25"), ("ge", "1.1")]
        )
        if self.is_true(fact, Decimal(str(fact["value"])) * Decimal(factor), bound):
            return None
        value = self.value(fact | {"bound": bound}, zh=zh, factor=Decimal(factor))
        return self._told(self.period(fact, zh=zh), self.head(fact, zh=zh), value, zh=zh)

    def lie_sign(self, fact: Fact, zh: bool) -> str | None:
        if fact["unit"] != "percent" or not fact["value"] or fact["bound"] != "eq":
            return None
        value = f"{_plain(abs(Decimal(str(fact['value']))))}%"
        period, head, _ = self._parts(fact, zh=zh)
        falls = fact["value"] > 0
        if zh:
            return f"{period}，{head.removesuffix('增速')}{'同比下降' if falls else '同比增长'}{value}。"
        return f"{head.removesuffix(' growth')} {'fell' if falls else 'rose'} {value} in {period}."

    def lie_negated(self, fact: Fact, zh: bool) -> str | None:
        others = self.by_key[fact["subject"]["id"], fact["metric"]["id"]]
        if any(one["period"] == fact["period"] and one["value"] < fact["value"] for one in others):
            return None  # that it was not reached may be true
        return self.random.choice(ZH_DENIALS if zh else EN_DENIALS).format(*self._parts(fact, zh=zh))

    def lie_wished(self, fact: Fact, zh: bool) -> str | None:
        if any(one["status"] != "actual" for one in self.by_key[fact["subject"]["id"], fact["metric"]["id"]]):
            return None
        return self.random.choice(ZH_WISHES if zh else EN_WISHES).format(*self._parts(fact, zh=zh))

    def lie_of_a_quote(self, _fact: Fact, zh: bool) -> str | None:
        fact = self.random.choice([one for one in self.facts if one["citation"]["quote"] and not one["derived"]])
        quote, there = "".join(fact["citation"]["quote"].split()), self.random.choice(ELSEWHERE)[0]
        lies = [
            f"{there}{quote}。",
            f"1998年，{there}传来消息，{quote}。",
            f"据传{quote}。",
            f"{quote}的说法不实。",
            f"并非{quote}。",
        ]
        return self.random.choice(lies) if zh else None


def _plain(value: Decimal, *, commas: bool = False) -> str:
    return f"{value.normalize():,f}" if commas else f"{value.normalize():f}"


def _lower(name: str) -> str:
    return name if name[1:2].isupper() or name[:1].isdigit() else name[:1].lower() + name[1:]


def counted(said: Sequence[Said], verify: Verify) -> tuple[Counter[tuple[str, str]], list[tuple[str, Said]]]:
    """How often each kind got each verdict, and each sentence with the verdict of its number."""
    counts: Counter[tuple[str, str]] = Counter()
    judged = []
    for one in said:
        verdicts = [claim["verdict"] for claim in verify(one.text)]
        verdict = next(
            (found for found in (*YES, "contradicts", "disputed") if found in verdicts),
            verdicts[0] if verdicts else "none",
        )
        counts[one.kind, verdict] += 1
        judged.append((verdict, one))
    return counts, judged


def speaker_of(client: TestClient, seed: int) -> Speaker:
    """A speaker of the facts of a service."""
    facts, path = [], "/v1/facts?kind=measurement&limit=500"
    while path:
        page = json.loads(client.get(path).content, parse_float=Decimal)
        facts += page["data"]
        path = page["links"].get("next")
    units = client.get("/v1/units?limit=500").json()["data"]
    return Speaker(facts, {unit["id"]: unit for unit in units}, seed)


def verifier_of(client: TestClient) -> Verify:
    def verify(text: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = client.post("/v1/verify", json={"text": text}).json()["claims"]
        return found

    return verify


def main(seed: int = SEED, lies: int = LIES, paraphrases: int = PARAPHRASES) -> None:
    from app.main import create_app  # noqa: PLC0415
    from app.seeding.loading import load  # noqa: PLC0415
    from app.settings import Settings  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/factbook.db"
        load(url, Path(__file__).parents[1] / "seed", None, lambda _what, _count: None)
        with TestClient(create_app(Settings(database_url=url))) as client:
            speaker, verify = speaker_of(client, seed), verifier_of(client)
            believed = _shown("paraphrases", list(speaker.paraphrases(paraphrases)), verify, is_true=True)
            fooled = _shown("lies", list(speaker.lies(lies)), verify, is_true=False)
    print(f"seed {seed}: {believed} of {paraphrases} paraphrases and {fooled} of {lies} lies got a yes.")  # noqa: T201


def _shown(what: str, said: Sequence[Said], verify: Verify, *, is_true: bool) -> int:
    """Prints the verdicts by kind, and what got the wrong one; how many got a yes."""
    counts, judged = counted(said, verify)
    for kind in sorted({kind for kind, _ in counts}):
        verdicts = ", ".join(f"{count} {verdict}" for (one, verdict), count in sorted(counts.items()) if one == kind)
        print(f"{what}: {kind}: {verdicts}")  # noqa: T201
    for verdict, one in judged:
        if (verdict in YES) != is_true:
            print(f"  {verdict}: {one.text} ({one.fact})")  # noqa: T201
    return sum(verdict in YES for verdict, _ in judged)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
