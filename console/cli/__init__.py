"""The `fixative` command: what its verbs share."""
