"""A PostgreSQL server of the bench's own, on loopback. Its data stay, so that they are filled once."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from .places import LOGS, OUT, ROOT
from .process import Process, free_port, wait_until

DATA = OUT / "pg"
# Only reads are measured, so nothing has to survive a crash; the database is written once, when it is filled. The buffers
# hold the whole database. Otherwise the copying of pages from the system's page cache would be measured; SQLite, which
# maps its file, has no such copying.
SETTINGS = {
    "shared_buffers": "4GB",
    "shared_preload_libraries": "pg_stat_statements",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "autovacuum": "off",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
}


def _programs() -> Path:
    """The directory of the server's programs, as the project's tests find it."""
    find = ["sh", str(ROOT / "tests/it/support/postgres.sh"), "find"]
    found = subprocess.run(find, capture_output=True, text=True, check=False)
    if found.returncode != 0:
        raise RuntimeError("the bench needs the programs of a PostgreSQL server (initdb and postgres)")
    return Path(found.stdout.strip())


# PostgreSQL refuses to run as root.
_AS_USER = ("--reuid=postgres", "--regid=postgres", "--clear-groups") if os.getuid() == 0 else ()


class _Server(Process):
    # SIGINT is PostgreSQL's fast shutdown. At SIGTERM it would wait until all clients have disconnected.
    end = signal.SIGINT


class Postgres:
    """The server, and `psql` to talk to it."""

    def __init__(self, settings: dict[str, str] = SETTINGS):
        self.programs = _programs()
        self.port = free_port()
        if not (DATA / "PG_VERSION").exists():
            self._create()
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(self.programs / "postgres"), "-D", str(DATA), "-p", str(self.port), *words]
        self.process = _Server(command, LOGS / "postgres.log", privileges=_AS_USER)
        try:
            wait_until(self._answers, self.process, pause=0.05)
            self.run("postgres", "-c", "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        except BaseException:
            self.stop()
            raise

    def _create(self) -> None:
        shutil.rmtree(DATA, ignore_errors=True)
        DATA.mkdir(parents=True)
        if _AS_USER:
            shutil.chown(DATA, "postgres", "postgres")
        options = ["-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        init = [str(self.programs / "initdb"), "-D", str(DATA), *options]
        subprocess.run(["setpriv", *_AS_USER, "--", *init], check=True, stdout=subprocess.DEVNULL)

    def _answers(self) -> bool:
        try:
            state = (DATA / "postmaster.pid").read_text().split()
        except FileNotFoundError:
            return False
        # The file may be left over from an earlier server that was killed.
        return state[0] == str(self.process.pid) and state[-1] == "ready"

    def url(self, database: str, user: str = "postgres") -> str:
        """The URL of a database."""
        return f"postgres://{user}@127.0.0.1:{self.port}/{database}"

    def run(self, database: str, *arguments: str) -> str:
        """Runs `psql` and returns what it prints."""
        psql = ["psql", self.url(database), "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1"]
        done = subprocess.run([*psql, *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr.strip()}")
        return done.stdout

    def rows(self, database: str, sql: str) -> list[list[str]]:
        """The rows of a query, as text."""
        return [line.split("\t") for line in self.run(database, "-c", sql).splitlines()]

    def statements(self, database: str) -> int:
        """How many statements this database has answered since the server started."""
        sql = f"""SELECT coalesce(sum(calls), 0) FROM pg_stat_statements
            WHERE query NOT LIKE '%pg_stat_statements%'
            AND dbid = (SELECT oid FROM pg_database WHERE datname = '{database}')"""
        return int(self.rows("postgres", sql)[0][0])

    def stop(self) -> None:
        """Ends the server."""
        self.process.stop()
