"""Every metric that the board and the alerts speak of is one that the programs have, and so is every label."""

import json
import re
import unittest
import urllib.request

import yaml

import harness  # Of tests/system.
import manifests
import serving_model

FOREIGN = {"up", "kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes",
           "kube_cronjob_status_last_successful_time"}
ADDED_BY_PROMETHEUS = {"job", "pod", "namespace", "le"}


def selectors(expression):
    """(metric, labels it is selected by) of an expression."""
    for metric, braces in re.findall(r"((?:clientele|kube|kubelet)_[a-z0-9_:]+|\bup\b)(\{[^}]*\})?", expression):
        yield metric, set(re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", re.sub(r'"[^"]*"', "", braces)))


class MetricsTest(harness.SystemTest):

    def scraped(self):
        """Labels of every series that a scrape of all programs finds, by the series' name."""
        found = {}
        for program in (self.ingestion, self.training, self.inference):
            with urllib.request.urlopen(f"http://{program.metrics_address}/metrics", timeout=10) as page:
                for name, labels in re.findall(r"^([a-z_:]+)(\{.*\})? \S+$", page.read().decode(), re.MULTILINE):
                    found.setdefault(name, set()).update(re.findall(r'([a-z_]+)="', labels))
        return found

    def test_the_board_and_the_alerts_speak_of_what_there_is(self):
        self.inference.stop()
        self.inference.flags += ("--admin-address", "127.0.0.1:0", "--ingestion-address", self.ingestion.address)
        self.inference.start()  # With tenants' accounts.
        self.connect()
        self.training.stop()
        self.training.flags += ("--inference-address", self.inference.address)
        self.training.start()
        self.connect()
        serving_model.publish(self)
        self.run_cli("score", "c17")
        self.run_cli("import", "profiles", self.profiles())
        self.run_cli("rescore", "run")

        folder = manifests.SOURCE_DIR / "k8s/components/monitoring"
        board = json.loads((folder / "clientele.json").read_text())
        groups = yaml.safe_load((folder / "alerts.yaml").read_text())["spec"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        recorded = {rule["record"] for rule in rules if "record" in rule}
        expressions = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
        expressions += [rule["expr"] for rule in rules]
        self.assertGreater(len(expressions), 40)

        known = self.scraped()
        for expression in expressions:
            for metric, labels in selectors(expression):
                if metric not in FOREIGN | recorded:
                    self.assertIn(metric, known, expression)
                    self.assertLessEqual(labels - ADDED_BY_PROMETHEUS, known[metric], expression)

    def profiles(self):
        path = self.directory / "profiles.csv"
        path.write_text("customer_id,event_time,usage\nc1,2024-01-31,3\n")
        return path


if __name__ == "__main__":
    unittest.main()
