"""The console: how soon its pages are there, how large they are, and what its process has in memory."""
