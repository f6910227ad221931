"""`ls`, `show` and `failed` on a bucket as workers leave it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from archive import layout
from archive.reasons import SENTENCES, Reason
from archive.records.catalogue import line_of
from archive.store.bucket import Bucket
from tests.integration.console.harness.command import Command
from tests.integration.console.harness.seeds import Seeds, day_of, lost, task_of

NOW = datetime.now(UTC)


def test_ls_lists_tasks_the_newest_first(command: Command, seeds: Seeds) -> None:
    for number, age in enumerate((3, 1, 2)):
        seeds.manifest(task_of(number), seeds.kept(task_of(number)), changed_at=NOW - timedelta(minutes=age))
    ran = command("ls", "--json")
    assert [line["task_id"][-8:] for line in ran.told] == ["test0001", "test0002", "test0000"]


def test_ls_shows_a_task_that_changed_as_it_is_now(command: Command, seeds: Seeds) -> None:
    seeds.manifest(task_of(1), lost(), changed_at=NOW - timedelta(minutes=5))
    seeds.manifest(task_of(1), seeds.kept(task_of(1)), changed_at=NOW)
    (line,) = command("ls", "--json").told
    assert (line["kept"], line["lost"]) == (1, 0)


def test_ls_passes_over_what_it_cannot_read_and_says_so(command: Command, seeds: Seeds) -> None:
    seeds.whole(task_of(1))
    seeds.line(b'{"half a li')
    ran = command("ls", "--json")
    assert (ran.code, len(ran.told), "1 line of the catalogue" in ran.err) == (0, 1, True)


def test_ls_filters_by_what_it_is_asked_for(command: Command, seeds: Seeds) -> None:
    seeds.whole(task_of(1), label="spring")
    seeds.whole(task_of(2), label="autumn/one")
    seeds.manifest(task_of(3), status="failed")
    seeds.manifest(task_of(4), seeds.kept(task_of(4), 1))
    asked = {
        ("--label", "autumn/*"): ["test0002"],
        ("--status", "failed"): ["test0003"],
        ("--finding", "dimensions"): ["test0004"],
        ("--model", "flux*"): [],
        ("--provider", "apiinone"): [],
        ("--since", "1h", "--limit", "1"): ["test0004"],
    }
    got = {words: [line["task_id"][-8:] for line in command("ls", *words, "--json").told] for words in asked}
    assert got == asked


def test_ls_reaches_back_as_far_as_it_is_told(command: Command, seeds: Seeds) -> None:
    old = NOW - timedelta(days=9)
    seeds.manifest(task_of(1, old), seeds.kept(task_of(1, old)), changed_at=old)
    found = [
        command("ls", *words, "--json").told
        for words in ([], ["--since", "10d"], ["--day", f"{old:%Y-%m-%d}"])
    ]
    assert [len(lines) for lines in found] == [0, 1, 1]


def test_what_a_killed_workers_successor_listed_is_found_by_when_it_changed(
    command: Command, seeds: Seeds
) -> None:
    """The lease had been stretched to an hour; the line stands in a later hour than what it tells of."""
    old = datetime(NOW.year, NOW.month, NOW.day, tzinfo=UTC) - timedelta(days=3, minutes=1)
    manifest = seeds.manifest(task_of(1, old), seeds.kept(task_of(1, old)), changed_at=old)
    for key in seeds.keys(layout.CATALOG):
        seeds.bucket.delete(key)
    key = layout.manifest_key(day_of(task_of(1, old)), "evolink", task_of(1, old))
    seeds.line(line_of(manifest, key).to_json(), old + timedelta(minutes=61))
    spans = (["--until", f"{old + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}"], ["--day", f"{old:%Y-%m-%d}"])
    assert [1, 1] == [len(command("ls", *words, "--json").told) for words in spans]


def test_a_table_in_a_pipe_has_no_colour_and_cuts_nothing_off(command: Command, seeds: Seeds) -> None:
    task_id = task_of(1) + "-" + "x" * 80
    seeds.whole(task_id)
    ran = command("ls")
    assert f"evolink/{task_id}" in ran.out
    assert "\x1b" not in ran.out
    assert max(map(len, ran.out.splitlines())) > 120


def test_a_table_on_80_columns_keeps_each_name_whole(command: Command, seeds: Seeds) -> None:
    seeds.whole(task_of(1))
    lines = command("ls", COLUMNS="80").out.splitlines()
    assert any(f"evolink/{task_of(1)}" in line for line in lines)
    assert max(map(len, lines)) <= 80


def test_show_tells_all_of_a_task(command: Command, seeds: Seeds) -> None:
    task_id = task_of(1)
    seeds.manifest(task_id, seeds.kept(task_id), lost(1))
    seeds.letter(task_id)
    ran = command("show", task_id)
    told = ["completed", "1 kept, 1 lost", "a cat", seeds.kept(task_id).sha256, "source_gone",
            SENTENCES[Reason.SOURCE_GONE], "links die at", f"fixative replay evolink/{task_id}", "delivery-1"]  # fmt: skip
    assert ran.code == 0
    assert [word for word in told if word not in ran.out] == []


def test_show_tells_what_a_terminal_would_obey_as_text(command: Command, seeds: Seeds) -> None:
    seeds.manifest(task_of(1), status="failed")
    assert "\x1b" not in command("show", task_of(1)).out


def test_show_gives_the_manifest_as_json_with_letter_and_due_work_beside_it(
    command: Command, seeds: Seeds
) -> None:
    task_id = task_of(1)
    seeds.manifest(task_id, seeds.kept(task_id), lost(1))
    seeds.letter(task_id)
    key = layout.due_key(NOW + timedelta(hours=1), "evolink", task_id, "abc")
    seeds.bucket.put(key, seeds.work(task_id).to_json())
    told = command("show", f"evolink/{task_id}", "--json").told
    assert (told["status"], len(told["assets"])) == ("completed", 2)
    assert told["dead_letter"]["reason"] == "source_gone"
    assert told["due"][0]["key"] == key


def test_show_finds_a_task_by_the_index_where_its_id_tells_no_day(
    command: Command, seeds: Seeds, bucket: Bucket
) -> None:
    task_id = "n42abcdefgh_gpt-image-1.5"
    bucket.put(layout.index_key("apiinone", task_id), day_of(task_id).isoformat().encode())
    seeds.manifest(task_id, seeds.kept(task_id, provider="apiinone"), provider="apiinone")
    assert command("show", task_id, "--json").told["provider"] == "apiinone"


def test_show_tells_of_a_delivery_that_nobody_could_read(command: Command, seeds: Seeds) -> None:
    letter = seeds.dead_delivery(b'{"status": "weird"}')
    assert letter.delivery is not None
    ran = command("show", letter.delivery.id)
    assert '{"status":"weird"}' in ran.out


def test_a_task_that_is_not_there_is_a_problem_not_a_usage_error(command: Command) -> None:
    ran = command("show", task_of(9))
    assert (ran.code, ran.out) == (1, "")


def test_failed_finds_nothing_where_all_is_well(command: Command, seeds: Seeds) -> None:
    seeds.whole(task_of(1))
    assert (command("failed").code, command("failed", "--json").told) == (0, [])


def test_failed_lists_letters_of_any_age_incomplete_tasks_and_findings(
    command: Command, seeds: Seeds
) -> None:
    old = NOW - timedelta(days=30)
    seeds.letter(task_of(1, old), at=old)
    seeds.dead_delivery(b"{}")
    seeds.manifest(task_of(2), seeds.kept(task_of(2)), lost(1))
    seeds.manifest(task_of(3), seeds.kept(task_of(3), 1))
    ran = command("failed", "--json")
    assert ran.code == 1
    assert [(one["kind"], one.get("reason")) for one in ran.told] == [
        ("dead_letter", "unknown_status"), ("dead_letter", "source_gone"), ("incomplete", None), ("finding", None),
    ]  # fmt: skip


def test_findings_alone_are_no_problem_and_can_be_left_out(command: Command, seeds: Seeds) -> None:
    seeds.manifest(task_of(3), seeds.kept(task_of(3), 1))
    assert (command("failed").code, command("failed", "--no-findings", "--json").told) == (0, [])


def test_failed_points_to_what_the_provider_ended_itself(command: Command, seeds: Seeds) -> None:
    for number in range(2):
        seeds.manifest(task_of(number), status="failed")
    seeds.manifest(task_of(2), status="cancelled")
    ran = command("failed")
    assert (0, "") == (ran.code, ran.out)
    assert (
        "2 tasks failed at the provider (2 content_policy_violation): fixative ls --status failed --since 7d"
        in ran.err
    )
    assert "1 task were cancelled" not in ran.err
    assert "fixative ls --status cancelled --since 7d" in ran.err
    assert "fixative ls --status failed --since '3 h ago'" in command("failed", "--since", "3 h ago").err
    assert "at the provider" not in command("failed", "--reason", "cut_off").err


def test_failed_says_each_reason_once_with_its_sentence(command: Command, seeds: Seeds) -> None:
    for number in range(3):
        seeds.letter(task_of(number))
    ran = command("failed")
    assert ran.out.count(SENTENCES[Reason.SOURCE_GONE]) == 1
    assert "3  source_gone" in ran.out


def test_failed_filters_by_reason_label_and_time(command: Command, seeds: Seeds) -> None:
    seeds.letter(task_of(1), Reason.SOURCE_GONE, label="spring")
    seeds.letter(task_of(2), Reason.CUT_OFF, label="autumn")
    seeds.letter(task_of(3), Reason.CUT_OFF, label="autumn", at=NOW - timedelta(days=2))
    found = [
        sorted(one["task_id"][-4:] for one in command("failed", *words, "--json").told)
        for words in (
            ["--reason", "cut_off"],
            ["--label", "spring"],
            ["--since", "1d"],
            ["--until", "1d ago"],
        )
    ]
    assert found == [["0002", "0003"], ["0001"], ["0001", "0002"], ["0003"]]


def test_a_dead_letter_that_cannot_be_read_is_named_and_a_problem(command: Command, bucket: Bucket) -> None:
    bucket.put("dead/2026/11/21/evolink/task-x.json", b"{")
    ran = command("failed")
    assert (ran.code, "dead/2026/11/21/evolink/task-x.json" in ran.err) == (1, True)


def test_an_s3_that_is_away_is_one_sentence_and_a_problem(command: Command) -> None:
    ran = command("ls", S3_ENDPOINT="http://127.0.0.1:1")
    assert (ran.code, "fixative doctor" in ran.err) == (1, True)


def test_credentials_that_are_missing_are_one_sentence(command: Command) -> None:
    ran = command("ls", AWS_PROFILE="no-such-profile")
    assert (ran.code, "no-such-profile" in ran.err) == (2, True)
