"""Starts the real programs on free ports, with their data in a temporary directory, and talks to them.

    class ChurnTest(SystemTest):
        def test_scores(self):
            self.run_cli("import", "profiles", path)
            self.assertEqual(self.model("churn").version_count, 1)
"""

import csv
import gzip
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE_DIR = pathlib.Path(os.environ["CLIENTELE_SOURCE_DIR"])
BIN_DIR = pathlib.Path(os.environ["CLIENTELE_BIN_DIR"])
STUBS_DIR = pathlib.Path(os.environ["CLIENTELE_STUBS_DIR"])
SANITIZER = os.environ.get("CLIENTELE_SANITIZER", "")  # What the programs are built with: its memory is not theirs.
DATA_DIR = pathlib.Path(os.environ.get("CLIENTELE_TEST_DATA", SOURCE_DIR.parent / "shared" / "data"))

sys.path.insert(0, str(STUBS_DIR))
import google  # noqa: E402  The stubs' google.rpc and google.api lie beside the installed google.protobuf.

google.__path__.append(str(STUBS_DIR / "google"))

import grpc  # noqa: E402
from google.protobuf import json_format, timestamp_pb2  # noqa: E402

from clientele.common.v1 import attribute_pb2, dataset_pb2, feature_pb2  # noqa: E402,F401
from clientele.inference.v1 import model_service_pb2, model_service_pb2_grpc  # noqa: E402
from clientele.inference.v1 import scoring_service_pb2, scoring_service_pb2_grpc  # noqa: E402
from clientele.ingestion.v1 import customer_service_pb2, customer_service_pb2_grpc  # noqa: E402
from clientele.ingestion.v1 import feature_service_pb2, feature_service_pb2_grpc  # noqa: E402
from clientele.ingestion.v1 import ingestion_service_pb2, ingestion_service_pb2_grpc  # noqa: E402
from clientele.ingestion.v1 import record_pb2, settings_service_pb2, settings_service_pb2_grpc  # noqa: E402,F401
from clientele.model.v1 import training_spec_pb2  # noqa: E402
from clientele.training.v1 import schedule_service_pb2, schedule_service_pb2_grpc  # noqa: E402,F401
from clientele.training.v1 import training_service_pb2, training_service_pb2_grpc  # noqa: E402

TENANT = "tenants/demo"
CALL_SECONDS = 60


def public_data(*parts):
    """The path of a public data set; skips the test where it is absent."""
    path = DATA_DIR.joinpath(*parts)
    if not path.exists():
        raise unittest.SkipTest(f"public data set {path} is absent; set CLIENTELE_TEST_DATA to the folder that has it")
    return path


def read_csv(path):
    """The rows of a CSV file, gzipped or not, as dictionaries."""
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def reference(*keys):
    """A value of the independently computed results."""
    value = json.loads(public_data("reference.json").read_text())
    for key in keys:
        value = value[key]
    return value


def timestamp(text):
    """"2020-01-31T00:00:00Z" as a Timestamp."""
    result = timestamp_pb2.Timestamp()
    result.FromJsonString(text)
    return result


