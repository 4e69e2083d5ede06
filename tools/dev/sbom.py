#!/usr/bin/env python3
"""The bill of materials of an artifact, SPDX 2.3 as JSON:

  sbom.py ARTIFACT VERSION DEPENDENCIES    writes ARTIFACT.spdx.json

What is compiled in comes from the lock files, what the package depends on (DEPENDENCIES, as in a .deb) from dpkg. The
same artifact gives the same bytes: the time is SOURCE_DATE_EPOCH, which the caller sets.
"""
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools/lint"))
from package_licences import PYTHON_LIST, debian_licences, required  # noqa: E402

# Headers of Debian's that are compiled in.
HEADERS = {"libboost1.81-dev": "BSL-1.0", "libeigen3-dev": "MPL-2.0"}


def package(kind, name, version, licence, **more):
    identity = re.sub(r"[^A-Za-z0-9.-]", "-", f"SPDXRef-{kind}-{name}-{version}")
    purls = {"crate": "cargo", "npm": "npm", "wheel": "pypi", "debian": "deb/debian"}
    entry = {"SPDXID": identity, "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
             "licenseConcluded": "NOASSERTION", "licenseDeclared": licence.replace("/", " OR "), "copyrightText": "NOASSERTION", **more}
    if kind in purls:
        locator = f"pkg:{purls[kind]}/{name.replace('@', '%40')}@{version.replace('+', '%2B').replace(':', '%3A')}"
        entry["externalRefs"] = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}]
    return entry


def debian_version(name):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True)
    return done.stdout or "NOASSERTION"


def compiled_in():
    for line in (ROOT / "crates/object_storage/licences.txt").read_text().splitlines():
        yield package("crate", *line.split(" ", 2))
    lock = json.loads((ROOT / "ui/package-lock.json").read_text())
    for path, module in sorted(lock["packages"].items()):
        if path and not module.get("dev") and not module.get("devOptional"):
            yield package("npm", path.rsplit("node_modules/", 1)[1], module["version"], module["license"])
    licences = {tuple(line.split(" ", 2)[:2]): line.split(" ", 2)[2] for line in PYTHON_LIST.read_text().splitlines()}
    for name, version in sorted(required((ROOT / "tools/requirements.txt").read_text())):
        yield package("wheel", name, version, licences[name, version])
    for name, licence in HEADERS.items():
        yield package("debian", name, debian_version(name), licence)


def linked(dependencies):
    licences = debian_licences()
    for name in filter(None, dependencies.split(", ")):
        yield package("debian", name, debian_version(name), licences[name])


def document(artifact, version, dependencies):
    digest = hashlib.sha256(artifact.read_bytes()).hexdigest()
    own = package("artifact", "backtest", version, "Apache-2.0", packageFileName=artifact.name,
                  primaryPackagePurpose="APPLICATION", checksums=[{"algorithm": "SHA256", "checksumValue": digest}])
    inside, beside = list(compiled_in()), list(linked(dependencies))
    created = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", own)]
    relations += [(own["SPDXID"], "CONTAINS", entry) for entry in inside]
    relations += [(own["SPDXID"], "DEPENDS_ON", entry) for entry in beside]
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": artifact.name,
        "documentNamespace": f"https://spdx.org/spdxdocs/{artifact.name}-{digest}",
        "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: tools/dev/sbom.py"]},
        "packages": [own, *inside, *beside],
        "relationships": [{"spdxElementId": of, "relationshipType": kind, "relatedSpdxElement": entry["SPDXID"]}
                          for of, kind, entry in relations],
    }


def main(arguments):
    if len(arguments) != 3:
        sys.exit(__doc__)
    artifact = pathlib.Path(arguments[0])
    text = json.dumps(document(artifact, arguments[1], arguments[2]), indent=1) + "\n"
    artifact.with_name(artifact.name + ".spdx.json").write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
