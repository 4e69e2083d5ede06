"""A proxy between a process and PostgreSQL, on a Unix socket, that a test tells what to lose.

held_reply(text): the first statement with this text reaches the server, and its answer never comes back.
held_request(text): the first statement with this text never reaches the server.
delay_request(text): the first statement with this text reaches the server after release_request().
cut_every = N: of every N statements the last loses its connection, in turn before the server hears of it and after the
server has committed it.
cut_at = (N, after_commit): so does the Nth one, counted in `statements`.
slow_seconds = N: each statement takes N seconds longer.
silent = True: nothing passes in either direction and nobody is told: what a network without packets looks like."""
import pathlib
import socket
import threading
import time

SYNC = b"S\0\0\0\4"  # ends each statement, as the program sends them
READY_FOR_QUERY = b"Z\0\0\0\5"


class DatabaseProxy:
    def __init__(self, directory, server_directory, port=5432):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.server = str(pathlib.Path(server_directory) / f".s.PGSQL.{port}")
        self.silent, self.slow_seconds = False, 0
        self.caught = threading.Event()
        self.request_text, self.reply_text, self.delayed_text = None, None, None
        self.released = threading.Event()
        self.cut_every, self.statements, self.cuts = None, 0, 0
        self.cut_at = None
        self.cut_answers = set()  # clients whose next answer is lost with their connection
        self.lock = threading.Lock()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.directory / f".s.PGSQL.{port}"))
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def dsn(self, user="postgres"):
        return f"host={self.directory} dbname=postgres user={user}"

    def hold_reply(self, text):
        self.caught.clear()
        self.reply_text = text.encode()

    def hold_request(self, text):
        self.caught.clear()
        self.request_text = text.encode()

    def delay_request(self, text):
        self.caught.clear()
        self.released.clear()
        self.delayed_text = text.encode()

    def release_request(self):
        self.released.set()

    def close(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self.server)
            except OSError:
                client.close()
                continue
            threading.Thread(target=self.carry, args=(client, server), daemon=True).start()

    def carry(self, client, server):
        held = threading.Event()
        back = threading.Thread(target=self.to_client, args=(server, client, held), daemon=True)
        back.start()
        self.to_server(client, server, held)
        back.join()
        client.close()
        server.close()

    def wait_while_silent(self):
        while self.silent:
            time.sleep(0.01)

    def is_first(self, name, data):
        with self.lock:
            text = getattr(self, name)
            if text is None or text not in data:
                return False
            setattr(self, name, None)
            return True

    def cut_of(self, data):
        """None, "before" or "after": what happens to the statement that ends here."""
        if not data.endswith(SYNC):
            return None
        with self.lock:
            self.statements += 1
            if self.cut_at and self.statements == self.cut_at[0]:
                after_commit = self.cut_at[1]
            elif self.cut_every and self.statements % self.cut_every == 0:
                after_commit = self.cuts % 2 == 1
            else:
                return None
            self.cuts += 1
            return "after" if after_commit else "before"

    def to_server(self, client, server, held):
        def send(data):
            if self.slow_seconds and data.endswith(SYNC):
                time.sleep(self.slow_seconds)
            cut = self.cut_of(data)
            if cut == "before":
                self.caught.set()
                raise ConnectionAbortedError
            if cut == "after":
                self.cut_answers.add(client)
            if self.is_first("request_text", data):
                held.set()
                self.caught.set()
                return
            if self.is_first("delayed_text", data):
                self.caught.set()
                self.released.wait()
            if self.is_first("reply_text", data):
                held.set()
            server.sendall(data)
        self.pump(client, server, send)

    def to_client(self, server, client, held):
        def send(data):
            if client in self.cut_answers:
                if data[-6:-1] == READY_FOR_QUERY:
                    self.cut_answers.discard(client)
                    self.caught.set()
                    raise ConnectionAbortedError
            elif held.is_set():
                self.caught.set()  # the server has answered: whatever it did is done
            else:
                client.sendall(data)
        self.pump(server, client, send)

    def pump(self, source, target, send):
        try:
            while data := source.recv(65536):
                self.wait_while_silent()
                send(data)
        except OSError:
            pass
        self.wait_while_silent()
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
