"""The Node client of client.js against the running servers."""

import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, __file__.rsplit("/", 2)[0])
import harness  # noqa: E402


class NodeClientTest(harness.SystemTest):

    def test_ingests_trains_and_scores(self):
        environment = dict(os.environ, NODE_PATH=os.environ["CLIENTELE_NODE_MODULES"])
        result = subprocess.run(
            ["node", str(harness.SOURCE_DIR / "tests/system/clients/client.js"), str(harness.SOURCE_DIR / "protos"),
             self.ingestion.address, self.training.address, self.inference.address],
            env=environment, capture_output=True, text=True, timeout=300)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        answer = json.loads(result.stdout.splitlines()[-1])
        self.assertTrue(answer["version"].startswith("tenants/demo/models/value/versions/"))
        self.assertGreater(answer["value"], 0)


if __name__ == "__main__":
    unittest.main()
