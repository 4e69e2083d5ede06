"""Real processes for end-to-end tests: a server, its workers, a small market and an HTTP client. Standard library only."""
import datetime
import http.client
import json
import os
import pathlib
import random
import signal
import subprocess
import tempfile
import time


def write_market(directory, bars=300, instruments=6, seed=7):
    """A deterministic price table; returns its path."""
    generator = random.Random(seed)
    day, price = datetime.date(2020, 1, 1), {f"S{i}": 50.0 + 10 * i for i in range(instruments)}
    path = pathlib.Path(directory) / f"prices-{bars}x{instruments}.csv"
    with open(path, "w") as file:
        file.write("date,symbol,open,high,low,close,volume\n")
        for _ in range(bars):
            while day.weekday() > 4:
                day += datetime.timedelta(days=1)
            for symbol in price:
                opened = round(price[symbol], 2)
                price[symbol] = round(max(1.0, price[symbol] * (1 + generator.gauss(0.0003, 0.01))), 2)
                high, low = max(opened, price[symbol]), min(opened, price[symbol])
                file.write(f"{day},{symbol},{opened},{high},{low},{price[symbol]},100000\n")
            day += datetime.timedelta(days=1)
    return path


def policy(prices, name="small", **changes):
    """A config that runs on write_market()'s table."""
    config = {
        "run_name": name, "start_date": "2020-01-01", "end_date": "2099-12-31", "initial_cash": 100000.0,
        "universe": {"symbols": "all"}, "data": {"price_source": "local", "price_path": str(prices)},
        "strategy": {"class": "StaticUniverseStrategy", "parameters": {"rebalance": "monthly"}},
        "broker": {"commission": 0.001},
    }
    config.update(changes)
    return config


def slow_policy(prices, lookback_days, name="slow"):
    """A config whose every bar costs a covariance of all instruments over `lookback_days` bars: for runs that are watched or
    ended while they run."""
    return policy(prices, name, strategy={
        "type": "configured", "rebalance": {"freq": "daily"}, "scoring": {"type": "momentum", "lookback": 5, "skip": 0},
        "selection": {"type": "topn", "topn": {"n": 1000}}, "holding_policy": {"type": "replace_all"},
    }, sizing={"class": "KellySizer", "parameters": {"mu_scale": 0.001, "lookback_days": lookback_days}})


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


def request(address, method, path, body=None, headers=None, timeout=30):
    connection = http.client.HTTPConnection(address, timeout=timeout)
    try:
        data = json.dumps(body) if isinstance(body, (dict, list)) else body
        sent = {"Content-Type": "application/json"} if isinstance(body, (dict, list)) else {}
        connection.request(method, path, body=data, headers={**sent, **(headers or {})})
        return Reply(connection.getresponse())
    finally:
        connection.close()


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# A binary that was built with a sanitizer: its options go to each process, and its shadow memory knows no limit.
SANITIZED = {name: value for name, value in os.environ.items() if name in ("ASAN_OPTIONS", "TSAN_OPTIONS")}
if SANITIZED:
    SANITIZED["BACKTEST_RUN_MEMORY_MB"] = "0"
FINDINGS = ("ThreadSanitizer", "AddressSanitizer", "LeakSanitizer", ": runtime error: ")


class Service:
    """One `backtest serve` (or `worker`) process on a directory that outlives it."""

    def __init__(self, binary, directory=None, command="serve", prefix=(), **environment):
        self.prefix = list(prefix)  # a command that starts it elsewhere, such as in a network namespace
        self.binary = str(pathlib.Path(binary).resolve())
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="backtest-e2e-"))
        self.command = command
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.directory),
            "BACKTEST_OUTPUT_DIR": str(self.directory / "results"), "BACKTEST_ALLOW_LOCAL_DATA": "true",
            "BACKTEST_ALLOWED_DATA_DIRS": str(self.directory), "BACKTEST_MAX_CONCURRENT": "2",
            **SANITIZED, **environment,
        }
        if command == "serve":
            self.environment.setdefault("BACKTEST_LISTEN", self.address)
        self.process = None
        self.log_path = self.directory / f"{command}-{self.port}.log"

    def start(self, wait_ready=True):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([*self.prefix, self.binary, self.command], env=self.environment, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, cwd=self.directory)
        if wait_ready and self.command == "serve":
            self.wait_ready()
        return self

    def wait_ready(self, seconds=15):
        deadline = time.time() + seconds
        while time.time() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"{self.command} ended with {self.process.returncode}: {self.log_text()[-2000:]}")
            try:
                if self.get("/readyz").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"not ready after {seconds} s: {self.log_text()[-2000:]}")

    def kill(self, number=signal.SIGKILL):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(timeout=60)
        found = [at for at in map(self.log_text().find, FINDINGS) if at >= 0]
        assert not found, self.log_text()[min(found):][:4000]
        return status

    def stop(self):
        """SIGTERM and a clean exit."""
        status = self.kill(signal.SIGTERM)
        assert status == 0, f"exit status {status} after SIGTERM: {self.log_text()[-2000:]}"

    def log_text(self):
        return self.log_path.read_text(errors="replace")

    def memory_mb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def get(self, path, **options):
        return request(self.address, "GET", path, **options)

    def post(self, path, body=None, **options):
        return request(self.address, "POST", path, body=body, **options)

    def delete(self, path, **options):
        return request(self.address, "DELETE", path, **options)

    def submit(self, config, headers=None, **fields):
        reply = self.post("/backtests", {"config": config, **fields}, headers=headers)
        assert reply.status == 202, f"{reply.status} {reply.body[:500]}"
        return reply.json()["run_id"]

    def wait_terminal(self, run_id, seconds=60):
        deadline = time.time() + seconds
        while time.time() < deadline:
            record = self.get(f"/backtests/{run_id}/status").json()
            if record["status"] in ("completed", "failed", "cancelled"):
                return record
            time.sleep(0.02)
        raise AssertionError(f"{run_id} is {record['status']} after {seconds} s: {self.log_text()[-1500:]}")
