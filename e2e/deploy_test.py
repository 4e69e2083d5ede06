#!/usr/bin/env python3
"""deploy/ parses and keeps its rules: probes wired, secrets by reference, replicas only on a shared store; what it
watches and counts exists."""
import argparse
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import unittest

import yaml

import replicas
from service import free_port, policy, request, write_market

ROOT = pathlib.Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
SECRET = re.compile(r"DSN|KEY|TOKEN|PASSWORD|SECRET")


def documents(folder):
    for path in sorted((DEPLOY / folder).glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            yield path.name, document


def environment(container):
    return {entry["name"]: entry for entry in container["env"]}


def alert_rules():
    return yaml.safe_load((DEPLOY / "monitoring/alerts.yaml").read_text())["groups"][0]["rules"]


def expressions():
    for rule in alert_rules():
        yield rule["alert"], rule["expr"]
    for panel in json.loads((DEPLOY / "monitoring/dashboard.json").read_text())["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def scale_rules():
    """Per platform: the rule's metadata and the worker's environment."""
    app = next(document for name, document in documents("container-apps") if name == "worker.yaml")
    template = app["properties"]["template"]
    yield template["scale"]["rules"][0]["custom"]["metadata"], environment(template["containers"][0])
    deployment, scaled = (document for name, document in documents("kubernetes") if name == "worker.yaml")
    yield (scaled["spec"]["triggers"][0]["metadata"],
           environment(deployment["spec"]["template"]["spec"]["containers"][0]))


class Deploy(unittest.TestCase):
    def check_container(self, name, container, needs_readiness):
        variables = environment(container)
        for variable, entry in variables.items():
            if SECRET.search(variable) and not variable.endswith("_HEADER"):
                self.assertTrue("secretRef" in entry or "secretKeyRef" in entry.get("valueFrom", {}),
                                f"{name}: {variable} is not a reference to a secret")
        self.assertEqual(variables["BACKTEST_RUN_STORE_MODE"]["value"], "postgres", name)
        probes = json.dumps({key: value for key, value in container.items() if "robe" in key})
        self.assertIn("/healthz", probes, name)
        if needs_readiness:
            self.assertIn("/readyz", probes, name)

    def test_container_apps(self):
        seen = set()
        for name, document in documents("container-apps"):
            container = document["properties"]["template"]["containers"][0]
            seen.add(container["args"][0])
            for secret in document["properties"]["configuration"].get("secrets", []):
                self.assertNotIn("value", secret, name)
            if container["args"][0] == "migrate":
                continue
            self.check_container(name, container, container["args"] == ["serve"])
            scale = document["properties"]["template"]["scale"]
            if scale["maxReplicas"] > 1:
                self.assertEqual(environment(container)["BACKTEST_RUN_STORE_MODE"]["value"], "postgres")
                self.assertEqual(environment(container)["BACKTEST_OUTPUT_SHARED"]["value"], "true")
        self.assertEqual(seen, {"serve", "worker", "migrate"})

    def test_kubernetes(self):
        seen = set()
        for name, document in documents("kubernetes"):
            if document["kind"] == "ScaledObject":
                seen.add("scale")
            if document["kind"] not in ("Deployment", "Job"):
                continue
            pod = document["spec"]["template"]["spec"]
            container = pod["containers"][0]
            seen.add(container["args"][0])
            self.assertTrue(pod["securityContext"]["runAsNonRoot"], name)
            if document["kind"] == "Deployment":
                self.check_container(name, container, container["args"] == ["serve"])
                grace = int(environment(container).get("BACKTEST_SHUTDOWN_GRACE_SECONDS", {"value": "25"})["value"])
                self.assertGreater(pod["terminationGracePeriodSeconds"], grace, name)
        self.assertEqual(seen, {"serve", "worker", "migrate", "scale"})

    def test_image_installs_the_package_and_is_not_root(self):
        text = (DEPLOY / "Dockerfile").read_text()
        self.assertIn("\nUSER 10001", text)
        self.assertIn("HEALTHCHECK", text)
        for tool in ("clang", "cmake", "python3", "build-essential"):
            self.assertNotIn(tool, text)

    def test_every_alert_is_in_the_manual(self):
        manual = (ROOT / "docs/operations.md").read_text()
        for rule in alert_rules():
            self.assertTrue(f"| {rule['alert']} |" in manual, rule["alert"])

    def test_smoke_is_a_valid_script(self):
        self.assertEqual(subprocess.run(["bash", "-n", str(DEPLOY / "smoke")]).returncode, 0)


class Monitoring(replicas.ReplicasCase):
    """What deploy/ watches is what the processes export: asked of an API and a worker on a real database."""

    def exported(self):
        """Labels by sample name, over both roles."""
        self.migrated()
        api = self.api().start()
        worker = self.worker(BACKTEST_METRICS_LISTEN=f"127.0.0.1:{free_port()}")
        worker.start()
        address = worker.environment["BACKTEST_METRICS_LISTEN"]
        api.wait_terminal(api.submit(policy(self.prices)))
        texts = [api.get("/metrics").body.decode(), request(address, "GET", "/metrics").body.decode()]
        for text in texts:
            for both in ("backtest_postgres_statement_seconds_bucket", "backtest_oldest_transaction_seconds",
                         "backtest_postgres_pool_wait_seconds_count", "backtest_attempts_total"):
                self.assertIn(both, text)
        labels = {}
        for name, inside in re.findall(r"^(backtest_\w+)(?:\{(.*)\})? \S+$", "\n".join(texts), re.M):
            labels.setdefault(name, set()).update(re.findall(r'(\w+)="', inside))
        return labels

    def test_every_metric_and_label_in_deploy_is_exported(self):
        exported = self.exported()
        texts = {str(path.relative_to(DEPLOY)): path.read_text() for path in DEPLOY.rglob("*") if path.is_file()}
        named = {(place, name) for place, text in texts.items() for name in re.findall(r"\bbacktest_\w+", text)}
        self.assertGreater(len(named), 20)
        self.assertEqual([(place, name) for place, name in sorted(named) if name not in exported], [])
        for place, expression in expressions():
            for name, selected in re.findall(r"(backtest_\w+)\{([^}]*)\}", expression):
                for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selected):
                    self.assertIn(label, exported[name], f"{place}: {expression}")
            of_all = set().union(*(exported[name] for name in re.findall(r"backtest_\w+", expression)))
            for grouped in re.findall(r"\b(?:by|ignoring|on) \(([^)]*)\)", expression):
                for label in re.findall(r"\w+", grouped):
                    self.assertIn(label, of_all | {"instance"}, f"{place}: {expression}")

    def test_workers_scale_on_queued_and_running_runs(self):
        self.migrated()
        # The scaler logs in with the worker's DSN.
        self.cluster.sql("drop role if exists scaler; create role scaler login in role backtest_worker")
        api = self.api().start()
        slow = write_market(self.directory, bars=2000, instruments=40)
        run_ids = [api.submit(policy(slow, name=f"s{i}")) for i in range(4)]
        worker = self.worker(BACKTEST_MAX_CONCURRENT="1").start()
        child = replicas.hold_a_child(worker)
        for rule, variables in scale_rules():
            self.assertEqual(rule["targetQueryValue"], variables["BACKTEST_MAX_CONCURRENT"]["value"])
            self.assertEqual(self.cluster.sql(rule["query"], user="scaler"), "4")  # one of them runs
            plan = self.cluster.sql("explain " + rule["query"], user="scaler")
            self.assertIn("on run_queue", plan)
            self.assertNotIn(" runs", plan)
        os.kill(child, signal.SIGCONT)
        self.assert_settled(api, run_ids)
        for rule, _ in scale_rules():
            self.assertEqual(self.cluster.sql(rule["query"], user="scaler"), "0")
        self.cluster.sql("drop role scaler")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    arguments, rest = parser.parse_known_args()
    replicas.BINARY = str(pathlib.Path(arguments.binary).resolve())
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
