"""Three replicas of inference behind one name are stopped and started again, one after another, while clients go on
calling: not one call fails."""

import json
import re
import shutil
import subprocess
import threading
import time
import unittest
import urllib.request

import grpc

import crash_run
import harness
import serving_model
from harness import scoring_service_pb2, scoring_service_pb2_grpc

REPLICAS = 3
CALLERS = 4
CALLS_A_SECOND = 25  # Of each caller.


class Caller(threading.Thread):
    """Scores at a steady pace until told to stop, and keeps what did not go well."""

    def __init__(self, channel):
        super().__init__(daemon=True)
        self.stub = scoring_service_pb2_grpc.ScoringServiceStub(channel)
        self.request = scoring_service_pb2.ScoreRequest(name=f"{harness.TENANT}/models/churn")
        self.request.subject.features.add(feature="attribute.usage").value.number = 17
        self.stopping, self.succeeded, self.failures = threading.Event(), 0, []

    def run(self):
        due = time.monotonic()
        while not self.stopping.is_set():
            try:
                self.stub.Score(self.request, timeout=10)
                self.succeeded += 1
            except grpc.RpcError as error:
                self.failures.append(f"{error.code().name}: {error.details()}")
            due += 1 / CALLS_A_SECOND
            time.sleep(max(0, due - time.monotonic()))


class CommandCaller(threading.Thread):
    """The same with our own client: a new process, and so new connections, for every call."""

    def __init__(self, command):
        super().__init__(daemon=True)
        self.command = command
        self.stopping, self.succeeded, self.failures = threading.Event(), 0, []

    def run(self):
        while not self.stopping.is_set():
            result = subprocess.run(self.command, capture_output=True, text=True, timeout=60)
            if result.returncode == 0:
                self.succeeded += 1
            else:
                self.failures.append(result.stderr)
            self.stopping.wait(0.2)


class RollingRestartTest(harness.SystemTest):

    def start_replicas(self):
        """Replicas of what inference has kept, each with a copy of its own."""
        self.assertEqual(self.inference.stop(), 0)
        self.replicas = []
        for index in range(REPLICAS):
            directory = self.directory / f"replica-{index}"
            shutil.copytree(self.directory / "inference", directory)
            self.replicas.append(harness.Program(
                "clientele-inference", self.directory / f"replica-{index}.log", "--data-directory", str(directory),
                "--ingestion-address", self.ingestion.address, "--server-drain-delay", "2s",
                "--server-max-connection-age", "4s", port=crash_run.free_port()))
            self.addCleanup(self.replicas[-1].stop)
        return "ipv4:" + ",".join(replica.address for replica in self.replicas)

    def channel(self, address, repeats):
        shipped = subprocess.run([harness.BIN_DIR / "clientele", "service-config"], capture_output=True, text=True,
                                 check=True).stdout
        service_config = json.loads(shipped)
        if not repeats:
            del service_config["methodConfig"]
        result = grpc.insecure_channel(address, options=[("grpc.service_config", json.dumps(service_config))])
        self.addCleanup(result.close)
        grpc.channel_ready_future(result).result(timeout=30)
        return result

    @staticmethod
    def calls_served(replica):
        with urllib.request.urlopen(f"http://{replica.metrics_address}/metrics", timeout=10) as page:
            text = page.read().decode()
        return sum(int(float(count)) for count in
                   re.findall(r'^clientele_rpc_calls_total\{code="OK",method="\S+/Score"\} (\S+)$', text, re.MULTILINE))

    def wait_for_calls(self, replica):
        deadline = time.monotonic() + 60
        while self.calls_served(replica) < 20:
            self.assertLess(time.monotonic(), deadline, "the clients do not find a replica that is back")
            time.sleep(0.05)

    def test_not_one_call_fails(self):
        serving_model.publish(self)
        address = self.start_replicas()
        # Half of them have no retry policy, so that what has left them is sent once: that a replica is leaving is known before
        # it refuses calls.
        channels = [self.channel(address, repeats) for repeats in (True, False)]
        command = [str(harness.BIN_DIR / "clientele"), "--tenant", "demo", "--inference", address, "score", "--model",
                   "churn", "--feature", "attribute.usage=17"]
        callers = [Caller(channels[index % 2]) for index in range(CALLERS)] + [CommandCaller(command)]
        for caller in callers:
            caller.start()
        for replica in self.replicas:
            self.wait_for_calls(replica)
        for replica in self.replicas:
            self.assertEqual(replica.stop(), 0)
            replica.start()
            self.wait_for_calls(replica)
        for caller in callers:
            caller.stopping.set()
        for caller in callers:
            caller.join(timeout=60)
            self.assertEqual(caller.failures, [])
        self.assertGreater(sum(caller.succeeded for caller in callers[:-1]), 300)
        self.assertGreater(callers[-1].succeeded, 10)


if __name__ == "__main__":
    unittest.main()
