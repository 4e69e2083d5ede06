#!/usr/bin/env python3
"""link_libraries.py PACKAGE...: the links between shared libraries that a package of a PostgreSQL server lists in
native/pg-symlinks.json, because npm's archives hold none."""
import json
import os
import pathlib
import sys

for package in map(pathlib.Path, sys.argv[1:]):
    for link in json.loads((package / "native" / "pg-symlinks.json").read_text()):
        source, target = package / link["source"], package / link["target"]
        target.unlink(missing_ok=True)
        target.symlink_to(os.path.relpath(source, target.parent))
