"""Runs uvicorn, with one process or several. Slow clients and idle connections are left to the proxy."""

import os

import uvicorn

from app.errors import NotReady
from app.http import logs
from app.http.protocol import BoundedProtocol
from app.http.telemetry import SHARED_IN
from app.settings import Settings
from app.store import open_store
from app.store.releases import UNREACHABLE
from app.temporary_folders import temporary_folder

LONGEST_WAIT = 5.0  # seconds for a database


def serve(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serve until told to stop. Exits with 3 if the address cannot be listened on."""
    if workers == 1:
        _run(settings, host, port, workers)
        return
    with temporary_folder() as folder:
        os.environ[SHARED_IN] = str(folder)  # the workers inherit it, and share their metrics there
        _run(settings, host, port, workers)


def _run(settings: Settings, host: str, port: int, workers: int) -> None:
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http=BoundedProtocol,
        ws="none",
        log_config=logs.configuration(settings.log_level),
        log_level=settings.log_level,
        access_log=False,  # see logs.AccessHandler
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=settings.keep_alive,
        timeout_graceful_shutdown=settings.grace,
    )


def hold_database(settings: Settings) -> str | None:
    """A warning if the database cannot be reached yet. Raises NotReady for any other problem: the service must not
    start with a database that it cannot use.
    """
    store = open_store(settings.database_url, keep=settings.keep_releases)
    try:
        store.check(LONGEST_WAIT)
    except NotReady as error:
        if error.detail != UNREACHABLE:
            raise
        return f"{error.detail} {error.__cause__} Not ready until it can."
    finally:
        store.close()
    return None
