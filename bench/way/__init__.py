"""The way: from a callback's first byte to the manifest of its task, idle and under load.

measure           the part: what is run in a round, and its figures
runs              tasks one by one, many at the same time, at a rate
house             a receiver and a worker, an origin, and the witness before the worker's S3
origin            the server of the image
witness           a proxy that writes down when S3 has answered the PUT of a manifest
stages, toll      where an idle task's time goes; what the witness costs
sender            callbacks as a provider sends them: a connection each, over TLS
"""
