"""Waits for saved files; builds the debug tests that each concerns and runs them, nearest first.

  watch.py [--once FILE...]   --once: as if FILE had just been saved, then ends with the tests' exit status

A file saved meanwhile starts the round anew.
"""
import os
import signal
import subprocess
import sys
import tempfile
import time

import tests_of

BUILD = tests_of.ROOT / "build/debug"
POLL_S = 0.3


def times_of_files():
    """Name -> time of the last change, of every file that git would track."""
    names = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=tests_of.ROOT,
                           capture_output=True, text=True, check=True).stdout.splitlines()
    times = {}
    for name in names:
        try:
            times[name] = os.stat(tests_of.ROOT / name).st_mtime_ns
        except FileNotFoundError:
            pass
    return times


class Watcher:
    def __init__(self):
        self.times = times_of_files()
        self.waiting = []  # saved, and not yet tested as they are now

    def saved_more(self):
        """Whether a file is new or was written since it was last asked; it waits then."""
        now = times_of_files()
        changed = [name for name, time_ns in now.items() if self.times.get(name) != time_ns]
        self.times = now
        self.waiting += [name for name in changed if name not in self.waiting]
        return bool(changed)


def run(command, interrupted):
    """The exit status; None where a file was saved meanwhile."""
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        process = subprocess.Popen(command, cwd=tests_of.ROOT, stdout=output, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        while process.poll() is None:
            if interrupted():
                os.killpg(process.pid, signal.SIGTERM)
                process.wait()
                return None
            time.sleep(POLL_S)
        if process.returncode != 0:
            output.seek(0)
            print(output.read(), flush=True)
    return process.returncode


def command_of(program, filters):
    if program.startswith("e2e/"):
        return ["/usr/bin/python3", program, "--binary", str(BUILD / "backtest")]
    return [str(BUILD / program), "--gtest_brief=1", "--gtest_filter=" + ":".join(filters)]


def round_of(names, interrupted):
    """Builds and runs what the files concern. True: all passed; None: interrupted."""
    started = time.monotonic()
    tree, plan = tests_of.Tree(), tests_of.Plan()
    for name in names:
        tests_of.add_tests(tree, plan, tests_of.concerned(tree, name))
    if not plan.filters:
        print(f"{', '.join(names)}: concerns no test", flush=True)
        return True
    passed = True
    for program, filters in plan.filters.items():
        target = "backtest" if program.startswith("e2e/") else program
        for command in (["cmake", "--build", str(BUILD), "--target", target], command_of(program, filters)):
            status = run(command, interrupted)
            if status is None:
                return None
            if status != 0:
                passed = False
                break
        else:
            count = f"{len(filters)} filters" if filters else "all"
            print(f"ok    {program} ({count}), {time.monotonic() - started:.1f} s", flush=True)
            continue
        print(f"WRONG {program}, {time.monotonic() - started:.1f} s", flush=True)
    return passed


def main():
    if sys.argv[1:2] == ["--once"]:
        return 0 if round_of(sys.argv[2:], lambda: False) else 1
    watcher = Watcher()
    print("watching; save a file", flush=True)
    while True:
        watcher.saved_more()
        if watcher.waiting:
            print(f"== {' '.join(watcher.waiting)}", flush=True)
            if round_of(list(watcher.waiting), watcher.saved_more) is not None:
                watcher.waiting = []
        time.sleep(POLL_S)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
