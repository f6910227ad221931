"""Where it is kept: S3, and what stands between us and a store of somebody's making."""
