"""The real programs, started with exactly the settings files of the rendered ConfigMaps: flags say where, nothing else."""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import urllib.request

import grpc
import yaml

import harness  # Of tests/system.
import manifests
from manifests import container, pods
from postgresql_server import PostgresqlServer  # Of tests/system.


def flag(key):
    return "--" + key.replace(".", "-").replace("_", "-")


def flat(settings, prefix=""):
    """("server.address", "0.0.0.0:7401"), ... of a settings file."""
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Cluster:
    """The servers of an overlay, as its pods would run them, on this machine. `places` says what is where here."""

    def __init__(self, test, overlay, places):
        self.test, self.objects, self.places = test, manifests.render(overlay), places
        self.programs = {}
        for server in ("ingestion", "inference", "training"):  # Each after those that it calls.
            self.programs[server] = self.start(server)

    def place(self, value):
        """A path or an address of the cluster, on this machine."""
        for there, here in self.places.items():
            value = value.replace(there, str(here))
        for server, program in self.programs.items():
            for port in ("7401", "7402", "7403"):
                value = value.replace(f"{server}:{port}", program.address.replace("127.0.0.1", "localhost"))
        return value

    def start(self, server, replica=0):
        directory = self.test.directory
        settings = manifests.configuration(self.objects, server)
        (directory / f"{server}.yaml").write_text(settings)
        flags = ["--server-probe-address", "127.0.0.1:0"]
        for key, value in flat(yaml.safe_load(settings)):
            if isinstance(value, str) and key not in ("server.address", "server.metrics_address", "server.probe_address"):
                here = self.place(value) + (f"/{server}-{replica}" if key.endswith(".directory") else "")
                if here != value:
                    flags += [flag(key), here]
        command = container(pods(self.objects)[server])["command"]
        self.test.assertEqual(command[0], f"clientele-{server}")
        program = harness.Program(command[0], directory / f"{server}-{replica}.log", "--config",
                                  str(directory / f"{server}.yaml"), *flags)
        self.test.addCleanup(program.stop)
        return program

    def probed(self, server):
        """Whether each probe of the server's pod finds it SERVING, asked as the kubelet asks: of the probe port, plainly."""
        line = (self.test.directory / f"{server}-0.log").read_text()
        address = line.split("probed on ")[1].split(",")[0]
        inner = container(pods(self.objects)[server])
        ports = {each["name"]: each["containerPort"] for each in inner["ports"]}
        configured = yaml.safe_load(manifests.configuration(self.objects, server))["server"]
        for port, key in (("grpc", "address"), ("metrics", "metrics_address"), ("probe", "probe_address")):
            self.test.assertEqual(configured[key], f"0.0.0.0:{ports[port]}", server)
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            self.test.assertEqual(inner[probe]["grpc"]["port"], ports["probe"], server)
            service = inner[probe]["grpc"]["service"].encode()
            with grpc.insecure_channel(address) as channel:
                check = channel.unary_unary("/grpc.health.v1.Health/Check")  # HealthCheckRequest{service} on the wire.
                answer = check(b"\x0a" + bytes([len(service)]) + service, timeout=10, wait_for_ready=True)
            self.test.assertEqual(answer, b"\x08\x01", f"{server} {probe}")  # SERVING

    def backup(self):
        """The CronJob's command, once."""
        inner = container(pods(self.objects)["backup"])
        command = [str(harness.BIN_DIR / inner["command"][0]), *(self.place(argument) for argument in inner["args"])]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120)
        self.test.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout


def steps(page, heading, holding):
    """The one shell block under a heading of the page for operators that holds a text."""
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    (only,) = [block.split("```")[0] for block in section.split("```sh\n")[1:] if holding in block.split("```")[0]]
    return only


