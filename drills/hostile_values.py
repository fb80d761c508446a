"""Values that break services: what hostile and careless hands write behind parameters, into paths and into headers."""

# ruff: noqa: RUF001, SIM905 - characters that look like others are here to be taken for them; tables are to be read

from urllib.parse import quote_from_bytes

INJECTED = "injected"  # starts what would be a header, or a line of the log, of the client's own
# Of numbers, ranges, searches, SQL, file systems and shells, and words of the API itself: those without spaces...
TOKENS = r"""
NaN inf -inf Infinity 1e5 1e400 -0 +1 00 1_000 1,000 １２ ٣ ² 0x10 0 -1 1. .5 9223372036854775807 9223372036854775808
-9223372036854775809 18446744073709551616 0.0000000000001 .. ... 2024..2020 ..2020 2024.. 2024..2024..2024 2024..x
-2024 0000 9999.. 10000 2024-13 2024-02-30 -5..5 1e5.. ..-1 ２０２４ % _ \ %% _% a% %a_ \% \\ * b* ? [a-z] ' '' " "" a'b
a"b ^a a:* ! & | <-> ( ) () words:a -a +a ~a a^2 : AND OR NOT a.b 郑 郑州 州郑 İ ß ſ ﬁ é Ⅷ ① ａ ｶﾞ 𠮷 🚗 $1 :id %s
%(id)s -- /* ; pg_sleep(9) x'41' $$ NULL byd'-- randomblob(1e9) ../../../../etc/passwd ..\..\win.ini //a.b/c . ~ =1+1
file:///etc/passwd http://127.0.0.1/ <script>alert(1)</script> {{7*7}} ${jndi:ldap://x} $(id) `id` |id any none -any
-none any,none null undefined true [] {} , ,, a, ,a - --a = &limit=1 # id id,id name -id ID BYD
""".split()
# ... and those with spaces, with characters that cannot be seen, or too long.
PHRASES = (
    "' OR '1'='1", "1 OR 1=1", "'; DROP TABLE facts;--", "') UNION SELECT sql FROM sqlite_master--", "\\'; SELECT 1",
    "a AND b", "NOT a", "NEAR(a b)", "a NEAR/2 b", "a | !b", "a <-> b", "{words}: a", '"a" + "b"', "2024 ..", " ", "  ",
    "byd ", " byd", "\0", "a\0b", "\t", "\n", "\r", f"\r\n{INJECTED}: yes", f"\n{INJECTED} log", f"a\n\n{INJECTED}",
    "\x1b[31m", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\u200b", "\u202e", "\u3000", "\ue000", "\ufffd",
    "\ufffe", "\U000e0041", "\U0010ffff", "\u560a\u560d", "e\u0301", "👨\u200d👩\u200d👧", "a" * 5_000, "%" * 300,
    "郑" * 1_500, "-" * 5_000, "a," * 300, "-a," * 300, '"' * 300, "(" * 300, "郑 " * 300, "1.." * 300, "9" * 28,
    "1" * 5_000, "ﷺ" * 200,
)  # fmt: skip
# What is no UTF-8, or not well encoded: overlong, halves of pairs, beyond Unicode, cut off, encoded twice.
ENCODED = rb"""
% %% %4 %zz %u90d1 a% %C0%80 %C0%AF %C0%AE%C0%AE%C0%AF %F0%80%80%AF %F8%88%80%80%80 %FC%84%80%80%80%80 %ED%A0%80
%ED%A0%BD%ED%BA%97 %F4%90%80%80 %FF %FE%FF %80 %E4%B8 %E9%83%91%E5 %D6%A3%D6%DD %2500 %250d%250a %25ED%25A0%2580 + %2B
a+b a;b | <> " { ^ ` \ a=b a?b
""".split()
RAW = (b"\xe9\x83\x91", b"\xff", b"\xed\xa0\x80", b"\xc0\x80")
VALUES = [*(quote_from_bytes(text.encode(), safe="").encode() for text in (*TOKENS, *PHRASES)), *ENCODED, *RAW]

# Whole query strings.
QUERIES = rb"""
& &&&& = =&=&= ? ?? a =a %00 %00=%00 limit=1&limit=2 q=a&q=b after=x&after=y sort=id&sort=-id year=2024;limit=1
year[]=2024 year%00=2024 YEAR=2024 %79ear=2024 year=2024&year=none&year=-2024 offset=-1 page=99999999999999999999
format=csv&format=json format=csv&limit=0 bom=1 format=%63sv&limit=1
""".split()
QUERIES += [b"&".join(b"p%d=%d" % (n, n) for n in range(500)), b"&".join([b"year=2024"] * 500), b"&" * 5_000]
QUERIES += [b" year=2024", b"x" * 70_000, b"q=" + b"a" * 70_000]
# Paths beside those that the document has.
PATHS = rb"""
/ // /v1/ /v1//facts //v1/facts /v1/facts/ /V1/facts /v1/facts/. /v1/facts/.. /v1/../v1/facts /v1/facts/%2e%2e/facts
/v1/facts/%2F /v1/facts%2Fgroups /v1/facts%00 /v1/%66acts /v1/facts.CSV /v1/facts.xml /v1/facts.csv.csv /v1/facts.
/v1/companies.json /docs/assets/ /docs/assets/../../../../../../etc/passwd /docs/assets/..%2f..%2f..%2f..%2fetc%2fpasswd
/docs/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd /docs/assets//etc/passwd /docs/assets/%00 /docs/assets/a%0d%0a
/v1/facts/a/b/c /v1/facts/a;b /v1/facts/* * http://127.0.0.1/v1 /v1/facts#a /openapi.json/ /metrics/x /.git/config
""".split()
PATHS += [b"/v1/facts/\xff", b"/" + b"a" * 5_000, b"/" + b"a/" * 2_000, b"/" + b"a" * 70_000]
METHODS = (b"POST", b"PUT", b"PATCH", b"DELETE", b"TRACE", b"OPTIONS", b"PROPFIND", b"FOO", b"get", b"G\xffT")
# What stands behind a header's name; a line break begins another header.
IN_HEADERS = rb"""
a * */* text/html text/csv;q=0 application/json;q=nan ;q=1 ,,, a/b;q=9e9 application/json;charset=" " "a W/" bytes=0-
%0d%0ainjected:yes null http://evil.example https://a:b@c:99999 evil.example 127.0.0.1:99999 [::1 bytes=-1 bytes=5-2
bytes=0-0,2-3 bytes=99999999999999999999- bytes=abc gzip;q=1e9 identity;q=0 -1 0x10 ${jndi:ldap://x} <script>
""".split()
IN_HEADERS += [b"", b'"a", "b"', b"a\r\ninjected: yes", b"\x80\xff", b"\xed\xa0\x80", b"\xe9\x83\x91", b"a" * 5_000]
IN_HEADERS += [b'"a",' * 1_000, b"a\tb", b"\x01", b"a b", b"Mon, 99 Nov 9999 99:99:99 GMT", b"' OR 1=1 --", b"\xa0"]
HEADERS = b"""
X-Request-ID If-None-Match Accept Accept-Encoding Origin Host Range If-Range If-Modified-Since X-Forwarded-For Forwarded
X-Forwarded-Host X-Forwarded-Proto Cookie Authorization User-Agent Content-Length Content-Type Connection Via
""".split()
HEADER_TARGETS = b"/v1 /v1/facts?limit=2 /v1/facts/none /v1/facts.csv?limit=3 /v1/facts?yaer=1 /docs".split()
