"""The entities of a synthetic seed: companies, industries, initiatives, metrics, units, sources, places."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.seeding import manifest
from bench.words import name_words

SECTORS, INDUSTRIES, INITIATIVES, METRICS, DISTRICTS = 10, 90, 20, 200, 6
FIRST_YEAR, LAST_YEAR = 2000, 2025

Records = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Unit:
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


def sector_id(number: int) -> str:
    return f"sector-{number:02d}"


def industry_id(number: int) -> str:
    return f"industry-{number:02d}"


def initiative_id(number: int) -> str:
    return f"initiative-{number:02d}"


def metric_id(number: int) -> str:
    return f"metric-{number:03d}"


def company_id(number: int) -> str:
    return f"company-{number:06d}"


def source_id(number: int) -> str:
    return f"source-{number:06d}"


def place_id(number: int) -> str:
    return f"district-{number}"


def sector_of(industry: int) -> int:
    return (industry - 1) % SECTORS + 1


# Of metrics that are in one unit: these hold as little as all that is drawn by lot.
IDENTITIES: Records = {
    "sum": {
        "zh": "之和",
        "en": "A sum",
        "total": {"metric": metric_id(1)},
        "parts": [{"metric": metric_id(11)}, {"metric": metric_id(21)}],
    },
    "share": {
        "zh": "占比",
        "en": "A share",
        "share": {"metric": metric_id(10)},
        "part": {"metric": metric_id(2)},
        "whole": {"metric": metric_id(12)},
    },
}


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
        folder.mkdir(parents=True)
        for noun, records in self._all().items():
            # A JSON value is a YAML value, and json writes quickly.
            lines = (f"{key}: {json.dumps(record, ensure_ascii=False)}\n" for key, record in records.items())
            (folder / f"{noun}.yaml").write_text("".join(lines), encoding="utf-8")
        (folder / manifest.FILE).write_text(f"{manifest.DRAFT}\n", encoding="utf-8")

    def _word(self, number: int) -> str:
        return self._words[number % len(self._words)]

    def _all(self) -> Mapping[str, Records]:
        return {
            "units": {unit.id: _unit(unit) for unit in UNITS},
            "sources": {source_id(number): self._source(number) for number in _count(source_count(self.facts))},
            "places": self._places(),
            "industries": self._industries(),
            "initiatives": {initiative_id(number): self._initiative(number) for number in _count(INITIATIVES)},
            "organizations": {
                company_id(number): self._company(number) for number in _count(company_count(self.facts))
            },
            "metrics": {metric_id(number): self._metric(number) for number in _count(METRICS)},
            "relations": {"partner-of": _relation()},
            "identities": IDENTITIES,
            "policies": {},
            "events": {},
        }

    def _places(self) -> Records:
        city = {"city": {"zh": self._word(2000), "en": "City", "kind": "city"}}
        return city | {
            place_id(number): {
                "zh": self._word(2000 + number),
                "en": f"District {number}",
                "kind": "district",
                "parent": "city",
            }
            for number in _count(DISTRICTS)
        }

    def _industries(self) -> Records:
        leading = {
            sector_id(number): {"zh": self._word(1000 + number), "en": f"Sector {number}", "kind": "leading"}
            for number in _count(SECTORS)
        }
        return leading | {
            industry_id(number): {
                "zh": self._word(1100 + number),
                "en": f"Industry {number}",
                "kind": "segment",
                "parent": sector_id(sector_of(number)),
            }
            for number in _count(INDUSTRIES)
        }

    def _initiative(self, number: int) -> dict[str, Any]:
        name = self._word(1300 + number)
        return {
            "zh": name,
            "en": f"Initiative {number}",
            "place": "city",
            "industries": [sector_id(sector_of(number))],
            "summary": {"zh": name, "en": f"The city declares initiative {number}."},
        }

    def _metric(self, number: int) -> dict[str, Any]:
        return {"zh": self.metric_names[number], "en": f"Metric {number}", "unit": unit_of(number).id, "kind": "flow"}

    def _company(self, number: int) -> dict[str, Any]:
        return {
            "zh": f"{self._word(number)}{self._word(7 * number + 500)}公司",
            "en": f"Company {number}",
            "kind": "company",
            "place": place_id(number % DISTRICTS + 1),
            "industries": [industry_id(number % INDUSTRIES + 1)],
        }

    def _source(self, number: int) -> dict[str, Any]:
        year = FIRST_YEAR + number % (LAST_YEAR - FIRST_YEAR + 1)
        return {
            "zh": f"{self._word(number)}{self._word(3 * number + 700)}",
            "en": f"Article {number}",
            "kind": "article",
            "publisher": self._word(number % 40),
            "published": f"{year}-{number % 12 + 1:02d}",
            "language": "zh",
        }


def _count(number: int) -> range:
    return range(1, number + 1)


def _unit(unit: Unit) -> dict[str, Any]:
    symbol = {"symbol": "%"} if unit.printed == "%" else {}
    return {"zh": unit.printed, "en": unit.en, "printed": {unit.printed: "1"}, **symbol}


def _relation() -> dict[str, Any]:
    sentence = {"zh": "{subject}与{object}合作。", "en": "{subject} works with {object}."}
    return {"zh": "合作", "en": "is a partner of", "statement": sentence}
