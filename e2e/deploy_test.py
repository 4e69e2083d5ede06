#!/usr/bin/env python3
"""deploy/ parses and keeps its rules: probes wired, secrets by reference, replicas only on a shared store."""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
SECRET = re.compile(r"DSN|KEY|TOKEN|PASSWORD|SECRET")


def documents(folder):
    for path in sorted((DEPLOY / folder).glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            yield path.name, document


def environment(container):
    return {entry["name"]: entry for entry in container["env"]}


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
            if container["args"] == ["worker"]:
                query = scale["rules"][0]["custom"]["metadata"]["query"]
                self.assertIn("'queued', 'running'", query)
        self.assertEqual(seen, {"serve", "worker", "migrate"})

    def test_kubernetes(self):
        seen = set()
        for name, document in documents("kubernetes"):
            if document["kind"] == "ScaledObject":
                self.assertIn("'queued', 'running'", document["spec"]["triggers"][0]["metadata"]["query"])
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

    def test_alerts_and_panels_name_metrics_that_exist_and_are_documented(self):
        source = "".join(path.read_text() for path in (ROOT / "src").rglob("*.cpp"))
        rules = yaml.safe_load((DEPLOY / "monitoring/alerts.yaml").read_text())["groups"][0]["rules"]
        dashboard = json.loads((DEPLOY / "monitoring/dashboard.json").read_text())
        expressions = [rule["expr"] for rule in rules]
        expressions += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
        for metric in set(re.findall(r"backtest_[a-z_]+", " ".join(expressions))):
            self.assertIn(metric.removesuffix("_bucket"), source, metric)
        manual = (ROOT / "docs/operations.md").read_text()
        for rule in rules:
            self.assertIn(rule["alert"], manual)

    def test_smoke_is_a_valid_script(self):
        self.assertEqual(subprocess.run(["bash", "-n", str(DEPLOY / "smoke")]).returncode, 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary")
    _, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
