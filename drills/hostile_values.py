"""Values that break services: what hostile and careless hands write behind parameters, into paths and into headers."""

# ruff: noqa: RUF001 - characters that look like others are here to be taken for them

from urllib.parse import quote_from_bytes

INJECTED = "injected"  # starts what would be a header, or a line of the log, of the asker's own
NUMBERS = (
    "NaN", "nan", "inf", "-inf", "Infinity", "1e5", "1e400", "-0", "+1", "00", "01", "1_000", "1,000", "１２", "٣", "²",
    "0x10", "0", "-1", "1.5", "1.", ".5", "2147483648", "9223372036854775807", "9223372036854775808",
    "-9223372036854775809", "18446744073709551616", "9" * 27, "9" * 28, "9" * 400, "0." + "0" * 12 + "1",
)  # fmt: skip
RANGES = (
    "..", "...", "....", "2024..2020", "2020..2024", "..2020", "2024..", "2024..2024..2024", "2024..x", "-2024", "0000",
    "9999..", "10000", "2024-13", "2024-02-30", "-5..5", "5..-5", "1e5..", "..-1", "2024 ..", "２０２４",
)  # fmt: skip
OF_SEARCHES = (
    "%", "_", "\\", "%%", "_%", "a%", "%a_", "\\%", "\\\\", "*", "b*", "?", "[a-z]", "'", "''", '"', '""', "a'b", 'a"b',
    "a AND b", "a OR b", "NOT a", "NEAR(a b)", "a NEAR/2 b", "^a", "a:*", "a & b", "a | !b", "a <-> b", "!", "&", "|",
    "<->", "(", ")", "()", "{words}: a", "words:a", '"a" + "b"', "-a", "+a", "~a", "a^2", ":", "AND", "OR", "NOT",
    "a.b", "郑", "郑州", "州郑", "İ", "ß", "ſ", "ﬁ",
    "é", "e\u0301", "Ⅷ", "①", "ａ", "ｶﾞ", "𠮷", "🚗", "👨\u200d👩\u200d👧",
)  # fmt: skip
OF_SQL = (
    "' OR '1'='1", "1 OR 1=1", "'; DROP TABLE facts;--", "') UNION SELECT sql FROM sqlite_master--", "$1", ":id", "%s",
    "%(id)s", "--", "/*", ";", "pg_sleep(9)", "\\'; SELECT 1", "x'41'", "$$", "NULL", "byd' --", "randomblob(1e9)",
)  # fmt: skip
OF_SHELLS = (
    "../../../../etc/passwd", "..\\..\\win.ini", "/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/", "//a.b/c",
    "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}", "$(id)", "`id`", "|id", "a.b", ".", "~", "=1+1", "@x",
)  # fmt: skip
WORDS = (
    "any", "none", "-any", "-none", "any,none", "null", "undefined", "true", "[]", "{}", ",", ",,", "a,", ",a", "-",
    "--a", "=", "&", "&limit=1", "#", " ", "  ", "a b", "id", "id,id", "name", "-id", "ID", "byd ", " byd", "BYD",
)  # fmt: skip
CONTROLS = (
    "\0", "a\0b", "byd\0", "\t", "\n", "\r", f"\r\n{INJECTED}: yes", f"\n{INJECTED} log", f"a\n\n{INJECTED}",
    "\x1b[31m", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\u200b", "\u202e", "\u3000", "\ue000", "\ufffd",
    "\ufffe", "\U000e0041", "\U0010ffff", "\u560a\u560d",
)  # fmt: skip
LONG = (
    "a" * 5_000, "郑" * 1_500, "%" * 300, "_" * 300, "-" * 5_000, "a," * 300, "-a," * 300, "." * 5_000, '"' * 300,
    "(" * 300, "a " * 2_000, "郑 " * 300, "1.." * 300, "1" * 5_000, "id," * 300, "a" * 201, "ﷺ" * 200,
)  # fmt: skip
TEXTS = (*NUMBERS, *RANGES, *OF_SEARCHES, *OF_SQL, *OF_SHELLS, *WORDS, *CONTROLS, *LONG)
# What is no UTF-8, or not well encoded: overlong, halves of pairs, beyond Unicode, cut off, encoded twice.
ENCODED = (
    b"%", b"%%", b"%4", b"%zz", b"%u90d1", b"a%", b"%C0%80", b"%C0%AF", b"%C0%AE%C0%AE%C0%AF", b"%E0%80%AF",
    b"%F0%80%80%AF", b"%F8%88%80%80%80", b"%FC%84%80%80%80%80", b"%ED%A0%80", b"%ED%BF%BF", b"%ED%A0%BD%ED%BA%97",
    b"%F4%90%80%80", b"%FF", b"%FE%FF", b"%FF%FE", b"%80", b"%E4%B8", b"%E9%83%91%E5", b"%D6%A3%D6%DD", b"%2500",
    b"%250d%250a", b"%25ED%25A0%2580", b"+", b"%2B", b"a+b", b"\xe9\x83\x91", b"\xff", b"\xed\xa0\x80", b"\xc0\x80",
    b"a;b", b"|", b"<>", b'"', b"{", b"^", b"`", b"\\", b"a=b", b"a?b",
)  # fmt: skip
VALUES = (*(quote_from_bytes(text.encode(), safe="").encode() for text in TEXTS), *ENCODED)

