"""The memory of each process of a house, idle and at full rate."""
