#!/usr/bin/env python3
"""deploy/ parses and keeps its rules: probes wired, secrets by reference, replicas only on a shared store; what it
watches and counts exists."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

import yaml

import replicas
from azurite import OnAzurite
import script
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
                self.assertIn("BACKTEST_ADLS_RUNS_DIR", environment(container))
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
            self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"}, name)
            self.assertIs(pod["automountServiceAccountToken"], False, name)
            if document["kind"] == "Deployment":
                self.check_container(name, container, container["args"] == ["serve"])
                grace = int(environment(container).get("BACKTEST_SHUTDOWN_GRACE_SECONDS", {"value": "25"})["value"])
                self.assertGreater(pod["terminationGracePeriodSeconds"], grace, name)
        self.assertEqual(seen, {"serve", "worker", "migrate", "scale"})

    def test_every_pod_has_its_network_policy_and_every_deployment_its_budget(self):
        labels, policies, budgets = {"Deployment": [], "Job": []}, [], []
        for _, document in documents("kubernetes"):
            if document["kind"] in labels:
                labels[document["kind"]].append(document["spec"]["template"]["metadata"]["labels"]["app"])
            elif document["kind"] == "NetworkPolicy":
                self.assertEqual(document["spec"]["policyTypes"], ["Ingress", "Egress"])
                policies.append(document["spec"]["podSelector"]["matchLabels"]["app"])
            elif document["kind"] == "PodDisruptionBudget":
                budgets.append(document["spec"]["selector"]["matchLabels"]["app"])
        self.assertEqual(sorted(policies), sorted(labels["Deployment"] + labels["Job"]))
        self.assertEqual(sorted(budgets), sorted(labels["Deployment"]))

    def test_unit_is_hardened_and_starts_what_the_package_installs(self):
        unit = DEPLOY / "package/backtest.service"
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)],
                              capture_output=True, text=True, env={**os.environ, "SYSTEMD_COLORS": "0"})
        self.assertEqual(done.returncode, 0, done.stdout[-500:] + done.stderr)
        text = unit.read_text()
        # systemd ignores a group of calls that it does not know: those calls are then refused.
        for group in sorted(set(re.findall(r"@[a-z-]+", "".join(re.findall(r"^SystemCallFilter=.*\n", text, re.M))))):
            known = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True)
            self.assertEqual(known.returncode, 0, known.stderr)
        for call in ("seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"):
            self.assertRegex(text, rf"(?m)^SystemCallFilter=[^~\n]*\b{call}\b")
        self.assertIn("ExecStart=/usr/bin/backtest serve\n", text)
        user = re.search(r"^u (\S+) ", (DEPLOY / "package/sysusers.conf").read_text(), re.M)[1]
        self.assertIn(f"\nUser={user}\n", text)
        for script in ("postinst", "prerm", "postrm"):
            self.assertEqual(subprocess.run(["sh", "-n", str(DEPLOY / "package" / script)]).returncode, 0, script)

    def test_image_installs_the_package_and_is_not_root(self):
        text = (DEPLOY / "Dockerfile").read_text()
        # By digest, which has no default: nothing is built on a tag, and nothing without somebody's word.
        self.assertEqual(re.findall(r"^FROM (.*)$", text, re.M), ["debian@sha256:${DEBIAN_SHA256}"])
        self.assertIn("\nARG DEBIAN_SHA256\n", text)
        self.assertIn("\nUSER 10001", text)
        self.assertIn("HEALTHCHECK", text)
        for tool in ("clang", "cmake", "python3", "build-essential"):
            self.assertNotIn(tool, text)

    def test_every_panel_has_a_unit(self):
        for panel in json.loads((DEPLOY / "monitoring/dashboard.json").read_text())["panels"]:
            is_time = "_seconds" in panel["targets"][0]["expr"] and "_count" not in panel["targets"][0]["expr"]
            unit = panel["fieldConfig"]["defaults"]["unit"]
            self.assertEqual(unit == "s", is_time, panel["title"])

    def test_every_alert_is_in_the_manual(self):
        manual = (ROOT / "docs/operations.md").read_text()
        for rule in alert_rules():
            self.assertTrue(f"| {rule['alert']} |" in manual, rule["alert"])

    def test_smoke_is_a_valid_script(self):
        self.assertEqual(subprocess.run(["bash", "-n", str(DEPLOY / "smoke")]).returncode, 0)


class Container:
    """One container of a manifest, as a process of this machine: its command, its environment with what the image adds,
    its mounts as directories, its secrets from `secrets`, its ports as free ones."""

    def __init__(self, platform, name, volumes, secrets):
        document = next(document for file, document in documents(platform)
                        if file == name and document.get("kind", "Deployment") in ("Deployment", "Job"))
        pod = document["spec"]["template"]["spec"] if platform == "kubernetes" else document["properties"]["template"]
        container = pod["containers"][0]
        kept = {volume["name"] for volume in pod.get("volumes", [])
                if "persistentVolumeClaim" in volume or volume.get("storageType") == "AzureFile"}
        self.arguments = container["args"]
        self.mounts = {}
        for mount in container.get("volumeMounts", []):
            volume = mount.get("name") or mount["volumeName"]
            self.mounts[mount["mountPath"]] = volumes(volume if volume in kept else None)
        self.environment = {"PATH": os.environ["PATH"]}
        for variable, value in image_environment().items():
            self.environment[variable] = value
        for variable, entry in environment(container).items():
            self.environment[variable] = entry["value"] if "value" in entry else secrets(reference(document, entry))
        self.addresses = {}
        for variable in ("BACKTEST_LISTEN", "BACKTEST_METRICS_LISTEN"):
            if variable in self.environment:
                address = f"127.0.0.1:{free_port()}"
                self.addresses[self.environment[variable].rsplit(":", 1)[1]] = address
                # As reachable from elsewhere as in the pod: what an address that is not loopback demands, holds here too.
                self.environment[variable] = "0.0.0.0:" + address.rsplit(":", 1)[1]
        for variable, value in self.environment.items():
            for path, directory in self.mounts.items():
                if value == path or value.startswith(path + "/"):
                    self.environment[variable] = str(directory) + value[len(path):]
        self.probes = sorted({(str(probe["httpGet"]["port"]), probe["httpGet"]["path"]) for probe in [
            *container.get("probes", []), *(container[key] for key in container if key.endswith("Probe"))]})

    def run(self):
        return subprocess.run([replicas.BINARY, *self.arguments], env=self.environment, capture_output=True, text=True)

    def start(self, log):
        self.process = subprocess.Popen([replicas.BINARY, *self.arguments], env=self.environment, stdout=log, stderr=log,
                                        stdin=subprocess.DEVNULL)
        return self

    def get(self, port, path, headers=None):
        return request(self.addresses[port], "GET", path, headers=headers)

    def probes_pass(self):
        try:
            return all(self.get(*probe).status == 200 for probe in self.probes)
        except OSError:
            return False


def image_environment():
    """What the Dockerfile sets."""
    text = re.sub(r"\\\n\s*", " ", (DEPLOY / "Dockerfile").read_text())
    return dict(pair.split("=", 1) for line in re.findall(r"^ENV (.*)$", text, re.M) for pair in line.split())


def reference(document, entry):
    """The name of a secret as deploy/README.md lists it, whatever the platform calls it."""
    if "valueFrom" in entry:
        found = entry["valueFrom"]["secretKeyRef"]
        return f"{found['name']}-{found['key']}"
    listed = {secret["name"]: secret for secret in document["properties"]["configuration"]["secrets"]}
    return listed[entry["secretRef"]]["keyVaultUrl"].rsplit("/", 1)[1]


class Described(OnAzurite, replicas.ReplicasCase):
    """What the manifests describe, started without a cluster, completes a run. In the place of a managed identity stands
    the connection string of an emulator."""

    def volume(self, name):
        """One directory for each volume that lasts, a new one for each that does not."""
        directory = self.directory / name if name else pathlib.Path(tempfile.mkdtemp(dir=self.directory))
        directory.mkdir(exist_ok=True)
        return directory

    def secret(self, name):
        users = {"backtest-api-dsn": "postgres", "backtest-worker-dsn": "postgres", "backtest-migrate-dsn": "postgres"}
        return "the-key" if name == "backtest-api-api-key" or name == "backtest-api-key" else self.cluster.dsn(users[name])

    def container(self, platform, name):
        made = Container(platform, name, self.volume, self.secret)
        if made.environment.pop("AZURE_STORAGE_ACCOUNT_NAME", None):
            made.environment["AZURE_STORAGE_CONNECTION_STRING"] = self.azurite.connection_string
            made.environment["BACKTEST_ADLS_RUNS_DIR"] += f"/{platform}"  # this test's own
        return made

    def started(self, platform, name):
        with open(self.directory / f"{platform}-{name}.log", "ab") as log:
            made = self.container(platform, name).start(log)
        self.addCleanup(lambda: (made.process.terminate(), made.process.wait(timeout=60)))
        replicas.wait_until(made.probes_pass, what=f"a probe of {platform}/{name}")
        return made

    def check_platform(self, platform):
        migrated = self.container(platform, "migrate-job.yaml").run()
        self.assertEqual(migrated.returncode, 0, migrated.stdout + migrated.stderr)
        api, worker = self.started(platform, "api.yaml"), self.started(platform, "worker.yaml")
        data = api.mounts["/data"]
        self.assertEqual(data, worker.mounts["/data"])
        self.assertNotEqual(api.mounts["/scratch"], worker.mounts["/scratch"])
        prices = write_market(data)
        self.assertEqual(api.get("8000", "/backtests").status, 401)
        config = self.directory / f"{platform}.json"
        config.write_text(json.dumps(policy(prices)))
        smoke = subprocess.run([str(DEPLOY / "smoke"), f"http://{api.addresses['8000']}", str(config),
                                f"http://{api.addresses['9100']}"], capture_output=True, text=True,
                               env={"PATH": os.environ["PATH"], "BACKTEST_API_KEY": "the-key"})
        self.assertEqual(smoke.returncode, 0, smoke.stdout + smoke.stderr)
        self.assertIn("completed", smoke.stdout)
        for process in (api, worker):
            self.assertEqual(process.get("9100", "/metrics").status, 200)

    def test_kubernetes(self):
        self.check_platform("kubernetes")

    def test_container_apps(self):
        self.check_platform("container-apps")


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
        slow = replicas.slow_market(self.directory)
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
    replicas.BINARY = script.options().binary
    unittest.main(verbosity=2)
