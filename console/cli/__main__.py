"""`python -m console.cli`: the command `fixative`, where no installer has put it on the PATH."""

from __future__ import annotations

from console.cli.verbs import main

if __name__ == "__main__":
    main()
