"""The books, balanced at rest (docs/architecture.md, "What holds at rest"), as far as a bucket alone can tell."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from archive import layout
from archive.library.catalogue_files import AHEAD
from archive.reasons import Reason
from archive.records.asset import Asset, KeptAsset, LostAsset
from archive.records.catalogue import CatalogueLine, LetterLine, line_of, read_line
from archive.records.damage import patience
from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest
from archive.records.notification import without_query
from tests.fakes.words import NOW
from tests.model.origin import Kind
from tests.model.story import Told

if TYPE_CHECKING:
    from tests.model.world import World

# The longest distance to a later try, two leases at their longest stretch, and the way there and back.
REST_WITHIN_S = 3600.0 + 2 * 3600.0 + 600.0
# Links that give no image, or not every time; what they give is tried again until their life is over, but for those
# that are forbidden.
_TRIED_ON: frozenset[Kind] = frozenset({"never", "gone", "corrupt", "half_corrupt"})
_NO_GOOD_LINK = _TRIED_ON | {"forbidden", "half_forbidden"}


class Books:
    """Everything in the bucket against everything that was accepted."""

    def __init__(self, world: World, calm_s: float) -> None:
        self._world, self._calm_s = world, calm_s
        self._objects, self._violated = world.s3.objects, world.trace.violated
        self._manifests: defaultdict[str, list[Manifest]] = defaultdict(list)
        self._keys: dict[str, str] = {}  # of the manifests
        self._letters: defaultdict[str, list[DeadLetter]] = defaultdict(list)
        self._of_deliveries: list[DeadLetter] = []
        self._lines: defaultdict[str, list[CatalogueLine]] = defaultdict(list)
        self._letter_lines: dict[str, LetterLine] = {}  # those that hold
        for key, body in self._objects.items():
            self._read(key, body)

    def balance(self) -> None:
        """Tell the trace of every law that does not hold."""
        accepted = [told for told in self._world.story.told if told.id in self._world.s3.ledger.accepted]
        for told in accepted:
            if told.saying.status != "unfinished":
                self._delivery(told)
        for task_id in sorted({told.saying.task_id for told in accepted}):
            self._task(task_id)
        self._replays()
        self._listed_letters()
        self._rest_in_time()
        if any("rubbish" in key for key in self._objects if key.startswith(layout.DUE)):
            self._violated("rubbish_stays", "an entry that nobody can read is still in due/")

    def _listed_letters(self) -> None:
        """The catalogue tells of each letter that it stands, and of each other that it is gone."""
        letters = {key for key in self._objects if key.startswith(layout.DEAD) and key.endswith(".json")}
        for key in sorted(letters | self._letter_lines.keys()):
            line = self._letter_lines.get(key)
            state = line.state if line is not None else "untold"
            if state != ("stands" if key in letters else "gone"):
                task_id = key.removesuffix(".json").rsplit("/", 1)[-1]
                self._untidy(task_id, "letter_line", f"{key} is told as {state}")

    def _read(self, key: str, body: bytes) -> None:
        if key.endswith("/manifest.json"):
            manifest = Manifest.from_json(body)
            self._manifests[manifest.task_id].append(manifest)
            self._keys[manifest.task_id] = key
        elif key.startswith(layout.DEAD) and key.endswith(".json"):
            letter = DeadLetter.from_json(body)
            if "/delivery-" in key:
                self._of_deliveries.append(letter)
            else:
                self._letters[str(letter.task_id)].append(letter)
        elif key.startswith(layout.CATALOG):
            for line in map(read_line, body.splitlines()):
                # One that was written later is not found by its `changed_at`, and is as good as none.
                if layout.inbox_time(key) - line.moment > AHEAD:
                    continue
                if isinstance(line, CatalogueLine):
                    self._lines[line.task_id].append(line)
                elif line.key not in self._letter_lines or holds(line, self._letter_lines[line.key]):
                    self._letter_lines[line.key] = line

    def _delivery(self, told: Told) -> None:
        """Named or counted, in exactly one place; each of its images kept or with its reason."""
        task_id = told.saying.task_id
        places = [
            *(f"manifest {each.status}" for each in self._manifests[task_id] if _names(each, told.id)),
            *(f"letter {each.reason}" for each in self._letters[task_id] if _names(each, told.id)),
            *(f"letter {each.reason} of it" for each in self._told_alone(told.id)),
        ]
        if not places:
            self._violated("no_place", f"{told.id} ({told.saying.status}) is told of nowhere")
        elif len(places) > 1:
            self._untidy(task_id, "one_place", f"{told.id} ({told.saying.status}) is named in {places}")
        reasons = {Reason.CONFLICTING_DELIVERY, Reason.TOO_MANY_SOURCES}
        apart = next((each for each in self._told_alone(told.id) if each.reason in reasons), None)
        for index, link in enumerate(told.saying.links):
            if apart is None:
                self._image(told, index, without_query(link))
            elif without_query(link) not in _sources(apart):
                self._violated("not_replayable", f"image {index} of {told.id}, {apart.reason}: {link}")

    def _image(self, told: Told, index: int, source: str) -> None:
        task_id = told.saying.task_id
        assets = [asset for word in self._words(task_id) for asset in _assets(word) if asset.source == source]
        kept = any(isinstance(asset, KeptAsset) for asset in assets)
        lost = [asset for asset in assets if isinstance(asset, LostAsset)]
        if kept and lost:
            self._untidy(task_id, "kept_and_lost", f"image {index} of {told.id}: {source}")
        if not kept and not lost:
            self._violated("unexplained", f"image {index} of {told.id} is neither kept nor lost: {source}")
        if lost and not kept and self._could_be_had(told, source):
            self._violated("good_link_lost", f"{source}: {lost[0].reason} {lost[0].detail}")

    def _words(self, task_id: str) -> list[Manifest | DeadLetter]:
        return [*self._manifests[task_id], *self._letters[task_id]]

    def _could_be_had(self, told: Told, source: str) -> bool:
        """Whether its link answered, long enough and after the last fault, so that no run can have missed it."""
        link = self._world.origin.links[source]
        if link.mended or link.kind in _NO_GOOD_LINK:
            return False
        if not any(
            source == without_query(url) and "sig=old" not in url
            for each in self._world.story.told
            if each.id in self._world.s3.ledger.accepted
            for url in each.saying.links
        ):
            return False
        good_s = link.good_from_s if link.kind == "flaky" else 0.0
        return link.dies_s - max(self._calm_s, good_s, told.saying.at_s) > REST_WITHIN_S

    def _told_alone(self, delivery_id: str) -> Iterator[DeadLetter]:
        return (
            letter
            for letter in self._of_deliveries
            if (letter.delivery and letter.delivery.id == delivery_id) or _names(letter, delivery_id)
        )

    def _task(self, task_id: str) -> None:
        manifests, letters = self._manifests[task_id], self._letters[task_id]
        if len(manifests) > 1 or len(letters) > 1:
            self._violated("two_manifests", f"{task_id}: {len(manifests)} manifests, {len(letters)} letters")
        for word in self._words(task_id):
            if word.counted is not None and word.counted.forgotten:
                self._violated("miscounted", f"{task_id}: {word.counted.forgotten} more than are known again")
        for letter in letters:
            lost = {asset.source for asset in letter.lost}
            if not lost or lost - _sources(letter):
                self._violated("not_replayable", f"{task_id}: {letter.reason}, lost {sorted(lost)}")
            self._not_too_soon(task_id, letter)
        for manifest in manifests:
            for asset in manifest.kept:
                self._kept(task_id, asset)
            if manifest.whole and letters:
                self._untidy(task_id, "letter_beside_whole", f"{task_id}: {letters[0].reason}")
            lost = {asset.source for asset in manifest.lost}
            told_lost = {asset.source for letter in letters for asset in letter.lost}
            if lost - told_lost:
                self._violated("lost_without_letter", f"{task_id}: images {sorted(lost - told_lost)}")
            self._catalogue(task_id, manifest)

    def _not_too_soon(self, task_id: str, letter: DeadLetter) -> None:
        """An image is lost before its link's death for a final reason only; damage is one after a while."""
        world, at_s = self._world, (letter.at - NOW).total_seconds()
        patience_s = patience(timedelta(hours=world.story.link_life_h)).total_seconds()
        for asset in letter.lost:
            link = world.origin.links[str(asset.source)]
            if link.mended or at_s >= link.dies_s or asset.reason is Reason.FORBIDDEN_SOURCE:
                continue
            since_s = world.origin.damaged_s.get(str(asset.source), at_s)
            if asset.reason is not Reason.UNDECODABLE or at_s - since_s < patience_s:
                self._violated(
                    "given_up_too_soon", f"{task_id}: {asset.source}: {asset.reason} after {at_s:.0f}s"
                )

    def _kept(self, task_id: str, asset: KeptAsset) -> None:
        body = self._objects.get(asset.key)
        if body is None:
            self._violated("asset_missing", f"{task_id}: {asset.key}")
        elif hashlib.sha256(body).hexdigest() != asset.sha256:
            self._violated("other_bytes", f"{task_id}: {asset.key} is not what the manifest names")
        elif body not in self._world.origin.served[asset.source]:
            self._violated("never_served", f"{task_id}: {asset.key}")

    def _catalogue(self, task_id: str, manifest: Manifest) -> None:
        """The line that holds, the latest, is the manifest's."""
        lines = self._lines[task_id]
        latest = max((line.changed_at for line in lines), default=None)
        says = line_of(manifest, self._keys[task_id])
        if says not in [line for line in lines if line.changed_at == latest]:
            told = f"{task_id}: manifest {_short(says)}, lines {[_short(line) for line in lines]}"
            self._untidy(task_id, "catalogue", told)

    def _untidy(self, task_id: str, law: str, detail: str) -> None:
        """Nothing is lost, but something is told twice, or not listed.

        Allowed after one thing alone: a run slept past its lease, wrote a word all the same, since it had looked
        before, and came to no end: killed, or without S3. No entry of it stood any more (decision 0015).
        """
        if task_id in self._world.s3.ledger.cut_off_late:
            self._world.trace.note("UNTIDY", law, detail)
        else:
            self._violated(law, detail)

    def _replays(self) -> None:
        """Who replayed is told by the task's manifest or letter, or by a letter of one of its deliveries."""
        for task_id, replay_id in sorted(self._world.s3.ledger.replayed):
            of_deliveries = [letter for letter in self._of_deliveries if letter.task_id == task_id]
            words = [*self._words(task_id), *of_deliveries]
            if replay_id not in {replay.id for word in words for replay in word.replays}:
                self._violated("replay_untold", f"{replay_id} of {task_id}")

    def _rest_in_time(self) -> None:
        """Rest comes within the longest retry and two leases of the last fault, or of the last link's death."""
        told_dead = {
            without_query(url)
            for told in self._world.story.told
            for url in told.saying.links
            if "sig=old" in url
        }
        # What gives no image is tried until its life is over, which may have begun with the last fault.
        life_over_s = self._calm_s + self._world.story.link_life_h * 3600.0
        waited_for = [
            life_over_s
            if source in told_dead or link.mended or link.kind in _TRIED_ON
            else link.good_from_s
            if link.kind == "flaky"
            else 0.0
            for source, link in self._world.origin.links.items()
        ]
        since_s = max(self._calm_s, *waited_for)
        if self._world.trace.now_s > since_s + REST_WITHIN_S:
            late_s = self._world.trace.now_s - since_s
            self._violated("rest_late", f"rest came {late_s:.0f}s after the last trouble")


def _names(word: Manifest | DeadLetter, delivery_id: str) -> bool:
    """Whether it names or counts a delivery."""
    return word.history.tells_of(delivery_id)


def _assets(word: Manifest | DeadLetter) -> tuple[Asset, ...]:
    return word.assets if isinstance(word, Manifest) else word.lost


def _sources(letter: DeadLetter) -> set[str]:
    """What its replay fetches."""
    return {without_query(link) for work in letter.works for link in work.sources}


def _short(line: CatalogueLine) -> tuple[str, int, int]:
    return line.status, line.kept, line.lost


def holds(line: LetterLine, other: LetterLine) -> bool:
    """Whether it is the one of the two that holds."""
    return line.precedence >= other.precedence
