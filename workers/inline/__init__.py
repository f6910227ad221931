"""Images that came within a body: set aside, and decoded like downloads."""
