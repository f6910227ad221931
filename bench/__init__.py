"""Measurements: ours beside what others offer, on the same work, the same servers, the same machine.

__main__          the command: `python -m bench`, which `make bench` runs
parts             what can be measured, and in which order
    door/         callbacks a second, beside peers that keep them and peers that do not
    hands/        CPU an image, beside Scrapy, img2dataset and a bare loop
    steps/        where the hands' CPU goes
    way/          from a callback's first byte to its manifest, and where the time goes
    requests/     what a task asks of S3 (the part `s3`)
    backlog/      10,000 tasks that are due, beside live callbacks
    growth/       what a task costs while the bucket fills; two processes beside one
    start/        from `make up` to ready
    memory/       what each process holds, idle and at full rate
    listing/, thumbs/, console/    lists, thumbnails and pages among many tasks
ground            the servers that all of it stands on: a Redis, an S3, a certificate
service, post     our receiver and worker, started for a part; the callback that is posted
wrk               the load, and what it tells
peers             the others, in a venv of their own, from peers.txt
debian            programs that Debian brings: wrk, webhook
rounds            medians, percentiles
machine           on what it was measured
results           results.json: each part replaces its own figures
past/             history.ndjson: a line a run, and what became slower since by more than the noise
report, reports/  results.json into RESULTS.md, its goals first, and into docs/performance.md
draw              results.json into docs/bench/*.svg; runs with the peers' Python, which has matplotlib

Nothing here is imported by anybody, and no figure of it is asserted by a test.
"""
