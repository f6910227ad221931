"""Connections: accepted, counted, read to the byte, answered, and ended in time."""
