"""The figures that a contest comes to, and the table of them."""

from pathlib import Path

from bench.hands.cases import CASES, EVERYBODY, FLOOR, OURS, PEERS, Case
from bench.hands.contest import Tally, taking_part
from bench.hands.figures import Figures, medians
from bench.hands.links import OriginLinks
from bench.hands.originals import original
from bench.hands.table import text_of


def figures(cpu_ms: float, *, peak_mb: float = 100, in_flight: int = 1) -> Figures:
    return Figures(cpu_ms=cpu_ms, images_per_s=10, peak_mb=peak_mb, in_flight=in_flight, kept="originals")


def test_figures_are_medians_and_the_peak_is_the_highest() -> None:
    told = medians([figures(10, peak_mb=120), figures(30), figures(11)])
    assert (11, 120) == (told["cpu_ms"], told["peak_mb"])


def test_a_case_has_keys_by_contestant_and_tells_of_trouble() -> None:
    tally = Tally()
    case = Case(name="png", original="png_1024", images=4, contestants=(OURS, FLOOR, "img2dataset"))
    tally.runs = {("png", OURS): [figures(30)], ("png", FLOOR): [figures(20)]}
    tally.trouble = {("png", "img2dataset"): "it is not installed"}
    told = tally.of(case, 1_800_000)
    assert (30, 20, "it is not installed") == (
        told["ours_cpu_ms"],
        told["floor_cpu_ms"],
        told["img2dataset_trouble"],
    )
    assert "img2dataset_cpu_ms" not in told
    assert 1_800_000 == told["image_bytes"]


def test_how_many_were_in_flight_is_told_only_where_the_origin_makes_them_wait() -> None:
    tally = Tally()
    tally.runs = {("near", OURS): [figures(30)], ("far", OURS): [figures(30, in_flight=16)]}
    near = tally.of(Case(name="near", original="png_1024", images=4), 1)
    far = tally.of(Case(name="far", original="png_1024", images=4, latency_ms=150), 1)
    assert (None, 16) == (near.get("ours_in_flight"), far["ours_in_flight"])


def test_the_table_holds_each_contestant_against_the_floor() -> None:
    tally = Tally()
    tally.runs = {("png", OURS): [figures(30)], ("png", FLOOR): [figures(20)]}
    table = text_of({"png": tally.of(Case(name="png", original="png_1024", images=4), 1)})
    ours = next(line for line in table.splitlines() if OURS in line)
    assert "1.50" in ours


def test_no_link_and_no_bytes_come_twice(tmp_path: Path) -> None:
    original("png_64", tmp_path)
    links = OriginLinks("http://127.0.0.1:1", tmp_path)
    case = Case(name="small", original="png_64", images=7, images_a_task=3)
    tasks = [*links.tasks(case, 7), *links.tasks(case, 7)]
    told = [link for task in tasks for link in task]
    assert [3, 3, 1, 3, 3, 1] == [len(task) for task in tasks]
    assert 14 == len({link.url for link in told}) == len({link.sha256 for link in told})


def test_in_later_rounds_ours_and_the_floor_are_alone_but_for_one_case() -> None:
    few, all_again = (
        Case(name="png", original="png_64", images=1, contestants=EVERYBODY, everybody_again=again)
        for again in (False, True)
    )

    assert [FLOOR, "filespipeline", "img2dataset", "imagespipeline", OURS] == taking_part(
        all_again, 1, EVERYBODY
    )
    assert [*EVERYBODY] == taking_part(few, 0, EVERYBODY)
    assert [FLOOR, OURS] == taking_part(few, 1, EVERYBODY)


def test_each_round_of_ours_is_held_against_the_same_of_the_floor() -> None:
    tally = Tally()
    tally.runs = {
        ("png", OURS): [figures(30), figures(20)],
        ("png", FLOOR): [figures(20), figures(10)],
        ("png", "filespipeline"): [figures(9)],
    }
    told = tally.of(
        Case(name="png", original="png_1024", images=4, contestants=(OURS, FLOOR, "filespipeline")), 1
    )

    assert {"to_floor": [1.5, 2.0]} == told["each_round"]
    assert (2, 1) == (told["rounds"], told["filespipeline_rounds"])
    assert "ours_rounds" not in told


def test_the_first_case_has_everybody() -> None:
    assert set(EVERYBODY) == {OURS, FLOOR, *PEERS} == set(CASES[0].contestants)
    assert len(CASES) == len({case.name for case in CASES})
