"""Retraining by schedule, through the real programs and the command: a time that comes, a restart, a pause."""

import json
import time
import unittest

import grpc
import harness
import jobs_test
from harness import schedule_service_pb2, schedule_service_pb2_grpc, training_service_pb2

Run = schedule_service_pb2.ScheduleRun
NAME = f"{harness.TENANT}/retrainSchedules/churn-every-minute"
HALF_OF_2020 = 1_593_475_200  # Half a year before the data's end.


class SchedulesTest(harness.SystemTest):

    def schedules(self):
        channel = grpc.insecure_channel(self.training.address)
        self.addCleanup(channel.close)
        return schedule_service_pb2_grpc.ScheduleServiceStub(channel)

    def runs(self):
        request = schedule_service_pb2.ListScheduleRunsRequest(parent=NAME)
        return list(self.schedules().ListScheduleRuns(request, timeout=60).schedule_runs)

    def await_run(self):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if runs := self.runs():
                return runs[0]
            time.sleep(0.2)
        self.fail("nothing came of the schedule")

    def test_trains_when_the_time_has_come_once_and_goes_on_after_a_crash(self):
        self.ingest(jobs_test.purchases(400))
        spec = jobs_test.example("churn")
        del spec["dataset"]["asOf"], spec["dataset"]["knownAt"]
        file = self.directory / "churn.json"
        file.write_text(json.dumps(spec))
        lag = f"{int(time.time()) - HALF_OF_2020}s"
        create = ["schedules", "create", "churn-every-minute", file, "--cron", "* * * * *", "--as-of-lag", lag,
                  "--known-at-scheduled-time", "--overlap", "replace", "--description", "for the test"]
        checked = json.loads(self.run_cli("-o", "json", *create, "--check"))
        self.assertEqual(len(checked["nextRunTimes"]), 5)
        self.assertEqual(json.loads(self.run_cli("-o", "json", "schedules", "list")), [])
        self.assertIn("for the test", self.run_cli(*create))

        run = self.await_run()
        self.assertEqual(run.state, Run.STATE_STARTED, run)
        self.assertEqual(run.scheduled_time.seconds % 60, 0)
        request = training_service_pb2.WatchTrainingJobRequest(name=run.training_job)
        for job in self.jobs.WatchTrainingJob(request, timeout=300):
            pass
        self.assertEqual(job.state, training_service_pb2.TrainingJob.STATE_SUCCEEDED, job.error)
        as_of = run.scheduled_time.seconds - int(lag[:-1])
        self.assertEqual(job.spec.dataset.as_of.seconds, as_of)
        self.assertEqual(job.spec.dataset.known_at.seconds, run.scheduled_time.seconds)
        self.assertTrue(job.model_version)

        self.training.kill()
        self.training.start()
        self.connect()
        paused = json.loads(self.run_cli("-o", "json", "schedules", "pause", "churn-every-minute"))
        self.assertTrue(paused["paused"])
        self.assertNotIn("nextRunTimes", paused)
        runs = self.runs()
        self.assertEqual(runs[-1].training_job, run.training_job)
        times = [run.scheduled_time.seconds for run in runs]
        self.assertEqual(len(times), len(set(times)), "no time is decided twice")
        jobs = self.jobs.ListTrainingJobs(training_service_pb2.ListTrainingJobsRequest(parent=harness.TENANT),
                                          timeout=60).training_jobs
        self.assertEqual({job.name for job in jobs}, {r.training_job for r in runs if r.state == Run.STATE_STARTED})
        self.assertIn("started", self.run_cli("schedules", "runs", "churn-every-minute"))
        self.run_cli("schedules", "delete", "churn-every-minute")
        with self.assertRaises(grpc.RpcError) as gone:
            self.runs()
        self.assertEqual(gone.exception.code(), grpc.StatusCode.NOT_FOUND)


if __name__ == "__main__":
    unittest.main()
