#!/usr/bin/env python3
"""Lists sentences of Markdown files that a reader would stumble over.

usage: check_prose.py FILE...

A sentence has at most 30 words, and none of the words below, for which there are
plainer ones. What generated tables and code blocks hold is not looked at.
"""

import re
import sys

MAX_WORDS = 30
ARCHAIC = re.compile(
    r"\b(thereof|therein|whereof|whither|hitherto|henceforth|lest|ere|nigh|"
    r"save for|whosoever|whatsoever|for want of|to the full|be it|"
    r"as it were|is none of|are none of|but for)\b",
    re.I,
)
# A full stop that ends no sentence.
ABBREVIATION = re.compile(r"\b(e\.g|i\.e|vs|al|Eq|Fig|cf|approx|no)\.", re.I)


def paragraphs(text):
    """(line, prose) of each paragraph, list entry, heading and cell of a table."""
    lines, start, fenced, generated = [], 1, False, False
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if re.match(r"\s*```", line):
            fenced = not fenced
            line = ""
        elif "begins -->" in line:
            generated = True
        elif "ends -->" in line:
            generated = False
        if fenced or generated or re.match(r"\s*<|\[[^\]]+\]: ", line):
            line = ""
        cells = line.lstrip().startswith("|")
        entry = re.match(r"\s*([-*]|\d+\.|#+)\s", line)
        if (cells or entry or not line.strip()) and lines:
            yield start, " ".join(lines)
            lines = []
        if cells:
            # A bar inside code is no border.
            for cell in re.sub(r"`[^`]*`", "code", line).split("|"):
                if cell.strip(" :-"):
                    yield number, cell
        elif line.strip():
            if not lines:
                start = number
            lines.append(re.sub(r"^\s*([-*]|\d+\.|#+)\s+", "", line))


def sentences(prose):
    """Split at full stops, and at what else ends a claim: : ; and brackets do not."""
    prose = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", prose)
    prose = re.sub(r"`[^`]*`", "code", prose)
    prose = ABBREVIATION.sub(lambda match: match[1], prose)
    prose = re.sub(r"\*+", "", prose)
    return re.split(r"(?<=[.!?])[)\"”]?\s+(?=[\"“(]?[A-Z0-9]|code)", prose)


def words(sentence):
    """Figures and signs are no words."""
    return [word for word in sentence.split() if re.search(r"[A-Za-z]", word)]


def findings(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for line, prose in paragraphs(text):
        for sentence in sentences(prose):
            count = len(words(sentence))
            if count > MAX_WORDS:
                yield f"{path}:{line}: {count} words, at most {MAX_WORDS}: {sentence}"
            for match in ARCHAIC.finditer(sentence):
                yield f"{path}:{line}: '{match[0]}': {sentence}"


def main(paths):
    found = [finding for path in paths for finding in findings(path)]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
