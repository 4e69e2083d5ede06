"""Files, folders, functions, types and ./dev commands that documents and comments name: each must be there."""
import re

SOURCE_NAME = re.compile(r"(?<![\w/.<>{}*$-])([\w-]+(?:/[\w-]+)*\.(?:cpp|hpp|py|sh|sql|cmake|md|scenario))(?![\w/*-])")
FOLDER_NAME = re.compile(r"(?<![\w/.<>{}*$:-])([a-z][\w-]*(?:/[\w*.{},-]+)*/?)(?![\w/<{])")
CALL = re.compile(r"(?<![\w.:>])((?:\w+(?:::|\.|->))?[a-z]\w{3,})\(\)")
TYPE_IN_TICKS = re.compile(r"`([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+)`")
DEV_COMMAND = re.compile(r"(?<![\w/.])\./dev ([a-z]+)")
COMMENT = {".cpp": "//", ".hpp": "//", ".py": "#", ".sh": "#", ".cmake": "#", ".sql": "--"}
PLACEHOLDERS = {"x", "X", "your", "name"}  # x.hpp, x_test.cpp: any file
HISTORY = {"CHANGELOG.md"}  # may name what is gone


def words_of(files):
    """Every identifier that stands in code, comments left out."""
    words = set()
    for file in files:
        mark = COMMENT.get(file.suffix)
        if mark is None and file.suffix not in (".in", ".html", ".js", ".mjs", ".txt", ".yaml", ".json"):
            continue
        for line in file.read_text(errors="replace").splitlines():
            words.update(re.findall(r"\w+", line.split(mark)[0] if mark and mark != "--" else line))
    return words


def expand(text):
    """a/{b,c}/d -> a/b/d, a/c/d."""
    match = re.search(r"\{([^{}]*)\}", text)
    if not match:
        return [text]
    return [name for part in match[1].split(",") for name in expand(text[:match.start()] + part + text[match.end():])]


class NamedThings:
    def __init__(self, root, files, say):
        self.root, self.say = root, say
        self.words = words_of(files)
        self.names = {file.name for file in files}
        self.tops = {path.relative_to(root).parts[0] for path in files if len(path.relative_to(root).parts) > 1}
        self.rooms = {path.relative_to(root / "src").parts[0] for path in files
                      if (root / "src") in path.parents and len(path.relative_to(root / "src").parts) > 1}
        self.commands = set(re.findall(r"^dev_(\w+)\(\)", "\n".join(
            path.read_text() for path in sorted((root / "tools/dev").glob("*.sh"))), re.M))

    def is_there(self, file, name):
        if "/" not in name and name in self.names:
            return True
        places = (self.root, self.root / "src", self.root / "src/engine", file.parent, file.parent.parent)
        return any(any(place.glob(name.rstrip("/"))) for place in places)

    def check_files(self, file, number, text):
        for name in SOURCE_NAME.findall(text):
            if not PLACEHOLDERS & set(re.split(r"[_.]", name)[:1]) and not self.is_there(file, name):
                self.say(file, number, f"there is no file {name}")

    def check_folders(self, file, number, text):
        for match in FOLDER_NAME.findall(text):
            parts = match.split("/")
            if len(parts) < 2 or parts[0] not in self.tops | self.rooms:
                continue
            for name in expand(match):
                if not re.search(r"\.(cpp|hpp|py|sh|sql|cmake|md|scenario)$", name.rstrip(".,")) and \
                        not self.is_there(file, name.rstrip(".,-")):
                    self.say(file, number, f"there is no {name}")

    def check_words(self, file, number, text):
        for call in CALL.findall(text):
            name = re.split(r"::|\.|->", call)[-1]
            if name not in self.words:
                self.say(file, number, f"there is no function {name}()")
        for name in TYPE_IN_TICKS.findall(text):
            if name not in self.words:
                self.say(file, number, f"there is no type {name}")
        for command in DEV_COMMAND.findall(text):
            if command not in self.commands:
                self.say(file, number, f"./dev has no command {command}")

    def check_document(self, file):
        in_code = False
        for number, line in enumerate(file.read_text().splitlines(), 1):
            in_code ^= line.startswith("```")
            self.check_files(file, number, line)
            self.check_folders(file, number, line)
            if not in_code:
                self.check_words(file, number, line)

    def check_comments(self, file):
        mark = COMMENT[file.suffix]
        for number, line in enumerate(file.read_text().splitlines(), 1):
            comment = re.search(r"(?:^|\s)" + re.escape(mark) + r"\s(.*)", line)
            if not comment or '"' in line[:comment.start()]:
                continue
            self.check_files(file, number, comment[1])


def check_named_things(root, files, say):
    things = NamedThings(root, files, say)
    for file in files:
        if file.suffix == ".md" and file.name not in HISTORY:
            things.check_document(file)
        elif file.suffix in COMMENT and file.suffix != ".hpp" and "lint" not in file.parts:
            things.check_comments(file)
