"""The parts of the local stack: what each process is, and how it is started."""
