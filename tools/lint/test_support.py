"""Test support stands beside the sources, is named *_for_tests.{hpp,cpp} and reaches no program (cmake/folders.cmake)."""
import re

OF_TESTS = re.compile(r"_(test|for_tests|fuzz)\.(cpp|hpp)$")
TEST_LIBRARIES = re.compile(r'#include [<"](gtest|gmock|rapidcheck)[./]')
INCLUDE = re.compile(r'^\s*#include "([^"]+)"', re.M)


def is_of_tests(name):
    """Tests, fuzzers and what they are built from; benchmarks count as programs."""
    return OF_TESTS.search(name) is not None


def needed_by_programs(texts):
    """The files below src/ that a program is built from: what main.cpp and the benchmarks include, and the sources that
    define it, which are those of the same folder that include a needed header, or of one below: what lies in
    libbacktest_arrow.so is declared above its folder."""
    includes = {name: INCLUDE.findall(text) for name, text in texts.items()}
    included_by = {}
    for name, headers in includes.items():
        for header in headers:
            included_by.setdefault(header, []).append(name)
    needed = set()
    waiting = [name for name in texts if name == "main.cpp" or name.endswith("_bench.cpp")]
    while waiting:
        name = waiting.pop()
        if name in needed or is_of_tests(name):
            continue
        needed.add(name)
        waiting += [header for header in includes[name] if header in texts]
        if name.endswith(".hpp"):
            folder = name.rpartition("/")[0]
            waiting += [other for other in included_by.get(name, [])
                        if other.endswith(".cpp") and other.startswith(folder + "/")]
    return needed


def check_test_support(texts, tree_cmake, say):
    """`texts`: name below src/ -> text, with the benchmarks' as `bench/...`; say(name, line, what)."""
    needed = needed_by_programs(texts)
    for name, text in sorted(texts.items()):
        if is_of_tests(name):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            header = INCLUDE.match(line)
            if header and is_of_tests(header[1]) and not name.startswith("bench/"):
                say(name, number, f"a program includes test support, {header[1]}")
            if TEST_LIBRARIES.match(line):
                say(name, number, "only tests need this file: name it *_for_tests")
        if name not in needed and not name.startswith("bench/"):
            say(name, 1, "no program needs this file: name it *_for_tests, or remove it")
    for number, line in enumerate(tree_cmake.splitlines(), 1):
        if re.search(r"_for_tests\b", line.partition("#")[0]) and not re.search(r"\w_test\b", line):
            say("../cmake/tree.cmake", number, "a program links test support")
