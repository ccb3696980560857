"""Times and peak memory of processes, taken side by side."""

import os
import subprocess
import time


class Sample:
    def __init__(self, seconds, cpu, peak, read=-1):
        self.seconds = seconds
        self.cpu = cpu  # seconds, of all threads; says more than time on a machine that is busy
        self.peak = peak  # bytes
        self.read = read  # bytes that the process asked the operating system for, of files of any kind; -1: not told


def run(command, cwd=None, env=None):
    """Runs a command that must succeed; how long it took, how much of the processor, and the most memory that it held.

    The kernel counts this process's own memory too, up to the moment at which the command begins, so this process has
    to stay small: it loads no engine.
    """
    begin = time.perf_counter()
    with open(os.devnull) as nothing:
        process = subprocess.Popen([str(part) for part in command], cwd=cwd, env={**os.environ, **(env or {})}, stdin=nothing, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output = process.stdout.read()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        read = bytes_read(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
    seconds = time.perf_counter() - begin
    if process.returncode != 0:
        raise SystemExit(f"exit {process.returncode}: {' '.join(map(str, command))[:500]}\n{output.decode(errors='replace')}")
    return Sample(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, read)


def bytes_read(pid):
    """What the kernel has counted for a process that has ended and is not waited for yet."""
    try:
        with open(f"/proc/{pid}/io") as counts:
            return int(next(line for line in counts if line.startswith("rchar:")).split()[1])
    except (OSError, StopIteration):
        return -1


def alternate(candidates, times, reset=lambda: None):
    """The best of `times` samples of each candidate (name → function that gives a Sample), taken in turns after one
    round that warms the caches, so that whatever else the machine does is shared alike. Peaks are the lowest ones."""
    samples = {name: [] for name in candidates}
    for turn in range(times + 1):
        for name, measure in candidates.items():
            reset()
            sample = measure()
            if turn > 0:
                samples[name].append(sample)
    return {name: Sample(*(min(getattr(s, what) for s in taken) for what in ("seconds", "cpu", "peak", "read"))) for name, taken in samples.items()}
