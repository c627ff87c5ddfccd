// Programs while they run: memory, processes, clocks, crashes, watching them.
export const RUNTIME = `
memory, ram, heap, out of memory, oom, memory usage, working set, memory growth
out of memory, oom, oom killer, memory exhausted, runs out of ram, eats memory, uses up memory, too much memory
memory leak, leak, grows for ever, memory growth, never freed, grows without end, piling up
cpu, processor, cores, load
gpu, graphics card, accelerator, cuda
hang, freeze, stuck, blocked, frozen, unresponsive, stall, does not respond, jam
stutter, jank, lag, frame drop, tick rate, hitch, pause, frame time
crash, abort, panic, segfault, exception, die, falls over, dies, dump, fatal, killed, core dump
error, failure, fault, exception, bug, problem, mistake, defect
bug, defect, error, fault, issue, flaw
fail, failing, failed, break, broken, unsuccessful, go wrong, does not work
process, subprocess, child process, child, program, worker
goroutine, coroutine, thread, fiber, task, background task, green thread
thread, threads, multithreading, parallel
leak, never closed, not closed, pile up, accumulate
cancel, cancelled, abort, stop, terminate, interrupt, end
shutdown, shut down, stop, terminate, termination, sigterm, graceful, exit, drain
drain, finish running work, run dry, empty out
restart, reboot, start again, relaunch, rolling restart
start, startup, launch, boot, begin, first launch, cold start
garbage collector, gc, gc pause, collection pause, collector
file descriptor, handle, open files, too many open files
environment, environment variable, env, process environment
signal, sigterm, sigkill, kill
clock, time, wall clock, system time, timestamp, ntp
clock skew, clock drift, skew, wrong time, clock change, clock set back, drift, from the future
daylight saving, dst, summer time, summertime, winter time, clocks went back, clock change, clocks change, time change, changeover
time zone, timezone, utc, zone, local time, off by an hour, tz, tzdata, abroad
date, day, calendar, timestamp
midnight, end of day, day boundary, day change
future, not yet come, ahead
deadline, due, due date, cut off, last moment
monitoring, monitor, watch, observe, observability, telemetry, dashboard, supervision
metric, counter, gauge, statistic, measure, figure, prometheus
alert, alarm, warning, notification, page, pager, siren, notify
alert fatigue, noise, too many alerts, noisy, false alarm
false alarm, false positive, wrongly reported, spurious
unnoticed, went unseen, nobody noticed, silent, no alert, undetected, hidden
on call, pager, duty, standby, night shift
incident, outage, post mortem, postmortem, emergency, what happened, retrospective
cause, reason, root cause, why
trace, tracing, span, distributed tracing, call path
sampling, sample, tail sampling, share of traces
log, logs, logging, log file, output, log line
debug, troubleshoot, diagnose, investigate, find the reason
profile, profiler, flame graph, hot spot
benchmark, measure, measurement, load test
slo, sla, service level, error budget, burn rate, availability
health, alive, state, status
exit code, return code, exit status, status code
config, configuration, setting, option, parameter, preference
reload, hot reload, sighup, apply without restart
feature flag, feature switch, flag, toggle, switch, feature toggle
flag, mark, marker, indicator, label
default, preset, fallback, built in
fallback, fall back, degrade, degraded, alternative, plan b, substitute
interpreter, php, python, vm, runtime, script engine
kernel, operating system, os, linux
container, docker, kubernetes, k8s, pod, image
cgroup, memory limit, resource limit
virtual machine, vm, guest, instance
power, energy, battery, electricity, current
battery, power consumption, energy use, charge, runs empty, drain, accumulator
firmware, embedded, controller, device software, microcontroller
over the air, ota, update, firmware update, flash
filesystem, file system, directory, folder, inode
permission denied, eacces, not permitted
path, file name, directory, folder
queue lag, age of oldest, delay of jobs
resource, resources, consumption, usage
precision, accuracy, exact, accurate, exactness
overflow, wrap around, too large, exceeds, integer overflow
null, nil, undefined, missing value, none
random, randomness, entropy, jitter, chance, lottery
`;
