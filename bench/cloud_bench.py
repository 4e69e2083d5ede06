#!/usr/bin/env python3
"""Object storage on Azurite against local files in the same run: an artifact set, the run store of 10,000 records, and the
big panel from a Delta table.

  cloud_bench.py --binary PATH --inputs DIR [--runs 10000] [--repeats 3] [--bars 5040]
                 [--parts artifacts,store,panel]

DIR holds W1/ and W4/ with prices.parquet, as the workloads' generator writes them. Seconds are those of an emulator in
Node on the same processors: read counts and ratios."""
import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "e2e"))
from azurite import ACCOUNT, KEY, Azurite, connection_string  # noqa: E402
from replicas import children_of  # noqa: E402
from service import Service, policy, write_market  # noqa: E402
from storage_proxy import StorageProxy  # noqa: E402

WRITER = ROOT / ".deps/delta/bin/python3"
# As a table of prices in a lake is kept: a partition a year, the files of some megabytes.
WRITE_DELTA = """
import pathlib, sys
import pyarrow.compute, pyarrow.fs, pyarrow.parquet
from deltalake import write_deltalake
source, bars, rows, target, port, key = sys.argv[1:]
table = pyarrow.parquet.read_table(source)
table = table.filter(pyarrow.compute.is_in(table["date"], table["date"].unique().sort()[-int(bars):]))
pyarrow.parquet.write_table(table, rows)
year = pyarrow.compute.cast(pyarrow.compute.year(table["date"]), "string")
write_deltalake(target, table.append_column("year", year), partition_by=["year"])
host = f"127.0.0.1:{port}"
store = pyarrow.fs.AzureFileSystem("devstoreaccount1", account_key=key, blob_storage_authority=host,
                                   dfs_storage_authority=host, blob_storage_scheme="http", dfs_storage_scheme="http")
store.create_dir("market")
for path in pathlib.Path(target).rglob("*"):
    if path.is_file():
        with store.open_output_stream(f"market/big/{path.relative_to(target)}") as file:
            file.write(path.read_bytes())
"""
# In a process of its own: in this one the tunnel's threads take turns with whoever looks at the clock.
TIME_PAGES = """
import http.client, json, sys, time
connection, took = http.client.HTTPConnection(sys.argv[1]), []
for _ in range(100):
    begun = time.time()
    connection.request("GET", "/backtests?limit=50")
    body = connection.getresponse().read()
    took.append(1000 * (time.time() - begun))
    assert len(json.loads(body)["runs"]) == 50, body
    time.sleep(0.1)
print(json.dumps(took))
"""
W1 = {"start_date": "2010-01-01", "end_date": "2030-01-01", "universe": {"symbols": "all"},
      "strategy": {"class": "StaticUniverseStrategy", "parameters": {"rebalance": "monthly"}},
      "sizing": {"class": "EqualWeightSizer", "parameters": {"max_positions": 100}},
      "broker": {"commission": 0.001, "fill_policy": "same_close"}}


REQUEST = re.compile(rb"^(GET|HEAD|PUT|DELETE) (\S+) HTTP/1\.1\r\n")


class CountingTunnel:
    """Passes bytes on to a server and keeps the first line of each request: a request begins where a client's bytes do."""

    def __init__(self, port):
        self.target, self.asked = port, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, server = self.listener.accept()[0], socket.create_connection(("127.0.0.1", self.target))
            for source, end in ((client, server), (server, client)):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self.carry, args=(source, end, source is client), daemon=True).start()

    def carry(self, source, end, is_asking):
        try:
            while data := source.recv(1 << 16):
                if is_asking and (line := REQUEST.match(data)):
                    self.asked.append((line[1].decode(), line[2].decode()))
                end.sendall(data)
            end.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def lists_and_reads(self):
        """Of records, since the last call."""
        asked, self.asked = self.asked, []
        lists = sum("comp=list" in target and "runs" in target for _, target in asked)
        return lists, sum(method == "GET" and "/runs/" in target and "comp=list" not in target for method, target in asked)


def say(name, text):
    print(f"{name:<52}{text}", flush=True)


