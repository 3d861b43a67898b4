"""scripts/check_prose.py finds what a reader would stumble over, and nothing else."""

import pathlib
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/check_prose.py"
THIRTY = "Word " + "word " * 28 + "word."
LONGER = "Word " + "word " * 29 + "word."


@pytest.fixture
def findings(tmp_path):
    def of(text):
        page = tmp_path / "page.md"
        page.write_text(text)
        result = subprocess.run(
            [sys.executable, SCRIPT, page], capture_output=True, text=True, check=False
        )
        lines = result.stdout.splitlines()
        assert result.returncode == (1 if lines else 0), result.stderr
        return [line.removeprefix(f"{page}:") for line in lines]

    return of


def test_thirty_words_are_not_too_many(findings):
    assert findings(f"{THIRTY} {THIRTY}\n{THIRTY}\n") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"# Page\n\nShort. {LONGER}\n", 3),
        (f"- entry\n- {LONGER}\n", 2),
        (f"| a | b |\n|---|---|\n| short | {LONGER} |\n", 3),
        (LONGER.replace(" word", "\nword") + "\n", 1),
        (LONGER.replace("word word", "[word](link) **word**", 3) + "\n", 1),
    ],
)
def test_a_longer_sentence_is_found_with_its_line(findings, text, line):
    (found,) = findings(text)
    assert found.startswith(f"{line}: 31 words, at most 30: ")


@pytest.mark.parametrize(
    "text",
    [
        f"```\n{LONGER}\n```\n",
        f"`{LONGER}`\n",
        f"<!-- report begins -->\n{LONGER}\n<!-- report ends -->\n",
        "1, 2, 3 % and " + "4.5 % " * 30 + "\n",
        f"- {THIRTY}\n- {THIRTY}\n",
    ],
)
def test_code_figures_and_generated_text_do_not_count(findings, text):
    assert findings(text) == []


def test_an_archaic_word_is_found(findings):
    (found,) = findings("It waits, for want of room.\n")
    assert found == "1: 'for want of': It waits, for want of room."
