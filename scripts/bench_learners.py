#!/usr/bin/env python3
"""The learners beside the libraries people use, on the same bytes: ratios, distance to the machine's limits, thread scaling.

usage: bench_learners.py PEERS_DIR WORK_DIR LEARNER_BENCH [--repeat N] [--jobs a,b] [--lifetime-value] [--growth]

--lifetime-value runs the models of purchases and spend instead.

--growth times our logistic regression alone, on 10 thousand to 10 million rows.

PEERS_DIR holds the generator (gen_data.py), the other libraries' drivers and their runner (run_peers.py).
What is not installed is left out of the table. One thread is compared by CPU time, two threads by wall time: on a machine
that others use too, a wall time says who else was there.
"""
import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys

# For each job: its data set, the other libraries, and what bounds it: bytes and floating-point operations of a pass over the
# data, and how many passes the method needs at least. A ratio is the library's time / ours, at least `one` and `two`.
N = 1_000_000
JOBS = {
    "kmeans_a": dict(data="kmeans_a", peers={"sklearn-lloyd": (6.5, 7.5)}, bytes=64e6, flops=2 * N * 16 * 32, passes=20),
    "kmeans_b": dict(data="kmeans_b", peers={"sklearn-lloyd": (4, 4.5)}, bytes=51.2e6, flops=2 * 200_000 * 64 * 256, passes=20),
    "logit": dict(data="logit", peers={"sklearn-newton-cholesky-float32": (11, 18), "sklearn-lbfgs-float64": (11, 18)},
                  bytes=132e6, flops=1.3e9, passes=3),
    "logit_sparse": dict(data="logit_sparse", peers={"liblinear-s0-e1e-05": (14, 18), "liblinear-s0-e0.01": (1, 1)},
                         bytes=80e6, flops=0, passes=20),
    "ridge": dict(data="ltv", peers={"numpy-openblas-normal-eq-float32": (3.5, 6), "sklearn-cholesky-float32": (8, 8)},
                  bytes=132e6, flops=1.1e9, passes=1),
    "gamma": dict(data="ltv", peers={"sklearn-newton-cholesky-float32": (13, 22), "sklearn-newton-cholesky-float64": (13, 22)},
                  bytes=132e6, flops=1.3e9, passes=3),
    "tweedie": dict(data="ltv", peers={"sklearn-newton-cholesky-float64": (16, 28)}, bytes=132e6, flops=1.3e9, passes=2),
    # Of these the arithmetic that binds is logarithms and divisions: about 60 operations a row that has repeat purchases.
    "bgnbd_small": dict(data="bgnbd_small", peers={"lifetimes": (100, 100)}, bytes=26e3, flops=141e3, passes=8),
    "bgnbd_big": dict(data="bgnbd_big", peers={"lifetimes": (100, 130)}, bytes=11e6, flops=60e6, passes=8),
    "pareto_nbd": dict(data="bgnbd_big", peers={}, bytes=11e6, flops=60e6, passes=8),
    "gg_small": dict(data="gg_small", peers={"lifetimes": (60, 60)}, bytes=38e3, flops=70e3, passes=10),
    "gg_big": dict(data="gg_big", peers={"lifetimes": (60, 60)}, bytes=16e6, flops=30e6, passes=10),
}
LIFETIME = ["bgnbd_small", "bgnbd_big", "pareto_nbd", "gg_small", "gg_big"]


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, **options)


def generate(peers, data, jobs):
    wanted = sorted({JOBS[job]["data"] for job in jobs})
    missing = [name for name in wanted if not os.path.exists(os.path.join(data, name + ".json"))]
    if missing:
        print("generating", ", ".join(missing), flush=True)
        run("/usr/bin/python3", os.path.join(peers, "gen_data.py"), data, *missing, stdout=subprocess.DEVNULL)


