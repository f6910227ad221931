"""The hands: settle deliveries, download, verify, keep; sweep."""
