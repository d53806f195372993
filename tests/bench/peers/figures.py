"""What every peer prints: one figure a line, as JSON, read by the benchmark. Times in seconds, memory in MiB."""

import json
import resource
import sys
import time

REQUESTS = 200
BUDGET_S = 10.0


def peak_mib(whose=resource.RUSAGE_SELF):
    """Most memory that was resident; Linux counts it in KiB."""
    return resource.getrusage(whose).ru_maxrss / 1024


def say(name, seconds, **more):
    print(json.dumps({"name": name, "seconds": seconds, **more}))
    sys.stdout.flush()


def say_requests(name, request):
    """Asks again and again, as Purser is asked: 200 times, or until the budget is used up."""
    times = []
    began = time.perf_counter()
    rows = None
    while len(times) < REQUESTS and (len(times) < 5 or time.perf_counter() - began < BUDGET_S):
        start = time.perf_counter()
        rows = request(len(times))
        times.append(time.perf_counter() - start)
    first = times[0]
    times.sort()

    def percentile(percent):
        return times[max(-(-len(times) * percent // 100), 1) - 1]

    say(name, percentile(99), median_s=percentile(50), first_s=first, requests=len(times), rows=rows)