class Program:
    """One server, started on a free port and ready when this returns."""

    def __init__(self, name, log, *flags, host="127.0.0.1", port=0):
        self.name = name
        self.flags = flags
        self.log = log
        self.host = host
        self.port = port  # Where it serves after each start; 0: on another free port each time.
        self.start()

    def start(self):
        command = [str(BIN_DIR / self.name), "--server-address", f"{self.host}:{self.port}", "--server-metrics-address",
                   "127.0.0.1:0", *self.flags]
        # The child's output goes straight to a file: nobody has to drain a pipe.
        self.offset = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            text = self.log.read_bytes()[self.offset:].decode(errors="replace")
            for line in text.splitlines(keepends=True):
                if "serving on " in line and line.endswith("\n"):
                    self.address = line.split("serving on ")[1].split(",")[0].strip()
                    self.metrics_address = line.split("metrics on ")[1].strip() if "metrics on " in line else ""
                    return
            if self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended with {self.process.returncode}:\n{text}")
            time.sleep(0.02)
        raise AssertionError(f"{self.name} was not ready in 60 s:\n{text}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGTERM; the exit code after the drain."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


class SystemTest(unittest.TestCase):
    """Each test has servers and a data directory of its own."""

    host = "127.0.0.1"  # Where they serve.

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="clientele-system-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.ingestion = self.program("clientele-ingestion")
        self.inference = self.program("clientele-inference", "--ingestion-address", self.ingestion.address)
        self.training = self.program("clientele-training", "--ingestion-address", self.ingestion.address,
                                     "--inference-address", self.inference.address)
        self.connect()

    def program(self, name, *flags):
        short = name.split("-")[1]
        program = Program(name, self.directory / f"{short}.log", "--data-directory", str(self.directory / short), *flags,
                          host=self.host)
        self.addCleanup(program.stop)
        return program

    def connect(self):
        def channel(program):
            result = grpc.insecure_channel(program.address, options=[("grpc.max_receive_message_length", 64 << 20)])
            self.addCleanup(result.close)
            return result
        ingestion, inference, training = (channel(p) for p in (self.ingestion, self.inference, self.training))
        self.records = ingestion_service_pb2_grpc.IngestionServiceStub(ingestion)
        self.customers = customer_service_pb2_grpc.CustomerServiceStub(ingestion)
        self.features = feature_service_pb2_grpc.FeatureServiceStub(ingestion)
        self.settings = settings_service_pb2_grpc.SettingsServiceStub(ingestion)
        self.jobs = training_service_pb2_grpc.TrainingServiceStub(training)
        self.models = model_service_pb2_grpc.ModelServiceStub(inference)
        self.scoring = scoring_service_pb2_grpc.ScoringServiceStub(inference)

    def cli_command(self, *arguments):
        return [str(BIN_DIR / "clientele"), "--tenant", "demo", "--ingestion", self.ingestion.address, "--training",
                self.training.address, "--inference", self.inference.address, *map(str, arguments)]

    def run_cli(self, *arguments):
        """Runs the command; its standard output. A non-zero exit fails the test."""
        result = subprocess.run(self.cli_command(*arguments), capture_output=True, text=True, timeout=600)
        self.assertEqual(result.returncode, 0, f"{arguments}\n{result.stdout}\n{result.stderr}")
        return result.stdout

    def report(self):
        return self.records.GetIngestionReport(
            ingestion_service_pb2.GetIngestionReportRequest(name=f"{TENANT}/ingestionReport"), timeout=CALL_SECONDS)

    def ingest(self, records, batch=1000, parent=TENANT):
        """Sends records in batches; fails on one that is not accepted."""
        for begin in range(0, len(records), batch):
            response = self.records.IngestRecordBatch(
                ingestion_service_pb2.IngestRecordBatchRequest(parent=parent, records=records[begin:begin + batch]),
                timeout=CALL_SECONDS)
            self.assertEqual(response.result.accepted_count, len(records[begin:begin + batch]), response.result.errors)

    def create_job(self, spec, threads=0, parent=TENANT):
        """Queues a training job; `spec` is a dictionary in protobuf JSON."""
        job = training_service_pb2.TrainingJob(spec=json_format.ParseDict(spec, training_spec_pb2.TrainingSpec()),
                                               threads=threads)
        return self.jobs.CreateTrainingJob(
            training_service_pb2.CreateTrainingJobRequest(parent=parent, training_job=job), timeout=CALL_SECONDS)

    def train(self, spec, threads=0):
        """Trains, and returns the job once it has succeeded."""
        job = self.create_job(spec, threads)
        request = training_service_pb2.WatchTrainingJobRequest(name=job.name)
        for job in self.jobs.WatchTrainingJob(request, timeout=600):
            pass
        self.assertEqual(job.state, training_service_pb2.TrainingJob.STATE_SUCCEEDED,
                         f"{job.error.message}\n{job.data_issues}")
        return job


def sha256(data):
    return hashlib.sha256(data).hexdigest()
