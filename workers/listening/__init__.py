"""How bells come in, and which job each asks for."""
