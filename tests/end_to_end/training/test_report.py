"""The report of experiments, as a browser shows it."""

import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import xml.etree.ElementTree

import experiment_results
import pytest
from PIL import Image
from programs import TIMEOUT_S, assert_one_line_error, run

CHROMIUM = shutil.which("chromium")
SECTIONS = [
    "accuracy",
    "ensemble-size",
    "outside",
    "calibration",
    "regression",
    "attacks",
    "diversity",
    "training",
    "images",
    "filters",
    "runs",
]
EVIL = "<script>console.error('run')</script><img src=http://example.com/x>"
MAX_PAGE_BYTES = 4 << 20


class Elements(html.parser.HTMLParser):
    """The elements of a document, each with its attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def browse(page, folder, *flags):
    """Loads a page in a browser that can reach nothing; its standard output, and
    what the page had to say on the console."""
    result = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--enable-logging=stderr",
            f"--user-data-dir={folder / 'profile'}",
            *flags,
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
        env={**os.environ, "HOME": str(folder)},
    )
    console = [line for line in result.stderr.splitlines() if ":CONSOLE" in line]
    return result.stdout, console


def report(*arguments):
    result = run("hypergan-trainer", "report", *arguments)
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = experiment_results.write_results(tmp_path_factory.mktemp("results"))
    evil = experiment_results.result("mnist", "hypergan", "paper", 9)
    evil.update(variant=EVIL, command=EVIL, date=EVIL)
    evil["most_uncertain"][0]["caption"] = EVIL
    path = folder / "evil" / "result.json"
    path.parent.mkdir()
    path.write_text(experiment_results.json.dumps(evil))
    return folder


@pytest.fixture(scope="module")
def page(results, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    report(f"--output={path}", results)
    return path


@pytest.fixture(scope="module")
def shown(page, tmp_path_factory):
    """The page's elements once a browser has made sense of it, and its console."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    dom, console = browse(page, tmp_path_factory.mktemp("browser"), "--dump-dom")
    return Elements(dom), console


def test_the_browser_has_nothing_to_complain_of(shown):
    assert shown[1] == []


def test_all_sections_are_there(shown):
    elements, _ = shown
    assert [section["id"] for section in elements.all("section")] == SECTIONS
    links = [link["href"] for link in elements.all("a")]
    assert links == ["#" + section for section in SECTIONS]


def test_nothing_is_fetched(shown, page):
    elements, _ = shown
    for tag, attributes in elements.elements:
        assert tag not in ("script", "link", "iframe", "object", "embed"), tag
        for name, value in attributes.items():
            if name in ("src", "href", "xlink:href", "srcset"):
                assert value.startswith(("#", "data:image/png;base64,")), value
    assert "url(http" not in page.read_text()
    assert "@import" not in page.read_text()


def test_markup_in_a_file_is_shown_as_text(shown):
    elements, _ = shown
    assert EVIL in elements.text
    assert not elements.all("script")
    assert not elements.all("img")


def section_of(page, name):
    return re.search(rf'(?s)<section id="{name}">.*?</section>', page.read_text())[0]


@pytest.mark.parametrize(
    "name", [s for s in SECTIONS if s not in ("runs", "images", "filters", "accuracy")]
)
def test_plots_have_their_lines(page, name):
    plots = section_of(page, name).split("<svg ")[1:]
    assert plots
    for plot in plots:
        lines = re.findall(r'<polyline points="([^"]*)"', plot)
        assert lines
        for line in lines:
            for point in line.split():
                x, y = map(float, point.split(","))
                assert 0 <= x <= 440
                assert -300 <= y <= 600
    assert "nan" not in "".join(plots)


def test_pictures_are_there(page):
    for name in ("images", "filters"):
        assert section_of(page, name).count("data:image/png;base64,") > 100


def test_published_figures_stand_beside_ours(shown):
    text = shown[0].text
    for figure in ("99.31 ± 0.02", "77.71 ± 0.03", "72.75"):
        assert figure in text


def test_a_browser_draws_it(page, tmp_path):
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    picture = tmp_path / "page.png"
    browse(page, tmp_path, "--window-size=390,4000", f"--screenshot={picture}")
    with Image.open(picture) as drawn:
        assert drawn.size == (390, 4000)
        # Curves, pictures and text; the background is most of it, but not all.
        counts = sorted(count for count, _ in drawn.convert("RGB").getcolors(1 << 24))
    assert len(counts) > 100
    assert 0.3 < counts[-1] / sum(counts) < 0.98


def test_the_page_is_not_large(page):
    assert page.stat().st_size < MAX_PAGE_BYTES


def test_markdown_keeps_what_a_person_wrote(results, tmp_path):
    document = tmp_path / "docs" / "results.md"
    document.parent.mkdir()
    document.write_text(
        "# Mine\n\n<!-- report begins -->\nold\n<!-- report ends -->\n\nMine too.\n"
    )
    pictures = tmp_path / "docs" / "pictures"
    report(f"--markdown={document}", f"--pictures={pictures}", results)
    text = document.read_text()
    assert text.startswith("# Mine\n\n<!-- report begins -->\n")
    assert text.endswith("<!-- report ends -->\n\nMine too.\n")
    assert "old" not in text.split("## ")[0]
    links = re.findall(r'<img src="([^"]*)"', text)
    assert len(links) > 50
    for link in links:
        drawing = xml.etree.ElementTree.parse(document.parent / link)
        assert drawing.getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert {pathlib.Path(link).name for link in links} == {
        path.name for path in pictures.iterdir()
    }
    report(f"--markdown={document}", f"--pictures={pictures}", results)
    assert document.read_text() == text


def test_the_report_on_record_is_what_its_runs_give(tmp_path):
    recorded = pathlib.Path(__file__).parents[3] / "docs" / "results"
    document = tmp_path / "report.md"
    shutil.copy(recorded / "report.md", document)
    report(f"--markdown={document}", recorded / "runs")
    assert document.read_text() == (recorded / "report.md").read_text()
    assert {
        path.name: path.read_text() for path in (tmp_path / "report").iterdir()
    } == {path.name: path.read_text() for path in (recorded / "report").iterdir()}


def test_a_markdown_file_without_markers_is_left_as_it_was(results, tmp_path):
    document = tmp_path / "results.md"
    document.write_text("all mine\n")
    result = run("hypergan-trainer", "report", f"--markdown={document}", results)
    assert_one_line_error(result, "results.md", "report begins")
    assert document.read_text() == "all mine\n"
    assert [path.name for path in tmp_path.iterdir()] == ["results.md"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--output=x.html"], "report DIR"),
        (["/nowhere/at/all", "--output=x.html"], "/nowhere/at/all"),
        (["."], "--output"),
        ([".", "--output=x.html"], "no result.json"),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_written(tmp_path, arguments, reason):
    result = run("hypergan-trainer", "report", *arguments, cwd=tmp_path)
    assert_one_line_error(result, reason)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_result_is_named(tmp_path):
    (tmp_path / "result.json").write_text("[]")
    result = run(
        "hypergan-trainer", "report", "--output=x.html", tmp_path, cwd=tmp_path
    )
    assert_one_line_error(result, "result.json")
    assert not (tmp_path / "x.html").exists()
