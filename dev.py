"""Sets up what a verb needs and runs it; the verbs are at the end. Needs the standard library only."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "installed"
RUNTIME, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"  # the second holds the first
OLDEST = (3, 11)
# In parts.
GENERATED = (
    "README.md",
    "CONTRIBUTING.md",
    *(f"docs/{name}.md" for name in ("operating", "series", "trust", "another-city")),
)


def call(*command: str | Path, **environment: str) -> None:
    done = subprocess.run([str(part) for part in command], cwd=ROOT, env=os.environ | environment, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(done.returncode)


def digest(lock: str) -> str:
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


def install(lock: str) -> None:
    """Install what the lock file says into .venv, unless it is up to date."""
    enough = {digest(lock), digest(DEVELOPMENT)}
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") in enough:
        return
    sys.stderr.write(f"Installing {lock} into .venv ...\n")
    uv = shutil.which("uv")
    if uv:
        if not PYTHON.exists():
            call(uv, "venv", "--quiet", "--python", sys.executable, VENV)
        call(uv, "pip", "install", "--quiet", "--compile-bytecode", "--require-hashes", "--python", PYTHON, "-r", lock)
    else:
        if not PYTHON.exists():
            make_venv()
        quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
        call(PYTHON, "-m", "pip", "install", *quiet, "--require-hashes", "-r", lock)
    STAMP.write_text(digest(lock), encoding="utf-8")


def make_venv() -> None:
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian's Python comes without it
    except ModuleNotFoundError:
        sys.exit("This Python cannot make virtual environments: install python3-venv (Debian) or uv, then try again.")
    call(sys.executable, "-m", "venv", VENV)


def run(port: str = "") -> None:
    if port:
        os.environ["FACTBOOK_PORT"] = port
    install(RUNTIME)
    call(PYTHON, "-m", "app", "load")
    factbook("serve")


def factbook(*arguments: str) -> None:
    """Run a command of the service, with what it needs installed."""
    install(RUNTIME)
    os.execv(PYTHON, [str(PYTHON), "-m", "app", *arguments])  # noqa: S606 - the command takes our place


def tool(module: str, *arguments: str) -> None:
    install(DEVELOPMENT)
    call(PYTHON, "-m", module, *arguments)


def check() -> None:
    install(DEVELOPMENT)
    call(PYTHON, "-m", "ruff", "format", "--check", "--quiet", ".")
    call(PYTHON, "-m", "ruff", "check", "--quiet", ".")
    call(PYTHON, "-m", "mypy", "--no-error-summary")
    call(PYTHON.with_name("lint-imports"), "--no-cache")
    call(PYTHON, "-m", "cogapp", "--check", "-P", *GENERATED)


def docs() -> None:
    """Regenerate parts of README.md, CONTRIBUTING.md and docs, and the examples in the OpenAPI document."""
    install(DEVELOPMENT)
    call(PYTHON, "-m", "cogapp", "-r", "-P", *GENERATED)
    call(PYTHON, "-m", "tests.write_openapi")


def main() -> None:
    if sys.version_info < OLDEST:
        sys.exit(f"Python {'.'.join(map(str, OLDEST))} or newer is needed; this is {sys.version.split()[0]}.")
    os.chdir(ROOT)
    verb, *arguments = sys.argv[1:] or ["help"]
    verbs: dict[str, Callable[..., None]] = {
        "run": run,
        "factbook": factbook,
        "test": partial(tool, "pytest"),
        "check": check,
        "docs": docs,
        "bench": partial(tool, "bench.run"),
        "bench-cost": partial(tool, "bench.cost"),
        "drill": partial(tool, "drills"),
    }
    if verb not in verbs:
        sys.exit(f"usage: python3 dev.py {'|'.join(verbs)}")
    verbs[verb](*arguments)


if __name__ == "__main__":
    main()
