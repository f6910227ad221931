"""What a worker brings to those outside: its name, its questions, and from where images may come."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial

from archive.library.task_url import task_url_of
from archive.records.work import Work
from archive.store.bucket import Bucket
from egress.aside import Aside
from egress.download import Downloader, DownloadLimits
from egress.gate import Gate
from egress.key_sets import KeySets
from egress.task_api import TaskApi
from providers.expecting.expectation import expect
from providers.registry import PROVIDERS, provider_named
from runtime.heartbeat import our_version
from runtime.metrics.meters import Meters
from runtime.settings.asking import AskingSettings
from runtime.settings.downloads import DownloadSettings
from runtime.settings.egress import EgressSettings
from runtime.settings.signatures import SignatureGroups
from runtime.settings.task_apis import key_variable
from workers.asking.ask_task import AskTask
from workers.asking.fresh_links import FreshLinks
from workers.measuring.measured_parts import MeasuredDownloader
from workers.readings import link_life
from workers.settings import WorkerSettings
from workers.signatures import Signatures
from workers.turn import Turn

log = logging.getLogger(__name__)


def user_agent() -> str:
    """Who we are; hosts of providers refuse the default names of HTTP libraries.

    EvoLink's: https://github.com/deeplearning-goethe/evolink-cli
    """
    return f"Fixative/{our_version()} (image archiver)"


def downloader_for(downloads: DownloadSettings, egress: EgressSettings, meters: Meters) -> Downloader:
    """Who fetches images."""
    return MeasuredDownloader(
        Gate(frozenset(downloads.allow_sources), proxy=egress.proxy),
        user_agent=user_agent(),
        limits=DownloadLimits(
            connect_s=downloads.download_connect_s,
            idle_s=downloads.download_idle_s,
            total_s=downloads.download_s,
            max_bytes=downloads.download_max_bytes,
        ),
        meters=meters,
    )


def askers_for(settings: WorkerSettings, aside: Aside) -> dict[str, AskTask]:
    """Who asks for tasks, by provider: of those whose API key is set."""
    askers = {}
    for provider in PROVIDERS.values():
        base, key = settings.task_apis[provider.name]
        if key:
            api = TaskApi(
                provider,
                base,
                key.reveal(),
                user_agent=user_agent(),
                proxy=settings.egress.proxy,
                aside=aside,
            )
            askers[provider.name] = AskTask(api, provider.wire.batch_size)
        elif (
            provider.tells_id_alone
            and provider.name in settings.signatures
            and settings.signatures[provider.name].keys
        ):
            text = "callbacks of %s name their task alone, and %s is not set: each becomes a dead letter, to be replayed"
            log.warning(text, provider.title, key_variable(provider))
        elif settings.asking.confirm_tasks:
            log.warning("CONFIRM_TASKS does nothing for %s: its API key is not set", provider.title)
    return askers


def confirmed_first(asking: AskingSettings, signatures: SignatureGroups) -> frozenset[str]:
    """The providers whose word on a task's end, its links or its failure, is trusted only once their API has said it.

    All of them where that is wished for; else those of which a signature is required that leaves the body uncovered.
    """
    return frozenset(
        provider.name
        for provider in PROVIDERS.values()
        if asking.confirm_tasks or (provider.needs_confirming and signatures.requires(provider.name))
    )


def links_for(
    askers: Mapping[str, AskTask], asking: AskingSettings, signatures: SignatureGroups, bucket: Bucket
) -> FreshLinks:
    """Who asks for links, of providers whose API key is set."""
    return FreshLinks(
        askers, confirm=confirmed_first(asking, signatures), task_url_of=partial(task_url_of, bucket)
    )


def places_of_images(downloads: DownloadSettings) -> Iterator[str]:
    """The names and addresses that images may come from, of all providers."""
    for provider in PROVIDERS.values():
        yield from provider.media_hosts
    yield from downloads.source_hosts
    for host, port in downloads.allow_sources:
        yield f"{host}:{port}"


def signatures_for(signatures: SignatureGroups, asking: AskingSettings, egress: EgressSettings) -> Signatures:
    """Who checks signatures, by the settings of the providers that sign."""
    key_sets = KeySets(user_agent=user_agent(), proxy=egress.proxy)
    return Signatures(signatures, key_sets, link_life_h=asking.link_life_h)


def turn_for(work: Work, deadline: float, more_hosts: tuple[str, ...], link_life_h: float = 0.0) -> Turn:
    """What a run brings to each source of this work."""
    provider = provider_named(work.provider)
    return Turn(
        work=work,
        expectation=expect(work.provider, work.order, work.told_model),
        hosts=(*provider.media_hosts, *more_hosts),
        deadline=deadline,
        link_life=link_life(work.provider, link_life_h),
        last_chance=timedelta(seconds=provider.last_chance_s),
    )
