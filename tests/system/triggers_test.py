"""What begins a retraining besides the calendar, through the real programs and the command: drift, and outcomes that are known."""

import copy
import json
import time
import unittest

import grpc
import harness
import serving_model
from harness import record_pb2, schedule_service_pb2, schedule_service_pb2_grpc, timestamp, training_service_pb2

Run = schedule_service_pb2.ScheduleRun
MODEL = f"{harness.TENANT}/models/churn"
NAME = f"{harness.TENANT}/retrainSchedules/by-need"


class TriggersTest(harness.SystemTest):

    def setUp(self):
        super().setUp()
        self.training.stop()
        self.training.flags += ("--schedules-ask-interval", "1s", "--schedules-outcomes-interval", "1s")
        self.training.start()
        self.connect()
        serving_model.publish(self)

    def create_schedule(self, *flags):
        spec = copy.deepcopy(serving_model.SPEC)
        del spec["dataset"]["asOf"], spec["dataset"]["knownAt"]
        file = self.directory / "churn.json"
        file.write_text(json.dumps(spec))
        return self.run_cli("schedules", "create", "by-need", file, "--cron", "0 0 1 1 *", *flags)

    def score(self, customers):
        request = harness.scoring_service_pb2.BatchScoreRequest(name=MODEL)
        for customer in customers:
            request.subjects.add(customer_id=customer)
        response = self.scoring.BatchScore(request, timeout=harness.CALL_SECONDS)
        self.assertFalse(response.errors)

    def runs(self):
        channel = grpc.insecure_channel(self.training.address)
        self.addCleanup(channel.close)
        request = schedule_service_pb2.ListScheduleRunsRequest(parent=NAME)
        return list(schedule_service_pb2_grpc.ScheduleServiceStub(channel).ListScheduleRuns(request, timeout=60).schedule_runs)

    def await_run(self):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if runs := self.runs():
                return runs[0]
            time.sleep(0.2)
        self.fail("nothing came of the schedule")

    def await_job(self, name):
        for job in self.jobs.WatchTrainingJob(training_service_pb2.WatchTrainingJobRequest(name=name), timeout=300):
            pass
        self.assertEqual(job.state, training_service_pb2.TrainingJob.STATE_SUCCEEDED, job.error)
        return job

    def count_jobs(self):
        request = training_service_pb2.ListTrainingJobsRequest(parent=harness.TENANT)
        return len(self.jobs.ListTrainingJobs(request, timeout=60).training_jobs)

    def test_a_champion_whose_customers_are_others_is_trained_anew_once(self):
        self.assertIn("a feature's drift comes to 0.25", self.create_schedule("--drift", 0.25, "--drift-rows", 500))
        self.score(f"c{i}" for i in range(1000))
        time.sleep(4)
        self.assertEqual(self.runs(), [], "those who are scored are like those who taught")

        records = []
        for index in range(2000):
            record = record_pb2.Record(source="crm", record_id=f"new{index}", customer_id=f"new{index}",
                                       event_time=timestamp("2020-01-01T00:00:00Z"))
            record.profile.attributes["usage"].number = 90 + index % 100
            record.profile.attributes["plan"].text = "basic" if index % 3 else "pro"
            record.profile.attributes["left"].flag = (index * 7919) % 200 > index % 100 + 90
            records.append(record)
        self.ingest(records)
        time.sleep(1.1)  # A run's instants are whole seconds.
        self.score(f"new{i}" for i in range(2000))
        run = self.await_run()
        self.assertEqual(run.state, Run.STATE_STARTED, run)
        self.assertEqual(run.training_job, f"{harness.TENANT}/trainingJobs/by-need-drift-v1")
        self.assertEqual((run.drift.model_version, run.drift.feature), (f"{MODEL}/versions/1", "attribute.usage"))
        self.assertGreater(run.drift.population_stability_index, 0.25)
        self.assertGreaterEqual(run.drift.rows, 500)

        job = self.await_job(run.training_job)
        comparison = job.gate_decision.comparison
        self.assertEqual(comparison.champion_version, f"{MODEL}/versions/1")
        self.assertEqual(comparison.rows, job.evaluation.classifier.confusion.true_positives +
                         job.evaluation.classifier.confusion.false_positives +
                         job.evaluation.classifier.confusion.true_negatives +
                         job.evaluation.classifier.confusion.false_negatives)
        self.assertEqual(comparison.data_drift[0].feature, "attribute.usage")
        self.assertGreater(comparison.data_drift[0].population_stability_index, 0.25)
        self.assertTrue(all(metric.HasField("difference_lower") for metric in comparison.metrics))
        self.assertGreater(comparison.movement.moved_share, 0)
        shown = self.run_cli("jobs", "show", "by-need-drift-v1")
        self.assertIn("Beside the champion, version 1", shown)
        self.assertIn("in another tenth", shown)
        self.assertIn("attribute.usage of version 1 has drifted by", self.run_cli("schedules", "runs", "by-need"))
        card = json.loads(self.run_cli("-o", "json", "models", "card", "churn", job.model_version.split("/")[-1]))
        self.assertEqual(card["gateDecision"]["comparison"]["championVersion"], f"{MODEL}/versions/1")
        page = self.directory / "page.html"
        self.run_cli("report", "model", "churn", "--version", job.model_version.split("/")[-1], "--to", page)
        self.assertIn("Measures of both", page.read_text())

        jobs = self.count_jobs()
        self.training.kill()
        self.training.start()
        self.connect()
        time.sleep(4)
        self.assertEqual(self.count_jobs(), jobs, "its drift is answered")
        self.assertEqual(len(self.runs()), 1)

    def test_so_many_outcomes_that_the_champion_had_not_seen_begin_one(self):
        created = self.create_schedule("--new-outcomes", 5000, "--description", "by need")
        self.assertIn("5,000 outcomes more are known", created)
        changed = self.run_cli("schedules", "update", "by-need", "--new-outcomes", 1500, "--score-drift", 9)
        self.assertIn("the score's drift comes to 9, or 1,500 outcomes more are known", changed)
        changed = json.loads(self.run_cli("-o", "json", "schedules", "update", "by-need", "--score-drift", 0))
        self.assertNotIn("driftTrigger", changed)
        self.assertEqual((changed["outcomeTrigger"]["newOutcomes"], changed["cron"], changed["description"]),
                         ("1500", "0 0 1 1 *", "by need"))
        self.score(f"c{i}" for i in range(1400))
        time.sleep(4)
        self.assertEqual(self.runs(), [])
        self.score(f"c{i}" for i in range(1400, 2000))
        run = self.await_run()
        self.assertEqual(run.training_job, f"{harness.TENANT}/trainingJobs/by-need-outcomes-v1-1500")
        self.assertEqual(run.outcomes.threshold, 1500)
        self.assertTrue(1500 <= run.outcomes.outcomes <= 2000, "what is scored is logged a moment later")
        self.await_job(run.training_job)
        self.assertIn("outcomes that version 1 had not seen", self.run_cli("schedules", "runs", "by-need"))

        quality = json.loads(self.run_cli("-o", "json", "models", "quality", "churn", "--time-zone", "UTC"))
        quarter, = quality["quarters"]
        self.assertEqual(len(quarter["publishedVersions"]), 2)
        self.assertEqual(quarter["champions"][0]["modelVersion"], f"{MODEL}/versions/1")
        self.assertEqual(int(quarter["realised"]["rows"]), 2000)
        self.assertAlmostEqual(quarter["realised"]["value"], quarter["holdout"]["value"], delta=0.06)
        self.assertIn("there is no quarter before", quarter["text"])
        self.assertIn(quarter["quarter"], self.run_cli("models", "quality", "churn"))


if __name__ == "__main__":
    unittest.main()
