"""Traces, where they are wanted, by OpenTelemetry."""
