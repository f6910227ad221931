"""What a task asks of S3, by method, all processes counted."""
