"""What the pages say of the repository is so: folders, files, names and links."""

import pathlib
import re
import subprocess

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
ARCHITECTURE = (REPOSITORY / "docs/architecture.md").read_text()
# Of these every folder has a line in the tree; of others, the top alone.
ROOMS = ("base", "bench", "client", "data", "hypergan", "server", "trainer", "deploy")


def tracked():
    """Files known to git, or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = (pathlib.PurePosixPath(name) for name in listed.split("\0") if name)
    return [name for name in names if (REPOSITORY / name).exists()]


FILES = tracked()
FOLDERS = {str(folder) for name in FILES for folder in name.parents}
PAGES = [
    name for name in FILES if name.suffix == ".md" and name.parts[0] not in (".github",)
]


def without_code(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


def anchors(text):
    """The names by which GitHub links to the headings."""
    names = set()
    for heading in re.findall(r"^#+ (.*)$", without_code(text), re.M):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        repeated = name
        number = 0
        while repeated in names:
            number += 1
            repeated = f"{name}-{number}"
        names.add(repeated)
    return names


def code_spans(text):
    return re.findall(r"`([^`\n]+)`", without_code(text))


def test_the_tree_has_a_line_for_each_folder_and_no_other():
    tree = ARCHITECTURE.split("<!-- tree begins -->")[1].split("<!-- tree ends -->")[0]
    told = re.findall(r"^\| `([^`]+)/` \| \S", tree, re.M)
    there = {
        folder
        for folder in FOLDERS
        if folder != "."
        and not folder.startswith(".")
        and ("/" not in folder or folder.split("/")[0] in ROOMS)
        # What a tool lays out within its own folder is the tool's.
        and not re.match("deploy/[^/]+/", folder)
    }
    assert len(told) == len(set(told))
    assert set(told) == there


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page):
    text = without_code((REPOSITORY / page).read_text())
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    links += re.findall(r'<img src="([^"]+)"', text)
    for link in links:
        if re.match(r"(https?|mailto):", link):
            continue
        path, _, anchor = link.partition("#")
        target = (
            (REPOSITORY / page.parent / path).resolve() if path else REPOSITORY / page
        )
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text()), link


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=str
)
def test_files_and_folders_that_a_page_names_are_there(page):
    names = {str(name) for name in FILES} | FOLDERS
    tops = {name.split("/")[0] for name in names if "/" in name}
    for span in code_spans((REPOSITORY / page).read_text()):
        if not re.fullmatch(r"[\w.\-]+(/[\w.\-]+)*/?", span) or "/" not in span:
            continue
        if span.split("/")[0] in tops:
            assert span.rstrip("/") in names, span


def test_classes_and_functions_of_the_architecture_are_in_the_sources():
    sources = " ".join(
        (REPOSITORY / name).read_text()
        for name in FILES
        if name.suffix in (".h", ".cc", ".proto")
        and name.parts[0] not in ("tests", "bench")
    )
    known = set(re.findall(r"\w+", sources))
    names = [
        part
        for span in code_spans(ARCHITECTURE)
        if re.fullmatch(r"[A-Z]\w+(::[A-Z]\w+)?", span)
        for part in span.split("::")
    ]
    assert len(names) > 50
    assert [name for name in names if name not in known] == []


@pytest.mark.parametrize(
    ("page", "most"), [("README.md", 200), ("docs/results.md", 120)]
)
def test_a_front_page_stays_short(page, most):
    assert len((REPOSITORY / page).read_text().splitlines()) <= most


def test_the_index_has_every_page():
    index = (REPOSITORY / "docs/README.md").read_text()
    for page in PAGES:
        if page.parent == pathlib.PurePosixPath("docs") and page.name != "README.md":
            assert f"]({page.name}" in index, page


def test_one_version_stands_everywhere():
    def found(pattern, name):
        return re.search(pattern, (REPOSITORY / name).read_text(), re.M)[1]

    version = found(r"^project\(\w+ VERSION ([\d.]+)", "CMakeLists.txt")
    assert found(r"^version: ([\d.]+)$", "CITATION.cff") == version
    assert found(r"^ARG VERSION=([\d.]+)$", "Dockerfile") == version


def test_the_image_is_built_of_every_folder_that_cmake_reads():
    """Beside tests and benchmarks, which it does not build."""
    listed = (REPOSITORY / ".dockerignore").read_text().splitlines()
    added = re.findall(
        r"^add_subdirectory\((\w+)\)", (REPOSITORY / "CMakeLists.txt").read_text(), re.M
    )
    assert len(added) > 5
    # And of what these folders name outside themselves.
    named = [
        name
        for folder in added
        for file in (REPOSITORY / folder).rglob("CMakeLists.txt")
        for name in re.findall(r"\$\{CMAKE_SOURCE_DIR\}/(\w[\w/]*)/", file.read_text())
    ]
    assert named

    def is_listed(name):
        path = pathlib.PurePosixPath(name)
        return any(f"!{folder}" in listed for folder in (path, *path.parents))

    assert [name for name in added + named if not is_listed(name)] == []
