#!/usr/bin/env python3
"""Holds the sources against the rules of ARCHITECTURE.md and STYLE.md.

  tree.py [--root DIR]

The arrows are read from cmake/tree.cmake, so that they stand in one place. Exit status: 0 clean, 1 findings.
"""
import argparse
import pathlib
import re
import subprocess
import sys

from client_arrows import check_client_arrows
from named_things import check_named_things
from rule_ids import check_rule_ids
from settings_documented import check_settings
from test_support import check_test_support, is_of_tests

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 70
MAX_LINE_COLUMNS = 120
MAX_FOLDER_README_LINES = 40
MAX_DOCUMENT_LINES = 400
BANNED_NAMES = re.compile(r"(^|/)(common|utils?|helpers?|misc)(/|\.|_|$)|_?manager\.")
LEFT_FOR_LATER = re.compile(r"\b(TODO|FIXME|XXX)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(work|root|farm)/")
SOURCES = (".cpp", ".hpp", ".py", ".sh", ".sql", ".cmake", ".html", ".js", ".mjs", ".ts", ".svelte", ".css")


def arrows(root):
    """folder -> every folder that it may include, itself among them."""
    text = (root / "cmake/tree.cmake").read_text()
    direct = {}
    for call in re.findall(r"backtest_(?:folder|store)\(([^)]*)\)", text):
        words = call.split()
        depends = []
        if "DEPENDS" in words:
            for word in words[words.index("DEPENDS") + 1:]:
                if word == "EXTERNAL":
                    break
                depends.append(word)
        direct[words[0]] = depends

    def reach(folder, seen):
        if folder not in seen:
            seen.add(folder)
            for dependency in direct.get(folder, []):
                reach(dependency, seen)
        return seen

    return {folder: reach(folder, set()) for folder in direct}


def stores(root):
    """Folders that only main.cpp may include."""
    return set(re.findall(r"^backtest_store\(([^ )]+)", (root / "cmake/tree.cmake").read_text(), re.M))


def folder_of(path, folders):
    """The deepest declared folder that holds a path below src/, or None."""
    parent = pathlib.PurePosixPath(path).parent
    while str(parent) != ".":
        if str(parent) in folders:
            return str(parent)
        parent = parent.parent
    return None


def check_includes(root, files, say):
    allowed = arrows(root)
    adapters = stores(root)
    for file in files:
        inside = file.relative_to(root / "src").as_posix()
        if file.suffix not in (".cpp", ".hpp") or inside == "main.cpp":
            continue
        folder = folder_of(inside, allowed)
        if folder is None:
            say(file, 1, "no folder of cmake/tree.cmake holds this file")
            continue
        is_test = is_of_tests(inside) or inside.endswith("_bench.cpp")
        for number, line in enumerate(file.read_text().splitlines(), 1):
            match = re.match(r'\s*#include "([^"]+)"', line)
            if not match:
                continue
            target = folder_of(match.group(1), allowed)
            if target is None:
                if not (root / "src" / match.group(1)).exists() and "generated/" not in match.group(1):
                    say(file, number, f'"{match.group(1)}" is not below src/')
            elif target in adapters and not is_test and not folder.startswith(target):
                say(file, number, f"{folder} includes the adapter {target}; only main.cpp may")
            elif not is_test and target not in allowed[folder]:
                say(file, number, f"{folder} may not include {target} (cmake/tree.cmake)")


def check_type_names(files, say):
    """One name, one type: where two folders use one name, the linker silently keeps one of their destructors."""
    first = {}
    for file in files:
        hidden = 0  # lines of a namespace without a name; braces of namespaces stand unindented
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if line == "namespace {":
                hidden += 1
            elif hidden and line == "}  // namespace":
                hidden -= 1
            match = re.match(r"(?:class|struct|enum class|enum|union) (\w+)(?: final)?(?: : [^;]*)? \{", line)
            if hidden or not match:
                continue
            name = match[1]
            if name in first and first[name] != file:
                say(file, number, f"{name} is a type of {first[name].name} too")
            first.setdefault(name, file)


