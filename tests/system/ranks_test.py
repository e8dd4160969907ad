"""Training on many ranks, through the real programs and mpirun: the same bytes for any number of them, and what is left
when one of them, or what started them, dies."""

import os
import pathlib
import re
import signal
import time
import unittest

os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT", "1")  # Where the tests run as root; mpirun refuses otherwise.
os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")

import harness  # noqa: E402
from harness import training_service_pb2  # noqa: E402
from jobs_test import example, purchases  # noqa: E402

Job = training_service_pb2.TrainingJob


def ranks():
    """The processes of all ranks that run: number of the rank by process id."""
    found = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if "clientele-train" not in (folder / "comm").read_text():
                continue
            if (folder / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                continue
            entries = (folder / "environ").read_text().split("\0")
            environment = dict(entry.split("=", 1) for entry in entries if "=" in entry)
        except (OSError, UnicodeDecodeError):
            continue  # It has ended meanwhile.
        if "OMPI_COMM_WORLD_RANK" in environment:
            found[int(folder.name)] = int(environment["OMPI_COMM_WORLD_RANK"])
    return found


def left_in_memory():
    return [path.name for path in pathlib.Path("/dev/shm").iterdir()
            if path.name.startswith(("clientele-worker-", "vader_segment", "ompi"))]


class JobOnRanks(harness.SystemTest):
    """What tests of ranks have in common."""

    def train_on(self, count, *flags):
        """The training service anew, over the same data, with so many ranks a job."""
        self.training.stop()
        self.training = self.program("clientele-training", "--ingestion-address", self.ingestion.address,
                                     "--inference-address", self.inference.address, "--worker-ranks", str(count),
                                     *flags)
        self.connect()

    def long_spec(self, restarts=1000):
        spec = example("segments")
        spec["model"] = "long"
        spec["kmeans"] = {"numClusters": 64, "restarts": restarts, "maxIterations": 10000, "minRelativeProgress": -1}
        return spec

    def await_ranks(self, count):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = ranks()
            if len(found) == count:
                return found
            time.sleep(0.02)
        self.fail(f"{count} ranks were not started: {ranks()}")

    def await_learning(self, job):
        for now in self.jobs.WatchTrainingJob(training_service_pb2.WatchTrainingJobRequest(name=job.name), timeout=120):
            run = re.search(r"run (\d+) of", now.progress.message)
            if run and int(run[1]) > 1:
                return
        self.fail(f"ended before: {now}")

    def await_end(self, job, timeout=300):
        request = training_service_pb2.WatchTrainingJobRequest(name=job.name)
        for job in self.jobs.WatchTrainingJob(request, timeout=timeout):
            pass
        return job

    def assert_nothing_left(self):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and (ranks() or left_in_memory()):
            time.sleep(0.02)
        self.assertEqual(ranks(), {})
        self.assertEqual(left_in_memory(), [])


class RanksTest(JobOnRanks):

    def test_the_same_bytes_for_any_number_of_ranks_and_threads(self):
        self.ingest(purchases(1500))
        names = ("segments", "churn", "value", "rfm", "lifetime-value", "value-selection")
        specs = {name: example(name) for name in names
                 if (harness.SOURCE_DIR / "scripts" / "specs" / f"{name}.json").exists()}
        alone = {name: self.train(spec, threads=1).artifact_sha256 for name, spec in specs.items()}
        for count in (2, 3, 4):
            self.train_on(count)
            for name, spec in specs.items():
                for threads in (count, 2 * count) if name == "churn" else (count,):
                    job = self.train(spec, threads=threads)
                    self.assertEqual(job.artifact_sha256, alone[name], f"{name} on {count} ranks, {threads} threads")
        self.assert_nothing_left()

    def test_a_killed_rank_is_named_and_the_others_stop(self):
        self.ingest(purchases(1500))
        self.train_on(3)
        job = self.create_job(self.long_spec())
        self.await_learning(job)
        started = time.monotonic()
        os.kill(next(pid for pid, rank in ranks().items() if rank == 1), signal.SIGKILL)
        job = self.await_end(job)
        self.assertLess(time.monotonic() - started, 15)
        self.assertEqual(job.state, Job.STATE_FAILED)
        self.assertRegex(job.error.message, "process rank 1 .* signal 9")
        self.assert_nothing_left()
        self.train(example("churn"))  # The service lives on.

    def test_a_rank_that_hangs_is_named_in_time(self):
        self.ingest(purchases(1500))
        self.train_on(3, "--worker-rank-timeout", "4s")
        # On a machine with more to do, rank 1 may not have had its turn either.
        for lost, name in ((2, "missing: (1, )?2"), (0, "rank 0 (did not come|has gone)")):
            job = self.create_job(self.long_spec())
            self.await_learning(job)
            os.kill(next(pid for pid, rank in ranks().items() if rank == lost), signal.SIGSTOP)
            job = self.await_end(job)
            self.assertEqual(job.state, Job.STATE_FAILED)
            self.assertRegex(job.error.message, name)
            self.assert_nothing_left()

    def test_a_cancelled_job_leaves_no_rank(self):
        self.ingest(purchases(1500))
        self.train_on(2)
        job = self.create_job(self.long_spec())
        self.await_learning(job)
        job = self.jobs.CancelTrainingJob(training_service_pb2.CancelTrainingJobRequest(name=job.name), timeout=60)
        self.assertEqual(job.state, Job.STATE_CANCELLED)
        self.assert_nothing_left()

    def await_checkpoint(self, older=()):
        """The checkpoints there are, once there is one that is not among `older`."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            files = self.directory.glob("training/checkpoints/*/*.checkpoint")
            found = {path: path.stat().st_mtime_ns for path in files}
            if set(found.items()) - set(dict(older).items()):
                return found
            time.sleep(0.02)
        self.fail("nothing was kept")

    def test_what_was_cut_short_goes_on_also_on_another_number_of_ranks(self):
        self.ingest(purchases(1500))
        spec = self.long_spec(restarts=self.restarts_of_seconds(30))
        job = self.train(spec)  # Alone and undisturbed.
        whole = job.artifact_sha256
        self.assertEqual(list(self.directory.glob("training/checkpoints/*")), [], "what is of no more use is kept")

        self.train_on(2)
        job = self.create_job(spec)
        first = self.await_checkpoint()
        os.kill(next(pid for pid, rank in ranks().items() if rank == 0), signal.SIGKILL)  # A rank.
        self.assertEqual(self.await_end(job).state, Job.STATE_FAILED)

        self.train_on(3)
        job = self.create_job(spec)  # The same again.
        second = self.await_checkpoint(older=first)
        self.training.kill()  # What had started them.
        self.assert_nothing_left_but_folders()

        self.train_on(1)  # Takes the job up again by itself.
        self.await_checkpoint(older=second)
        self.jobs.CancelTrainingJob(training_service_pb2.CancelTrainingJobRequest(name=job.name), timeout=60)

        self.train_on(2)
        job = self.await_end(self.create_job(spec))
        self.assertEqual(job.state, Job.STATE_SUCCEEDED, job)
        self.assertEqual(job.artifact_sha256, whole)
        log = (self.directory / "training.log").read_text()
        self.assertGreaterEqual(log.count("going on from a checkpoint"), 3)
        self.assertEqual(list(self.directory.glob("training/checkpoints/*")), [])

    def restarts_of_seconds(self, seconds):
        """How many runs of the long job take about so long on this machine."""
        took = []
        for restarts in (20, 120):
            started = time.monotonic()
            self.train(self.long_spec(restarts))
            took.append(time.monotonic() - started)
        return min(1000, max(120, int(100 * seconds / max(0.1, took[1] - took[0]))))

    def assert_nothing_left_but_folders(self):
        """A killed service cannot tidy up: its next one does."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and ranks():
            time.sleep(0.02)
        self.assertEqual(ranks(), {}, "orphans survived")


if __name__ == "__main__":
    unittest.main()
