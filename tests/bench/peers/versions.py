"""Which peers are here: a JSON list of names and versions."""

import json
import platform
import shutil
import sqlite3
import subprocess
from importlib import metadata

found = [("Python", platform.python_version()), ("SQLite of Python", sqlite3.sqlite_version)]
for package in ("sqlcipher3-wheels", "beancount", "duckdb"):
    try:
        found.append((package, metadata.version(package)))
    except metadata.PackageNotFoundError:
        pass
for program in ("sqlite3", "hledger"):
    if shutil.which(program):
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout.split()
        number = next((word.strip(",") for word in answer if word[:1].isdigit()), None)
        if number:
            found.append((program, number))
print(json.dumps(found))
