"""Compares counts of instructions with the committed budget.

  budget.py check BUDGET COUNTED     fails where a part differs from its budget by more than the tolerance
  budget.py write BUDGET COUNTED     makes what was counted the budget

COUNTED is a directory of callgrind's dumps, one a part, each named by its trigger.
"""
import pathlib
import re
import sys

TOLERANCE = 0.03


def counted(directory):
    """Part -> instructions, of the dumps that a part triggered."""
    counts = {}
    for dump in sorted(pathlib.Path(directory).glob("callgrind.*")):
        text = dump.read_text(errors="replace")
        part = re.search(r"^desc: Trigger: Client Request: (\w+)$", text, re.M)
        total = re.search(r"^(?:totals|summary): (\d+)", text, re.M)
        if part and total:
            counts[part.group(1)] = int(total.group(1))
    return counts


def read_budget(path):
    lines = [line.split() for line in pathlib.Path(path).read_text().splitlines() if line and line[0] != "#"]
    return {part: int(count) for part, count in lines}


def budget_text(counts):
    rows = [f"{part:<12}{count:>14}" for part, count in counts.items()]
    return "\n".join(["# Instructions of each part; ./dev budget --update writes this file.", *rows]) + "\n"


def faults(budget, counts):
    """A line for each part that is missing, unknown, or too far from its budget on either side."""
    found = []
    for part in sorted(budget.keys() | counts.keys()):
        if part not in counts:
            found.append(f"{part}: has a budget and was not counted")
        elif part not in budget:
            found.append(f"{part}: has no budget; ./dev budget --update gives it one")
        elif counts[part] > budget[part] * (1 + TOLERANCE):
            found.append(f"{part}: {counts[part] / budget[part] - 1:+.1%} instructions: make it cheaper, or say in the "
                         "commit what it buys and raise the budget (./dev budget --update)")
        elif counts[part] < budget[part] * (1 - TOLERANCE):
            found.append(f"{part}: {counts[part] / budget[part] - 1:+.1%} instructions: lower the budget "
                         "(./dev budget --update), so that it stays won")
    return found


def main():
    task, path, directory = sys.argv[1:]
    counts = counted(directory)
    if task == "write":
        pathlib.Path(path).write_text(budget_text(counts))
        print(budget_text(counts), end="")
        return
    budget = read_budget(path)
    for part, count in counts.items():
        share = f"{count / budget[part] - 1:+.1%}" if part in budget else "no budget"
        print(f"{part:<12}{count:>14}  {share}")
    found = faults(budget, counts)
    if found:
        sys.exit("\n".join(["budget:", *found]))


if __name__ == "__main__":
    main()
