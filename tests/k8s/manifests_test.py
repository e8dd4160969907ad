"""The manifests, judged without a cluster: by the schemas of Kubernetes, and by what we hold ourselves to."""

import copy
import json
import pathlib
import re
import subprocess
import unittest

import yaml

import manifests
from manifests import container, named, of_kind, pods, selects

HERE = pathlib.Path(__file__).parent
DNS_SECONDS = 30  # gRPC asks for a name again no sooner than that.


def schema_faults(objects):
    result = subprocess.run(["node", HERE / "validate.js", manifests.MODULES_DIR], input=json.dumps(objects, default=str),
                            capture_output=True, text=True, timeout=60)
    assert result.stderr == "", result.stderr
    return result.stdout.splitlines()


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text)[1])


class SchemaTest(unittest.TestCase):

    def test_every_object_is_what_kubernetes_takes(self):
        for overlay in manifests.OVERLAYS:
            self.assertEqual(schema_faults(manifests.render(overlay)), [], overlay)

    def test_versions_of_the_api_are_those_that_stay(self):
        for overlay in manifests.OVERLAYS:
            for each in manifests.render(overlay):
                if each["kind"] != "MPIJob":  # Kubeflow has no later one.
                    self.assertRegex(each["apiVersion"], r"(^|/)v[0-9]+$", each["metadata"]["name"])

    def test_what_kubernetes_would_refuse_or_not_know_is_found(self):
        objects = manifests.render("production")

        def fault_after(kind, name, change):
            changed = copy.deepcopy(named(objects, kind, name))
            change(changed)
            return "\n".join(schema_faults([changed]))

        probe = lambda o: o["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]
        launcher = lambda o: o["spec"]["mpiReplicaSpecs"]["Launcher"]["template"]["spec"]
        self.assertIn("containers/0/readinessProbe/grpc/host is not a field",
                      fault_after("StatefulSet", "ingestion", lambda o: probe(o)["grpc"].update(host="x")))
        self.assertIn("readinessProbe/periodSeconds must be integer",
                      fault_after("StatefulSet", "ingestion", lambda o: probe(o).update(periodSeconds="5s")))
        self.assertIn("serviceName", fault_after("StatefulSet", "ingestion", lambda o: o["spec"].update(serviceName=3)))
        self.assertIn("selector", fault_after("StatefulSet", "ingestion", lambda o: o["spec"].pop("selector")))
        self.assertIn("/spec/endpoints/0/intervall is not a field", fault_after(
            "ServiceMonitor", "clientele", lambda o: o["spec"]["endpoints"][0].update(intervall="15s")))
        self.assertIn("there is no Deployment in apps/v2", fault_after(
            "StatefulSet", "ingestion", lambda o: o.update(kind="Deployment", apiVersion="apps/v2")))
        self.assertIn("slots", fault_after("MPIJob", "training", lambda o: o["spec"].update(slots=2)))
        self.assertIn("nodeSelektor is not a field",
                      fault_after("MPIJob", "training", lambda o: launcher(o).update(nodeSelektor={})))


class RulesTest(unittest.TestCase):
    """What holds in both overlays."""

    def each(self):
        for overlay in manifests.OVERLAYS:
            with self.subTest(overlay=overlay):
                yield manifests.render(overlay)

    def test_pods_have_no_more_rights_than_they_need(self):
        for objects in self.each():
            for name, pod in pods(objects).items():
                spec, inner = pod["spec"], container(pod)
                self.assertIs(spec["automountServiceAccountToken"], False, name)
                self.assertIs(spec["securityContext"]["runAsNonRoot"], True, name)
                self.assertEqual(spec["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"}, name)
                self.assertEqual(inner["securityContext"],
                                 {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                  "capabilities": {"drop": ["ALL"]}}, name)
                self.assertIn("memory", inner["resources"]["limits"], name)
                self.assertFalse({"hostNetwork", "hostPID", "hostIPC"} & spec.keys(), name)
                for volume in spec.get("volumes", []):
                    self.assertNotIn("hostPath", volume, name)

    def test_secrets_are_files_and_none_is_in_the_repository(self):
        for objects in self.each():
            self.assertEqual(of_kind(objects, "Secret"), [])
            for name, pod in pods(objects).items():
                self.assertFalse({"env", "envFrom"} & container(pod).keys(), name)

    def test_the_page_for_operators_names_every_secret(self):
        page = (manifests.SOURCE_DIR / "k8s/README.md").read_text()
        for pod in pods(manifests.render("production")).values():
            for volume in pod["spec"]["volumes"]:
                if "secret" in volume:
                    self.assertIn(f"generic {volume['secret']['secretName']} ", page)

    def test_images_are_those_that_the_script_builds(self):
        version = re.search(r"project\(clientele VERSION (\S+)", (manifests.SOURCE_DIR / "CMakeLists.txt").read_text())[1]
        for objects in self.each():
            for name, pod in pods(objects).items():
                self.assertRegex(container(pod)["image"], rf"^(registry\.example\.com/)?clientele(-mpi)?:{version}$", name)

    def test_names_of_one_object_in_another_are_those_of_something(self):
        for objects in self.each():
            made = pods(objects)
            for service in of_kind(objects, "Service"):
                selector = {"matchLabels": service["spec"]["selector"]}
                selected = [pod for pod in made.values() if selects(selector, pod["metadata"]["labels"])]
                self.assertEqual(len(selected), 1, service["metadata"]["name"])
                ports = {p["name"]: p["containerPort"] for p in container(selected[0])["ports"]}
                for port in service["spec"]["ports"]:
                    self.assertEqual(ports[port["targetPort"]], port["port"], service["metadata"]["name"])
                self.assertEqual(service["spec"]["clusterIP"], "None")  # Or clients would see one address.
            for name, pod in made.items():
                claims = {c["metadata"]["name"] for s in of_kind(objects, "StatefulSet") if s["metadata"]["name"] == name
                          for c in s["spec"]["volumeClaimTemplates"]}
                volumes = {v["name"] for v in pod["spec"].get("volumes", [])} | claims
                self.assertEqual({m["name"] for m in container(pod).get("volumeMounts", [])}, volumes, name)
                for volume in pod["spec"].get("volumes", []):
                    if "persistentVolumeClaim" in volume:
                        named(objects, "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"])
                named(objects, "ServiceAccount", pod["spec"]["serviceAccountName"])
            for autoscaler in of_kind(objects, "HorizontalPodAutoscaler"):
                target = named(objects, "StatefulSet", autoscaler["spec"]["scaleTargetRef"]["name"])
                self.assertNotIn("replicas", target["spec"])  # Or each `apply` would undo what the autoscaler did.
            for budget in of_kind(objects, "PodDisruptionBudget"):
                self.assertTrue(any(selects(budget["spec"]["selector"], p["metadata"]["labels"]) for p in made.values()))

    def test_a_pod_has_the_time_that_its_drain_takes(self):
        for objects in self.each():
            for server in manifests.SERVERS:
                settings = yaml.safe_load(manifests.configuration(objects, server))["server"]
                pod = pods(objects)[server]
                before = container(pod)["lifecycle"]["preStop"]["sleep"]["seconds"]
                drain = seconds(settings["drain_delay"]) + seconds(settings["drain_timeout"])
                self.assertGreaterEqual(pod["spec"]["terminationGracePeriodSeconds"], before + drain + 15, server)
                # While health says NOT_SERVING, clients that watch it and the endpoints learn of it.
                self.assertGreaterEqual(seconds(settings["drain_delay"]), 5, server)
            for each in of_kind(objects, "StatefulSet"):
                self.assertGreater(each["spec"]["minReadySeconds"], DNS_SECONDS)

    def test_replicas_are_apart_and_go_one_at_a_time(self):
        objects = manifests.render("production")
        for server in ("ingestion", "inference"):
            spread = pods(objects)[server]["spec"]["topologySpreadConstraints"]
            self.assertEqual([s["topologyKey"] for s in spread], ["kubernetes.io/hostname", "topology.kubernetes.io/zone"])
            self.assertEqual(named(objects, "PodDisruptionBudget", server)["spec"]["maxUnavailable"], 1)
            self.assertGreaterEqual(named(objects, "HorizontalPodAutoscaler", server)["spec"]["minReplicas"], 3)
        for each in of_kind(manifests.render("embedded"), "StatefulSet"):
            self.assertEqual(each["spec"].get("replicas", 1), 1)


