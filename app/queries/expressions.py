"""Filters written as expressions, and what a name and an operator of another API ask for, as clauses."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from app.queries.words import (
    BRACKETS,
    FLAGS,
    MEANT,
    OPERATORS,
    SIGN_OPERATORS,
    WORD_OPERATORS,
    end_of,
    meant_by,
    misspelled,
    plain,
)

EXPRESSION = re.compile(
    rf"([\w$.-]+?)\s*(?:({SIGN_OPERATORS})|\s({WORD_OPERATORS})\s|\.({WORD_OPERATORS})\.)\s*(.+)", re.IGNORECASE
)
CONTAINS = re.compile(r"(?:contains|substringof|startswith)\(([^,]+),([^,]+)\)", re.IGNORECASE)
AND = re.compile(r"\s+and\s+|\s*&&?\s*|\s*;\s*|,(?=\s*[\w-]+\s*[:=<>.])", re.IGNORECASE)
OR = re.compile(r"\s+or\s+|\s*\|\|\s*", re.IGNORECASE)
BETWEEN_AND = re.compile(r"(\bbetween)\s+(\S+)\s+and\s+(\S+)", re.IGNORECASE)
ALL = re.compile(r"1\s*=\s*1|true|\*(?::\*)?|", re.IGNORECASE)  # what leaves nothing out
WHOLE_YEARS = re.compile(r"[0-9]{4}(?:[^0-9A-Za-z]+[0-9]{4})?")
LIKE = re.compile(rf"^{WORD_OPERATORS}\.", re.IGNORECASE)  # title=ilike.*汽车*
STATEMENT = re.compile(r"\s*select\s", re.IGNORECASE)  # in SQL
BETWEEN_BARS = re.compile(r"\|\|\$?(\w+)\|\|")  # status||$ne||target
KEY = re.compile(r"([{,]\s*)([$\w]+)\s*:")  # of an object, without quotes
OFFSET = re.compile(r"[0-9]{1,3}")  # no year
DATED = ("year", "period", "published")
VALUE_WITH_OPERATOR = re.compile(rf"(?:({WORD_OPERATORS})[.:\s]\s*|({SIGN_OPERATORS})\s*)\(?([^()]+)\)?", re.IGNORECASE)
YEAR_END = re.compile(r">([0-9]{4})-12-31|<([0-9]{4})-01-01")
ParameterNames = Collection[str]  # the parameters of a path


class Clause(NamedTuple):
    """What a parameter asks for: a value as ours are written (``), or one end of a range, or what is excluded."""

    name: str
    operator: str
    value: str


Clauses = list[Clause]


class Ambiguous(Exception):
    """Conditions that no parameter can hold together, or of which it cannot be told what they mean."""


def clause(name: str, operator: str, value: str, known: ParameterNames) -> Clauses:
    """What a name with an operator asks for; nothing for the offset of a page."""
    end, ours = end_of(name), meant_by(name, known)
    if end and ours and operator == "=":
        operator = end[0]
        if ours[0] != "value" and OFFSET.fullmatch(value):  # of the rows of a page
            return [Clause("limit", "", value)] if operator[0] == "<" else []
    unknown = misspelled(name, known) if plain(name) not in MEANT else None
    if "q" in ours:
        if STATEMENT.match(value):
            raise Ambiguous
        value = LIKE.sub("", value).strip("*%")
    meant = ours[0] if ours else unknown or name
    if meant == "period" and "year" in known and WHOLE_YEARS.fullmatch(value):
        meant = "year"
    return [Clause(meant, operator, value)]


def alternatives(text: str) -> str:
    """`(year.eq.2023,year.eq.2024)`, the value of `or` in PostgREST, as an expression."""
    return re.sub(r",(?=\s*\w+\.)", " or ", text)


def expressions(text: str, known: ParameterNames) -> Clauses:
    """`year eq 2024 and place:zhengzhou`, or the same as JSON. Raises Ambiguous."""
    text = BETWEEN_BARS.sub(r" \1 ", re.sub(r"\{(\w+)\}", r"\1", text.strip()))  # {year}=2024
    text = BETWEEN_AND.sub(r"\1 \2,\3", re.sub(r"^\((.*)\)$", r"\1", text))
    if ALL.fullmatch(text):
        return []
    if text.startswith("{"):
        return conditions(text, known)
    splitter = OR if OR.search(text) else AND
    clauses = [one for part in splitter.split(text) for one in _expression(part.strip(), known)]
    if splitter is OR:
        return _joined(clauses)
    names = [one.name for one in clauses if one.operator == "="]
    if len(set(names)) < len(names):  # year=2023 and year=2024: both must hold
        raise Ambiguous
    return clauses


def _expression(text: str, known: ParameterNames) -> Clauses:
    text = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    if text[:1] in "-!" and len(text) > 1:
        return [one._replace(operator="!=") for one in _expression(text[1:], known) if one.operator == "="]
    if found := CONTAINS.fullmatch(text):
        texts = [one.strip("'\"") for one in map(str.strip, found.groups()) if one.startswith(("'", '"'))]
        if len(texts) == 1 and "q" in known:
            return [Clause("q", "=", texts[0])]
    elif found := EXPRESSION.fullmatch(text):
        return clause(found[1], OPERATORS[(found[2] or found[3] or found[4]).casefold()], found[5], known)
    raise Ambiguous


def _joined(clauses: Clauses) -> Clauses:
    """The clauses of `year=2023 or year=2024` as the values of one parameter."""
    names = {one.name for one in clauses}
    if len(names) != 1 or {one.operator for one in clauses} != {"="}:
        raise Ambiguous
    return [Clause(names.pop(), "=", ",".join(one.value for one in clauses))]


def conditions(text: str, known: ParameterNames) -> Clauses:
    """`{"year": {"$gte": 2022}}`. Raises Ambiguous for what is not so simple."""
    try:
        read: dict[str, Any] = json.loads(text if '"' in text[:3] else KEY.sub(r'\1"\2":', text))
    except ValueError:
        raise Ambiguous from None
    return [one for name, value in read.items() for one in _condition(name, value, known)]


def _condition(name: str, told: Any, known: ParameterNames) -> Iterator[Clause]:
    if plain(name) in BRACKETS and isinstance(told, dict):
        yield from conditions(json.dumps(told), known)
        return
    for operator, operand in (told if isinstance(told, dict) else {"eq": told}).items():
        sign = OPERATORS.get(operator.strip("$_").casefold())
        values = operand if isinstance(operand, list) else [operand]
        texts = [name, *map(str, values)]
        if not sign or not all(isinstance(one, str | int | float) for one in values):
            raise Ambiguous
        if sign[0] in "<>" and len(values) > 1:  # one end of a range
            raise Ambiguous
        if not all(map(str.isprintable, texts)):  # a query string may hold no such characters
            raise Ambiguous
        yield from clause(name, sign, ",".join(map(str, values)), known)


def operator_and_value(text: str) -> tuple[str, str] | None:
    """`>=` and `2020` of `gte.2020`; None for a value without an operator."""
    found = VALUE_WITH_OPERATOR.fullmatch(text)
    return (OPERATORS[(found[1] or found[2]).casefold()], found[3]) if found else None


def ranged(name: str, operator: str, operand: str) -> str:
    """A value with an operator as ours are written: years are whole, and so `> 2022` begins with 2023."""
    if operator in (">", "<") and name in DATED and re.fullmatch("[0-9]{4}", operand):
        operand = str(int(operand) + (1 if operator == ">" else -1))
    if name in ("year", "period") and (found := YEAR_END.fullmatch(f"{operator}{operand}")):  # or a year would overlap
        operand = f"{int(found[1]) + 1}-01-01" if found[1] else f"{int(found[2]) - 1}-12-31"
    if operator in ("none", "any"):  # year__isnull=false
        is_so = FLAGS.get(plain(operand), plain(operand)) == "true"
        return "none" if (operator == "none") == is_so else "any"
    if operator[:1] in (">", "<"):
        return f"{operand}.." if operator[0] == ">" else f"..{operand}"
    parts = [part.strip() for part in operand.split(",")]
    if operator == "!=":
        return ",".join(f"-{part}" for part in parts)
    return "..".join(parts) if operator == ".." and len(parts) == 2 else ",".join(parts)  # noqa: PLR2004 - two ends


def bare(value: str) -> str:
    """A value without quotes and parentheses."""
    return re.sub(r"^[('\"]+|[)'\"]+$", "", value.strip())
