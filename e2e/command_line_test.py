#!/usr/bin/env python3
"""backtest run, validate, sample and version as typed at a terminal: exit statuses, complaints, what is printed, what is
left behind, and what the artifacts of one result must agree in (CFG-24, ART)."""
import csv
import gzip
import hashlib
import json
import os
import pathlib
import pty
import random
import re
import signal
import subprocess
import tempfile
import time
import unittest

import script

BINARY = None
DAYS = ["2023-11-29", "2023-11-30", "2023-12-01", "2023-12-29", "2024-01-02", "2024-03-28", "2024-04-01"]
CLOSES = {"A": [10, 11, 12, 9, 10, 12, 15], "B": [20, 19, 18, 22, 23, 20, 21]}
PRICES = "date,symbol,open,close\n" + "".join(
    f"{day},{symbol},{closes[bar]},{closes[bar]}\n" for bar, day in enumerate(DAYS) for symbol, closes in CLOSES.items())
CONFIG = f"""start_date: {DAYS[0]}
end_date: {DAYS[-1]}
initial_cash: 1000
universe: {{symbols: [A, B]}}
data: {{price_path: prices.csv}}
strategy: {{class: StaticUniverseStrategy}}
"""
COMPOSITE = CONFIG.replace("{class: StaticUniverseStrategy}", """
  type: composite
  legs:
  - {name: both names, weight: 2, strategy: {class: StaticUniverseStrategy}}
  - {name: one, weight: 1, strategy: {class: BuyAndHoldStrategy, parameters: {symbol: B}}}""")


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.directory = pathlib.Path(self.temporary.name)
        self.write("prices.csv", PRICES)
        self.write("config.yaml", CONFIG)

    def write(self, name, content):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def backtest(self, *arguments):
        return subprocess.run([BINARY, *arguments], cwd=self.directory, capture_output=True, text=True, timeout=60)

    def run_config(self, config="config.yaml", run_id="R", output_dir="out"):
        done = self.backtest("run", config, "--run-id", run_id, "--output-dir", output_dir, "--quiet")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        return self.directory / output_dir / run_id

    def left(self):
        out = self.directory / "out"
        return sorted(path.name for path in out.iterdir()) if out.exists() else []


