"""What is counted of a worker's road, and what waits for it."""
