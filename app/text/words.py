"""The words that a sentence may have beside names, dates and numbers: those that are understood."""

import re
from enum import StrEnum


class Deed(StrEnum):
    """What is done with the things that are counted."""

    PRODUCE = "produce"
    SELL = "sell"
    EXPORT = "export"
    IMPORT = "import"
    DELIVER = "deliver"
    GROW = "grow"


# How each is said: as the end of the name of a metric (Chinese, English), or as a word of its own.
NAMED_BY = {
    Deed.PRODUCE: (("产量",), (" output", " production")),
    Deed.SELL: (("销量", "销售量"), (" sales",)),
    Deed.EXPORT: (("出口量",), (" exports",)),
    Deed.IMPORT: (("进口量",), (" imports",)),
    Deed.DELIVER: (("交付量",), (" delivered", " deliveries")),
    Deed.GROW: (("增速", "涨幅"), (" growth",)),
}
SAID_BY = {
    Deed.PRODUCE: """产量 生产 生产了 生产出 产出 产出了 产下 产 造出 造出了 制造 制造了 制造出 出产 下线 下线了
    生产量 总产量 output production produced produce producing made make manufactured manufacture built build
    turned@out rolled@out rolled@off churned@out assembled production@lines assembly@lines""",
    Deed.SELL: """销量 销售 销售了 售出 售出了 卖出 卖出了 卖了 销出 销售量 总销量 销售出 sales sold sell""",
    Deed.EXPORT: """出口 出口了 出口量 外销 exports exported export shipped@abroad sold@abroad shipped@overseas""",
    Deed.IMPORT: "进口 进口了 进口量 imports imported",
    Deed.DELIVER: "交付 交付了 交付量 delivered delivery deliveries handed@over",
    Deed.GROW: """增长 增长了 同比增长 同比增长了 同比增速 同比增幅 同比上升 同比提高 同比扩大 增加 增加了 增速
    增幅 上升 上升了 上涨 上涨了 提升 提升了 提高了 涨幅 涨 涨了 同比 同比上涨 扩大了 攀升 攀升了 year-on-year
    year@on@year yoy rose rise risen rising grew grow grown growing growth increased increase increasing up climbed
    climb jumped jump surged surge expanded expansion advanced gained""",
}
GROWN_TO = """增至 增加到 增长到 增长至 增加至 升至 上升到 上升至 提高到 提高至 攀升至 攀升到 扩大到 扩大至
    提升至 提升到 跃升至 涨到 涨至 rose@to grew@to climbed@to increased@to jumped@to surged@to expanded@to rising@to
    growing@to"""
# What a growth is compared with.
COMPARED = """不变价格 可比价格 不变价 可比价 比 比上年 较 较上年 与 相比 相较 相比于 比较 上年 上一年 前一年
    同期 去年同期 上年同期 年 比上年同期 较上年同期 一年前 from over than compared@with compared@to against versus
    on the previous prior year preceding before earlier a same period of rate"""
PLAIN = """的 省会 之 了 在 于 是 为 系 以 与 和 及 共 共计 总计 合计 一共 总共 达 达到 达到了 达成 至 到
    到了 有 拥有 共有 现有 实现 实现了 完成 完成了 取得 取得了 录得 创下 创下了 创造 创造了 登上 迈上 稳定在 保持在
    维持在 定格在 计 计为 约为 其 该 本 该市 该省 该县 该区 该公司 该企业 该厂 该园区 当地 本地 全市 全县 全区 全年
    年度 当年 当期 期间 期内 年内 一年 这一年 一年间 年 整年 全年度 里 内 中 间 时 方面 而言 来说 来看 来讲 看 规模
    总量 总额 总数 数量 数值 数字 数据 水平 指标 这一 这个 这项 一项 据 根据 依据 按 按照 来自 从 由 统计 测算 核算
    公布 发布 公报 通报 披露 介绍 了解 悉 获悉 报道 消息 显示 表明 指出 称 官方 有关 部门 统计局 政府 记者 相关 公开
    资料 报告 年报 财报 快报 新闻 发布会 统计公报 国民经济 社会发展 最新 初步 已 已经 首次 成功 正式 一举 也 则 并
    且 而 仅 就 底 末 年末 年底 截至 截止 截 止 的是 可达 为止 之内 之间 共实现 共完成 总共有 全部 全口径 口径 计算
    大关 关口 以来 那一年 我市 我省 我国 全市共 年终 成绩 交出 呈现 处于 位于 坐落 地处 数据显示 等于 事实上
    众所周知 随着 近年来 出台 编制 一系列 如今 当下 现 先后 均已 业务 现已 人 辆 台 家 个 元 亿 万 单位
    人民币 左右 约 大约 大致 a an the of in for at by on to and its it their his with from as was were is are has
    had have been be reached reaching reach hit hits stood standing totalled totaled totalling totaling amounted
    amounting came come recorded registered posted reported report reports saw seen achieved logged ended finished
    closed year annual annually full whole entire city city's province's the@company the@company's the@firm
    the@group the@manufacturer the@carmaker the@automaker the@bus@maker the@plant the@province the@zone
    the@province's there total totals overall combined all during over course throughout period months end some
    around about which that this those these who according data figures figure statistics statistical official
    officials officially show shows showed shown showing indicate indicates indicated say says said bureau
    government authorities communique value number numbers volume level size amount amounts worth units unit people
    calendar twelve-month twelve months january december across within inside into also already itself one what how
    many much roughly approximately altogether equal equals equalled equivalent put puts stands stand based chinese
    news press release yearbook annual@report fiscal first-half count counts running comes reading measured employed
    employing employs employ had@a operated operating operates operate hosted hosts host boasted boasts counted
    earned generated booked brought@in took@in pulled@in valued marked last 's s ' &"""
