"""Beancount reads a journal: beancount_read.py FILE. Its cache of files read before is switched off."""

import os
import sys
import time

os.environ["BEANCOUNT_DISABLE_LOAD_CACHE"] = "1"

from beancount import loader  # noqa: E402
from beancount.core.data import Transaction  # noqa: E402
from figures import peak_mib, say  # noqa: E402

start = time.perf_counter()
entries, errors, _ = loader.load_file(sys.argv[1])
took = time.perf_counter() - start
if errors:
    sys.exit(f"beancount refused the journal: {errors[0].message}")
say("read", took, rows=sum(isinstance(entry, Transaction) for entry in entries), peak_mib=peak_mib())
