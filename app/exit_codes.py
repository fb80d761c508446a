"""How commands end: an error that an operator can fix is one line and an exit status, not a traceback."""

import json
import signal
import sqlite3
import sys
from typing import NoReturn

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from sqlalchemy.exc import ArgumentError, DBAPIError

from app.database_errors import described
from app.errors import NotReady
from app.seeding.diagnostics import MOST_ERRORS, SeedError
from app.settings import Settings

INVALID, WRONG_COMMAND, UNUSABLE, TERMINATED = 1, 2, 3, 128 + signal.SIGTERM


def run(commands: typer.Typer) -> NoReturn:
    """Run a command; without one, list them."""
    dropped = _exit_when_terminated()
    try:
        _run(commands)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        if dropped:  # whatever else came of it
            sys.exit(TERMINATED)


def _run(commands: typer.Typer) -> NoReturn:
    try:
        sys.exit(commands(sys.argv[1:] or ["--help"], standalone_mode=False))
    except typer.TyperException as error:
        typer.echo(f"{error.format_message()} (see --help)", err=True)
        sys.exit(WRONG_COMMAND)
    except SeedError as error:
        _list_errors(error)
        sys.exit(INVALID)
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        fail(*setting_errors(error))
    except SettingsError as error:
        fail(f"{error}: its value must be JSON")
    except OSError as error:
        fail(described(error))
    except NotReady as error:
        fail(error.detail)
    except _database_errors() as error:
        fail(f"The database cannot be used: {described(getattr(error, 'orig', None) or error)}")


def _exit_when_terminated() -> list[SystemExit]:
    """Let SIGTERM abort the command as Ctrl-C does, so that it cleans up its files and processes. The exits that were
    dropped are in the list.
    """
    dropped = list[SystemExit]()

    def leave(*_: object) -> NoReturn:
        sys.exit(TERMINATED)

    def again(ignored: "sys.UnraisableHookArgs") -> None:
        # Native code that was calling Python cannot pass the exit on, and drops it.
        if isinstance(ignored.exc_value, SystemExit):
            dropped.append(ignored.exc_value)
            signal.setitimer(signal.ITIMER_REAL, 0.01)
        else:
            sys.__unraisablehook__(ignored)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGALRM, leave)
    sys.unraisablehook = again
    return dropped


def _database_errors() -> tuple[type[Exception], ...]:
    """Exceptions of the database drivers and SQLAlchemy; a driver that is not in use is not imported for this."""
    psycopg = sys.modules.get("psycopg")
    return (DBAPIError, ArgumentError, sqlite3.Error, *([psycopg.Error] if psycopg else []))


def setting_errors(error: ValidationError) -> list[str]:
    return [
        f"FACTBOOK_{str(one['loc'][0]).upper()}: {one['msg'].removeprefix('Value error, ')}" for one in error.errors()
    ]


def _list_errors(error: SeedError) -> None:
    if "--json" in sys.argv:
        errors = [
            {"file": error.file(one), "line": one.place.line, "column": one.place.column, "message": one.message}
            for one in error.errors
        ]
        typer.echo(json.dumps({"mistakes": errors}, ensure_ascii=False))
    count = len(error.errors)
    total = "1 mistake" if count == 1 else f"{count} mistakes{' or more' if count >= MOST_ERRORS else ''}"
    typer.echo(f"{error}\n{total}; nothing was written.", err=True)


def fail(*lines: str) -> NoReturn:
    typer.echo("\n".join(lines), err=True)
    sys.exit(UNUSABLE)
