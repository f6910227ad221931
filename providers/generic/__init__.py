"""Gateways, declared in a file."""