# What takes a sentence back, asks, supposes, or says that others only say so.
DENIED = re.compile(
    r"""(?x)不实|谣|虚假|造假|假[的消新]|否认|有误|错误|误[传报称]|并[非不未无]|[^无]不是|不属实|不准|未[能曾经必见达予]|没有|没能
    |从[未不没]|尚未|不再|不会|不可能|传言|传闻|据传|讹|撤回|更正|质疑|如果|假如|倘若|若(?!干)|除非|要是|假设|谎|吹嘘|夸大|推翻
    |不可信|不符|不对|绝非|绝不|岂|难道|吗|是否|远未|无法|未|非(?![常洲凡遗物])|取消|召回|不足为信
    |\b(?:not|never|nor|neither|no|none|false|falsely|untrue|wrong|wrongly|incorrect|incorrectly|den(?:y|ied|ies|ying)
      |reject(?:s|ed)?|refut\w+|debunk\w*|disput\w+|rumou?r\w*|alleged\w*|hoax|myth|fake|mistaken(?:ly)?|erroneous(?:ly)?
      |retract\w*|correct(?:ed|ion)|if|unless|unlikely|doubt\w*|contrary|far@from|fail(?:ed|s)?|without|hypothetical\w*
      |supposed(?:ly)?|claim(?:s|ed)?|would|could|might|may|should|recall(?:ed|s)?|instead|rather|overstated
      |exaggerat\w+|unconfirmed|whether|hardly|scarcely|barely|nowhere|cannot)\b|n['’]t\b""".replace("@", r"\s")
)
# Before the name of a place that the sentence is not of.
COMPLEMENT = re.compile(r"(?:向|对|往|到|至|在|于|\b(?:to|in|for|at)\s?)$")
TOWARDS = re.compile(r"(?:向|对|往|到|至|\b(?:to|for)\s?)$")
ATTRIBUTED = re.compile(
    r"(?i)(?:据|根据|按照?|来自|记者从|援引|according\sto|as\sreported\sby|(?:data|figures|statistics)\sfrom)"
)


class WordKind(StrEnum):
    PLAIN = "plain"
    STATUS = "status"
    GROWN_TO = "grown-to"
    COMPARED = "compared"
    UNKNOWN = "unknown"


def _listed(words: str) -> set[str]:
    return {word.replace("@", " ") for word in words.split()}


DEEDS: dict[str, set[Deed]] = {}
for deed, words in SAID_BY.items():
    for word in _listed(words):
        DEEDS.setdefault(word, set()).add(deed)
KINDS = (
    dict.fromkeys(DEEDS, WordKind.UNKNOWN)
    | dict.fromkeys(_listed(COMPARED), WordKind.COMPARED)
    | dict.fromkeys(_listed(GROWN_TO), WordKind.GROWN_TO)
    | dict.fromkeys(_listed(PLAIN), WordKind.PLAIN)
)


def _either(words: set[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True))).replace(r"\ ", r"\s")


CHINESE = {word for word in KINDS if not word.isascii()}
ENGLISH = {word for word in KINDS if word.isascii()}
# A known word, an English word, or else what stands between words.
WORD = re.compile(
    rf"(?i)(?P<zh>{_either(CHINESE)})|(?P<en>(?<![a-z])(?:{_either(ENGLISH)})(?![a-z'’-]))"
    r"|(?P<other>[a-z]+(?:['’-][a-z]+)*|[\w%$€£¥+])"
)
