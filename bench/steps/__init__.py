"""Where the worker's CPU goes: each step of a task by the clock of the thread that does it."""
