"""What goes out from the command: callback URLs, requests to providers, test callbacks."""
