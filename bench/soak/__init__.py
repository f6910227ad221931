"""The soak: the whole stack under a steady load, and whether its memory, descriptors and connections stay flat.

It is no part of `make bench`: `make soak` runs it for 20 minutes and writes docs/reliability.md, and the tests run it
for some seconds.
"""
