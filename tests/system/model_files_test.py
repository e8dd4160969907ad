"""A trained version leaves the house: as ONNX it scores as the service does, as a card it says what to know of it."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import harness
import serving_model

SOURCE_DIR = harness.SOURCE_DIR


class ModelFilesTest(harness.SystemTest):

    def setUp(self):
        super().setUp()
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        serving_model.publish(self)

    def file(self, name):
        return pathlib.Path(self.folder.name, name)

    def probability(self, features):
        request = harness.scoring_service_pb2.ScoreRequest(name=f"{harness.TENANT}/models/churn/versions/1")
        for name, value in features.items():
            feature = request.subject.features.add(feature=name)
            if isinstance(value, str):
                feature.value.text = value
            else:
                feature.value.number = value
        probability = self.scoring.Score(request, timeout=10).score.probability
        return {"probability": probability.probability, "log_odds": probability.log_odds}

    def test_onnx_scores_as_the_service_does(self):
        printed = json.loads(self.run_cli("models", "export", "churn", "1", "--format", "onnx", "--to",
                                          self.file("churn.onnx"), "--output", "json"))
        self.assertEqual(printed[0]["sha256"], harness.sha256(self.file("churn.onnx").read_bytes()))
        subjects = [{"attribute.usage": usage, "attribute.plan": plan}
                    for usage in (0, 17.3, 50, 99, 1e7) for plan in ("basic", "pro", "never seen")]
        subjects += [{"attribute.usage": 5}, {"attribute.plan": "pro"}]
        inputs = [
            {"name": "attribute.usage", "numbers": [subject.get("attribute.usage") for subject in subjects]},
            {"name": "attribute.plan", "texts": [subject.get("attribute.plan", "") for subject in subjects]},
        ]
        rows = [self.probability(subject) for subject in subjects]
        self.file("churn.json").write_text(json.dumps({"inputs": inputs, "rows": rows}))
        script = SOURCE_DIR / "tests" / "common" / "model" / "onnx" / "compare_scores.js"
        result = subprocess.run(["node", str(script), self.folder.name], capture_output=True, text=True, timeout=120,
                                env={**os.environ, "NODE_PATH": os.environ["CLIENTELE_ONNX_MODULES"]})
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn(f"churn: {len(subjects)} rows", result.stdout)

    def test_a_card_says_what_to_know(self):
        card = json.loads(self.run_cli("models", "card", "churn", "1", "--output", "json"))
        self.assertEqual(card["modelVersion"], f"{harness.TENANT}/models/churn/versions/1")
        self.assertEqual(card["features"][0]["feature"], "attribute.usage")
        self.assertGreater(card["features"][0]["importance"], 0.9)
        self.assertEqual(card["features"][0]["direction"], "lowers")
        self.assertEqual(card["metrics"][0]["metric"], "auc")
        self.assertLess(card["metrics"][0]["lower"], card["metrics"][0]["value"])
        codes = [limit["code"] for limit in card["limits"]]
        self.assertIn("OLD_DATA", codes)  # As of 2020.
        self.assertIn("ONE_FEATURE_DECIDES", codes)
        people = self.run_cli("models", "card", "churn", "challenger")
        for text in ("Know before you trust it", "OLD_DATA", "attribute.usage", "AUC"):
            self.assertIn(text, people)

    def test_the_page_begins_with_the_card(self):
        self.run_cli("models", "card", "churn", "1", "--html", self.file("churn.html"))
        page = self.file("churn.html").read_text()
        self.assertIn("Know before you trust it", page)
        self.assertIn("What it looks at most", page)
        self.assertNotIn("http", page)


if __name__ == "__main__":
    unittest.main()
