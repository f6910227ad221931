"""The balance: what was accepted against what stands in the bucket, by the points of "What holds at rest".

Every difference is a sentence that names its delivery, task or key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.chaos.facts import Facts, digest_of
from tests.chaos.ledger import Accepted

# Said of a task that is not over: settle counts and drops it.
DROPPED = {"processing"}


@dataclass
class Balance:
    """Counts, and the differences."""

    once: int = 0
    dropped: int = 0
    kept: int = 0
    explained: int = 0
    spare_objects: int = 0
    unasked: int = 0
    hurried: int = 0
    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def differences(self) -> list[str]:
        """All of them."""
        return [*self.missing, *self.doubled, *self.unexplained, *self.broken]


def balance(facts: Facts, accepted: Iterable[Accepted], simulated: Mapping[str, Any]) -> Balance:
    """Balance the books; `simulated` is what the simulator knows of each task."""
    books = Balance()
    accepted = list(accepted)
    _deliveries(books, facts, accepted)
    completed = {entry.task_id for entry in accepted if entry.status == "completed"}
    _images(books, facts, {task: simulated[task] for task in sorted(completed)})
    _words(books, facts)
    for under in ("inbox/", "due/"):
        books.broken += [f"not at rest: {key}" for key in facts.keys if key.startswith(under)]
    return books


def _deliveries(books: Balance, facts: Facts, accepted: list[Accepted]) -> None:
    """1: every delivery answered 202 is named or counted, in exactly one place."""
    named, counted = facts.named(), facts.counted()
    books.broken += facts.miscounted()
    for entry in accepted:
        places = [*named.get(entry.delivery_id, ()), *counted.get(digest_of(entry.delivery_id), ())]
        told = f"delivery {entry.delivery_id} ({entry.status}) of {entry.task_id}"
        if entry.status in DROPPED:
            books.dropped += 1
            if places:
                books.doubled.append(f"{told}: of an unfinished task, and named in {places}")
        elif not places:
            books.missing.append(f"{told}: named nowhere")
        elif len(places) > 1:
            books.doubled.append(f"{told}: named in {places}")
        else:
            books.once += 1
    # Durable, though its answer never came: the provider tried again, and the task knows both.
    books.unasked = len(named.keys() - {entry.delivery_id for entry in accepted})


def _images(books: Balance, facts: Facts, completed: Mapping[str, Any]) -> None:
    """2, 4 and 8: each image is kept, or has its reason; one whose link was never spoilt is kept."""
    manifests, letters = facts.manifests_of(), facts.letters_of()
    for task_id, told in completed.items():
        assets: dict[int, list[Any]] = {}
        for manifest in manifests.get(task_id, ()):
            for asset in manifest["assets"]:
                assets.setdefault(asset["index"], []).append(asset)
        lost = {
            gone["index"]: gone["reason"] for letter in letters.get(task_id, ()) for gone in letter["lost"]
        }
        good = not {"link", "image"} & told["switches"].keys()
        for index, link in enumerate(told["links"]):
            what, found = f"image {index} of {task_id}", assets.get(index, [])
            reasons = {asset["reason"] for asset in found if asset["asset"] == "lost"}
            reasons |= {lost[index]} if index in lost else set()
            kept = [asset for asset in found if asset["asset"] == "kept"]
            _image(books, facts, what, link["sha256"], kept, reasons)
            short = "link_life_s" in told["switches"]
            books.hurried += bool(short and kept)
            if reasons and good:
                why = "its short link died unfetched" if short else "its link was good"
                books.unexplained.append(f"{what}: lost ({reasons}), and {why}")


def _image(books: Balance, facts: Facts, what: str, true: str, kept: list[Any], reasons: set[str]) -> None:
    if kept and reasons:
        books.unexplained.append(f"{what}: both kept and lost ({reasons})")
    elif len(kept) > 1:
        books.doubled.append(f"{what}: kept {len(kept)} times")
    elif kept and {true, kept[0]["sha256"]} != {facts.digests.get(kept[0]["key"])}:
        books.unexplained.append(f"{what}: {kept[0]['key']} is not what the origin served")
    elif kept:
        books.kept += 1
    elif reasons:
        books.explained += 1
    else:
        books.unexplained.append(f"{what}: neither kept nor lost")


def _of_catalogue(facts: Facts, key: str, changed_at: str) -> Iterable[str]:
    """5: a completed manifest is in the catalogue once, rolled up or not, as it is now; our own reading says so as well."""
    if key not in facts.listed:
        yield f"{key} is in no line of the catalogue"
    elif facts.listed[key] != datetime.fromisoformat(changed_at):
        yield f"{key} changed at {changed_at}, and the catalogue tells of {facts.listed[key].isoformat()}"
    if facts.exported[key] != 1:
        yield f"{key} is exported {facts.exported[key]} times"


def _words(books: Balance, facts: Facts) -> None:
    """2, 3 and the catalogue: what manifests and letters say of one another and of objects."""
    for task_id, manifests in facts.manifests_of().items():
        if len(manifests) > 1:
            books.doubled.append(f"{task_id} has {len(manifests)} manifests")
    letters = facts.letters_of()
    used = set()
    for key, manifest in facts.manifests.items():
        kept = [asset for asset in manifest["assets"] if asset["asset"] == "kept"]
        whole = (
            manifest["status"] == "completed" and manifest["assets"] and len(kept) == len(manifest["assets"])
        )
        if whole and manifest["task_id"] in letters:
            books.broken.append(f"{key} is whole, and a dead letter stands beside it")
        if manifest["status"] == "completed":
            books.broken += _of_catalogue(facts, key, manifest["changed_at"])
        used |= {asset["key"] for asset in kept}
        books.broken += [
            f"{asset['key']} of {key}: " + ("other bytes" if asset["key"] in facts.digests else "not there")
            for asset in kept
            if facts.digests.get(asset["key"]) != asset["sha256"]
        ]
    for key in facts.letters.keys() | facts.letter_lines.keys():
        told = facts.letter_lines.get(key, {}).get("state", "untold")
        if told != ("stands" if key in facts.letters else "gone"):
            books.broken.append(f"{key} is told as {told} in the catalogue")
    books.spare_objects = len(facts.digests.keys() - used)
