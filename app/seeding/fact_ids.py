"""The id of a fact and the mark of its quote: functions of what it says and cites, the same on every machine."""

import base64
import hashlib
from collections.abc import Iterable
from json.encoder import encode_basestring

from app.seeding import records


def fact_id(
    record: records.Fact, value: str | None, subject_id: str, when: str, place_id: str | None, industries: Iterable[str]
) -> str:
    """Readable first, so that ids sort by subject, what is said and year; then a digest of all of it."""
    before = (subject_id, record.metric, record.relation, record.object, value, record.bound, record.printed)
    said = ", ".join(map(_json, (*before, record.status, when, place_id)))
    about = ", ".join(map(_json, industries))
    digest = hashlib.sha256(f"[{said}, [{about}], {_json(record.source)}, {_json(record.quote)}]".encode()).digest()
    mark = base64.b32encode(digest[:5]).decode().lower()
    return "-".join(
        [part for part in (subject_id, record.metric or record.relation, record.object, when[:4], mark) if part]
    )


def _json(text: str | None) -> str:
    """As json.dumps writes it: ids are digests of that."""
    return "null" if text is None else encode_basestring(text)


def quote_mark(quote: str) -> int:
    """A number that no other quote of the source has; of 64 bits, since that is what databases hold."""
    return int.from_bytes(hashlib.blake2b(quote.encode(), digest_size=8).digest(), signed=True)
