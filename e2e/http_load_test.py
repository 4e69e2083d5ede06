#!/usr/bin/env python3
# Alone: it takes what the machine has and measures memory.
"""Clients that take what they can get: connections that say nothing, bodies that never end, answers that nobody reads.
The service goes on for everybody else, and its memory stays below BACKTEST_MEMORY_MB.

  http_load_test.py --binary PATH [--only NAME]
"""
import argparse
import json
import re
import socket
import sys
import tempfile
import threading
import time

import service

MEMORY_MB = 512


def connect(port, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", port), timeout=20, source_address=(source, 0))


def ask(port, path, source="127.0.0.2"):
    """Status of a GET from another address."""
    with connect(port, source) as peer:
        peer.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        head = peer.recv(65536)
        return int(head.split(b" ", 2)[1]) if head else None


def most_memory_mb(served):
    status = open(f"/proc/{served.process.pid}/status").read()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def idle_connections(binary):
    directory = tempfile.mkdtemp(prefix="backtest-load-")
    metrics = service.free_port()
    served = service.Service(binary, directory, prefix=("prlimit", "--nofile=256:256"),
                             BACKTEST_METRICS_LISTEN=f"127.0.0.1:{metrics}").start()
    peers = []
    try:
        prices = service.write_market(directory, bars=60, instruments=2)
        done = served.submit(service.policy(prices))
        assert served.wait_terminal(done)["status"] == "completed"
        for _ in range(600):
            try:
                peers.append(connect(served.port))
            except OSError:
                break
        assert len(peers) > 300, f"{len(peers)} connections"
        time.sleep(1.5)
        for path in ("/healthz", "/readyz", f"/backtests/{done}/artifacts", f"/backtests/{done}/artifacts/trades.csv"):
            assert ask(served.port, path) == 200, path
        assert ask(metrics, "/healthz") == 200 and ask(metrics, "/metrics") == 200
        # From the same address, too: the longest idle ones made room.
        runs = [served.submit(service.policy(prices, name=f"beside-{i}")) for i in range(5)]
        for run in runs:
            assert served.wait_terminal(run)["status"] == "completed"
        text = served.get("/metrics").body.decode()
        opened = int(re.search(r"(?m)^backtest_http_connections (\d+)", text)[1])
        assert 4 < opened < 128, f"{opened} connections are open"
    finally:
        for peer in peers:
            peer.close()
        served.kill()


def large_config(prices, symbols, name):
    config = service.policy(prices, name=name)
    config["universe"] = {"symbols": [f"SYMBOL{i:011d}" for i in range(symbols)]}
    return config


def memory(binary):
    directory = tempfile.mkdtemp(prefix="backtest-load-")
    # Workers apart: a run that finds none of its symbols would fail at once and say nothing about the service.
    served = service.Service(binary, directory, BACKTEST_MAX_CONCURRENT="0").start()
    prices = service.write_market(directory, bars=60, instruments=2)
    peak = {}

    def after(step):
        peak[step] = round(most_memory_mb(served))
        print(f"  {step}: at most {peak[step]} MB", flush=True)

    def hit(work, threads):
        statuses = []
        def run(i):
            try:
                statuses.append(work(i))
            except OSError:
                statuses.append(None)
        started = [threading.Thread(target=run, args=(i,)) for i in range(threads)]
        [thread.start() for thread in started]
        [thread.join() for thread in started]
        assert set(statuses) <= {None, 200, 202, 400, 503}, set(statuses)
        return statuses

    try:
        after("idle")
        large = json.dumps({"config": large_config(prices, 180_000, "large")})
        assert 3 << 20 < len(large) < 4 << 20, len(large)
        sent = {"Content-Type": "application/json"}
        runs = []
        for i in range(8):
            reply = served.post("/backtests", large, headers=sent, timeout=120)
            assert reply.status == 202, (reply.status, reply.body[:300])
            runs.append(reply.json()["run_id"])
        after("large configs, one after the other")
        hit(lambda i: served.post("/backtests", large, headers=sent, timeout=300).status, 24)
        after("large configs at once")
        nested = json.dumps({"config_yaml": "a: [" + "1," * 2_000_000 + "1]"})
        hit(lambda i: served.post("/backtests/validate", nested, headers=sent, timeout=300).status, 8)
        after("large YAML at once")
        hit(lambda i: served.get(f"/backtests/compare?ids={','.join(runs)}", timeout=300).status, 12)
        after("compare at once")

        peers = []
        part = b"x" * (3 << 20)
        def unfinished(i):
            peer = connect(served.port)
            peers.append(peer)
            peer.sendall(b"POST /backtests HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                         b"Content-Length: 4000000\r\n\r\n" + part)
            return None
        hit(unfinished, 250)
        assert ask(served.port, "/healthz") == 200
        assert ask(served.port, f"/backtests/{runs[0]}/status") == 200, "unfinished bodies keep others from an answer"
        after("unfinished bodies")
        for peer in peers:
            peer.close()

        peers.clear()
        def unread(i):
            peer = connect(served.port)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            peers.append(peer)
            peer.sendall(f"GET /backtests/{runs[i % len(runs)]}/config HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            return None
        hit(unread, 400)
        time.sleep(3)
        assert ask(served.port, "/healthz") == 200
        after("answers that nobody reads")
        for peer in peers:
            peer.close()

        peers.clear()
        def events(i):
            peer = connect(served.port)
            peers.append(peer)
            peer.sendall(f"GET /backtests/{runs[i % len(runs)]}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            return None
        hit(events, 900)
        time.sleep(2)
        after("event streams of large runs")
        for peer in peers:
            peer.close()
        name = json.dumps({"config": service.policy(prices, name="n" * 1_000_000)})
        reply = served.post("/backtests", name, headers=sent)
        assert (reply.status, reply.json()["code"]) == (400, "invalid_config"), reply.body[:300]
        assert max(peak.values()) < MEMORY_MB, peak
        assert served.get("/readyz").status == 200
    finally:
        served.kill()


CASES = {"idle_connections": idle_connections, "memory": memory}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--only", choices=CASES)
    arguments = parser.parse_args()
    for name, case in CASES.items():
        if arguments.only in (None, name):
            case(arguments.binary)
            print(f"{name}: as wanted", flush=True)


if __name__ == "__main__":
    sys.exit(main())
