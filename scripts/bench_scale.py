#!/usr/bin/python3
"""How much faster two ranks are than one, beside a cost model, and what that says of 64 ranks and a billion customers;
and, first, how near the stores on PostgreSQL come to a bare loop.

usage: bench_scale.py RANKS_BENCH [--postgresql POSTGRESQL_BENCHMARK] [--rows N] [--columns D] [--repeat R]

The ranks run on this machine with one thread each. Runs of one and of two ranks take turns, and the fastest of each
counts: on a shared machine the others are longer by what others did.
"""
import argparse
import json
import os
import subprocess
import sys

CLUSTERS = 16


def run(bench, ranks, job, options):
    """One job on so many ranks: what its first rank tells."""
    command = ["mpirun", "-np", str(ranks), "--oversubscribe", "--bind-to", "none", "--mca", "plm", "isolated",
               "--mca", "oob_tcp_if_include", "lo", "--mca", "pml", "ob1", "--mca", "btl", "self,vader",
               "--mca", "btl_vader_single_copy_mechanism", "none", bench, "--job", job, "--rows", str(options.rows),
               "--columns", str(options.columns), "--clusters", str(CLUSTERS), "--threads", "1"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{result.stderr}")
    return json.loads(result.stdout)


STAGES = ("reading", "preparing", "learning", "judging", "completing")


def whole(seconds):
    return sum(seconds[stage] for stage in STAGES)


def iteration_cost(job, rows, columns):
    """Floating-point operations of one iteration over all rows, and the bytes a rank sends and receives for it."""
    if job == "segments":
        # A product of every row with every centroid; then integer sums: k (d + 2) + 1 of them a rank, gathered by all.
        return 2 * rows * CLUSTERS * columns, lambda ranks: 8 * (ranks + 1) * (CLUSTERS * (columns + 2) + 1)
    # Fits, gradient, and the lower half of a Hessian of d + 1 columns; it goes from rank to rank once, and to all once.
    size = columns + 1
    return rows * (4 * columns + size * (size + 1)), lambda ranks: 16 * (size * (size + 1) // 2 + 2 * size)


def model_seconds(flops, rate, bytes_, ranks, collectives, hop_seconds, bytes_per_second):
    """An iteration: work shared out, a chain of ranks for each collective, bytes at the network's pace."""
    return flops / rate / ranks + collectives * ranks * hop_seconds + bytes_ / bytes_per_second


def report(job, options, bench):
    runs = {1: [], 2: []}
    for _ in range(options.repeat):
        for ranks in runs:
            runs[ranks].append(run(bench, ranks, job, options))
    one, two = (min(runs[ranks], key=lambda r: r["learning"]) for ranks in (1, 2))
    for best, ranks in ((one, 1), (two, 2)):
        best["work"] = {stage: min(r["work"][stage] for r in runs[ranks]) for stage in STAGES}
    digests = {r["sha256"] for found in runs.values() for r in found}
    print(f"\n{job}: {options.rows} customers, {options.columns} features, {one['iterations']} iterations, "
          f"one thread a rank")
    print(f"  artifact: {'the same bytes' if len(digests) == 1 else 'DIFFERENT BYTES: ' + str(digests)}")
    for stage in STAGES:
        print(f"  {stage:10} {one[stage]:8.3f} s on 1 rank  {two[stage]:8.3f} s on 2   processor: "
              f"{one['work'][stage]:8.3f} s and {two['work'][stage]:8.3f} s of the slower rank, without its waiting")
    print(f"  memory of the first rank, most: {one['kilobytes'] / 1024:.0f} MiB on 1 rank, "
          f"{two['kilobytes'] / 1024:.0f} MiB on 2; beside the bytes of the numbers, on 1 rank: "
          + ", ".join(f"{stage} {one['memory'][stage]:.2f}" for stage in STAGES))
    print(f"  over the network besides learning: {two['other_bytes'] / 1e6:.1f} MB")
    print(f"  efficiency of 2 ranks: learning {one['learning'] / two['learning'] / 2:.2f}, whole job "
          f"{whole(one) / whole(two) / 2:.2f}; by processor time "
          f"{one['work']['learning'] / two['work']['learning'] / 2:.2f} and "
          f"{whole(one['work']) / whole(two['work']) / 2:.2f}")
    # The model, with the speed of one rank and the network as they were measured.
    flops, bytes_of = iteration_cost(job, options.rows, options.columns)
    iterations = max(1, one["iterations"])
    rate = flops * iterations / one["learning"]
    hop = two["fold_seconds"] / 2
    pace = (1 << 20) / max(1e-9, two["fold_mebibyte_seconds"] - two["fold_seconds"])
    each = two["collectives"] / iterations
    predicted = iterations * model_seconds(flops, rate, bytes_of(2), 2, each, hop, pace)
    print(f"  an iteration: {flops:.3g} flops ({rate / 1e9:.1f} Gflop/s as measured on one rank), "
          f"{bytes_of(2)} bytes a rank; "
          f"{each:.1f} collectives ({two['collectives']} in all, {two['bytes']} bytes)")
    print(f"  a collective: {1e6 * two['fold_seconds']:.0f} us over 2 ranks, {pace / 1e9:.2f} GB/s")
    print(f"  model: {predicted:.3f} s of learning on 2 ranks, measured {two['learning']:.3f} s "
          f"({100 * (predicted / two['learning'] - 1):+.0f} %)")
    on_paper(job, options, rate, each)
    return len(digests) == 1


def on_paper(job, options, rate, collectives):
    """64 ranks of 8 cores, a billion customers, 10 Gbit/s and 50 us a hop: assumed, not measured."""
    rows, ranks, cores = 1e9, 64, 8
    flops, bytes_of = iteration_cost(job, rows, options.columns)
    seconds = model_seconds(flops, rate * cores, bytes_of(ranks), ranks, collectives, 50e-6, 1.25e9)
    # Rows as they were read and as the learner sees them, and a batch of columns; of the rows that judge (three in ten;
    # clusters are judged by sums) scores and labels, and how often each thread's draw of a bootstrap has each of them.
    own = rows / ranks * (4 * options.columns + 24 + 4 * options.columns + 4 * 16)
    judging = 0 if job == "segments" else 0.3 * rows * (16 + 8 * cores)
    print(f"  on paper: 1e9 customers on 64 ranks of 8 cores, 10 Gbit/s, 50 us a hop: {seconds:.2f} s an iteration, "
          f"{bytes_of(ranks) / 1e6:.2f} MB a rank; in the memory of each rank {own / 1e9:.1f} GB of its rows, and "
          f"{judging / 1e9:.1f} GB of those that judge")


def report_postgresql(benchmark):
    command = [benchmark, "--benchmark_format=json"]
    runs = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=600, check=True).stdout)
    rates = {run["name"].split("/iterations")[0].removeprefix("BM_"): run["items_per_second"] for run in runs["benchmarks"]}
    print("PostgreSQL, a server of its own that syncs every commit, records a second")
    for sessions in (1, 4):
        store, bare = rates[f"Store/{sessions}"], rates[f"BareLoop/{sessions}"]
        print(f"  in, batches of 1,000, {sessions} at once: {store:,.0f}; a bare libpq loop {bare:,.0f}; "
              f"ratio {store / bare:.2f}")
    print(f"  out, a scan: {rates['Scan']:,.0f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench")
    parser.add_argument("--postgresql", help="the benchmark of the stores on PostgreSQL")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=32)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT", "1")  # mpirun refuses otherwise.
    os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
    if options.postgresql:
        report_postgresql(options.postgresql)
    if not all([report(job, options, options.bench) for job in ("segments", "churn", "spend")]):
        sys.exit("the bytes of a model depended on the number of ranks")


if __name__ == "__main__":
    main()
