"""The programs of the others and of the floor. They import nothing of ours.

Each takes a job file: tasks, S3's address, threads, and a folder, where it writes into `ended` when its last image
was stored (`time.monotonic()`).
"""
