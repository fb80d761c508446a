"""Coverage: which of the numbers of a text that we hold state a fact, and which of those a fact of ours has."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from app import answers
from app.seeding import records
from app.seeding.drafting import claim_reader
from app.seeding.seeds import Seed
from app.text.claims import Claim
from app.text.normalizing import squeezed_text
from app.text.periods import read_period

MOST_SHOWN = 1000


class Cited(NamedTuple):
    """A number that a fact has from a text: where its quote stands, and what it prints."""

    start: int
    end: int
    printed: str


def coverage(seed: Seed, texts: Mapping[str, str], cited: Mapping[str, Iterable[Cited]]) -> list[answers.Coverage]:
    """What became of the numbers of each text, in the order of sources."""
    if not texts:
        return []
    reader, covered = claim_reader(seed), []
    for source_id, text in sorted(texts.items()):
        source = seed.entities[source_id].record
        published = source.published if isinstance(source, records.Source) else None
        claims = reader.read(text, read_period(published) if published else None).claims
        mine = sorted(cited.get(source_id, ()))
        unused = [one for one in claims if not any(_has(fact, one) for fact in mine)]
        covered.append(
            answers.Coverage(
                source=source_id,
                numbers=len(claims),
                used=len(claims) - len(unused),
                unused=[
                    answers.Unused(printed=one.printed, start=one.start, end=one.end) for one in unused[:MOST_SHOWN]
                ],
            )
        )
    return covered


def _has(fact: Cited, claim: Claim) -> bool:
    """Whether a fact has the number of a claim: it stands in its quote, and one prints what the other does."""
    if claim.start >= fact.end or claim.end <= fact.start:
        return False
    one, other = sorted((squeezed_text(fact.printed), squeezed_text(claim.printed)), key=len)
    return re.search(rf"(?<![\d.,]){re.escape(one)}(?![\d.,]*\d)", other) is not None
