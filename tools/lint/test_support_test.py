#!/usr/bin/env python3
"""What test_support.py finds in trees that break its rule, one by one."""
import unittest

from test_support import check_test_support

CLEAN = {
    "main.cpp": '#include "run_store/run_store.hpp"\n',
    "run_store/run_store.hpp": "",
    "run_store/run_store.cpp": '#include "run_store/run_store.hpp"\n#include "run_store/rows.hpp"\n',
    "run_store/rows.hpp": "",
    "run_store/stress_for_tests.hpp": '#include "run_store/run_store.hpp"\n',
    "run_store/stress_for_tests.cpp": "#include <gtest/gtest.h>\n",
    "run_store/stress_test.cpp": '#include "run_store/stress_for_tests.hpp"\n',
    "bench/queue_bench.cpp": '#include "run_store/stress_for_tests.hpp"\n',
}
TREE = "backtest_folder(run_store DEPENDS base)\nbacktest_tests(run_store DEPENDS run_store)\n"


def findings(changed, tree=TREE):
    found = []
    check_test_support(CLEAN | changed, tree, lambda name, line, what: found.append(f"{name}:{line}: {what}"))
    return found


class TestSupport(unittest.TestCase):
    def test_a_tree_that_keeps_the_rule(self):
        self.assertEqual(findings({}), [])

    def test_a_program_that_includes_test_support(self):
        found = findings({"run_store/rows.hpp": '\n#include "run_store/stress_for_tests.hpp"\n'})
        self.assertEqual(found, ["run_store/rows.hpp:2: a program includes test support, run_store/stress_for_tests.hpp"])

    def test_support_without_the_name(self):
        name = "run_store/history.hpp"
        found = findings({name: "", "run_store/history_test.cpp": f'#include "{name}"\n'})
        self.assertEqual(found, [f"{name}:1: no program needs this file: name it *_for_tests, or remove it"])

    def test_a_source_without_the_name(self):
        found = findings({"run_store/history.cpp": '#include "run_store/stress_for_tests.hpp"\n'})
        self.assertIn("run_store/history.cpp:1: a program includes test support, run_store/stress_for_tests.hpp", found)
        self.assertIn("run_store/history.cpp:1: no program needs this file: name it *_for_tests, or remove it", found)

    def test_a_test_library_in_a_program(self):
        found = findings({"run_store/rows.hpp": "#include <gmock/gmock.h>\n"})
        self.assertEqual(found, ["run_store/rows.hpp:1: only tests need this file: name it *_for_tests"])

    def test_a_program_that_links_test_support(self):
        found = findings({}, TREE + "target_link_libraries(backtest PRIVATE run_store_for_tests)\n"
                                    "target_link_libraries(sim_test PRIVATE run_store_for_tests)\n")
        self.assertEqual(found, ["../cmake/tree.cmake:3: a program links test support"])


unittest.main()
