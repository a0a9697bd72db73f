"""Where everything is. Whatever the bench makes is under `target/bench` of the checkout."""

from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
ROOT = BENCH.parent
OUT = ROOT / "target" / "bench"
BINARIES = OUT / "release"
BODIES = OUT / "bodies"
LOGS = OUT / "logs"
RESULTS = OUT / "results"
EVENTS_AT_SCALE_1 = 20_000


def sqlite_file(scale: int) -> Path:
    """The SQLite database of a scale."""
    return OUT / f"bench_{scale}x.db"
