"""The machines' door: takes a callback, makes it durable, rings the bell. Interprets nothing."""
