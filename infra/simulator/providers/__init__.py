"""The words and paths of each simulated provider."""
