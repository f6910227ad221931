"""The ground: what is kept, where, and in which words. Knows nobody above it."""
