-- Posts the requests of a file, one a line, one after another: wrk … -s load.lua URL -- FILE [count]
-- With `count`, refusals of a busy server are distinguished from errors, which costs wrk time for each answer.

local requests, turn, threads = {}, 0, {}

function setup(thread)
  table.insert(threads, thread)
end

local function count(status, headers)
  if status == 503 and (headers["Retry-After"] or headers["retry-after"]) then
    shed = shed + 1
  elseif status ~= 200 then
    failed = failed + 1
  end
end

function init(args)
  local headers = { ["content-type"] = "application/json", ["accept"] = "application/json" }
  for body in io.lines(args[1]) do
    table.insert(requests, wrk.format("POST", nil, headers, body))
  end
  shed, failed = 0, 0
  if args[2] == "count" then
    response = count
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  local shed, failed = 0, 0
  for _, thread in ipairs(threads) do
    shed = shed + thread:get("shed")
    failed = failed + thread:get("failed")
  end
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  local line = '{"requests": %d, "microseconds": %d, "bytes": %d, "p50": %d, "p99": %d, "refused": %d, '
    .. '"broken": %d, "shed": %d, "failed": %d}\n'
  io.write(line:format(summary.requests, summary.duration, summary.bytes, latency:percentile(50),
    latency:percentile(99), errors.status, broken, shed, failed))
end
