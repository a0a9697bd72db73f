"""Processes that the bench starts: their CPU time and memory, and that none of them outlives the bench."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the name; the name itself may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def children(pid: int) -> list[int]:
    """The processes that this one started and that still run."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and its children, those that have ended included."""
    own = _stat(pid)
    if own is None:
        return 0.0
    ticks = sum(int(field) for field in own[11:15])
    for child in children(pid):
        fields = _stat(child)
        if fields is not None:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def anonymous_mebibytes(pid: int) -> float:
    """Memory that is the process's own and not a file's (`RssAnon`)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return 0.0


def machine_seconds() -> tuple[float, float]:
    """CPU time of the whole machine: spent here, and stolen by the host."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, softirq, steal = (int(field) / TICKS for field in fields[:8])
    return user + nice + system + irq + softirq, steal


class Process:
    """A process that ends with the bench, however the bench ends."""

    end = signal.SIGTERM

    def __init__(
        self, command: list[str], log: Path, env: dict[str, str] | None = None, privileges: Sequence[str] = ()
    ):
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        self.name = Path(command[0]).name
        with log.open("w") as output:
            # A session of its own: Ctrl-C reaches the bench alone, which then ends everything in order.
            self.popen = subprocess.Popen(
                ["setpriv", *privileges, f"--pdeathsig={self.end.name.removeprefix('SIG')}", "--", *command],
                env=os.environ | (env or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process's id."""
        return self.popen.pid

    def must_run(self) -> None:
        """Fails, with the end of the log, if the process has ended."""
        if self.popen.poll() is not None:
            raise RuntimeError(f"{self.name} ended ({self.popen.returncode}):\n{self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        """Asks it to end, and ends it if it does not."""
        self.popen.send_signal(self.end)
        try:
            self.popen.wait(10)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until(ready: Callable[[], bool], process: Process, seconds: float = 60.0, pause: float = 0.002) -> None:
    """Waits until `ready()` is true, while the process runs."""
    deadline = time.monotonic() + seconds
    while not ready():
        process.must_run()
        if time.monotonic() > deadline:
            raise TimeoutError(f"{process.name} is not ready after {seconds:.0f} s; see {process.log}")
        time.sleep(pause)
