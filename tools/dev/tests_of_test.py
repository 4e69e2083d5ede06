#!/usr/bin/env python3
"""What a word and a changed file stand for, in a small checkout."""
import pathlib
import subprocess
import tempfile
import unittest

import tests_of

FILES = {
    "cmake/tree.cmake": "backtest_tests(base DEPENDS base)\nbacktest_tests(run_store DEPENDS run_store/sqlite)\n",
    "src/base/json.hpp": "",
    "src/base/json.cpp": '#include "base/json.hpp"\n',
    "src/base/json_test.cpp": '#include "base/json.hpp"\nTEST(Json, IsSorted) {}\nRC_GTEST_PROP(Json, Survives, ()) {}\n',
    "src/run_store/run_store.hpp": '#include "base/json.hpp"\n',
    "src/run_store/store_test.cpp": '#include "run_store/run_store.hpp"\nTEST_P(Store, Submits) {}\n',
    "src/run_store/sqlite/claim.cpp": '#include "run_store/run_store.hpp"\n',
    "src/run_store/sqlite/suite_test.cpp": 'bool joined = register_run_store_backend({.name = "sqlite", .make = make});\n',
    "src/base/testdata/one.json": "{}",
    "scenarios/exits.scenario": "=== a stop sells\n=== a stop waits\n",
    "e2e/serve_test.py": "",
    "e2e/service.py": "",
}
JSON = "base_test\tJson.IsSorted:Json.Survives"


class Words(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        root = pathlib.Path(cls.directory.name)
        for name, text in FILES.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        subprocess.run(["git", "init", "-q"], cwd=root, check=True)
        cls.tree = tests_of.Tree(root)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def plan(self, *words):
        plan = tests_of.Plan()
        known = [tests_of.add_word(self.tree, plan, word) for word in words]
        return plan.lines() if all(known) else None

    def test_what_a_word_stands_for(self):
        for word, lines in {
            "src/base/json_test.cpp": [JSON],
            "base/json.cpp": [JSON],
            "base": [JSON],
            "src/base/testdata/one.json": [JSON],
            "base_test": ["base_test\t*"],
            "json_test": [JSON],
            "json_test.cpp": [JSON],
            "json.hpp": [JSON],
            "suite_test": ["run_store_test\t*/sqlite"],
            "sorted": ["base_test\tJson.IsSorted"],
            "submits": ["run_store_test\t*/Store.Submits/*"],
            "run_store/sqlite": ["run_store_test\t*/sqlite"],
            "src/run_store/sqlite/claim.cpp": ["run_store_test\t*/sqlite"],
            "serve": ["e2e/serve_test.py\t"],
            "./e2e/serve_test.py": ["e2e/serve_test.py\t"],
            "stop waits": ["execute_test\t*/ScenarioTest.Holds/exits_*_1"],
            "nothing": None,
        }.items():
            with self.subTest(word):
                self.assertEqual(self.plan(word), lines)

    def test_words_of_one_program_run_it_once(self):
        self.assertEqual(self.plan("issorted", "survives"), [JSON])

    def test_a_changed_file_concerns_the_nearest_tests(self):
        self.assertEqual(tests_of.concerned(self.tree, "src/base/json.hpp"), ["src/base/json_test.cpp"])
        self.assertEqual(tests_of.concerned(self.tree, "src/run_store/run_store.hpp"), ["src/run_store/store_test.cpp"])
        self.assertEqual(tests_of.concerned(self.tree, "e2e/service.py"), [])


unittest.main()
