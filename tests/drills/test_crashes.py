"""A few trials of the drills that kill what writes, and of those in which many write, with their negative controls."""

from pathlib import Path

from drills import crash
from drills.contents import contents, left_over
from drills.loads import load
from drills.runs import Run
from drills.servers import databases
from tests.databases import path_of
from tests.drills.conftest import short_run


def test_a_killed_load_leaves_the_old_release_or_the_new(run: Run) -> None:
    crash.crash(run.within("right"))
    crash.control_crash(run.within("wrong"))
    assert run.tally.failures == []
    assert run.tally.faults == run.trials
    assert run.tally.seen["answers"] > 0


def test_a_killed_server_has_the_loads_it_acknowledged(tmp_path: Path) -> None:
    run = short_run("postgresql", tmp_path)
    crash.crash_server(run.within("right"))
    crash.control_crash_server(run.within("wrong"))
    assert run.tally.failures == []


def test_many_loads_at_once_all_end_well(run: Run) -> None:
    crash.race(run.within("loads"))
    crash.control_race(run.within("wrong"))
    assert run.tally.failures == []


def test_contents_tell_every_table_from_that_of_other_data(run: Run) -> None:
    with databases(run.kind, run.folder) as new_database:
        held = []
        for seed in run.seeds.values():
            url = new_database()
            load(url, seed, run.folder)
            held.append(contents(url))
            assert left_over(url) == []
    assert held[0].release != held[1].release
    differing = {name for name, rows in held[0].tables.items() if held[1].tables[name] != rows}
    assert {"facts", "fact_answers", "fact_words", "slice_facts", "revisions"} <= differing


def test_what_a_load_leaves_over_is_told(tmp_path: Path) -> None:
    run = short_run("sqlite", tmp_path)
    with databases(run.kind, run.folder) as new_database:
        url = new_database()
        load(url, next(iter(run.seeds.values())), run.folder)
    path = path_of(url)
    path.with_name(f"{path.name}.new-1").touch()
    kept_file = next(path.with_suffix(".releases").glob("*.db"))
    kept_file.chmod(0o644)
    kept_file.write_bytes(kept_file.read_bytes() + b"\0")
    assert len(left_over(url)) == 3, (
        "a file beside, a kept file that has changed, and the current one, which is the same"
    )
