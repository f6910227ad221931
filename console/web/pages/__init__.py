"""The console's pages, a file each: what is asked for, read, and shown."""
