"""What botocore reads of its own files is read once a process: parsing them anew is most of what a client costs."""

from __future__ import annotations

import functools
from typing import Any

from botocore.loaders import JSONFileLoader, Loader

from archive.store.client_files import ClientFiles

# As it is without what follows: botocore changes what a client is made from, and what is kept is changed with it.
load_anew = ClientFiles.load_file


def read_once() -> None:
    """Keep what is read, and which services there are files of, a thousand folders.

    Clients of one session share it in any case; here those of all sessions do.
    """
    read = functools.cache(functools.partial(load_anew, ClientFiles()))

    def load_file(_self: JSONFileLoader, file_path: str) -> Any:
        return read(file_path)

    @functools.cache
    def services(paths: tuple[str, ...], type_name: str) -> list[str]:
        found: list[str] = listed(Loader(list(paths), include_default_search_paths=False), type_name)
        return found

    listed = Loader.list_available_services

    def list_available_services(self: Loader, type_name: str) -> list[str]:
        return services(tuple(self.search_paths), type_name)

    ClientFiles.load_file = load_file  # type: ignore[assignment] # as the class has no place for a cache
    JSONFileLoader.load_file = load_file  # type: ignore[assignment] # the same
    Loader.list_available_services = list_available_services  # type: ignore[method-assign] # the same
