"""The receiver's certificate for this machine, made once."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme

from infra.local import private_file
from infra.local.ports import LOOPBACK


@dataclass(frozen=True)
class Certificate:
    """The files of a certificate.

    `bundle` holds the authority and those that this machine trusts anyway: who uses it still reaches others.
    """

    authority: Path
    chain: Path
    key: Path
    bundle: Path


def made_in(folder: Path) -> Certificate:
    """The certificate in this folder, made if one of its files is missing."""
    files = Certificate(folder / "ca.pem", folder / "cert.pem", folder / "key.pem", folder / "bundle.pem")
    if not all(file.is_file() for file in (files.authority, files.chain, files.key)):
        authority = trustme.CA(organization_name="Fixative local stack")
        issued = authority.issue_cert(LOOPBACK, "localhost")
        private_file.write(files.key, issued.private_key_pem.bytes().decode())
        private_file.write(files.chain, "".join(pem.bytes().decode() for pem in issued.cert_chain_pems))
        private_file.write(files.authority, authority.cert_pem.bytes().decode())
    known = ssl.get_default_verify_paths().cafile
    others = Path(known).read_text(encoding="utf-8", errors="replace") if known else ""
    private_file.write(files.bundle, files.authority.read_text(encoding="utf-8") + others)
    return files
