#!/usr/bin/env python3
"""HTTPS on both addresses: what clients see, certificates that change while it serves, and the program's own client."""
import http.client
import json
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

import script
from service import Service, free_port, policy, write_market

ROOT = pathlib.Path(__file__).resolve().parent.parent
NGINX = ROOT / ".deps/nginx/usr/sbin/nginx"


class Authority:
    """Issues certificates for localhost, each with a serial number of its own."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.certificate = self.directory / "authority.pem"
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                     "-subj", "/CN=backtest test authority", "-keyout", "authority.key", "-out", "authority.pem")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.directory, check=True, capture_output=True)

    def issue(self, name, serial):
        """The certificate and its key."""
        (self.directory / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost",
                     "-keyout", f"{name}.key", "-out", f"{name}.csr")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-days", "1",
                     "-set_serial", str(serial), "-extfile", "names", "-out", f"{name}.pem")
        return self.directory / f"{name}.pem", self.directory / f"{name}.key"


class TlsCase(unittest.TestCase):
    """A service with certificates, and the clients of its tests."""

    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-tls-"))
        cls.authority = Authority(cls.directory)
        cls.first, cls.second = cls.authority.issue("first", 1001), cls.authority.issue("second", 1002)
        cls.certificate, cls.key = cls.directory / "tls.crt", cls.directory / "tls.key"
        cls.put(cls.first)
        cls.metrics_port = free_port()
        cls.service = Service(BINARY, cls.directory, BACKTEST_TLS_CERTIFICATE_FILE=str(cls.certificate),
                              BACKTEST_TLS_KEY_FILE=str(cls.key), BACKTEST_METRICS_LISTEN=f"127.0.0.1:{cls.metrics_port}",
                              BACKTEST_TRUSTED_PROXIES="127.0.0.1", BACKTEST_ALLOW_DATASETS="true")
        cls.service.start(wait_ready=False)
        deadline = time.time() + 15
        while True:
            try:
                if cls.get("/readyz")[0] == 200:
                    break
            except OSError:
                pass
            assert time.time() < deadline, cls.service.log_text()[-2000:]
            time.sleep(0.05)
        cls.prices = write_market(cls.directory)

    @classmethod
    def tearDownClass(cls):
        cls.service.stop()

    @classmethod
    def put(cls, pair):
        for source, target in zip(pair, (cls.certificate, cls.key)):
            aside = target.with_suffix(".new")
            aside.write_bytes(source.read_bytes())
            aside.rename(target)

    @classmethod
    def context(cls):
        return ssl.create_default_context(cafile=cls.authority.certificate)

    @classmethod
    def connection(cls, port=None):
        return http.client.HTTPSConnection("127.0.0.1", port or cls.service.port, context=cls.context(), timeout=20)

    @classmethod
    def get(cls, path, port=None, method="GET", body=None):
        connection = cls.connection(port)
        try:
            connection.request(method, path, body=body, headers={"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def serial(self):
        with socket.create_connection(("127.0.0.1", self.service.port), timeout=10) as plain:
            with self.context().wrap_socket(plain, server_hostname="localhost") as encrypted:
                return int(encrypted.getpeercert()["serialNumber"], 16)

    def submit(self, name):
        status, body = self.get("/backtests", method="POST", body=json.dumps({"config": policy(self.prices, name=name)}))
        self.assertEqual(status, 202, body)
        return json.loads(body)["run_id"]

    def reload(self):
        self.service.process.send_signal(signal.SIGHUP)

    @staticmethod
    def wait_until(is_so, what):
        deadline = time.time() + 15
        while not is_so():
            assert time.time() < deadline, f"not within 15 s: {what}"
            time.sleep(0.05)


class Tls(TlsCase):
    def test_a_run_from_submission_to_its_artifacts(self):
        run_id = self.submit("encrypted")
        # The stream ends with the run, by chunks and a farewell, not by a cut.
        status, events = self.get(f"/backtests/{run_id}/events")
        self.assertEqual(status, 200)
        self.assertIn(b"completed", events)
        status, page = self.get(f"/backtests/{run_id}/artifacts/tearsheet.html")
        self.assertEqual(status, 200)
        self.assertIn(b"</html>", page)

    def test_large_bodies_are_refused_with_an_answer(self):
        with socket.create_connection(("127.0.0.1", self.service.port), timeout=10) as plain:
            with self.context().wrap_socket(plain, server_hostname="localhost") as encrypted:
                encrypted.sendall(b"POST /backtests HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                  b"Content-Length: 5000000\r\n\r\n" + b" " * 500_000)
                self.assertIn(b"413 ", encrypted.recv(100))

    def test_metrics_are_encrypted_too(self):
        status, text = self.get("/metrics", port=self.metrics_port)
        self.assertEqual(status, 200)
        self.assertIn(b"backtest_", text)

    def test_plain_and_old_clients_get_nothing(self):
        plain = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=10)
        with self.assertRaises((http.client.BadStatusLine, OSError)):
            plain.request("GET", "/healthz")
            plain.getresponse()
        old = self.context()
        old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises(OSError), socket.create_connection(("127.0.0.1", self.service.port), timeout=10) as plain:
            old.wrap_socket(plain, server_hostname="localhost")
        with self.assertRaises(ssl.SSLCertVerificationError), \
                socket.create_connection(("127.0.0.1", self.service.port), timeout=10) as plain:
            ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
        self.assertEqual(self.get("/healthz")[0], 200)

    def test_a_silent_client_holds_nobody_up(self):
        with socket.create_connection(("127.0.0.1", self.service.port), timeout=10):
            self.assertEqual(self.get("/healthz")[0], 200)

    def test_certificates_change_while_it_serves(self):
        self.put(self.first)
        self.reload()
        faults, answers, is_over = [], [], threading.Event()

        def ask():
            while not is_over.is_set():
                try:
                    answers.append(self.get("/healthz")[0])
                except OSError as error:
                    faults.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        kept = self.connection()
        kept.request("GET", "/healthz")
        kept.getresponse().read()
        self.put(self.second)
        self.reload()
        self.wait_until(lambda: self.serial() == 1002, "the second certificate is shown")
        kept.request("GET", "/healthz")
        self.assertEqual(kept.getresponse().read() != b"", True)
        self.assertEqual(int(kept.sock.getpeercert()["serialNumber"], 16), 1001)
        kept.close()

        # A certificate of another key, and none at all: the log says so, and the second one stays.
        for broken in ((self.first[0], self.second[1]), (self.key, self.second[1])):
            seen = self.service.log_text().count("what was read before stays in force")
            self.put(broken)
            self.reload()
            self.wait_until(lambda: self.service.log_text().count("what was read before stays in force") > seen, "a fault")
            self.assertEqual(self.serial(), 1002)
        self.assertIn("BACKTEST_TLS_CERTIFICATE_FILE: cannot use", self.service.log_text())
        self.put(self.first)
        self.reload()
        self.wait_until(lambda: self.serial() == 1001, "the first certificate is back")
        is_over.set()
        asking.join()
        self.assertEqual(faults, [])
        self.assertGreater(len(answers), 3)
        self.assertEqual(set(answers), {200})

    def test_the_programs_own_client(self):
        run_id = self.submit("by the client")
        command = [BINARY, "show", run_id]
        environment = {"BACKTEST_URL": f"https://localhost:{self.service.port}"}
        known = subprocess.run(command, capture_output=True, text=True, timeout=30,
                               env={**environment, "SSL_CERT_FILE": str(self.authority.certificate)})
        self.assertEqual(known.returncode, 0, known.stderr)
        self.assertIn(run_id, known.stdout)
        unknown = subprocess.run(command, capture_output=True, text=True, timeout=30, env=environment)
        self.assertNotEqual(unknown.returncode, 0)
        self.assertIn("certificate", unknown.stderr)

    def test_wrong_files_are_named_at_the_start(self):
        for variable, value in (("BACKTEST_TLS_CERTIFICATE_FILE", "/nowhere/tls.crt"), ("BACKTEST_TLS_KEY_FILE", str(self.second[1]))):
            files = {"BACKTEST_TLS_CERTIFICATE_FILE": str(self.first[0]), "BACKTEST_TLS_KEY_FILE": str(self.first[1]), variable: value}
            service = Service(BINARY, **files).start(wait_ready=False)
            self.assertNotEqual(service.process.wait(timeout=20), 0)
            self.assertIn(f"{variable}: cannot use {value}", service.log_text())


class BehindNginx(TlsCase):
    """The reference configuration, with its names, paths and port replaced as it asks for, in a real nginx."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = free_port()
        directory = cls.directory / "nginx"
        for name in ("tls", "logs"):
            (directory / name).mkdir(parents=True)
        certificate, key = cls.authority.issue("proxy", 1003)
        for source, target in ((certificate, "localhost.crt"), (key, "localhost.key"), (cls.authority.certificate, "authority.crt")):
            shutil.copy(source, directory / "tls" / target)
        text = (ROOT / "deploy/nginx/backtest.conf").read_text()
        for old, new in (("SERVICE:8000", f"localhost:{cls.service.port}"), ("SERVICE", "localhost"), ("HOST", "localhost"),
                         ("/etc/nginx", str(directory)), ("listen 443", f"listen 127.0.0.1:{cls.port}"),
                         ("    listen [::]:443 ssl http2;\n", "")):
            assert old in text, old
            text = text.replace(old, new)
        (directory / "site.conf").write_text(text)
        (directory / "nginx.conf").write_text(
            f"daemon off; pid {directory}/pid; error_log {directory}/logs/error.log; events {{}}\n"
            f"http {{ access_log off; client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;\n"
            f"fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;\n"
            f"include {directory}/site.conf; }}\n")
        command = [str(NGINX), "-p", str(directory), "-c", str(directory / "nginx.conf"), "-e", str(directory / "logs/error.log")]
        tried = subprocess.run([*command, "-t"], capture_output=True, text=True)
        assert tried.returncode == 0, tried.stderr
        assert "warn" not in tried.stderr, tried.stderr
        cls.nginx = subprocess.Popen(command)
        cls.addClassCleanup(cls.nginx.wait)
        cls.addClassCleanup(cls.nginx.terminate)
        cls.wait_until(cls.answers, "nginx answers")

    @classmethod
    def answers(cls):
        try:
            return cls.through("GET", "/healthz")[0] == 200
        except OSError:
            return False

    @classmethod
    def through(cls, method, path, body=None, headers=None):
        connection = cls.connection(cls.port)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def test_a_run_and_its_events(self):
        body = json.dumps({"config": policy(self.prices, name="proxied")})
        status, reply = self.through("POST", "/backtests", body, {"Content-Type": "application/json",
                                                                  "X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9"})
        self.assertEqual(status, 202, reply)
        run_id = json.loads(reply)["run_id"]
        status, events = self.through("GET", f"/backtests/{run_id}/events")
        self.assertEqual(status, 200)
        self.assertIn(b"completed", events)
        self.assertNotIn("203.0.113.9", self.service.log_text())  # what a client claims of itself

    def test_data_sets_are_larger_than_other_bodies(self):
        rows = pathlib.Path(self.prices).read_text().splitlines(keepends=True)
        padded = rows[0] + "".join(f"{row.rstrip()}{' ' * 3000}\n" for row in rows[1:])
        self.assertGreater(len(padded), 5 << 20)
        status, reply = self.through("PUT", "/datasets/large", padded, {"Content-Type": "text/csv"})
        self.assertIn(status, (200, 201), reply[:500])
        status, reply = self.through("POST", "/backtests", b" " * (5 << 20), {"Content-Type": "application/json"})
        self.assertEqual(status, 413, reply[:200])

    def test_telemetry_is_not_for_the_world(self):
        self.assertEqual(self.through("GET", "/metrics")[0], 404)


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main()
