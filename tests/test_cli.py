"""The command line: exit codes, help, and no traceback for anything a user can cause."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from analysis import cli
from analysis.cli import COMMANDS, main
from analysis.errors import ReviewError
from analysis.terminal import Terminal
from tests.small_review import small_project, small_review, write_review

REPOSITORY = Path(__file__).parents[1]
HEAVY = ("numpy", "pandas", "matplotlib", "pydantic", "rich", "scipy", "jinja2", "yaml")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_review(tmp_path, small_review())


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return code, out, err


def process(*words: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command as a program of its own, from the repository's root."""
    command = [sys.executable, "-m", "analysis.cli", *map(str, words)]
    settings: dict[str, Any] = {"capture_output": True, "text": True, "cwd": REPOSITORY}
    return subprocess.run(command, check=False, **{**settings, **options})


# --- asking for help, and for the version --------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"usage: living-review {name} ")
    for option in ("--root", "--quiet", "--colour", "--no-colour"):
        assert option in out
    # Each option of the command says what it is for.
    assert "%" not in out


def test_the_help_names_every_command_and_the_exit_codes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for name, (_, text) in COMMANDS.items():
        assert f"    {name} " in out or f"    {name}\n" in out
        assert text.split()[0] in out
    assert out.endswith(
        "Exit codes: 0 good, 1 the review has errors, 2 wrong use, 130 interrupted.\n"
    )


def test_alone_it_prints_its_help_as_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys)
    assert code == 2
    assert out.startswith("usage: living-review ")


@pytest.mark.parametrize(
    "words", [("--version",), ("--root", "x", "--version"), ("--no-colour", "--version")]
)
def test_the_version(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    assert run(capsys, *words) == (0, f"living-review {version('living-review')}\n", "")


@pytest.mark.parametrize("words", [["--version"], ["--help"], []])
def test_version_and_help_import_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys; from analysis.cli import main; main(sys.argv[1:]);"
        f"print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=True,
    )
    assert done.stderr == "[]\n"


def test_an_error_in_the_data_imports_no_figures_and_no_tables(root: Path) -> None:
    (root / "data/review.yml").write_text("title: [")
    code = (
        "import sys; from analysis.cli import main; code = main(sys.argv[1:]);"
        "heavy = [m for m in ('pandas', 'matplotlib', 'scipy.stats') if m in sys.modules];"
        "print(code, heavy)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "analyse", "--root", str(root)],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=True,
    )
    assert done.stdout == "1 []\n"


# --- options before and after the command --------------------------------------------------


@pytest.mark.parametrize("before", [True, False])
def test_options_stand_before_the_command_or_after(
    root: Path, before: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--root", root, "--quiet", "--no-colour")
    words = (*options, "analyse") if before else ("analyse", *options)
    code, out, err = run(capsys, *words)
    assert (code, err) == (0, "")
    assert "\nos " in out


def test_a_root_that_has_the_name_of_a_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_review(tmp_path / "check", small_review())
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, "--root", "check", "analyse")
    assert code == 0
    assert "\nos " in out


