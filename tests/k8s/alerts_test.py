"""The alerts, by Prometheus' own tool: what they say is a rule, and each fires when it should and not before."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

import manifests

HERE = pathlib.Path(__file__).parent
RULES = manifests.SOURCE_DIR / "k8s/components/monitoring/alerts.yaml"


@unittest.skipUnless(shutil.which("promtool"), "promtool is absent; scripts/setup --test installs it")
class AlertsTest(unittest.TestCase):

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="clientele-alerts-"))
        self.addCleanup(shutil.rmtree, self.directory)
        self.groups = yaml.safe_load(RULES.read_text())["spec"]
        (self.directory / "alerts.yaml").write_text(yaml.safe_dump(self.groups))
        shutil.copy(HERE / "alerts_test.yaml", self.directory)

    def promtool(self, *arguments):
        result = subprocess.run(["promtool", *arguments], cwd=self.directory, capture_output=True, text=True, timeout=120)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def alerts(self):
        return [rule for group in self.groups["groups"] for rule in group["rules"] if "alert" in rule]

    def test_they_are_rules(self):
        self.promtool("check", "rules", "alerts.yaml")

    def test_each_fires_when_it_should_and_not_before(self):
        self.promtool("test", "rules", "alerts_test.yaml")

    def test_each_is_tried(self):
        tried = (HERE / "alerts_test.yaml").read_text()
        for alert in self.alerts():
            self.assertIn(f'{{alertname="{alert["alert"]}"}}', tried)

    def test_each_says_how_much_it_matters_and_what_to_do(self):
        for alert in self.alerts():
            self.assertIn(alert["labels"]["severity"], ("critical", "warning"), alert["alert"])
            self.assertEqual(set(alert["annotations"]), {"summary", "description"}, alert["alert"])

    def test_the_commands_that_they_name_exist(self):
        for alert in self.alerts():
            for command in re.findall(r"`clientele ([a-z -]+)", alert["annotations"]["description"]):
                program = pathlib.Path(os.environ["CLIENTELE_BIN_DIR"]) / "clientele"
                help_of = subprocess.run([program, *command.split(), "--help"], capture_output=True, text=True)
                self.assertEqual(help_of.returncode, 0, command)
                self.assertIn("Usage: clientele " + command.strip(), help_of.stdout)


if __name__ == "__main__":
    unittest.main()
