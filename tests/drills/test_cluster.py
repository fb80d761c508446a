"""A few trials of the drill of a whole cluster."""

from dataclasses import replace
from pathlib import Path

import pytest

from drills import cluster
from tests.drills.conftest import short_run


def test_a_cluster_answers_while_its_servers_die(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "SEEN_FOR", 0.2)
    run = replace(short_run("postgresql", tmp_path), trials=1)
    cluster.cluster(run)
    assert run.tally.failures == []
    assert run.tally.faults == 2
    assert run.tally.seen["answers"] > 100