def allowed(policies, pod, direction):
    """What policies let a pod do in a direction: (peer, port) pairs, peers as `from` and `to` hold them."""
    key = {"Ingress": "from", "Egress": "to"}[direction]
    for policy in policies:
        if direction in policy["spec"]["policyTypes"] and selects(policy["spec"]["podSelector"], pod["metadata"]["labels"]):
            for rule in policy["spec"].get(direction.lower(), []):
                for peer in rule[key]:
                    for port in rule["ports"]:
                        yield peer, port["port"]


def arrows(objects):
    """(from, to, port) of every pair of our own pods that may speak, where both ends are let to."""
    policies, made = of_kind(objects, "NetworkPolicy"), pods(objects)
    result = set()
    for source, client in made.items():
        for target, server in made.items():
            out = {port for peer, port in allowed(policies, client, "Egress")
                   if "namespaceSelector" not in peer and selects(peer["podSelector"], server["metadata"]["labels"])}
            into = {port for peer, port in allowed(policies, server, "Ingress")
                    if "namespaceSelector" not in peer and selects(peer["podSelector"], client["metadata"]["labels"])}
            result |= {(source, target, port) for port in out & into}
    return result


class NetworkTest(unittest.TestCase):
    ARROWS = {("training", "ingestion", "grpc"), ("training", "inference", "grpc"), ("inference", "ingestion", "grpc"),
              ("backup", "ingestion", "grpc"), ("backup", "training", "grpc"), ("backup", "inference", "grpc")}
    RANKS = {(one, other, 1024) for one in ("training", "training-worker") for other in ("training", "training-worker")}

    def test_nothing_speaks_but_along_the_arrows_of_the_architecture(self):
        self.assertEqual(arrows(manifests.render("embedded")), self.ARROWS)
        self.assertEqual(arrows(manifests.render("production")),
                         self.ARROWS | self.RANKS | {("training-worker", "ingestion", "grpc")})

    def test_what_is_not_let_is_denied(self):
        for overlay in manifests.OVERLAYS:
            everything = named(manifests.render(overlay), "NetworkPolicy", "deny-all")
            self.assertEqual(everything["spec"], {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})

    def test_from_other_namespaces_come_callers_and_prometheus_alone(self):
        for overlay in manifests.OVERLAYS:
            objects = manifests.render(overlay)
            for server in manifests.SERVERS:
                foreign = [(json.dumps(peer["namespaceSelector"]), port)
                           for peer, port in allowed(of_kind(objects, "NetworkPolicy"), pods(objects)[server], "Ingress")
                           if "namespaceSelector" in peer]
                self.assertEqual(sorted(port for _, port in foreign), ["grpc", "metrics"], server)
                self.assertIn("clientele.io/caller", dict((port, peer) for peer, port in foreign)["grpc"])


if __name__ == "__main__":
    unittest.main()
