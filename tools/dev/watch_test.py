#!/usr/bin/env python3
"""Commands of a round, and the files that wait for one, in a small checkout."""
import contextlib
import io
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

import tests_of
import watch


class Commands(unittest.TestCase):
    def run_command(self, script, interrupted=lambda: False):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            return watch.run(["sh", "-c", script], interrupted), printed.getvalue()

    def test_words_of_what_fails_are_shown_whenever_they_come(self):
        status, printed = self.run_command("sleep 0.5; echo wrong; sleep 0.5; echo 'really \\303' >&2; exit 3")
        self.assertEqual(status, 3)
        self.assertIn("wrong\nreally", printed)

    def test_what_passes_says_nothing(self):
        self.assertEqual(self.run_command("echo many lines"), (0, ""))

    def test_a_saved_file_ends_it_with_its_children(self):
        began = time.monotonic()
        self.assertEqual(self.run_command("sleep 60 & wait", lambda: time.monotonic() - began > 0.4), (None, ""))
        self.assertLess(time.monotonic() - began, 30)


class Saves(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        subprocess.run(["git", "init", "-q"], cwd=self.root, check=True)
        self.save("a.cpp")
        before, tests_of.ROOT = tests_of.ROOT, self.root
        self.addCleanup(setattr, tests_of, "ROOT", before)
        self.watcher = watch.Watcher()

    def save(self, name):
        path = self.root / name
        path.touch()
        self.saves = getattr(self, "saves", 0) + 1
        os.utime(path, ns=(self.saves, self.saves))

    def test_nothing_saved_is_nothing_to_do(self):
        self.assertFalse(self.watcher.saved_more())
        self.assertEqual(self.watcher.waiting, [])

    def test_a_file_that_is_saved_again_interrupts_its_own_round(self):
        self.save("a.cpp")
        self.assertTrue(self.watcher.saved_more())
        self.save("a.cpp")
        self.assertTrue(self.watcher.saved_more())
        self.assertEqual(self.watcher.waiting, ["a.cpp"])

    def test_a_new_file_joins_those_that_wait(self):
        self.save("a.cpp")
        self.watcher.saved_more()
        self.save("b.cpp")
        self.assertTrue(self.watcher.saved_more())
        self.assertEqual(self.watcher.waiting, ["a.cpp", "b.cpp"])


if __name__ == "__main__":
    unittest.main()
