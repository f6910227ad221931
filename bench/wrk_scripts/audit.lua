-- As post.lua, and each id that was acknowledged is written into a file: one a line.

local here = debug.getinfo(1, "S").source:match("^@?(.*/)")
dofile((here or "") .. "post.lua")

local begin = init
local acknowledged

function init(args)
  begin(args)
  acknowledged = assert(io.open(args[2], "w"))
end

function response(status, headers, body)
  if status == 202 then
    acknowledged:write(body:match('"accepted":"([^"]+)"'), "\n")
    acknowledged:flush()
  end
end
