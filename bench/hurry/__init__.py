"""What has no time: links of ten minutes, beside all that may be before them."""
