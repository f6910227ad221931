"""The door: callbacks a second and how long each waits, ours beside others, on the same load.

measure           the part: what is run in a round, and its figures
rivals            the others: a no-op, `.delay()` in the handler, Debian's webhook
noop, delay       the programs of the first two, for uvicorn to run
ours_without      the no-op in our own server: what our handler costs, apart from our server
slow_s3           a proxy that makes each PUT of S3 take longer
kept              what is found in the bucket and on the spool afterwards
"""
