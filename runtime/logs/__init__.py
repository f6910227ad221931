"""What a process logs: steps, what they are about, and their two forms."""
