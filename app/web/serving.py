"""Runs the service: uvicorn within our limits, as one process or as several."""

import asyncio
import contextlib
import sys
from functools import partial
from typing import cast

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from app.settings import Settings
from app.web.connections import LimitedProtocol, Limits

FOR_ALL_ELSE = 200  # open files that are no connections of clients


def serve(settings: Settings, host: str, port: int, workers: int) -> None:
    """Answer until told to stop. Exits with 3 where the address cannot be listened on."""
    limits = Limits(settings.request_timeout, settings.send_timeout, _allow_files_for(settings.connections))
    config = uvicorn.Config(
        "app.main:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http=cast(type[asyncio.Protocol], partial(LimitedProtocol, limits=limits)),  # it is only called
        ws="none",
        log_level=settings.log_level,
        access_log=settings.log_level == "debug",
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=settings.keep_alive,
        timeout_graceful_shutdown=settings.grace,
    )
    if workers > 1:
        Workers(config, sockets=[config.bind_socket()]).run()
        return
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


class Workers(Multiprocess):
    """uvicorn's processes, of which none is left to come by when they end."""

    def terminate_all(self) -> None:
        # Else clients could still connect, to wait for an answer that nobody will give.
        for one in self.sockets:
            one.close()
        super().terminate_all()


def _allow_files_for(connections: int) -> int:
    """How many connections there can be, once the system has been asked to allow as many."""
    if sys.platform == "win32":
        return connections
    import resource  # noqa: PLC0415 - not every system has it

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + FOR_ALL_ELSE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        connections = min(connections, max(1, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - FOR_ALL_ELSE))
    return connections