class ExitStatus(CommandLine):
    def test_what_is_wrong_is_2_and_leaves_nothing(self):
        far = CONFIG.replace("2023-11-29", "2030-01-01").replace("2024-04-01", "2030-12-31")
        self.write("directory.csv/inside", "")
        cases = {
            "no config": (None, "config.yaml: the config cannot be read"),
            "directory as config": (None, "config.yaml: the config cannot be read: it is a directory"),
            "empty config": ("", "start_date: is required"),
            "text as a flag": (CONFIG + 'broker: {reserve_costs: "false"}\n',
                               "config.yaml:7:25: broker.reserve_costs: 'false' (text) is not a flag"),
            "text as a number": (CONFIG + "broker: {commission: '0.001'}\n",
                                 "config.yaml:7:22: broker.commission: '0.001' (text) is not a number"),
            "an infinite number": (CONFIG + "broker: {commission: .inf}\n", "config.yaml:7:22: broker.commission"),
            "unknown key": (CONFIG + "broker: {financing: {cash: 1}}\n",
                            "config.yaml:7:22: broker.financing.cash: unknown key 'cash'"),
            "sibling key of a class": (CONFIG.replace("Strategy}", "Strategy, rebalance: monthly}"),
                                       "strategy.rebalance: unknown key"),
            "missing prices": (CONFIG.replace("prices.csv", "none.csv"), "none.csv: the file does not exist"),
            "directory as prices": (CONFIG.replace("prices.csv", "directory.csv"), "stands in a directory of tables"),
            "empty prices": (CONFIG.replace("prices.csv", "empty.csv"), "empty.csv: the file is empty"),
            "no rows": (CONFIG.replace("prices.csv", "header.csv"), "the table has no rows"),
            "no Parquet": (CONFIG.replace("prices.csv", "text.parquet"),
                           "text.parquet: is not a readable Parquet file"),
            "range without rows": (far, "2030-01-01"),
            "not a number": (CONFIG.replace("prices.csv", "ten.csv"), "ten.csv:3:close: 'ten' is not a number"),
            "short row": (CONFIG.replace("prices.csv", "short.csv"), "short.csv:3: the row has 3 fields, the header 4"),
            "unreadable date": (CONFIG.replace("prices.csv", "date.csv"),
                                "date.csv:3:date: '29.11.2023' is not a date"),
            "duplicate": (CONFIG.replace("prices.csv", "twice.csv"),
                          f"twice.csv:{len(PRICES.splitlines()) + 1}: a second row of A"),
            "missing signals": (CONFIG.replace("prices.csv}", "prices.csv, signal_path: none.csv}"),
                                "none.csv: the file does not exist"),
            "missing benchmark": (CONFIG + "benchmark: {path: none.csv}\n", "none.csv: the file does not exist"),
        }
        lines = PRICES.splitlines(keepends=True)
        self.write("empty.csv", "")
        self.write("header.csv", lines[0])
        self.write("text.parquet", "no table")
        self.write("ten.csv", PRICES.replace(lines[2], "2023-11-29,B,20,ten\n"))
        self.write("short.csv", PRICES.replace(lines[2], "2023-11-29,B,20\n"))
        self.write("date.csv", PRICES.replace(lines[2], "29.11.2023,B,20,20\n"))
        self.write("twice.csv", PRICES + "2023-11-29,A,10,10\n")
        for name, (config, complaint) in cases.items():
            with self.subTest(name):
                path = self.directory / "config.yaml"
                path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
                if config is not None:
                    self.write("config.yaml", config)
                elif name == "directory as config":
                    path.mkdir()
                done = self.backtest("run", "config.yaml", "--output-dir", "out", "--quiet", "--json")
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(complaint, done.stderr)
                self.assertEqual(self.left(), [])

    def test_every_error_of_a_config_in_one_pass(self):
        self.write("config.yaml", CONFIG + "broker: {commission: x, lot_size: 0, slipage_bps: 1}\nfoo: 1\n")
        done = self.backtest("validate", "config.yaml")
        self.assertEqual(done.returncode, 2)
        self.assertEqual([line.split(": ")[1] for line in done.stderr.splitlines()],
                         ["broker.commission", "broker.lot_size", "broker.slipage_bps", "foo"])
        self.assertIn("did you mean 'slippage_bps'?", done.stderr)

    def test_usage_is_2(self):
        for arguments in ([], ["run"], ["validate"], ["frobnicate"], ["run", "config.yaml", "--bogus"],
                          ["run", "config.yaml", "--progress", "loud"], ["run", "config.yaml", "--progress", "0"],
                          ["run", "config.yaml", "-c", "config.yaml"]):
            done = self.backtest(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertTrue(done.stderr)
        self.assertIn("'frobnicate' is not a command", self.backtest("frobnicate").stderr)

    def test_an_existing_run_directory_is_refused_and_kept(self):
        first = self.run_config()
        before = {path.name: path.read_bytes() for path in first.iterdir()}
        done = self.backtest("run", "config.yaml", "--run-id", "R", "--output-dir", "out")
        self.assertEqual(done.returncode, 2)
        self.assertIn("out/R: the run directory exists", done.stderr)
        self.assertEqual({path.name: path.read_bytes() for path in first.iterdir()}, before)
        (self.directory / "out/empty").mkdir()
        self.assertEqual(self.backtest("run", "config.yaml", "--run-id", "empty", "--output-dir", "out").returncode, 2)

    def test_run_ids(self):  # CFG-22 with 16 digits, SEC-1, and the words that name pages
        for run_id in ("compare", "validate", "runs", "", ".", "..", "a/b", "../x", "a b", "-x", "x" * 65):
            done = self.backtest("run", "config.yaml", f"--run-id={run_id}", "--output-dir", "out")
            self.assertEqual(done.returncode, 2, run_id)
        self.assertEqual(self.left(), [])
        self.assertEqual(self.backtest("run", "config.yaml", "--output-dir", "out", "--quiet").returncode, 0)
        self.assertRegex(self.left()[0], r"^RUN20\d{6}-[0-9a-f]{16}$")

    def test_a_run_that_cannot_go_on_is_1(self):
        self.write("prices.csv", "date,symbol,open,close\n2023-11-29,A,1e-300,1e-300\n2023-11-30,A,1e-300,1e300\n")
        done = self.backtest("run", "config.yaml", "--output-dir", "out", "--quiet")
        self.assertEqual(done.returncode, 1)
        self.assertIn("the run failed: on 2023-11-30 the book is worth more than a number can hold", done.stderr)
        self.assertEqual(self.left(), [])

    def test_standard_output_that_is_full_is_1(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([BINARY, "run", "config.yaml", "--quiet", "--json"], cwd=self.directory, stdout=full,
                                  stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("standard output cannot be written", done.stderr)

    def test_no_strict_turns_unknown_keys_into_warnings_and_nothing_else(self):
        self.write("config.yaml", CONFIG + "foo: 1\nbroker: {bar: 2}\n")
        self.assertEqual(self.backtest("run", "config.yaml", "--output-dir", "out").returncode, 2)
        done = self.backtest("run", "config.yaml", "--output-dir", "out", "--no-strict", "--quiet", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        said = "\n".join(json.loads(done.stdout)["warnings"])
        self.assertIn("config.yaml:7:1: foo: unknown key 'foo' (ignored)", said)
        self.assertIn("config.yaml:8:10: broker.bar: unknown key 'bar' (ignored)", said)
        self.write("config.yaml", CONFIG + "broker: {lot_size: '5'}\n")
        self.assertEqual(self.backtest("run", "config.yaml", "--output-dir", "out", "--no-strict").returncode, 2)

    def test_interrupted_is_130_and_leaves_nothing(self):
        self.assertEqual(self.backtest("sample", "market").returncode, 0)
        command = [BINARY, "run", "market/long_short.yaml", "--output-dir", "out", "--run-id"]
        config = self.directory / "market/long_short.yaml"
        command[2] = "long_short.yaml"
        begin = time.monotonic()
        subprocess.run([*command, "whole"], cwd=config.parent, check=True, capture_output=True)
        whole = time.monotonic() - begin
        out, interrupted = config.parent / "out", 0
        for n, fraction in enumerate((0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9)):
            number = signal.SIGINT if n % 2 == 0 else signal.SIGTERM
            run = subprocess.Popen([*command, f"R{n}"], cwd=config.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
            time.sleep(whole * fraction)
            run.send_signal(number)
            stdout, stderr = run.communicate()
            if run.returncode == 0:  # it was faster
                continue
            interrupted += 1
            if run.returncode == -number:  # before the program could listen
                self.assertFalse((out / f"R{n}").exists())
                continue
            self.assertEqual((run.returncode, stdout), (130, ""))
            self.assertIn("interrupted: the run was stopped and nothing was written", stderr)
            self.assertFalse([path for path in out.iterdir() if f"R{n}" in path.name])
        self.assertGreaterEqual(interrupted, 3)


class Printed(CommandLine):
    def test_json_is_one_object_and_nothing_else(self):
        done = self.backtest("run", "config.yaml", "--run-id", "R", "--output-dir", "out", "--json", "--progress", "none")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        printed = json.loads(done.stdout)
        self.assertEqual(sorted(printed), ["output_dir", "run_id", "summary", "timings", "warnings"])
        self.assertEqual((printed["run_id"], printed["output_dir"]), ("R", "out/R"))
        self.assertEqual(sorted(printed["timings"]), ["load_s", "peak_rss_bytes", "report_s", "simulate_s", "total_s"])
        summary = json.loads((self.directory / "out/R/summary.json").read_text())
        self.assertEqual(printed["summary"], summary)
        self.assertEqual(printed["warnings"], summary["warnings"])
        for path in (self.directory / "out/R").iterdir():
            self.assertNotIn(b"peak_rss_bytes", path.read_bytes(), path.name)

    def test_text(self):
        self.write("config.yaml", CONFIG + "output: {save_plots: true}\n")
        done = self.backtest("run", "-c", "config.yaml", "--run-id", "R", "--output-dir", "out")
        self.assertEqual(done.returncode, 0)
        for word in (DAYS[0], DAYS[-1], "NAV", "return", "volatility", "Sharpe", "drawdown", "costs", "turnover", "trades",
                     "rejects", "output.save_plots: has no effect", "out/R", "load", "simulate", "report"):
            self.assertIn(word, done.stdout + done.stderr)
        self.assertEqual(done.stderr.splitlines()[0], "loading")  # plain lines where there is no terminal

    def test_text_says_that_same_close_is_optimistic(self):
        self.write("config.yaml", CONFIG + "broker: {fill_policy: same_close}\n")
        done = self.backtest("run", "config.yaml", "--output-dir", "out")
        self.assertIn("optimistic: same_close", done.stdout)
        self.write("config.yaml", CONFIG)
        self.assertNotIn("optimistic", self.backtest("run", "config.yaml", "--output-dir", "out").stdout)

    def test_what_limits_changed_is_said_first_on_the_terminal_and_in_the_artifacts(self):  # CON-18, CON-19
        self.write("targets.csv", "date,symbol,weight\n" + "".join(
            f"{day},A,0.75\n{day},B,0.5\n" for day in DAYS[:2]))
        self.write("config.yaml", CONFIG.replace(
            "{class: StaticUniverseStrategy}", "{class: TargetWeightsStrategy, parameters: {path: targets.csv}}") +
            "output: {save_plots: true}\n")
        done = self.backtest("run", "config.yaml", "--output-dir", "out", "--run-id", "R")
        self.assertEqual(done.returncode, 0, done.stderr)
        table = "sum to more than constraints.max_leverage 1 and will be scaled down (2 times, first 2023-11-29: 1.25)"
        limit = "constraints.max_leverage: all targets were scaled down, by 0.25 of NAV at most (2 times, first 2023-11-29)"
        places = [done.stdout.find(text) for text in (table, limit, "output.save_plots: has no effect")]
        self.assertNotIn(-1, places, done.stdout)
        self.assertEqual(places, sorted(places))
        summary = json.loads((self.directory / "out/R/summary.json").read_text())
        details = summary["warning_details"]
        self.assertEqual(len(details), len(summary["warnings"]))
        self.assertEqual([d["importance"] for d in details[:2]], ["high", "high"])
        self.assertEqual((details[1]["path"], details[1]["count"], details[1]["first"]),
                         ("constraints.max_leverage", 2, "2023-11-29"))
        self.assertIn("raise", details[1]["remedy"])
        self.assertIn("all targets were scaled down", (self.directory / "out/R/tearsheet.html").read_text())

    def test_repeated_warnings_are_folded(self):
        self.write("config.yaml", CONFIG + "broker: {slippage_bps: 600, spread_bps: 700}\n")
        done = self.backtest("validate", "config.yaml")
        self.assertIn("broker.slippage_bps: 600 is 6 % of the price: unusually high; write basis points: 1 % is 100; "
                      "1 more like this", done.stderr)

    def test_quiet_keeps_errors(self):
        self.assertEqual(self.run_config().name, "R")
        done = self.backtest("run", "none.yaml", "--quiet")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("none.yaml", done.stderr)

    def test_a_bar_on_a_terminal(self):
        reader, terminal = pty.openpty()
        run = subprocess.Popen([BINARY, "run", "config.yaml", "--output-dir", "out"], cwd=self.directory, stderr=terminal,
                               stdout=subprocess.DEVNULL)
        os.close(terminal)
        shown = b""
        try:
            while chunk := os.read(reader, 4096):
                shown += chunk
        except OSError:  # the terminal has closed
            pass
        os.close(reader)
        self.assertEqual(run.wait(), 0)
        self.assertIn(b"\r", shown)
        self.assertNotIn(b"simulating 100% ", shown, "a line of the plain form")

    def test_help_of_a_command(self):
        self.assertEqual(self.backtest("help", "run").stdout, self.backtest("run", "--help").stdout)
        self.assertEqual(self.backtest("help").stdout, self.backtest("--help").stdout)
        for unknown in ("rnu", "attempt"):
            done = self.backtest("help", unknown)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(f"'{unknown}' is not a command", done.stderr)

    def test_every_command_and_option_is_completed_and_in_the_manual(self):
        commands = re.findall(r"^  (\w+) {2,}", self.backtest("--help").stdout, re.M)
        self.assertIn("compare", commands)
        manual, completion = self.backtest("manual").stdout.replace("\\-", "-"), self.backtest("completion").stdout
        self.assertEqual(subprocess.run(["bash", "-n"], input=completion, text=True).returncode, 0)
        for command in commands:
            help_text = self.backtest("help", command).stdout
            case = re.search(rf"^ +{command}\) .*$", completion, re.M)
            self.assertTrue(case, command)
            # A command of several parts (`key create`) has a section in the manual for each.
            for part in re.findall(r"^  (\w+) {2,}", help_text.partition("Subcommands:")[2], re.M) or [""]:
                if part:
                    help_text = self.backtest(command, part, "--help").stdout
                    self.assertRegex(case[0], rf'words=".*\b{part}\b')
                section = re.search(rf"\.TP\n\\fB{command} ?{part}\\fR.*?(?=\.TP|\.SH)", manual, re.S)
                self.assertTrue(section, (command, part))
                for option in set(re.findall(r"--[a-z][a-z-]+", help_text)) - {"--help"}:
                    self.assertIn(option, section[0], command)
                    self.assertIn(option, case[0], command)
        self.assertIn(".SH ENVIRONMENT", manual)
        self.assertIn(".SH EXIT STATUS", manual)

    def test_completion_in_bash(self):
        self.write("completion", self.backtest("completion").stdout)
        for line, expected in [("backtest comp", {"compare", "completion"}), ("backtest run --pro", {"--progress"}),
                               ("backtest run --progress p", {"plain"}), ("backtest migrate sta", {"status"}),
                               ("backtest help val", {"validate"}), ("backtest run conf", {"config.yaml"})]:
            words = line.split(" ")
            script = (f"source ./completion; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _backtest; "
                      'printf "%s\\n" "${COMPREPLY[@]}"')
            done = subprocess.run(["bash", "-c", script], cwd=self.directory, capture_output=True, text=True)
            self.assertEqual(set(done.stdout.split()), expected, line)

    def test_a_config_from_standard_input(self):
        def piped(text, *arguments):
            return subprocess.run([BINARY, *arguments], cwd=self.directory, input=text, capture_output=True, text=True)
        done = piped(CONFIG, "run", "-", "--run-id", "piped", "--output-dir", "out", "--quiet")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.left(), ["piped"])
        wrong = piped(CONFIG + "brokr: {}\n", "validate", "-")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("standard input:7:1: brokr: unknown key", wrong.stderr)
        self.assertIn("standard input: the config cannot be read: it is empty", piped("", "validate", "-").stderr)

    def test_values_on_top_of_a_config(self):
        run = self.run_config()
        done = self.backtest("run", "config.yaml", "--run-id", "set", "--output-dir", "out", "--quiet",
                             "--set", "broker.commission=0.25", "--set", "run_name=dear")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        resolved = json.loads((self.directory / "out/set/config.resolved.json").read_text())
        self.assertEqual((resolved["broker"]["commission"], resolved["run_name"]), (0.25, "dear"))
        self.write("written.yaml", CONFIG + "broker: {commission: 0.25}\nrun_name: dear\n")
        same = self.run_config("written.yaml", run_id="written")
        self.assertEqual(json.loads((same / "summary.json").read_text())["result_sha256"],
                         json.loads((self.directory / "out/set/summary.json").read_text())["result_sha256"])
        for setting, complaint in [("broker.comission=1", "broker.comission: unknown key"),
                                   ("broker.commission='1'", "broker.commission: '1' (text) is not a number"),
                                   ("broker.commission", "--set: 'broker.commission' is not PATH=VALUE"),
                                   ("run_name.x=1", "run_name: ")]:
            wrong = self.backtest("validate", "config.yaml", "--set", setting)
            self.assertEqual(wrong.returncode, 2, setting)
            self.assertIn(complaint, wrong.stderr)
        self.assertTrue(run.is_dir())

    def test_runs_on_this_disk(self):
        first = self.run_config(run_id="first")
        self.write("named.yaml", CONFIG + "run_name: named\nbroker: {commission: 0.1}\n")
        self.run_config("named.yaml", run_id="second")
        (self.directory / "out/empty").mkdir()
        listed = json.loads(self.backtest("list", "--local", "out", "--json").stdout)["runs"]
        self.assertEqual([run["run_id"] for run in listed], ["second", "first"])
        self.assertEqual(json.loads(self.backtest("list", "--local", "out", "--text", "NAM", "--json").stdout)["runs"][0]
                         ["run_id"], "second")
        summary = json.loads((first / "summary.json").read_text())
        self.assertEqual(listed[1]["metrics"]["total_return"], summary["total_return"])
        shown = self.backtest("show", "out/first")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("first", shown.stdout)
        compared = self.backtest("compare", "out/first", "out/second")
        self.assertEqual(compared.returncode, 0, compared.stderr)
        for text in ("named", "broker.commission", "0.1", "run_name"):
            self.assertIn(text, compared.stdout)
        self.assertIn("the configs are equal", self.backtest("compare", "out/first", "out/first").stdout)
        gone = self.backtest("list", "--local", "none")
        self.assertEqual(gone.returncode, 2)
        self.assertIn("none: the runs cannot be listed", gone.stderr)
        (first / "summary.json").write_text("{")
        self.assertIn("first/summary.json: is no JSON object", self.backtest("show", "out/first").stderr)

    def test_validate_reads_no_data(self):
        (self.directory / "prices.csv").unlink()
        done = self.backtest("validate", "config.yaml")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("config.yaml: valid, config ", done.stdout)

    def test_version_and_sample(self):
        done = self.backtest("version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^backtest \d+\.\d+\.\d+")
        self.assertEqual(self.backtest("sample", "market").returncode, 0)
        self.assertEqual(self.backtest("sample", "market").returncode, 2)
        for config in sorted((self.directory / "market").glob("*.yaml")):
            done = subprocess.run([BINARY, "run", config.name, "--quiet"], cwd=config.parent, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), config.name)


class Artifacts(CommandLine):
    def summary(self, **arguments):
        return json.loads((self.run_config(**arguments) / "summary.json").read_text())

    def test_one_result_has_one_hash(self):
        """Neither id, directory, name, order of rows, order of symbols, form of the file nor form of the config counts."""
        first = self.summary()
        header, *lines = PRICES.splitlines(keepends=True)
        variants = {
            "id and directory": (CONFIG, PRICES, "config.yaml"),
            "order of rows": (CONFIG, header + "".join(reversed(lines)), "config.yaml"),
            "order of symbols": (CONFIG.replace("[A, B]", "[B, A]"), PRICES, "config.yaml"),
            "all": (CONFIG.replace("[A, B]", "all"), PRICES, "config.yaml"),
            "gzip": (CONFIG.replace("prices.csv", "prices.csv.gz"), PRICES, "config.yaml"),
            "byte order mark, line ends": (CONFIG, "\ufeff" + PRICES.replace("\n", "\r\n"), "config.yaml"),
            "name and output": (CONFIG + "run_name: x\noutput: {save_trades: false, local_dir: elsewhere}\n", PRICES,
                                "config.yaml"),
            "JSON": (json.dumps({"start_date": DAYS[0], "end_date": DAYS[-1], "initial_cash": 1000.0,
                                 "universe": {"symbols": ["A", "B"]},
                                 "data": {"price_path": "prices.csv"}, "strategy": {"class": "StaticUniverseStrategy"}}),
                     PRICES, "config.json"),
        }
        for n, (name, (config, prices, file)) in enumerate(variants.items()):
            with self.subTest(name):
                self.write("prices.csv", prices)
                self.write("prices.csv.gz", gzip.compress(prices.encode()))
                self.write(file, config)
                other = self.summary(config=file, run_id=f"other-{n}", output_dir=f"deep/{n}")
                self.assertEqual(other["result_sha256"], first["result_sha256"])
                self.assertEqual(other["data_fingerprint"], first["data_fingerprint"])
                if name in ("id and directory", "JSON", "order of rows"):
                    self.assertEqual(other["config_sha256"], first["config_sha256"])
        self.write("prices.csv", PRICES.replace("2024-03-28,A,12,12", "2024-03-28,A,12,12.000001"))
        self.assertNotEqual(self.summary(run_id="changed", config="config.json")["result_sha256"], first["result_sha256"])

    def test_layouts_of_one_market_agree(self):
        """A long table, a wide one, a gzip of it and one file a symbol: the same panel, result and holes."""
        symbols, days = ["0700", "B", "NA", "true"], [f"2024-01-{day:02d}" for day in range(1, 31)]
        for seed in range(4):
            random.seed(seed)
            close = {(day, symbol): f"{random.uniform(5, 15):.3f}" if random.random() < 0.85 else ""
                     for day in days for symbol in symbols}
            for day in days[12:]:
                close[day, "B"] = ""  # a delisting
            wide = f"date,{','.join(symbols)}\n" + "".join(
                f"{day},{','.join(close[day, symbol] for symbol in symbols)}\n" for day in days)
            rows_of = {symbol: [(day, close[day, symbol]) for day in days if close[day, symbol]] for symbol in symbols}
            self.write("wide.csv", wide)
            self.write("wide.csv.gz", gzip.compress(wide.encode()))
            self.write("long.csv", "date,symbol,close\n" + "".join(
                f"{day},{symbol},{price}\n" for symbol, cells in rows_of.items() for day, price in cells))
            for symbol, cells in rows_of.items():
                self.write(f"one/{symbol}.csv", "date,close\n" + "".join(f"{day},{price}\n" for day, price in cells))
            results = []
            for n, (path, layout) in enumerate((("long.csv", "long"), ("wide.csv", "wide"), ("wide.csv.gz", "wide"),
                                                ("one/{symbol}.csv", "long"))):
                self.write("config.yaml", f"""start_date: 2024-01-06
end_date: 2024-01-30
universe: {{symbols: [0700, B, NA, true]}}
data: {{price_path: '{path}', layout: {layout}, warmup_bars: 3, delist_after_bars: {seed}, max_gap_bars: 1}}
strategy: {{type: configured, scoring: {{type: momentum, lookback: 2}}, selection: {{type: topn, topn: {{n: 2}}}}}}
broker: {{fill_policy: next_close, commission: 0.001}}
""")
                summary = self.summary(run_id=f"{seed}-{n}")
                holes = [warning.split(": ", 1)[1] for warning in summary["warnings"] if "no rows for" in warning]
                results.append((summary["result_sha256"], summary["data_fingerprint"], holes))
            self.assertEqual(results, results[:1] * 4, f"seed {seed}")

    def test_the_resolved_config_and_its_hash(self):  # CFG-20, CFG-21, W-59
        run = self.run_config()
        resolved = json.loads((run / "config.resolved.json").read_text())
        summary = json.loads((run / "summary.json").read_text())
        self.assertEqual(resolved.pop("run_id"), "R")
        self.assertRegex(resolved.pop("submitted_at"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$")
        self.assertEqual(resolved.pop("config_sha256"), summary["config_sha256"])
        canonical = json.dumps(resolved, sort_keys=True, separators=(",", ":"))
        self.assertEqual(hashlib.sha256(canonical.encode()).hexdigest(), summary["config_sha256"])
        again = self.run_config(config=str(run / "config.yaml"), run_id="again")
        self.assertEqual(json.loads((again / "summary.json").read_text())["config_sha256"], summary["config_sha256"])

    def test_periods_compound_to_the_total(self):  # W-18, MET-7
        run = self.run_config()
        nav = {row["date"]: float(row["portfolio_value"]) for row in rows(run / "daily_metrics.csv")}
        self.assertEqual(list(nav), DAYS)
        months = {(row["Year"], name): float(row[name]) for row in rows(run / "returns_monthly.csv")
                  for name in list(row)[1:-1] if row[name]}
        ends = {("2023", "Nov"): DAYS[1], ("2023", "Dec"): DAYS[3], ("2024", "Jan"): DAYS[4], ("2024", "Mar"): DAYS[5],
                ("2024", "Apr"): DAYS[6]}
        previous, growth = 1000.0, 1.0
        self.assertEqual(list(months), list(ends))
        for period, day in ends.items():
            self.assertAlmostEqual(months[period], nav[day] / previous - 1, places=12)
            previous, growth = nav[day], growth * (1 + months[period])
        self.assertAlmostEqual(growth, nav[DAYS[-1]] / 1000, places=12)
        quarters = [[row[name] for name in ("Q1", "Q2", "Q3", "Q4")] for row in rows(run / "returns_quarterly.csv")]
        self.assertEqual([[bool(cell) for cell in row] for row in quarters],
                         [[False, False, False, True], [True, True, False, False]])
        self.assertAlmostEqual(float(quarters[1][0]), nav[DAYS[5]] / nav[DAYS[3]] - 1, places=12)
        years = {row["year"]: float(row["return"]) for row in rows(run / "returns_yearly.csv")}
        self.assertAlmostEqual(years["2023"], nav[DAYS[3]] / 1000 - 1, places=12)
        self.assertAlmostEqual(years["2024"], nav[DAYS[6]] / nav[DAYS[3]] - 1, places=12)
        self.assertEqual({row["Year"]: float(row["Yearly"]) for row in rows(run / "returns_monthly.csv")}, years)

    def test_files(self):
        """W-51, W-52, W-55, W-56, W-58: the manifest is last and names every file below; aliases; headers; no index."""
        self.write("config.yaml", COMPOSITE)
        run = self.run_config()
        manifest = json.loads((run / "artifacts_manifest.json").read_text())
        files = sorted(str(path.relative_to(run)) for path in run.rglob("*") if path.is_file())
        files.remove("artifacts_manifest.json")
        self.assertEqual([file["name"] for file in manifest["files"]], files)
        for name in ("legs/both_names/weights.csv", "legs/one/weights.csv", "blend/blended_pre_constraints.csv",
                     "blend/blended_post_constraints.csv", "rejects.csv", "closed_positions.csv", "tearsheet.html"):
            self.assertIn(name, files)
        written = (run / "artifacts_manifest.json").stat().st_mtime_ns
        for file in manifest["files"]:
            content = (run / file["name"]).read_bytes()
            self.assertEqual((file["size_bytes"], file["sha256"]), (len(content), hashlib.sha256(content).hexdigest()))
            self.assertLessEqual((run / file["name"]).stat().st_mtime_ns, written)
            if file["name"].endswith(".csv"):
                self.assertRegex(content.decode(), r"^[A-Za-z_]+(,[A-Za-z0-9_]+)+\n")
            if file["name"].endswith(".json"):
                value = json.loads(content, parse_constant=lambda word: self.fail(f"{file['name']} holds {word}"))
                self.assertEqual(json.dumps(value, indent=2, sort_keys=True), content.decode())  # ART-2
        self.assertEqual((run / "metrics.json").read_bytes(), (run / "summary.json").read_bytes())
        self.assertEqual((run / "monthly_returns.csv").read_bytes(), (run / "returns_monthly.csv").read_bytes())
        self.assertEqual(self.left(), ["R"])  # no run_index.csv, no lock, nothing half-written

    def test_undefined_numbers_are_null_and_explained(self):  # W-19, W-53
        self.write("config.yaml", CONFIG.replace(f"end_date: {DAYS[-1]}", f"end_date: {DAYS[0]}"))
        summary = self.summary()
        undefined = sorted(name for name, value in summary.items() if value is None and name not in ("run_name", "benchmark"))
        self.assertIn("sharpe_ratio", undefined)
        said = " ".join(summary["warnings"])
        for name in undefined:
            self.assertIn(name, said)
        self.assertEqual((summary["annualized_return"], summary["annualized_volatility"]), (0.0, 0.0))  # MET-2, MET-3
        # Cash alone, which earns the same every day: std0 <= 1e-12 x max|r|.
        self.write("flat.csv", "date,symbol,open,close\n" + "".join(
            f"2024-01-{day:02d},A,1,1\n" for day in range(1, 28)))
        self.write("config.yaml", CONFIG.replace(DAYS[0], "2024-01-01").replace("prices.csv", "flat.csv")
                   + "sizing: {class: FixedWeightSizer, parameters: {weights: {A: 0}}}\n"
                   + "broker: {financing: {cash_rate: 0.05}}\n")
        earned = self.summary(run_id="earned")
        self.assertGreater(earned["total_return"], 0.003)
        self.assertIsNone(earned["sharpe_ratio"])

    def test_existing_columns_come_first(self):
        """ART-4, ART-5, ART-7: names and order that existing readers know; new columns stand behind them."""
        run = self.run_config()
        known = {"trades.csv": "execution_date,symbol,quantity,price,notional,commission,slippage_cost,cash_after",
                 "daily_metrics.csv": "date,portfolio_value,cash,daily_return,cumulative_return,drawdown,gross_exposure,"
                                      "net_exposure,turnover,commission,slippage_cost,n_trades",
                 "returns_monthly.csv": "Year,Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec,Yearly",
                 "returns_quarterly.csv": "Year,Q1,Q2,Q3,Q4,Yearly", "returns_yearly.csv": "year,return"}
        for name, columns in known.items():
            self.assertTrue((run / name).read_text().startswith(columns), name)
        summary = json.loads((run / "summary.json").read_text())
        for name in ("annualized_return", "annualized_volatility", "end_date", "final_equity", "initial_cash", "max_drawdown",
                     "run_id", "run_name", "sharpe_ratio", "start_date", "total_return", "trades"):
            self.assertIn(name, summary)
        # Turnover is two-sided, over the previous NAV (ENG-7).
        previous, traded = 1000.0, {}
        for fill in rows(run / "trades.csv"):
            traded[fill["execution_date"]] = traded.get(fill["execution_date"], 0.0) + abs(float(fill["notional"]))
        for row in rows(run / "daily_metrics.csv"):
            self.assertAlmostEqual(float(row["turnover"]), traded.get(row["date"], 0.0) / previous, places=12)
            previous = float(row["portfolio_value"])

    def test_what_is_switched_off_is_left_out(self):  # CFG-13
        every = {path.name for path in self.run_config().iterdir()}
        gone = {"trades": {"trades.csv"}, "daily_metrics": {"daily_metrics.csv"}, "trades_parquet": {"trades.parquet"},
                "positions_snapshot": {"daily_positions.parquet"}, "resolved_config_json": {"config.resolved.json"},
                "metrics_parquet": {"metrics_timeseries.parquet", "metrics_rolling.parquet", "metrics_rolling.csv"},
                "metrics_json": {"metrics.json"}, "constraint_hits": {"constraint_hits.json"},
                "config_parquet": {"config.parquet"}, "summary_parquet": {"summary.parquet"}}
        for flag, names in gone.items():
            self.write("config.yaml", CONFIG + f"output: {{save_{flag}: false}}\n")
            self.assertEqual(every - {path.name for path in self.run_config(run_id=flag).iterdir()}, names, flag)


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main()
