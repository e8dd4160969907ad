"""scripts/quickstart as a newcomer runs it, twice, in a directory and on ports of its own."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

SOURCE_DIR = pathlib.Path(os.environ["CLIENTELE_SOURCE_DIR"])
BIN_DIR = pathlib.Path(os.environ["CLIENTELE_BIN_DIR"])


def free_port_base():
    """A port below the ephemeral range that is free, as are the twelve after it."""
    for base in range(21000, 32000, 100):
        sockets = []
        try:
            for offset in range(13):
                sockets.append(socket.socket())
                sockets[-1].bind(("127.0.0.1", base + offset))
            return base
        except OSError:
            continue
        finally:
            for each in sockets:
                each.close()
    raise AssertionError("no free ports")


@unittest.skipUnless(BIN_DIR == SOURCE_DIR / "build/release/bin", "the quickstart builds the release preset")
class QuickstartTest(unittest.TestCase):

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="clientele-quickstart-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.addCleanup(subprocess.run, [BIN_DIR / "clientele", "--dir", self.directory, "down"], capture_output=True)
        self.port_base = free_port_base()

    def quickstart(self):
        result = subprocess.run(["scripts/quickstart", "--dir", self.directory, "--port-base", str(self.port_base),
                                 "--customers", "1500"], cwd=SOURCE_DIR, capture_output=True, text=True, timeout=600)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout, result.stderr

    def test_ends_in_tables_and_the_second_run_finds_all_there(self):
        first, _ = self.quickstart()
        for text in ("Churn risk", "Customers with the most value at risk", "Stop:", "import transactions"):
            self.assertIn(text, first)
        self.assertEqual(first.count("published, and now the champion"), 3, first)
        second, notes = self.quickstart()
        self.assertIn("was up already", second)
        self.assertEqual(notes.count("a model of this spec is there already"), 3, notes)
        self.assertEqual(first[first.index("Customers with the most value at risk"):],
                         second[second.index("Customers with the most value at risk"):])


if __name__ == "__main__":
    unittest.main()
