"""Dockerfile, compose.yaml and deploy/ name what the project really has; no engine is here to build them."""

import os
import re
import subprocess
from typing import Any

import yaml
from sqlalchemy import make_url

from app.settings import Settings
from tests import postgres
from tests.conftest import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
DEPLOY = ROOT / "deploy"
CLUSTER: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def instructions(word: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.removeprefix(word).strip() for line in joined.splitlines() if line.startswith(word)]


def test_the_image_is_built_in_stages_from_the_lock() -> None:
    assert len(instructions("FROM")) == 2
    assert any("--require-hashes -r requirements.lock" in run for run in instructions("RUN"))
    version = re.search(r"python:3\.(\d+)", instructions("FROM")[0])
    assert version
    assert int(version[1]) >= 11


def test_every_copied_path_exists_and_is_not_ignored() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for copy in instructions("COPY"):
        if "--from" in copy:
            continue
        source = copy.split()[0]
        assert (ROOT / source).exists(), source
        assert source in allowed, source


def test_it_runs_as_a_user_of_its_own_and_starts_with_our_commands() -> None:
    assert instructions("USER") == ["factbook"]
    assert DOCKERFILE.index("USER factbook") < DOCKERFILE.index('CMD ["sh"')
    command = instructions("CMD")[-1]
    for verb in re.findall(r"python -m app (\w+)", command):
        assert f"def {verb}(" in (ROOT / "app" / "cli.py").read_text(encoding="utf-8")
    assert re.findall(r"python -m app (\w+)", command) == ["load", "serve"]


def test_ports_paths_and_settings_are_ours() -> None:
    assert instructions("EXPOSE") == [str(Settings.model_fields["port"].default)]
    names = {f"FACTBOOK_{name.upper()}" for name in Settings.model_fields}
    used = set(re.findall(r"FACTBOOK_\w+", DOCKERFILE)) | set(COMPOSE["services"]["factbook"]["environment"])
    assert used <= names
    health = instructions("HEALTHCHECK")[0]
    assert "http://127.0.0.1:8000/readyz" in health


def test_compose_starts_the_service_when_its_database_is_healthy() -> None:
    service, database = COMPOSE["services"]["factbook"], COMPOSE["services"]["database"]
    assert service["build"] == "."
    assert service["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert database["healthcheck"]["test"]
    assert service["ports"] == ["8000:8000"]
    url = service["environment"]["FACTBOOK_DATABASE_URL"]
    assert url.startswith("postgresql://factbook:")
    assert url.endswith("@database/factbook")
    assert database["environment"]["POSTGRES_DB"] == database["environment"]["POSTGRES_USER"] == "factbook"


def test_no_password_is_written_down() -> None:
    assert COMPOSE["services"]["database"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")


def test_the_cluster_is_of_services_that_it_starts() -> None:
    services = CLUSTER["services"]
    replicas = [name for name in services if name.startswith("factbook-")]
    url = Settings(
        database_url=services["load"]["environment"]["FACTBOOK_DATABASE_URL"].replace("${", "").replace("}", "")
    )
    hosts = make_url(url.database_url).query["host"]
    assert [host.partition(":")[0] for host in hosts] == ["primary", "standby-1", "standby-2"]
    for name in replicas:
        assert services[name]["environment"] == services["load"]["environment"]
        assert services[name]["command"] == ["python", "-m", "app", "serve"]
        assert services[name]["depends_on"] == {"load": {"condition": "service_completed_successfully"}}
    passed_to = re.findall(r"server ([\w-]+):8000 max_fails=0;", (DEPLOY / "nginx.conf").read_text(encoding="utf-8"))
    assert passed_to == replicas == services["proxy"]["depends_on"]
    for script in ("standby.sh", "primary.sh"):
        subprocess.run(["bash", "-n", DEPLOY / script], check=True)
    mounted = [mount.split(":")[0] for one in services.values() for mount in one.get("volumes", [])]
    assert all((DEPLOY / path).exists() for path in mounted if path.startswith("./"))


def test_the_primary_of_the_cluster_takes_standbys_and_waits_for_one() -> None:
    with postgres.running() as server:
        named = dict.fromkeys(("POSTGRES_USER", "POSTGRES_DB"), "postgres") | {"POSTGRES_PASSWORD": "it's"}
        where = {"PATH": f"{server.binaries}:{os.environ['PATH']}", "PGHOST": server.socket, "PGDATA": server.socket}
        environment = os.environ | named | where
        subprocess.run(["bash", DEPLOY / "primary.sh"], env=environment, check=True, capture_output=True)
        server.execute("SELECT pg_reload_conf()")
        assert server.execute("SELECT rolreplication FROM pg_roles WHERE rolname = 'standby'") == [(True,)]
        written = "SELECT setting FROM pg_file_settings WHERE name = 'synchronous_standby_names'"
        assert server.execute(written) == [("ANY 1 (*)",)]
        server.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
