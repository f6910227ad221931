"""Is a file a sound image? Caged children decode; the outlines of formats are walked."""
