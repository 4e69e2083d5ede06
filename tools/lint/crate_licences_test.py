#!/usr/bin/env python3
import unittest

from crate_licences import findings, is_permitted

LOCK = """[[package]]
name = "ours"
version = "0.1.0"

[[package]]
name = "serde"
version = "1.0.0"
source = "registry+https://index"
"""


class CrateLicences(unittest.TestCase):
    def test_expressions(self):
        for text, expected in [("MIT", True), ("MIT/Apache-2.0", True), ("GPL-3.0", False), ("GPL-3.0 OR MIT", True),
                               ("GPL-3.0 AND MIT", False), ("(MIT OR GPL-3.0) AND Unicode-3.0", True),
                               ("ISC AND (Apache-2.0 OR ISC)", True), ("Apache-2.0 WITH LLVM-exception OR GPL-2.0", True)]:
            self.assertEqual(is_permitted(text), expected, text)

    def test_what_agrees_is_clean(self):
        self.assertEqual(findings(LOCK, "serde 1.0.0 MIT\n"), [])

    def test_what_does_not_is_named(self):
        for lock, listed, expected in [
                (LOCK, "serde 1.0.0 GPL-3.0\n", "is not permitted"),
                (LOCK, "serde 0.9.0 MIT\n", "not in Cargo.lock"),
                (LOCK.replace("serde", "openssl-sys"), "", "is banned"),
                (LOCK.replace("registry+", "git+"), "serde 1.0.0 MIT\n", "not from the registry")]:
            self.assertTrue(any(expected in line for line in findings(lock, listed)), expected)


if __name__ == "__main__":
    unittest.main()
