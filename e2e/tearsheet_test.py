#!/usr/bin/env python3
"""Real tear sheets in a real Chromium: a run of each kind in tearsheet_markets.py, looked at on a wide and on a narrow
screen, in light and dark, and printed on A4 and Letter.

  tearsheet_test.py --binary BINARY [--screenshots DIRECTORY] [--case NAME...]
"""
import base64
import csv
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import script
import tearsheet_markets

ROOT = pathlib.Path(__file__).resolve().parents[1]
BINARY, SCREENSHOTS, CASES = None, None, list(tearsheet_markets.CASES)
LARGEST_BYTES = 300_000

# What every sheet has, in this order, and what only some have.
HEADINGS = ["Net asset value", "Years and months", "Monthly returns", "Metrics", "Returns by length", "Trailing returns",
            "Rolling risk and reward", "Exposure and weights", "Turnover and costs", "Contribution", "Deepest drawdowns",
            "Crises", "Positions at the end", "Largest closed positions", "Rejected orders", "Constraint hits",
            "Warnings", "Config"]


class Run:
    def __init__(self, name, folder):
        self.name = name
        directory = pathlib.Path(folder) / name
        directory.mkdir()
        config = tearsheet_markets.make(name, directory)
        (directory / "config.json").write_text(json.dumps(config))
        done = subprocess.run([BINARY, "run", "config.json", "--run-id", "run", "--output-dir", "results", "--quiet"],
                              cwd=directory, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        self.directory = directory / "results/run"
        self.sheet = self.directory / "tearsheet.html"

    def rows(self, name):
        with open(self.directory / name, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))


