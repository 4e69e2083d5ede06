"""The faults of a machine that a campaign draws: a disk that is full, read-only or away, no threads, connections that
hang, a log that nobody reads, a store's file that is moved away. Each makes its fault, lets it last and takes it back.
The services run as a user of their own, because limits on threads do not hold for root."""
import contextlib
import os
import pathlib
import socket
import subprocess
import tempfile
import threading
import time

from service import Service

USER = 65533
SIZE_MB = 6000  # memory is taken only by what is written


class Disk:
    """A file system of its own for artifacts, below a mount point so that the directory can be renamed."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-disk-"))
        self.results = self.directory / "results"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0777", "tmpfs", self.directory], check=True)

    def remount(self, options):
        done = subprocess.run(["mount", "-o", f"remount,{options}", self.directory], capture_output=True, text=True)
        return done.returncode == 0

    def remove(self):
        subprocess.run(["umount", "-l", self.directory], check=True)
        self.directory.rmdir()


class CampaignService(Service):
    """Runs as USER. `deaf`: nobody reads its standard error, which is full from the start."""

    def __init__(self, binary, deaf=False, **options):
        super().__init__(binary, prefix=["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"], **options)
        self.deaf = deaf

    def start(self, wait_ready=True):
        if not self.deaf:
            return super().start(wait_ready)
        self.log_path.touch()
        self.unread, written = os.pipe()
        os.set_blocking(written, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(written, b"x" * 4096)
        os.set_blocking(written, True)
        self.process = subprocess.Popen([*self.prefix, self.binary, self.command], env=self.environment, stdout=written,
                                        stderr=written, stdin=subprocess.DEVNULL, cwd=self.directory)
        os.close(written)
        if wait_ready and self.command == "serve":
            self.wait_ready(60)
        return self

    def kill(self, *arguments):
        status = super().kill(*arguments)
        if self.deaf:
            os.close(self.unread)
            self.deaf = False
        return status


class MemoryWatch:
    """The largest resident memory that any of the processes has had."""

    def __init__(self, processes):
        self.processes, self.largest_mb = processes, 0.0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopping.wait(0.3):
            for process in self.processes():
                with contextlib.suppress(OSError, IndexError, AttributeError):
                    status = pathlib.Path(f"/proc/{process.process.pid}/status").read_text()
                    self.largest_mb = max(self.largest_mb, int(status.split("VmHWM:")[1].split()[0]) / 1024)

    def stop(self):
        self.stopping.set()
        self.thread.join()
        return self.largest_mb


class MachineFaults:
    """Of a campaign, which has `chance` and `disk`."""

    def take_output_away(self):
        """Renamed, and back in its place: what was queued waits, what was running is run again."""
        away = self.disk.directory / "away"
        self.disk.results.rename(away)
        time.sleep(self.chance.uniform(0.2, 2.0))
        away.rename(self.disk.results)

    def fill_the_disk(self):
        room = os.statvfs(self.disk.directory)
        used_kb = (room.f_blocks - room.f_bfree) * room.f_frsize // 1024
        # Attempts that run add to it between look and remount, which then is refused.
        if not any(self.disk.remount(f"size={used_kb + more}k") for more in (self.chance.choice((64, 512)), 4096, 32768)):
            return False
        time.sleep(self.chance.uniform(0.5, 2.5))
        return self.disk.remount(f"size={SIZE_MB}m")

    def read_only(self):
        """A file system on which a file is open for writing refuses: tried until none is."""
        until = time.time() + 3
        while not self.disk.remount("ro"):
            if time.time() > until:
                return False
            time.sleep(0.005)
        time.sleep(self.chance.uniform(0.5, 2.5))
        return self.disk.remount("rw")

    def no_threads(self, processes):
        process = self.chance.choice(processes)
        limit = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "prlimit",
                 f"--pid={process.process.pid}"]
        subprocess.run([*limit, "--nproc=1:"], check=True)
        time.sleep(self.chance.uniform(0.5, 2.5))
        subprocess.run([*limit, "--nproc=4096:"], check=True)

    def hanging_connections(self, servers):
        """From several addresses, so that the limit of one does not help; some hold a body that never ends."""
        server, opened, until = self.chance.choice(servers), [], time.time() + 4
        starts = (b"", b"GET /backtests HTTP/1.1\r\nHost:", b"POST /backtests HTTP/1.1\r\nHost: x\r\n"
                  b"Content-Type: application/json\r\nContent-Length: 3000000\r\n\r\n{" + 1_000_000 * b" ")
        for i in range(300):
            if time.time() > until:
                break
            with contextlib.suppress(OSError):
                opened.append(socket.create_connection(("127.0.0.1", server.port), timeout=0.5,
                                                       source_address=(f"127.0.0.{2 + i % 8}", 0)))
                opened[-1].sendall(self.chance.choice(starts))
        time.sleep(self.chance.uniform(0.2, 2.0))
        for connection in opened:
            connection.close()

    def move_the_store(self, file):
        """The SQLite file, its log or its shared memory is gone or replaced for a while: nothing is accepted meanwhile."""
        part = file.with_name(file.name + self.chance.choice(("", "-wal", "-shm")))
        aside, is_replaced = file.with_name("aside"), self.chance.random() < 0.5
        if not part.exists():
            return False
        part.rename(aside)
        if is_replaced:
            part.write_bytes(b"")
            os.chown(part, USER, USER)
        time.sleep(self.chance.uniform(0.1, 1.5))
        aside.rename(part)
