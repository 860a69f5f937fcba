"""`streamtest serve` and the Go peer's server for a test."""
import ctypes
import signal
import subprocess


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Server:
    """Serves for as long as the block lasts; `said` is what it printed besides its address."""

    def __init__(self, streamtest, stream, *options):
        self.command = [streamtest, "serve", stream, *options]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), line + self.process.stdout.read()
        self.address = line.split()[-1]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.said, _ = self.process.communicate(timeout=30)


class Peer:
    """The Go peer's server, for as long as the block lasts."""

    def __init__(self, go_peer, *options, listen="127.0.0.1:0"):
        self.command = [go_peer, "serve", "--listen", listen, "--ping-interval", "1s", *options]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        preexec_fn=die_with_parent)
        line = self.process.stdout.readline()
        assert line, f"{self.command} ended before it listened, exit code {self.process.wait(timeout=30)}"
        self.address = line.split()[-1]
        return self

    def __exit__(self, *_):
        self.process.stdin.close()  # its end stops it
        self.process.stdout.close()
        self.process.wait(timeout=30)
