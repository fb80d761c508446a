"""The commands: serve, load, check, pin, draft, verify, audit, export, restore, key, schema, config, doctor.

What only one of them needs is imported there: a server starts without knowing how facts get in.

Exit status: 0 done, 1 the seed has mistakes, 2 the command line is wrong, 3 the database or a setting is.
"""

import gc
import json
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from app.database import Database
from app.exits import MISTAKEN, UNUSABLE, fail, run, told
from app.periods import UNDATED, read_period
from app.settings import Settings, without_password

commands = typer.Typer(
    name="factbook",
    help="Facts about a city's industry, each with the evidence that says so.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
SeedFolder = Annotated[Path | None, typer.Argument(help="Seed folder; FACTBOOK_SEED where it is left out.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of sentences.")]


def main() -> None:
    """What `factbook` does."""
    run(commands)


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        fail(*told(error))


def _progress(what: str, count: int) -> None:
    typer.echo(f"  {what}: {count}", err=True)


def _silent(_what: str, _count: int) -> None:
    pass


def _held(folder: Path, *, as_json: bool) -> str:
    """What the files of a seed that was taken were held against; a draft is told of."""
    from app.seeding import manifest

    if not manifest.is_draft(folder):
        return "manifest"
    if not as_json:
        typer.echo(
            "The seed is a draft: nothing tells whether its files are whole. `factbook pin` lists them.", err=True
        )
    return manifest.DRAFT


def _print(shown: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    typer.echo(json.dumps(shown, ensure_ascii=False) if as_json else sentence)


@commands.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=1, max=65535)] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that answer, one a core at most.", min=1)] = None,
) -> None:
    """Answer over HTTP."""
    from app.http.serving import hold_database
    from app.http.serving import serve as run

    settings = _settings()
    if trouble := hold_database(settings):
        typer.echo(trouble, err=True)
    # The server stops gracefully and then raises the signal again: that is a good end, not a death.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    gc.disable()  # until all is imported: see main.lifespan
    run(settings, host or settings.host, port or settings.port, workers or settings.workers)


@commands.command()
def load(
    seed: SeedFolder = None,
    as_json: Json = False,
    again: Annotated[bool, typer.Option(help="Write all of it anew, even where it seems to be there.")] = False,
) -> None:
    """Migrate the database and replace its data by the seed's, all of it or nothing."""
    from app.seeding.loading import load as load_seed
    from app.seeding.migrating import migrate

    settings = _settings()
    folder = seed or settings.seed
    migrate(settings.database_url)
    progress = _silent if as_json else _progress
    loaded = load_seed(settings.database_url, folder, settings.sources, progress, again=again)
    shown = {"revision": loaded.revision, "changed": loaded.changed, "counts": loaded.counts}
    shown["held_against"] = _held(folder, as_json=as_json)
    verb = "loaded" if loaded.changed else "is there already:"
    _print(shown, f"Revision {loaded.revision} {verb} {loaded.counts['facts']} facts.", as_json=as_json)


@commands.command()
def check(seed: SeedFolder = None, as_json: Json = False) -> None:
    """Check every claim of the seed files; no database is needed."""
    from app.seeding.rendering import rendered

    settings = _settings()
    folder = seed or settings.seed
    with rendered(folder, settings.sources, _silent if as_json else _progress) as data:
        held = data.quotes_held
    shown = {"mistakes": [], "revision": data.revision, "counts": data.counts, "quotes_held": held}
    shown["held_against"] = _held(folder, as_json=as_json)
    sentence = f"Everything holds: {data.counts['facts']} facts, revision {data.revision}."
    _print(shown, f"{sentence} {held} quotes were held against texts at hand.", as_json=as_json)


@commands.command()
def pin(seed: SeedFolder = None, as_json: Json = False) -> None:
    """Write where each quote stands in the texts at hand to seed/pins, and what the files are to seed/manifest."""
    from app.seeding.pinning import pin as pin_seed

    settings = _settings()
    pinned = pin_seed(seed or settings.seed, settings.sources)
    changes = pinned.manifest
    lines = [f"{file}: {count} quotes" for file, count in pinned.quotes.items()]
    if not lines:
        lines = ["No text is at hand; name the folder that holds them in FACTBOOK_SOURCES."]
    lines.append(f"manifest: {changes.files} files")
    lines += [f"  {what}: {file}" for what in ("added", "changed", "removed") for file in getattr(changes, what)]
    _print({"quotes": pinned.quotes, "manifest": changes._asdict()}, "\n".join(lines), as_json=as_json)


@commands.command()
def audit(as_json: Json = False) -> None:
    """Count anew, from all that is stored, how well it is evidenced, and hold what the service says against that."""
    from app.seeding.auditing import written
    from app.seeding.comparing import audited

    counted, wrong = audited(_settings().database_url, _silent if as_json else _progress)
    _print({**counted, "differences": wrong}, written(counted, wrong), as_json=as_json)
    sys.exit(MISTAKEN if wrong else 0)


