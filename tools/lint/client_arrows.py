"""The web client's arrows: which of its folders may import from which (ui/README.md)."""
import re

# What a folder may import besides itself; `types` alone where only types may come.
ARROWS = {
    "api": {},
    "state": {"api": "values"},
    "parts": {"api": "types"},
    "pages": {"api": "values", "state": "values", "parts": "values"},
    "main.ts": {"state": "values", "pages": "values"},
}
# The published schema is part of the client as of the documents.
OUTSIDE = {"../../../docs/config.schema.json"}
IMPORT = re.compile(r'^\s*(?:import|export)\s+(type\s+)?[^"\']*?from\s+["\'](\.[^"\']*)["\']|import\(["\'](\.[^"\']*)["\']\)'
                    r'|^\s*import\s+["\'](\.[^"\']*)["\']', re.M)


def check_client_arrows(texts, say):
    """`texts`: name below ui/src -> text; say(name, line, what)."""
    for name, text in sorted(texts.items()):
        folder = name.split("/")[0]
        if folder not in ARROWS:
            if name.endswith((".ts", ".svelte")):
                say(name, 1, "belongs to no folder of the client: " + ", ".join(sorted(ARROWS)))
            continue
        for match in IMPORT.finditer(text):
            target = match[2] or match[3] or match[4]
            line = text[:match.start() + len(match[0]) - len(match[0].lstrip())].count("\n") + 1
            if target in OUTSIDE or target.endswith(".css"):
                continue
            parts = name.split("/")[:-1]
            for step in target.split("/"):
                if step == "..":
                    parts = parts[:-1]
                elif step != ".":
                    parts.append(step)
            other = parts[0] if parts else ""
            if other == folder:
                continue
            allowed = ARROWS[folder].get(other)
            if allowed is None:
                say(name, line, f"{folder} may not import from {other}")
            elif allowed == "types" and not match[1]:
                say(name, line, f"{folder} may import types alone from {other}")