# Whole query strings.
QUERIES = (
    b"&", b"&&&&", b"=", b"=&=&=", b"?", b"??", b"a", b"=a", b"%00", b"%00=%00", b"&".join([b"x=1"] * 500),
    b"&".join(b"p%d=%d" % (n, n) for n in range(500)), b"&".join([b"year=2024"] * 500), b"&" * 5_000, b"year" * 2_000,
    b"limit=1&limit=2", b"q=a&q=b", b"after=x&after=y", b"sort=id&sort=-id", b"year=2024;limit=1", b"year[]=2024",
    b"year%00=2024", b"YEAR=2024", b" year=2024", b"%79ear=2024", b"year=2024&year=none&year=-2024", b"offset=-1",
    b"page=99999999999999999999", b"format=csv&format=json", b"format=csv&limit=0", b"bom=1", b"format=%63sv&limit=1",
    b"x" * 70_000, b"q=" + b"a" * 70_000,
)  # fmt: skip
# Paths beside those that the document has.
PATHS = (
    b"/", b"//", b"/v1/", b"/v1//facts", b"//v1/facts", b"/v1/facts/", b"/V1/facts", b"/v1/facts/.", b"/v1/facts/..",
    b"/v1/../v1/facts", b"/v1/facts/%2e%2e/facts", b"/v1/facts/%2F", b"/v1/facts%2Fgroups", b"/v1/facts%00",
    b"/v1/%66acts",
    b"/v1/facts.CSV", b"/v1/facts.xml", b"/v1/facts.csv.csv", b"/v1/facts.", b"/v1/companies.json", b"/docs/assets/",
    b"/docs/assets/../../../../../../etc/passwd", b"/docs/assets/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    b"/docs/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd", b"/docs/assets//etc/passwd", b"/docs/assets/%00",
    b"/docs/assets/a%0d%0a",
    b"/v1/facts/\xff", b"/v1/facts/a/b/c", b"/v1/facts/a;b", b"/v1/facts/*", b"/" + b"a" * 5_000, b"/" + b"a/" * 2_000,
    b"/" + b"a" * 70_000, b"*", b"http://127.0.0.1/v1", b"/v1/facts#a", b"/openapi.json/", b"/metrics/x",
    b"/.git/config",
)  # fmt: skip
METHODS = (b"POST", b"PUT", b"PATCH", b"DELETE", b"TRACE", b"OPTIONS", b"PROPFIND", b"FOO", b"get", b"G\xffT")
# What stands behind a header's name; a line break begins another header.
IN_HEADERS = (
    b"", b"a", b"*", b"*/*", b"text/html", b"text/csv;q=0", b"application/json;q=nan", b";q=1", b",,,", b"a/b;q=9e9",
    b"application/json;charset=\"", b'"', b'"a', b'W/"', b'"a", "b"', b"%0d%0ainjected: yes", b"a\r\ninjected: yes",
    b"\x80\xff", b"\xed\xa0\x80", "郑州".encode(), b"a" * 129, b"a" * 5_000, b'"a",' * 1_000, b"a\tb", b"\x01", b"null",
    b"http://evil.example", b"https://a:b@c:99999", b"evil.example", b"127.0.0.1:99999", b"[::1", b"a b", b"bytes=0-",
    b"bytes=-1", b"bytes=5-2", b"bytes=0-0,2-3", b"bytes=99999999999999999999-", b"bytes=abc", b"gzip;q=1e9",
    b"identity;q=0",
    b"-1", b"0x10", b"Mon, 99 Nov 9999 99:99:99 GMT", b"${jndi:ldap://x}", b"' OR 1=1 --", b"<script>", b"\xa0",
)  # fmt: skip
HEADERS = (
    b"X-Request-ID", b"If-None-Match", b"Accept", b"Accept-Encoding", b"Origin", b"Host", b"Range", b"If-Range",
    b"If-Modified-Since", b"X-Forwarded-For", b"X-Forwarded-Host", b"X-Forwarded-Proto", b"Forwarded", b"Cookie",
    b"Authorization", b"User-Agent", b"Content-Length", b"Content-Type", b"Connection", b"X-HTTP-Method-Override",
    b"Via",
)  # fmt: skip
