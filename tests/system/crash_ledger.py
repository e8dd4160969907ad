"""What the services acknowledged, kept apart from them: one line a promise, on disk before the next is asked for.

The verdict reads this file, never the memory of those who wrote it.
"""

import json
import os
import threading


class Ledger:
    """Thread-safe. Append-only; a line is {"kind": ..., what was promised}."""

    def __init__(self, path):
        self.path = path
        self.file = open(path, "ab")
        self.lock = threading.Lock()

    def append(self, kind, **promise):
        """Durable when it returns."""
        line = json.dumps({"kind": kind, **promise}).encode() + b"\n"
        with self.lock:
            self.file.write(line)
            self.file.flush()
            os.fsync(self.file.fileno())

    def close(self):
        self.file.close()


class Reader:
    """Reads what has been added to the file since it last looked."""

    def __init__(self, path):
        self.path = path
        self.offset = 0
        self.promises = {}  # By kind, in the order in which they were made.

    def read(self):
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            whole_lines = file.read().rpartition(b"\n")
        self.offset += len(whole_lines[0]) + len(whole_lines[1])
        for line in whole_lines[0].splitlines():
            promise = json.loads(line)
            self.promises.setdefault(promise["kind"], []).append(promise)
        return self

    def of(self, kind):
        return self.promises.get(kind, [])
