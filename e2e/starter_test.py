#!/usr/bin/env python3
"""The process that those of attempts are copies of: what it has, and that no run needs it."""
import contextlib
import os
import pathlib
import signal
import unittest

import script
from replicas import attempts_of, children_by_command, children_of, wait_until
from service import SANITIZED, Service, policy, write_market

BINARY = None


def starter_of(service):
    # A copy has the starter's name for a moment, and a group of its own only after that.
    leaders = {child for child in children_of(service.process.pid) if leads_a_group(child)}
    return next((child for child in children_by_command(service.process.pid, "starter") if child in leaders), None)


def leads_a_group(pid):
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return False


def place_in_memory(pid):
    """Of the program: the same in a copy, and chosen at random for each process that is started."""
    return pathlib.Path(f"/proc/{pid}/maps").read_text().split("-", 1)[0]


def is_alive(pid):
    try:
        return "\nState:\tZ" not in pathlib.Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@unittest.skipIf(SANITIZED, "sanitizers' runtimes do not survive a clone that they do not see")
class Starter(unittest.TestCase):
    def setUp(self):
        self.service = Service(BINARY, BACKTEST_API_KEY="secret-of-the-service")
        self.prices = write_market(self.service.directory)
        self.long = write_market(self.service.directory, bars=4000, instruments=40)
        self.key = {"X-API-Key": "secret-of-the-service"}

    def tearDown(self):
        if self.service.process and self.service.process.poll() is None:
            self.service.kill()

    def submit(self, prices=None):
        return self.service.submit(policy(prices or self.prices), headers=self.key)

    def completed(self, run_id, attempts=1):
        def ended():
            record = self.service.get(f"/backtests/{run_id}", headers=self.key).json()
            return record if record["status"] in ("completed", "failed", "cancelled") else None
        record = wait_until(ended, 120, run_id)
        self.assertEqual((record["status"], record["attempts"]), ("completed", attempts), record)
        return record

    def copy_under_way(self, run_ids):
        """Submits until the process of an attempt is a copy; stops that in its midst."""
        starter = starter_of(self.service)
        run_ids.append(self.submit(self.long))

        def stopped():
            for child in attempts_of(self.service.process.pid):
                try:
                    os.kill(child, signal.SIGSTOP)
                    if place_in_memory(child) == place_in_memory(starter):
                        return child
                    os.kill(child, signal.SIGCONT)
                except (FileNotFoundError, ProcessLookupError):
                    continue
            if all(self.service.get(f"/backtests/{run_id}/status", headers=self.key).json()["status"] == "completed"
                   for run_id in run_ids):
                run_ids.append(self.submit(self.long))
            return None
        return wait_until(stopped, 120, "a copy")

    def with_a_starter(self):
        self.service.start(wait_ready=False)
        wait_until(self.is_ready, 30, "the service")
        first = self.completed(self.submit())
        return first, wait_until(lambda: starter_of(self.service), 30, "the starter")

    def another_starter(self, before):
        """Each claim looks after it, but not in the pause that follows a death."""
        def found():
            self.completed(self.submit())
            starter = starter_of(self.service)
            return starter if starter != before else None
        return wait_until(found, 60, "another starter")

    def is_ready(self):
        try:
            return self.service.get("/readyz").status == 200
        except OSError:
            return False

    def test_it_has_no_secret_and_copies_give_the_same_result(self):
        first, starter = self.with_a_starter()
        self.assertNotIn(b"secret-of-the-service", pathlib.Path(f"/proc/{starter}/environ").read_bytes())
        self.assertEqual(sorted(os.listdir(f"/proc/{starter}/fd")), ["0", "1", "2", "3"])
        run_ids = []
        os.kill(self.copy_under_way(run_ids), signal.SIGCONT)
        for run_id in run_ids:
            self.completed(run_id)
        again = self.completed(self.submit())
        hashes = {self.service.get(f"/backtests/{record['run_id']}/summary", headers=self.key).json()["result_sha256"]
                  for record in (first, again)}
        self.assertEqual(len(hashes), 1)
        self.service.stop()

    def test_no_run_is_lost_with_it(self):
        self.with_a_starter()
        for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGKILL, signal.SIGABRT):
            starter = wait_until(lambda: starter_of(self.service), 30, "a starter")
            run_ids = [self.submit(), self.submit()]
            os.kill(starter, number)
            run_ids += [self.submit(), self.submit()]
            for run_id in run_ids:
                self.completed(run_id)
            self.another_starter(starter)
            self.assertFalse(is_alive(starter))
        self.service.stop()

    def test_after_a_copy_that_crashed_the_next_ones_are_of_another_starter(self):
        _, starter = self.with_a_starter()
        run_ids = []
        copy = self.copy_under_way(run_ids)
        os.kill(copy, signal.SIGSEGV)
        with contextlib.suppress(ProcessLookupError):  # a process is stopped a moment after it is told to
            os.kill(copy, signal.SIGCONT)
        wait_until(lambda: not is_alive(starter), 30, "its end")
        self.completed(run_ids.pop(), attempts=2)
        for run_id in run_ids:
            self.completed(run_id)
        self.another_starter(starter)
        self.service.stop()

    def test_it_and_its_copies_end_with_the_service(self):
        _, starter = self.with_a_starter()
        copy = self.copy_under_way([])
        os.kill(copy, signal.SIGCONT)  # one that stands still may not have come to ask for it
        self.service.kill()
        wait_until(lambda: not is_alive(starter) and not is_alive(copy), 30, "the end of both")


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main()
