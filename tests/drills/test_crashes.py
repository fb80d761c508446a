"""A few trials of the drills that kill what writes, and of those in which many write, with their negative controls."""

from pathlib import Path

from drills import crash, databases, race
from drills.children import Job, done
from drills.contents import contents
from drills.runs import Run
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


def test_contents_tell_every_table_from_that_of_other_data(run: Run) -> None:
    with databases.made(run.kind, run.folder) as kept:
        held = []
        for seed in run.seeds.values():
            url = kept.new_database()
            done(Job(url, seed, migrates=True), run.folder)
            held.append(contents(url))
    differing = {name for name, digest in held[0].items() if held[1][name] != digest}
    assert {"facts", "fact_answers", "fact_csv", "fact_ndjson", "fact_words", "slice_facts", "revisions"} <= differing
