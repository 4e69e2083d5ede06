"""moto's server, an emulator of S3, for end-to-end tests: on a free port of 127.0.0.1, its objects in memory. It takes any
credentials, and requests without."""
import pathlib
import re
import subprocess
import threading
import urllib.request

SERVER = pathlib.Path(__file__).resolve().parent.parent / ".deps/moto/bin/moto_server"


class Moto:
    def __init__(self):
        assert SERVER.exists(), "moto is not installed: ./dev setup"
        self.process = subprocess.Popen([str(SERVER), "-H", "127.0.0.1", "-p", "0"], stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        said = ""
        for line in self.process.stdout:
            said += line
            if match := re.search(r"Running on (http://127\.0\.0\.1:\d+)", line):
                self.endpoint = match[1]
                # What it says later is of no interest, but a full pipe would hold it up.
                self.listener = threading.Thread(target=self.process.stdout.read, daemon=True)
                self.listener.start()
                return
        raise AssertionError(f"moto did not start: {said}")

    def put(self, path, body=b""):
        """A bucket, or bucket/object."""
        asked = urllib.request.Request(f"{self.endpoint}/{path}", method="PUT", data=body,
                                       headers={"Content-Type": "application/octet-stream"})  # no form
        with urllib.request.urlopen(asked, timeout=30) as reply:
            reply.read()

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.listener.join()
        self.process.stdout.close()
