"""What can go wrong with the local stack.

LocalError             anything; its text is for people
├── CannotStart        something was not ready in time, or ended, or is not installed
├── AlreadyRunning     another stack holds the data folder
└── Interrupted        it was stopped before it was ready: no fault
"""

from __future__ import annotations


class LocalError(Exception):
    """Anything that went wrong with the local stack; its text is for people."""


class CannotStart(LocalError):
    """Something was not ready in time, or ended, or is not installed."""


class AlreadyRunning(LocalError):
    """Another stack holds the data folder."""


class Interrupted(LocalError):
    """It was stopped before it was ready: no fault."""
