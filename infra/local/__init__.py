"""The local stack: Redis and S3, receiver, workers, console, as child processes of one supervisor.

__main__        the command: start, say what is where, keep until SIGTERM or Ctrl-C
stack           everything put together; the composition root
options, state  what was asked for; what was chosen once and is kept under the data folder
environment     the variables under which the processes and the `fixative` command speak to this stack
keeper, part    starts, restarts and stops; one process and how one knows that it is ready
redis, s3, receiver, worker, simulator
                the parts; `redis.start` and `s3.start` run one alone, for tests
process, child  one child process, which dies with its parent
roll            pids.json: who runs; and ending what a killed stack left behind
launch          the whole stack as a child of a test or of the demo
bucket, certificate, ports, lock, private_file, wait, ending, welcome, errors
"""
