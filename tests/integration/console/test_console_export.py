"""`export`: tasks as CSV and JSON lines, with the index and without, whole or not there."""

from __future__ import annotations

import contextlib
import csv
import json
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from archive.store.bucket import Bucket
from console.exporting.columns import columns
from tests.fakes.catalogue import letter_line, line, put_lines
from tests.integration.console.harness.command import COMMAND, RUN_S, Command, Ran

NOW = datetime.now(UTC)
FORMULA = '=HYPERLINK("http://evil.example","look")'
LABELS = {"task-0001": "spring", "task-0002": "summer", "task-0003": None, "task-0004": "autumn"}
MODELS = ("gpt-image-2", FORMULA, "\uff1d1+1", "-2")
PROMPT = "a cat in a misty harbour " * 40
# As structures in memory they take three times what is allowed for the whole command.
MANY = 16_000
MANY_MOST_BYTES = 260_000_000

Both = Callable[..., Ran]


@pytest.fixture(params=["catalogue", "index"])
def asked(command: Command, bucket: Bucket, tmp_path: Path, request: pytest.FixtureRequest) -> Both:
    """The command over a few tasks, the first the newest, where an index is and where none is."""
    told = [
        line(task, at=NOW - timedelta(minutes=minutes), label=label, model=MODELS[minutes], prompt=f"a cat {minutes}",
             billing={"credits": 2.5})
        for minutes, (task, label) in enumerate(LABELS.items())
    ]  # fmt: skip
    put_lines(bucket, [*told, letter_line("task-0005", at=NOW - timedelta(minutes=9)), b"{half"])
    folder = tmp_path / "out"
    folder.mkdir()
    asked = Command(command.environment | {"INDEX_FOLDER": str(tmp_path / "index")}, folder, command.forker)
    if request.param == "index":
        assert 0 == asked("index").code
    return asked


def in_folder(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "out").iterdir())


