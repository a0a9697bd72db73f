"""How long a writer waits for others: it writes a row of the change log, as every write of Folkmoot does, again and again."""

import math
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

STATEMENT = "UPDATE change_log SET last_seq = last_seq"
EVERY_SECONDS, LONGEST_SECONDS = 0.020, 120

# Opens a connection; what it gives writes once.
Writer = Callable[[], AbstractContextManager[Callable[[], None]]]


def percentile(values: list[float], share: float) -> float:
    """The least value that this share of all is not above. Nothing was waited for if there are none."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else 0.0


def sqlite_writer(file: Path) -> Writer:
    """Writes to this file. SQLite itself waits for the lock."""

    @contextmanager
    def opened() -> Iterator[Callable[[], None]]:
        with closing(sqlite3.connect(file, timeout=LONGEST_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = NORMAL")

            def write() -> None:
                for statement in ("BEGIN IMMEDIATE", STATEMENT, "COMMIT"):
                    connection.execute(statement)

            yield write

    return opened


def postgres_writer(url: str) -> Writer:
    """Writes to this database, by `psql`."""

    @contextmanager
    def opened() -> Iterator[Callable[[], None]]:
        psql = ["psql", url, "-XqAt", "-v", "ON_ERROR_STOP=1"]
        with subprocess.Popen(psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:

            def write() -> None:
                process.stdin.write(f"BEGIN; {STATEMENT}; COMMIT; SELECT 'done';\n")
                process.stdin.flush()
                if process.stdout.readline() != "done\n":
                    raise RuntimeError("psql could not write")

            yield write
            process.stdin.close()

    return opened


class Waits:
    """Measures until its block ends."""

    def __init__(self, writer: Writer):
        self.milliseconds: list[float] = []
        self._writer = writer
        self._end = threading.Event()
        self._problem: Exception | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            with self._writer() as write:
                write()
                while not self._end.wait(EVERY_SECONDS):
                    begin = time.perf_counter()
                    write()
                    self.milliseconds.append((time.perf_counter() - begin) * 1000)
        except (RuntimeError, OSError, sqlite3.Error) as problem:
            self._problem = problem

    def __enter__(self) -> "Waits":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        if self._problem:
            raise RuntimeError(f"the other writer failed: {self._problem}")
