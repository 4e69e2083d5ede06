"""Which tests a word stands for, and which tests a changed file concerns: `./dev test WORD...` and `./dev watch`.

  tests_of.py WORD...

A word is a file (by its path, by its name, or a test's by its name without the ending), a folder below src/, a test
executable, an end-to-end test, or part of the name of a test or of a scenario. Prints one line per program to run:
`EXECUTABLE<tab>FILTER` or `e2e/NAME_test.py<tab>`. Exit status: 0, or 2 where a word stands for nothing.
"""
import difflib
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASE = re.compile(r"^(TEST|TEST_F|TEST_P|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\(\s*(\w+)\s*,\s*(\w+)", re.M)
INSTANTIATION = re.compile(r"^INSTANTIATE_TEST_SUITE_P\(\s*(\w+)\s*,\s*(\w+)", re.M)
BACKEND = re.compile(r'\bregister_\w+_backend\(\{(?:\.name = )?"(\w+)"')  # joins a conformance suite
INCLUDE = re.compile(r'^\s*#include "([^"]+)"', re.M)
SCENARIO_TEST = "src/execute/scenario_test.cpp"


class Tree:
    """The sources, read once."""

    def __init__(self, root=ROOT):
        self.root = root
        names = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=root,
                               capture_output=True, text=True, check=True).stdout.splitlines()
        self.files = sorted(name for name in set(names) if (root / name).is_file())
        self.text = {name: (root / name).read_text() for name in self.files
                     if name.endswith((".cpp", ".hpp")) and name.startswith(("src/", "sim/"))}
        self.tests = [name for name in self.text if name.endswith("_test.cpp")]
        tree_cmake = (root / "cmake/tree.cmake").read_text()
        self.executables = re.findall(r"^backtest_tests\((\S+)", tree_cmake, re.M)
        self.includes = {name: {self.found(name, header) for header in INCLUDE.findall(text)} - {None}
                         for name, text in self.text.items()}

    def found(self, name, header):
        """The file that an #include of `name` means."""
        for candidate in (f"src/{header}", f"{name.rpartition('/')[0]}/{header}"):
            if candidate in self.text:
                return candidate
        return None

    def executable_of(self, test):
        """run_store_test for src/run_store/sqlite/x_test.cpp."""
        if test.startswith("sim/"):
            return "sim_test"
        for folder in sorted(self.executables, key=len, reverse=True):
            if test.startswith(f"src/{folder}/"):
                return folder.replace("/", "_") + "_test"
        return None

    def cases_of(self, test):
        """The filters of GoogleTest for the cases of one file."""
        filters = []
        for macro, suite, name in CASE.findall(self.text[test]):
            filters.append(f"*/{suite}.{name}/*" if macro == "TEST_P" else f"{suite}.{name}")
        own = {suite for macro, suite, _ in CASE.findall(self.text[test]) if macro == "TEST_P"}
        filters += [f"*/{name}" for name in BACKEND.findall(self.text[test])]
        return filters + [f"{prefix}/{suite}.*" for prefix, suite in INSTANTIATION.findall(self.text[test])
                          if suite not in own]

    def reached_from(self, test):
        """Every file that a test includes, by whatever way, with the number of steps to it."""
        steps, waiting = {test: 0}, [test]
        for name in waiting:
            for header in self.includes[name]:
                if header not in steps:
                    steps[header] = steps[name] + 1
                    waiting.append(header)
        return steps


def concerned(tree, name):
    """The tests that a changed file concerns: those beside it and those that include it themselves, nearest first; where
    there are none, those that include it by the fewest steps; where there are none, those of its folder."""
    if name in tree.tests or re.match(r"e2e/\w+_test\.py$", name) or name.endswith(".scenario"):
        return [name]
    if name not in tree.text:
        folder = name.partition("/testdata/")[0]
        return below(folder, tree.tests) if "/testdata/" in name else []
    stem, folder = name.rpartition(".")[0], name.rpartition("/")[0]
    declared_in = {name, f"{stem}.hpp"} & tree.text.keys()
    near = {}
    for test in tree.tests:
        steps = tree.reached_from(test)
        distances = [steps[header] for header in declared_in if header in steps] + [0] * (test == f"{stem}_test.cpp")
        if distances:
            near[test] = (not test.startswith(f"{folder}/"), min(distances), test)
    closest = max(1, min((distance for _, distance, _ in near.values()), default=1))
    tests = [test for test in sorted(near, key=near.get) if near[test][1] <= closest]
    while not tests and folder not in ("", "src"):
        tests = below(folder, tree.tests)
        folder = folder.rpartition("/")[0]
    return tests


