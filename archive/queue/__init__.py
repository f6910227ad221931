"""The bells: Redis as the queue, how it is reached, and what its troubles mean."""
