"""Jobs that share a budget of memory, through the real programs."""

import unittest
import urllib.request

import harness
from harness import training_service_pb2
from jobs_test import Job, example, purchases

SMALL = "20MiB"  # Less than a worker takes to start.


@unittest.skipIf(harness.SANITIZER, "budgets are of memory that a sanitizer multiplies")
class MemoryTest(harness.SystemTest):
    budget = "64MiB"  # For one worker with little data, not for two.

    def program(self, name, *flags):
        if name == "clientele-training":
            flags += ("--worker-memory", self.budget, "--worker-memory-per-tenant", "", "--jobs-max-running", "2")
        return super().program(name, *flags)

    def with_budget(self, budget, of_one_tenant=""):
        """The service again, with another budget."""
        self.training.stop()
        flags = list(self.training.flags)
        flags[flags.index("--worker-memory") + 1] = budget
        flags[flags.index("--worker-memory-per-tenant") + 1] = of_one_tenant
        self.training.flags = tuple(flags)
        self.training.start()
        self.connect()

    def watch(self, job):
        return self.jobs.WatchTrainingJob(training_service_pb2.WatchTrainingJobRequest(name=job.name), timeout=300)

    def end_of(self, job):
        for job in self.watch(job):
            pass
        return job

    def metrics(self):
        with urllib.request.urlopen(f"http://{self.training.metrics_address}/metrics", timeout=10) as page:
            return dict(line.rsplit(" ", 1) for line in page.read().decode().splitlines() if not line.startswith("#"))

    def long_spec(self):
        spec = example("segments")
        spec["kmeans"] = {"numClusters": 64, "restarts": 1000, "maxIterations": 10000, "minRelativeProgress": -1}
        return spec

    def running(self, job):
        """The job, once it learns."""
        for now in self.watch(job):
            if now.progress.stage >= training_service_pb2.Progress.STAGE_TRAINING:
                return job
        self.fail(f"ended before: {now}")

    def cancel(self, job):
        return self.jobs.CancelTrainingJob(training_service_pb2.CancelTrainingJobRequest(name=job.name), timeout=60)

    def what_it_waits_for(self, job):
        for job in self.watch(job):
            self.assertEqual(job.state, Job.STATE_QUEUED, job)
            if job.progress.message:
                return job.progress.message

    def test_two_that_do_not_fit_together_run_one_after_the_other(self):
        self.ingest(purchases(1500))
        first = self.running(self.create_job(self.long_spec()))
        second = self.create_job(example("churn"))
        self.assertRegex(self.what_it_waits_for(second),
                         r"^waits for memory: needs about [\d.]+ MiB, and of the 64\.0 MiB that jobs may use "
                         r"[\d.]+ MiB are set aside for jobs that run$")
        metrics = self.metrics()
        self.assertEqual(float(metrics["clientele_training_memory_budget_bytes"]), 64 * 2 ** 20)
        self.assertGreater(float(metrics["clientele_training_memory_reserved_bytes"]), 2 ** 20)
        first = self.cancel(first)
        second = self.end_of(second)
        self.assertEqual(second.state, Job.STATE_SUCCEEDED, second)
        self.assertGreaterEqual(second.start_time.ToNanoseconds(), first.end_time.ToNanoseconds())
        metrics = self.metrics()
        self.assertEqual(float(metrics["clientele_training_memory_reserved_bytes"]), 0)
        self.assertGreaterEqual(float(metrics["clientele_training_job_memory_ratio_count"]), 1)

    def test_a_tenant_waits_for_its_own_jobs_and_nobody_else_does(self):
        self.with_budget("256MiB", of_one_tenant="25%")
        for tenant in (harness.TENANT, "tenants/other"):
            self.ingest(purchases(1500), parent=tenant)
        first = self.running(self.create_job(self.long_spec()))
        second = self.create_job(example("churn"))
        self.assertRegex(self.what_it_waits_for(second),
                         r"^waits for memory: needs about [\d.]+ MiB, and of the 64\.0 MiB that the jobs of one tenant "
                         r"may use [\d.]+ MiB are set aside for jobs that run$")
        other = self.end_of(self.create_job(example("churn"), parent="tenants/other"))
        self.assertEqual(other.state, Job.STATE_SUCCEEDED, other)
        first = self.cancel(first)
        second = self.end_of(second)
        self.assertEqual(second.state, Job.STATE_SUCCEEDED, second)
        self.assertGreaterEqual(second.start_time.ToNanoseconds(), first.end_time.ToNanoseconds())

    def test_one_that_can_never_fit_fails_and_says_why(self):
        self.ingest(purchases(300))
        self.with_budget(SMALL)
        spec = example("segments")
        del spec["dataset"]["where"], spec["dataset"]["asOf"], spec["dataset"]["knownAt"]
        job = self.end_of(self.create_job(spec))
        self.assertEqual(job.state, Job.STATE_FAILED)
        self.assertFalse(job.HasField("start_time"), "no worker was started")
        self.assertEqual(job.error.code, harness.grpc.StatusCode.RESOURCE_EXHAUSTED.value[0])
        self.assertRegex(job.error.message,
                         r"^the job needs about [\d.]+ MiB of memory \(300 customers, 7 columns\), and all jobs "
                         r"together may use 20\.0 MiB; ask for fewer features, or raise worker\.memory$")

    def test_a_worker_over_its_limit_is_ended_and_reported(self):
        self.ingest(purchases(300))
        self.with_budget(SMALL)
        job = self.end_of(self.create_job(self.long_spec()))  # Of a part of the customers: nobody knew.
        self.assertEqual(job.state, Job.STATE_FAILED)
        self.assertTrue(job.HasField("start_time"))
        self.assertEqual(job.error.code, harness.grpc.StatusCode.RESOURCE_EXHAUSTED.value[0])
        self.assertRegex(job.error.message, r"^the job needs more memory than its budget of 20\.0 MiB: its worker took "
                                            r"[\d.]+ MiB and was ended")
        self.assertEqual(float(self.metrics()["clientele_training_jobs_outgrew_memory_total"]), 1)
        self.with_budget("0")  # No budget: as much as it likes.
        job = self.end_of(self.create_job(example("segments")))
        self.assertEqual(job.state, Job.STATE_SUCCEEDED, job)


if __name__ == "__main__":
    unittest.main()
