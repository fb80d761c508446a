-- One request a line of the file that REQUESTS names: path and If-None-Match; in order, round robin.
local requests, count, last = {}, 0, 0

function init()
  for line in io.lines(os.getenv("REQUESTS")) do
    local path, etag = line:match("^([^\t]*)\t(.*)$")
    count = count + 1
    requests[count] = wrk.format("GET", path, etag ~= "" and {["If-None-Match"] = etag} or {})
  end
end

function request()
  last = last % count + 1
  return requests[last]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\n@@{"requests":%d,"microseconds":%d,"bytes":%d,"p50":%d,"p99":%d,"errors":%d}\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
