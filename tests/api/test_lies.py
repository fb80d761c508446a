"""No lie gets a yes, and few true sentences get none: a sample of what `python -m tests.lies` makes."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import SEED, Service
from tests.lies import LIES, PARAPHRASES, YES, counted, speaker_of, verifier_of
from tests.lies import SEED as LOTS

ARTICLE = Path(os.environ.get("FACTBOOK_SOURCES", ""), "zhengzhou-feature-2025.txt")
SAMPLE = 16  # of the lies, one in so many
FEWEST = 0.95  # of the paraphrases that get a yes


@pytest.fixture(scope="module")
def told(kept_service: Callable[[str, Path], Service]) -> Service:
    return kept_service("sqlite", SEED)


def test_no_lie_gets_a_yes(told: Service) -> None:
    lies = list(speaker_of(told.client, LOTS).lies(LIES // SAMPLE))
    _, judged = counted(lies, verifier_of(told.client))
    assert [one for verdict, one in judged if verdict in YES] == []
    assert len({one.kind for one in lies}) > 20, "kinds of lies, in two languages"


def test_true_sentences_get_a_yes_and_are_not_contradicted(told: Service) -> None:
    true = list(speaker_of(told.client, LOTS).paraphrases(PARAPHRASES // 5))
    _, judged = counted(true, verifier_of(told.client))
    assert [one for verdict, one in judged if verdict == "contradicts"] == []
    missed = [one for verdict, one in judged if verdict not in YES]
    assert len(missed) <= (1 - FEWEST) * len(true), missed


@pytest.mark.skipif(
    not ARTICLE.is_file(), reason="the article is not ours to publish; FACTBOOK_SOURCES may name its folder"
)
def test_the_article_says_what_was_read_in_it(told: Service) -> None:
    """All measurements that are quoted from it, but for those whose numbers state nothing by themselves."""
    text = ARTICLE.read_text(encoding="utf-8")
    claims = told.client.post("/v1/verify?published=2025-07", json={"text": text}).json()["claims"]
    assert [one["printed"] for one in claims if one["verdict"] not in YES] == []
    facts = told.client.get("/v1/facts?source=zhengzhou-feature-2025&kind=measurement&limit=500").json()["data"]
    quoted = {(one["citation"]["start"], one["citation"]["end"]): one for one in facts if not one["derived"]}
    found = [span for span in quoted if any(span[0] <= one["start"] and one["end"] <= span[1] for one in claims)]
    assert len(found) >= 27
