"""Training on two hosts beside the one that the services run on: network namespaces with addresses and names of their own,
joined by a bridge. The same bytes as on one machine, and what is left when the network between them is cut."""

import ctypes
import errno
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT", "1")  # Where the tests run as root; mpirun refuses otherwise.
os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")

from harness import training_service_pb2  # noqa: E402
from jobs_test import example, purchases  # noqa: E402
from ranks_test import Job, JobOnRanks, ranks  # noqa: E402

NETWORK = "10.217.44"
HOSTS = {"east": f"{NETWORK}.2", "west": f"{NETWORK}.3"}
INSIDE = "CLIENTELE_TEST_NETWORK"  # Set where this runs in a network of its own.
PR_SET_PDEATHSIG = 1


def may_make_networks():
    return shutil.which("ip") and subprocess.run(
        ["unshare", "--net", "ip", "link", "add", "probe", "type", "bridge"], capture_output=True).returncode == 0


def run(*command):
    subprocess.run(command, check=True, capture_output=True)


class Network:
    """Hosts that go when the process that holds them goes. `folder` gets a hosts file, and what mpirun calls instead of ssh."""

    def __init__(self, folder):
        self.holders = {}
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "between", "type", "bridge")
        run("ip", "address", "add", f"{NETWORK}.1/24", "dev", "between")
        run("ip", "link", "set", "between", "up")
        for name, address in HOSTS.items():
            holder = subprocess.Popen(["unshare", "--net", "--uts", "sh", "-c", f"hostname {name} && echo && exec sleep 3600"],
                                      stdout=subprocess.PIPE, preexec_fn=end_with_parent)
            holder.stdout.readline()
            self.holders[name] = holder
            run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(holder.pid))
            run("ip", "link", "set", name, "master", "between", "up")
            for words in (("link", "set", "lo", "up"), ("link", "set", "eth0", "up"),
                          ("address", "add", f"{address}/24", "dev", "eth0")):
                run("nsenter", "--target", str(holder.pid), "--net", "ip", *words)
        self.hosts_file = folder / "hosts"
        self.hosts_file.write_text("".join(f"{address} slots=1\n" for address in HOSTS.values()))
        self.shell = folder / "shell"
        cases = "".join(f"  {HOSTS[name]}) holder={holder.pid} ;;\n" for name, holder in self.holders.items())
        self.shell.write_text(f"#!/bin/sh\n# HOST COMMAND...: runs it there.\ncase \"$1\" in\n{cases}esac\nshift\n"
                              "exec nsenter --target \"$holder\" --net --uts sh -c \"$*\"\n")
        self.shell.chmod(0o755)
        self.await_reach()

    def on(self, name, *command):
        """What `command` ends with on that host."""
        return subprocess.run(["nsenter", "--target", str(self.holders[name].pid), "--net", *command],
                              capture_output=True).returncode

    def await_reach(self):
        """Until each host answers the other: it may be a second before they know each other's addresses."""
        knock = "import socket, sys; sys.exit(socket.socket().connect_ex((sys.argv[1], 9)) != %d)" % errno.ECONNREFUSED
        for name, other in (("east", "west"), ("west", "east")):
            deadline = time.monotonic() + 30
            while self.on(name, sys.executable, "-c", knock, HOSTS[other]) != 0:
                assert time.monotonic() < deadline, f"{name} does not reach {other}"

    def cut(self, name):
        run("ip", "link", "set", name, "down")

    def mend(self, name):
        run("ip", "link", "set", name, "up")
        self.await_reach()

    def close(self):
        for name, holder in self.holders.items():
            holder.kill()
            holder.wait()
            holder.stdout.close()
            subprocess.run(["ip", "link", "delete", name], capture_output=True)  # Unless it has gone with its host.
        run("ip", "link", "delete", "between")


def end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@unittest.skipUnless(INSIDE in os.environ, "takes the right to make network namespaces")
class TwoHostsTest(JobOnRanks):
    host = f"{NETWORK}.1"

    def setUp(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="clientele-hosts-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.network = Network(folder)
        self.addCleanup(self.network.close)
        os.environ.update({"OMPI_MCA_plm_rsh_agent": str(self.network.shell), "OMPI_MCA_oob_tcp_if_include": f"{NETWORK}.0/24",
                           "OMPI_MCA_btl_tcp_if_include": f"{NETWORK}.0/24"})
        super().setUp()
        self.ingest(purchases(1500))

    def program(self, name, *flags):
        return super().program(name, "--server-allow-plaintext", "--server-allow-anonymous", *flags)

    def train_on_hosts(self, *flags):
        self.train_on(2, "--worker-hosts-file", str(self.network.hosts_file), *flags)

    def hosts_of_ranks(self):
        """The name of the host that each rank runs on."""
        names = {os.readlink(f"/proc/{holder.pid}/ns/net"): name for name, holder in self.network.holders.items()}
        return {rank: names.get(os.readlink(f"/proc/{pid}/ns/net")) for pid, rank in ranks().items()}

    def assert_no_rank_left(self, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and ranks():
            time.sleep(0.05)
        self.assertEqual(ranks(), {})

    def test_the_same_bytes_as_on_one_machine(self):
        names = ("segments", "churn", "value", "lifetime-value")
        alone = {name: self.train(example(name)).artifact_sha256 for name in names}
        self.train_on_hosts()
        for name in names:
            self.assertEqual(self.train(example(name)).artifact_sha256, alone[name], name)
        job = self.create_job(self.long_spec())
        self.await_learning(job)
        self.assertEqual(self.hosts_of_ranks(), {0: "east", 1: "west"})
        self.jobs.CancelTrainingJob(training_service_pb2.CancelTrainingJobRequest(name=job.name), timeout=60)
        self.assert_no_rank_left()

    def test_a_host_that_is_cut_off_is_named_and_its_rank_ends(self):
        self.train_on_hosts("--worker-rank-timeout", "2s")
        job = self.create_job(self.long_spec())
        self.await_learning(job)
        self.network.cut("west")
        job = self.await_end(job)
        self.assertEqual(job.state, Job.STATE_FAILED)
        self.assertRegex(job.error.message, "missing: 1")
        self.assert_no_rank_left()
        self.network.mend("west")
        self.train(example("churn"))


if __name__ == "__main__":
    if INSIDE not in os.environ and may_make_networks():
        os.execvpe("unshare", ["unshare", "--net", sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})
    unittest.main()
