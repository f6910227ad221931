"""Each part's section of RESULTS.md: its figures in, lines of Markdown out."""
