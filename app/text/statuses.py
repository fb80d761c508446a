"""Words that tell whether a number is of what happened, or is a target, a plan or an estimate."""

import re

ACTUAL, TARGET, PLAN, ESTIMATE = "actual", "target", "plan", "estimate"
# The words before a number that tell its status, the last of them counts; what is no plan of a number is left out. A
# look at the first character spares most places the rest.
STATUS = re.compile(
    r"""(?xi)(?=[力争确目奋到预有估可达计规拟将给奖补已现实完a-z])(?:
    (?P<target>(?=[力争确目奋到])(?:力争|力求|争取|确保|目标|奋斗|(?<![达遇])到20\d\d年底?前?[,:：]?(?!的))
      |(?=[ahs])(?:aim|seek|hope|strive)(?:s|ed|ing)?\s(?:to|for|at)|\b(?=[tg])(?:target(?:s|ed|ing)?\b|goals?\b))
  | (?P<estimate>(?=[预有估可达])(?:预计|有望|预测|预期(?!目标)|估计|可新增|达产后)
      |\b(?=[efpsl])(?:expect(?:s|ed|ing)?\b|forecasts?\b|projected\b|estimates?\b(?!d)|set\sto\b|likely\sto\b))
  | (?P<plan>(?=[计规拟将给奖补])(?:(?<![行动项度年规])计划(?!》|书|提出|\(|的|任务|单列)|规划(?!》|提出|\(|[建的])
      |拟(?!定|态|人)|将(?![近军领士])|给予|奖励|补助)
      |\b(?=[pwiasb])(?:plans?\sto\b|planned\b|will\b|is\sto\b|are\sto\b|set\saside\b|budget(?:s|ed)?\b(?!\s(?:revenue|expenditure|spending))))
  | (?P<actual>(?=[已现实达完目])(?:已(?!经?批复)|现有|实现了|达到了|完成(?!后)|目前)|\b(?=[hw])(?:has|have|was|were)\b)
    )"""
)