class Secrets:
    """What an operator makes by the page that tells them how, as the pods see it: a directory for each secret."""

    KUBECTL = """kubectl() {
      if [[ "$*" == *" create secret "* ]]; then "$KUBECTL" "$@" --dry-run=client -o json >> secrets.json; fi
    }"""

    def __init__(self, directory):
        directory.mkdir()
        page = (manifests.SOURCE_DIR / "k8s/README.md").read_text()
        heading = "Production: what has to be there first"
        environment = {**os.environ, "KUBECTL": str(manifests.kubectl()), "PATH": f"{harness.BIN_DIR}:{os.environ['PATH']}"}
        script = "\n".join(["set -euo pipefail", self.KUBECTL, steps(page, heading, "openssl req"),
                            steps(page, heading, "clientele-tls"), steps(page, heading, "clientele-postgresql")])
        made = subprocess.run(["bash", "-c", script], cwd=directory, env=environment, capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
        self.directory, text, self.files = directory, (directory / "secrets.json").read_text(), {}
        while text.strip():
            secret, end = json.JSONDecoder().raw_decode(text.lstrip())
            text = text.lstrip()[end:]
            files = {name: base64.b64decode(data) for name, data in secret["data"].items()}
            self.files[secret["metadata"]["name"]] = files

    def mounted(self, pod):
        """Writes what a pod's secret volumes hold; where each is, by where the pod has it."""
        volumes = {v["name"]: v["secret"] for v in pod["spec"]["volumes"] if "secret" in v}
        places = {}
        for mount in container(pod)["volumeMounts"]:
            if mount["name"] in volumes:
                secret = volumes[mount["name"]]
                place = self.directory / secret["secretName"]
                for name in [item["key"] for item in secret.get("items", [])] or self.files[secret["secretName"]]:
                    if not (place / name).exists():
                        place.mkdir(exist_ok=True)
                        (place / name).write_bytes(self.files[secret["secretName"]][name])
                        (place / name).chmod(secret["defaultMode"])
                places[mount["mountPath"]] = place
        return places


class ConfigurationTest(unittest.TestCase):

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="clientele-manifests-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def check(self, overlay, places):
        cluster = Cluster(self, overlay, {"/var/lib/clientele": self.directory / "data",
                                          "/var/backups/clientele": self.directory / "backups", **places})
        for server, program in cluster.programs.items():
            cluster.probed(server)
            with urllib.request.urlopen(f"http://{program.metrics_address}/metrics", timeout=10) as page:
                self.assertEqual(page.status, 200)
        made = cluster.backup()
        for server in manifests.SERVERS:
            self.assertIn(f"clientele-{server}", made)
        return cluster

    def test_embedded(self):
        self.check("embedded", {})

    def test_production_with_the_secrets_that_the_page_has_made(self):
        objects = manifests.render("production")
        secrets = Secrets(self.directory / "secrets")
        database = PostgresqlServer(self.directory / "postgresql.log")
        self.addCleanup(database.stop)
        (self.directory / "hosts").write_text("localhost slots=1\n")
        configured = yaml.safe_load(manifests.configuration(objects, "ingestion"))
        places = {configured["storage"]["url"]: database.new_database(),
                  configured["privacy"]["keys_url"]: database.new_database(), "/etc/mpi/hostfile": self.directory / "hosts"}
        for pod in pods(objects).values():
            places.update(secrets.mounted(pod))
        cluster = self.check("production", places)

        def command(address, *arguments, token="services.token"):
            shown = ("--token-file", secrets.directory / token) if token else ()
            server = arguments[0]
            return subprocess.run(list(map(str, [harness.BIN_DIR / "clientele", f"--{server}", address, "--tls", "--tls-ca",
                                                 secrets.directory / "ca.crt", *shown, *arguments[1:]])),
                                  capture_output=True, text=True, timeout=60)

        inference = cluster.place("dns:///inference:7403")
        self.assertEqual(command(inference, "inference", "models", "list", token=None).returncode, 1)
        served = command(inference, "inference", "models", "list")
        self.assertEqual(served.returncode, 0, served.stderr)
        # What one replica of ingestion is told, another one knows.
        (self.directory / "profiles.csv").write_text("customer_id,event_time,usage\nc1,2024-01-31,3\n")
        self.token(secrets, "crm.token", "ingester,analyst")
        told = command(cluster.place("ingestion:7401"), "ingestion", "import", "profiles", self.directory / "profiles.csv",
                       token="crm.token")
        self.assertEqual(told.returncode, 0, told.stderr)
        other = cluster.start("ingestion", replica=1).address.replace("127.0.0.1", "localhost")
        known = command(other, "ingestion", "customers", "show", "c1", token="crm.token")
        self.assertEqual(known.returncode, 0, known.stderr)
        self.assertIn("usage", known.stdout)

    def token(self, secrets, name, roles):
        made = subprocess.run([str(harness.BIN_DIR / "clientele"), "--tenant", "demo", "tokens", "create", "--key",
                               str(secrets.directory / "signing.pem"), "--subject", name, "--roles", roles],
                              capture_output=True, text=True, check=True)
        (secrets.directory / name).write_text(made.stdout)


if __name__ == "__main__":
    unittest.main()