def scenario_filter(tree, pattern):
    """Scenarios whose file and title hold the pattern; their tests are named FILE_TITLE_INDEX."""
    index, filters = 0, []
    for name in tree.files:
        if name.endswith(".scenario") and name.startswith("scenarios/"):
            stem = pathlib.PurePosixPath(name).stem
            for title in re.findall(r"^=== (.*)$", (tree.root / name).read_text(), re.M):
                if pattern.lower() in f"{name} {title}".lower():
                    filters.append(f"*/ScenarioTest.Holds/{stem}_*_{index}")
                index += 1
    return filters


def below(folder, names):
    return [name for name in names if name.startswith(folder.rstrip("/") + "/")]


def tests_of_path(tree, path):
    """What a file or folder of the checkout stands for."""
    if path in tree.files:
        return concerned(tree, path)
    if path.rstrip("/") == "scenarios":
        return [SCENARIO_TEST]
    if path.rstrip("/") == "e2e":
        return [name for name in tree.files if re.match(r"e2e/\w+_test\.py$", name)]
    if "/testdata/" in f"{path}/":
        path = path.partition("/testdata")[0]
    return below(path, tree.tests)


class Plan:
    """Programs to run with the filters for each, in the order in which they were asked for."""

    def __init__(self):
        self.filters = {}

    def add(self, program, filters):
        self.filters.setdefault(program, [])
        self.filters[program] += [one for one in filters if one not in self.filters[program]]

    def lines(self):
        return [f"{program}\t{':'.join(filters)}" for program, filters in self.filters.items()]


def add_tests(tree, plan, tests):
    for test in tests:
        if test.endswith(".py"):
            plan.add(test, [])
        elif test.endswith(".scenario"):
            plan.add("execute_test", scenario_filter(tree, test))
        else:
            plan.add(tree.executable_of(test), tree.cases_of(test) or ["*"])


def add_word(tree, plan, word):
    """False where the word stands for nothing."""
    word = word.removeprefix("./")
    for path in (word, f"src/{word}"):
        tests = tests_of_path(tree, path)
        if tests:
            add_tests(tree, plan, tests)
            return True
    if any(tree.executable_of(test) == word for test in tree.tests):
        plan.add(word, ["*"])
        return True
    paths = map(pathlib.PurePosixPath, tree.files)
    named = [str(path) for path in paths if word == path.name or (word == path.stem and str(path) in tree.tests)]
    tests = [test for name in named for test in concerned(tree, name)]
    if tests:
        add_tests(tree, plan, tests)
        return True
    end_to_end = {f"e2e/{word.lower()}_test.py", f"e2e/{word}.py"} & set(tests_of_path(tree, "e2e"))
    if end_to_end:
        add_tests(tree, plan, sorted(end_to_end))
        return True
    found = False
    for test in tree.tests:
        cases = [case for case in tree.cases_of(test) if word.lower() in case.lower()]
        if cases:
            plan.add(tree.executable_of(test), cases)
            found = True
    scenarios = scenario_filter(tree, word)
    if scenarios:
        plan.add("execute_test", scenarios)
    return found or bool(scenarios)


def nearest(tree, word):
    names = set(tree.executables) | {pathlib.PurePosixPath(test).stem for test in tree.tests}
    names |= {suite for test in tree.tests for _, suite, _ in CASE.findall(tree.text[test])}
    return difflib.get_close_matches(word, names, 3)


def main():
    tree, plan = Tree(), Plan()
    for word in sys.argv[1:]:
        if not add_word(tree, plan, word):
            near = nearest(tree, word)
            hint = f"; near: {', '.join(near)}" if near else ""
            print(f"test: {word} is no file with tests, folder, executable, or part of a test's name{hint}", file=sys.stderr)
            return 2
    print("\n".join(plan.lines()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
