"""The image that scripts/image builds: what is in it, and the quickstart's pipeline run from it as Kubernetes would run
it: as its own user, on a root file system that cannot be written to."""

import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import unittest

SOURCE_DIR = pathlib.Path(os.environ["CLIENTELE_SOURCE_DIR"])
BIN_DIR = pathlib.Path(os.environ["CLIENTELE_BIN_DIR"])
USER = 10001
PROGRAMS = ("clientele", "clientele-ingestion", "clientele-training", "clientele-trainer", "clientele-inference")

# Of the image's root $1 with the data directory $2, what a container has: nothing to write to but data and /tmp.
MOUNTS = """
set -eu
root=$1 data=$2; shift 2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs none "$root/tmp"
mount --bind "$data" "$root/var/lib/clientele"
"""
# Root of this machine takes the image's user on; anybody else becomes it in a name space of their own.
ENTER = {True: (["unshare", "--mount"], f'exec chroot --userspec={USER}:{USER} "$root" "$@"'),
         False: (["unshare", "--user", "--map-root-user", "--mount"],
                 f'exec unshare --user --map-user={USER} --map-group={USER} --root="$root" --wd=/ "$@"')}


def free_port_base():
    """A port below the ephemeral range that is free, as are the twelve after it."""
    for base in range(20000, 32000, 100):
        sockets = [socket.socket() for _ in range(13)]
        try:
            for offset, each in enumerate(sockets):
                each.bind(("127.0.0.1", base + offset))
            return base
        except OSError:
            continue
        finally:
            for each in sockets:
                each.close()
    raise AssertionError("no free ports")


class Image:
    """An OCI archive of one layer, read."""

    def __init__(self, archive):
        self.archive = tarfile.open(archive)
        index = json.loads(self.read("index.json"))
        self.manifest = json.loads(self.blob(index["manifests"][0]["digest"]))
        self.config = json.loads(self.blob(self.manifest["config"]["digest"]))
        self.digest = index["manifests"][0]["digest"]

    def read(self, name):
        return self.archive.extractfile(name).read()

    def blob(self, digest):
        data = self.read("blobs/" + digest.replace(":", "/"))
        assert hashlib.sha256(data).hexdigest() == digest.removeprefix("sha256:"), digest
        return data

    def layer(self):
        (only,) = self.manifest["layers"]
        return self.archive.extractfile("blobs/" + only["digest"].replace(":", "/"))


def build():
    """Builds the image of the programs that are built; (image, what the script said)."""
    result = subprocess.run([SOURCE_DIR / "scripts/image", "--programs", BIN_DIR], capture_output=True, text=True,
                            timeout=600)
    assert result.returncode == 0, result.stdout + result.stderr
    return Image(SOURCE_DIR / "build/image/clientele.tar"), result.stdout


@unittest.skipUnless(shutil.which("mmdebstrap") and shutil.which("buildah"),
                     "mmdebstrap or buildah is absent; scripts/setup --image installs them")
class ImageTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.image, cls.said = build()
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="clientele-image-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.root, cls.data = cls.directory / "root", cls.directory / "data"
        cls.data.mkdir()
        if os.geteuid() == 0:
            cls.directory.chmod(0o755)
            os.chown(cls.data, USER, USER)
        with tarfile.open(fileobj=cls.image.layer(), mode="r|*") as layer:
            layer.extractall(cls.root)

    def run_inside(self, *command, check=True):
        enter, last = ENTER[os.geteuid() == 0]
        whole = [*enter, "sh", "-c", MOUNTS + last, "sh", self.root, self.data, *command]
        result = subprocess.run(list(map(str, whole)), capture_output=True, text=True, timeout=300, cwd="/")
        if check:
            self.assertEqual(result.returncode, 0, f"{command}\n{result.stdout}\n{result.stderr}")
        return result

    def skip_unless_allowed(self):
        probe = self.run_inside("/usr/bin/clientele", "--version", check=False)
        if re.search(r"unshare:|mount:", probe.stderr):
            self.skipTest(f"this machine lets us make no container: {probe.stderr.strip()}")

    def test_it_is_small_and_says_what_it_is(self):
        self.assertEqual(self.image.config["config"]["User"], f"{USER}:{USER}")
        self.assertIn(self.image.digest, self.said)
        names = [path.relative_to(self.root) for path in self.root.rglob("*")]
        self.assertEqual(sorted(path.name for path in names if str(path).startswith("usr/bin/")), sorted(PROGRAMS))
        for name in ("sh", "bash", "dash", "perl", "apt", "dpkg", "openssl"):
            self.assertFalse([path for path in names if path.name == name and "doc" not in path.parts], name)
        self.assertLess(sum(path.lstat().st_size for path in self.root.rglob("*")), 120 << 20)

    def test_nobody_but_root_could_change_the_programs(self):
        with tarfile.open(fileobj=self.image.layer(), mode="r|*") as layer:
            for member in layer:
                name = member.name.removeprefix("./")
                if name in ("var/lib/clientele", "var/backups/clientele"):
                    self.assertEqual((member.uid, member.gid), (USER, USER), name)
                    continue
                self.assertEqual((member.uid, member.gid), (0, 0), name)
                if not member.issym() and name != "tmp":
                    self.assertEqual(member.mode & 0o6022, 0, name)

    def test_the_programs_find_their_libraries(self):
        self.skip_unless_allowed()
        for program in PROGRAMS[:3] + PROGRAMS[4:]:
            self.assertIn("0.", self.run_inside(f"/usr/bin/{program}", "--version").stdout)

    def test_the_pipeline_of_the_quickstart_runs_from_it(self):
        self.skip_unless_allowed()
        here = ["/usr/bin/clientele", "--dir", "/var/lib/clientele/all"]
        self.addCleanup(self.stop)
        self.run_inside(*here, "up", "--port-base", free_port_base())
        self.run_inside(*here, "sample", "--customers", 1500)
        end = datetime.date.fromisoformat(json.loads((self.data / "all/sample/demo.json").read_text())["end"])
        for spec, days in {"segments": 0, "churn": 90, "value": 180}.items():
            self.run_inside(*here, "train", f"/usr/share/clientele/specs/{spec}.json", "--as-of",
                            end - datetime.timedelta(days=days), "--known-at", "now")
        report = self.run_inside(*here, "report").stdout
        self.assertIn("Customers with the most value at risk", report)
        refused = self.run_inside(*here, "keys", "create", "--file", "/usr/keys.json", "--roles", "scorer", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertEqual({path.name for path in self.root.iterdir()} - {"dev", "proc", "sys", "tmp", "var"},
                         {"etc", "lib", "lib64", "usr"})

    def stop(self):
        """`clientele down` may not look at what runs in the name space of another call."""
        for file in (self.data / "all/run").glob("*.pid"):
            os.kill(int(file.read_text()), signal.SIGTERM)


if __name__ == "__main__":
    unittest.main()
