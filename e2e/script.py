"""How an end-to-end script is started: `x_test.py --binary FILE`, its own options, and those of unittest."""
import argparse
import pathlib
import random
import sys

SEED = ("--seed", {"type": int, "default": random.SystemRandom().randint(1, 1 << 30)})


def options(*further):
    """The script's options; `further` are name and keywords of each beside --binary. Leaves to unittest what it takes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True, type=lambda file: str(pathlib.Path(file).resolve()))
    for name, keywords in further:
        parser.add_argument(name, **keywords)
    chosen, sys.argv[1:] = parser.parse_known_args()
    return chosen
