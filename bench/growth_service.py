"""`backtest serve` over more and more queued runs, stored runs and connections: processor time and memory of its process, and
the processor time of the database's processes that work for it. Attempts are not counted."""
import contextlib
import http.client
import json
import re
import socket
import time

from process_cost import memory_mb, processor_s
from stored_runs import SqliteRuns
from wrk_load import Load

from service import policy, write_market  # of e2e, whose place stored_runs.py made known

BATCHES, CALLS = 5, 40
ENDED_RUNS = 60
STREAM_SECONDS = 3.0
MOST_REFUSED = 0.2


class Meter:
    """Processor time of a service and of what it asks of a database."""

    def __init__(self, service, stored):
        self.service, self.stored = service, stored

    def spent_s(self):
        spent = processor_s(self.service.process.pid)
        for pid in self.stored.backends():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                spent += processor_s(pid)
        return spent

    def least_ms(self, call):
        """Of one call, in the cheapest of some batches: the others had work of the background's in them."""
        costs = []
        for _ in range(BATCHES):
            before = self.spent_s()
            for _ in range(CALLS):
                call()
            costs.append(1e3 * (self.spent_s() - before) / CALLS)
        return min(costs)


class Client:
    """One connection that is kept."""

    def __init__(self, service):
        self.connection = http.client.HTTPConnection(service.address, timeout=60)

    def call(self, method, path, body=None, status=200):
        self.connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        reply = self.connection.getresponse()
        text = reply.read()
        assert reply.status == status, f"{path}: {reply.status} {text[:300]}"
        return text

    def get(self, path):
        return self.call("GET", path)


@contextlib.contextmanager
def running(stored, **environment):
    service = stored.service(**environment)
    begun = time.perf_counter()
    service.start(wait_ready=False)
    try:
        service.wait_ready(seconds=120)
        yield service, 1e3 * (time.perf_counter() - begun)
    finally:
        service.kill()


def reads(meter, client):
    """What people ask for most, of a run in the middle of the store."""
    run_id = json.loads(client.get("/backtests?limit=50&sort=submitted_at"))["runs"][-1]["run_id"]
    return {"status ms": meter.least_ms(lambda: client.get(f"/backtests/{run_id}/status")),
            "list of 50 ms": meter.least_ms(lambda: client.get("/backtests?limit=50")),
            "metrics ms": meter.least_ms(lambda: client.get("/metrics"))}


class ServiceGrowth:
    def __init__(self, binary, load_seconds):
        self.binary, self.load_seconds = binary, load_seconds

    def stored(self, kind, count):
        with kind(self.binary) as stored:
            stored.fill_ended(count)
            with running(stored) as (service, ready_ms):
                meter, client = Meter(service, stored), Client(service)
                start_ms = 1e3 * meter.spent_s()
                return count, {**reads(meter, client), "start ms": start_ms, "start to ready, clock ms": ready_ms,
                               "peak MB": memory_mb(service.process.pid)}

    def queued(self, kind, count):
        with kind(self.binary) as stored:
            stored.fill_queued(count)
            # Of a higher priority than the others, which have no config that could be run.
            body = json.dumps({"config": policy(write_market(stored.directory, bars=60, instruments=3)), "priority": 1})
            submitted = []

            def submit():
                submitted.append(json.loads(client.call("POST", "/backtests", body, status=202))["run_id"])

            with running(stored) as (service, _):
                meter, client = Meter(service, stored), Client(service)
                costs = {**reads(meter, client), "submit ms": meter.least_ms(submit),
                         "peak MB": memory_mb(service.process.pid)}
            costs["claimed to completed ms"] = self.cost_of_runs(stored, submitted[:ENDED_RUNS])
            return count, costs

    def cost_of_runs(self, stored, submitted):
        """Of the service, while it takes runs from the queue, has them attempted and ends them."""
        def ended(client):
            # All completed runs are ours, and a page that holds them all costs the same at each point.
            return len(json.loads(client.get("/backtests?status=completed&limit=200"))["runs"])

        with running(stored, BACKTEST_MAX_CONCURRENT="2") as (service, _):
            meter, client, deadline = Meter(service, stored), Client(service), time.time() + 300
            first, before = ended(client), meter.spent_s()
            while (last := ended(client)) < len(submitted):
                assert time.time() < deadline, f"{last} of {len(submitted)} runs completed"
                assert b'"runs":[]' in client.get("/backtests?status=failed&limit=1"), "a run failed"
                time.sleep(0.1)
            return 1e3 * (meter.spent_s() - before) / (last - first)

    def connections(self, count):
        """Of requests as fast as they go, and of event streams on which nothing happens."""
        with SqliteRuns(self.binary) as stored:
            stored.fill_ended(1000)
            with running(stored) as (service, _):
                meter = Meter(service, stored)
                path = f"/backtests/{run_ids(service, 1)[0]}/status"
                Load(service.address, path, count, 1)
                before = meter.spent_s()
                load = Load(service.address, path, count, self.load_seconds)
                assert refused_share(load) <= MOST_REFUSED, load.trouble
                costs = {"request ms": 1e3 * (meter.spent_s() - before) / load.count,
                         "requests, peak MB": memory_mb(service.process.pid)}
        with SqliteRuns(self.binary) as stored:
            stored.fill_queued(1000)
            with running(stored) as (service, _):
                costs["idle streams, a second ms"] = streams_ms(service, Meter(service, stored), run_ids(service, count))
                costs["streams, peak MB"] = memory_mb(service.process.pid)
        return count, costs


def refused_share(load):
    """Where hundreds ask at once without a pause, some are told that too many wait."""
    refused = re.fullmatch(r"Non-2xx or 3xx responses: (\d+)", load.trouble or "Non-2xx or 3xx responses: 0")
    return int(refused[1]) / load.count if refused else 1.0


def run_ids(service, count):
    client = Client(service)
    return [run["run_id"] for offset in range(0, count, 200)
            for run in json.loads(client.get(f"/backtests?limit={min(200, count)}&offset={offset}"))["runs"]][:count]


def streams_ms(service, meter, watched):
    """Processor time a second while so many event streams of queued runs are open and nothing happens."""
    with contextlib.ExitStack() as opened:
        for run_id in watched:
            stream = opened.enter_context(socket.create_connection(("127.0.0.1", service.port), timeout=60))
            stream.sendall(f"GET /backtests/{run_id}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            text = b""
            while b"event: " not in text:
                part = stream.recv(1 << 16)
                assert part and b" 200 " in (text or part)[:20], text + part
                text += part
        time.sleep(0.5)
        before, begun = meter.spent_s(), time.perf_counter()
        time.sleep(STREAM_SECONDS)
        return 1e3 * (meter.spent_s() - before) / (time.perf_counter() - begun)
