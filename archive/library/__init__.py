"""What the bucket says, read: a task whole, dead letters, the catalogue, what waits. Writes nothing."""
