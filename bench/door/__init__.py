"""The door: callbacks a second and how long each waits, ours beside others, on the same load.

measure           the part: what is run in a round, and its figures
desk              the load, our receiver under it, and the books of what it said
profile           where our CPU goes, by thread
rivals            the others: a no-op, `.delay()` in the handler, Debian's webhook
keepers           those that keep what they acknowledge: PostgreSQL, a synced XADD, a PUT each
noop, delay, ...  their programs, for uvicorn to run
ours_without      the no-op in our own server: what our handler costs, apart from our server
slow_s3           a proxy that makes each PUT of S3 take longer
kept              what is found in the bucket and on the spool afterwards
crowd, disk       what makes it fair: processes and threads of each; what the disk takes for a synced write
"""
