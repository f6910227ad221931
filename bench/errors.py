"""What can go wrong with a measurement; the text is for people."""

from __future__ import annotations


class BenchError(Exception):
    """Something is missing, did not answer, or did not do its work."""
