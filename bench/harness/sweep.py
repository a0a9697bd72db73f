"""Load: what happens from 1 to 256 connections, and what minutes of load do to memory."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

from . import slices
from .bench import running, say
from .places import BODIES
from .plan import Plan
from .postgres import Postgres
from .process import anonymous_mebibytes
from .questions import Questions
from .report import Results, table
from .servers import Kind, Server
from .slices import Slice

CONNECTIONS = tuple(2**power for power in range(9))
MIX = ("q1", "q2", "q3", "q4")
SHARE_OF_PEAK = 0.8
# Memory may move by this much between minute one and the end and still count as the same: allocators breathe.
SAME_MEMORY = 1.10
STEP_SECONDS, MEMORY_CONNECTIONS = 5, 16


@dataclass(frozen=True)
class Memory:
    """A server's memory after one minute of load, and at the end."""

    minutes: int
    first: float
    last: float


def _mix(questions: Questions, server: Server) -> Path:
    """The bodies of all queries of the mix, in turns."""
    questions.write([server], MIX)
    bodies = [questions.bodies(server.kind.dialect, query) for query in MIX]
    longest = max(map(len, bodies))
    turns = [each[number % len(each)] for number in range(longest) for each in bodies]
    file = BODIES / f"{server.kind.dialect}.mix.{questions.scale}x"
    file.write_bytes(b"\n".join(turns) + b"\n")
    return file


def _sweep(server: Server, postgres: Postgres, bodies: Path) -> list[Slice]:
    """The steps, each twice as many connections as the one before, after one that is not counted."""
    slices.run(server, postgres, "q1", bodies, MEMORY_CONNECTIONS, STEP_SECONDS)
    steps = []
    for connections in CONNECTIONS:
        step = slices.run(server, postgres, "q1", bodies, connections, STEP_SECONDS, count=True)
        say(f"{server.name} {connections:>4} connections {step.rate:>8,.0f}/s p99 {step.p99:.1f} ms")
        steps.append(step)
    return steps


def _memory(server: Server, postgres: Postgres, bodies: Path, minutes: int) -> Memory:
    """Load for so many minutes, a minute at a time."""
    sizes = []
    for minute in range(minutes):
        slices.run(server, postgres, "q1", bodies, MEMORY_CONNECTIONS, 60)
        sizes.append(anonymous_mebibytes(server.process.pid))
        say(f"{server.name} after minute {minute + 1}: {sizes[-1]:.1f} MiB")
    return Memory(minutes, sizes[0], sizes[-1])


def _steps_table(name: str, steps: list[Slice]) -> str:
    peak = max(step.rate for step in steps)
    reached = next(i for i, step in enumerate(steps) if step.rate == peak)
    rows = []
    for number, step in enumerate(steps):
        share = step.rate / peak
        # Below the peak there are not enough connections to keep the machine busy; only falling after it is a fault.
        verdict = "" if number < reached else ", holds" if share >= SHARE_OF_PEAK else ", **misses**"
        rows.append(
            [
                str(step.connections),
                f"{step.rate:,.0f}",
                f"{share:.2f}{verdict}",
                f"{step.p50:.1f} / {step.p99:.1f}",
                f"{step.shed:,}",
                f"{step.failures:,}" + (" **misses**" if step.failures else ""),
                f"{step.foreign:.2f}",
            ]
        )
    head = ["connections", "answers/s", f"of the peak (≥ {SHARE_OF_PEAK:g})", "p50 / p99 ms", "shed", "errors", "foreign cores"]
    return table(f"{name}: Q1–Q4 in turns", head, rows)


def _memory_table(memories: dict[str, Memory]) -> str:
    rows = []
    for name, memory in memories.items():
        verdict = "holds" if memory.last <= memory.first * SAME_MEMORY else "**misses**"
        rows.append([name, f"{memory.first:.1f} MiB", f"{memory.last:.1f} MiB after {memory.minutes} min, {verdict}"])
    return table("Memory under load (RssAnon)", ["", "after one minute", "at the end"], rows)


def run(kinds: list[Kind], postgres: Postgres, scale: int, minutes: int, results: Path) -> str:
    """Both, for each server; returns the tables."""
    parts, memories, raw = [], {}, {}
    for kind in kinds:
        plan = Plan(scale, MIX, (kind,), 0, STEP_SECONDS, 0, ())
        with running(plan, postgres, Results(scale, MIX, (kind.name,))) as (server,):
            bodies = _mix(Questions(postgres, scale), server)
            steps = _sweep(server, postgres, bodies)
            raw[kind.name] = slices.rows(steps)
            parts.append(_steps_table(kind.name, steps))
            if minutes:
                memories[kind.name] = _memory(server, postgres, bodies, minutes)
    if memories:
        parts.append(_memory_table(memories))
    results.write_text(json.dumps({"at": time.time(), "steps": raw}, indent=1))
    return "\n".join(parts)
