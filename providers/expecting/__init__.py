"""What may be expected of a task's images: models, sizes, and where an image differs."""
