"""The entities of a synthetic seed: companies, industries, initiatives, metrics, units, sources, places."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from app.seeding import manifest
from bench.words import name_words

SECTORS, INDUSTRIES, INITIATIVES, METRICS, DISTRICTS = 10, 90, 20, 200, 6
FIRST_YEAR, LAST_YEAR = 2000, 2025

Record = dict[str, Any]
Records = dict[str, Record]


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

sector_id = "sector-{:02d}".format
industry_id = "industry-{:02d}".format
initiative_id = "initiative-{:02d}".format
metric_id = "metric-{:03d}".format
company_id = "company-{:06d}".format
source_id = "source-{:06d}".format
place_id = "district-{}".format


def sector_of(industry: int) -> int:
    return (industry - 1) % SECTORS + 1


def unit_of(metric: int) -> Unit:
    return UNITS[metric % len(UNITS)]


def company_count(facts: int) -> int:
    return max(50, facts // 500)


def source_count(facts: int) -> int:
    return max(20, facts // 1000)


class Nouns:
    """Every record but the facts. Numbers count from 1."""

    def __init__(self, seed: str, facts: int) -> None:
        self.facts = facts
        self._words = name_words(seed)
        self.metric_names = [f"{self._word(number)}量" for number in range(METRICS + 1)]

    def write(self, folder: Path) -> None:
        """Make the folder, with a file a noun."""
        folder.mkdir(parents=True)
        for noun, records in self._all().items():
            # A JSON value is a YAML value, and json writes quickly.
            lines = (f"{key}: {json.dumps(record, ensure_ascii=False)}\n" for key, record in records.items())
            (folder / f"{noun}.yaml").write_text("".join(lines), encoding="utf-8")
        (folder / manifest.FILE).write_text(f"{manifest.DRAFT}\n", encoding="utf-8")

    def _word(self, number: int) -> str:
        return self._words[number % len(self._words)]

    def _named(self, number: int, en: str, kind: str, **more: Any) -> Record:
        return {"zh": self._word(number), "en": en, "kind": kind, **more}

    def _all(self) -> dict[str, Records]:
        sentence = {"zh": "{subject}与{object}合作。", "en": "{subject} works with {object}."}
        return {
            "units": {unit.id: _unit(unit) for unit in UNITS},
            "sources": _numbered(source_count(self.facts), source_id, self._source),
            "places": {"city": self._named(2000, "City", "city")} | _numbered(DISTRICTS, place_id, self._district),
            "industries": _numbered(SECTORS, sector_id, self._sector)
            | _numbered(INDUSTRIES, industry_id, self._industry),
            "initiatives": _numbered(INITIATIVES, initiative_id, self._initiative),
            "organizations": _numbered(company_count(self.facts), company_id, self._company),
            "metrics": _numbered(METRICS, metric_id, self._metric),
            "relations": {"partner-of": {"zh": "合作", "en": "is a partner of", "statement": sentence}},
            "identities": _identities(),
            "policies": {},
            "events": {},
        }

    def _district(self, number: int) -> Record:
        return self._named(2000 + number, f"District {number}", "district", parent="city")

    def _sector(self, number: int) -> Record:
        return self._named(1000 + number, f"Sector {number}", "leading")

    def _industry(self, number: int) -> Record:
        return self._named(1100 + number, f"Industry {number}", "segment", parent=sector_id(sector_of(number)))

    def _initiative(self, number: int) -> Record:
        name, industries = self._word(1300 + number), [sector_id(sector_of(number))]
        summary = {"zh": name, "en": f"The city declares initiative {number}."}
        named = {"zh": name, "en": f"Initiative {number}", "place": "city"}
        return {**named, "industries": industries, "summary": summary}

    def _metric(self, number: int) -> Record:
        return {"zh": self.metric_names[number], "en": f"Metric {number}", "unit": unit_of(number).id, "kind": "flow"}

    def _company(self, number: int) -> Record:
        name = f"{self._word(number)}{self._word(7 * number + 500)}公司"
        where = {"place": place_id(number % DISTRICTS + 1), "industries": [industry_id(number % INDUSTRIES + 1)]}
        return {"zh": name, "en": f"Company {number}", "kind": "company", **where}

    def _source(self, number: int) -> Record:
        year, name = FIRST_YEAR + number % (LAST_YEAR - FIRST_YEAR + 1), self._word(number)
        told = {"publisher": self._word(number % 40), "published": f"{year}-{number % 12 + 1:02d}", "language": "zh"}
        return {"zh": name + self._word(3 * number + 700), "en": f"Article {number}", "kind": "article", **told}


def _numbered(count: int, named: Callable[[int], str], record: Callable[[int], Record]) -> Records:
    return {named(number): record(number) for number in range(1, count + 1)}


def _unit(unit: Unit) -> Record:
    symbol = {"symbol": "%"} if unit.printed == "%" else {}
    return {"zh": unit.printed, "en": unit.en, "printed": {unit.printed: "1"}, **symbol}


def _identities() -> Records:
    """Of metrics that are in one unit: these hold as little as all that is drawn by lot."""
    total, first, second, part, whole, share = ({"metric": metric_id(number)} for number in (1, 11, 21, 2, 12, 10))
    return {
        "sum": {"zh": "之和", "en": "A sum", "total": total, "parts": [first, second]},
        "share": {"zh": "占比", "en": "A share", "share": share, "part": part, "whole": whole},
    }
