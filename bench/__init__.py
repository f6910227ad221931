"""Measurements: ours beside what others offer, on the same work, the same servers, the same machine.

__main__          the command: `python -m bench`, which `make bench` runs
parts             what can be measured, and in which order
    door/         callbacks a second, beside a no-op, `.delay()` in the handler, and Debian's webhook
    hands/        CPU an image, beside Scrapy, img2dataset and a bare loop
    way/          from a callback's first byte to its manifest
    growth/       what a task costs while the bucket fills; two processes beside one
ground            the servers that all of it stands on: a Redis, an S3, a certificate
service, post     our receiver and worker, started for a part; the callback that is posted
wrk               the load, and what it tells
peers             the others, in a venv of their own, from peers.txt
debian            programs that Debian brings: wrk, webhook
rounds            medians, percentiles
machine           on what it was measured
results           results.json: each part replaces its own figures
report, reports/  results.json into RESULTS.md
draw              results.json into docs/bench/*.svg; runs with the peers' Python, which has matplotlib

Nothing here is imported by anybody, and no figure of it is asserted by a test.
"""
