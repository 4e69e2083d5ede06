#!/usr/bin/env python3
"""What of callgrind's dumps is read, and which counts a budget lets pass."""
import pathlib
import tempfile
import unittest

import budget


class Counts(unittest.TestCase):
    def test_are_those_of_the_dumps_that_a_part_triggered(self):
        with tempfile.TemporaryDirectory() as directory:
            place = pathlib.Path(directory)
            for number, (trigger, total) in enumerate([("Client Request: load", 120),
                                                       ("Client Request: before a part", 999),
                                                       ("Client Request: submit", 30), ("Program termination", 999)]):
                (place / f"callgrind.runs.{number}").write_text(
                    f"desc: Trigger: {trigger}\nevents: Ir\ntotals: {total}\n")
            self.assertEqual(budget.counted(directory), {"load": 120, "submit": 30})

    def test_survive_the_file(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "budget.txt"
            path.write_text(budget.budget_text({"load": 120, "w1": 30}))
            self.assertEqual(budget.read_budget(path), {"load": 120, "w1": 30})


class Faults(unittest.TestCase):
    def test_are_counts_beyond_three_percent_on_either_side(self):
        for count, words in [(1030, None), (970, None), (1031, "make it cheaper"), (969, "lower the budget")]:
            with self.subTest(count=count):
                found = budget.faults({"load": 1000}, {"load": count})
                self.assertEqual([words] if words else [], [words for line in found if words and words in line])
                self.assertEqual(len(found), 1 if words else 0)

    def test_are_parts_without_budget_and_budgets_without_part(self):
        found = budget.faults({"load": 1000}, {"report": 5})
        self.assertEqual([line.split(":")[0] for line in found], ["load", "report"])


if __name__ == "__main__":
    unittest.main()