def looked_at(runs):
    node = ROOT / ".deps/node/bin/node"
    if not node.exists() or not (ROOT / ".deps/browser/node_modules").exists():
        sys.exit("node or what drives Chromium is missing: ./dev setup installs them")
    command = [str(node), str(ROOT / "e2e/tearsheet_pages.mjs"), str((ROOT / ".deps/browser").resolve())]
    command += [f"{run.name}={run.sheet}" for run in runs]
    if SCREENSHOTS:
        command += ["--screenshots", str(SCREENSHOTS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=2400)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


def cell_texts(html):
    """What the tables of a page say, without tags and entities that matter here."""
    cells = re.findall(r"<td[^>]*>([^<>]+)</td>", html)
    return [text.replace("&ndash;", "\u2013").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
            .replace("&quot;", '"').replace("&#39;", "'") for text in cells]


class TearSheet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.runs = {name: Run(name, cls.folder.name) for name in CASES}
        found = looked_at(cls.runs.values())
        cls.looks, cls.prints = found["looked"], found["printed"]

    def each_look(self):
        for look in self.looks:
            with self.subTest(case=look["name"], width=look["width"], scheme=look["scheme"]):
                yield look

    def test_nothing_is_said_on_the_console_and_nothing_is_asked_for(self):
        for look in self.each_look():
            self.assertEqual((look["noise"], look["requests"]), ([], []))

    def test_axe_finds_nothing(self):
        for look in self.each_look():
            self.assertEqual(look["axe"], [])

    def test_every_text_can_be_read(self):
        for look in self.each_look():
            self.assertEqual(look["unreadable"], [])

    def test_every_chart_says_its_values(self):
        for look in self.each_look():
            self.assertEqual(look["problems"], [])
            self.assertTrue(look["readings"] or look["scheme"] == "dark")

    def test_every_section_is_there(self):
        for look in self.each_look():
            shown = [heading for heading in HEADINGS if any(text.startswith(heading) for text in look["headings"])]
            self.assertEqual(shown, HEADINGS)

    def test_what_the_chart_says_is_what_the_files_say(self):
        for look in self.each_look():
            days = {row["date"]: row for row in self.runs[look["name"]].rows("daily_metrics.csv")}
            checked = 0
            for reading in look["readings"]:
                day, *lines = reading.split("\n")
                values = dict(line.rsplit("  ", 1) for line in lines if "  " in line)
                if "NAV" not in values:
                    continue
                expected = float(days[day]["portfolio_value"])
                shown = float(values["NAV"].replace(",", "").replace("\u2212", "-"))
                self.assertAlmostEqual(shown, expected, delta=0.51 if abs(expected) >= 10_000 else 0.0051)
                checked += 1
            self.assertTrue(checked >= 4 or look["scheme"] == "dark")

    def test_sheets_are_small_and_equal_to_the_byte(self):
        for name, run in self.runs.items():
            with self.subTest(case=name):
                self.assertLess(run.sheet.stat().st_size, LARGEST_BYTES)
        name = "short" if "short" in self.runs else next(iter(self.runs))
        with tempfile.TemporaryDirectory() as folder:
            again = Run(name, folder).sheet.read_text()
        time = re.compile(r"run</span><code>[^<]*")  # when it was submitted
        self.assertEqual(time.sub("", again), time.sub("", self.runs[name].sheet.read_text()))

    def test_names_from_outside_are_text(self):
        if "hostile" not in self.runs:
            self.skipTest("not among the cases")
        page = self.runs["hostile"].sheet.read_text()
        self.assertEqual(len(re.findall(r"<script", page)), 2, "the readings and the page's own")
        self.assertNotIn("<img", page)

    def test_the_benchmark_is_named(self):
        for name, run in self.runs.items():
            with self.subTest(case=name):
                config = json.loads((run.directory / "config.resolved.json").read_text())
                page = run.sheet.read_text()
                symbol = (config.get("benchmark") or {}).get("symbol")
                if symbol and symbol.isalnum():
                    self.assertIn(f"benchmark <bdi>{symbol}</bdi>", page)
                elif not symbol:
                    self.assertNotIn("enchmark", re.sub(r"<(style|pre).*?</\1>", "", page, flags=re.S))

    # The printed pages, read back by poppler.

    def words(self, pdf, folder):
        path = pathlib.Path(folder) / "sheet.pdf"
        path.write_bytes(base64.b64decode(pdf))
        text = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, check=True).stdout.decode()
        boxes = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, check=True).stdout.decode()
        return text, boxes

    def each_print(self):
        for printed in self.prints:
            with self.subTest(case=printed["name"], paper=printed["format"]), tempfile.TemporaryDirectory() as folder:
                yield (printed["name"], *self.words(printed["pdf"], folder))

    def test_every_heading_and_number_is_on_paper(self):
        for name, text, _ in self.each_print():
            squeezed = re.sub(r"\s+", "", text)
            for heading in HEADINGS:
                self.assertIn(heading.replace(" ", ""), squeezed)
            numbers = [cell for cell in cell_texts(self.runs[name].sheet.read_text()) if re.search(r"\d", cell)]
            missing = [cell for cell in numbers if re.sub(r"\s+", "", cell) not in squeezed and cell.isascii()]
            self.assertEqual(missing, [])

    def test_no_word_reaches_beyond_the_page(self):
        for _, _, boxes in self.each_print():
            pages = re.findall(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', boxes, re.S)
            self.assertGreaterEqual(len(pages), 2)
            for width, height, words in pages:
                for left, top, right, bottom, word in re.findall(
                        r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">([^<]*)<', words):
                    inside = float(left) >= 20 and float(right) <= float(width) - 20 and float(bottom) <= float(height)
                    self.assertTrue(inside and float(top) >= 0, word)


if __name__ == "__main__":
    options = script.options(("--screenshots", {"type": pathlib.Path}),
                             ("--case", {"action": "append", "choices": list(tearsheet_markets.CASES)}))
    BINARY, SCREENSHOTS = options.binary, options.screenshots
    if options.case:
        CASES = options.case
    if not shutil.which("chromium") or not shutil.which("pdftotext"):
        sys.exit("chromium or pdftotext is missing: ./dev setup installs them")
    unittest.main()
