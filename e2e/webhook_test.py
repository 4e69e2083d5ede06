#!/usr/bin/env python3
"""The webhook: a real receiver that fails, redirects and hears of every end of a run all the same, over a restart."""
import hashlib
import hmac
import http.server
import json
import threading
import time
import unittest

import script
from service import Service, policy, write_market

BINARY = None
SECRET = "a secret of the operator"


class Receiver:
    """Answers the first messages with what `answers` says, and later ones with 204."""

    def __init__(self, answers):
        self.messages, self.answers, self.paths = [], list(answers), []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.paths.append(self.path)
                receiver.messages.append((dict(self.headers), body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?token=hidden"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_for(self, count, timeout=30):
        end = time.monotonic() + timeout
        while len(self.messages) < count and time.monotonic() < end:
            time.sleep(0.02)
        assert len(self.messages) >= count, f"{len(self.messages)} of {count} messages came"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Webhook(unittest.TestCase):
    def test_ends_are_told_until_they_are_taken(self):
        receiver = Receiver([500, 302])
        s = Service(BINARY, BACKTEST_WEBHOOK_URL=receiver.url, BACKTEST_WEBHOOK_SECRET=SECRET)
        prices = write_market(s.directory)
        s.start()
        try:
            self.assertNotIn("hidden", json.dumps(s.get("/readyz").json()))
            s.submit(policy(prices), run_id="told")
            receiver.wait_for(2)
            s.kill()
            self.assertEqual(set(receiver.paths), {"/hook?token=hidden"}, "a redirect is not followed")
            s.start()
            receiver.wait_for(3)
            s.submit(policy(write_market(s.directory), data={"price_source": "local", "price_path": "absent.csv"}),
                     run_id="broken")
            receiver.wait_for(4)
            time.sleep(3)
            states = {}
            for headers, body in receiver.messages:
                signed = headers["X-Backtest-Time"].encode() + b"." + body
                wanted = "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
                self.assertEqual(headers["X-Backtest-Signature"], wanted)
                self.assertLess(abs(time.time() - int(headers["X-Backtest-Time"])), 60)
                message = json.loads(body)
                self.assertEqual(set(message), {"event", "run_id", "status", "completed_at"})
                states[message["run_id"]] = message["status"]
            self.assertEqual(states, {"told": "completed", "broken": "failed"})
            self.assertEqual(len(receiver.messages), 4, "what was taken is not told again")
        finally:
            s.stop()
            receiver.stop()


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main()
