"""The images that the simulator makes and serves."""
