"""A proxy before an emulator of object storage that spoils requests: who starts it says which, and how."""
import http.client
import http.server
import socket
import threading
import time

FAULTS = ("429", "500", "503", "reset", "silence", "truncated", "lost reply")
SILENCE_S = 0.5


class StorageProxy:
    """`fault_of(method, target, tries)` is asked once for each request, one at a time: a fault's name, a status to answer
    with, "stall" (nothing comes for `stall_s`), or None. `tries` counts the requests that were the same, this one too."""

    def __init__(self, port, fault_of, stall_s=0):
        self.target, self.fault_of, self.lock, self.stall_s = port, fault_of, threading.Lock(), stall_s
        self.tries, self.faults = {}, {}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.exchange(self)

            do_PUT = do_HEAD = do_DELETE = do_POST = do_GET

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A connection that a client gave up is no news."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def chosen(self, handler):
        key = (handler.command, handler.path, handler.headers.get("Range") or handler.headers.get("x-ms-range"))
        with self.lock:
            self.tries[key] = self.tries.get(key, 0) + 1
            fault = self.fault_of(handler.command, handler.path, self.tries[key])
            if fault:
                self.faults.setdefault(key, []).append(fault)
            return fault

    def exchange(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        fault = self.chosen(handler)
        if fault in ("reset", "silence", "stall"):
            time.sleep({"reset": 0, "silence": SILENCE_S, "stall": self.stall_s}[fault])
            return self.cut(handler)
        if fault and fault.isdigit():
            handler.send_response(int(fault))
            if fault == "429":
                handler.send_header("Retry-After", "1")
            handler.send_header("Content-Length", "0")
            return handler.end_headers()
        status, headers, answer = self.forward(handler, body)
        if fault == "lost reply":
            return self.cut(handler)
        handler.send_response_only(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(answer[:len(answer) // 2] if fault == "truncated" else answer)
        if fault == "truncated":
            self.cut(handler)

    def forward(self, handler, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.target, timeout=30)
        try:
            connection.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
            for name, value in handler.headers.items():
                if name.lower() != "connection":
                    connection.putheader(name, value)
            connection.endheaders(body)
            reply = connection.getresponse()
            answer = reply.read()
            headers = [(name, value) for name, value in reply.getheaders()
                       if name.lower() not in ("transfer-encoding", "connection", "content-length", "keep-alive")]
            length = reply.getheader("Content-Length") if handler.command == "HEAD" else len(answer)
            return reply.status, [*headers, ("Content-Length", str(length or 0))], answer
        finally:
            connection.close()

    def cut(self, handler):
        handler.close_connection = True
        handler.wfile.flush()
        try:
            handler.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