@pytest.mark.parametrize(
    ("words", "last"),
    [
        (
            ["nonsense"],
            "living-review: error: found 'nonsense', wanted one of: new, render, preview, prepare, "
            "check, analyse, audit, claims, names, schema, add, report, export, agreement, diff, "
            "what-if, status, release, history, site",
        ),
        (
            ["rendr"],
            "living-review: error: found 'rendr', wanted a command: perhaps render?",
        ),
        *(
            (
                words,
                f"living-review: error: found {typed}, with a dash that is not the keyboard's, "
                "wanted --quiet",
            )
            for words, typed in (
                (["check", "—quiet"], "—quiet"),
                (["check", "–-quiet"], "–-quiet"),
                (["—quiet", "check"], "—quiet"),
            )
        ),
        (
            ["report", "—from=x.nbib", "kim"],
            "living-review report: error: found —from, with a dash that is not the keyboard's, "
            "wanted --from",
        ),
        (
            ["render", "--to", "pdf,", "html"],
            "living-review render: error: argument --to: found 'pdf,', wanted what follows the "
            "comma (in a command without a space, or all in quotes)",
        ),
        (["check", "--nonsense"], "living-review check: error: unrecognized arguments: --nonsense"),
        (["check", "more"], "living-review check: error: unrecognized arguments: more"),
        (["check", "--ver"], "living-review check: error: unrecognized arguments: --ver"),
        (["check", "--version"], "living-review check: error: unrecognized arguments: --version"),
        (["--root"], "living-review: error: argument --root: expected one argument"),
        (["report"], "living-review report: error: the following arguments are required: STUDY"),
        (
            ["render", "--to", "epub"],
            "living-review render: error: argument --to: found 'epub', wanted some of html, pdf, "
            "docx",
        ),
        (
            ["check", "--colour", "--no-colour"],
            "living-review check: error: argument --no-colour/--no-color: not allowed with "
            "argument --colour/--color",
        ),
    ],
)
def test_wrong_use(words: list[str], last: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == last


# --- reviews that are none, and broken ones ------------------------------------------------

LOOKING = [name for name in ("check", "render", "prepare", "analyse", "audit") if name in COMMANDS]
OF_EDITIONS = ("release", "history", "site", "diff")


def counted(name: str) -> str:
    """Return the last line of an error: a command that never writes has nothing to reassure of."""
    return "1 error\n" if name in cli.LOOKING else "1 error; nothing was written\n"


@pytest.mark.parametrize("name", [*LOOKING, *OF_EDITIONS])
def test_a_folder_that_is_no_review(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for where in (tmp_path, tmp_path / "nowhere"):
        code, out, err = run(capsys, name, "--root", where)
        assert (code, out) == (1, "")
        assert err == (
            f"error: data/: found no folder data/ in {where}, wanted the folder of a review "
            f"(see --root)\n{counted(name)}"
        )


@pytest.mark.parametrize("name", LOOKING)
def test_broken_data_is_an_error_of_every_command(
    name: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "review.qmd").write_text("---\ntitle: x\n---\n")
    path = root / "data/studies/kim-2015.yml"
    path.write_text(path.read_text().replace("[0.26, 1.01]", "[1.01, 0.26]"))
    code, out, err = run(capsys, name, "--root", root)
    assert (code, out) == (1, "")
    assert err == (
        "error: data/studies/kim-2015.yml:17 results[0].ci: found [1.01, 0.26], wanted lower < "
        f"upper\n{counted(name)}"
    )
    assert sorted(x.name for x in root.iterdir()) == ["data", "review.qmd"]


@pytest.mark.parametrize("name", [*LOOKING, "add"])
def test_a_root_that_is_a_file(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    code, _, err = run(capsys, name, "--root", file, *(["--label", "x"] if name == "add" else []))
    assert code == 1
    assert err.startswith("error: ")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "data/review.yml",
            "error: data/review.yml: found a file that cannot be read (Permission denied), wanted "
            "a readable one\n1 error\n",
        ),
        ("review.qmd", "error: {path}: Permission denied\n"),
    ],
)
def test_a_file_that_cannot_be_read(
    name: str,
    message: str,
    root: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As for a file of another user, also where these tests are run by one who may read all."""
    (root / "review.qmd").write_text("---\ntitle: x\n---\n")
    read = Path.read_bytes

    def refused(path: Path) -> bytes:
        if path == root / name:
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    code, _, err = run(capsys, "check", "--root", root)
    assert (code, err) == (1, message.format(path=root / name))


def test_an_error_of_the_machine_is_told_with_its_file(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "schemas").write_text("a file where a folder should be")
    code, _, err = run(capsys, "schema", "--root", root)
    assert code == 1
    assert err == f"error: {root / 'schemas'}: File exists\n"


def test_schemas_are_written_into_a_review_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "no-such"
    code, _, err = run(capsys, "schema", "--root", there)
    assert code == 1
    assert err == (
        f"error: data/: found no folder data/ in {there}, wanted the folder of a review "
        "(see --root)\n1 error; nothing was written\n"
    )
    assert not there.exists()


# --- streams -------------------------------------------------------------------------------


def test_the_output_is_plain_where_nobody_watches(root: Path) -> None:
    done = process("analyse", "--root", root)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\033" not in done.stdout
    coloured = process("analyse", "--root", root, "--colour")
    assert coloured.stdout.count("\033[1m") == 2  # head and rule of the one table
    assert coloured.stdout.replace("\033[1m", "").replace("\033[0m", "") == done.stdout


def test_a_reader_that_leaves_early_is_no_error(root: Path) -> None:
    """As in `living-review analyse --json | head -1`."""
    script = '"$0" -m analysis.cli analyse --json --root "$1"; echo "code $?" >&2'
    done = subprocess.run(
        ["bash", "-c", f"({script}) | head -c 1", sys.executable, root],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("{", "code 0\n")


def test_a_closed_output_is_no_error(root: Path) -> None:
    for closing in (">&-", "2>&-", "<&-", ">&- 2>&- <&-"):
        script = f'"$0" -m analysis.cli analyse --root "$1" {closing}'
        command = ["bash", "-c", script, sys.executable, str(root)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which Linux has")
def test_a_full_disk_is_told(root: Path) -> None:
    with open("/dev/full", "w") as full:
        done = process(
            "analyse", "--root", root, stdout=full, stderr=subprocess.PIPE, capture_output=False
        )
    assert (done.returncode, done.stderr) == (1, "error: No space left on device\n")


def test_a_terminal_without_greek_gets_all_of_it(root: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = process("analyse", "--root", root, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u03c4\\xb2" in done.stdout
    done = process("what-if", "--help", env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "I\\xb2" in done.stdout


# --- what the findings and the audit print -------------------------------------------------


def test_analyse_tells_apart_groups_that_share_their_tau2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """REML with Hartung-Knapp: the interval of a group rests on whose τ² it is."""
    root = Path(shutil.copytree(REPOSITORY / "tests/tiny", tmp_path / "tiny"))
    file = root / "data/review.yml"
    split = "      - {id: randomised, by: randomised, label: Randomised and other trials, "
    both = f"{split}origin: added}}\n{split.replace('id: r', 'id: common_r')}origin: added, "
    text = file.read_text("utf-8").replace(f"{split}origin: added}}", f"{both}tau2: common}}")
    file.write_text(text, "utf-8")
    code, out, err = run(capsys, "analyse", "--root", root)
    assert (code, err) == (0, "")
    named = dict(
        re.split(r" {2,}", line, maxsplit=1) for line in out.splitlines() if "tb: " in line
    )
    assert list(named) == [
        "tb: Randomised",
        "tb: Non-randomised",
        "tb: Randomised (common τ²)",
        "tb: Non-randomised (common τ²)",
    ]
    assert len(set(named.values())) == 4


def test_analyse_names_a_level_other_than_95_percent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = Path(shutil.copytree(REPOSITORY / "tests/tiny", tmp_path / "tiny"))
    _, before, _ = run(capsys, "analyse", "--root", root)
    assert " CI " not in before
    file = root / "data/review.yml"
    text = file.read_text("utf-8")
    start = text.index("  - id: tb\n")
    here = text[start:].replace("    method:", "    level: 0.9\n    method:", 1)
    file.write_text(text[:start] + here, "utf-8")
    code, out, err = run(capsys, "analyse", "--root", root)
    assert (code, err) == (0, "")
    (row,) = [line for line in out.splitlines() if line.startswith("tb ")]
    assert (row.count("(90% CI "), row.count("90% PI ")) == (1, 1)
    groups = [line for line in out.splitlines() if line.startswith("tb: ")]
    assert groups
    assert all("(90% CI " in line for line in groups)
    assert "90%" not in next(line for line in out.splitlines() if line.startswith("tb_random"))


def test_one_study_has_no_heterogeneity(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "analyse", "--root", root)
    assert code == 0
    (row,) = [line for line in out.splitlines() if line.startswith("os ")]
    # k, estimate, P, prediction, I², τ²
    assert re.split(r" {2,}", row)[1:7] == ["1", "0.51 (0.26–1.01)", "0.052", "–", "–", "–"]


def test_the_audit_prints_the_numbers_of_the_paper(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "audit", "--root", REPOSITORY)
    assert (code, err) == (0, "")
    rows = {line.split("  ")[0]: re.split(r" {2,}", line) for line in out.splitlines()}
    assert rows["Patients in the included studies"][1:4] == ["12,705", "12,550", "differs by −155"]
    assert rows["Overall survival, I²"][1:3] == ["47.5%", "47.5%"]
    assert rows["Overall survival, upper limit"][2:] == [
        "1.00 (0.9986)",
        "reproduced",
        "0.990–1.007",
    ]
    assert rows["Disease-free survival, I²"][4] == "77.0–81.6%"
    *_, blank, last = out.splitlines()
    assert blank == ""
    assert re.fullmatch(
        r"\d+ reproduced, \d+ within input rounding, \d+ differ, \d+ not recomputable", last
    )


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1 differs"), (2, "2 differ"), (1000, "1000 differ")]
)
def test_what_differs_is_counted_in_the_number_that_fits(number: int, said: str) -> None:
    from analysis.commands.data import _counted

    assert _counted("differs", number) == said
    assert _counted("reproduced", number) == f"{number} reproduced"


# --- interruptions -------------------------------------------------------------------------


def test_an_interruption_has_an_exit_code_of_its_own(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from analysis.commands import data

    def interrupted(args: object, terminal: Terminal) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(data, "analyse", interrupted)
    code, out, err = run(capsys, "analyse", "--root", root)
    assert (code, out, err) == (130, "", "interrupted; nothing was changed\n")


def test_an_interruption_after_a_file_was_written_does_not_deny_it(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from analysis.commands import data
    from analysis.output import write_file

    def interrupted(args: object, terminal: Terminal) -> int:
        write_file(root / "new", b"one")
        raise KeyboardInterrupt

    monkeypatch.setattr(data, "analyse", interrupted)
    code, out, err = run(capsys, "analyse", "--root", root)
    assert (code, out, err) == (130, "", "interrupted; files may have been changed\n")


def test_ctrl_c_ends_a_program_that_is_at_work(root: Path) -> None:
    """A pipe that never says its record: `add` waits to read it, and Ctrl-C ends it."""
    pipe = root / "record"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "analysis.cli", "add", "--from", str(pipe)]
    running = subprocess.Popen(
        [*command, "--root", str(root)], stderr=subprocess.PIPE, text=True, cwd=REPOSITORY
    )
    try:
        # Opening succeeds as soon as the program has opened the other end.
        with open(pipe, "w"):
            time.sleep(0.05)
            running.send_signal(signal.SIGINT)
            _, err = running.communicate(timeout=60)
    finally:
        running.kill()
        running.wait()
    assert (running.returncode, err) == (130, "interrupted; nothing was changed\n")


def test_a_programming_error_is_not_dressed_up(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis.commands import data

    def broken(args: object, terminal: Terminal) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(data, "analyse", broken)
    with pytest.raises(ZeroDivisionError):
        main(["analyse", "--root", str(root)])


def test_an_error_without_places_is_one_line(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from analysis.commands import data

    def failing(args: object, terminal: Terminal) -> int:
        raise ReviewError("found nothing, wanted something")

    monkeypatch.setattr(data, "analyse", failing)
    code, _, err = run(capsys, "analyse", "--root", root)
    assert (code, err) == (1, "error: found nothing, wanted something\n")


def test_every_command_is_where_the_table_says() -> None:
    from importlib import import_module

    for name, (module, text) in COMMANDS.items():
        found = import_module(f"analysis.commands.{module}")
        function = name.replace("-", "_")
        assert callable(getattr(found, f"{function}_arguments"))
        assert not text.endswith(".")


def test_the_streams_are_let_go_when_they_have_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Gone())
    assert cli.main(["--version"]) == 0


def test_the_program_runs_without_the_collector_and_tests_with_it() -> None:
    code = "import gc, sys; sys.argv = ['x', '--version']; from analysis.cli import main; "
    for call, left in (("main()", "False"), ("main(['--version'])", "True")):
        done = subprocess.run(
            [sys.executable, "-c", f"{code}{call}; print(gc.isenabled())"],
            capture_output=True, text=True, check=True, cwd=REPOSITORY,
        )  # fmt: skip
        assert done.stdout.split()[-1] == left


def test_ctrl_c_while_a_module_is_imported_has_the_same_exit_code(tmp_path: Path) -> None:
    """Dataclasses run texts as they are made; python -m remembers what ended such a text."""
    (tmp_path / "importing.py").write_text(
        "import sys\n"
        "from analysis import cli\n"
        "cli._answer = lambda arguments: exec('raise KeyboardInterrupt')\n"
        "sys.exit(cli.main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "importing"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "interrupted; nothing was changed\n")


@pytest.mark.parametrize("delay", [0.0, 0.01, 0.1])
def test_ctrl_c_reaches_pandoc_too(tmp_path: Path, delay: float) -> None:
    """A terminal sends Ctrl-C to every process of the group; whichever dies first, it is said."""
    root = write_review(tmp_path / "review", small_project())
    started, folder = tmp_path / "started", tmp_path / "wheel" / "pypandoc" / "files"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "pandoc").write_text(f"#!/bin/sh\n: > '{started}'\nexec sleep 2\n", encoding="utf-8")
    (folder / "pandoc").chmod(0o755)
    words = ["render", "--root", str(root), "--to", "html", "--engine", "pandoc", "--quiet"]
    running = subprocess.Popen(
        [sys.executable, "-m", "analysis.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "wheel")},
        start_new_session=True,
    )
    try:
        while not started.exists() and running.poll() is None:
            time.sleep(0.005)
        time.sleep(delay)
        os.killpg(running.pid, signal.SIGINT)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
        running.wait()
    assert (running.returncode, out, err) == (130, "", "interrupted; nothing was changed\n")
    assert not (root / "_output").exists()
