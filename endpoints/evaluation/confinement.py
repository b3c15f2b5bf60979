"""What a query worker may do: a bounded address space, no new socket, no survival of its parent.

Outbound sockets are stopped twice. Where libseccomp is present (Linux), the kernel refuses every call that makes or
connects a socket, runs a program, or hands such calls to io_uring. Everywhere, the table of open files is closed to
new entries but one, which the client's connection takes (and those that a store's own files will take): a further
socket(2) has no descriptor to return.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import signal
import sys
from pathlib import Path

_FORBIDDEN_CALLS = (
    "socket",
    "connect",
    "bind",
    "listen",
    "io_uring_setup",
    "execve",
    "execveat",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
)
KEPT_DESCRIPTOR = 3
_PR_SET_PDEATHSIG = 1


def seccomp_available() -> bool:
    """Return whether system calls can be filtered here: Linux with libseccomp."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        import pyseccomp  # noqa: F401, PLC0415 - absent elsewhere than on Linux, and raises without libseccomp
    except (ImportError, RuntimeError, OSError):
        return False
    return True


def forbid_sockets() -> bool:
    """Make every call that would reach the network fail with EACCES; return whether the kernel does so.

    Irreversible for this process and its children.
    """
    if not seccomp_available():
        return False
    import pyseccomp  # noqa: PLC0415 - see seccomp_available

    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for call in _FORBIDDEN_CALLS:
        # A call that this architecture does not have needs no rule.
        with contextlib.suppress(OSError, ValueError):
            rules.add_rule(pyseccomp.ERRNO(errno.EACCES), call)
    rules.load()
    return True


def keep_one_descriptor(descriptor: int) -> None:
    """Move a descriptor to KEPT_DESCRIPTOR and close all others but the standard three.

    A fork inherits its parent's connections, and a connection ends only when all who hold it have closed it.
    """
    if descriptor != KEPT_DESCRIPTOR:
        os.dup2(descriptor, KEPT_DESCRIPTOR)
    highest = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    os.closerange(KEPT_DESCRIPTOR + 1, highest if highest != resource.RLIM_INFINITY else 65_536)


def leave_room(tables: int) -> None:
    """Allow one descriptor more than are open now, the client's connection, and those of a store's tables.

    RocksDB opens a few of the files of a large store with it, the others when they are first read.
    """
    free = os.dup(KEPT_DESCRIPTOR)  # the lowest free number: those below are taken, as files are opened in order
    os.close(free)
    most = max(free, KEPT_DESCRIPTOR + 1 + tables) + 1
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def give_way() -> None:
    """Have this process, when it is woken, wait for the processor rather than take it from whoever woke it (Linux).

    A web process then sends all it has for its workers before they begin.
    """
    if sys.platform.startswith("linux"):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def limit_memory(extra: int) -> None:
    """Bound the address space to what is mapped now plus `extra` bytes, and leave no core file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    mapped = _mapped_bytes()
    if mapped is not None:
        resource.setrlimit(resource.RLIMIT_AS, (mapped + extra, mapped + extra))


def die_with_parent(parent: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel for a signal when the parent process dies (Linux; elsewhere the timers bound the wait)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def _mapped_bytes() -> int | None:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return None  # no /proc: macOS, whose RLIMIT_AS is not enforced either
    return pages * resource.getpagesize()