@commands.command()
def draft(
    document: Annotated[Path, typer.Argument(help="UTF-8 text to read, zh or en.", exists=True, dir_okay=False)],
    source: Annotated[str, typer.Option(help="Id of the source in sources.yaml; its date is that of the text.")],
    output: Annotated[Path | None, typer.Option(help="New file; facts/SOURCE.yaml of the seed where left out.")] = None,
    as_json: Json = False,
) -> None:
    """Read a text and write a file of the facts its numbers state, for a person to finish."""
    from app.seeding.drafting import draft as draft_facts

    try:
        drafted = draft_facts(document, source, _settings().seed, output)
    except (ValueError, FileExistsError) as error:
        raise typer.BadParameter(str(error)) from error
    _print(drafted.shown(), drafted.sentences(), as_json=as_json)


@commands.command()
def verify(
    document: Annotated[Path, typer.Argument(help="UTF-8 text to read, zh or en.", exists=True, dir_okay=False)],
    published: Annotated[str | None, typer.Option(help="When it was published: 去年 is of the year before.")] = None,
    as_json: Json = False,
) -> None:
    """Hold what the numbers of a text say against what is loaded; exit status 1 where facts contradict one."""
    from app.answers.verification import sentences
    from app.api.facts import FACTS
    from app.queries.verifying import Verifier
    from app.seeding.drafting import read_document

    try:
        period = read_period(published or UNDATED)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    text = read_document(document)
    database = Database(_settings().database_url)
    try:
        found = Verifier(FACTS).verify_by(database, text, period)
    finally:
        database.close()
    typer.echo(found.json_text() if as_json else sentences(found, text))
    sys.exit(MISTAKEN if any(claim.contradict for claim in found.claims) else 0)


@commands.command()
def export(
    folder: Annotated[Path, typer.Argument(help="New folder to write the seed to.")], as_json: Json = False
) -> None:
    """Write what is loaded back as a seed that loads to the same revision."""
    from app.seeding.exporting import export as export_seed

    try:
        count = export_seed(_settings().database_url, folder, _silent if as_json else _progress)
    except FileExistsError as error:
        raise typer.BadParameter(str(error)) from error
    _print({"folder": str(folder), "facts": count}, f"{count} facts written to {folder}.", as_json=as_json)


@commands.command()
def restore(
    revision: Annotated[str, typer.Argument(help="Of a release, as /v1/releases lists them.")],
    file: Annotated[Path, typer.Argument(help="New SQLite file to write it to.", dir_okay=False)],
    as_json: Json = False,
) -> None:
    """Write what was loaded before as a SQLite file, which can be served and exported as any other."""
    from app.seeding.restoring import NotKept
    from app.seeding.restoring import restore as restore_release

    if file.exists():
        raise typer.BadParameter(f"{file} is there already; name a new file")
    try:
        named = restore_release(_settings().database_url, revision, file, _silent if as_json else _progress)
    except NotKept as error:
        raise typer.BadParameter(str(error)) from error
    if named != revision:
        typer.echo(f"This version names the data of {revision} {named}: it may answer otherwise than then.", err=True)
    _print({"revision": revision, "file": str(file)}, f"Revision {revision} written to {file}.", as_json=as_json)


@commands.command()
def key(name: Annotated[str, typer.Argument(help="Whose key it is; a rate limit counts by it.")]) -> None:
    """Make an API key: it is shown once; FACTBOOK_API_KEYS names the file that its line goes into."""
    from app.http.api_keys import new_key

    try:
        made, line = new_key(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(f"The key, to be kept by {name}: {made}\nAppend to the file of FACTBOOK_API_KEYS:", err=True)
    typer.echo(line)


@commands.command()
def schema(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder to write a schema a noun to; else all go to stdout.")
    ] = None,
) -> None:
    """JSON Schema of the seed files, for completion and checks in an editor."""
    from app.seeding.schemas import schemas

    found = schemas()
    if folder is None:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, one in found.items():
        (folder / name).write_text(json.dumps(one, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        typer.echo(folder / name)


@commands.command()
def doctor(as_json: Json = False) -> None:
    """Look at database, seed and disk, and say of each how it is and what to do."""
    from app.doctor import Finding, blamed, examined, written

    try:
        settings = Settings()
    except ValidationError as error:
        findings = [Finding("settings", "wrong", one, "correct it; see `factbook config`") for one in told(error)]
    else:
        findings = list(examined(settings, _silent if as_json else _progress))
    typer.echo(written(findings, as_json=as_json))
    wrong = blamed(findings)
    sys.exit(UNUSABLE if "database" in wrong else MISTAKEN if wrong else 0)


@commands.command()
def config(as_json: Json = False) -> None:
    """The settings in force, passwords hidden."""
    settings = _settings()
    shown = settings.model_dump(mode="json")
    shown["database_url"] = without_password(settings.database_url)
    lines = "\n".join(f"FACTBOOK_{name.upper()}={value}" for name, value in shown.items())
    _print(shown, lines, as_json=as_json)
