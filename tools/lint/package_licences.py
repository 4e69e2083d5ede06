#!/usr/bin/env python3
"""Licences and bans of what comes from npm, PyPI and Debian; crate_licences.py has the crates.

  package_licences.py check             lock files, requirements, their lists and the rules below agree; asks nobody
  package_licences.py linked PACKAGES   the Debian packages that the .deb depends on, as a comma list, are all listed
"""
import json
import pathlib
import re
import sys

from crate_licences import PERMITTED, is_permitted

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PYTHON_LIST = ROOT / "tools/python_licences.txt"    # name version licence
DEBIAN_LIST = ROOT / "deploy/package/debian_licences.txt"  # package licence
# Tools and tests that nobody is handed: licences that ask something of those who change them are no harm there.
FOR_TOOLS = {"MPL-2.0", "Python-2.0", "PSF-2.0", "BlueOak-1.0.0", "MIT-CMU"}
# What the program links at run time and does not bring: theirs asks for a way to exchange it, which a package is.
FOR_LINKED = {"LGPL-2.1-or-later", "GPL-3.0-or-later WITH GCC-exception-3.1", "blessing", "curl", "PostgreSQL"}
# Licences that a lock file names by an address.
NAMED_ELSEWHERE = {"http://geraintluff.github.io/tv4/LICENSE.txt": "CC0-1.0"}
# Releases that harmed their users on purpose, or were taken over once.
BANNED = {"npm": {"event-stream", "flatmap-stream", "node-ipc", "peacenotwar", "colors", "faker", "ua-parser-js", "coa", "rc"},
          "PyPI": {"ctx", "phpass", "atlas", "torchtriton", "ultralytics"}}


def npm_findings(name, lock, is_shipped):
    said = []
    for path, package in sorted(lock["packages"].items()):
        if not path or package.get("link"):
            continue
        module = path.rsplit("node_modules/", 1)[1]
        licence = NAMED_ELSEWHERE.get(package.get("license"), package.get("license") or "no licence")
        is_for_tools = not is_shipped or package.get("dev") or package.get("devOptional")
        if module in BANNED["npm"]:
            said.append(f"{name}: {module} is banned")
        if not allowed(licence, FOR_TOOLS if is_for_tools else set()):
            said.append(f"{name}: {module} {package['version']} is under {licence}, which is not permitted")
        if not package.get("integrity"):
            said.append(f"{name}: {module} {package['version']} is not pinned by a hash")
    return said


def allowed(licence, besides):
    return licence in besides or is_permitted(licence)


def required(text):
    """The (name, version) that a file of requirements pins."""
    pins = re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^ \\;]+)", text, re.M)
    return {(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in pins}


def python_findings(wanted, listed):
    rows = {tuple(line.split(" ", 2)[:2]): line.split(" ", 2)[2] for line in listed.splitlines()}
    said = [f"PyPI: {name} {version} is not in {PYTHON_LIST.name}" for name, version in sorted(wanted - rows.keys())]
    said += [f"PyPI: {name} {version} is listed and not required" for name, version in sorted(rows.keys() - wanted)]
    said += [f"PyPI: {name} is banned" for name, _ in sorted(wanted) if name in BANNED["PyPI"]]
    said += [f"PyPI: {name} {version} is under {licence}, which is not permitted"
             for (name, version), licence in sorted(rows.items()) if not allowed(licence, FOR_TOOLS)]
    return said


def debian_licences():
    return dict(line.split(" ", 1) for line in DEBIAN_LIST.read_text().splitlines())


def debian_findings(listed):
    return [f"Debian: {package} is under {licence}, which is not permitted"
            for package, licence in sorted(listed.items()) if not allowed(licence, FOR_LINKED)]


def check():
    said = []
    for path in sorted([ROOT / "ui/package-lock.json", *ROOT.glob("tools/*/package-lock.json"), *ROOT.glob("bench/*/package-lock.json")]):
        said += npm_findings(str(path.parent.relative_to(ROOT)), json.loads(path.read_text()), path.parent.name == "ui")
    wanted = set().union(*(required(path.read_text()) for path in ROOT.glob("tools/requirements*.txt")))
    return said + python_findings(wanted, PYTHON_LIST.read_text()) + debian_findings(debian_licences())


def main(arguments):
    if arguments == ["check"]:
        said = check()
    elif len(arguments) == 2 and arguments[0] == "linked":
        known = debian_licences()
        said = [f"Debian: {package} is not in {DEBIAN_LIST.relative_to(ROOT)}"
                for package in filter(None, arguments[1].split(", ")) if package not in known]
    else:
        sys.exit(__doc__)
    print("".join(f"{line}\n" for line in said), end="")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
