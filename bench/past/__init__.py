"""What earlier runs measured: a line a run in history.ndjson, and what has become slower since.

watched           which figures are kept of each run, round by round, and which way is worse
history           the file: one line a run, the latest of them
slower            two runs held against each other: what became worse by more than the noise of their rounds
"""
