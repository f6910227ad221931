"""Make due again what was given up: choosing, replaying, following, resuming."""
