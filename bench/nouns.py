"""The entities of a synthetic seed, with made-up Chinese names: companies, industries, initiatives, metrics, ..."""

import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from app.seeding import manifest

SEED = "factbook-1"  # of all random numbers
SECTORS, INDUSTRIES, INITIATIVES, METRICS, DISTRICTS, PAPERS = 10, 90, 20, 200, 6, 40
FIRST_YEAR, LAST_YEAR = 2000, 2025
YEARS = LAST_YEAR + 1 - FIRST_YEAR
QUOTE_WORDS, NAME_WORDS = 6000, 3000
LENGTHS, LENGTH_WEIGHTS = (2, 3, 4), (6, 3, 2)  # of words, in characters
# What a quote may not contain by chance: digits, hedges, magnitudes, units, and the characters of our sentences.
SPOILERS = frozenset(
    "一七万三上下不与两个临为之乎九了予二于亏五亚交产亩人亿介从仓以会低余倍元克八公六关内减几出分划到制功助励十千升半占卡及反可台右司合"
    "同名吨含员和品四回圆场增处外多大天契奖季家对将小少层履岁左差已币幅年应度座开张弱强录得总成或户打技抱挫损接提收效数方日时易曾最月有"
    "未本术条果来标样案概次民水没海游滑满点熟瓦瓶由番百的目码破种秒称突窄立站第签简米类约级纪经给缩翻能至节萎落补规计诉负贴赶起超越足跌"
    "跨较辆达过近违连通逼逾邀邻里重量金钟锐键长间附降难集零靠项预颈题额飞骤高"
)

Records = dict[str, dict[str, Any]]


class Unit(NamedTuple):
    """`power` is that of the magnitude printed between number and unit: 4 is 万, 8 is 亿."""

    id: str
    en: str
    printed: str
    magnitude: str = ""
    power: int = 0
    whole: bool = False  # whether its numbers have no decimals


UNITS = (
    Unit("percent", "percent", "%"),
    Unit("CNY", "yuan", "元", "亿", 8),
    Unit("vehicle", "vehicles", "辆", "万", 4),
    Unit("firm", "firms", "家", whole=True),
    Unit("site", "sites", "个", whole=True),
    Unit("station", "stations", "座", whole=True),
    Unit("tonne", "tonnes", "吨", "万", 4),
    Unit("project", "projects", "项", whole=True),
    Unit("person", "people", "人", whole=True),
    Unit("machine", "machines", "台", "万", 4),
)

# Numbers of entities count from 1.
sector_id = "sector-{:02d}".format
industry_id = "industry-{:02d}".format
initiative_id = "initiative-{:02d}".format
metric_id = "metric-{:03d}".format
company_id = "company-{:06d}".format
source_id = "source-{:06d}".format
place_id = "district-{}".format
paper_id = "paper-{:02d}".format
metric_name = "{}量".format


def sector_of(industry: int) -> int:
    return (industry - 1) % SECTORS + 1


def company_count(facts: int) -> int:
    return max(50, facts // 500)


def source_count(facts: int) -> int:
    return max(20, facts // 1000)


@cache
def _characters(start: int) -> tuple[str, ...]:
    """Every fourth harmless one of the 3755 everyday characters of GB 2312; two starts share none, so that no quote
    has a word of a name in it."""
    codes = (bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    common = [character for code in codes if (character := code.decode("gb2312", errors="ignore"))]
    return tuple([character for character in common if character not in SPOILERS][start::4])


def _make_up(purpose: str, characters: tuple[str, ...], count: int) -> list[str]:
    random, words = Random(f"{SEED} {purpose}"), dict[str, None]()
    while len(words) < count:
        (length,) = random.choices(LENGTHS, LENGTH_WEIGHTS)
        words["".join(random.choices(characters, k=length))] = None
    return list(words)


def quote_words() -> list[str]:
    """The vocabulary of quotes, the commonest word first."""
    return _make_up("quotes", _characters(0), QUOTE_WORDS)


def name_words() -> list[str]:
    return _make_up("names", _characters(2), NAME_WORDS)


def write_nouns(facts: int, folder: Path) -> None:
    """Make the folder, with a file a noun."""
    folder.mkdir(parents=True)
    for noun, records in _nouns(facts).items():
        # A JSON value is a YAML value, and json writes quickly.
        lines = (f"{key}: {json.dumps(record, ensure_ascii=False)}\n" for key, record in records.items())
        (folder / f"{noun}.yaml").write_text("".join(lines), encoding="utf-8")
    (folder / manifest.FILE).write_text(f"{manifest.DRAFT}\n", encoding="utf-8")


def _nouns(facts: int) -> dict[str, Records]:
    """Every record but the facts."""
    words, numbers = name_words(), range(1, METRICS + 1)
    sentence = {"zh": "{subject}与{object}合作。", "en": "{subject} works with {object}."}
    total, first, second, part, whole, share = ({"metric": metric_id(number)} for number in (1, 11, 21, 2, 12, 10))

    def word(number: int) -> str:
        return words[number % len(words)]

    def named(zh: str, en: str, kind: str, **more: Any) -> dict[str, Any]:
        return {"zh": zh, "en": en, "kind": kind, **more}

    return {
        "units": {
            unit.id: {"zh": unit.printed, "en": unit.en, "printed": {unit.printed: "1"}}
            | ({"symbol": "%"} if unit.printed == "%" else {})
            for unit in UNITS
        },
        "sources": {
            source_id(n): named(word(n) + word(3 * n + 700), f"Article {n}", "press")
            | {"publisher": paper_id(n % PAPERS + 1), "published": str(FIRST_YEAR + n % YEARS), "language": "zh"}
            for n in range(1, source_count(facts) + 1)
        },
        "places": {"city": named(word(2000), "City", "city")}
        | {place_id(n): named(word(2000 + n), f"District {n}", "district", parent="city") for n in numbers[:DISTRICTS]},
        "industries": {sector_id(n): named(word(1000 + n), f"Sector {n}", "leading") for n in numbers[:SECTORS]}
        | {
            industry_id(n): named(word(1100 + n), f"Industry {n}", "segment", parent=sector_id(sector_of(n)))
            for n in numbers[:INDUSTRIES]
        },
        "initiatives": {
            initiative_id(n): {"zh": word(1300 + n), "en": f"Initiative {n}", "place": "city"}
            | {"industries": [sector_id(sector_of(n))]}
            | {"summary": {"zh": word(1300 + n), "en": f"The city declares initiative {n}."}}
            for n in numbers[:INITIATIVES]
        },
        "organizations": {
            company_id(n): named(f"{word(n)}{word(7 * n + 500)}公司", f"Company {n}", "company")
            | {"place": place_id(n % DISTRICTS + 1), "industries": [industry_id(n % INDUSTRIES + 1)]}
            for n in range(1, company_count(facts) + 1)
        }
        | {paper_id(n): named(f"{word(n)}报", f"Newspaper {n}", "media") for n in numbers[:PAPERS]},
        "scopes": {},
        "metrics": {
            metric_id(n): {
                "zh": metric_name(word(n)),
                "en": f"Metric {n}",
                "unit": UNITS[n % len(UNITS)].id,
                "kind": "flow",
            }
            for n in numbers
        },
        "relations": {"partner-of": {"zh": "合作", "en": "is a partner of", "statement": sentence}},
        # Of metrics in one unit: these agree as little as random numbers do.
        "identities": {
            "sum": {"zh": "之和", "en": "A sum", "total": total, "parts": [first, second]},
            "share": {"zh": "占比", "en": "A share", "share": share, "part": part, "whole": whole},
        },
        "policies": {},
        "events": {},
    }
