"""The bench's command line: `bench/run` and `bench/load`."""

import argparse
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import bench, plan, prepare, report, slices, sweep
from .bench import say
from .equality import Unequal
from .places import RESULTS, ROOT
from .postgres import Postgres
from .servers import QUERIES, Kind, kinds

SCALES = {"1": (1,), "10": (10,), "both": (1, 10)}
# A quick run looks for a slower Folkmoot. The other servers and the schema's text are left to the full run.
DAILY = ("folkmoot-postgres", "limit-postgres", "postgraphile", "folkmoot-sqlite", "limit-sqlite")
EVERYBODY = (*DAILY, "seaography", "cached-postgres", "cached-sqlite", "limit-cached")
DAILY_QUERIES = QUERIES[:-1]


def _other(argument: str) -> tuple[str, Path]:
    name, _, path = argument.partition("=")
    if not name or not Path(path).is_file():
        raise argparse.ArgumentTypeError("NAME=PATH of a folkmoot program")
    return name, Path(path).resolve()


def _names(argument: str) -> tuple[str, ...]:
    return tuple(argument.split(","))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/run", description="Folkmoot beside its peers and the limits.")
    parser.add_argument("what", nargs="?", choices=("run", "load"), default="run", help="`load`: a sweep")
    parser.add_argument("--quick", action="store_true", help="three minutes instead of twenty")
    parser.add_argument("--scale", choices=SCALES, default="1", help="1 is 20,000 events, 10 is 200,000")
    parser.add_argument("--only", type=_names, metavar="Q,…", help="these queries, for instance q1,q4")
    parser.add_argument("--servers", type=_names, metavar="NAME,…", help=f"of {', '.join(EVERYBODY)}")
    parser.add_argument("--also", type=_other, action="append", default=[], metavar="NAME=PATH", help="a folkmoot")
    parser.add_argument("--repetitions", type=int, metavar="N", help="slices of each query and server")
    parser.add_argument("--minutes", type=int, default=2, metavar="N", help="load: of the run that watches memory")
    parser.add_argument("--no-build", action="store_true", help="take the programs that are there")
    return parser.parse_args()


def _chosen(arguments: argparse.Namespace) -> tuple[Kind, ...]:
    """The servers to compare. A Folkmoot comes first, because the others are compared with it."""
    known = kinds(dict(arguments.also))
    if arguments.servers:
        names = arguments.servers
    elif arguments.what == "load":
        names = ("folkmoot-postgres", "folkmoot-sqlite")
    else:
        others = (f"{name}-{database}" for name, _ in arguments.also for database in ("postgres", "sqlite"))
        names = (*(DAILY if arguments.quick else EVERYBODY), *others)
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"unknown servers: {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = sorted((known[name] for name in names), key=lambda kind: not kind.is_folkmoot)
    if not chosen[0].is_folkmoot:
        sys.exit("one of the servers must be Folkmoot")
    return tuple(chosen)


def _plans(arguments: argparse.Namespace, chosen: tuple[Kind, ...]) -> list[list[plan.Plan]]:
    """The runs, one after another, each with the plans that are measured in the same rotation."""
    queries = arguments.only or (DAILY_QUERIES if arguments.quick else QUERIES)
    if unknown := set(queries) - set(QUERIES):
        sys.exit(f"unknown queries: {', '.join(sorted(unknown))}")
    scales = SCALES[arguments.scale]
    make = plan.quick if arguments.quick else plan.full
    everybody = make(scales[0], queries, chosen, arguments.repetitions)
    return [[everybody]] + ([plan.growth(everybody, scales)] if len(scales) > 1 else [])


def _fill(postgres: Postgres, chosen: tuple[Kind, ...], scale: int) -> None:
    # PostgreSQL always: the choices of variables are taken from it.
    prepare.fill_postgres(postgres, scale)
    if any(kind.sqlite for kind in chosen):
        prepare.fill_sqlite(scale)


def _commit() -> str:
    described = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(described, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def _scale(result: report.Results) -> dict:
    return {
        "scale": result.scale,
        "ready": result.ready,
        "memory_at_start": result.memory_at_start,
        "memory_after_load": result.memory_after_load,
        "statements": {f"{server} {query}": count for (server, query), count in result.statements.items()},
        "slices": slices.rows(result.slices),
    }


def _save(what: dict) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    file = RESULTS / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    file.write_text(json.dumps({"commit": _commit(), **what}, indent=1))
    say(f"Every slice is in {file}")


def _compare(arguments: argparse.Namespace, chosen: tuple[Kind, ...], postgres: Postgres) -> None:
    runs = _plans(arguments, chosen)
    plans = [each for run in runs for each in run]
    for each in plans:
        _fill(postgres, each.servers, each.scale)
    say("\n".join(line for each in plans for line in each.lines()))
    say(f"about {sum(each.duration() for each in plans) / 60:.1f} minutes in all")
    found = []
    for run in runs:
        results = bench.run(run, postgres)
        print(report.tables(*results) if len(results) == 1 else report.growth(*results), flush=True)
        found += results
    _save({"scales": [_scale(results) for results in found]})


def _load(arguments: argparse.Namespace, chosen: tuple[Kind, ...], postgres: Postgres) -> None:
    scale = SCALES[arguments.scale][0]
    _fill(postgres, chosen, scale)
    say(f"about {sweep.duration(len(chosen), arguments.minutes) / 60:.1f} minutes")
    tables, raw = sweep.run(chosen, postgres, scale, arguments.minutes)
    print(tables)
    _save({"load": raw})


def _bench(arguments: argparse.Namespace) -> None:
    chosen = _chosen(arguments)
    if not arguments.no_build:
        prepare.build([kind.name for kind in chosen])
    postgres = Postgres()
    try:
        (_load if arguments.what == "load" else _compare)(arguments, chosen, postgres)
    finally:
        postgres.stop()


def main() -> None:
    """Runs the command line, and stops all processes that it started."""
    # SIGTERM unwinds as Ctrl-C does, so that servers are stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        _bench(_arguments())
    except KeyboardInterrupt:
        sys.exit(130)
    except (Unequal, RuntimeError, TimeoutError, subprocess.CalledProcessError) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
