"""Numbers are read as a careful editor reads them: the value, what its hedge says, and its unit word."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.text.decimals import written
from app.text.numbers import NumberReader, PrintedNumber
from app.text.numerals import chinese_integer

UNITS = yaml.safe_load((Path(__file__).parents[2] / "seed" / "units.yaml").read_text(encoding="utf-8"))
WORDS = {str(word) for unit in UNITS.values() for word in unit["printed"]}
READER = NumberReader(WORDS | {"$", "US$", "¥"})

# What is printed, and every number read in it: value, bound, unit word; ~ is a fraction without end, to two places.
PRINTED = {
    # words a reviewer tried to slip past
    "亏了3.2亿元": "-320,000,000 eq 元",
    "预亏3.2亿元": "-320,000,000 eq 元",
    "锐减5%": "-5 eq %",
    "减3%": "-3 eq %",
    "减负100亿元": "10,000,000,000 eq 元",  # a burden taken away is no loss
    "下降幅度为3%": "-3 eq %",
    "下降：3%": "-3 eq %",
    "▼3.2%": "-3.2 eq %",
    "slid 3 percent": "-3 eq percent",
    "fell sharply by 3 percent": "-3 eq percent",
    "must not exceed 77": "77 le",
    "未能突破110万辆": "1,100,000 le 辆",
    "从未超过5%": "5 le %",
    "已过110万辆": "1,100,000 gt 辆",
    "跨越110万辆": "1,100,000 gt 辆",
    "超过“110万辆”": "1,100,000 gt 辆",
    "几乎100家": "100 below 家",
    "差不多100家": "100 approx 家",
    "110万辆不到": "1,100,000 lt 辆",
    "5%强": "5 gt %",
    "north of 100": "100 gt",
    "just shy of 100": "100 below",
    "approx. 100": "100 approx",
    "surpassed the 1 million mark": "1,000,000 gt",
    "1.7tn yuan": "1,700,000,000,000 eq yuan",
    "翻三番": "7 eq 倍",
    "rose from 5% to 7%": "5 eq %; 7 eq %",
    "从50万辆到100万辆": "500,000 eq 辆; 1,000,000 eq 辆",
    # what unseen texts printed
    "运输起降26.8万次": "268,000 eq 次",  # take-offs and landings are no fall
    "单日最高达18.6万次": "186,000 eq 次",
    "成交量2万1,306辆": "21,306 eq 辆",
    "220千伏": "220 eq",
    "dipped 5%": "-5 eq %",
    "capped at 7.9 yuan": "7.9 le yuan",
    "a price ceiling of 7.9 yuan": "7.9 le yuan",
    "a market cap of $5bn": "5,000,000,000 eq $",
    "约为去年同期的两倍": "2 approx 倍",
    "a tenfold rise": "10 eq 倍",
    "1.3x the sales": "1.3 eq 倍",
    "halved": "-0.5 eq 倍",
    "cut its net debt by 8%": "-8 eq %",
    "fell for a third straight quarter, by 9.4%": "-9.4 eq %",
    "fell in May but rose by 8%": "8 eq %",
    "reduced emissions by a further 20%": "-20 eq %",
    "a third party, a fifth plant": "",
    "half a point": "0.5 eq",
    "one in nine": "~11.11 eq %",
    "a sixth of the total": "~16.67 eq %",
    "a quarter of a million people": "250,000 eq people",
    "expand from 10 to 22 million people": "10,000,000 eq people; 22,000,000 eq people",
    "ranging from 10 to 22 million people": "10,000,000 ge people; 22,000,000 le people",
    "rise by $34 to $462": "34 eq $; 462 eq $",
    "5 G/7 Gbps": "5 eq G; 7 eq Gbps",
    "人民币5亿元": "500,000,000 eq 元",
    # forms that specifications of other readers list
    "1.2e6辆": "1,200,000 eq 辆",
    "5.5×10^4元": "55,000 eq 元",
    "5.5×10⁴元": "55,000 eq 元",
    "4×100米": "4 eq; 100 eq",
    "3万4000家": "34,000 eq 家",
    "1千零1家": "1,001 eq 家",
    "1百零6家": "106 eq 家",
    "7万5千4百人": "75,400 eq 人",
    "2千5百万元": "25,000,000 eq 元",
    "1亿2千万元": "120,000,000 eq 元",
    "人民币陆仟万元": "60,000,000 eq 元",
    "壹佰零伍家": "105 eq 家",
    "三成多的企业": "3 gt 成",
    "八成半": "8.5 eq 成",
    "数以万计": "10,000 gt",
    "~50元": "50 approx 元",
    "人均消费～50元": "50 approx 元",
    "10元~50元": "10 ge 元; 50 le 元",
    "投入——50元": "50 eq 元",
    "减产7.7%": "-7.7 eq %",
    "差距缩小0.03": "-0.03 eq",
    "$27.5m": "27,500,000 eq $",
    "$2.0bn-$2.2bn": "2,000,000,000 ge $; 2,200,000,000 le $",
    "$1.2b": "1,200,000,000 eq $",
    "USD 3.2m": "3,200,000 eq USD",
    "minus USD 41 million": "-41,000,000 eq USD",
    "3.1m visitors": "3,100,000 eq",
    "40k trees": "40,000 eq",
    "100 m tall": "100 eq",
    "40+ companies": "40 ge companies",
    "a dozen buses": "12 eq buses",
    "half a dozen buses": "6 eq buses",
    "dozens of buses": "12 gt",
    "tens of thousands of people": "10,000 gt",
    "several hundred people": "100 gt people",
    "two hundred and fifty people": "250 eq people",
    "one and a half million people": "1,500,000 eq people",
    "between one hundred and two hundred people": "100 ge people; 200 le people",
    "one in five cars": "20 eq %",
    "seven out of ten": "70 eq %",
    "three in ten years": "3 eq; 10 eq years",
    "twice as many": "2 eq 倍",
    "almost double the level": "2 below 倍",
    "6% fewer": "-6 eq %",
    "a 0.4 percent drop": "-0.4 eq percent",
    "3.9:59.5:36.6": "3.9 eq %; 59.5 eq %; 36.6 eq %",
    "高0.4个、0.6个百分点": "0.4 eq 个百分点; 0.6 eq 个百分点",
    "3.9：59.5：30": "3.9 eq; 59.5 eq; 30 eq",
    # plain
    "140辆": "140 eq 辆",
    "0": "0 eq",
    "2646家": "2,646 eq 家",
    "98%": "98 eq %",
    "98％": "98 eq %",
    "５．２％": "5.2 eq %",
    "１２３４辆": "1,234 eq 辆",
    "0.5‰": "0.5 eq ‰",
    ".5 percent": "0.5 eq percent",
    "3.5倍": "3.5 eq 倍",
    "0.3个百分点": "0.3 eq 个百分点",
    "提高1.2 个 百分点": "1.2 eq 个百分点",
    "30秒/个": "30 eq 秒",
    "150个/平方公里": "150 eq 个/平方公里",
    "9.98万元/辆": "99,800 eq 元/辆",
    "24000+": "24,000 ge",
    "100+家": "100 ge 家",
    "10万+": "100,000 ge",
    "1566": "1,566 eq",
    "第10000台": "10,000 eq 台",
    "第200万辆": "2,000,000 eq 辆",
    "第二": "2 eq",
    "第 1 位": "1 eq 位",
    "4周年": "4 eq 周年",
    "100km²": "100 eq km2",
    "50㎡": "50 eq m2",
    "7446.2㎞": "7,446.2 eq km",
    "3600PFLOPS": "3,600 eq PFLOPS",
    "100A": "100 eq A",
    "20 a day": "20 eq",  # a lone letter keeps its case: no amperes
    "4+N": "4 eq",  # a scheme of four and more: four is what is counted
    "1+1+7": "1 eq; 1 eq; 7 eq",
    # magnitudes
    "75.24亿元": "7,524,000,000 eq 元",
    "110万辆": "1,100,000 eq 辆",
    "1.5万亿元": "1,500,000,000,000 eq 元",
    "3千家": "3,000 eq 家",
    "2百个": "200 eq 个",
    "5千万元": "50,000,000 eq 元",
    "1亿2000万元": "120,000,000 eq 元",
    "3万5千辆": "35,000 eq 辆",
    "产量23万 2024年": "230,000 eq; 2,024 eq 年",
    "-24963.86万元": "-249,638,600 eq 元",
    # layout
    "23 万": "230,000 eq",
    "110\n万辆": "1,100,000 eq 辆",
    "75.24 亿 元": "7,524,000,000 eq 元",
    "突 破 110\n万 辆": "1,100,000 gt 辆",
    "近 100 个": "100 below 个",
    "1.3\nmillion": "1,300,000 eq",
    "超\u300023\u00a0万辆": "230,000 gt 辆",
    "98 %": "98 eq %",
    # thousands
    "1,234": "1,234 eq",
    "1，234辆": "1,234 eq 辆",
    "1 234 567": "1,234,567 eq",
    "1\u202f234\u202f567 units": "1,234,567 eq units",
    "12,345.67万元": "123,456,700 eq 元",
    "1,234,567.89": "1,234,567.89 eq",
    "In 2024, 100 buses": "2,024 eq buses; 100 eq buses",  # looks like a list; at least it is not 2,024,100
    "On May 20, 110 vehicles": "20 eq vehicles; 110 eq vehicles",
    "100, 200 and 300 buses": "100 eq buses; 200 eq buses; 300 eq buses",
    "In 2024 100 buses": "2,024 eq; 100 eq buses",
    # more than
    "超23万辆": "230,000 gt 辆",
    "超过200万公里": "2,000,000 gt 公里",
    "超60个": "60 gt 个",
    "突破110万辆": "1,100,000 gt 辆",
    "突破了1000亿元": "100,000,000,000 gt 元",
    "逾5000人": "5,000 gt 人",
    "破万亿": "1,000,000,000,000 gt",
    "破万亿元": "1,000,000,000,000 gt 元",
    "多于30家": "30 gt 家",
    "高于5%": "5 gt %",
    ">90%": "90 gt %",
    "60多个": "60 gt 个",
    "100多个": "100 gt 个",
    "100多万辆": "1,000,000 gt 辆",
    "110万多辆": "1,100,000 gt 辆",
    "10余家": "10 gt 家",
    "300余万人": "3,000,000 gt 人",
    "2400多年": "2,400 gt 年",
    "20几个": "20 gt 个",
    "3个多月": "3 gt 月",
    "2个多小时": "2 gt 小时",
    "两年多来": "2 gt 年",
    "3年多次获奖": "3 eq 年",  # 多次 is a word
    "2倍多": "2 gt 倍",
    "百余": "100 gt",
    "百余家": "100 gt 家",
    "十几": "10 gt",
    "十几亿元": "1,000,000,000 gt 元",
    "数百": "100 gt",
    "数百家": "100 gt 家",
    "数十亿元": "1,000,000,000 gt 元",
    "几千人": "1,000 gt 人",
    "过百": "100 gt",
    "过百家": "100 gt 家",
    "产值过千亿元": "100,000,000,000 gt 元",
    "千余台": "1,000 gt 台",
    "100有余": "100 gt",
    # at least
    "80%以上": "80 ge %",
    "2000万元及以上": "20,000,000 ge 元",
    "100万元（含）以上": "1,000,000 ge 元",
    "不少于5个": "5 ge 个",
    "不低于 3%": "3 ge %",
    "不得低于20%": "20 ge %",
    "至少3家": "3 ge 家",
    "≥95%": "95 ge %",
    "上百": "100 ge",
    "上百家": "100 ge 家",
    "上千万元": "10,000,000 ge 元",
    "9.98万元起": "99,800 ge 元",
    "发生3起": "3 eq",  # 起 is a measure word here
    "3家以上海为总部": "3 eq 家",
    # less than, at most
    "不足5%": "5 lt %",
    "不到一分钟": "1 lt 分钟",
    "未达10%": "10 lt %",
    "没有达到50家": "50 lt 家",
    "不及3成": "3 lt 成",
    "低于4%": "4 lt %",
    "不超过100元": "100 le 元",
    "不得超过30天": "30 le 天",
    "未超过5家": "5 le 家",
    "30天以内": "30 le 天",
    "5万元以下": "50,000 le 元",
    "最高500万元": "5,000,000 le 元",  # a policy's ceiling, "up to"
    "最高不超过1000万元": "10,000,000 le 元",
    "100家以下简称百强": "100 eq 家; 100 eq",
    # about, nearly, as much as
    "近100个": "100 below 个",
    "接近50%": "50 below %",
    "将近四成": "4 below 成",
    "近三成": "3 below 成",
    "近万人": "10,000 below 人",
    "最近5个月": "5 eq 个月",
    "附近3公里": "3 eq 公里",
    "约20%": "20 approx %",
    "大约3000辆": "3,000 approx 辆",
    "约占30%": "30 approx %",
    "约有100家": "100 approx 家",
    "约合人民币5亿元": "500,000,000 approx 元",
    "签约27个项目": "27 eq 个",
    "节约30%": "30 eq %",
    "100辆左右": "100 approx 辆",
    "50人上下": "50 approx 人",
    "27个上下游项目": "27 eq 个",
    "达117.87亿元": "11,787,000,000 eq 元",
    "高达98%": "98 eq %",
    "达到近200家": "200 below 家",
    "预计将超过 100 家": "100 gt 家",
    "突破3项关键技术": "3 eq 项",  # a breakthrough in three, not more than three
    "通过3家企业": "3 eq 家企业",
    "总数100家": "100 eq 家",
    "打破3项世界纪录": "3 eq 项",
    # Chinese numerals
    "八个": "8 eq 个",
    "三大": "3 eq 大",
    "两千四百多": "2,400 gt",
    "两千四百多家": "2,400 gt 家",
    "一千亿": "100,000,000,000 eq",
    "千亿级": "100,000,000,000 eq",
    "一百零五家": "105 eq 家",
    "一亿三千万元": "130,000,000 eq 元",
    "一万五": "15,000 eq",
    "三点五亿元": "350,000,000 eq 元",
    "二〇二四年": "2,024 eq 年",
    "二○二四年": "2,024 eq 年",
    "七八个": "7 ge 个; 8 le 个",
    "五六百家": "500 ge 家; 600 le 家",
    "十五六万辆": "150,000 ge 辆; 160,000 le 辆",
    # parts and multiples
    "四成": "4 eq 成",
    "七成五": "7.5 eq 成",
    "超六成": "6 gt 成",
    "2021年成立": "2,021 eq 年",
    "5成立": "5 eq",
    "翻倍": "1 eq 倍",
    "近翻倍": "1 below 倍",
    "一倍": "1 eq 倍",
    "增长一倍以上": "1 ge 倍",
    "翻了一番": "1 eq 倍",
    "翻两番": "3 eq 倍",
    "三分之一": "~33.33 eq %",
    "三分之二以上": "~66.67 ge %",
    "近三分之一": "~33.33 below %",
    "1/3": "~33.33 eq %",
    "3/4左右": "75 approx %",
    "百分之九十八": "98 eq %",
    "百分之九十八点五": "98.5 eq %",
    "百分之98.5": "98.5 eq %",
    "超过百分之五十": "50 gt %",
    "千分之三": "0.3 eq %",
    "一半": "50 eq %",
    "一半以上": "50 ge %",
    "过半": "50 gt %",
    "超过半数": "50 gt %",
    "two thirds": "~66.67 eq %",
    "one-third": "~33.33 eq %",
    "nearly a third": "~33.33 below %",
    "a third or more": "~33.33 ge %",
    "three quarters": "75 eq %",
    "accounting for one fifth of it": "20 eq %",
    "the first three quarters of it": "3 eq",
    "first three quarters": "3 eq",
    "half": "50 eq %",
    "more than half": "50 gt %",
    "in the first half of 2025": "2,025 eq",  # a period
    "half a million": "500,000 eq",
    "half a year": "",
    "doubled": "1 eq 倍",
    "more than tripled": "2 gt 倍",
    # ranges
    "100~200元": "100 ge 元; 200 le 元",
    "100～200元": "100 ge 元; 200 le 元",
    "100元至200元": "100 ge 元; 200 le 元",
    "100元至2万元": "100 ge 元; 20,000 le 元",
    "3至5家": "3 ge 家; 5 le 家",
    "三至五年": "3 ge 年; 5 le 年",
    "3-5个工作日": "3 ge 个; 5 le 个",
    "10万至20万辆": "100,000 ge 辆; 200,000 le 辆",
    "10至20万辆": "100,000 ge 辆; 200,000 le 辆",
    "三至五万辆": "30,000 ge 辆; 50,000 le 辆",
    "3000至1万辆": "3,000 ge 辆; 10,000 le 辆",
    "50%-60%": "50 ge %; 60 le %",
    "50％—60％": "50 ge %; 60 le %",
    "10–15%": "10 ge %; 15 le %",
    "约1.5—2倍": "1.5 ge 倍; 2 le 倍",
    "2023—2025年": "2,023 ge 年; 2,025 le 年",
    "下降5%至10%": "-5 le %; -10 ge %",
    "从20%到10%": "20 eq %; 10 eq %",  # falling: a change, no range
    "增长5%至100亿元": "5 eq %; 10,000,000,000 eq 元",
    "下降5个百分点至3%": "-5 eq 个百分点; 3 eq %",
    "5 to 10 percent": "5 ge percent; 10 le percent",
    "5-10 million yuan": "5,000,000 ge yuan; 10,000,000 le yuan",
    "$100 to $200": "100 ge $; 200 le $",
    "between $380 million and $395 million": "380,000,000 ge $; 395,000,000 le $",
    "between 3 and 5 million": "3,000,000 ge; 5,000,000 le",
    "three to five years": "3 ge years; 5 le years",
    "rose 5 percent to 100 million yuan": "5 eq percent; 100,000,000 eq yuan",
    # lists
    "分别为5.2%、6.3%和7.1%": "5.2 eq %; 6.3 eq %; 7.1 eq %",
    "5、6和7家": "5 eq 家; 6 eq 家; 7 eq 家",
    "分别达5.2、6.3和7.1万辆": "52,000 eq 辆; 63,000 eq 辆; 71,000 eq 辆",
    "980、1.2万辆": "980 eq 辆; 12,000 eq 辆",
    "100家、200人": "100 eq 家; 200 eq 人",
    "5 and 7 companies": "5 eq companies; 7 eq companies",
    # traditional characters
    "6900個": "6,900 eq 个",
    "800億元": "80,000,000,000 eq 元",
    "超過110萬輛": "1,100,000 gt 辆",
    "約20億美元": "2,000,000,000 approx 美元",
    "30餘家": "30 gt 家",
    "不滿5萬畝": "50,000 lt 亩",
    "減少13%": "-13 eq %",
    "虧損5億元": "-500,000,000 eq 元",
    "數百億元": "10,000,000,000 gt 元",
    "100千瓦時": "100 eq 千瓦时",
    # falls and losses
    "下降13.03%": "-13.03 eq %",
    "下降了 13.03％": "-13.03 eq %",
    "降幅为13%": "-13 eq %",
    "亏损5.23亿元": "-523,000,000 eq 元",
    "亏损约5亿元": "-500,000,000 approx 元",
    "亏损超5亿元": "-500,000,000 lt 元",  # a profit below minus five
    "下降超过10%": "-10 lt %",
    "约下降5%": "-5 approx %",
    "减少不到3个": "-3 gt 个",
    "降低近一半": "-50 approx %",  # close to it from above: there is no word for that
    "-36.9%": "-36.9 eq %",
    "−36.9%": "-36.9 eq %",
    "同比-36.9%": "-36.9 eq %",
    "净利润-5.23亿元": "-523,000,000 eq 元",
    "（-3.2%）": "-3.2 eq %",
    "宇通——110万辆": "1,100,000 eq 辆",
    "Covid-19": "19 eq",
    "负增长2%": "-2 eq %",
    "下降到5%": "5 eq %",
    "降至5%以下": "5 le %",
    "降低了到3%": "3 eq %",
    "down to 5 percent": "5 eq percent",
    "fell below 9 billion yuan": "9,000,000,000 lt yuan",  # a level, no fall of so much
    "slipped under the 5 percent": "5 lt percent",
    "跌破5%": "5 lt %",
    "down 5.2 percent": "-5.2 eq percent",
    "fell by more than 10 percent": "-10 lt percent",
    "declined 4%": "-4 eq %",
    "a net loss of 3 million yuan": "-3,000,000 eq yuan",
    # units that look like magnitudes
    "100千瓦时": "100 eq 千瓦时",
    "2万千瓦": "20,000 eq 千瓦",
    "两万千瓦": "20,000 eq 千瓦",
    "3千米": "3 eq 千米",
    "100千克": "100 eq",
    # English
    "more than 1.3 million": "1,300,000 gt",
    "nearly 100": "100 below",
    "upwards of 50": "50 gt",
    "at least 24,000 units": "24,000 ge units",
    "no fewer than 30 companies": "30 ge companies",
    "up to 500 kW": "500 le KW",
    "about 20 percent": "20 approx percent",
    "some 200 companies": "200 approx companies",
    "over 40 per cent": "40 gt per cent",
    "0.5 percentage points": "0.5 eq percentage points",
    "less than 5 minutes": "5 lt minutes",
    "100 or more": "100 ge",
    "2 millionth": "2,000,000 eq",
    "the 10,000th bus": "10,000 eq",
    "$1.2bn": "1,200,000,000 eq $",
    "US$5 million": "5,000,000 eq US$",
    "RMB 5 million": "5,000,000 eq RMB",
    "5 million RMB": "5,000,000 eq RMB",
    "170 billion yuan": "170,000,000,000 eq yuan",
    "2 trillion yuan": "2,000,000,000,000 eq yuan",
    "a hundred cars": "100 eq cars",
    "over a million vehicles": "1,000,000 gt vehicles",
    "twelve": "12 eq",
    "twenty-five companies": "25 eq companies",
    "two hundred thousand": "200,000 eq",
    "Three": "3 eq",
    "freight, often someone's": "",  # eight, ten and one are not words here
    "Hanover 5": "5 eq",
    # among others
    "2024年，新能源汽车产量75.24万辆，同比增长 13.2%": "2,024 eq 年; 752,400 eq 辆; 13.2 eq %",
    "5G基站1.2万个": "5 eq G; 12,000 eq 个",
    "2025年一季度117.87亿元": "2,025 eq 年; 1 eq; 11,787,000,000 eq 元",
    "27日至29日": "27 ge 日; 29 le 日",
    "总投资75.24亿元（其中设备投资约30亿元）": "7,524,000,000 eq 元; 3,000,000,000 approx 元",
    "规上工业企业2646家、占比超四成": "2,646 eq 家; 4 gt 成",
    "“1566”产业体系": "1,566 eq",
    "由5家增至8家": "5 eq 家; 8 eq 家",
    "9月27日至29日": "9 eq 月; 27 ge 日; 29 le 日",
    "1-9月": "1 ge 月; 9 le 月",
    "亿元以上项目50个": "100,000,000 ge 元; 50 eq 个",
    "超百亿级企业": "10,000,000,000 gt",
    "十四五时期": "15 eq",  # a plan's name, but no fourteen or fifteen
    "比2020年增长1.5倍": "2,020 eq 年; 1.5 eq 倍",
    "17 percent, up from 12 percent": "17 eq percent; 12 eq percent",
    "-3%到5%": "-3 ge %; 5 le %",
    "成本下降约三分之一": "~-33.33 approx %",
    "亏损收窄至5亿元": "500,000,000 eq 元",  # still a loss, which only the sentence says: derived
    "不超过3-5家": "3 ge 家; 5 le 家",  # the ends of a range outdo its hedge
    "每年": "",
    "": "",
}


def said(number: PrintedNumber) -> str:
    value = f"~{number.value:,.2f}" if number.quotient else f"{Decimal(written(number.value)):,f}"
    return f"{value} {number.bound} {number.unit}".strip()


@pytest.mark.parametrize(("printed", "reading"), PRINTED.items(), ids=[repr(text) for text in PRINTED])
def test_a_printed_number_is_read_as_a_careful_editor_reads_it(printed: str, reading: str) -> None:
    assert "; ".join(said(number) for number in READER.read(printed)) == reading


def test_a_number_knows_where_it_stands_in_the_squeezed_text() -> None:
    number = READER.read("累 计 突破 110\n万辆整车")[0]
    assert "累计突破110万辆整车"[number.start : number.end] == "突破110万辆"


def test_a_reader_without_units_reads_numbers_all_the_same() -> None:
    assert [said(number) for number in NumberReader([]).read("近100个，5%")] == ["100 below", "5 eq"]


def test_units_in_either_script_and_case_come_back_as_one_word() -> None:
    assert {said(number) for number in NumberReader(["個", "个", "kWh"]).read("5個")} == {"5 eq 个"}
    assert {number.unit for text in ("5kwh", "5KWH", "5 kWh") for number in READER.read(text)} == {"kWh"}


def test_zero_parts_are_no_fraction() -> None:
    assert READER.read("零分之一") == []


@pytest.mark.parametrize(
    ("numeral", "number"),
    {
        "十": 10,
        "二十": 20,
        "百": 100,
        "一百一十": 110,
        "三百二": 320,
        "两千零五": 2005,
        "千万": 10**7,
        "五千万亿": 5 * 10**15,
        "百亿亿": 10**18,
        "一万二千亿": 12 * 10**11,
        "一万亿三千万": 10**12 + 3 * 10**7,
        "九千九百九十九万九千九百九十九": 99999999,
        "一〇五": 105,
    }.items(),
)
def test_a_chinese_numeral_is_an_integer(numeral: str, number: int) -> None:
    assert chinese_integer(numeral) == number


AMOUNTS = st.decimals(min_value=0, allow_nan=False, allow_infinity=False, places=3, max_value=10**40)


@given(st.one_of(st.integers(min_value=0).map(Decimal), AMOUNTS))
def test_digits_are_read_back_exactly(amount: Decimal) -> None:
    assert [number.value for number in READER.read(f"{amount:f}辆")] == [amount]


@given(st.one_of(st.integers(min_value=0).map(Decimal), AMOUNTS), st.sampled_from([",", "，"]))
def test_thousands_are_read_back_exactly(amount: Decimal, comma: str) -> None:
    assert [number.value for number in READER.read(f"{amount:,f}".replace(",", comma))] == [amount]


@given(st.one_of(st.integers(min_value=0).map(Decimal), AMOUNTS), st.sampled_from([("万", 4), ("亿", 8), ("万亿", 12)]))
def test_magnitudes_are_read_back_exactly(amount: Decimal, magnitude: tuple[str, int]) -> None:
    word, power = magnitude
    numbers = READER.read(f"{amount:f}{word}元")
    assert [number.value for number in numbers] == [Decimal(f"{amount:f}E{power}")]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**20), max_value=-1))
def test_a_minus_is_read_back_exactly(amount: Decimal) -> None:
    assert [number.value for number in READER.read(f"{amount:f}%")] == [amount]


# Pieces that meet in print, so that unlikely neighbours are tried too.
PIECES = [*"0123456789０％%.,，、 \n-~+/一二三四十百千万亿零点多余几近约超降至到成分之年月个元AaPİı²", "分之",
          "between", "half a", "million", "third", "doubled", "twenty-", "下降", "以上", "亏损"]  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_no_text_is_too_odd_to_read(text: str) -> None:
    for number in READER.read(text):
        assert number.value.is_finite()
        assert number.start < number.end


@pytest.mark.parametrize(
    "piece",
    ["1", "万", "亿", "一", "1,234,", "1 234 ", "百千", "1-", "a ", "一点", "twenty-", "近", "中-1", "1/", "%", "翻"],
)
def test_a_long_run_of_anything_is_read(piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    assert all(number.end <= len(text) for number in READER.read(text))


def test_the_table_says_each_bound() -> None:
    bounds = set(re.findall(r"\b(?:eq|gt|ge|lt|le|approx|below)\b", " ".join(PRINTED.values())))
    assert bounds == {"eq", "gt", "ge", "lt", "le", "approx", "below"}
