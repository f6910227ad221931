"""The catalogue rolled up: what a file replaces, what is due, and days as Parquet, by DuckDB in a child."""
