"""What processes cost: processor time and memory, of children that have ended and of processes that go on."""
import json
import os
import pathlib
import subprocess
import time


def processor_s(pid):
    """User and system time of a process so far, its ended threads too, to the nanosecond: clock_getcpuclockid(3)."""
    return time.clock_gettime_ns((~pid << 3) | 2) / 1e9


def memory_mb(pid, which="VmHWM"):
    """VmHWM: the most that was resident since the process began."""
    return int(pathlib.Path(f"/proc/{pid}/status").read_text().split(f"{which}:")[1].split()[0]) / 1024


def run_to_end(command, **options):
    """Runs a command that prints JSON; its result and its processor seconds."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, **options) as process:
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{command}: status {process.returncode}"
    return json.loads(text), usage.ru_utime + usage.ru_stime