def test_csv_is_written_whole_and_what_strangers_wrote_is_a_text_in_it(asked: Both, tmp_path: Path) -> None:
    ran = asked("export", "tasks.csv")
    assert (0, "") == (ran.code, ran.out)
    assert "5 tasks" in ran.err
    assert "1 line of the catalogue that cannot be read" in ran.err
    with (tmp_path / "out" / "tasks.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [*LABELS, "task-0005"] == [row["task_id"] for row in rows]
    assert ["gpt-image-2", f"'{FORMULA}", "'\uff1d1+1", "'-2", "gpt-image-2"] == [
        row["model"] for row in rows
    ]
    assert (["completed"] * 4 + ["lost"], "2.5") == ([row["status"] for row in rows], rows[0]["cost"])
    assert "prompt" not in rows[0]
    assert ["tasks.csv"] == in_folder(tmp_path)


def test_ndjson_goes_to_standard_output_with_prompts_where_that_is_said(asked: Both) -> None:
    ran = asked("export", "--format", "ndjson", "--prompts", "--label", "*n*", "--status", "completed", "-")
    told = [json.loads(each) for each in ran.out.splitlines()]
    assert [("task-0001", "a cat 0"), ("task-0004", "a cat 3")] == [
        (each["task_id"], each["prompt"]) for each in told
    ]
    assert "prompt" not in json.loads(asked("export", "--format", "ndjson", "-").out.splitlines()[0])


def test_parquet_has_the_types_of_the_catalogues_table(asked: Both, tmp_path: Path) -> None:
    assert 0 == asked("export", "tasks.parquet").code
    assert ["tasks.parquet"] == in_folder(tmp_path)
    table = duckdb.read_parquet(str(tmp_path / "out" / "tasks.parquet"))
    assert columns(prompts=False) == tuple(table.columns)
    rows = table.project("task_id, status, model, cost, formats, images[1].width, changed_at").fetchall()
    assert [*LABELS, "task-0005"] == [row[0] for row in rows]
    assert ("completed", FORMULA, 2.5, ["PNG"], 1024, NOW - timedelta(minutes=1)) == rows[1][1:]
    assert ("lost", "gpt-image-2", None, None, None) == rows[4][1:6]


def test_it_takes_the_filters_of_ls_and_says_the_same_tasks(asked: Both) -> None:
    since, until = f"{NOW - timedelta(minutes=3):%Y-%m-%dT%H:%M:%S.%f}", f"{NOW:%Y-%m-%dT%H:%M:%S.%f}"
    for filters in (
        ["--label", "spring"],
        ["--cost-from", "3"],
        ["--since", since, "--until", until],
        ["--status", "lost"],
    ):
        listed = [each["task_id"] for each in asked("ls", *filters, "--json").told]
        written = asked("export", *filters, "--format", "ndjson", "-").out.splitlines()
        assert listed == [json.loads(each)["task_id"] for each in written]


def test_what_stands_there_is_written_over_only_with_force(asked: Both, tmp_path: Path) -> None:
    path = tmp_path / "out" / "tasks.ndjson"
    path.write_text("of yesterday")
    ran = asked("export", "tasks.ndjson")
    assert (2, "of yesterday") == (ran.code, path.read_text())
    assert "--force" in ran.err
    told = asked("export", "--force", "--json", "tasks.ndjson").told
    assert (5, path.stat().st_size, 1) == (told["tasks"], told["bytes"], told["malformed"])
    assert ["tasks.ndjson"] == in_folder(tmp_path)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tasks.txt"], "--format"),
        (["."], "--format"),
        (["--format", "csv", "."], "no file"),
        (["--format", "csv", "/dev/null", "--force"], "no file"),
        (["--json", "--format", "csv", "-"], "--json"),
        (["--format", "parquet", "-"], "to a file"),
        (["--since", "2026-13-01", "tasks.csv"], "no moment"),
        (["--status", "waiting", "tasks.csv"], "waiting"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(command: Command, words: list[str], said: str) -> None:
    ran = command("export", *words)
    assert (2, True) == (ran.code, said in ran.err), ran.err


def test_a_folder_that_is_not_there_is_one_sentence(command: Command) -> None:
    ran = command("export", "nowhere/tasks.csv")
    assert (1, "nowhere/tasks.csv: No such file or directory" in ran.err) == (ran.code, True), ran.err


def test_a_full_disk_is_one_sentence_and_leaves_nothing(asked: Both, tmp_path: Path) -> None:
    assert isinstance(asked, Command)
    ran = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -f 1; exec "$0" "$@"', *COMMAND, "export", "tasks.csv"],
        cwd=asked.folder, env=asked.environment, capture_output=True, text=True, timeout=RUN_S, check=False,
    )  # fmt: skip
    assert (1, "", []) == (ran.returncode, ran.stdout, in_folder(tmp_path)), ran.stderr
    assert "Error: tasks.csv: File too large" in ran.stderr
    assert "Traceback" not in ran.stderr


def most_bytes_of(running: subprocess.Popen[str]) -> int:
    """The most memory that a process had when it was looked at last; 0 where there is no /proc.

    Not `ru_maxrss`: that counts what its parent had when it was forked, which here is a whole test process.
    """
    most, status = 0, Path(f"/proc/{running.pid}/status")
    while running.poll() is None:
        with contextlib.suppress(OSError):
            told = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")]
            most = max([most, *(int(kibibytes) * 1024 for kibibytes in told)])
        time.sleep(0.01)
    return most


def test_tens_of_thousands_take_bounded_memory_and_broken_off_they_leave_nothing(
    command: Command, bucket: Bucket
) -> None:
    for first in range(0, MANY, 2_000):
        some = range(first, first + 2_000)
        put_lines(bucket, [line(f"task-{number:06d}", at=NOW, prompt=PROMPT) for number in some])
    whole = command.start("export", "--prompts", "tasks.csv")
    most = most_bytes_of(whole)
    assert 0 == whole.returncode
    assert most < MANY_MOST_BYTES
    with (command.folder / "tasks.csv").open(newline="", encoding="utf-8") as file:
        assert [f"task-{number:06d}" for number in range(MANY)] == [
            row["task_id"] for row in csv.DictReader(file)
        ]

    broken_off = command.start("export", "--prompts", "--force", "tasks.csv")
    (command.folder / "tasks.csv").unlink()
    while not list(command.folder.glob(".tasks.csv.*.part")):
        assert broken_off.poll() is None
        time.sleep(0.005)
    broken_off.send_signal(signal.SIGINT)
    broken_off.communicate(timeout=RUN_S)
    assert (130, []) == (broken_off.returncode, list(command.folder.iterdir()))
