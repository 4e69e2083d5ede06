#!/usr/bin/env python3
"""README's commands, run as written in an empty directory with the program of the package, print what README shows (of
standard output: progress is not shown there).

The package is built of --binary, unpacked, and is all that the commands find besides the system's own. Ids, times, sizes
and speeds differ from run to run: they are compared by their form. `...` stands for anything.

  readme_test.py --binary BINARY [--update]      --update writes what was printed into README.md
"""
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

import script
from service import free_port

ROOT = pathlib.Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
BINARY, UPDATE = None, False
END = "end of the output of one command 5d1f"
# What differs from run to run, and the form in which it is compared.
VARYING = [(r"RUN\d{8}-[0-9a-f]{16}", "RUN_ID"), (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "TIME"),
           (r"load .* MB", "TIMINGS"), (r"\d+\.\d MB", "SIZE"), (r"[0-9a-f]{64}", "SHA256"), (r" +", " "), (r" $", "")]


def blocks(text):
    """(language, content, begin, end) of the fenced blocks."""
    for match in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S):
        yield match[1], match[2], match.start(2), match.end(2)


def commands(block):
    """(command, shown output): a command begins with `$ ` and goes on after a backslash."""
    lines, found = block.splitlines(), []
    while lines:
        command = lines.pop(0).removeprefix("$ ")
        while command.endswith("\\"):
            command = command[:-1] + lines.pop(0).strip()
        output = []
        while lines and not lines[0].startswith("$ "):
            output.append(lines.pop(0))
        found.append((command, output))
    return found


def form(line):
    for pattern, word in VARYING:
        line = re.sub(pattern, word, line)
    return line


def shows(shown, printed):
    """Whether `shown`, in which a line `...` is any lines and `...` within a line any text, is what was printed."""
    pattern = ""
    for line in shown:
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(re.escape(form(part)) for part in line.split("...")) + r"\n"
    return re.fullmatch(pattern, "".join(form(line) + "\n" for line in printed)) is not None


class Shell:
    """One bash for all commands of the page, so that `cd` and what runs beside last."""

    def __init__(self, directory, path):
        home = pathlib.Path(directory)
        port = str(free_port())
        environment = {"PATH": path, "HOME": directory, "BACKTEST_LISTEN": f"127.0.0.1:{port}",
                       "BACKTEST_URL": f"http://127.0.0.1:{port}", "LANG": "C.UTF-8"}
        self.port = port
        self.process = subprocess.Popen(["bash", "--noprofile", "--norc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, cwd=home, env=environment,
                                        start_new_session=True)

    def run(self, command):
        self.process.stdin.write(command.replace("localhost:8000", f"localhost:{self.port}") + f"\necho; echo '{END}'\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.rstrip("\n") == END:
                break
            lines.append(line.rstrip("\n"))
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def close(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(timeout=60)
        self.process.stdin.close()
        self.process.stdout.close()


class Readme(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)

    def unpacked_package(self):
        """The tree of the package, as dpkg unpacks it."""
        package = self.directory / "backtest.deb"
        build = f'source tools/dev/package.sh && build_package "{BINARY}" "{self.directory}/tree" "{package}"'
        quick = {**os.environ, "DPKG_DEB_COMPRESSOR_TYPE": "none"}
        done = subprocess.run(["bash", "-euc", build], cwd=ROOT, env=quick, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        bare = self.directory / "bare"
        subprocess.run(["dpkg-deb", "-x", package, bare], check=True)
        return bare

    def test_commands_print_what_is_shown(self):
        bare = self.unpacked_package()
        for name in ("README.md", "docs/config.md", "docs/rules/README.md", "docs/config.schema.json"):
            self.assertTrue((bare / "usr/share/doc/backtest" / name).is_file(), name)
        (self.directory / "empty").mkdir()
        shell = Shell(str(self.directory / "empty"), f"{bare}/usr/bin:/usr/bin:/bin")
        self.addCleanup(shell.close)
        text = written = README.read_text()
        for language, content, begin, end in blocks(text):
            if language == "yaml":
                name = re.match(r"# (\S+\.yaml):", content)[1]
                shell.run(f"cat > {name} <<'CONFIG'\n{content}CONFIG")
            if language != "console":
                continue
            page = ""
            for command, shown in commands(content):
                printed = shell.run(command)
                page += "\n".join([f"$ {command}", *(shown if shows(shown, printed) else printed)]) + "\n"
                if not UPDATE:
                    self.assertTrue(shows(shown, printed), "\n".join([f"$ {command}", "prints", *printed, "and README",
                                                                      *shown]))
            written = written.replace(content, page)
        if UPDATE:
            README.write_text(written)


if __name__ == "__main__":
    options = script.options(("--update", {"action": "store_true"}))
    BINARY, UPDATE = options.binary, options.update
    unittest.main()
