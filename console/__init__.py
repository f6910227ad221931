"""The people's door: the `fixative` command."""
