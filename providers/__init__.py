"""The providers' languages: bytes in, a notification or an order out. Pure."""
