"""Watching it: alert rules and a dashboard."""
