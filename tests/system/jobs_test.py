"""Training jobs through the real programs: a killed worker, a restarted service, the example specs."""

import json
import os
import pathlib
import signal
import time
import unittest

import harness
from harness import record_pb2, training_service_pb2

Job = training_service_pb2.TrainingJob
SECONDS_PER_DAY = 86_400
START = 1_546_300_800  # 2019-01-01


def unit(*parts):
    """A number in [0, 1) that depends on `parts` alone."""
    return int(harness.sha256("/".join(map(str, parts)).encode())[:12], 16) / 16 ** 12


def purchases(customers):
    """Two years of purchases: everybody has a pace and a day on which he leaves, or none."""
    records = []
    for customer in range(customers):
        gap = 7 + 40 * unit("gap", customer)
        leaves = 730 if unit("stays", customer) < 0.5 else 730 * unit("leaves", customer)
        day = 60 * unit("first", customer)
        while day < max(leaves, 61):
            number = len(records)
            record = record_pb2.Record(source="shop", record_id=str(number), customer_id=f"c{customer:05}")
            record.event_time.seconds = START + int(day * SECONDS_PER_DAY)
            record.transaction.amount_micros = int((5 + 95 * unit("amount", customer)) * (0.5 + unit(number))) * 1_000_000
            record.transaction.currency_code = "USD"
            record.transaction.category = "abc"[number % 3]
            records.append(record)
            day += gap * (0.5 + unit("next", number))
    return records


def example(name):
    """An example spec, as of half a year before the data's end."""
    spec = json.loads((harness.SOURCE_DIR / "scripts" / "specs" / f"{name}.json").read_text())
    spec["dataset"]["asOf"] = "2020-06-30T00:00:00Z"
    spec["dataset"]["knownAt"] = "2100-01-01T00:00:00Z"
    return spec


def workers_of(pid):
    """The worker processes of a service."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            name, fields = stat.read_text().rsplit(")", 1)
        except OSError:
            continue  # It has ended meanwhile.
        if int(fields.split()[1]) == pid and fields.split()[0] != "Z" and "clientele-train" in name:
            found.append(int(stat.parent.name))
    return found


class JobsTest(harness.SystemTest):

    def get(self, name):
        return self.jobs.GetTrainingJob(training_service_pb2.GetTrainingJobRequest(name=name), timeout=60)

    def await_worker(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = workers_of(self.training.process.pid)
            if found:
                return found[0]
            time.sleep(0.005)
        self.fail("no worker was started")

    def long_spec(self, seed=1):
        """Runs until it is stopped, or for minutes."""
        spec = example("segments")
        spec["seed"] = str(seed)
        spec["kmeans"] = {"numClusters": 64, "restarts": 1000, "maxIterations": 10000, "minRelativeProgress": -1}
        return spec

    def await_stage(self, name, stage):
        for job in self.jobs.WatchTrainingJob(training_service_pb2.WatchTrainingJobRequest(name=name), timeout=120):
            if job.progress.stage >= stage:
                return
        self.fail(f"ended before: {job}")

    def test_the_example_specs_train(self):
        self.ingest(purchases(1500))
        for name in ("segments", "churn", "value", "rfm"):
            job = self.train(example(name))
            self.assertEqual(job.model_version, f"{harness.TENANT}/models/{name}/versions/1", job)
            version = self.models.GetModelVersion(
                harness.model_service_pb2.GetModelVersionRequest(name=job.model_version), timeout=60)
            self.assertEqual(version.sha256, job.artifact_sha256)
            self.assertEqual(version.training_job, job.name)
        # The same again, on the other number of threads: the same bytes, and so the same version.
        again = self.train(example("churn"), threads=2)
        self.assertEqual(again.artifact_sha256, self.train(example("churn"), threads=1).artifact_sha256)

    def test_a_killed_worker_is_a_failed_job(self):
        self.ingest(purchases(1500))
        job = self.create_job(self.long_spec())
        os.kill(self.await_worker(), signal.SIGKILL)
        for job in self.jobs.WatchTrainingJob(training_service_pb2.WatchTrainingJobRequest(name=job.name), timeout=60):
            pass
        self.assertEqual(job.state, Job.STATE_FAILED)
        self.assertIn("killed by signal 9", job.error.message)
        self.train(example("churn"))  # The service lives on.

    def test_a_cancelled_job_leaves_no_worker(self):
        self.ingest(purchases(1500))
        job = self.create_job(self.long_spec())
        self.await_stage(job.name, training_service_pb2.Progress.STAGE_TRAINING)
        job = self.jobs.CancelTrainingJob(training_service_pb2.CancelTrainingJobRequest(name=job.name), timeout=60)
        self.assertEqual(job.state, Job.STATE_CANCELLED)
        self.assertEqual(workers_of(self.training.process.pid), [])

    def test_jobs_resume_after_a_restart_and_after_a_crash(self):
        self.ingest(purchases(1500))
        running = self.create_job(self.long_spec())
        waiting = self.create_job(example("churn"))
        self.await_stage(running.name, training_service_pb2.Progress.STAGE_TRAINING)
        for end in (self.training.stop, self.training.kill):
            worker = self.await_worker()
            end()
            deadline = time.monotonic() + 10
            while pathlib.Path(f"/proc/{worker}/fd/0").exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            self.assertFalse(pathlib.Path(f"/proc/{worker}/fd/0").exists(), "an orphan survived")
            self.training.start()
            self.connect()
            self.await_worker()
            self.assertEqual(self.get(running.name).state, Job.STATE_RUNNING)
            self.assertEqual(self.get(waiting.name).state, Job.STATE_QUEUED)
        self.jobs.CancelTrainingJob(training_service_pb2.CancelTrainingJobRequest(name=running.name), timeout=60)
        for job in self.jobs.WatchTrainingJob(training_service_pb2.WatchTrainingJobRequest(name=waiting.name), timeout=120):
            pass
        self.assertEqual(job.state, Job.STATE_SUCCEEDED, job)

    def test_data_that_cannot_train_says_why(self):
        self.ingest(purchases(4))
        job = self.create_job(example("churn"))
        for job in self.jobs.WatchTrainingJob(training_service_pb2.WatchTrainingJobRequest(name=job.name), timeout=60):
            pass
        self.assertEqual(job.state, Job.STATE_FAILED)
        self.assertTrue(job.data_issues)
        self.assertTrue(all(issue.recommendation for issue in job.data_issues), job)


if __name__ == "__main__":
    unittest.main()
