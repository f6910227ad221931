"""What is kept of a task, as types: deliveries, manifests, dead letters, work, orders. Pure."""
