"""Thumbnails: how soon a gallery has them, and what archiving notices of it."""