def build_drivers(peers, binaries):
    subprocess.run(["make", "-s", "-C", peers, "B=" + binaries, os.path.join(binaries, "peer_liblinear")], check=False,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def limits(program):
    """Bytes and floating-point operations a second, by threads."""
    found = {}
    for threads in (1, 2):
        line = json.loads(run(program, "--limits", "--threads", str(threads), stdout=subprocess.PIPE).stdout)
        found[threads] = (line["bytes_per_second"], line["flops_per_second"])
    return found


def measure(options, jobs, out):
    peers = "|".join(re.escape(peer) for job in jobs for peer in JOBS[job]["peers"])
    command = ["/usr/bin/python3", os.path.join(options.peers, "run_peers.py"), "--data", options.data, "--bin", options.binaries,
               "--jobs", ",".join(jobs), "--peers", "^(%s)$" % peers, "--repeat", str(options.repeat), "--out", out,
               "--slow", "30"]
    for job in jobs:
        command += ["--extra", "%s|ours|%s --data {D} --job %s --threads {T}" % (job, options.program, job)]
    run(*command, stdout=subprocess.DEVNULL)
    with open(out) as lines:
        return [json.loads(line) for line in lines]


def rows_of_size(data, rows):
    """The logistic job with its rows cut or repeated; 10 million rows take 1.3 GB."""
    folder = os.path.join(data, "rows_%d" % rows)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(data, "logit.json")) as description:
        job = json.load(description)
    for array in job["arrays"].values():
        target = os.path.join(folder, array["file"])
        source_path = os.path.join(data, array["file"])
        left = rows * (os.path.getsize(source_path) // array["shape"][0])
        with open(source_path, "rb") as source, open(target, "wb") as out:
            while left > 0:
                piece = source.read(min(left, 1 << 20))
                if not piece:
                    source.seek(0)
                left -= out.write(piece)
        array["shape"][0] = rows
    with open(os.path.join(folder, "logit.json"), "w") as out:
        json.dump(job, out)
    return folder


def print_growth(options):
    print("\n%-12s %10s %12s %12s %10s" % ("rows", "fit CPU s", "ns a row", "iterations", "peak MB"))
    for rows in (10_000, 100_000, 1_000_000, 10_000_000):
        folder = rows_of_size(options.data, rows)
        runs = []
        for _ in range(options.repeat):
            text = run(options.program, "--data", folder, "--job", "logit", stdout=subprocess.PIPE).stdout
            runs.append(json.loads(text))
        shutil.rmtree(folder)
        best = min(runs, key=lambda line: line["fit_cpu_s"])
        print("%-12d %10.4f %12.1f %12d %10d" % (rows, best["fit_cpu_s"], best["fit_cpu_s"] / rows * 1e9, best["iterations"],
                                                 best["peak_rss_mb"]), flush=True)


def median(lines, job, peer, threads, key):
    values = [l[key] for l in lines if (l["job"], l["peer"], l["threads"]) == (job, peer, threads) and key in l]
    return statistics.median(values) if values else None


def print_ratios(lines, jobs):
    print("\n%-13s %-34s %26s   %26s   %15s" % ("job", "library", "1 thread, CPU s", "2 threads, wall s", "peak MB"))
    print("%-13s %-34s %8s %7s %9s   %8s %7s %9s   %7s %7s" %
          ("", "", "theirs", "ours", "ratio", "theirs", "ours", "ratio", "theirs", "ours"))
    for job in jobs:
        for peer, goals in JOBS[job]["peers"].items():
            cells = []
            for threads, key, goal in ((1, "fit_cpu_s", goals[0]), (2, "fit_s", goals[1])):
                theirs = median(lines, job, peer, threads, key) or median(lines, job, peer, 1, key)
                ours = median(lines, job, "ours", threads, key)
                if theirs is None or ours is None:
                    cells.append("%8s %7s %9s" % ("-", "-", "-"))
                    continue
                ratio = theirs / ours
                cells.append("%8.3f %7.3f %6.1f %s" % (theirs, ours, ratio, "ok" if ratio >= goal else "< %g" % goal))
            memory = [median(lines, job, who, 1, "peak_rss_mb") for who in (peer, "ours")]
            print("%-13s %-34s %-26s   %-26s   %7s %7s" %
                  (job, peer, *cells, *("-" if m is None else "%.0f" % m for m in memory)))


def print_bounds(lines, jobs, machine):
    print("\n%-13s %9s %9s %8s %9s %8s %8s  %s" %
          ("job", "bound 1", "ours 1", "x bound", "ours 2", "x bound", "scaling", "what bounds it"))
    for job in jobs:
        spec = JOBS[job]
        bound = {}
        for threads, (bandwidth, peak) in machine.items():
            bound[threads] = spec["passes"] * max(spec["bytes"] / bandwidth, spec["flops"] / peak)
        ours = {t: median(lines, job, "ours", t, "fit_cpu_s" if t == 1 else "fit_s") for t in machine}
        wall = median(lines, job, "ours", 1, "fit_s")
        if None in ours.values():
            continue
        memory_bound = spec["bytes"] / machine[1][0] > spec["flops"] / machine[1][1]
        print("%-13s %9.4f %9.4f %8.1f %9.4f %8.1f %8.2f  %s" %
              (job, bound[1], ours[1], ours[1] / bound[1], ours[2], ours[2] / bound[2], wall / ours[2],
               "reading memory" if memory_bound else "multiply-adds"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("peers")
    parser.add_argument("work")
    parser.add_argument("program")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--jobs", default=",".join(job for job in JOBS if job not in LIFETIME))
    parser.add_argument("--lifetime-value", action="store_true")
    parser.add_argument("--growth", action="store_true")
    options = parser.parse_args()
    jobs = LIFETIME if options.lifetime_value else options.jobs.split(",")
    unknown = [job for job in jobs if job not in JOBS]
    if unknown:
        sys.exit("bench_learners: no job is called %s; there are %s" % (", ".join(unknown), ", ".join(JOBS)))
    options.data = os.path.abspath(os.path.join(options.work, "data"))
    options.binaries = os.path.abspath(os.path.join(options.work, "bin"))
    os.makedirs(options.data, exist_ok=True)
    os.makedirs(options.binaries, exist_ok=True)
    if options.growth:
        generate(options.peers, options.data, ["logit"])
        print_growth(options)
        return
    generate(options.peers, options.data, jobs)
    build_drivers(options.peers, options.binaries)
    machine = limits(options.program)
    for threads, (bandwidth, peak) in machine.items():
        print("%d thread%s: %.1f GB/s from memory, %.0f GFLOP/s in float32" %
              (threads, "s" if threads > 1 else "", bandwidth / 1e9, peak / 1e9))
    out = os.path.join(options.work, "runs.jsonl")
    if os.path.exists(out):
        os.remove(out)
    print("running", ", ".join(jobs), "%d times each; every run is in %s" % (options.repeat, out), flush=True)
    lines = measure(options, jobs, out)
    print_ratios(lines, jobs)
    print_bounds(lines, jobs, machine)


if __name__ == "__main__":
    main()