def check_functions(file, lines, say):
    """A function starts at an unindented line that ends in '{' and ends at the next unindented '}'."""
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and line.endswith("{") and line[0] not in " \t}#/" and "(" in line + " ".join(lines[max(0, number - 4):number]):
            if not re.match(r"(namespace|struct|class|enum|union|extern)\b", line) and "= {" not in line:
                start = number
        elif start is not None and line.startswith("}"):
            if number - start + 1 > MAX_FUNCTION_LINES:
                say(file, start, f"function of {number - start + 1} lines; at most {MAX_FUNCTION_LINES}")
            start = None


def check_text(root, file, say):
    try:
        lines = file.read_text().splitlines()
    except UnicodeDecodeError:
        return
    relative = file.relative_to(root).as_posix()
    if file.suffix in (".md",):
        limit = MAX_FOLDER_README_LINES if relative.startswith("src/") else MAX_DOCUMENT_LINES
        if len(lines) > limit and not relative.startswith("docs/"):
            say(file, 1, f"{len(lines)} lines; at most {limit}")
    if file.suffix in SOURCES and len(lines) > MAX_FILE_LINES:
        say(file, 1, f"{len(lines)} lines; at most {MAX_FILE_LINES}")
    is_lint = relative == "tools/lint/tree.py"
    for number, line in enumerate(lines, 1):
        if file.suffix in (".cpp", ".hpp") and len(line) > MAX_LINE_COLUMNS and 'R"' not in line and "http" not in line:
            say(file, number, f"{len(line)} columns; at most {MAX_LINE_COLUMNS}")
        if not is_lint and file.suffix in SOURCES and LEFT_FOR_LATER.search(line):
            say(file, number, "left for later")
        if not is_lint and MACHINE_PATHS.search(line):
            say(file, number, "a path of one machine")
    if file.suffix == ".cpp":
        check_functions(file, lines, say)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2], type=pathlib.Path)
    root = parser.parse_args().root
    findings = []

    def say(file, line, what):
        findings.append(f"{file.relative_to(root)}:{line}: {what}")

    tracked = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=root,
                             capture_output=True, text=True, check=True).stdout.splitlines()
    files = [root / name for name in sorted(set(tracked)) if (root / name).is_file()]
    for file in files:
        if BANNED_NAMES.search(file.relative_to(root).as_posix()):
            say(file, 1, "a name that says nothing")
        if file.suffix in SOURCES + (".md", ".yaml", ".yml", ".txt") and "testdata" not in file.parts:
            check_text(root, file, say)
    check_includes(root, [f for f in files if (root / "src") in f.parents and "testdata" not in f.parts], say)
    programs = {f.relative_to(root).as_posix().removeprefix("src/"): f.read_text() for f in files
                if f.suffix in (".cpp", ".hpp") and f.relative_to(root).parts[0] in ("src", "bench")}
    check_test_support(programs, (root / "cmake/tree.cmake").read_text(),
                       lambda name, line, what: say(root / ("" if name.startswith("bench/") else "src") / name, line, what))
    client = {f.relative_to(root / "ui/src").as_posix(): f.read_text() for f in files if root / "ui/src" in f.parents}
    check_client_arrows(client, lambda name, line, what: say(root / "ui/src" / name, line, what))
    check_type_names([f for f in files if (root / "src") in f.parents and f.suffix in (".cpp", ".hpp")], say)
    texts = [f for f in files if f.suffix in SOURCES + (".md", ".yaml", ".scenario") and "testdata" not in f.parts
             and root / "tools/lint" not in f.parents]  # its tests cite what is not there
    check_rule_ids(root, texts, say)
    check_named_things(root, texts, say)
    check_settings(root, texts, say)
    for folder in sorted(arrows(root)):
        if (root / "src" / folder).is_dir() and not (root / "src" / folder / "README.md").exists():
            say(root / "src" / folder / "README.md", 1, "missing: purpose, invariants, what the folder may include")
    print("\n".join(findings))
    print(f"lint: {len(files)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
