"""learner_bench on a few rows of every job: that it reads the format and tells what it promises."""
import array
import json
import math
import os
import random
import subprocess
import tempfile
import unittest

PROGRAM = os.path.join(os.environ["CLIENTELE_BIN_DIR"], "learner_bench")
ROWS, COLUMNS = 2000, 4


class LearnerBenchTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.random = random.Random(1)
        self.rows = [[self.random.gauss(0, 1) for _ in range(COLUMNS)] for _ in range(ROWS)]

    def tearDown(self):
        self.folder.cleanup()

    def write(self, job, parameters, **arrays):
        description = {"params": parameters, "arrays": {}}
        for name, (dtype, shape, values) in arrays.items():
            file = "%s.%s.%s" % (job, name, dtype)
            with open(os.path.join(self.folder.name, file), "wb") as out:
                array.array("f" if dtype == "f32" else "i", values).tofile(out)
            description["arrays"][name] = {"file": file, "dtype": dtype, "shape": shape}
        with open(os.path.join(self.folder.name, job + ".json"), "w") as out:
            json.dump(description, out)

    def run_job(self, job, threads=1):
        line = subprocess.run([PROGRAM, "--data", self.folder.name, "--job", job, "--threads", str(threads)], check=True,
                              stdout=subprocess.PIPE, text=True).stdout
        result = json.loads(line)
        for key in ("fit_s", "fit_cpu_s", "objective", "iterations", "grad_norm", "peak_rss_mb"):
            self.assertTrue(math.isfinite(result[key]), key)
        self.assertGreater(result["objective"], 0)
        return result

    def flat(self):
        return [value for row in self.rows for value in row]

    def test_clusters(self):
        for job in ("kmeans_a", "kmeans_b"):
            self.write(job, {"k": 8, "iters": 20}, X=("f32", [ROWS, COLUMNS], self.flat()),
                       C0=("f32", [8, COLUMNS], self.flat()[:8 * COLUMNS]))
            self.assertEqual(self.run_job(job)["objective"], self.run_job(job, threads=2)["objective"])

    def test_dense_logistic(self):
        labels = [1.0 if row[0] + self.random.gauss(0, 1) > 0 else 0.0 for row in self.rows]
        self.write("logit", {}, X=("f32", [ROWS, COLUMNS], self.flat()), y=("f32", [ROWS], labels))
        self.assertLess(self.run_job("logit")["grad_norm"], 1e-8)

    def test_sparse_logistic(self):
        ids = [field * 10 + self.random.randrange(10) for _ in range(ROWS) for field in range(3)]
        labels = [float(self.random.random() < 0.3) for _ in range(ROWS)]
        self.write("logit_sparse", {"D": 30}, indices=("i32", [ROWS, 3], ids), y=("f32", [ROWS], labels))
        self.assertLess(self.run_job("logit_sparse")["grad_norm"], 1e-6)

    def test_values(self):
        means = [math.exp(0.3 * row[0] + 1) for row in self.rows]
        self.write("ltv", {"ridge_alpha": 1.0, "glm_alpha": 1e-6, "tweedie_power": 1.5},
                   X=("f32", [ROWS, COLUMNS], self.flat()),
                   y_ridge=("f32", [ROWS], [row[0] + self.random.gauss(0, 1) for row in self.rows]),
                   y_gamma=("f32", [ROWS], [mean * self.random.gammavariate(2, 0.5) for mean in means]),
                   y_tweedie=("f32", [ROWS], [mean if self.random.random() < 0.6 else 0.0 for mean in means]))
        for job in ("ridge", "gamma", "tweedie"):
            self.run_job(job)

    def test_cox(self):
        times = [self.random.expovariate(math.exp(0.5 * row[0])) for row in self.rows]
        self.write("cox", {}, X=("f32", [ROWS, COLUMNS], self.flat()), t=("f32", [ROWS], times),
                   event=("f32", [ROWS], [float(self.random.random() < 0.7) for _ in self.rows]))
        self.assertEqual(self.run_job("cox")["objective"], self.run_job("cox", threads=2)["objective"])

    def test_an_unknown_job_is_told_the_known_ones(self):
        done = subprocess.run([PROGRAM, "--data", self.folder.name, "--job", "nothing"], stderr=subprocess.PIPE, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("logit_sparse", done.stderr)

    def test_the_machine_has_limits(self):
        line = subprocess.run([PROGRAM, "--limits", "--threads", "1"], check=True, stdout=subprocess.PIPE, text=True).stdout
        self.assertGreater(json.loads(line)["flops_per_second"], 0)


if __name__ == "__main__":
    unittest.main()
