"""Settings in groups: what a process, or a verb of the command, reads of the environment, and nothing else."""
