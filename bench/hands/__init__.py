"""The measurement of the workers: what an image costs, beside others that do the like.

contest           the rounds: every case, every contestant in turn, medians
cases             what is measured
ours              the worker as it runs everywhere, fed through the inbox
programs          the floor and the peers, each a program in peers/
ground            S3, Redis and origin, which are not counted
origin, originals, links
                  a server of images, no two of them the same bytes
stored            what a contestant left in the bucket, held against what it was to keep
tree              CPU and memory of a process with its children
figures, table    medians; the table of `python -m bench.hands`

What counts as an image's cost is the CPU, user and system, of all processes of a contestant, from the first
image to the last. Start-up is left out for all: the worker is resident and is read before and after; a
program that ends by itself is run once with the warm-up alone and once with the warm-up and the images,
and the difference counts.
"""

from bench.hands.contest import measure

__all__ = ["measure"]
