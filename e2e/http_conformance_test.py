#!/usr/bin/env python3
"""Raw requests of http_conformance.txt against the real service: the bytes of each, the statuses that come back, and
whether the connection goes on afterwards.

  http_conformance_test.py --binary PATH [--only TEXT]
"""
import argparse
import pathlib
import re
import socket
import sys
import tempfile

import service

TABLE = pathlib.Path(__file__).with_name("http_conformance.txt")
RUN = "conformance-run"
ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}


def unescaped(text):
    out, at = b"", 0
    while at < len(text):
        if text[at] != "\\":
            out += text[at].encode()
            at += 1
        elif text[at + 1] == "x":
            out += bytes([int(text[at + 2:at + 4], 16)])
            at += 4
        else:
            out += ESCAPES[text[at + 1]]
            at += 2
    return out


class Case:
    def __init__(self, number, line):
        expected, text = line.split(" | ", 1) if " | " in line else line.split(" |", 1)
        *statuses, self.end = expected.split()
        self.statuses = [] if statuses == ["-"] else [int(status) for status in statuses]
        self.number, self.text = number, text
        text = text.replace("{RUN}", RUN).replace("{H}", "Host: localhost\\r\\n")
        text, self.ends_sending = text.removesuffix("{EOF}"), text.endswith("{EOF}")
        self.bytes = unescaped(re.sub(r"\{([^{}]+?)\*(\d+)\}", lambda found: found[1] * int(found[2]), text))


def cases():
    for number, line in enumerate(TABLE.read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            yield Case(number, line)


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.received = b""

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # the service has heard enough

    def read(self):
        try:
            part = self.socket.recv(65536)
        except ConnectionResetError:
            part = b""
        self.received += part
        return bool(part)

    def answer(self, has_body):
        """Status of the next answer; None when the connection ends first."""
        while b"\r\n\r\n" not in self.received:
            if not self.read():
                return None
        head, self.received = self.received.split(b"\r\n\r\n", 1)
        status = int(head.split(b" ", 2)[1])
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if has_body and length and status not in (100, 204, 304):
            while len(self.received) < int(length[1]) and self.read():
                pass
            self.received = self.received[int(length[1]):]
        return status


def outcome(port, case):
    connection = Connection(port)
    connection.send(case.bytes)
    if case.ends_sending:
        connection.socket.shutdown(socket.SHUT_WR)
    is_head = case.bytes.startswith(b"HEAD ")
    statuses = [connection.answer(not is_head) for _ in case.statuses]
    connection.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    after = connection.answer(True)
    connection.socket.close()
    return statuses, "open" if after == 200 else "closed" if after is None else f"answered with {after}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="backtest-conformance-")
    served = service.Service(arguments.binary, directory, BACKTEST_API_PREFIX="/api", BACKTEST_UI_DIST_DIR="none")
    served.start()
    try:
        prices = service.write_market(directory, bars=60, instruments=2)
        body = {"run_id": RUN, "config": service.policy(prices)}
        assert served.post("/backtests", body).status == 202
        served.wait_terminal(RUN)
        failures, count = [], 0
        for case in cases():
            if arguments.only not in case.text:
                continue
            count += 1
            statuses, end = outcome(served.port, case)
            if (statuses, end) != (case.statuses, case.end):
                failures.append(f"{TABLE.name}:{case.number}: {statuses} {end}, not {case.statuses} {case.end}: {case.text[:150]}")
        assert served.process.poll() is None, "the service ended"
        print("\n".join(failures))
        print(f"{count} requests, {len(failures)} differ")
        assert arguments.only or count >= 150
        return 1 if failures else 0
    finally:
        served.kill()


if __name__ == "__main__":
    sys.exit(main())
