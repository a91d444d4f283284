"""What was measured on: no figure means anything without it."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("confluent-kafka", "redis", "hiredis", "msgspec", "onnxruntime", "faust-streaming")
GIB = 1024**3


def describe() -> dict[str, str]:
    """Return the machine and the versions, for people."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists() and (found := re.search(r"model name\s*: (.+)", info.read_text(encoding="utf-8"))):
        cpu = found[1]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    return {
        "CPU": f"{cpu}, {os.cpu_count()} cores",
        "Memory": f"{memory:.0f} GiB",
        "System": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "Packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    }


def load() -> str:
    """Return the load averages: above the number of cores, others were using the machine."""
    return " ".join(f"{value:.1f}" for value in os.getloadavg())
