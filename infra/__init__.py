"""What Fixative runs on: the local stack and a provider to test with."""
