"""The shelf finds tasks, and forgets the oldest."""

from __future__ import annotations

from infra.simulator.task_shelf import TaskShelf
from tests.unit.simulator.samples import order, task


def test_a_task_is_found_by_id_under_its_own_provider_only() -> None:
    """EvoLink knows nothing of API in One's tasks."""
    shelf = TaskShelf()
    kept = task()
    shelf.add(kept)
    assert shelf.find(kept.id) is shelf.find(kept.id, "evolink") is kept
    assert shelf.find(kept.id, "apiinone") is None


def test_a_link_is_found_by_its_whole_path_only() -> None:
    """No index beyond, no other extension, no other day."""
    shelf = TaskShelf()
    kept = task(order(count=2))
    shelf.add(kept)
    path = kept.links[1].path
    assert shelf.find_link(path) == (kept, kept.links[1])
    for other in (path.replace("_1.", "_2."), path.replace(".png", ".jpg"), path[7:], "/media/x", ""):
        assert shelf.find_link(other) is None


def test_the_oldest_go_when_it_is_full_and_their_links_with_them() -> None:
    """The bound is the count of tasks."""
    shelf = TaskShelf(most=2)
    tasks = [task(number=number) for number in range(3)]
    assert [shelf.add(one) for one in tasks] == [[], [], [tasks[0]]]
    assert shelf.newest_first() == [tasks[2], tasks[1]]
    assert shelf.find_link(tasks[0].links[0].path) is None
