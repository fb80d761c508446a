"""The commands: serve, load, releases, use, check, pin, draft, verify, audit, export, key, schema, config, doctor.

Imports that only one command needs are in that command, so that a server starts without the loader.

Exit status: 0 success, 1 errors in the seed, 2 wrong command line, 3 a problem with the database or a setting.
"""

import gc
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from app.exit_codes import INVALID, UNUSABLE, fail, run, setting_errors
from app.settings import Settings
from app.store import open_store
from app.store.releases import ReleaseNotKept, Store
from app.text.periods import UNDATED, read_period

commands = typer.Typer(
    name="factbook",
    help="Facts about a city's industry, each with its evidence.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
SeedFolder = Annotated[Path | None, typer.Argument(help="Seed folder; FACTBOOK_SEED by default.")]
TextArgument = Annotated[Path, typer.Argument(help="UTF-8 text to read, zh or en.", exists=True, dir_okay=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of sentences.")]


def main() -> None:
    """The entry point of `factbook`."""
    run(commands)


def _settings_and_seed(folder: Path | None) -> tuple[Settings, Path]:
    settings = Settings()
    folder = folder or settings.seed
    if not folder.is_dir():
        fail(f"{folder} is not a folder; name the seed folder, or set FACTBOOK_SEED to it.")
    return settings, folder


def _store() -> closing[Store]:
    return closing(open_store(Settings().database_url))


def _progress(*, as_json: bool) -> Callable[[str, int], None]:
    """Shows on stderr how far a command is, except beside JSON."""
    return lambda what, count: None if as_json else typer.echo(f"  {what}: {count}", err=True)


@contextmanager
def _wrong_argument(*errors: type[Exception], release: str | None = None) -> Iterator[None]:
    """Errors that are due to the command line, which may name a release."""
    try:
        yield
    except ReleaseNotKept as error:
        message = f"{release} is not a kept release; `factbook releases` lists them"
        raise typer.BadParameter(message) from error
    except errors as error:
        raise typer.BadParameter(str(error)) from error


def _checked_against(folder: Path, *, as_json: bool) -> str:
    """What the files of an accepted seed were checked against; warns about a draft."""
    from app.seeding.unchanged import DRAFT, is_draft

    draft = is_draft(folder)
    if draft and not as_json:
        typer.echo("The seed is a draft: its files are not checked against a manifest; see `factbook pin`.", err=True)
    return DRAFT if draft else "manifest"


def _print(shown: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    typer.echo(json.dumps(shown, ensure_ascii=False) if as_json else sentence)


@commands.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=1, max=65535)] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes, at most one per core.", min=1)] = None,
) -> None:
    """Serve the API over HTTP."""
    from app.http import server

    settings = Settings().with_address(host, port, workers)
    store = open_store(settings.database_url, keep=settings.keep_releases)
    if warning := server.check_database(store):
        typer.echo(warning, err=True)
    # The server stops gracefully and then raises the signal again: exit with 0.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    gc.disable()  # until everything is imported: see main.lifespan
    from app.main import create_app

    server.serve(create_app, settings, store)


@commands.command()
def load(
    seed: SeedFolder = None,
    as_json: Json = False,
    again: Annotated[bool, typer.Option(help="Load it even if the same seed is already loaded.")] = False,
) -> None:
    """Check a seed, write it as a new release, and make that current; all or nothing."""
    from app.seeding.unchanged import fingerprint_of, loaded_already

    settings, folder = _settings_and_seed(seed)
    with _store() as store:
        loaded = None if again else loaded_already(store, fingerprint_of(folder, settings.sources))
    if loaded is None:
        from app.seeding import loading

        url, sources, keep = settings.database_url, settings.sources, settings.keep_releases
        loaded = loading.load(url, folder, sources, _progress(as_json=as_json), again=again, keep=keep)
    against = _checked_against(folder, as_json=as_json)
    shown = {"revision": loaded.revision, "changed": loaded.changed, "counts": loaded.counts, "held_against": against}
    verb = "loaded:" if loaded.changed else "is already loaded:"
    _print(shown, f"Revision {loaded.revision} {verb} {loaded.counts['facts']} facts.", as_json=as_json)


@commands.command()
def releases(as_json: Json = False) -> None:
    """List the kept releases, newest first."""
    with _store() as store:
        kept = store.releases()
    shown = [{**one._asdict(), "loaded_at": one.loaded_at.isoformat()} for one in kept]
    lines = [
        f"{'*' if one.is_current else ' '} {one.id}  number {one.number}, loaded at {one.loaded_at.isoformat()}"
        for one in kept
    ]
    _print({"releases": shown}, "\n".join(lines or ["Nothing is loaded yet."]), as_json=as_json)


@commands.command()
def use(
    release: Annotated[str, typer.Argument(help="Id of a kept release, as `factbook releases` lists them.")],
    as_json: Json = False,
) -> None:
    """Make a kept release current, to roll back a load. A running service picks it up by itself."""
    with _store() as store, _wrong_argument(release=release):
        store.use(release)
    _print({"release": release}, f"Release {release} is now the current one.", as_json=as_json)


@commands.command()
def check(seed: SeedFolder = None, as_json: Json = False) -> None:
    """Check every claim in the seed files; needs no database."""
    from app.seeding.rendering import render
    from app.seeding.writing import NullSink, write_facts

    settings, folder = _settings_and_seed(seed)
    data = render(folder, settings.sources, _progress(as_json=as_json))
    revision = write_facts(NullSink(), data)
    shown = {"mistakes": [], "revision": revision, "counts": data.counts, "quotes_held": data.quotes_checked}
    shown["held_against"] = _checked_against(folder, as_json=as_json)
    sentence = f"Everything holds: {data.counts['facts']} facts, revision {revision}."
    _print(shown, f"{sentence} {data.quotes_checked} quotes were checked against the texts available.", as_json=as_json)


@commands.command()
def pin(seed: SeedFolder = None, as_json: Json = False) -> None:
    """Write the position of each quote to seed/pins, for the texts available, and file digests to seed/manifest."""
    from app.seeding.manifest import pin as pin_seed

    settings, folder = _settings_and_seed(seed)
    quotes, changes = pin_seed(folder, settings.sources)
    lines = [f"{file}: {count} quotes" for file, count in quotes.items()]
    lines = lines or ["No texts are available; name the folder with the texts in FACTBOOK_SOURCES."]
    lines.append(f"manifest: {changes.files} files")
    lines += [f"  {what}: {file}" for what in ("added", "changed", "removed") for file in getattr(changes, what)]
    _print({"quotes": quotes, "manifest": changes._asdict()}, "\n".join(lines), as_json=as_json)


@commands.command()
def audit(as_json: Json = False) -> None:
    """Recount, from everything that is stored, how well it is evidenced, and compare that with the stored audit."""
    from app.seeding.recomputing import audited, sentences

    counts, different = audited(Settings().database_url, _progress(as_json=as_json))
    _print({**counts, "differences": different}, sentences(counts, different), as_json=as_json)
    sys.exit(INVALID if different else 0)


@commands.command()
def draft(
    document: TextArgument,
    source: Annotated[str, typer.Option(help="Id of the source in sources.yaml, whose date is used for the text.")],
    output: Annotated[Path | None, typer.Option(help="New file; facts/SOURCE.yaml in the seed by default.")] = None,
    as_json: Json = False,
) -> None:
    """Draft a file of facts from the numbers in a text, for a person to finish."""
    from app.seeding.drafting import draft as draft_facts

    seed = Settings().seed
    with _wrong_argument(ValueError, FileExistsError):
        drafted = draft_facts(document, source, seed, output)
    _print(drafted.shown(), drafted.sentences(), as_json=as_json)


@commands.command()
def verify(
    document: TextArgument,
    published: Annotated[
        str | None, typer.Option(help="When it was published; dates such as 去年 count from it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check the numbers in a text against the loaded facts; exit status 1 if facts contradict one."""
    from app.answers.verification import sentences
    from app.evidence.verifying import verify as verify_text
    from app.nouns.facts import FACT_LIST
    from app.queries.reading import RequestContext
    from app.seeding.drafting import read_document
    from app.store.releases import NO_LIMIT

    with _wrong_argument(ValueError):
        period = read_period(published or UNDATED)
    text = read_document(document)
    with _store() as store:
        context = RequestContext(store, store.current(), NO_LIMIT)
        found = verify_text(text, period, FACT_LIST, context, most=None)
    typer.echo(found.json_text() if as_json else sentences(found, text))
    sys.exit(INVALID if any(claim.contradict for claim in found.claims) else 0)


@commands.command()
def export(
    folder: Annotated[Path, typer.Argument(help="New folder to write the seed to.")],
    release: Annotated[str | None, typer.Option(help="Id of a kept release; the current one by default.")] = None,
    as_json: Json = False,
) -> None:
    """Export a release as a seed that loads to the same revision."""
    from app.seeding.exporting import export as export_seed

    with _wrong_argument(FileExistsError, release=release):
        count = export_seed(Settings().database_url, folder, _progress(as_json=as_json), release)
    _print({"folder": str(folder), "facts": count}, f"{count} facts written to {folder}.", as_json=as_json)


@commands.command()
def key(name: Annotated[str, typer.Argument(help="Holder of the key; rate limits count per holder.")]) -> None:
    """Generate an API key, which is shown once; add its line to the file in FACTBOOK_API_KEYS."""
    from app.http.admission import new_key

    Settings()
    with _wrong_argument(ValueError):
        made, line = new_key(name)
    typer.echo(f"The key, to be given to {name}: {made}\nAppend this line to the file in FACTBOOK_API_KEYS:", err=True)
    typer.echo(line)


@commands.command()
def schema(
    folder: Annotated[Path | None, typer.Argument(help="Folder for one schema per noun; stdout by default.")] = None,
) -> None:
    """Print JSON Schemas of the seed files, for completion and validation in editors."""
    from app.seeding.records import json_schemas

    Settings()
    schemas = json_schemas()
    if folder is None:
        typer.echo(json.dumps(schemas, ensure_ascii=False, indent=2))
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, one in schemas.items():
        (folder / name).write_text(json.dumps(one, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        typer.echo(folder / name)


@commands.command()
def doctor(as_json: Json = False) -> None:
    """Check settings, database, seed and disk, and say what to do about any problem."""
    from app.doctor import CheckResult, examined, sentences

    try:
        settings = Settings()
    except ValidationError as error:
        todo = "correct it; see `factbook config`"
        findings = [CheckResult("settings", "wrong", one, todo) for one in setting_errors(error)]
    else:
        findings = list(examined(settings, _progress(as_json=as_json)))
    wrong = {finding.of for finding in findings if finding.level == "wrong"}
    shown = {"healthy": not wrong, "findings": [finding._asdict() for finding in findings]}
    _print(shown, sentences(findings), as_json=as_json)
    sys.exit(UNUSABLE if "database" in wrong else INVALID if wrong else 0)


@commands.command()
def config(as_json: Json = False) -> None:
    """Print the settings in force, without passwords."""
    shown = Settings().shown()
    _print(shown, "\n".join(f"FACTBOOK_{name.upper()}={value}" for name, value in shown.items()), as_json=as_json)
