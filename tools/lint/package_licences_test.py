#!/usr/bin/env python3
import unittest

import package_licences as licences


def lock(**packages):
    return {"packages": {"": {}, **{f"node_modules/{name}": package for name, package in packages.items()}}}


class PackageLicences(unittest.TestCase):
    def test_the_repository_keeps_its_rules(self):
        self.assertEqual(licences.check(), [])

    def test_npm(self):
        good = {"version": "1.0.0", "license": "MIT", "integrity": "sha512-x"}
        cases = [
            (lock(a=good), True, []),
            (lock(a={**good, "license": "GPL-3.0"}), False, ["ui: a 1.0.0 is under GPL-3.0, which is not permitted"]),
            (lock(a={**good, "license": "MPL-2.0"}), True, ["ui: a 1.0.0 is under MPL-2.0, which is not permitted"]),
            (lock(a={**good, "license": "MPL-2.0", "dev": True}), True, []),
            (lock(a={**good, "license": "MPL-2.0"}), False, []),
            (lock(a={"version": "1.0.0", "integrity": "sha512-x"}), True, ["ui: a 1.0.0 is under no licence, which is not permitted"]),
            (lock(a={"version": "1.0.0", "license": "MIT"}), True, ["ui: a 1.0.0 is not pinned by a hash"]),
            (lock(**{"b/node_modules/event-stream": good}), True, ["ui: event-stream is banned"]),
        ]
        for packages, is_shipped, expected in cases:
            self.assertEqual(licences.npm_findings("ui", packages, is_shipped), expected, packages)

    def test_python(self):
        wanted = licences.required("# why\nPy_Arrow==26.0.1 --hash=sha256:1\nuvicorn[standard]==1.0 \\\n  --hash=sha256:2\n")
        self.assertEqual(wanted, {("py-arrow", "26.0.1"), ("uvicorn", "1.0")})
        self.assertEqual(licences.python_findings(wanted, "py-arrow 26.0.1 Apache-2.0\nuvicorn 1.0 BSD-3-Clause\n"), [])
        said = licences.python_findings(wanted, "py-arrow 26.0.0 AGPL-3.0\nuvicorn 1.0 MIT AND PSF-2.0\n")
        self.assertEqual(len(said), 4, said)
        self.assertEqual(licences.python_findings({("ctx", "0.2")}, "ctx 0.2 MIT\n"), ["PyPI: ctx is banned"])

    def test_debian(self):
        self.assertEqual(licences.debian_findings({"libx": "LGPL-2.1-or-later"}), [])
        self.assertEqual(len(licences.debian_findings({"libx": "GPL-2.0-only"})), 1)
        self.assertEqual(licences.main(["linked", "libc6, zlib1g"]), 0)
        self.assertEqual(licences.main(["linked", "libc6, libunknown1"]), 1)


if __name__ == "__main__":
    unittest.main()
