"""Where everything is. Whatever the bench makes is in the folder `bench` of cargo's target directory."""

import os
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
ROOT = BENCH.parent
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
FOLKMOOT = TARGET / "dist/folkmoot"
OUT = TARGET / "bench"
BINARIES = OUT / "dist"
BODIES = OUT / "bodies"
LOGS = OUT / "logs"
RESULTS = OUT / "results"
EVENTS_AT_SCALE_1 = 20_000


def sqlite_file(scale: int) -> Path:
    """The SQLite database of a scale."""
    return OUT / f"bench_{scale}x.db"
