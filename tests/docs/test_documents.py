"""What README and manual tell people to type is real: commands, flags, Python, files."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import warm_commands
import yaml

from emotionet_tf import __version__
from emotionet_tf.cli.dispatcher import COMMANDS
from emotionet_tf.light.command import _parser

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"] + [
    path for path in sorted((ROOT / "docs").rglob("*.md")) if path.parent.parent.name != "results"
]
OTHER_PROGRAMS = (
    "git",
    "pip",
    "apt-get",
    "tensorboard",
    "cd",
    ".",
    "case",
    "gcloud",
    "snakemake",
    "mkdir",
    "cp",
)
"""Not ours: not run, not parsed."""
OTHER_FLAGS = {
    "--help",
    "--version",
    "--flagfile",
    "--flags",
    "--flink_master",
    "--spark_master_url",
    "--dask_client_address",
    "--prism_location",
    "--gpu_images_a_second",
    "--rows",
    "--engine",
    "--num_pairs",
    "--fast",
    "--no-deps",
    "--stack",
    "--logdir",
    "--profile",
    "--cores",
}
BENCHMARKS = (
    "exports",
    "free_detector_ablation",
    "growth",
    "preparation",
    "real_photos",
    "render_groups",
    "runtimes",
    "stacks",
    "training_step",
    "video",
)
"""Those whose flags the documents name."""
GENERATED_PAGES = ("reference/commands.md",)


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yields language ("" where none is said) and content of each code block, fenced or indented."""
    fenced = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
    yield from fenced.findall(text)
    for match in re.finditer(r"(?:(?<=\n\n)|\A)((?:(?: {4}.*)?\n)+)", fenced.sub("", text)):
        if match[1].strip():
            yield "", re.sub(r"^ {4}", "", match[1], flags=re.M)


def command_lines(text: str) -> Iterator[list[str]]:
    """Yields the words of each command of a document's shell blocks."""
    for language, content in blocks(text):
        if language not in ("", "sh"):
            continue
        lines = re.sub(r"\\\n\s*", " ", content).splitlines()
        if language == "" and not any(is_program(line.split()[0]) for line in lines if line.split()):
            continue  # such as the content of a file
        for line in lines:
            for command in line.split("&&"):
                words = shlex.split(re.sub(r"^until (.*); do$", r"\1", command.strip()), comments=True)
                if words:
                    yield words


def is_program(word: str) -> bool:
    return word in (*OTHER_PROGRAMS, "emotionet-tf", "emotionet-tf-light", "python") or word.startswith(
        ("bin/", "benchmarks/slurm/")
    )


COMMAND_LINES = sorted({(page, tuple(words)) for page in PAGES for words in command_lines(page.read_text())})
OURS = [
    (page, words)
    for page, words in COMMAND_LINES
    if words[0] in ("emotionet-tf", "emotionet-tf-light", "python")
]


def problem_of(words: tuple[str, ...]) -> str:
    """Returns why a command line of ours cannot be parsed, by the command itself; "" where it can."""
    words = tuple(word for word in words if word != "...")
    if words[0] == "emotionet-tf-light":
        try:
            _parser().parse_args(words[1:])
        except SystemExit:
            return "is not taken"
        return ""
    if words[0] == "emotionet-tf":
        if len(words) == 1 or words[1].startswith("--") or words[1] == "COMMAND":
            return ""
        start, rest = ["-m", "emotionet_tf", words[1]], words[2:]
    elif words[1] == "-m":
        start, rest = words[1:3], words[3:]
    else:  # a script of examples/
        return "" if (ROOT / words[1]).is_file() else f"{words[1]} is not a file"
    if any("my.flags" in word for word in rest):
        return ""  # the reader's own
    flags_end = rest.index("--") if "--" in rest else len(rest)
    checked = [*start, *rest[:flags_end], "--only_check_args", *rest[flags_end:]]
    result = warm_commands.run(checked, cwd=ROOT, timeout=60)
    return result.stderr if result.returncode else ""


