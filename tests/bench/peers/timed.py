"""Runs another program: timed.py NAME ROWS OUTPUT PROGRAM ARGUMENT... and says how long it took and its peak memory."""

import resource
import subprocess
import sys
import time

from figures import peak_mib, say


def main(name, rows, output, *command):
    with open(output, "wb") as file:
        start = time.perf_counter()
        try:
            done = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, check=False)
        except FileNotFoundError:
            sys.exit(f"FileNotFoundError: {command[0]} is not on the path")
        took = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace').strip()[-200:]}")
    say(name, took, rows=int(rows), peak_mib=peak_mib(resource.RUSAGE_CHILDREN))


main(*sys.argv[1:])
