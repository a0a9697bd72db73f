"""Load: what happens from 1 to 256 connections, and what minutes of load do to memory."""

from dataclasses import asdict, dataclass
from pathlib import Path

from . import slices
from .bench import running, say
from .places import BODIES
from .plan import OVERHEAD, Plan
from .postgres import Postgres
from .process import anonymous_mebibytes
from .questions import Questions
from .report import Results, table, verdict
from .servers import Kind, Server
from .slices import Figure, Slice

CONNECTIONS = tuple(2**power for power in range(9))
MIX = ("q1", "q2", "q3", "q4")
SHARE_OF_BEST = 0.8
# How many requests the server executes at a time, and for how many milliseconds others may wait (`src/http/admission.rs`).
AT_ONCE, QUEUE = 64, 500
# Memory may move by this much between minute one and the end and still count as the same: allocators do not return memory at once.
SAME_MEMORY = 1.10
STEP_SLICES, STEP_SECONDS, MEMORY_CONNECTIONS = 3, 2, 16


@dataclass(frozen=True)
class Memory:
    """A server's memory after one minute of load, and at the end."""

    minutes: int
    first: float
    last: float


def _mix(questions: Questions, server: Server) -> Path:
    """The bodies of all queries of the mix, alternating."""
    questions.write([server], MIX)
    bodies = [questions.bodies(server.kind.dialect, query) for query in MIX]
    longest = max(map(len, bodies))
    turns = [each[number % len(each)] for number in range(longest) for each in bodies]
    file = BODIES / f"{server.kind.dialect}.mix.{questions.scale}x"
    file.write_bytes(b"\n".join(turns) + b"\n")
    return file


def _sweep(server: Server, postgres: Postgres, bodies: Path) -> list[list[Slice]]:
    """The steps, each with twice as many connections as the one before, after some seconds that are not counted. The
    steps alternate, because the machine may be faster at the end than at the beginning."""
    slices.run(server, postgres, "mix", bodies, MEMORY_CONNECTIONS, STEP_SECONDS)
    steps = [[] for _ in CONNECTIONS]
    for _ in range(STEP_SLICES):
        for step, connections in zip(steps, CONNECTIONS, strict=True):
            found = slices.run(server, postgres, "mix", bodies, connections, STEP_SECONDS, count=True)
            say(f"{server.name} {connections:>4} connections {found.rate:>8,.0f}/s p99 {found.p99:.1f} ms")
            step.append(found)
    return steps


def _memory(server: Server, postgres: Postgres, bodies: Path, minutes: int) -> Memory:
    """Load for so many minutes, a minute at a time."""
    sizes = []
    for minute in range(minutes):
        slices.run(server, postgres, "mix", bodies, MEMORY_CONNECTIONS, 60)
        sizes.append(anonymous_mebibytes(server.process.pid))
        say(f"{server.name} after minute {minute + 1}: {sizes[-1]:.1f} MiB")
    return Memory(minutes, sizes[0], sizes[-1])


def _step_row(step: list[Slice], found: Figure, best_so_far: float, longest: float) -> list[str]:
    # Few connections do not keep the machine busy. But more connections must not have a lower throughput.
    share = found.rate / best_so_far
    failures = sum(piece.failures for piece in step)
    return [
        str(step[0].connections),
        f"{found.rate:,.0f}" + (" (!)" if found.dirty else ""),
        f"{share:.2f}, {verdict(share >= SHARE_OF_BEST)}",
        f"{found.p50:.1f} / {found.p99:.1f}, {verdict(found.p99 <= longest)}",
        f"{sum(piece.shed for piece in step):,}",
        f"{failures:,}, {verdict(failures == 0)}",
    ]


def _steps_table(name: str, steps: list[list[Slice]]) -> str:
    rows, best, execution = [], 0.0, 0.0
    for step in steps:
        found = slices.figure(step)
        best = max(best, found.rate)
        if step[0].connections <= AT_ONCE:
            execution = max(execution, found.p99)
        rows.append(_step_row(step, found, best, QUEUE + execution))
    share = f"of the best so far (≥ {SHARE_OF_BEST:g})"
    times = f"p50 / p99 ms (≤ {QUEUE} in the queue and the worst of up to {AT_ONCE})"
    head = ["connections", "answers/s", share, times, "shed", "errors (0)"]
    return table(f"{name}: Q1–Q4 in turns", head, rows)


def _memory_table(memories: dict[str, Memory]) -> str:
    rows = []
    for name, memory in memories.items():
        same = verdict(memory.last <= memory.first * SAME_MEMORY)
        rows.append([name, f"{memory.first:.1f} MiB", f"{memory.last:.1f} MiB after {memory.minutes} min, {same}"])
    return table("Memory under load (RssAnon)", ["", "after one minute", "at the end"], rows)


def duration(servers: int, minutes: int) -> float:
    """How many seconds it takes."""
    return servers * (minutes * 60 + (len(CONNECTIONS) * STEP_SLICES + 1) * (STEP_SECONDS + OVERHEAD))


def run(kinds: tuple[Kind, ...], postgres: Postgres, scale: int, minutes: int) -> tuple[str, dict]:
    """Both, for each server; returns the tables and the measurements behind them."""
    parts, memories, raw = [], {}, {}
    for kind in kinds:
        plan = Plan(scale, MIX, (kind,), 0, STEP_SECONDS, 0, ())
        with running(plan, postgres, Results(scale, MIX, (kind.name,))) as (server,):
            bodies = _mix(Questions(postgres, scale), server)
            steps = _sweep(server, postgres, bodies)
            parts.append(_steps_table(kind.name, steps))
            raw[kind.name] = [slices.rows(step) for step in steps]
            if minutes:
                memories[kind.name] = _memory(server, postgres, bodies, minutes)
    if memories:
        parts.append(_memory_table(memories))
    return "\n".join(parts), {"steps": raw, "memory": {name: asdict(memory) for name, memory in memories.items()}}
