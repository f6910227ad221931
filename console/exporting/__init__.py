"""Tasks written as a table for other programs: its columns, its formats, and the file that is whole or not there."""
