"""May whoever asks do with the bucket what the process of his role does, and nothing else?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archive.errors import SettingsRefused
from archive.rights import RIGHTS, Rights, Verb, kind_of
from archive.store.bucket import Bucket
from archive.store.rights_trial import Found, try_rights
from archive.store.store_trial import BASICS
from console.checks.check import Check, checked
from console.opening import open_bucket
from runtime.settings.door import DoorSettings
from runtime.settings.store import StoreSettings

MEND = "Give the role of this process what docs/operations.md says (What each process may do), and no more."


def rights_checks(environment: Mapping[str, str], process: str) -> Iterator[Check]:
    """A check for each verb, under the credentials of whoever runs this."""
    try:
        bucket = open_bucket(StoreSettings.read(environment))
        rights = RIGHTS[process]
        if process == "receiver" and DoorSettings.read(environment).api_token:
            rights = rights.and_(RIGHTS["programs"])
    except SettingsRefused as refusal:
        yield from (Check("settings", problem=problem, mend="Mend it.") for problem in refusal.problems)
        return
    yield from held_against(bucket, rights)


def held_against(bucket: Bucket, rights: Rights) -> Iterator[Check]:
    """What was found, verb by verb, against what it should be."""
    found: list[Found] = []

    def tried() -> Check:
        found.extend(try_rights(bucket))
        return Check("S3", bucket.location)

    yield checked("S3", tried, BASICS.mend)
    for verb in rights._fields if found else ():
        yield _check(verb, [each for each in found if each.verb == verb], rights)  # type: ignore[arg-type] # the fields are the verbs


def _check(verb: Verb, found: list[Found], rights: Rights) -> Check:
    name = f"may {verb}"
    should = {each.sample: rights.allow(verb, each.sample) for each in found}
    wrong = [each for each in found if each.may is not None and each.may != should[each.sample]]
    if wrong:
        may_not = [kind_of(each.sample) for each in wrong if not each.may]
        must_not = [kind_of(each.sample) for each in wrong if each.may]
        told = [f"may not {verb} {', '.join(may_not)}, which it must"] if may_not else []
        told += [f"may {verb} {', '.join(must_not)}, which it need not"] if must_not else []
        return Check(name, problem="; ".join(told), mend=MEND)
    untold = [kind_of(each.sample) for each in found if each.may is None and should[each.sample]]
    may = [kind_of(each.sample) for each in found if should[each.sample] and each.may]
    said = ", ".join(may) or ("nothing" if not untold else "")
    return Check(name, "; ".join(filter(None, [said, f"not told: {', '.join(untold)}" if untold else ""])))
