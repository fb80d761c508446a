"""The ways to break the seed of tests/city, each with what the loader must say of it, and where.

A row is what is wrong, the edit that makes it so, and a part of the message.
"""

# ruff: noqa: E501 - a row of a table reads best as one line
# fmt: off
from tests.seeding.breaking import Edit, add, add_bytes, append, folder, place_of, remove, swap

ARTICLE = "facts/lindow-evening-2025.yaml"
FIGURES = "facts/statistics.csv"
PINS = "pins/lindow-evening-2025.json"
TEXT = "sources/lindow-evening-2025.txt"
FIRST_FACT = "去年，林渡市汽车产量突破 110 万辆\n    subject: lindow\n    metric: vehicle-output\n    value: 1100000\n"
FIRST_QUOTE = place_of(ARTICLE, "quote: «去年，林渡市汽车产量突破")
SHA256 = "7cc699a68eeb71d3b32419a5ab292de09c5b5ee2e6fa68a2e212a61d24f9ac90"


def fact(lines: str) -> Edit:
    """A further fact of the article; its first line stands behind the dash."""
    return append(ARTICLE, "  - " + lines.replace("\n", "\n    ") + "\n")


def row(fields: str) -> Edit:
    return append(FIGURES, fields + "\n")


KEYS: list[tuple[str, Edit, str]] = [
    ("an unknown key", swap("places.yaml", "  parent: midmere", "  «parnet: midmere"), "unknown key 'parnet' (did you mean parent?)"),
    ("an unknown key on one line", swap("industries.yaml", "kind: leading}", "«knd: leading, kind: leading}"), "did you mean kind"),
    ("an unknown key inside a name", swap("initiatives.yaml", "summary: {zh:", "summary: {«fr: x, zh:"), "unknown key 'fr'"),
    ("an unknown key of a participant", swap("events.yaml", "{id: tern-tide, role:", "{id: tern-tide, «roles: x, role:"), "did you mean role"),
    ("an unknown key of a fact", swap(ARTICLE, "    metric: gdp-growth", "    metric: gdp-growth\n    «perod: 2024"), "did you mean period"),
    ("an unknown key of a fact file", swap(ARTICLE, "facts:\n", "«fact: x\nfacts:\n"), "did you mean facts"),
    ("a missing key", swap("places.yaml", "westland: {zh: 西原国, en: Westland, kind", "westland: «{zh: 西原国, kind"), "'en' is missing; add it"),
    ("a missing key inside a name", swap("initiatives.yaml", "{zh: 打造玻璃之都。, en: Make Lindow the capital of glass.}", "«{zh: 打造玻璃之都。}"), "'en' is missing"),
    ("a statement in one language", swap("metrics.yaml", "statement: {zh: '{period}{subject}{scope}产业产值{was}{value}。', en: \"The output value of {subject}'s {scope} industry {was} {value}{period}.\"}", "statement: «{zh: '{value}。'}"), "'en' is missing"),
    ("an empty value", swap("places.yaml", "en: Lindow\n", "en:«\n"), "'en' is empty; give it a value or leave it out"),
    ("an empty quoted value", swap("places.yaml", "en: Lindow\n", "en: «''\n"), "'en' is empty"),
    ("white space around a value", swap("places.yaml", "en: Lindow\n", "en: «' Lindow'\n"), "without white space at its ends"),
    ("a value of two lines", swap("places.yaml", "en: Lindow\n", "en: «|-\n    Lin\n    dow\n"), "write one line"),
    ("an enum that is not one of its values", swap("places.yaml", "kind: city", "kind: «citty"), "'citty' is not one of world, region, country, province, city"),
    ("an enum in capitals", swap("metrics.yaml", "kind: stock}", "kind: «Stock}"), "(did you mean stock?)"),
    ("a list where a value stands", swap("places.yaml", "en: Lindow\n", "en: «[Lindow]\n"), "must be one value"),
    ("a value where a list stands", swap("places.yaml", "aliases: [林渡, City of Lindow]", "aliases: «林渡"), "must be a list; write [a, b]"),
    ("a value where a record stands", swap("places.yaml", "world: {zh: 全球, en: World, kind: world}", "world: «全球"), "must be a mapping; write a `key: value` line"),
    ("a list where a record stands", swap("places.yaml", "world: {zh: 全球, en: World, kind: world}", "world: «[全球]"), "must be a mapping"),
    ("a value where a name stands", swap("initiatives.yaml", "summary: {zh: 打造玻璃之都。, en: Make Lindow the capital of glass.}", "summary: «打造玻璃之都"), "must be a mapping"),
    ("facts that are no list", add("facts/more.yaml", "source: lindow-statistics\nfacts: «none\n"), "must be a list"),
    ("a fact that is no mapping", add("facts/more.yaml", "source: lindow-statistics\nfacts:\n  - «none\n"), "must be a mapping"),
    ("a fact file that names no source", add("facts/more.yaml", "facts: []\n"), "'source' is missing; add it"),
    ("a summary of a metric in one language", swap("metrics.yaml", "unit: vehicle, kind: flow}", "unit: vehicle, kind: flow, definition: «{zh: 产量。}}"), "'en' is missing"),
    ("an event's sentence in one language", swap("events.yaml", "period: undated, industries", "period: undated, statement: «{zh: 首航。}, industries"), "'en' is missing"),
    ("a scope of another kind", swap("scopes.yaml", "kind: product", "kind: «industry"), "'industry' is not one of product, activity, group"),
    ("a source of another kind", swap("sources.yaml", "kind: statistics", "kind: «page"), "'page' is not one of statistics, government, press, company, trade-press, other, unknown"),
    ("the same alias twice", swap("places.yaml", "aliases: [林渡, City of Lindow]", "aliases: «[林渡, 林渡]"), "'林渡' stands in the list twice; keep one"),
    ("the same participant twice", swap("events.yaml", "    - {id: tern-tide, role: exhibitor}\n", "    - {id: tern-tide, role: exhibitor}\n    - {id: tern-tide, role: exhibitor}\n", at=place_of("events.yaml", "    «- {id: lindow-gov")), "stands in the list twice"),
    ("a yes that is maybe", swap("sources.yaml", "republished: yes", "republished: «maybe"), "'maybe' is neither yes nor no"),
    ("a yes that is a number", swap("sources.yaml", "republished: yes", "republished: «1"), "neither yes nor no"),
]
IDS: list[tuple[str, Edit, str]] = [
    ("an id in capitals", append("places.yaml", "«Wye: {zh: 怀, en: Wye, kind: site}\n"), "'Wye' is not an id; write lower-case words"),
    ("an id with a space", append("organizations.yaml", "«the firm: {zh: 公司, en: The Firm, kind: company}\n"), "is not an id"),
    ("an id in Chinese", append("organizations.yaml", "«公司: {zh: 公司, en: The Firm, kind: company}\n"), "is not an id"),
    ("an id that is too long", append("places.yaml", f"«{'a' * 61}: {{zh: 怀, en: Wye, kind: site}}\n"), "at most 60 characters"),
    ("an id twice in a file", append("places.yaml", "«lindow: {zh: 怀, en: Wye, kind: site}\n"), "'lindow' stands here again, after line 6; keep one"),
    ("an id of another noun", append("organizations.yaml", "«ferries: {zh: 公司, en: The Firm, kind: company}\n"), "the id 'ferries' is already that of industries.yaml:6:1"),
    ("a key twice in a record", swap("places.yaml", "  kind: city\n", "  kind: city\n  «kind: city\n"), "'kind' stands here again, after line 9"),
    ("a key twice on one line", swap("places.yaml", "kind: world}", "kind: world, «kind: world}"), "'kind' stands here again"),
    ("a parent that is its child", swap("places.yaml", "westland: {zh: 西原国, en: Westland, kind: country, parent: world", "westland: {zh: 西原国, en: Westland, kind: country, parent: «lindow-east"), "westland -> lindow-east -> lindow -> midmere -> westland; break the circle"),
    ("a parent that is itself", swap("industries.yaml", "kind: leading}", "kind: leading, parent: «mobility}"), "mobility -> mobility; break the circle"),
    ("industries in a circle", swap("industries.yaml", "kind: leading}", "kind: leading, parent: «solid-batteries}"), "is its own ancestor"),
    ("organizations in a circle", swap("organizations.yaml", "kind: university,", "kind: university, parent: «tide-institute,"), "is its own ancestor"),
    ("metrics in a circle", swap("metrics.yaml", "unit: LDC, kind: flow}", "unit: LDC, kind: flow, of: «gdp-growth, transform: share}"), "gdp -> gdp-growth -> gdp"),
    ("a metric of another without transform", swap("metrics.yaml", "gdp-growth: {zh: 地区生产总值增速, en: GDP growth, unit: percent, kind: ratio, of: gdp, transform: real-growth}", "gdp-growth: «{zh: 地区生产总值增速, en: GDP growth, unit: percent, kind: ratio, of: gdp}"), "`of` and `transform` go together; add 'transform'"),
    ("a transform of nothing", swap("metrics.yaml", "tide-capacity: {", "tide-capacity: «{transform: share, "), "add 'of'"),
    ("a slot that is not known", swap("relations.yaml", "'{subject}位于{object}。'", "«'{subject}位于{place}。'"), "the slots are {object} {subject}"),
    ("a slot of a sentence that had its day", swap("metrics.yaml", "{scope}产业产值", "{industry}产业产值", at=place_of("metrics.yaml", "zh: «'{period}{subject}{industry}产业产值")), "{scope}"),
    ("a slot of an event that is not known", swap("events.yaml", "period: undated, industries", "period: undated, statement: {zh: «'{subject}首航。', en: 'A ferry sailed{period}.'}, industries"), "the slots are {period}"),
    ("a slot of a loss that is not known", swap("metrics.yaml", "net-profit: {zh: 净利润, en: Net profit, unit: LDC, kind: flow}", "net-profit: {zh: 净利润, en: Net profit, unit: LDC, kind: flow, loss: {zh: «'{place}亏损{value}。', en: '{subject} lost {value}.'}}"), "has a slot that is not known"),
    ("a slot with a format", swap("relations.yaml", "'{subject}位于{object}。'", "«'{subject!r}位于{object}。'"), "has a slot that is not known"),
    ("a lone brace", swap("metrics.yaml", "zh: '{period}{subject}", "zh: «'{period}{subject"), "has a slot that is not known"),
    ("a scale that is no number", swap("units.yaml", "成: 10,", "成: «ten,"), "'ten' is not a plain decimal"),
    ("a wrong sha256", swap("sources.yaml", SHA256, f"«{SHA256[:-1]}"), "write the 64 lower-case digits of its sha256"),
    ("a date of publication that is none", swap("sources.yaml", "2025-07-02", "«2025-7-2"), "write 2025, 2025-07 or 2025-07-02"),
    ("a date of publication not of the calendar", swap("sources.yaml", "2025-07-02", "«2025-02-30"), "'2025-02-30' is not a date of the calendar"),
    ("an address of another scheme", swap("sources.yaml", "https://statistics", "«ftp://statistics"), "write an address that starts with https://"),
    ("a language that is none", swap("sources.yaml", "language: zh", "language: «Chinese"), "write a code such as zh"),
]
REFERENCES: list[tuple[str, Edit, str]] = [
    ("an unknown unit", swap("metrics.yaml", "unit: vehicle,", "unit: «vehicel,"), "'vehicel' is no unit (did you mean vehicle?)"),
    ("an unknown place", swap("places.yaml", "parent: midmere", "parent: «midmeer"), "'midmeer' is no place (did you mean midmere"),
    ("an unknown industry", swap("initiatives.yaml", "[mobility, electric-cars]", "[mobility, «electric-car]"), "'electric-car' is no industry (did you mean electric-cars"),
    ("an unknown initiative", swap("organizations.yaml", "initiatives: [glass-city]", "initiatives: [«glass-town]"), "'glass-town' is no initiative (did you mean glass-city"),
    ("an unknown scope", row("lindow,vehicle-output,«armored-glass,1,,1辆,,,,,2017,,,,,,lindow-statistics,,,,"), "'armored-glass' is no industry or scope (did you mean armoured-glass"),
    ("a place for a scope", row("lindow,vehicle-output,«ostria,1,,1辆,,,,,2017,,,,,,lindow-statistics,,,,"), "'ostria' is no industry or scope but a place"),
    ("a unit for a topic", swap(ARTICLE, "industries: [macroeconomy]", "industries: [«vehicle]"), "'vehicle' is no industry but a unit"),
    ("a scope for a topic", swap(ARTICLE, "industries: [macroeconomy]", "industries: [«armoured-glass]"), "'armoured-glass' is no industry but a scope"),
    ("an unknown parent of a scope", swap("scopes.yaml", "parent: glass", "parent: «glas"), "'glas' is no industry or scope (did you mean smart-glass"),
    ("an unknown market", swap(ARTICLE, "metric: gdp\n", "metric: gdp\n    market: «austria\n"), "'austria' is no place (did you mean ostria"),
    ("an organization for a market", swap(ARTICLE, "metric: gdp\n", "metric: gdp\n    market: «marlow-group\n"), "'marlow-group' is no place but an organization"),
    ("an unknown publisher", swap("sources.yaml", "publisher: marlow-group", "publisher: «marlow-grp"), "'marlow-grp' is no organization (did you mean marlow-group"),
    ("a place for a publisher", swap("sources.yaml", "publisher: marlow-group", "publisher: «lindow"), "'lindow' is no organization but a place"),
    ("an unknown organization", swap("organizations.yaml", "parent: marlow-group", "parent: «marlow-grp"), "'marlow-grp' is no organization (did you mean marlow-group"),
    ("an unknown metric", swap(ARTICLE, "metric: gdp\n", "metric: «gpd\n"), "'gpd' is no metric (did you mean gdp"),
    ("an unknown relation", swap(ARTICLE, "relation: exports-to", "relation: «export-to"), "'export-to' is no relation (did you mean exports-to"),
    ("an unknown source", swap(ARTICLE, "source: marlow-report-2024", "source: «marlow-report-2025"), "'marlow-report-2025' is no source (did you mean marlow-report-2024"),
    ("an unknown event", swap(ARTICLE, "event: ferry-launch", "event: «ferry-lunch"), "'ferry-lunch' is no event (did you mean ferry-launch"),
    ("an unknown subject", swap(ARTICLE, FIRST_FACT, FIRST_FACT.replace("lindow\n", "«lindov\n")), "'lindov' is no entity (did you mean lindow"),
    ("an unknown object", swap(ARTICLE, "object: ostria", "object: «austria"), "'austria' is no entity (did you mean ostria"),
    ("an unknown issuer", swap("policies.yaml", "issuer: midmere", "issuer: «midmeer"), "'midmeer' is no organization or place"),
    ("an unknown participant", swap("events.yaml", "{id: tern-tide", "{id: «tern-tides"), "'tern-tides' is no organization or place or policy or event"),
    ("an unknown industry of a row", row("lindow,gdp,,1,,1元,,,,,2017,,,,«macroeconomics,,lindow-statistics,,,,"), "'macroeconomics' is no industry (did you mean macroeconomy"),
    ("an unknown place of a row", row("lindow,gdp,,1,,1元,,,,,2017,,,«lindo,macroeconomy,,lindow-statistics,,,,"), "'lindo' is no place"),
    ("a place of a row that is no id", row("lindow,gdp,,1,,1元,,,,,2017,,,«Lindow,macroeconomy,,lindow-statistics,,,,"), "'Lindow' does not fit here"),
    ("an organization for a place", swap("initiatives.yaml", "place: lindow\n", "place: «marlow-group\n"), "'marlow-group' is no place but an organization"),
    ("a place for an industry", swap(ARTICLE, "industries: [macroeconomy]", "industries: [«lindow]"), "'lindow' is no industry but a place"),
    ("an industry for an issuer", swap("policies.yaml", "issuer: midmere", "issuer: «glass"), "'glass' is no organization or place but an industry"),
    ("an industry for a participant", swap("events.yaml", "{id: tern-tide", "{id: «ferries"), "but an industry"),
]
PERIODS: list[tuple[str, Edit, str]] = [
    ("a period that is none", swap("events.yaml", "period: 2021-11-05", "period: «2021/11/05"), "is not a period; write 2024, 2024-H1"),
    ("a period of words", swap(ARTICLE, "period: 2024\n", "period: «last year\n"), "'last year' is not a period"),
    ("a month 13", swap("events.yaml", "period: 2021-11-05", "period: «2021-13"), "is not a date of the calendar"),
    ("a day that no year has", swap("events.yaml", "period: 2021-11-05", "period: «2021-02-29"), "is not a date of the calendar"),
    ("a quarter 5", swap("events.yaml", "period: 2021-11-05", "period: «2021-Q5"), "is not a period"),
    ("a year 0", swap("events.yaml", "period: 2021-11-05", "period: «'0000'"), "is not a date of the calendar"),
    ("a year in full-width digits", swap("events.yaml", "period: 2021-11-05", "period: «２０２１"), "is not a period"),
    ("a period without an end", swap("events.yaml", "period: 2021-11-05", "period: «2021-11-05/.."), "is not a period; write 2024, 2024-H1"),
    ("a period with neither end", swap("events.yaml", "period: 2021-11-05", "period: «.."), "is not a period"),
    ("a period open to no date", swap("events.yaml", "period: 2021-11-05", "period: «../undated"), "is not a period"),
    ("a period open to a month 13", swap("events.yaml", "period: 2021-11-05", "period: «../2021-13"), "is not a date of the calendar"),
    ("a reversed period", swap("policies.yaml", "period: 2024/2027", "period: «2027/2024"), "ends before it starts; write the earlier end first"),
    ("a reversed period of a row", row("lindow,gdp,,1,,1元,,,,,«2017-06/2017-01,,,,macroeconomy,,lindow-statistics,,,,"), "ends before it starts"),
    ("no period", row("«lindow,gdp,,1,,1元,,,,,,,,,macroeconomy,,lindow-statistics,,,,"), "'period' is missing; give it, or write `period: undated`"),
    ("an undated fact with a stated basis", swap(ARTICLE, "basis: undated", "basis: «stated"), "does not go with this period; write undated, or leave it out"),
    ("a dated fact with an undated basis", swap(ARTICLE, "basis: stated", "basis: «undated"), "write stated, relative or inferred"),
    ("an event without date with a stated basis", swap(ARTICLE, "event: ferry-launch", "event: ferry-launch\n    basis: «stated"), "does not go with this period"),
    ("a relative period without its words", swap(ARTICLE, "    period_printed: 去年\n    basis: relative", "    basis: «relative"), "needs `period_printed`: the words it was resolved from"),
    ("an unknown basis", swap(ARTICLE, "basis: relative", "basis: «relativ"), "'relativ' is not one of stated, relative, inferred, undated (did you mean relative"),
    ("a year other than the words say", swap(ARTICLE, "    period: 2024\n    period_printed: 去年", "    period: «2023\n    period_printed: 去年"), "'去年' is 2024, which 2023 does not hold; correct one of them"),
    ("words of a period that the text has not", swap(ARTICLE, "period_printed: 去年", "period_printed: «前年"), "'前年' does not stand in the text"),
]
OF_VALUES = {"scope": "glass", "measure": "下线量", "vintage": "final", "market": "ostria", "derived": "a sum"}
KINDS: list[tuple[str, Edit, str]] = [
    ("a fact with metric and relation", swap(ARTICLE, "  - quote: 产品出口奥川国\n", "  - «quote: 产品出口奥川国\n    metric: gdp\n"), "has metric and relation; a fact has metric and value, or relation and object, or event"),
    ("a fact with none of the three", fact("«quote: 东 岸 区\nsubject: lindow\nperiod: 2024"), "has none of metric, relation, event"),
    ("an occurrence with a subject", swap(ARTICLE, "event: ferry-launch", "event: ferry-launch\n    subject: «lindow"), "'subject' does not go with event"),
    ("a measurement with an object", swap(ARTICLE, "metric: gdp\n", "metric: gdp\n    object: «ostria\n"), "'object' does not go with metric"),
    ("a relation with a value", swap(ARTICLE, "object: ostria", "object: ostria\n    value: «1"), "'value' does not go with relation"),
    ("a relation with a bound", swap(ARTICLE, "object: ostria", "object: ostria\n    bound: «gt"), "'bound' does not go with relation; it says something of a value"),
    *((f"a relation with a {key}", swap(ARTICLE, "object: ostria", f"object: ostria\n    {key}: «{value}"), f"'{key}' does not go with relation; it says something of a value") for key, value in OF_VALUES.items()),
    *((f"an occurrence with a {key}", swap(ARTICLE, "event: ferry-launch", f"event: ferry-launch\n    {key}: «{value}"), f"'{key}' does not go with event; it says something of a value") for key, value in OF_VALUES.items()),
    ("an unknown vintage", swap(ARTICLE, "metric: gdp\n", "metric: gdp\n    vintage: «prelim\n"), "'prelim' is not one of preliminary, final, revised (did you mean preliminary"),
    ("a measure that is too long", swap(ARTICLE, "metric: gdp\n", f"metric: gdp\n    measure: «{'量' * 21}\n"), "has 21 characters, at most 20 are allowed; shorten it"),
    ("a relation without object", swap(ARTICLE, "  - quote: 产品出口奥川国\n    subject: marlow-motors\n    relation: exports-to\n    object: ostria\n", "  - «quote: 产品出口奥川国\n    subject: marlow-motors\n    relation: exports-to\n"), "'object' is missing; a fact with relation needs subject, relation, object"),
    ("a measurement without value", row("«lindow,gdp,,,,1元,,,,,2017,,,,macroeconomy,,lindow-statistics,,,,"), "'value' is missing; a fact with metric needs"),
    ("a measurement without what is printed", row("«lindow,gdp,,1,,,,,,,2017,,,,macroeconomy,,lindow-statistics,,,,"), "'printed' is missing"),
    ("a measurement without subject", row("«,gdp,,1,,1元,,,,,2017,,,,macroeconomy,,lindow-statistics,,,,"), "'subject' is missing"),
    ("a row without source", row("«lindow,gdp,,1,,1元,,,,,2017,,,,macroeconomy,,,,,,"), "'source' is missing"),
    ("the same figure twice", row("«lindow,gdp,,330100000000,,3301亿元,,,,,2019,,,,macroeconomy,,lindow-statistics,,,,"), "says what facts/statistics.csv:3:1 says already; keep one of them"),
    ("the same fact twice", fact("«quote: 位于港口区\nsubject: marlow-glass\nrelation: located-in\nobject: lindow-port\nperiod: undated"), "says what facts/lindow-evening-2025.yaml:"),
    ("an unknown bound", swap(ARTICLE, "bound: approx", "bound: «aprox"), "'aprox' is not one of eq, gt, ge, lt, le, approx, below (did you mean approx"),
    ("an unknown status", swap(ARTICLE, "status: estimate", "status: «guess"), "'guess' is not one of actual, target, plan, estimate"),
]
NUMBERS: list[tuple[str, Edit, str]] = [
    (f"a value written {written}", swap(ARTICLE, "value: 1100000\n", f"value: «{written}\n"), "is not a plain decimal; write digits and a point only")
    for written in ("NaN", "Infinity", "11e5", "'1,100,000'", "１１０００００", "+1100000", "01100000", "1100000.", "1_100_000", "0x10", "110万", "true", "~", "1100000 vehicles", "9" * 28)
]
VALUES: list[tuple[str, Edit, str]] = [
    ("a dropped digit", swap(ARTICLE, "value: 1100000\n", "value: «110000\n"), "says more than 1100000 vehicle, the file says more than 110000 vehicle"),
    ("亿 taken for 万", swap(ARTICLE, "value: 234560000000", "value: «23456000"), "says about 234560000000 LDC, the file says about 23456000 LDC"),
    ("万 taken for 亿", swap(ARTICLE, "value: 12000", "value: «120000000"), "says at least 12000 person"),
    ("a fall taken for a rise", swap(ARTICLE, "value: -0.3", "value: «0.3"), "says exactly -0.3 percent, the file says exactly 0.3 percent"),
    ("a loss taken for a profit", swap(ARTICLE, "value: -320000000", "value: «320000000"), "says exactly -320000000 LDC"),
    ("a unit of another metric", swap(ARTICLE, "metric: vehicle-output-growth\n    value: 12.5", "metric: vehicle-output\n    value: «12.5"), "no word of the unit vehicle"),
    ("a unit word of another unit in a row", row("lindow,gdp,,«7,,7辆,,,,,2017,,,,macroeconomy,,lindow-statistics,,,,"), "7 辆 (no word of the unit LDC)"),
    ("突破 taken as exactly", swap(ARTICLE, "    value: 1100000\n    bound: gt\n", "    value: «1100000\n    bound: eq\n"), "says more than 1100000 vehicle, the file says exactly"),
    ("a plain number taken as more than", swap(ARTICLE, "    value: 12.5\n", "    value: «12.5\n    bound: gt\n"), "says exactly 12.5 percent, the file says more than 12.5"),
    ("近 taken as about", swap(ARTICLE, "    value: 3000000\n    bound: below\n", "    value: «3000000\n    bound: approx\n"), "says nearly 3000000 vehicle, the file says about"),
    ("约 taken as nearly", swap(ARTICLE, "    value: 234560000000\n    bound: approx\n", "    value: «234560000000\n    bound: below\n"), "says about 234560000000 LDC, the file says nearly"),
    ("不足 taken as at most", swap(ARTICLE, "    value: 9000000000\n    bound: lt\n", "    value: «9000000000\n    bound: le\n"), "says less than 9000000000"),
    ("不超过 taken as more than", swap(ARTICLE, "    value: 50\n    bound: le\n", "    value: «50\n    bound: gt\n"), "says at most 50 megawatt"),
    ("不少于 taken as exactly", swap(ARTICLE, "    value: 12000\n    bound: ge\n", "    value: «12000\n"), "says at least 12000 person"),
    ("an end of a range taken as exactly", swap(ARTICLE, "    value: 2000\n    bound: ge\n", "    value: «2000\n"), "at least 2000 person and at most 3000 person"),
    ("an English hedge dropped", swap(ARTICLE, "    value: 1300000\n    bound: gt\n", "    value: «1300000\n"), "says more than 1300000 piece"),
    ("a hedge printed in a row and dropped", row("lindow,gdp,,«700000000,,超7亿元,,,,,2017,,,,macroeconomy,,lindow-statistics,,,,"), "says more than 700000000 LDC, the file says exactly"),
    ("another hedge than printed in a row", row("lindow,gdp,,«700000000,below,约7亿元,,,,,2017,,,,macroeconomy,,lindow-statistics,,,,"), "says about 700000000 LDC, the file says nearly"),
    ("a row whose print has no number", row("lindow,gdp,,«700000000,,若干元,,,,,2017,,,,macroeconomy,,lindow-statistics,,,,"), "says no number that can be read"),
    ("a difference in the last of forty digits", row("lindow,gdp,,«100000000000000000000000000.000000000001,,100000000000000000000000000.000000000002元,,,,,2017,,,,macroeconomy,,lindow-statistics,,,,"), "the file says exactly 100000000000000000000000000.000000000001"),
    ("a derived value of more digits than its print", swap(ARTICLE, "value: 67", "value: «66.667"), "has 5 significant digits, '54秒' has 2; round it to 67"),
    ("a print that the quote has not", swap(ARTICLE, "printed: 突破110万辆", "printed: «突破120万辆"), "'突破120万辆' does not stand in the quote"),
]
QUOTES: list[tuple[str, Edit, str]] = [
    ("a quote that the text has not", swap(ARTICLE, "quote: 位于港口区", "quote: «位于港口小区"), "does not stand in the text of lindow-evening-2025; quote it word for word"),
    ("a quote that stands twice", swap(ARTICLE, "quote: 位于港口区", "quote: «林渡市"), "stands 3 times in the text of lindow-evening-2025; quote more"),
    ("a quote that is too long", swap(ARTICLE, "quote: 位于港口区", f"quote: «{'位' * 121}"), "has 121 characters, at most 120 are allowed; shorten it"),
    ("a quote that cuts its hedge off", swap(ARTICLE, "quote: 累计下线汽车近 300 万辆\n    subject: marlow-motors\n    metric: cumulative-vehicle-output\n    value: 3000000\n    bound: below\n    printed: 近300万辆", "quote: «300 万辆\n    subject: marlow-motors\n    metric: cumulative-vehicle-output\n    value: 3000000\n    printed: 300万辆"), "says nearly 3000000 vehicle; quote that too"),
    ("a quote that cuts its magnitude off", swap(ARTICLE, "quote: 累计下线汽车近 300 万辆\n    subject: marlow-motors\n    metric: cumulative-vehicle-output\n    value: 3000000\n    bound: below\n    printed: 近300万辆", "quote: «累计下线汽车近 300\n    subject: marlow-motors\n    metric: cumulative-vehicle-output\n    value: 300\n    bound: below\n    printed: 近300"), "says nearly 3000000 vehicle; quote that too"),
    ("a pin that no fact uses", swap(PINS, '"quotes": {\n', '"quotes": {\n    "林渡市不存在的话": [1, 9],\n'), "which no fact quotes; run `factbook pin`"),
    ("a quote that is not pinned", fact("quote: «东 岸 区\nsubject: lindow\nrelation: located-in\nobject: midmere\nperiod: undated"), "is not pinned in pins/lindow-evening-2025.json; run `factbook pin`"),
    ("a pin at another place", swap(PINS, "[7, 28]", "[8, 28]", at=FIRST_QUOTE), "stands at (7, 28), its pin says (8, 28)"),
    ("a changed text", swap(TEXT, "河东", "河西", at=place_of("sources.yaml", "sha256: «7cc699")), "review it, correct sha256, run `factbook pin`"),
    ("an empty text", add(TEXT, "", at=place_of("sources.yaml", "sha256: «7cc699")), "the text has sha256 e3b0c44298fc"),
    ("a text that is not UTF-8", add_bytes(TEXT, "林渡".encode("gbk")), "is not UTF-8; save the text as UTF-8"),
    ("a text without sha256", swap("sources.yaml", f"  language: zh\n  sha256: {SHA256}\n", "  language: zh\n", at=place_of("sources.yaml", "  «zh: 林渡：车轮与玻璃之城")), "review it, correct sha256"),
    ("pins of another text", swap(PINS, SHA256, "0" * 64), "pins another text than sources.yaml; run `factbook pin`"),
    ("no pins", remove(PINS, at=place_of("sources.yaml", "sha256: «7cc699")), "there is no pins/lindow-evening-2025.json for the quotes from this text; run `factbook pin`"),
    ("pins of an unknown source", add("pins/lindow-evening-2026.json", f'{{"sha256": "{SHA256}", "quotes": {{}}}}\n'), "pins the unknown source 'lindow-evening-2026'; remove the file"),
    ("pins of what is no source", add("pins/lindow.json", f'{{"sha256": "{SHA256}", "quotes": {{}}}}\n'), "pins the unknown source 'lindow'"),
    ("pins of a source without text", add("pins/lindow-statistics.json", f'{{"sha256": "{SHA256}", "quotes": {{}}}}\n'), "pins another text than sources.yaml"),
] + [
    (f"pins that are {what}", add(PINS, text), "is not a file of pins; run `factbook pin` to write it anew")
    for what, text in {
        "cut off": '{"sha256": "',
        "empty": "",
        "a list": "[]",
        "nested too deep": "[" * 50_000,
        "without quotes": f'{{"sha256": "{SHA256}"}}',
        "of quotes in a list": f'{{"sha256": "{SHA256}", "quotes": []}}',
        "without an end": f'{{"sha256": "{SHA256}", "quotes": {{"位于": [1]}}}}',
        "in text": f'{{"sha256": "{SHA256}", "quotes": {{"位于": ["1", "2"]}}}}',
        "endless": f'{{"sha256": "{SHA256}", "quotes": {{"位于": [1, 1e999]}}}}',
        "negative": f'{{"sha256": "{SHA256}", "quotes": {{"位于": [-1, 2]}}}}',
        "beyond any text": f'{{"sha256": "{SHA256}", "quotes": {{"位于": [1, 2147483648]}}}}',
        "without a sha256": '{"sha256": null, "quotes": {}}',
    }.items()
]
YAML: list[tuple[str, Edit, str]] = [
    ("an anchor", swap("places.yaml", "aliases: [西原]", "aliases: «&names [西原]"), "anchors and aliases are not allowed; write the value out"),
    ("an alias", swap("places.yaml", "aliases: [西原]", "aliases: «*names"), "anchors and aliases are not allowed"),
    ("a merge key", swap("places.yaml", "aliases: [西原]", "«<<: x"), "unknown key '<<'"),
    ("a tag of a value", swap("places.yaml", "en: Lindow\n", "en: «!!binary Lindow\n"), "the tag 'tag:yaml.org,2002:binary' is not allowed; write the plain value"),
    ("a tag of a mapping", swap("places.yaml", "world: {", "world: «!!python/object:os.system {"), "is not allowed; write the plain value"),
    ("a tag of a list", swap("places.yaml", "aliases: [西原]", "aliases: «!own [西原]"), "the tag '!own' is not allowed"),
    ("a key that is a list", append("places.yaml", "«[a, b]: {zh: 怀, en: Wye, kind: site}\n"), "a key must be a plain word"),
    ("a tab for an indent", swap("places.yaml", "  zh: 林渡市", "«\tzh: 林渡市"), "is not YAML: found character that cannot start any token"),
    ("an indent that does not fit", swap("places.yaml", "  en: Lindow\n", "    en«: Lindow\n"), "is not YAML"),
    ("bytes of GBK", add_bytes("places.yaml", b"# a\n# b\n" + "林渡市: {}".encode("gbk"), line=3), "is not UTF-8; save the file as UTF-8"),
    ("bytes of UTF-16", add_bytes("places.yaml", "world: {}".encode("utf-16")), "is not UTF-8"),
    ("a byte order mark", swap("places.yaml", "# A tree", "\ufeff# A tree"), "starts with a byte order mark; save the file without it"),
    ("a NUL", swap("places.yaml", "en: Lindow\n", "en: Lin«\0dow\n"), "has the control character U+0000; remove it"),
    ("an escape character", swap("places.yaml", "en: Lindow\n", "en: Lin«\x1bdow\n"), "has the control character U+001B"),
    ("a delete character", swap("places.yaml", "en: Lindow\n", "en: Lin«\x7fdow\n"), "has the control character U+007F"),
    ("a line separator", swap("places.yaml", "en: Lindow\n", "en: Lin«\u2028dow\n"), "has the control character U+2028"),
    ("a NUL as an escape", swap("places.yaml", "en: Lindow\n", 'en: «"Lin\\0dow"\n'), "has the control character U+0000; remove it"),
    ("a line separator as an escape", swap("places.yaml", "en: Lindow\n", 'en: «"Lin\\Ldow"\n'), "has the control character U+2028"),
    ("a carriage return as an escape", swap("places.yaml", "en: Lindow\n", 'en: «"Lin\\rdow"\n'), "write one line"),
    ("an escape in a key", swap("units.yaml", "成: 10,", '«"\\0": 10,'), "a key must be a plain word"),
    ("half a character as an escape", swap("places.yaml", "en: Lindow\n", 'en: "Lin\\u«d800dow"\n'), "is not YAML"),
    ("pins of more than a megabyte", add(PINS, " " * 1_000_001), "is over 1 MB; make it smaller"),
    ("more values than a file may have", add("policies.yaml", "a:\n" + "- x\n" * 49_997 + "- «x\n"), "is more than 50,000 values in one file; put bulk figures into CSV"),
    ("50,000 lists in each other", add("policies.yaml", "a: " + "[" * 19 + "«[" + "[" * 49_980), "is nested more than 20 deep"),
    ("50,000 dashes in each other", add("policies.yaml", "a:\n" + "- " * 19 + "«- " + "- " * 49_980 + "x\n"), "is nested more than 20 deep"),
    ("a file cut off inside a quote", add("policies.yaml", "# Plans\na: {zh: «'a\n"), "is not YAML: found unexpected end of stream"),
    ("a file cut off inside a record", add("policies.yaml", "a:\n  zh: 怀\n  «en"), "is not YAML: could not find expected ':'"),
    ("a list at the top", add("policies.yaml", "«- a\n"), "must be a mapping; write `key: value` lines"),
    ("a word at the top", add("policies.yaml", "plans\n"), "must be a mapping"),
    ("two documents", swap("relations.yaml", "partner-of:", "«---\npartner-of:"), "is not YAML: but found another document"),
]
CSV: list[tuple[str, Edit, str]] = [
    ("an unknown column", swap(FIGURES, ",note,", ",notes,"), "'notes' is not a column of facts (did you mean note"),
    ("a column twice", swap(FIGURES, ",derived,note,", ",note,note,"), "the column 'note' stands twice; keep one"),
    ("an empty table", add(FIGURES, ""), "has no header; name the columns in the first line"),
    ("a field too few", row("«lindow,gdp,1"), "has 3 fields where the header names 21; quote fields that hold commas"),
    ("a field too many", row("«lindow,gdp,,1,,1元,,,,,2017,,,,macroeconomy,,lindow-statistics,,,,,"), "has 22 fields"),
    ("an unclosed quote", row("«\"lindow,gdp,,1,,1元,,,,,2017,,,,macroeconomy,,lindow-statistics,,,,"), "is not CSV"),
    ("text behind a closing quote", row("«\"lindow\"x,gdp,,1,,1元,,,,,2017,,,,macroeconomy,,lindow-statistics,,,,"), "is not CSV"),
    ("a field with a line break", row('lindow,gdp,,1,,1元,,,,,2017,,,,macroeconomy,,lindow-statistics,,«"a\nb",,'), "write one line"),
    ("a field behind a quoted one", row('lindow,gdp,,«1e5,,"1,元",,,,,2017,,,,macroeconomy,,lindow-statistics,,,,'), "is not a plain decimal"),
    ("a row after one of two lines", row('lindow,gdp,,1,,1元,,,,,2017,,,,macroeconomy,,lindow-statistics,,,,\n"lindow",gdp,,«x,,1元,,,,,2017,,,,macroeconomy,,lindow-statistics,,,,'), "'x' is not a plain decimal"),
    ("a statement of one language in a row", row("«lindow,gdp,,1,,1元,,,,,2017,,,,macroeconomy,,lindow-statistics,,,一元。,"), "a statement needs both statement_zh and statement_en"),
    ("an empty item of a list", row("lindow,gdp,,1,,1元,,,,,2017,,,,«glass;;mobility,,lindow-statistics,,,,"), "an item of 'industries' is empty"),
    ("an industry twice", row("lindow,gdp,,1,,1元,,,,,2017,,,,«glass;glass,,lindow-statistics,,,,"), "'glass' stands in the list twice"),
    ("a row that is endless", append(FIGURES, "«" + "x," * 500_000 + "\n"), "is not CSV: a row has over 1,000,000 characters"),
    ("a table in GBK", add_bytes(FIGURES, "subject\n林渡\n".encode("gbk"), line=2), "is not UTF-8"),
    ("a control character in a table", row("lindow,gdp,,1,,1«\x0c元,,,,,2017,,,,macroeconomy,,lindow-statistics,,,,"), "U+000C"),
]
FOLDERS: list[tuple[str, Edit, str]] = [
    ("a stray file among the facts", add("facts/notes.txt", "x"), "is neither .yaml nor .csv; facts are one or the other"),
    ("a folder among the facts", folder("facts/2024.yaml"), "cannot be read"),
    ("a noun that is none", add("organisations.yaml", "{}"), "is no noun's file (did you mean organizations.yaml"),
    ("a noun of another suffix", add("places.yml", "{}"), "is no noun's file (did you mean places.yaml"),
    ("a table outside of facts", add("statistics.csv", ""), "facts go into facts/"),
    ("a folder that is none", folder("fact"), "is no folder of a seed (did you mean facts"),
]
MISSING = [
    (f"no {noun}.yaml", remove(f"{noun}.yaml"), "is missing; write at least an empty file")
    for noun in (
        "units", "places", "industries", "scopes", "initiatives", "organizations", "metrics", "relations", "sources", "policies",
        "events",
    )
]

BROKEN = [
    *KEYS, *IDS, *REFERENCES, *PERIODS, *KINDS, *NUMBERS, *VALUES, *QUOTES, *YAML, *CSV, *FOLDERS, *MISSING,
]
