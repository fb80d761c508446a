"""README.md: the answers that it shows are those that the service gives for the real seed."""

import pytest

from docs import answer
from tests.conftest import ROOT, Service

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_fact_that_is_shown_is_the_answer(real: Service) -> None:
    assert answer.whole(real.client) in README


@pytest.mark.parametrize("name", answer.LISTED)
def test_the_list_that_is_shown_is_the_answer(name: str, real: Service) -> None:
    shown = answer.every(real.client, answer.LISTED[name])
    assert "{" in shown
    assert shown in README
