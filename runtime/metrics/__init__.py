"""What is counted: the registry of all metrics, a process's meters, and the port that tells them."""
