"""One run of wrk against a server. Needs wrk 4."""
import re
import subprocess

UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


class Load:
    """One run of wrk: answers a second, and the latency below which half and 99 % of them lie."""

    def __init__(self, address, path, connections, seconds, script=None):
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
        command += ["-s", str(script)] if script else []
        text = subprocess.run([*command, f"http://{address}{path}"], capture_output=True, text=True, check=True).stdout
        self.rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
        self.count = int(re.search(r"(\d+) requests in", text).group(1))
        self.p50, self.p99 = (self.latency(text, share) for share in (50, 99))
        self.trouble = " ".join(re.findall(r"(?:Non-2xx|Socket errors).*", text))

    @staticmethod
    def latency(text, share):
        # None is written where nothing was answered in time.
        found = re.search(rf"^\s+{share}%\s+([\d.]+)([a-z]+)$", text, re.M)
        return float(found.group(1)) * UNITS[found.group(2)] if found else float("inf")

    def __str__(self):
        return f"{self.rate:>8.0f}/s   p50 {self.p50:>7.2f} ms   p99 {self.p99:>7.2f} ms   {self.trouble}"
