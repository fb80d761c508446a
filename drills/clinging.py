"""The service with a fault, for a negative control: an export whose reader has gone is not closed."""

from starlette.responses import StreamingResponse

from app.cli import main
from app.queries.exports import Lines
from app.web import exports

HELD: list[Lines] = []


def _held(_responder: object, lines: Lines, status: int, headers: dict[str, str]) -> StreamingResponse:
    HELD.append(lines)
    return StreamingResponse(lines, status, headers)


if __name__ == "__main__":
    exports.Export = _held  # type: ignore[assignment, misc]
    main()
