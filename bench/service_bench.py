#!/usr/bin/env python3
"""Requests and runs a second of `backtest serve` on its embedded store, beside the disk's fsync rate.

  service_bench.py --binary PATH [--runs 100000] [--connections 64] [--seconds 5]

Reads are driven by wrk, submissions by keep-alive connections of several processes.
"""
import argparse
import http.client
import json
import multiprocessing
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from service import Service, policy, write_market  # noqa: E402


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def fsync_seconds(directory, count=200):
    times = []
    with tempfile.NamedTemporaryFile(dir=directory) as file:
        for _ in range(count):
            file.write(b"x" * 4096)
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
    return times


def submit_many(address, body, count, connections, results):
    """`count` submissions over `connections` keep-alive connections; latencies go to `results`."""
    def work(share):
        connection, times = http.client.HTTPConnection(address, timeout=60), []
        for _ in range(share):
            start = time.perf_counter()
            connection.request("POST", "/backtests", body, {"Content-Type": "application/json"})
            reply = connection.getresponse()
            reply.read()
            assert reply.status == 202, reply.status
            times.append(time.perf_counter() - start)
        results.put(times)
    threads = [threading.Thread(target=work, args=(count // connections,)) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def submit(address, body, count, connections, processes=2):
    results, start = multiprocessing.Queue(), time.perf_counter()
    workers = [multiprocessing.Process(target=submit_many, args=(address, body, count // processes,
                                                                  connections // processes, results))
               for _ in range(processes)]
    for worker in workers:
        worker.start()
    times = [t for _ in range(connections // processes * processes) for t in results.get()]
    for worker in workers:
        worker.join()
    return times, time.perf_counter() - start


def wrk(address, path, connections, seconds):
    done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", f"http://{address}{path}"],
                          capture_output=True, text=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", done).group(1))
    p99 = re.search(r"99%\s+(\S+)", done).group(1)
    errors = re.search(r"Non-2xx.*", done)
    return f"{rate:>9.0f}/s   p99 {p99:>9}{'   ' + errors.group(0) if errors else ''}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=5)
    a = parser.parse_args()
    service = Service(a.binary, BACKTEST_MAX_CONCURRENT="0", BACKTEST_QUEUE_LIMIT="0", BACKTEST_LOG_LEVEL="error")
    prices = write_market(service.directory, bars=60, instruments=3)
    body = json.dumps({"config": policy(prices)})
    syncs = fsync_seconds(service.directory)
    print(f"fsync                 p50 {1e3 * statistics.median(syncs):.2f} ms   p99 {1e3 * percentile(syncs, 0.99):.2f} ms")
    start = time.perf_counter()
    service.start()
    print(f"start to ready        {1e3 * (time.perf_counter() - start):.0f} ms")
    rss = int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{service.process.pid}/status").read_text()).group(1))
    print(f"idle                  {rss / 1024:.0f} MB")
    times, seconds = submit(service.address, body, a.runs, a.connections)
    print(f"submit, {a.connections} connections {len(times) / seconds:>7.0f}/s   p50 {1e3 * statistics.median(times):.1f} ms   "
          f"p99 {1e3 * percentile(times, 0.99):.1f} ms   ({len(times)} runs)")
    run_id = service.get("/backtests?limit=1").json()["runs"][0]["run_id"]
    for name, path in (("health", "/healthz"), ("status", f"/backtests/{run_id}/status"), ("list", "/backtests?limit=50"),
                       ("list by text", "/backtests?limit=50&q=small")):
        for connections in (1, 64, 256):
            print(f"{name:<14}{connections:>4} conn. {wrk(service.address, path, connections, a.seconds)}")
    service.stop()
    service = Service(a.binary, BACKTEST_MAX_CONCURRENT="2", BACKTEST_LOG_LEVEL="error").start()
    prices = write_market(service.directory, bars=250, instruments=5)
    taken = []
    for _ in range(40):
        start = time.perf_counter()
        service.wait_terminal(service.submit(policy(prices)))
        taken.append(time.perf_counter() - start)
    print(f"submit to completed   p50 {1e3 * statistics.median(taken):.0f} ms   p99 {1e3 * percentile(taken, 0.99):.0f} ms")
    start = time.perf_counter()
    for run_id in [service.submit(policy(prices)) for _ in range(100)]:
        service.wait_terminal(run_id)
    print(f"runs end to end       {100 / (time.perf_counter() - start):.1f}/s on 2 attempts at once")
    service.stop()


main()
