#!/usr/bin/env python3
"""The client that openapi-python-client makes from /openapi.json, without a warning, against the real service: a run is
submitted from typed parts, watched to its end, listed, compared and edited, and every artifact has the hash it should."""
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time
import unittest

import script
from service import Service, policy, write_market

ROOT = pathlib.Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".deps/openapi_client/bin"
BINARY = None


def make_client(address, document, directory):
    """The package `made` in `directory`, and what the generator said."""
    (directory / "openapi.json").write_text(json.dumps(document))
    (directory / "generator.json").write_text(json.dumps({"post_hooks": []}))
    made = subprocess.run([ENVIRONMENT / "openapi-python-client", "generate", "--path", "openapi.json", "--meta", "none",
                           "--output-path", "made", "--config", "generator.json", "--fail-on-warning"],
                          cwd=directory, capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"], "HOME": str(directory)})
    return made.returncode, (made.stdout + made.stderr).strip()


class GeneratedClient(unittest.TestCase):
    def test_round_trip(self):
        s = Service(BINARY, BACKTEST_API_KEY="client-key", BACKTEST_LOG_LEVEL="error")
        prices = write_market(s.directory, bars=200, instruments=4)
        s.start()
        self.addCleanup(s.stop)
        document = s.get("/openapi.json", headers={"X-API-Key": "client-key"}).json()
        status, said = make_client(s.address, document, s.directory)
        self.assertEqual((status, said), (0, "Generating made"))
        made = {path.stem for path in (s.directory / "made/api").glob("*/*.py")} - {"__init__"}
        described = {operation["operationId"] for methods in document["paths"].values() for operation in methods.values()}
        self.assertEqual(made, described, "an operation was left out")
        trip = subprocess.run([ENVIRONMENT / "python3", __file__, "--binary", "none", "--trip", f"http://{s.address}",
                               "--config", json.dumps(policy(prices))],
                              cwd=s.directory, capture_output=True, text=True, timeout=60,
                              env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{s.directory}"})
        self.assertEqual(trip.returncode, 0, trip.stdout + trip.stderr)
        self.assertRegex(trip.stdout, r"\d\d artifacts")


def check(is_right, *what):
    if not is_right:
        raise AssertionError(what)


def round_trip(url, config):
    """What a program would do with the package: in the environment that has what the package needs."""
    from made import AuthenticatedClient
    from made.api.results import get_artifact, get_rolling, get_summary, get_timeseries, get_trades, list_artifacts
    from made.api.runs import (compare_runs, edit_run, get_config, get_events, get_run, get_status, list_runs, remove_run,
                               submit_run, validate_config)
    from made.api.service import get_whoami
    from made.models import Config, ListRunsSort, Problem, Run, RunEdit, RunRequest, RunState, Summary

    client = AuthenticatedClient(url, token="client-key", prefix="", auth_header_name="X-API-Key")
    check(get_whoami.sync(client=client).rights == ["read", "write", "admin"], get_whoami.sync(client=client))
    typed = Config.from_dict(config)
    check(typed.to_dict() == config, typed.to_dict())
    check(validate_config.sync(client=client, body=RunRequest(config=typed)).valid)
    wrong = submit_run.sync(client=client, body=RunRequest(config_yaml="start_date: never"))
    check(isinstance(wrong, Problem) and wrong.code == "invalid_config" and wrong.errors[0].path, wrong)

    for run_id in ("FIRST", "SECOND"):
        typed.broker.commission = 0.001 if run_id == "FIRST" else 0.002
        body = RunRequest(config=typed, run_id=run_id, tags=["made"])
        accepted = submit_run.sync(client=client, body=body, idempotency_key=run_id)
        check(accepted.run_id == run_id and accepted.links.self_ == f"/backtests/{run_id}", accepted)
        again = submit_run.sync_detailed(client=client, body=body, idempotency_key=run_id)
        check(again.headers["Idempotent-Replayed"] == "true", again)
        while (run := get_status.sync(run_id, client=client)).status in (RunState.QUEUED, RunState.RUNNING):
            time.sleep(0.02)
        check(isinstance(run, Run) and run.status == RunState.COMPLETED and run.metrics.total_return is not None, run)
        check("event: state" in get_events.sync_detailed(run_id, client=client).content.decode())

    listed = list_runs.sync(client=client, tags="made", sort=ListRunsSort("-total_return"), limit=1)
    check([run.run_id for run in listed.runs] == ["FIRST"] and listed.next_cursor, listed)
    listed = list_runs.sync(client=client, tags="made", sort=ListRunsSort("-total_return"), cursor=listed.next_cursor)
    check([run.run_id for run in listed.runs] == ["SECOND"], listed)
    compared = compare_runs.sync(client=client, ids="FIRST,SECOND")
    check([(d.path, d.values) for d in compared.config_differences] == [("broker.commission", [0.001, 0.002])], compared)
    edited = edit_run.sync("FIRST", client=client, body=RunEdit(note="checked", tags=["made", "seen"]))
    check(edited.note == "checked" and edited.tags == ["made", "seen"], edited)
    check(isinstance(get_config.sync("FIRST", client=client).effective_config, Config))

    summary = get_summary.sync("FIRST", client=client)
    check(isinstance(summary, Summary) and summary.total_return == get_run.sync("FIRST", client=client).metrics.total_return)
    daily = get_timeseries.sync("FIRST", client=client)
    check(daily.total_points == len(daily.points) and daily.points[-1].portfolio_value == summary.final_equity, daily.total_points)
    rolling = get_rolling.sync("FIRST", client=client, window_days=63)
    check(rolling.points and all(point.window_days == 63 for point in rolling.points))
    check(get_trades.sync("FIRST", client=client).total == summary.trades)

    artifacts = list_artifacts.sync("FIRST", client=client).local
    for artifact in artifacts:
        data = get_artifact.sync("FIRST", artifact.name, client=client).payload.read()
        check(len(data) == artifact.size_bytes, artifact)
        check(artifact.sha256 is None or hashlib.sha256(data).hexdigest() == artifact.sha256, artifact)
    part = get_artifact.sync_detailed("FIRST", "trades.csv", client=client, range_="bytes=0-9")
    check(part.status_code == 206 and len(part.content) == 10, part)
    missing = get_artifact.sync("FIRST", "none.csv", client=client)
    check(isinstance(missing, Problem) and missing.code == "artifact_not_found", missing)
    check(remove_run.sync_detailed("SECOND", client=client).status_code == 204)
    print(f"{len(artifacts)} artifacts, {sum(artifact.sha256 is not None for artifact in artifacts)} with their hash")


if __name__ == "__main__":
    chosen = script.options(("--trip", {}), ("--config", {"type": json.loads}))
    if chosen.trip:
        sys.exit(round_trip(chosen.trip, chosen.config))
    BINARY = chosen.binary
    unittest.main(verbosity=2)
