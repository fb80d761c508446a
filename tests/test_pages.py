"""Links: readable characters stay, those with a meaning in a URL are encoded, and parsing gives them back."""

from urllib.parse import quote, urlencode

from hypothesis import given
from hypothesis import strategies as st

from app.queries.lists import address
from app.queries.parameters import read_pairs

PIECES = st.text(alphabet="ab9,.:_~*-&=%+ /?#算力'\"", max_size=6)
PAIRS = st.lists(st.tuples(st.text(alphabet="ab_&=算", min_size=1, max_size=4), PIECES), max_size=4)


@given(PAIRS)
def test_a_link_is_what_the_standard_library_writes_and_reads_back(pairs: list[tuple[str, str]]) -> None:
    written = urlencode(pairs, quote_via=quote, safe=",.:-_~*")
    assert address("/v1/facts", pairs) == (f"/v1/facts?{written}" if pairs else "/v1/facts")
    assert read_pairs(written.encode()) == pairs


def test_a_sign_inside_a_value_is_no_sign_of_the_query() -> None:
    assert address("/p", [("a", "1&b=2")]) == "/p?a=1%26b%3D2"
