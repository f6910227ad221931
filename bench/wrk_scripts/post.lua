-- POST one and the same body again and again; tell the figures in a line that a program can read.
-- There is no request() on purpose: wrk then makes the bytes once, after init().

function read_whole(path)
  local file = assert(io.open(path, "rb"))
  local whole = file:read("*a")
  file:close()
  return whole
end

function init(args)
  wrk.method = "POST"
  wrk.body = read_whole(args[1])
  wrk.headers["Content-Type"] = "application/json"
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    'heard: {"requests": %d, "duration_us": %d, "status_errors": %d, "socket_errors": %d, '
      .. '"p50_us": %d, "p99_us": %d, "p999_us": %d}',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
