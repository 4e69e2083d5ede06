#!/usr/bin/env python3
"""The bill of materials is SPDX 2.3 by the rules that readers rely on, names what is in the locks, and never differs."""
import json
import os
import pathlib
import re
import tempfile
import unittest

import sbom


class Sbom(unittest.TestCase):
    def test_a_document(self):
        os.environ["SOURCE_DATE_EPOCH"] = "1700000000"
        with tempfile.TemporaryDirectory() as directory:
            artifact = pathlib.Path(directory) / "backtest_1.2.3_amd64.deb"
            artifact.write_bytes(b"package")
            sbom.main([str(artifact), "1.2.3", "libc6, zlib1g"])
            text = artifact.with_name(artifact.name + ".spdx.json").read_text()
            sbom.main([str(artifact), "1.2.3", "libc6, zlib1g"])
            self.assertEqual(artifact.with_name(artifact.name + ".spdx.json").read_text(), text)
        document = json.loads(text)
        self.assertEqual((document["spdxVersion"], document["dataLicense"]), ("SPDX-2.3", "CC0-1.0"))
        self.assertEqual(document["creationInfo"]["created"], "2023-11-14T22:13:20Z")
        identities = [package["SPDXID"] for package in document["packages"]]
        self.assertEqual(len(identities), len(set(identities)))
        for package in document["packages"]:
            self.assertRegex(package["SPDXID"], r"^SPDXRef-[A-Za-z0-9.-]+$")
            for needed in ("name", "versionInfo", "downloadLocation", "licenseDeclared"):
                self.assertTrue(package[needed], package)
        related = {relation["relatedSpdxElement"] for relation in document["relationships"]}
        self.assertEqual(related, set(identities))
        named = {(package["name"], package["versionInfo"]) for package in document["packages"]}
        crates = (sbom.ROOT / "crates/object_storage/licences.txt").read_text().splitlines()
        self.assertTrue({tuple(line.split(" ")[:2]) for line in crates} <= named)
        names = {name for name, _ in named}
        self.assertTrue({"backtest", "svelte", "pyarrow", "proxsuite", "libc6", "zlib1g", "libeigen3-dev"} <= names)
        self.assertNotIn("vite", names)
        self.assertTrue(all(re.match(r"pkg:(cargo|npm|pypi|deb/debian)/", reference["referenceLocator"])
                            for package in document["packages"] for reference in package.get("externalRefs", [])))


if __name__ == "__main__":
    unittest.main()
