"""The index: what the catalogue says, in one SQLite file on this machine, to be asked quickly. A cache."""
