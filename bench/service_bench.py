#!/usr/bin/env python3
"""Requests and runs a second of `backtest serve` on its embedded store, beside a bare Beast handler and the disk's fsync.

  service_bench.py --binary PATH --bare PATH [--runs 100000] [--seconds 5]

wrk drives every request, submissions too: a client in Python would need more of the processor than the server does."""
import argparse
import datetime
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from service import Service, free_port, policy, write_market  # noqa: E402
from wrk_load import Load  # noqa: E402

CONNECTIONS = (1, 64, 256)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def fsync_ms(directory, count=300):
    times = []
    with tempfile.NamedTemporaryFile(dir=directory) as file:
        for _ in range(count):
            file.write(b"x" * 4096)
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            times.append(1e3 * (time.perf_counter() - start))
    return times


def start_and_idle(service, what):
    start = time.perf_counter()
    service.start(wait_ready=False)
    while True:
        try:
            if service.get("/readyz").status == 200:
                break
        except OSError:
            pass
        time.sleep(0.001)
    ready = 1e3 * (time.perf_counter() - start)
    time.sleep(1)
    print(f"{what:<30} start to ready {ready:.0f} ms   idle {service.memory_mb():.0f} MB", flush=True)


def submissions(service, body, runs, seconds, fsync_p50):
    """Submits with 64 connections until so many runs are stored; says how the first and the last rounds went."""
    script = service.directory / "submit.lua"
    script.write_text('wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
                      f"wrk.body = [==[{body}]==]\n")
    target = 3 * fsync_p50 + 10
    rounds, stored = [], 0
    while stored < runs:
        rounds.append(Load(service.address, "/backtests", 64, seconds, script))
        stored += rounds[-1].count
    for name, load in (("first", rounds[0]), ("last", rounds[-1])):
        print(f"submit, 64 connections, {name:<6} {load}")
    for connections in (1, 256):
        print(f"submit, {connections:>3} connections{'':<8} {Load(service.address, '/backtests', connections, seconds, script)}")
    p99 = statistics.median(load.p99 for load in rounds)
    print(f"submit p99 over {len(rounds)} rounds: {p99:.2f} ms; to reach: 3 fsyncs + 10 ms = {target:.2f} ms", flush=True)


def reads(service, bare_program, seconds):
    run_id = service.get("/backtests?limit=1").json()["runs"][0]["run_id"]
    paths = {"health": "/healthz", "status": f"/backtests/{run_id}/status", "list of 50": "/backtests?limit=50",
             "list by text, found": "/backtests?limit=50&q=small", "list by text, not found": "/backtests?limit=50&q=nothing"}
    for name, path in paths.items():
        size = len(service.get(path).body)
        port = free_port()
        bare = subprocess.Popen([bare_program, str(port), str(size)])
        try:
            time.sleep(0.2)
            for connections in CONNECTIONS:
                load = Load(service.address, path, connections, seconds)
                beside = Load(f"127.0.0.1:{port}", "/", connections, seconds)
                print(f"{name + f' ({size} B)':<32}{connections:>4} conn. {load}   {load.rate / beside.rate:.2f} of a bare "
                      f"handler's {beside.rate:.0f}/s; p99 {load.p99 / beside.p99:.1f}x", flush=True)
        finally:
            bare.terminate()
            bare.wait()


def completed_after(service, config):
    """Seconds from a submission to the event that the run has completed, and from that moment by the store's clock."""
    start = time.perf_counter()
    run_id = service.submit(config)
    with socket.create_connection(("127.0.0.1", service.port)) as events:
        events.sendall(f"GET /backtests/{run_id}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        text = b""
        while b'"status":"completed"' not in text:
            part = events.recv(1 << 16)
            assert part, text
            text += part
    at = re.search(rb'event: state\ndata: {"at":"([^"]+)"[^}]*"status":"completed"', text).group(1).decode()
    return time.perf_counter() - start, time.time() - datetime.datetime.fromisoformat(at).timestamp()


def end_to_end(binary):
    service = Service(binary, BACKTEST_MAX_CONCURRENT="2", BACKTEST_LOG_LEVEL="error").start()
    config = policy(write_market(service.directory, bars=250, instruments=5))
    polled = []
    for _ in range(40):
        start = time.perf_counter()
        run_id = service.submit(config)
        while service.get(f"/backtests/{run_id}/status").json()["status"] != "completed":
            time.sleep(0.002)
        polled.append(1e3 * (time.perf_counter() - start))
    events, behind = zip(*([1e3 * seconds for seconds in completed_after(service, config)] for _ in range(40)))
    print(f"submitted to completed         p50 {statistics.median(polled):.0f} ms   p99 {percentile(polled, 0.99):.0f} ms; "
          f"by its event p50 {statistics.median(events):.0f} ms; to reach: p50 25 ms")
    print(f"an event stream is behind      p50 {statistics.median(behind):.0f} ms   most {max(behind):.0f} ms; to reach: 50 ms")
    start = time.perf_counter()
    for run_id in [service.submit(config) for _ in range(200)]:
        service.wait_terminal(run_id, seconds=120)
    print(f"runs end to end                {200 / (time.perf_counter() - start):.1f}/s on 2 attempts at once", flush=True)
    service.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--bare", required=True, help="the bare handler's program")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=5)
    a = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} processors")
    service = Service(a.binary, BACKTEST_MAX_CONCURRENT="0", BACKTEST_QUEUE_LIMIT="0", BACKTEST_LOG_LEVEL="error")
    prices = write_market(service.directory, bars=60, instruments=3)
    syncs = fsync_ms(service.directory)
    print(f"fsync                          p50 {statistics.median(syncs):.2f} ms   p99 {percentile(syncs, 0.99):.2f} ms")
    start_and_idle(service, "empty")
    submissions(service, json.dumps({"config": policy(prices)}), a.runs, a.seconds, statistics.median(syncs))
    stored = re.search(r'backtest_runs\{status="queued"\} (\d+)', service.get("/metrics").body.decode()).group(1)
    service.stop()
    start_and_idle(service, f"{stored} runs stored")
    reads(service, a.bare, a.seconds)
    print(f"memory after that              {service.memory_mb():.0f} MB")
    service.stop()
    end_to_end(a.binary)


main()
