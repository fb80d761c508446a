"""A few trials of each drill with its negative controls, and what a drill says of itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from drills import cluster, crash, databases, overload, race, report, serve, slow, stop
from drills.__main__ import DRILLS
from drills.children import Job, done
from drills.contents import contents
from drills.runs import Run
from drills.tally import Tally
from drills.wrong import Variant
from tests.conftest import ROOT
from tests.drills.conftest import short_run


def test_a_killed_load_leaves_the_old_data_or_the_new(run: Run) -> None:
    crash.crash(run.within("right"))
    crash.control_crash(run.within("wrong"))
    assert run.tally.failures == []
    assert run.tally.faults == run.trials


def test_a_killed_server_has_the_loads_it_acknowledged(tmp_path: Path) -> None:
    run = short_run("postgresql", tmp_path)
    crash.crash_server(run.within("right"))
    crash.control_crash_server(run.within("wrong"))
    assert run.tally.failures == []


def test_many_migrations_and_many_loads_at_once_all_end_well(run: Run) -> None:
    race.migrations(run.within("migrations"))
    race.loads(run.within("loads"))
    race.control_race(run.within("wrong"))
    assert run.tally.failures == []


def test_a_killed_migration_leaves_the_old_schema_or_the_new(run: Run) -> None:
    race.migrate(run.within("right"))
    race.control_migrate(run.within("wrong"))
    assert run.tally.failures == []


def test_readers_see_one_revision_while_another_is_loaded(run: Run) -> None:
    serve.serve(run.within("right"))
    serve.control_serve(run.within("wrong"))
    assert run.tally.failures == []
    assert run.tally.seen["answers"] > run.trials * serve.ANSWERS_A_LOAD


def test_what_is_light_is_answered_beside_what_is_dear(run: Run) -> None:
    overload.overload(run.within("right"))
    assert run.tally.failures == []


def test_slow_clients_are_let_go(tmp_path: Path) -> None:
    run = short_run("sqlite", tmp_path)
    slow.slow(run.within("right"))
    slow.control_slow(run.within("wrong"))
    assert run.tally.failures == []


def test_a_service_told_to_stop_cuts_no_answer(tmp_path: Path) -> None:
    run = short_run("sqlite", tmp_path)
    stop.stop(run.within("right"))
    stop.control_stop(run.within("wrong"))
    assert run.tally.failures == []


def test_a_cluster_answers_while_its_servers_die(tmp_path: Path) -> None:
    run = short_run("postgresql", tmp_path)
    cluster.small_cluster(run.within("right"))
    cluster.control_cluster(run.within("wrong"))
    assert run.tally.failures == []
    assert run.tally.faults > 2
    assert run.tally.seen["answers"] > 1000


def test_contents_tell_every_table_from_that_of_other_data(run: Run) -> None:
    with databases.made(run.kind, run.folder) as kept:
        held = []
        for seed in run.seeds.values():
            url = kept.new_database()
            done(Job(url, seed, migrates=True), run.folder)
            held.append(contents(url))
    differing = {name for name, digest in held[0].items() if held[1][name] != digest}
    assert {"facts", "fact_answers", "fact_csv", "fact_ndjson", "fact_words", "slice_facts", "revisions"} <= differing


def test_a_drill_tells_its_seed_its_share_and_what_failed() -> None:
    tally = Tally("crash", "sqlite", seed=7)
    for landed in (True, False):
        tally.fault(landed=landed)
    tally.hold(True, "")
    tally.hold_share(0.7)
    tally.hold_control(Variant.UNLOCKED, caught=0, tried=9, wanted=1)
    assert str(tally).splitlines()[0] == "crash on sqlite, seed 7"
    assert "2 faults, 50% landed" in str(tally)
    assert str(tally).endswith("1 passed, 2 failed")
    assert len(tally.failures) == 2


def test_the_page_tells_of_every_drill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "KEPT", tmp_path)
    monkeypatch.setattr(report, "PAGE", tmp_path / "page.md")
    with pytest.raises(SystemExit, match="crash has not been run on sqlite yet"):
        report.write(DRILLS)
    for name, drill in DRILLS.items():
        for kind in drill.kinds:
            tally = Tally(name, kind, seed=3)
            tally.hold(True, "")
            report.keep(tally, postgresql="15.0")
    report.write(DRILLS)
    rows = [line for line in (tmp_path / "page.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + sum(len(drill.kinds) for drill in DRILLS.values())


def test_an_unknown_drill_is_refused() -> None:
    ended = subprocess.run([sys.executable, "-m", "drills", "none"], cwd=ROOT, capture_output=True, check=False)
    assert ended.returncode == 2
    assert b"crash" in ended.stderr
