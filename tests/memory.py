"""The most memory that this process has held, in MB."""

from __future__ import annotations

import resource
from pathlib import Path


def peak() -> float:
    """By the system's own count where it tells; `getrusage` also counts what the process was begun from."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
