// Limits, repeats, caches, queues, networks.
export const LOAD = `
throttle, throttling, rate limit, rate limiting, limit, quota, too many requests, 429, token bucket, cap, slow down, slow mode
limit, cap, maximum, max, at most, upper bound, ceiling, restrict, threshold, bound, quota, allowance
burst, spike, peak, rush, surge, peak traffic, crowd, stampede, storm
load, traffic, demand, volume, pressure
overload, overloaded, overwhelm, collapse, too much traffic, saturation, swamped, brought down, falls over
retry, try again, repeat, reattempt, resend, again, attempt, send again
backoff, back off, exponential, pause between, wait longer, jitter
retry storm, thundering herd, stampede, all at once
circuit breaker, breaker, fail fast, trip, cut off
timeout, time out, deadline, time limit, takes too long, hang, no answer, unresponsive
idempotent, idempotency, idempotence, exactly once, only once, same request twice, dedupe, deduplicate, safe to repeat
duplicate, duplicated, double, doubled, twice, twin, repeated, two times, copy, de duplicate, dedupe, second time, same twice
unique, uniqueness, distinct, only once
cache, cached, caching, memoise, memoize, keep in memory, remembered
stale, outdated, old, out of date, expired, obsolete
invalidate, invalidation, purge, evict, flush, expire, refresh
stale while revalidate, serve stale, stale if error
cdn, edge, edge cache, content delivery
ttl, time to live, expiry, expiration, expire, lifetime, validity, valid for, runs out
prefetch, preload, warm up, warm, ahead of time, beforehand, precompute
prerender, pre render, static, generated beforehand
warm up, ramp up, gradual, gradually, step by step, slowly increase, warming
queue, queued, backlog, waiting line, line up, pending, waiting list, buffer
worker, consumer, job runner, executor, processor
job, task, background job, work item, batch job
batch, bulk, in bulk, mass, many at once, chunk, batched
schedule, scheduled, scheduler, cron, timer, periodic, recurring, nightly, timed
dead letter, dead letter queue, poison, poison message, poisoned, buried, parked message
priority, prioritise, prioritize, urgent, lane, precedence, importance, fast lane
fairness, fair, starve, starvation, noisy neighbour, hog, round robin
backpressure, back pressure, slow consumer, flow control
message, event, notification
publish, subscribe, pub sub, broadcast, fan out, fanout
broadcast, fan out, send to all, everybody, announcement
stream, streaming, feed
webhook, callback, push to url, hook
delivery, deliver, hand over, arrive
order, ordering, sequence, out of order
balance, load balancer, balancer, distribute, spread
proxy, gateway, reverse proxy, ingress, middlebox
upstream, backend, origin, authority, other side
server, backend, host, machine, node, box, instance
cluster, fleet, several machines, nodes
gateway, hub, concentrator, base station
failover, fail over, switch over, standby, secondary, backup server, take over
redundant, redundancy, replica, replicate, replication, mirror, mirrored, copy
secondary, standby, slave, replica, follower, second server
primary, leader, master, main
leader election, elect, leader, lease, split brain, both masters, two masters
fencing, fence token, lease, step down
quorum, majority, consensus, vote, raft, agree
partition, network split, cut off, isolated
outage, downtime, down, unavailable, unreachable, offline, broken, dead, failure, incident, disruption
offline, without network, no network, disconnected, no connection, no internet, no reception, airplane mode, without signal, connection is gone, without connection
reconnect, connect again, resume, back online, dropped connection, connection loss, socket dropped, lost connection
connection, socket, websocket, link, session
latency, delay, lag, slow, response time, round trip, roundtrip, slowness, p95, p99
slow, sluggish, takes long, crawl, lengthy, slowness, takes for ever, takes forever, takes ages
fast, quick, speed, speed up, faster, accelerate, performance, optimise, optimize
bandwidth, throughput, bitrate, data volume, megabits
dns, name server, nameserver, resolver, domain name, zone
domain, host name, hostname, site
network, net, lan, wifi, wi fi, wlan, wireless, connectivity
radio, wireless, lora, bluetooth, rf, antenna
ping, heartbeat, keepalive, keep alive, beacon, alive, liveness
health check, liveness, readiness, probe
poll, polling, ask periodically, check periodically
sync, synchronise, synchronize, synchronisation, synchronization, in step, reconcile
pool, connection pool, pooled, shared connections
shard, sharding, partition, partitioning, split data, horizontal scaling
scale, scaling, autoscale, grow, capacity
capacity, size, room, space
compress, compression, gzip, zstd, brotli, shrink, smaller, squeeze
waiting room, virtual queue, admission, let in, admit
gossip, peer to peer, peers
dropped, lost, missing, vanish, disappear, gone, swallowed
flaky network, packet loss, bad line, poor connection
redirect, forward, send on, relay
path, route, way
`;
