"""The manifests keep each pod in its bounds, and name what is there."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
import yaml

from archive.deployment import Deployment
from runtime.metrics.registry import METRICS
from tests.unit.deploy.named import DEPLOY
from tests.unit.docs.documents import text_of

FOLDER = DEPLOY / "kubernetes"
RESOURCES: list[dict[str, Any]] = [
    resource
    for path in sorted((FOLDER / "base").glob("*.yaml"))
    if path.name != "kustomization.yaml"
    for resource in yaml.safe_load_all(text_of(path))
]
DEPLOYMENTS = {
    found["metadata"]["name"]: found["spec"] for found in RESOURCES if found["kind"] == "Deployment"
}
# What a receiver takes from SIGTERM to its end.
RECEIVER_ENDS_S = 5


def named(kind: str) -> set[str]:
    return {found["metadata"]["name"] for found in RESOURCES if found["kind"] == kind}


def test_every_process_of_the_procfile_is_there() -> None:
    lines = {line.partition(": ")[2] for line in text_of(DEPLOY.parents[1] / "Procfile").splitlines() if line}

    assert lines == {
        " ".join(spec["template"]["spec"]["containers"][0]["command"]) for spec in DEPLOYMENTS.values()
    }


def test_every_file_is_put_together() -> None:
    told = yaml.safe_load(text_of(FOLDER / "base" / "kustomization.yaml"))
    envs = {env for kind in ("configMapGenerator", "secretGenerator") for env in told[kind][0]["envs"]}

    assert {"kustomization.yaml", *told["resources"], *envs} == {
        path.name for path in (FOLDER / "base").iterdir()
    }


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_pod_is_nobody_in_particular_and_writes_in_its_own_folder_alone(name: str) -> None:
    pod = DEPLOYMENTS[name]["template"]["spec"]
    [container] = pod["containers"]

    assert (True, 10001) == (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"])
    assert {"type": "RuntimeDefault"} == pod["securityContext"]["seccompProfile"]
    assert {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    } == container["securityContext"]
    assert [{"name": "tmp", "mountPath": "/tmp"}] == container["volumeMounts"]  # noqa: S108 - of its own pod
    assert "limits" in container["resources"]
    assert pod["serviceAccountName"] in named("ServiceAccount")
    assert pod["automountServiceAccountToken"] is False


def test_the_door_stays_open_while_a_receiver_is_replaced() -> None:
    spec = DEPLOYMENTS["receiver"]
    pod = spec["template"]["spec"]
    [container] = pod["containers"]
    pause_s = int(container["lifecycle"]["preStop"]["exec"]["command"][1])

    assert spec["replicas"] >= 2
    assert 0 == spec["strategy"]["rollingUpdate"]["maxUnavailable"]
    assert pause_s + RECEIVER_ENDS_S < pod["terminationGracePeriodSeconds"]
    assert "/readyz" == container["readinessProbe"]["httpGet"]["path"]
    assert "/livez" == container["livenessProbe"]["httpGet"]["path"]
    assert {"receiver"} == named("PodDisruptionBudget")


def test_the_lists_that_scale_workers_are_named_as_the_page_says() -> None:
    text = text_of(FOLDER / "scaled" / "workers.yaml")
    queues = Deployment("bucket", "prefix/").queues
    digest = hashlib.sha256(b"s3://bucket/prefix/").hexdigest()[:12]

    assert "sha256sum | cut -c 1-12" in text
    assert {name.replace("DIGEST", digest) for name in re.findall(r"listName: (\S+),", text)} == set(queues)


def test_workers_are_scaled_by_a_metric_that_a_worker_tells() -> None:
    told = yaml.safe_load(text_of(FOLDER / "scaled" / "workers.yaml"))
    [trigger] = [each for each in told["spec"]["triggers"] if each["type"] == "prometheus"]
    gauges = {metric.name for metric in METRICS if metric.kind == "gauge" and "worker" in metric.roles}

    assert {"fixative_due_now"} == gauges & set(re.findall(r"fixative_\w+", trigger["metadata"]["query"]))
    assert told["spec"]["scaleTargetRef"]["name"] in DEPLOYMENTS
