"""The service with a fault, for a negative control: text is passed on as it comes, to databases, headers and logs."""

import re
import sys
from typing import Any
from urllib.parse import unquote_plus

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from uvicorn.protocols.http import httptools_impl

from app.cli import main
from app.http import exports
from app.queries import filters, questions


def _as_it_comes(_parameter: Any, token: str, *_others: Any) -> str:
    return token


def _as_a_pattern(element: filters.contains, compiler: SQLCompiler, **options: Any) -> str:
    column, word = (compiler.process(one, **options) for one in element.clauses)
    percent = "char(37)" if compiler.dialect.name == "sqlite" else "chr(37)"
    return f"{column} LIKE {percent} || {word} || {percent}"


def _echoed(_path: str, query: bytes, _form: object) -> str:
    asked = unquote_plus(query.decode(), errors="replace")
    sys.stderr.write(f"exporting {asked}\n")
    return f"attachment; filename={asked.encode('ascii', 'replace').decode()}"


if __name__ == "__main__":
    filters._known = _as_it_comes  # type: ignore[assignment]  # noqa: SLF001 - it is made wrong on purpose
    for dialect in ("sqlite", "postgresql"):
        compiles(filters.contains, dialect)(_as_a_pattern)
    questions.CONTROL = re.compile(r"(?!)")
    exports._disposition = _echoed  # type: ignore[assignment]  # noqa: SLF001 - so is this
    httptools_impl.HEADER_VALUE_RE = re.compile(rb"(?!)")
    main()
