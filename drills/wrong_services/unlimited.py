"""The service with a fault, for a negative control: uvicorn's own protocol, which waits for slow clients."""

from typing import Any

from app.cli import main
from app.http import serving
from app.http.connections import Limits
from app.http.raw_urls import RawUrlProtocol


def _without_limits(*arguments: Any, limits: Limits, **options: Any) -> RawUrlProtocol:  # noqa: ARG001
    return RawUrlProtocol(*arguments, **options)


if __name__ == "__main__":
    vars(serving)["LimitedProtocol"] = _without_limits
    main()
