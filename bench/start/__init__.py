"""How long `make up` takes, installed, until it says that it is ready."""
