"""The verbs of statements: what the slot of a template says, by the status of the value."""

# The verbs of a sentence by the status of its value.
ZH_VERBS = {
    "was": {"actual": "为", "target": "目标为", "plan": "规划为", "estimate": "预计为"},
    "rose": {"actual": "增长", "target": "目标为增长", "plan": "规划增长", "estimate": "预计增长"},
    "fell": {"actual": "下降", "target": "目标为下降", "plan": "规划下降", "estimate": "预计下降"},
}
EN_VERBS = {
    "was": {"actual": "was", "target": "was targeted at", "plan": "was planned at", "estimate": "was estimated at"},
    "were": {
        "actual": "were",
        "target": "were targeted at",
        "plan": "were planned at",
        "estimate": "were estimated at",
    },
    "rose": {
        "actual": "rose",
        "target": "was targeted to rise",
        "plan": "was planned to rise",
        "estimate": "was estimated to have risen",
    },
    "fell": {
        "actual": "fell",
        "target": "was targeted to fall",
        "plan": "was planned to fall",
        "estimate": "was estimated to have fallen",
    },
    "aimed": {"actual": "had", "target": "aimed for", "plan": "planned", "estimate": "was estimated to have"},
}
ZH_VERBS |= {"were": ZH_VERBS["was"]}
# What the subject of a sentence does: the slot of a template is the past tense.
for past, base, participle, zh in (
    ("accounted", "account", "accounted", "占"),
    ("added", "add", "added", "新增"),
    ("built", "build", "built", "新建"),
    ("certified", "certify", "certified", "新认定"),
    ("contributed", "contribute", "contributed", "贡献"),
    ("expanded", "expand", "expanded", "扩建"),
    ("exported", "export", "exported", "出口"),
    ("grew", "grow", "grown", "增加"),
    ("had", "have", "had", "有"),
    ("issued", "issue", "issued", "发放"),
    ("named", "name", "named", "评出"),
    ("produced", "produce", "produced", "生产"),
    ("put", "put", "put", "推广"),
    ("recruited", "recruit", "recruited", "招聘"),
    ("signed", "sign", "signed", "签约"),
    ("sold", "sell", "sold", "销售"),
    ("supplied", "supply", "supplied", "供应"),
    ("upgraded", "upgrade", "upgraded", "升级"),
    ("used", "use", "used", "利用"),
):
    ZH_VERBS[past] = {"actual": zh, "target": f"力争{zh}", "plan": f"计划{zh}", "estimate": f"预计{zh}"}
    EN_VERBS[past] = {
        "actual": past,
        "target": f"aimed to {base}",
        "plan": f"planned to {base}",
        "estimate": f"was estimated to have {participle}",
    }
EN_VERBS["had"]["estimate"] = "was estimated to have"

# The slots of templates; `fell` takes the place of `rose`, and `aimed` is only for targets and plans.
SLOTS = sorted(set(EN_VERBS) - {"fell", "aimed"})
