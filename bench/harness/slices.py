"""A slice: one server under load for a few seconds, and the CPU time of the server, the database and all other processes."""

import json
import resource
import statistics
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from .places import BENCH
from .postgres import Postgres
from .process import cpu_seconds, machine_seconds
from .servers import Server

# Cores that others may take before a slice no longer counts.
CLEAN = 0.12
# The least number of slices behind a figure, whether clean or not.
ENOUGH = 3


@dataclass(frozen=True)
class Slice:
    """What one slice showed. Times of requests are in milliseconds, CPU times in microseconds a request."""

    server: str
    query: str
    connections: int
    requests: int
    rate: float
    p50: float
    p99: float
    bytes_each: float
    failures: int
    shed: int
    server_cpu: float
    database_cpu: float
    foreign: float

    @property
    def clean(self) -> bool:
        """Whether other processes took little CPU time."""
        return self.foreign < CLEAN


def wrk(address: str, bodies: Path, connections: int, seconds: int, count: bool = False) -> dict:
    """Runs the load generator and returns what `load.lua` prints."""
    script = ["--timeout", "30s", "-s", str(BENCH / "harness/load.lua")]
    load = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *script, address, "--", str(bodies)]
    done = subprocess.run([*load, *(["count"] if count else [])], capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        raise RuntimeError(f"wrk {address}: {done.stdout}{done.stderr}")
    return json.loads(lines[-1])


def _own_seconds() -> float:
    """CPU time of the load generator, once it has ended, and of the bench itself."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def run(
    server: Server, postgres: Postgres, query: str, bodies: Path, connections: int, seconds: int, count: bool = False
) -> Slice:
    """Puts a server under load."""

    def clocks() -> tuple[float, ...]:
        database = 0.0 if server.kind.sqlite else cpu_seconds(postgres.process.pid)
        ours = (cpu_seconds(server.process.pid), database, _own_seconds())
        return (*ours, *machine_seconds(), time.monotonic())

    before = clocks()
    shown = wrk(server.address(query), bodies, connections, seconds, count)
    server_cpu, database_cpu, own, busy, stolen, passed = (b - a for a, b in zip(before, clocks(), strict=True))
    server.process.must_run()
    requests = max(shown["requests"], 1)
    failures = shown["broken"] + (shown["failed"] if count else shown["refused"])
    return Slice(
        server=server.name,
        query=query,
        connections=connections,
        requests=shown["requests"],
        rate=(shown["requests"] - shown["shed"]) / (shown["microseconds"] / 1e6),
        p50=shown["p50"] / 1000,
        p99=shown["p99"] / 1000,
        bytes_each=shown["bytes"] / requests,
        failures=failures,
        shed=shown["shed"],
        server_cpu=server_cpu * 1e6 / requests,
        database_cpu=database_cpu * 1e6 / requests,
        foreign=max(0.0, busy - server_cpu - database_cpu - own + stolen) / passed,
    )


@dataclass(frozen=True)
class Figure:
    """The medians over the clean slices of one server, query and number of connections."""

    rate: float
    spread: float
    p50: float
    p99: float
    server_cpu: float
    database_cpu: float
    slices: int
    dirty: bool


def figure(slices: list[Slice]) -> Figure | None:
    """The medians of these slices; if too few are clean, the cleanest count, and the figure is marked."""
    if not slices:
        return None
    clean = [piece for piece in slices if piece.clean]
    dirty = len(clean) < min(ENOUGH, len(slices))
    if dirty:
        clean = sorted(slices, key=lambda piece: piece.foreign)[:ENOUGH]

    def median(name: str) -> float:
        return statistics.median(getattr(piece, name) for piece in clean)

    rates = [piece.rate for piece in clean]
    medians = {name: median(name) for name in ("rate", "p50", "p99", "server_cpu", "database_cpu")}
    return Figure(**medians, spread=(max(rates) - min(rates)) / medians["rate"], slices=len(clean), dirty=dirty)


def rows(slices: list[Slice]) -> list[dict]:
    """The slices as JSON has them."""
    return [asdict(piece) for piece in slices]
