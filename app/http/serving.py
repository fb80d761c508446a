"""Runs the service: uvicorn within our limits, as one process or as several."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from functools import partial
from typing import cast

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import multiprocess

from app.database import Database
from app.errors import NotReady
from app.http import logs
from app.http.connections import LimitedProtocol, Limits
from app.http.measurements import SHARED_IN
from app.readers.connections import UNREACHABLE
from app.settings import Settings
from app.workplaces import workplace

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
        log_config=logs.configuration(settings.log_level),
        log_level=settings.log_level,
        access_log=False,  # requests have a log of their own
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=settings.keep_alive,
        timeout_graceful_shutdown=settings.grace,
    )
    if workers > 1:
        multiprocess.Process = Worker  # type: ignore[misc]  # uvicorn asks nobody which it starts
        with workplace() as folder:
            os.environ[SHARED_IN] = str(folder)  # where the workers find it
            Workers(config, sockets=[config.bind_socket()]).run()
        return
    server = Server(config)
    server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def hold_database(settings: Settings) -> str | None:
    """What is wrong with a database that is not there yet, and may come. Raises NotReady for any other trouble: there
    is no start over a database that cannot be answered from.
    """
    database = Database(settings.database_url)
    try:
        database.revision()
    except NotReady as error:
        if error.detail != UNREACHABLE:
            raise
        return f"{error.detail} {error.__cause__} Not ready until it can."
    finally:
        database.close()
    return None


class Server(uvicorn.Server):
    """uvicorn's server, which ends with nobody left to wait for it in the queue of the system."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.server_state.stopping = True  # type: ignore[attr-defined]  # for LimitedProtocol
        queues = [socket.socket(fileno=os.dup(one.fileno())) for server in self.servers for one in server.sockets]
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        for queue in queues:
            queue.setblocking(False)
            waiting = list(_accepted(queue))
            queue.close()
            for one in waiting:
                await loop.connect_accepted_socket(self._protocol, one)
        await super().shutdown(sockets)

    def _protocol(self) -> asyncio.Protocol:
        state, app_state = self.server_state, self.lifespan.state
        return self.config.http_protocol_class(config=self.config, server_state=state, app_state=app_state)  # type: ignore[call-arg]


def _accepted(queue: socket.socket) -> Iterator[socket.socket]:
    with contextlib.suppress(BlockingIOError):
        while True:
            yield queue.accept()[0]


class Worker(multiprocess.Process):
    """uvicorn's process, with our server in it."""

    @property
    def server(self) -> Server:
        if self._server is None:
            self._server = Server(config=self.config)
        return cast(Server, self._server)


class Workers(multiprocess.Multiprocess):
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
