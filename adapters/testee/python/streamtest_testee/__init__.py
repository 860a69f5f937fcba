"""Write a testee: let streamtest certify an event stream that lives in Python.

Derive from Stream and Cursor, raise Refused for what the contract calls an error, and serve:

    class MyStream(Stream): ...
    class MyCursor(Cursor): ...

    if __name__ == "__main__":
        serve(Hello("mystream 1.0", hooks=["truncate"]), MyStream)

listen() instead of serve() lets it be reached by TCP.

docs/python-testee.md of the kit tells how, with an example; docs/testee-protocol.md is the protocol.
"""
from streamtest_testee.protocol import Cursor, Hello, Refused, Stop, Stream, listen, serve

__all__ = ["Cursor", "Hello", "Refused", "Stop", "Stream", "listen", "serve"]
