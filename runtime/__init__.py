"""What every process needs to run: settings, log lines, guarded threads, a heartbeat."""
