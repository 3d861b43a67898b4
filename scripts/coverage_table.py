"""Prints lines and branches by folder, as Markdown, from gcovr's summary in JSON."""

import collections
import json
import pathlib
import sys

COUNTS = ("line_covered", "line_total", "branch_covered", "branch_total")


def folder_of(path):
    """Two levels: server/rpc; hypergan/compute; base."""
    return "/".join(pathlib.PurePath(path).parent.parts[:2])


def percent(part, whole):
    return f"{100 * part / whole:.0f} %" if whole else ""


def row(name, counts):
    lines, all_lines, branches, all_branches = (counts[key] for key in COUNTS)
    return (
        f"| {name} | {all_lines:,} | {percent(lines, all_lines)} |"
        f" {percent(branches, all_branches)} |"
    )


def main(path):
    files = json.loads(pathlib.Path(path).read_text())["files"]
    folders = collections.defaultdict(collections.Counter)
    for file in files:
        counts = {key: file[key] for key in COUNTS}
        folders[folder_of(file["filename"])].update(counts)
        folders["all"].update(counts)
    print("| folder | lines | run | branches |\n|---|---|---|---|")
    whole = folders.pop("all")
    for name, counts in sorted(folders.items()):
        print(row(f"`{name}/`", counts))
    print(row("all", whole))
    least = sorted(files, key=lambda file: file["line_covered"] - file["line_total"])
    print("\nMost lines that no test runs:")
    for file in least[:15]:
        missing = file["line_total"] - file["line_covered"]
        print(f"  {missing:4} of {file['line_total']:4}  {file['filename']}")


main(*sys.argv[1:])
