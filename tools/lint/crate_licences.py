#!/usr/bin/env python3
"""The crates that the object storage library is made of, and their licences.

  crate_licences.py check          Cargo.lock, crates/object_storage/licences.txt and the rules below agree; needs no cargo
  crate_licences.py write          writes licences.txt anew, by `cargo metadata`
  crate_licences.py texts FILE     writes the licence texts of every crate to FILE, for the package
"""
import json
import pathlib
import re
import subprocess
import sys

CRATE = pathlib.Path(__file__).resolve().parent.parent.parent / "crates/object_storage"
LIST = CRATE / "licences.txt"
PERMITTED = {"MIT", "MIT-0", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "Unicode-3.0", "0BSD", "CC0-1.0",
             "BSL-1.0", "Unlicense", "CDLA-Permissive-2.0", "Apache-2.0 WITH LLVM-exception", "bzip2-1.0.6"}
# A second TLS beside rustls, and what would bring the machine's libraries in.
BANNED = {"openssl", "openssl-sys", "native-tls", "libssh2-sys", "curl-sys"}


def is_permitted(expression):
    """SPDX: AND binds closer than OR; `/` is the old way to write OR."""
    text = expression.replace("/", " OR ").replace("(", " ( ").replace(")", " ) ")
    words, python = re.split(r"\s+(?=AND\b|OR\b)|(?<=\bAND)\s+|(?<=\bOR)\s+|\s*([()])\s*", text.strip()), []
    for word in filter(None, (word and word.strip() for word in words)):
        python.append({"AND": "and", "OR": "or", "(": "(", ")": ")"}.get(word) or str(word in PERMITTED))
    return bool(eval(" ".join(python), {"__builtins__": {}}))  # only True, False, and, or and parentheses stand there


def locked(text):
    """(name, version) -> source, None for the crate itself."""
    found = {}
    for block in text.split("[[package]]")[1:]:
        fields = dict(re.findall(r'^(name|version|source) = "([^"]*)"', block, re.M))
        found[fields["name"], fields["version"]] = fields.get("source")
    return found


def findings(lock, listed):
    packages = locked(lock)
    rows = dict()
    for line in listed.splitlines():
        name, version, licence = line.split(" ", 2)
        rows[name, version] = licence
    said = []
    for (name, version), source in sorted(packages.items()):
        if name in BANNED:
            said.append(f"{name} is banned")
        if source and not source.startswith("registry+"):
            said.append(f"{name} {version} comes from {source.split('+')[0]}, not from the registry")
    for (name, version), licence in sorted(rows.items()):
        if (name, version) not in packages:
            said.append(f"{name} {version} is listed and not in Cargo.lock: tools/lint/crate_licences.py write")
        if not is_permitted(licence):
            said.append(f"{name} {version} is under {licence}, which is not permitted")
    names = {name for name, _ in rows}
    # What other systems need is in the lock and not in the list; a crate of one name must be listed in each version.
    for name, version in sorted(packages):
        if name in names and packages[name, version] and (name, version) not in rows and \
                not any(other == name for other, v in rows if (other, v) in packages):
            said.append(f"{name} {version} is not listed: tools/lint/crate_licences.py write")
    return said


def linked():
    """The packages of `cargo metadata` that this machine's build links."""
    done = subprocess.run(["cargo", "metadata", "--locked", "--format-version=1", "--filter-platform=x86_64-unknown-linux-gnu"],
                          cwd=CRATE, capture_output=True, text=True, check=True)
    data = json.loads(done.stdout)
    packages = {package["id"]: package for package in data["packages"]}
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    reached, waiting = set(), [data["resolve"]["root"]]
    while waiting:
        identity = waiting.pop()
        if identity in reached:
            continue
        reached.add(identity)
        waiting += [dependency["pkg"] for dependency in nodes[identity]["deps"]
                    if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"])]
    reached.discard(data["resolve"]["root"])
    return sorted((packages[identity] for identity in reached), key=lambda package: (package["name"], package["version"]))


def write_texts(file):
    parts = []
    for package in linked():
        folder = pathlib.Path(package["manifest_path"]).parent
        texts = sorted(path for path in folder.iterdir() if re.match(r"(?i)(licen[cs]e|notice|copying)", path.name) and path.is_file())
        parts.append(f"== {package['name']} {package['version']}: {package['license'] or package['license_file']}\n")
        parts += [path.read_text(errors="replace").rstrip() + "\n\n" for path in texts]
    pathlib.Path(file).write_text("".join(parts))


def main(arguments):
    if arguments == ["write"]:
        LIST.write_text("".join(f"{package['name']} {package['version']} {package['license']}\n" for package in linked()))
    elif len(arguments) == 2 and arguments[0] == "texts":
        write_texts(arguments[1])
    elif arguments == ["check"]:
        said = findings((CRATE / "Cargo.lock").read_text(), LIST.read_text())
        print("".join(f"crates: {line}\n" for line in said), end="")
        return bool(said)
    else:
        sys.exit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
