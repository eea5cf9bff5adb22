"""How much memory and time this process, a reading child, may take: the kernel ends it where a decoder takes more."""

import os
import resource
import signal

from medcore.reading.desk import Limits

WALL_PER_CPU_SECOND = 3
_LIBRARIES_BYTES = 2 * 2**30  # address space that code takes without touching it


def limit_memory(limits: Limits) -> None:
    """Cap this process: its own memory, and with the mapped voxel files its address space. No core dump of a patient's scan."""
    own = limits.memory_megabytes * 2**20
    _lower(resource.RLIMIT_DATA, own)
    _lower(resource.RLIMIT_AS, own + 3 * limits.voxel_bytes + _LIBRARIES_BYTES)
    _lower(resource.RLIMIT_CORE, 0)


def halve_memory() -> None:
    """Leave half of its own memory to the process that works beside this one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (soft // 2, hard))


def restore_memory() -> None:
    """Undo `halve_memory`."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def allow(seconds: float) -> None:
    """End this process with SIGXCPU unless it is allowed more within so many seconds of CPU; 0: no limit.

    SIGALRM ends one that takes a multiple of that without computing, or beside others that do. Both keep their default
    action, which also ends native code that never comes back to Python.
    """
    signal.setitimer(signal.ITIMER_REAL, WALL_PER_CPU_SECOND * seconds)
    used = os.times()
    wanted = int(used.user + used.system + seconds) + 1 if seconds else resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_CPU, (wanted, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _lower(kind: int, most: int) -> None:
    """Set both limits of the kind, unless the machine allows less already."""
    hard = resource.getrlimit(kind)[1]
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (least, least))
