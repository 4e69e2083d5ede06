#!/usr/bin/env python3
"""One policy, one market, one result_sha256: alone, eight at once, without the C library's CPU variants and, given
--other, from another build (debug, sanitized) of the same source."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

import script

BINARY, OTHER = None, None
BASELINE_CPU = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX2_Usable,-AVX512F,-FMA,-FMA_Usable,-FMA4,-BMI2,-ERMS"}
SIZING = """sizing:
  class: EqualWeightSizer
  parameters: {max_positions: 24}
"""
SIZERS = {
    "kelly": "sizing: {class: KellySizer, parameters: {mu_scale: 0.05, lookback_days: 60, covariance: ledoit_wolf}}\n",
    "optimizer": "sizing: {class: OptimizationSizer, parameters: {risk_aversion: 3, lookback_days: 252}}\n",
    "by_score": "sizing: {class: LongShortScoreSizer, parameters: {max_longs: 24, max_shorts: 0, net_target: 1.0, "
                "weight_mode: score, score_power: 0.7}}\n",
}


class Determinism(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.market = pathlib.Path(cls.temporary.name, "market")
        subprocess.run([BINARY, "sample", cls.market], check=True, capture_output=True)
        momentum = (cls.market / "momentum.yaml").read_text()
        for name, sizing in SIZERS.items():
            assert SIZING in momentum
            (cls.market / f"momentum_{name}.yaml").write_text(momentum.replace(SIZING, sizing))
        cls.configs = sorted(path.name for path in cls.market.glob("*.yaml"))
        cls.alone = {config: cls.result(config, "alone") for config in cls.configs}

    @classmethod
    def result(cls, config, run_id, binary=None, environment=None):
        done = subprocess.run(
            [binary or BINARY, "run", config, "--quiet", "--json", "--run-id", f"{config[:-5]}-{run_id}"], cwd=cls.market,
            capture_output=True, text=True, env=os.environ | (environment or {}))
        assert done.returncode == 0, f"{config}: exit {done.returncode}: {done.stderr}"
        return json.loads(done.stdout)["summary"]["result_sha256"]

    def test_each_policy_has_its_own_result(self):
        self.assertEqual(7, len(set(self.alone.values())))

    def test_eight_at_once(self):
        with ThreadPoolExecutor(8) as pool:
            runs = [(config, pool.submit(self.result, config, f"at-once-{n}")) for n in (1, 2) for config in self.configs]
        for config, run in runs:
            self.assertEqual(self.alone[config], run.result(), config)

    def test_without_the_variants_for_newer_cpus(self):
        for config in self.configs:
            self.assertEqual(self.alone[config], self.result(config, "baseline", environment=BASELINE_CPU), config)

    def test_another_build(self):
        if not OTHER:
            self.skipTest("no --other")
        for config in self.configs:
            self.assertEqual(self.alone[config], self.result(config, "other", binary=OTHER), config)


if __name__ == "__main__":
    options = script.options(("--other", {"type": os.path.abspath}))
    BINARY, OTHER = options.binary, options.other
    unittest.main()
