"""Several training services on one PostgreSQL: one leads, and nothing is done twice."""

import json
import time
import unittest
import urllib.request

import harness
import jobs_test
from harness import TENANT, grpc, json_format, model_service_pb2, schedule_service_pb2, schedule_service_pb2_grpc
from harness import training_service_pb2, training_service_pb2_grpc, training_spec_pb2
from jobs_test import Job, workers_of
from postgresql_programs import PostgresqlPrograms

Run = schedule_service_pb2.ScheduleRun
TRAINING = training_service_pb2.Progress.STAGE_TRAINING


class LeadershipTest(PostgresqlPrograms):

    def setUp(self):
        super().setUp()
        self.other = self.replica("clientele-training", "--ingestion-address", self.ingestion.address,
                                  "--inference-address", self.inference.address, *self.storage("clientele-training"))

    def jobs_of(self, program):
        channel = grpc.insecure_channel(program.address)
        self.addCleanup(channel.close)
        return training_service_pb2_grpc.TrainingServiceStub(channel)

    def leads(self, program):
        with urllib.request.urlopen(f"http://{program.metrics_address}/metrics", timeout=10) as page:
            return "clientele_training_is_leader 1" in page.read().decode()

    def await_true(self, what, condition, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.05)

    def create(self, program, spec, job_id):
        job = training_service_pb2.TrainingJob(spec=json_format.ParseDict(spec, training_spec_pb2.TrainingSpec()))
        return self.jobs_of(program).CreateTrainingJob(training_service_pb2.CreateTrainingJobRequest(
            parent=TENANT, training_job=job, training_job_id=job_id, request_id=job_id), timeout=60)

    def get(self, program, job):
        request = training_service_pb2.GetTrainingJobRequest(name=job.name)
        return self.jobs_of(program).GetTrainingJob(request, timeout=60)

    def end_of(self, program, job):
        for job in self.jobs_of(program).WatchTrainingJob(training_service_pb2.WatchTrainingJobRequest(name=job.name),
                                                          timeout=300):
            pass
        return job

    def versions(self, model):
        return list(self.models.ListModelVersions(
            model_service_pb2.ListModelVersionsRequest(parent=f"{TENANT}/models/{model}"), timeout=60).model_versions)

    def slow(self, seed=1):
        """Some seconds of learning, then a version."""
        spec = jobs_test.example("segments")
        spec["seed"] = str(seed)
        spec["kmeans"] = {"numClusters": 24, "restarts": 120, "minRelativeProgress": -1}
        return spec

    def endless(self):
        spec = jobs_test.example("segments")
        spec["model"] = "endless"
        spec["kmeans"] = {"numClusters": 64, "restarts": 1000, "maxIterations": 10000, "minRelativeProgress": -1}
        return spec

    def await_learning(self, program):
        """Until the worker of the program has read its data."""
        self.await_true("no worker was started", lambda: workers_of(program.process.pid))
        self.await_true("no job runs", lambda: any(
            job.state == Job.STATE_RUNNING and job.progress.stage >= TRAINING
            for job in self.jobs_of(program).ListTrainingJobs(
                training_service_pb2.ListTrainingJobsRequest(parent=TENANT), timeout=60).training_jobs))

    def test_when_the_leader_is_killed_its_jobs_end_once_elsewhere(self):
        self.ingest(jobs_test.purchases(1500))
        self.assertTrue(self.leads(self.training))
        self.assertFalse(self.leads(self.other))
        first = self.create(self.other, self.slow(), "first")  # At the follower.
        self.await_true("the leader does not run it",
                        lambda: self.get(self.other, first).state == Job.STATE_RUNNING)
        second = self.create(self.training, jobs_test.example("churn"), "second")
        third = self.create(self.other, jobs_test.example("rfm"), "third")
        self.assertEqual(self.create(self.training, self.slow(), "first").name, first.name, "the same request")
        self.assertEqual(workers_of(self.other.process.pid), [])
        self.await_learning(self.training)

        self.training.kill()
        for job in (first, second, third):
            ended = self.end_of(self.other, job)
            self.assertEqual(ended.state, Job.STATE_SUCCEEDED, ended)
        self.assertTrue(self.leads(self.other))
        for job, model in ((first, "segments"), (second, "churn"), (third, "rfm")):
            self.assertEqual([version.training_job for version in self.versions(model)], [job.name])

        self.training.start()
        self.assertFalse(self.leads(self.training))
        again = self.end_of(self.training, self.create(self.training, jobs_test.example("value"), "again"))
        self.assertEqual(again.state, Job.STATE_SUCCEEDED, again)
        self.assertEqual(self.other.stop(), 0)  # In order: nobody waits.
        self.await_true("nobody leads", lambda: self.leads(self.training), seconds=10)

    def test_a_leader_without_its_session_stops_before_another_begins(self):
        self.ingest(jobs_test.purchases(1500))
        job = self.create(self.training, self.slow(), "slow")
        self.await_learning(self.training)
        ended = self.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory'"
                         " AND classid = 1129072208 AND granted")
        self.assertEqual(ended, "1")
        self.await_true("its worker lives on", lambda: not workers_of(self.training.process.pid), seconds=10)
        both = 0
        while self.get(self.other, job).state != Job.STATE_SUCCEEDED:
            both += bool(workers_of(self.training.process.pid) and workers_of(self.other.process.pid))
            time.sleep(0.01)
        self.assertEqual(both, 0, "two replicas ran jobs at the same time")
        self.assertEqual([version.training_job for version in self.versions("segments")], [job.name])
        self.assertEqual(self.leads(self.training) + self.leads(self.other), 1)

    def test_jobs_are_cancelled_through_a_follower(self):
        self.ingest(jobs_test.purchases(1500))
        running = self.create(self.other, self.endless(), "running")
        waiting = self.create(self.other, jobs_test.example("churn"), "waiting")
        self.await_learning(self.training)
        for job in (waiting, running):
            cancelled = self.jobs_of(self.other).CancelTrainingJob(
                training_service_pb2.CancelTrainingJobRequest(name=job.name), timeout=60)
            self.assertEqual(cancelled.state, Job.STATE_CANCELLED, cancelled)
            self.assertEqual(self.get(self.training, job).state, Job.STATE_CANCELLED)
        self.assertEqual(workers_of(self.training.process.pid), [])
        with self.assertRaises(grpc.RpcError) as ended:
            self.jobs_of(self.other).CancelTrainingJob(
                training_service_pb2.CancelTrainingJobRequest(name=running.name), timeout=60)
        self.assertEqual(ended.exception.code(), grpc.StatusCode.FAILED_PRECONDITION)

    def test_each_time_of_a_schedule_is_decided_once_whoever_leads(self):
        self.ingest(jobs_test.purchases(400))
        spec = jobs_test.example("churn")
        del spec["dataset"]["asOf"], spec["dataset"]["knownAt"]
        file = self.directory / "churn.json"
        file.write_text(json.dumps(spec))
        lag = f"{int(time.time()) - 1_593_475_200}s"
        # Each is put off by another part of the minute, so that the next time of one of them is never far.
        names = [f"churn-{number}" for number in range(8)]
        for name in names:
            command = self.cli_command("schedules", "create", name, file, "--cron", "* * * * *", "--jitter", "1m",
                                       "--as-of-lag", lag, "--known-at-scheduled-time")
            command[command.index("--training") + 1] = self.other.address  # At the follower.
            self.assertEqual(harness.subprocess.run(command, capture_output=True, timeout=60).returncode, 0)
        channel = grpc.insecure_channel(self.other.address)
        self.addCleanup(channel.close)
        schedules = schedule_service_pb2_grpc.ScheduleServiceStub(channel)

        def runs():
            """What was decided: schedule, time and job, from the store."""
            return [(name, run.scheduled_time.seconds, run.training_job if run.state == Run.STATE_STARTED else "")
                    for name in names
                    for run in schedules.ListScheduleRuns(schedule_service_pb2.ListScheduleRunsRequest(
                        parent=f"{TENANT}/retrainSchedules/{name}"), timeout=60).schedule_runs]

        def jobs():
            return [job.name for job in self.jobs_of(self.other).ListTrainingJobs(
                training_service_pb2.ListTrainingJobsRequest(parent=TENANT), timeout=60).training_jobs]
        self.await_true("none ever fired", runs, seconds=120)
        self.training.kill()
        before = runs()
        self.await_true("they fired and never again", lambda: len(runs()) > len(before), seconds=120)
        after = runs()
        self.assertLessEqual(set(before), set(after), "what was decided stays")
        times = [run[:2] for run in after]
        self.assertEqual(len(times), len(set(times)))
        # A job is made before its run is written down.
        self.await_true("jobs that no run names, or runs without their job",
                        lambda: sorted(jobs()) == sorted(job for _, _, job in runs() if job))


if __name__ == "__main__":
    unittest.main()
