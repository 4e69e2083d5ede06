#!/usr/bin/env python3
"""Each check of the lint finds what it is for, and lets pass what is right.

  lint_test.py
"""
import pathlib
import tempfile
import unittest

import named_things
import rule_ids
import settings_documented
import tree

RULES = "**BRK-7** The price.\n\n**BRK-8** Costs, **CS-1** and sections.\n"
CODE = {"cmake/tree.cmake": "backtest_folder(base)\nbacktest_folder(engine/fill DEPENDS base)\n",
        "src/base/date.cpp": "#include \"base/date.hpp\"\nDate parse_date() { return MarketView{}; }\n",
        "src/base/date.hpp": "// Dates (BRK-7). parse_date() reads them.\n",
        "src/engine/fill/fills.cpp": "#include \"base/date.hpp\"\n",
        "tools/dev/test.sh": "dev_test() { :; }\n",
        "docs/rules/execution.md": RULES}


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.findings = []
        for name, text in CODE.items():
            self.write(name, text)

    def write(self, name, text):
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def say(self, file, line, what):
        self.findings.append(f"{file.relative_to(self.root)}:{line}: {what}")

    def files(self):
        return sorted(path for path in self.root.rglob("*") if path.is_file())

    def check(self, check):
        self.findings.clear()
        check(self.root, self.files(), self.say)
        return self.findings


class RuleIds(Tree):
    def findings_of(self, text):
        self.write("src/engine/fill/fills_test.cpp", text)
        return [finding.split(": ", 1)[1] for finding in self.check(rule_ids.check_rule_ids)]

    def test_what_is_defined_passes(self):
        self.assertEqual(self.findings_of("// BRK-7, BRK-7..8, BRK-7..BRK-8, SHA-256, UTF-8\n"), [])

    def test_what_is_not_defined_is_found(self):
        for text, name in [("BRK-9", "BRK-9"), ("BRK-7..9", "BRK-9"), ("BRK-8a", "BRK-8a"), ("(CS-2)", "CS-2")]:
            with self.subTest(text):
                self.assertEqual(self.findings_of(f"// {text}\n"), [f"{name} is no rule of docs/rules"])

    def test_a_prefix_that_no_rule_has_is_found(self):
        self.assertIn("no rule begins with BKR", self.findings_of("// BKR-7\n")[0])

    def test_a_rule_is_defined_once(self):
        self.write("docs/rules/other.md", "**BRK-7** Again.\n")
        self.assertEqual(self.findings_of(""), ["BRK-7 is defined in execution.md:1 too"])


class NamedThings(Tree):
    def findings_of(self, name, text):
        self.write(name, text)
        return [finding.split(": ", 1)[1] for finding in self.check(named_things.check_named_things)]

    def test_what_is_there_passes(self):
        self.assertEqual(self.findings_of("src/base/README.md", "date.cpp, base/date.hpp, src/base/, engine/{fill,fill}, "
                                          "`x_test.cpp`, parse_date(), `MarketView`, ./dev test, summary.json, and/or\n"), [])

    def test_what_is_not_there_is_found(self):
        for text, finding in [("dates.hpp", "there is no file dates.hpp"),
                              ("base/gone.cpp", "there is no file base/gone.cpp"),
                              ("engine/{fill,order}", "there is no engine/order"),
                              ("src/gone/", "there is no src/gone/"),
                              ("read_date()", "there is no function read_date()"),
                              ("`BarView`", "there is no type BarView"),
                              ("`./dev tset`", "./dev has no command tset")]:
            with self.subTest(text):
                self.assertEqual(self.findings_of("docs/page.md", text + "\n"), [finding])

    def test_comments_are_read_too(self):
        self.assertEqual(self.findings_of("src/base/date_test.cpp", "// read_date() as gone.md has it, but `keep_prefix`\n"),
                         ["there is no file gone.md"])


class Settings(Tree):
    def setUp(self):
        super().setUp()
        self.write("src/base/settings.cpp", 'text("BACKTEST_LISTEN"); text("AZURE_CONTAINER_" + layer);\n')

    def findings_of(self, document):
        self.write("docs/operations.md", document)
        return [finding.split(": ", 1)[1] for finding in self.check(settings_documented.check_settings)]

    def test_what_is_read_and_documented_passes(self):
        self.assertEqual(self.findings_of("| BACKTEST_LISTEN | AZURE_CONTAINER_GOLD |\n"), [])

    def test_what_is_not_documented_is_found(self):
        self.assertEqual(self.findings_of(""), ["BACKTEST_LISTEN is read here and not in docs/operations.md"])

    def test_what_nothing_reads_is_found(self):
        self.assertEqual(self.findings_of("BACKTEST_LISTEN, BACKTEST_GONE\n"), ["nothing reads BACKTEST_GONE"])


class Includes(Tree):
    def test_a_forbidden_include_is_found(self):
        self.write("src/base/date.cpp", "#include \"engine/fill/fills.hpp\"\n")
        tree.check_includes(self.root, [f for f in self.files() if f.suffix == ".cpp"], self.say)
        self.assertEqual(self.findings, ["src/base/date.cpp:1: base may not include engine/fill (cmake/tree.cmake)"])


unittest.main()