class Bench:
    def __init__(self, options):
        self.binary, self.inputs, self.runs = options.binary, options.inputs.resolve(), options.runs
        self.repeats, self.bars = options.repeats, options.bars
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-cloud-bench-"))
        self.azurite = Azurite()

    def run(self, config, endpoint=None, **more):
        path = self.directory / "config.json"
        path.write_text(json.dumps(config))
        begun = time.time()
        done = subprocess.run([self.binary, "run", path, "--json", "--quiet", "--output-dir",
                               tempfile.mkdtemp(dir=self.directory)], capture_output=True, text=True, env={
                                   "PATH": os.environ["PATH"], "BACKTEST_ADLS_CONTAINER_ALLOWLIST": "market,results,records",
                                   "AZURE_STORAGE_CONNECTION_STRING": connection_string(endpoint or self.azurite.endpoint),
                                   **more})
        assert done.returncode == 0, f"{done.returncode} {done.stderr}"
        return time.time() - begun, json.loads(done.stdout)

    def artifacts(self):
        config = {"run_name": "w1", "data": {"price_path": str(self.inputs / "W1/prices.parquet")}, **W1}
        placed = {**config, "output": {"adls_dir": "results/w1"}}
        local = statistics.median(self.run(config)[0] for _ in range(self.repeats))
        uploaded = statistics.median(self.run(placed)[0] for _ in range(self.repeats))
        proxy = StorageProxy(self.azurite.port, lambda *_: None)
        self.run(placed, f"http://127.0.0.1:{proxy.port}/{ACCOUNT}")
        files = len(self.azurite.names("results", "w1/")) // (self.repeats + 1)
        say("artifact set of W1: files; requests", f"{files}; {sum(proxy.tries.values())}")
        say("run of W1, s: local; uploaded; ratio", f"{local:.2f}; {uploaded:.2f}; {uploaded / local:.2f}")
        proxy.stop()

    def service(self, place, port=None, **changes):
        endpoint = f"http://127.0.0.1:{port or self.azurite.port}/{ACCOUNT}"
        made = Service(self.binary, self.directory, AZURE_STORAGE_CONNECTION_STRING=connection_string(endpoint),
                       BACKTEST_ADLS_CONTAINER_ALLOWLIST="market,records", BACKTEST_RUN_STORE_MODE="adls",
                       BACKTEST_ADLS_RUNS_DIR=place, BACKTEST_OUTPUT_DIR=tempfile.mkdtemp(dir=self.directory), **changes)
        made.start(wait_ready=False)
        made.wait_ready(seconds=300)
        return made

    def store(self):
        prices = write_market(self.directory)
        server = self.service("records/few")
        took = []
        for i in range(30):
            begun = time.time()
            run_id = server.submit(policy(prices, name=f"timed {i}"))
            server.wait_terminal(run_id)
            took.append(1000 * (time.time() - begun))
        server.stop()
        say("submitted to completed, ms: p50; most (p50 <= 500)", f"{statistics.median(took):.0f}; {max(took):.0f}")
        record = self.azurite.request("GET", f"records/few/runs/{run_id}.json").decode()
        self.put_records(record, run_id)
        tunnel = CountingTunnel(self.azurite.port)
        begun = time.time()
        server = self.service("records/many", port=tunnel.port, BACKTEST_MAX_CONCURRENT="0")
        while (page := server.get("/backtests?limit=50", timeout=300)).status == 503:  # while it reads the records
            time.sleep(0.2)
        assert page.status == 200, page.body
        lists, reads = tunnel.lists_and_reads()
        say(f"first list of a process over {self.runs} runs, s; reads", f"{time.time() - begun:.1f}; {reads}")
        took = sorted(json.loads(subprocess.run([sys.executable, "-c", TIME_PAGES, server.address], text=True, check=True,
                                                stdout=subprocess.PIPE).stdout))
        lists, reads = tunnel.lists_and_reads()
        say("a page of 50 of them, ms: p50; p90; most (<= 50)", f"{took[50]:.1f}; {took[90]:.1f}; {took[-1]:.1f}")
        say("list requests; records read for those 100 pages", f"{lists}; {reads}")
        time.sleep(4)
        tunnel.lists_and_reads()
        begun = time.time()
        assert len(server.get("/backtests?limit=50").json()["runs"]) == 50
        took_ms = 1000 * (time.time() - begun)
        lists, reads = tunnel.lists_and_reads()
        say("a page after 4 s without one, ms; lists; reads", f"{took_ms:.0f}; {lists}; {reads}")
        server.stop()

    def put_records(self, record, run_id):
        """Connections are kept: the emulator takes some milliseconds for a record, a connection for each as long again."""
        kept, begun = threading.local(), time.time()

        def put(number):
            other = f"RUN20240101-{number:016x}"
            body = record.replace(run_id, other).encode()
            target, headers = self.azurite.signed("PUT", f"records/many/runs/{other}.json", body)
            if not hasattr(kept, "connection"):
                kept.connection = http.client.HTTPConnection("127.0.0.1", self.azurite.port, timeout=600)
            kept.connection.request("PUT", target, body, headers)
            reply = kept.connection.getresponse()
            assert reply.status == 201, reply.read()
            reply.read()

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(put, range(self.runs)))
        say(f"{self.runs} records put, s", f"{time.time() - begun:.1f}")

    def panel(self):
        table = self.directory / "rows.parquet"
        subprocess.run([WRITER, "-c", WRITE_DELTA, self.inputs / "W4/prices.parquet", str(self.bars), table,
                        self.directory / "big", str(self.azurite.port), KEY], check=True)
        panel_bytes = self.bars * 3_000 * (5 * 8 + 1)
        seconds = {}
        for name, path, source in (("local Parquet", str(table), "local"), ("Delta on Azurite", "market/big", "ADLS")) * self.repeats:
            config = {"run_name": "w4", **W1, "start_date": "2003-01-01",
                      "data": {"price_path": path, "price_source": source}}
            _, result = self.run(config)
            seconds.setdefault(name, []).append(result["timings"]["load_s"])
        local, remote = (min(seconds[name]) for name in ("local Parquet", "Delta on Azurite"))
        say(f"loading {self.bars:,} x 3,000, s: local; Delta; ratio (<= 2)", f"{local:.2f}; {remote:.2f}; {remote / local:.2f}")
        say("the loader of it, over the panel (<= 1.5)", f"{self.loader_peak() / panel_bytes:.2f}")

    def loader_peak(self):
        """Of the process that reads for a run of the service: what it has, and its files in memory."""
        server = Service(self.binary, self.directory, AZURE_STORAGE_CONNECTION_STRING=self.azurite.connection_string,
                         BACKTEST_ADLS_CONTAINER_ALLOWLIST="market", BACKTEST_PANEL_CACHE_MB="0").start()
        most, ended = [0], threading.Event()

        def watch():
            while not ended.is_set():
                for child in children_of(server.process.pid):
                    most[0] = max(most[0], held_bytes(child))
                time.sleep(0.02)

        watcher = threading.Thread(target=watch)
        watcher.start()
        config = {"run_name": "w4", **W1, "start_date": "2003-01-01",
                  "data": {"price_path": "market/big", "price_source": "ADLS"}}
        record = server.wait_terminal(server.submit(config), seconds=600)
        ended.set()
        watcher.join()
        server.stop()
        assert record["status"] == "completed", record
        return most[0]

    def stop(self):
        self.azurite.stop()


def held_bytes(pid):
    try:
        process = pathlib.Path(f"/proc/{pid}")
        if process.joinpath("cmdline").read_bytes().split(b"\0")[1:2] != [b"load"]:
            return 0
        held = int(process.joinpath("status").read_text().split("RssAnon:")[1].split()[0]) * 1024
        for file in process.joinpath("fd").iterdir():
            if "memfd:" in os.readlink(file):
                held += file.stat().st_blocks * 512
        return held
    except (OSError, IndexError):
        return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--inputs", required=True, type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--bars", type=int, default=5040, help="of the panel; the last of them")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--parts", default="artifacts,store,panel")
    options = parser.parse_args()
    options.binary = str(pathlib.Path(options.binary).resolve())
    bench = Bench(options)
    try:
        for part in options.parts.split(","):
            getattr(bench, part)()
    finally:
        bench.stop()


main()
