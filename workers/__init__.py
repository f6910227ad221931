"""The road of a task: settle deliveries, download, verify, keep; sweep."""
