"""Whether a number tells what is, or what is planned, aimed at or expected."""

import re

from app.periods import Period

ACTUAL, TARGET, PLAN, ESTIMATE = "actual", "target", "plan", "estimate"

# The words that say so before a number, the last of them counts; what is no plan of a number is left out.
SAID = re.compile(
    r"""(?xi)
    (?P<target>力争|力求|争取|确保|目标|奋斗|(?<![达遇])到20\d\d年底?前?[,:：]?(?!的)
      |(?:aim|seek|hope|strive)(?:s|ed|ing)?\s(?:to|for|at)|\btarget(?:s|ed|ing)?\b|\bgoals?\b)
  | (?P<estimate>预计|有望|预测|预期(?!目标)|估计|可新增|达产后|\bexpect(?:s|ed|ing)?\b|\bforecasts?\b|\bprojected\b
      |\bestimates?\b(?!d)|\bset\sto\b|\blikely\sto\b)
  | (?P<plan>(?<![行动项度年规])计划(?!》|书|提出|\(|的|任务|单列)|规划(?!》|提出|\(|[建的])|拟(?!定|态|人)
      |将(?![近军领士])|给予|奖励|补助|\bplans?\sto\b|\bplanned\b|\bwill\b|\bis\sto\b|\bare\sto\b|\bset\saside\b|\bbudget(?:s|ed)?\b)
  | (?P<actual>已(?!经?批复)|现有|实现了|达到了|完成(?!后)|目前|\bhas\b|\bhave\b|\bwas\b|\bwere\b)
    """
)


# A document that says what is to be done: its numbers are planned unless their date has been.
PLANNING = re.compile(
    "(?:方案|规划|计划|若干措施|实施意见|要点)(?:\\([^)]*\\)|>|》)?$|\\b(?:action )?plan\\b", re.IGNORECASE
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
