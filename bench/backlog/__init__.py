"""The backlog: 10,000 tasks that are due, served by one worker process, beside live callbacks in the same run."""
