"""The survey: everything that is kept, held against what is there. What it has seen stands in a file on this machine."""
