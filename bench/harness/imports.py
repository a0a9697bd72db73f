"""Imports: what they take of time and memory, and how long others wait for them. `bench/import` compares two programs."""

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .bench import say
from .postgres import SETTINGS, Postgres
from .process import cpu_seconds
from .report import table, verdict
from .waits import Waits, percentile, postgres_writer, sqlite_writer

# Imports write, so here the database is as safe as it is by default, and has an ordinary share of memory.
SAFE = SETTINGS | {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "256MB"}
UNCHANGED_SECONDS, MEMORY_MEGABYTES = 2.0, 80.0
# How many milliseconds another writer may wait, and which share of its waits is held to that.
LONGEST = {
    "sqlite": {"a dry run": (50, 1), "an import": (250, 0.99)},
    "postgres": {"a dry run": (100, 1), "an import": (100, 1)},
}
TALLY = re.compile(r"^\w+ +(\d+) +(\d+) +\d+ +(\d+)(?: +\d+)?$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """What one run of a program took: seconds, and megabytes at most (`VmHWM`)."""

    wall: float
    cpu: float
    database_cpu: float
    memory: float


@dataclass
class Side:
    """A program and its runs."""

    name: str
    program: Path
    first: list[Run] = field(default_factory=list)
    unchanged: list[Run] = field(default_factory=list)
    waits: dict[str, list[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """A new database: its URL, the CPU time of its server, and a writer for it."""

    url: str
    cpu: Callable[[], float]
    writer: Callable[[], Waits]


def changes_of(summary: str) -> int:
    """How many nodes an import created, changed and removed, by what it printed."""
    return sum(int(count) for tally in TALLY.findall(summary) for count in tally)


def _peak_megabytes(pid: int) -> float:
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def _wait(pid: int) -> tuple[int, float, float]:
    """Waits for a process; returns its exit code, CPU time and memory."""
    memory = 0.0
    while True:
        memory = max(memory, _peak_megabytes(pid))
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, memory
        time.sleep(0.01)


def _import(program: Path, data: Path, place: Place, *options: str) -> tuple[Run, str]:
    """One import. If it left something out, that is said and not an error."""
    before, begin = place.cpu(), time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        command = [program, "import", "rubyevents", data, *options]
        env = os.environ | {"DATABASE_URL": place.url}
        process = subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.DEVNULL)
        try:
            code, cpu, memory = _wait(process.pid)
            process.returncode = code
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
        run = Run(time.monotonic() - begin, cpu, place.cpu() - before, memory)
        output.seek(0)
        summary = output.read()
    if code not in (0, 1) or not TALLY.search(summary):
        raise RuntimeError(f"{program} ended with {code}: {summary[-2000:]}")
    if code == 1:
        say(next((line for line in summary.splitlines() if re.search(r"\d+ skipped, ", line)), "something was skipped"))
    return run, summary


def _migrate(program: Path, url: str) -> None:
    env = os.environ | {"DATABASE_URL": url}
    subprocess.run([program, "migrate", "up"], env=env, check=True, capture_output=True)


@contextmanager
def _sqlite(program: Path) -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "import.db"
        _migrate(program, f"sqlite:{file}")
        yield Place(f"sqlite:{file}", lambda: 0.0, lambda: Waits(sqlite_writer(file)))


@contextmanager
def _postgres(server: Postgres, program: Path) -> Iterator[Place]:
    name = "bench_import"
    server.run("postgres", "-c", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", "-c", f"CREATE DATABASE {name}")
    url = server.url(name)
    _migrate(program, url)
    yield Place(url, lambda: cpu_seconds(server.process.pid), lambda: Waits(postgres_writer(url)))


def _measure(side: Side, data: Path, place: Place) -> None:
    """An import into an empty database, and the same again."""
    run, _ = _import(side.program, data, place)
    side.first.append(run)
    again, summary = _import(side.program, data, place)
    side.unchanged.append(again)
    if changed := changes_of(summary):
        raise RuntimeError(f"the second run of {side.name} changed {changed} nodes")
    say(f"{side.name:<7} {run.wall:.2f} s, {run.memory:.0f} MB, again {again.wall:.2f} s")


def _measure_waits(side: Side, data: Path, place: Place) -> None:
    """Another writer beside a dry run, then beside an import, both into an empty database."""
    for what, options in (("a dry run", ["--dry-run"]), ("an import", [])):
        with place.writer() as waits:
            _import(side.program, data, place, *options)
        side.waits.setdefault(what, []).extend(waits.milliseconds)
        say(f"{side.name:<7} beside {what}: {_waits(waits.milliseconds)}")


def _figure(side: Side, what: str, of: str) -> float:
    return statistics.median(getattr(run, of) for run in getattr(side, what))


def _row(title: str, sides: list[Side], what: str, of: str, most: float | None = None) -> list[str]:
    before, after = (_figure(side, what, of) for side in sides)
    target = f", ≤ {most:g} {verdict(after <= most)}" if most else ""
    ratio = f"{after / before:.2f}" if before else "–"
    return [title, f"{before:.2f}", f"{after:.2f}{target}", ratio]


def times(database: str, sides: list[Side]) -> str:
    """The table of what imports take."""
    head = ["", *(side.name for side in sides), "ratio"]
    rows = [
        _row("first run, s", sides, "first", "wall"),
        _row("its CPU, s", sides, "first", "cpu"),
        _row("the database's CPU, s", sides, "first", "database_cpu"),
        _row("its memory at most, MB", sides, "first", "memory", MEMORY_MEGABYTES),
        _row("second, unchanged run, s", sides, "unchanged", "wall", UNCHANGED_SECONDS),
        _row("its CPU, s", sides, "unchanged", "cpu"),
        _row("its memory at most, MB", sides, "unchanged", "memory", MEMORY_MEGABYTES),
    ]
    return table(f"An import, {database}, median of {len(sides[0].first)}", head, rows)


def _waits(milliseconds: list[float]) -> str:
    parts = [f"{percentile(milliseconds, share):.1f}" for share in (0.5, 0.99, 1)]
    return " / ".join(parts) + f" of {len(milliseconds)}"


def waits(database: str, sides: list[Side]) -> str:
    """The table of how long another writer waits."""
    rows = []
    for what, (longest, share) in LONGEST[database].items():
        before, after = (side.waits[what] for side in sides)
        holds = verdict(percentile(after, share) <= longest)
        held = "p99" if share < 1 else "max"
        rows.append([f"beside {what}", _waits(before), f"{_waits(after)}, {held} ≤ {longest} {holds}"])
    return table(f"Another writer waits, {database}, p50 / p99 / max ms", ["", *(side.name for side in sides)], rows)


def _compare(arguments: argparse.Namespace, database: str, new_place: Callable) -> None:
    sides = [Side("before", arguments.before), Side("after", arguments.after)]
    for _ in range(arguments.rounds):
        for side in sides:
            with new_place(side.program) as place:
                _measure(side, arguments.data, place)
            if arguments.waits:
                with new_place(side.program) as place:
                    _measure_waits(side, arguments.data, place)
    print(times(database, sides))
    if arguments.waits:
        print(waits(database, sides), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/import", description="Imports of two programs, in turns.")
    for name in ("before", "after", "data"):
        parser.add_argument(f"--{name}", type=Path, required=True, metavar="PATH")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--waits", action="store_true", help="also how long another writer waits")
    return parser.parse_args()


def main() -> None:
    """Runs the command line."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    arguments = _arguments()
    if arguments.database != "postgres":
        _compare(arguments, "sqlite", _sqlite)
    if arguments.database != "sqlite":
        server = Postgres(SAFE)
        try:
            _compare(arguments, "postgres", lambda program: _postgres(server, program))
        finally:
            server.stop()


if __name__ == "__main__":
    try:
        main()
    except (RuntimeError, TimeoutError, subprocess.CalledProcessError) as problem:
        sys.exit(str(problem))
