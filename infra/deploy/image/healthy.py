"""Whether the process of this container is well: exit code 0, or 1 with a sentence.

receiver, console     it answers /livez; S3 is not asked, since a restart mends no S3
worker                it lives; one that is deaf or stuck ends by itself
"""

from __future__ import annotations

import http.client
import os
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path

ANSWER_S = 3.0
# By the module of its command line: the settings of its port and its certificate.
DOORS = {"receiver": ("PORT", "8443", "TLS_CERT"), "console": ("CONSOLE_PORT", "8444", "")}


def problem(modules: list[str], environment: Mapping[str, str]) -> str:
    """What is wrong with processes of these modules; empty: nothing."""
    found = [module for module in modules if module in {*DOORS, "workers"}]
    if not found:
        return "no process of Fixative runs here"
    return "; ".join(filter(None, (_closed(*DOORS[name], environment) for name in found if name in DOORS)))


def _closed(port: str, usual: str, certificate: str, environment: Mapping[str, str]) -> str:
    address = ("127.0.0.1", int(environment.get(port, "").strip() or usual))
    if environment.get(certificate, "").strip():
        # This is about the process; whether the certificate is good for others is the doctor's question.
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            *address,
            timeout=ANSWER_S,
            context=ssl._create_unverified_context(),  # noqa: S323, SLF001
        )
    else:
        connection = http.client.HTTPConnection(*address, timeout=ANSWER_S)
    try:
        connection.request("GET", "/livez")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"port {address[1]} does not answer: {error}"
    finally:
        connection.close()
    return "" if status == http.HTTPStatus.OK else f"port {address[1]} answers {status}"


def running(processes: Path = Path("/proc")) -> list[str]:
    """The modules that Python processes run here, by their command lines."""
    modules = []
    for path in processes.glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:  # it has ended meanwhile
            continue
        if b"-m" in words[:-1]:
            modules.append(words[words.index(b"-m") + 1].decode(errors="replace"))
    return modules


if __name__ == "__main__":
    sys.exit(problem(running(), os.environ) or 0)
