"""What every process needs to run: settings, logs, guarded threads, a heartbeat."""
