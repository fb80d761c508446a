"""A number states a fact or it does not: dates, ordinals, list numbers, codes, names and turns of phrase do not."""

from decimal import Decimal

import pytest

from app.text.claims import ClaimReader
from app.text.periods import read_period

KNOWN = """% 个百分点 元 美元 辆 台 家 户 个 项 件 条 人 名 位 公里 亩 秒 分钟 小时 天 日 个月 月 年 度 千瓦时 千瓦
    A E P G T 大 类 种 次 场 分 点 倍 成 番 座 所 块 架 张 percent yuan $ US$ ¥ vehicles cars buses companies people
    km seconds minutes days years times laboratories"""
READER = ClaimReader({"any": dict.fromkeys(KNOWN.split(), Decimal(1)) | {"percentage points": Decimal(1)}})

# What is printed, and the numbers in it that state a fact, as printed.
CHINESE = {
    # quantities
    "产量突破110万辆": "突破110万辆",
    "签约27个项目": "27个",
    "占全省的80%以上": "80%以上",
    "两家企业落户": "两家",
    "建成十二个中心": "十二个",
    "数十家企业": "数十家",
    "近万人参加": "近万人",
    "不到一分钟下线一台": "不到一分钟",
    "占比超四成": "超四成",
    "三分之二的企业": "三分之二",
    "产量翻了一番": "翻了一番",
    "客户24000+": "24000+",
    "营收5.2亿": "5.2亿",
    "每52秒下线一台": "52秒",
    "5、6和7家": "5;6;7家",
    "3至5家": "3至5家;3至5家",
    "水泥42.5万吨": "42.5万吨",
    "运力1285万人次": "1285万人次",
    "历时3年": "3年",
    "第200万辆汽车下线": "第200万辆",
    "位居全国第3": "第3",
    "排名第二": "第二",
    "居全省第2位": "第2位",
    "“110万辆”大关": "110万辆",
    "充电15分钟": "15分钟",
    "营收-5.2亿元": "-5.2亿元",
    "三次产业结构为4:42:54": "4;42;54",
    "两成企业": "两成",
    "奖励三千元": "三千元",
    "从业者数以万计": "数以万计",
    "收入比为1.85": "1.85",
    "亿元以上项目27个": "27个",
    "产量1234567辆": "1234567辆",
    "增长98%（2024年）": "98%",
    "用电100度": "100度",
    "价格指数(CPI)为100.3": "100.3",
    "平均年龄31.5岁": "31.5岁",
    "连续三年": "三年",
    "评分4.9分（满分5分）": "4.9分",
    # none: classes, shares of each, and limits
    "10万吨级泊位": "",
    "3000万级客流": "",
    "15分钟便民生活圈": "",
    "前10名股东": "",
    "共18条": "18条",
    "产值超10亿元的企业27家": "27家",
    "（含20亿元）": "",
    "误差正负1个百分点": "",
    # dates
    "2024年6月26日上午9时30分": "",
    "近三年来": "",
    "十年前": "",
    "“十四五”时期": "",
    "20世纪90年代": "",
    "27日至29日": "",
    # ordinals and the numbers of lists
    "第一产业": "",
    "第三届大会": "",
    "第5次会议": "",
    "一、总体要求": "",
    "（二）主要目标": "",
    "1.加快建设": "",
    "一是加快建设": "",
    "注：[1]初步数": "",
    # names and codes
    "5G网络": "",
    "运-20和C919客机": "",
    "A100芯片": "",
    "107国道": "",
    "18号楼": "",
    "3号线": "",
    "“1566”体系": "",
    "“4+N”产业园": "",
    "《支持企业的20条措施》": "",
    "三年行动计划": "",
    "工业4.0": "",
    "千亿级集群": "",
    "中国500强": "",
    "电话：0371-67170000": "",
    "证券代码：600066": "",
    "豫政〔2024〕15号": "",
    "手机13800138000": "",
    "邮编450000": "",
    "账户6222021234567": "",
    "写信到a.b2024@example.cn": "",
    "见www.example.cn/2024/35": "",
    # ages, ratios, turns of phrase
    "65岁以上老人": "",
    "“80后”青年": "",
    "甲乙之比为4:42:50": "",
    "7×24小时": "",
    "24小时营业": "",
    "360度无死角": "",
    "千家万户": "",
    "一个目标": "",
    "三个方面": "",
    "每10股派息": "",
    "万众一心": "",
    "5A级景区": "",
    "气温30度": "",
    "这两家企业": "",
    "一分部署，九分落实": "",
    "二三产业": "",
    "世界500强": "",
    "2025年已经过半": "",
    "迈入全国第一方阵": "",
    "用好12345热线": "",
    "四通八达": "",
    "一条龙": "",
    "规上企业是指年营收2000万元以上的企业": "",
}
ENGLISH = {
    "sold 48,210 cars": "48,210 cars",
    "rose 5 percent": "5 percent",
    "fell by 2.9 percent": "fell by 2.9 percent",
    "worth $4.4 billion": "$4.4 billion",
    "more than 30 countries": "more than 30",
    "35 new stores": "35",
    "three plants": "three",
    "nearly half": "nearly half",
    "two thirds of them": "two thirds",
    "a 1.3-billion-yuan bridge": "1.3-billion",
    "28,750 were electric": "28,750",
    "hired some 1,500 workers": "some 1,500",
    "every 75 seconds": "75 seconds",
    "between 3 and 5 million people": "between 3 and 5 million people;between 3 and 5 million people",
    "six of them": "six",
    "1.2 million tonnes": "1.2 million tonnes",
    "five times the level": "five times",
    "a 30-minute ride": "30",
    "5 state key laboratories": "5",
    "lost two orders": "two",
    "one in ten": "one in ten",
    "dozens of plants": "dozens of",
    "twice what it was": "twice",
    "about one percent ahead": "about one percent",
    "compared with 96 in 2023": "96",
    "the rate was 1.1 per million": "1.1",
    "92 of the 140 cars": "92;140 cars",
    "twenty-metre boats": "",
    # none
    "on June 26, 2025": "",
    "in the past ten years": "",
    "Model 3 and the A320": "",
    "Page 12": "",
    "No. 8": "",
    "the top 10": "",
    "42 Harbour Road": "",
    "Ada Brook, 52, said": "",
    "the 45-year-old": "",
    "a two-year plan": "",
    "won twice": "",
    "a double room": "",
    "residents over 65": "",
    "open 24 hours a day": "",
    "they add up to 100 percent": "",
    "ISO 9001": "",
    "Covid-19": "",
    "one of the best": "",
    "the 40-bed hospital": "",
    "dial +44 20 7946 0018": "",
    "at 8:30 a.m.": "",
    "the 3rd bridge": "",
    "version 2.1": "",
    "a 5G phone": "",
    "the two companies": "",
    "five times a week": "",
    "a Fortune 500 firm": "",
    "in the 1990s": "",
    "in his 40s": "",
    "those are those with 20 million yuan": "",
}


def stated(text: str) -> str:
    return ";".join(one.printed for one in READER.read(text, read_period("2025-07-02")).claims)


@pytest.mark.parametrize(("text", "expected"), (CHINESE | ENGLISH).items())
def test_a_number_states_a_fact_or_not(text: str, expected: str) -> None:
    assert stated(f"{text}。" if text in CHINESE else f"They say: {text}.") == expected


@pytest.mark.parametrize("text", [text for text, expected in (CHINESE | ENGLISH).items() if not expected])
def test_a_number_that_states_no_fact_is_left_out_with_a_reason(text: str) -> None:
    assert all(one.why for one in READER.read(text).left_out)
