"""Whether a number tells what is, or what is planned, aimed at or expected."""

import re

from app.text.periods import Period

ACTUAL, TARGET, PLAN, ESTIMATE = "actual", "target", "plan", "estimate"

# The words that say so before a number, the last of them counts; what is no plan of a number is left out. A look at the
# first character spares most places the rest.
SAID = re.compile(
    r"""(?xi)(?=[力争确目奋到预有估可达计规拟将给奖补已现实完a-z])(?:
    (?P<target>(?=[力争确目奋到])(?:力争|力求|争取|确保|目标|奋斗|(?<![达遇])到20\d\d年底?前?[,:：]?(?!的))
      |(?=[ahs])(?:aim|seek|hope|strive)(?:s|ed|ing)?\s(?:to|for|at)|\b(?=[tg])(?:target(?:s|ed|ing)?\b|goals?\b))
  | (?P<estimate>(?=[预有估可达])(?:预计|有望|预测|预期(?!目标)|估计|可新增|达产后)
      |\b(?=[efpsl])(?:expect(?:s|ed|ing)?\b|forecasts?\b|projected\b|estimates?\b(?!d)|set\sto\b|likely\sto\b))
  | (?P<plan>(?=[计规拟将给奖补])(?:(?<![行动项度年规])计划(?!》|书|提出|\(|的|任务|单列)|规划(?!》|提出|\(|[建的])
      |拟(?!定|态|人)|将(?![近军领士])|给予|奖励|补助)
      |\b(?=[pwiasb])(?:plans?\sto\b|planned\b|will\b|is\sto\b|are\sto\b|set\saside\b|budget(?:s|ed)?\b))
  | (?P<actual>(?=[已现实达完目])(?:已(?!经?批复)|现有|实现了|达到了|完成(?!后)|目前)|\b(?=[hw])(?:has|have|was|were)\b)
    )"""
)


# A document that says what is to be done: its numbers are planned unless their date has been.
PLANNING = re.compile(
    "(?:方案|规划|计划|若干措施|实施意见|要点)(?:\\([^)]{0,100}\\)|>|》)?$|\\b(?:action )?plan\\b", re.IGNORECASE
)


def plans(title: str) -> bool:
    """Whether the title of a document is that of a plan."""
    return bool(PLANNING.search(title))


def status(before: str, period: Period | None, published: Period | None, *, planned: bool) -> str:
    """The status of a number: what is said before it in its sentence, or else what its period tells."""
    found = None
    for match in SAID.finditer(before):
        found = match.lastgroup
    if found and found != ACTUAL:
        return found
    if period and published:
        if period.start > published.end:
            return TARGET
        if planned and period.end < published.start:
            return ACTUAL
    return PLAN if planned and found != ACTUAL else ACTUAL
