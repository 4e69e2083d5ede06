#!/usr/bin/env python3
"""Requests made from /openapi.json by schemathesis, against the real service: no 5xx, no status, type or header that
the document does not name, no body that contradicts its schema; with authentication, none without it gets through."""
import json
import os
import pathlib
import subprocess
import time
import unittest

import script
import service
from service import Service, policy, write_market

ROOT = pathlib.Path(__file__).resolve().parents[1]
SCHEMATHESIS = ROOT / ".deps/schemathesis/bin/schemathesis"
CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
          "response_schema_conformance", "unsupported_method", "allow_header_conformance", "missing_required_header"]
BINARY = None


def aimed(document, run_ids, names, config):
    """The document with requests aimed at what exists; its answers stay as they are."""
    document = json.loads(json.dumps(document))
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                known = {"run_id": run_ids, "name": names, "ids": [",".join(run_ids)]}.get(parameter["name"])
                if known and method == "get":
                    parameter["schema"] = {"anyOf": [{"type": "string", "enum": known}, parameter["schema"]]}
                    parameter["example"] = known[0]
    body = document["components"]["schemas"]["RunRequest"]["properties"]
    # Configs that are made from their schema are the decoder's to refuse, in its own tests: here they would be most of it.
    body["config"] = {"anyOf": [{"const": config}, {"type": "object"}]}
    return document


class Openapi(unittest.TestCase):
    def fuzz(self, checks, headers=None, **environment):
        s = Service(BINARY, BACKTEST_LOG_LEVEL="error", **environment)
        config = policy(write_market(s.directory, bars=80, instruments=3))
        s.start()
        try:
            done = s.submit(config, run_id="DONE", headers=headers)
            failed = s.submit(policy(s.directory / "absent.csv"), run_id="FAILED", headers=headers)
            for run_id in (done, failed):
                while s.get(f"/backtests/{run_id}/status", headers=headers).json()["completed_at"] is None:
                    time.sleep(0.02)
            names = ["summary.json", "trades.csv", "tearsheet.html", "artifacts_manifest.json"]
            document = aimed(s.get("/openapi.json", headers=headers).json(), [done, failed], names, config)
            path = s.directory / "openapi.json"
            path.write_text(json.dumps(document))
            command = [SCHEMATHESIS, "run", str(path), "--url", f"http://{s.address}",
                       "--generation-deterministic", "--phases", "examples,coverage,fuzzing", "--max-examples", "25",
                       "--checks", ",".join(checks), "--request-timeout", "10", "--continue-on-failure", "--no-color",
                       "--suppress-health-check", "all", "--warnings", "off"]
            for name, value in (headers or {}).items():
                command += ["--header", f"{name}: {value}"]
            fuzzed = subprocess.run(command, capture_output=True, text=True, cwd=s.directory,
                                    env={"PATH": os.environ["PATH"], "HOME": str(s.directory)})
            self.assertEqual(fuzzed.returncode, 0, (fuzzed.stdout + fuzzed.stderr)[-20000:])
            self.assertIn("passed", fuzzed.stdout)
            self.assertEqual(s.get("/healthz").status, 200)
        finally:
            s.stop()

    def test_without_authentication(self):
        self.fuzz(CHECKS)

    def test_with_an_api_key(self):
        self.fuzz([*CHECKS, "ignored_auth"], headers={"X-API-Key": "fuzz-key"}, BACKTEST_API_KEY="fuzz-key")


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main(verbosity=2)
