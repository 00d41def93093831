-- A body of 64 KiB with each request.
wrk.method = "POST"
wrk.body = string.rep("x", 65536)
