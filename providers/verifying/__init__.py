"""Who sent a callback: the signatures of providers, checked over headers, raw body, keys and time. Pure."""
