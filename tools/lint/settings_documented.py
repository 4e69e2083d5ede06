"""Settings: every environment variable that the program reads is in docs/operations.md, and no other is."""
import re

DOCUMENT = "docs/operations.md"
# A whole literal; one that ends in _ is the beginning of names that are put together.
READ = re.compile(r'"((?:BACKTEST|AZURE)_[A-Z_]*[A-Z])"')
PUT_TOGETHER = re.compile(r'"((?:BACKTEST|AZURE)_[A-Z_]*_)" *\+')
NAMED = re.compile(r"(?<![\w/])((?:BACKTEST|AZURE)_[A-Z_]*[A-Z])\b")
# Read by tests alone, from headers that tests share.
OF_TESTS = {"BACKTEST_BROKEN_GUARD", "BACKTEST_POSTGRES_BIN", "BACKTEST_UPDATE_GOLDEN"}


def check_settings(root, files, say):
    document = root / DOCUMENT
    lines = document.read_text().splitlines() if document.exists() else []
    named = {}
    for number, line in enumerate(lines, 1):
        for name in NAMED.findall(line):
            named.setdefault(name, number)
    read, beginnings = set(OF_TESTS), set()
    for file in files:
        if file.suffix not in (".cpp", ".hpp") or root / "src" not in file.parents or file.name.endswith("_test.cpp"):
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            beginnings.update(PUT_TOGETHER.findall(line))
            for name in READ.findall(line):
                if name not in read and name not in named:
                    say(file, number, f"{name} is read here and not in {DOCUMENT}")
                read.add(name)
    for name, number in named.items():
        if name not in read and not any(name.startswith(beginning) for beginning in beginnings):
            say(document, number, f"nothing reads {name}")