def test_there_is_something_to_check():
    assert len(OURS) > 30 and len({words[1] for _, words in OURS if len(words) > 1}) > 12


def test_every_command_line_has_flags_that_the_command_takes():
    problems = {words: problem_of(words) for words in sorted({words for _, words in OURS})}
    found = [
        f"{page.name}: {shlex.join(words)}: {problems[words]}" for page, words in OURS if problems[words]
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "words",
    [
        ("emotionet-tf", "predikt"),
        ("emotionet-tf", "predict", "--output_dir=x"),
        ("emotionet-tf-light", "--out"),
    ],
)
def test_wrong_command_line_would_be_found(words):
    assert problem_of(words)


@pytest.mark.parametrize(("page", "words"), COMMAND_LINES, ids=lambda value: str(value)[:60])
def test_every_program_is_known(page, words):
    assert is_program(words[0]), f"{page.name}: {shlex.join(words)}"
    if words[0].startswith("bin/"):
        assert (ROOT / words[0]).is_file()


def test_every_flag_that_a_sentence_names_is_a_flag():
    modules = [command.module for command in COMMANDS.values()]
    modules += [f"benchmarks.{name}" for name in BENCHMARKS]
    helps = [warm_commands.run(["-m", module, "--help"], cwd=ROOT, timeout=60).stdout for module in modules]
    known = set(re.findall(r"^ +--(?:\[no\])?(\w+):", "\n".join(helps), re.M))
    unknown = []
    for page in PAGES:
        for code in re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8")):
            for flag in re.findall(r"(?<![\w-])--[a-z][\w-]*", code):
                name = flag.removeprefix("--")
                if flag not in OTHER_FLAGS and not {name, name.removeprefix("no")} & known:
                    unknown.append(f"{page.name}: {flag} in `{code}`")
    assert len(known) > 100 and not unknown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_blocks_run(page, tiny_models, tmp_path, monkeypatch):
    (tmp_path / "demo_output/models").mkdir(parents=True)
    (tmp_path / "demo_output/models/student_a").symlink_to(tiny_models)
    (tmp_path / "photo.jpg").symlink_to(ROOT / "examples/photos/openpeople_001_happy.jpg")
    monkeypatch.chdir(tmp_path)
    names = {"images": np.zeros((2, 32, 32, 3), np.float32)}
    for language, content in blocks(page.read_text(encoding="utf-8")):
        if language == "python":
            exec(compile(content, str(page), "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page):
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    missing = [
        link for link in links if not (page.parent / link).exists() and not link.endswith(GENERATED_PAGES)
    ]
    own = re.findall(r"`((?:emotionet_tf|tfrecords_tools|benchmarks|tests|examples|bin)/[\w./*]+)`", text)
    missing += [path for path in own if "NAME" not in path and not list(ROOT.glob(path.rstrip("/")))]
    assert not missing


def test_no_placeholder_is_left():
    left = [
        f"{page.name}: {word}"
        for page in PAGES
        for word in re.findall(r"\b(?:TODO|FIXME|[A-Z]+_[A-Z]+)\b", re.sub(r"`[^`]*`", "", page.read_text()))
    ]
    assert not left


def test_readme_fits_a_few_screens():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_citation_names_version_and_both_papers():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0" and citation["type"] == "software"
    assert {"message", "title", "authors", "license"} <= set(citation)
    assert citation["version"] == __version__
    assert [reference["authors"][0]["family-names"] for reference in citation["references"]] == [
        "Werner",
        "Ji",
    ]


def test_changelog_has_the_version_and_what_is_unreleased():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in text and f"## [{__version__}]" in text


def test_every_command_is_shown_somewhere_in_the_guides():
    shown = {words[1].replace("-", "_") for _, words in OURS if len(words) > 1 and words[0] == "emotionet-tf"}
    assert set(COMMANDS) - shown <= {"demo"}  # bin/demo shows it


def test_every_page_is_in_the_navigation():
    listed = re.findall(r": ([\w/]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.M)
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert {*pages, *GENERATED_PAGES} == set(listed)
