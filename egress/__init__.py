"""Every way out: the gate, connections, downloads, the proxy, the task APIs."""
