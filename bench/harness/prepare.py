"""Everything that must be there before a run: programs, packages, and databases with data."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from .places import BENCH, BINARIES, EVENTS_AT_SCALE_1, OUT, ROOT, TARGET, sqlite_file
from .postgres import Postgres


def _run(command: list[str], directory: Path) -> None:
    print(f"+ {' '.join(command)}", file=sys.stderr, flush=True)
    subprocess.run(command, cwd=directory, check=True, stdout=sys.stderr)


def build(servers: list[str]) -> None:
    """Builds Folkmoot as it is shipped, the bench's own programs, and installs PostGraphile."""
    cargo = os.environ.get("CARGO", "cargo")
    # Seaography is a workspace of its own.
    workspaces = {ROOT: TARGET, BENCH: OUT} | ({BENCH / "seaography": OUT} if "seaography" in servers else {})
    for directory, target in workspaces.items():
        _run([cargo, "build", "--profile", "dist", "--locked", "--target-dir", str(target)], directory)
    if "postgraphile" in servers:
        _install(BENCH / "postgraphile")


def _install(directory: Path) -> None:
    installed, lock = directory / "node_modules/.package-lock.json", directory / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        # The packages want a newer Node than npm may run on here; they bring it along.
        _run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], directory)


def _generator() -> str:
    """A name for what the generator makes: the digest of its sources, and of the migrations that make its tables."""
    digest = hashlib.sha256()
    for directory in (BENCH / "fill/src", ROOT / "migration/src"):
        for source in sorted(directory.rglob("*.rs")):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _fill(url: str, scale: int) -> None:
    _run([str(BINARIES / "fill"), "--url", url, "--events", str(EVENTS_AT_SCALE_1 * scale)], ROOT)


def fill_sqlite(scale: int) -> None:
    """Fills the SQLite database, unless this generator did."""
    file = sqlite_file(scale)
    marker = file.with_suffix(".generator")
    if marker.exists() and marker.read_text() == _generator():
        return
    marker.unlink(missing_ok=True)
    for suffix in (".db", ".db-wal", ".db-shm"):
        file.with_suffix(suffix).unlink(missing_ok=True)
    _fill(f"sqlite:{file}", scale)
    marker.write_text(_generator())


def fill_postgres(postgres: Postgres, scale: int) -> None:
    """Fills the PostgreSQL database, unless this generator did, and prepares it for the peers."""
    name = f"bench_{scale}x"
    # The marker is a comment on the database, so that it is dropped together with the database.
    marker = f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'"
    if postgres.rows("postgres", marker) != [[_generator()]]:
        postgres.run("postgres", "-c", f"DROP DATABASE IF EXISTS {name}", "-c", f"CREATE DATABASE {name}")
        _fill(postgres.url(name), scale)
        postgres.run(name, "-f", str(BENCH / "peers.sql"), "-c", "VACUUM (ANALYZE)")
        postgres.run("postgres", "-c", f"COMMENT ON DATABASE {name} IS '{_generator()}'")
    postgres.run(name, "-f", str(BENCH / "peers.sql"))
