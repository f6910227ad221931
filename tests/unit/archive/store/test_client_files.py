"""What a client is made from is what botocore itself reads."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import botocore
import pytest

from archive.store.client_files import ClientFiles
from archive.store.telling_time import read_time, session_that_reads
from tests.botocore_files import load_anew

DATA = Path(botocore.__file__).parent / "data"


@pytest.mark.parametrize("name", ["s3/2006-03-01/service-2", "endpoints", "partitions"])
def test_a_file_is_read_as_it_stands_packed_or_not(name: str) -> None:
    [file] = DATA.glob(f"{name}.json*")
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    read = load_anew(ClientFiles(), str(DATA / name))

    # The order of members, too: it is the order in which parameters are told.
    assert json.dumps(json.loads(content)) == json.dumps(read)


def test_where_no_file_stands_nothing_is_told(tmp_path: Path) -> None:
    assert ClientFiles().load_file(str(tmp_path / "none")) is None


def test_a_folder_of_ones_own_is_read_packed_or_not(tmp_path: Path) -> None:
    (tmp_path / "plain.json").write_text('{"b": 1, "a": 2}')
    (tmp_path / "packed.json.gz").write_bytes(gzip.compress(b'{"b": 1, "a": 2}'))

    for name in ("plain", "packed"):
        assert ["b", "a"] == list(ClientFiles().load_file(str(tmp_path / name)))


def test_a_session_of_ours_reads_by_it() -> None:
    assert isinstance(session_that_reads(read_time).get_component("data_loader").file_loader, ClientFiles)
