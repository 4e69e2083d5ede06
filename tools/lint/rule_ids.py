"""Rule ids: every one that code, tests, scenarios or documents cite is defined in docs/rules, once."""
import re

RULES_FOLDER = "docs/rules"
# What looks like a rule id and is none: standards, and the run ids of tests.
OTHER_WORDS = {"SHA", "UTF", "BSD", "BSL", "MPL", "SPDX", "ISO", "RFC", "RUN", "R"}
DEFINITION = re.compile(r"\*\*([A-Z]+-\d+(?:\.\d+)?[a-z]?)\*\*")
CITATION = re.compile(r"(?<![\w-])([A-Z]{1,4})-(\d+)(\.\d+|[a-z])?(?:\.\.(?:\1-)?(\d+))?(?![\w-])")


def definitions(root, say):
    """id -> (file, line)."""
    found = {}
    for file in sorted((root / RULES_FOLDER).glob("*.md")):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            for name in DEFINITION.findall(line):
                if name in found:
                    say(file, number, f"{name} is defined in {found[name][0].name}:{found[name][1]} too")
                found.setdefault(name, (file, number))
    return found


def cited(line):
    """The ids that a line cites, ranges like CS-1..CS-4 or CS-1..4 written out."""
    for prefix, first, part, last in CITATION.findall(line):
        yield prefix, f"{prefix}-{first}{part}"
        for number in range(int(first) + 1, int(last or 0) + 1):
            yield prefix, f"{prefix}-{number}"


def check_rule_ids(root, files, say):
    defined = definitions(root, say)
    prefixes = {name.split("-")[0] for name in defined}
    for file in files:
        try:
            lines = file.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            for prefix, name in cited(line):
                if prefix in prefixes and name not in defined:
                    say(file, number, f"{name} is no rule of {RULES_FOLDER}")
                elif prefix not in prefixes and prefix not in OTHER_WORDS:
                    say(file, number, f"{name}: no rule begins with {prefix} (tools/lint/rule_ids.py, OTHER_WORDS)")
