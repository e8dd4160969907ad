"""What was acknowledged survives kill -9 of each service in the middle of its work; scripts/crash-test does it 200 times."""

import unittest

import crash_run


class CrashTest(unittest.TestCase):
    def test_nothing_is_lost_doubled_or_torn(self):
        self.assertTrue(crash_run.crash(kills=4, seed=20_26))


if __name__ == "__main__":
    unittest.main()
