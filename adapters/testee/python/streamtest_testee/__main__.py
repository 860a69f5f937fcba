"""python -m streamtest_testee --stream NAME"""
import argparse
import importlib

from streamtest_testee.protocol import serve

STREAMS = {
    "eventsourcing-popo": ("streamtest_testee.eventsourcing_popo", "Recorder", "eventsourcing"),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m streamtest_testee",
        description="Testees over published event streams, for streamtest.",
        epilog='example: streamtest certify "exec:python -m streamtest_testee --stream eventsourcing-popo"',
    )
    parser.add_argument("--stream", required=True, choices=sorted(STREAMS))
    stream = STREAMS[parser.parse_args().stream]
    try:
        module = importlib.import_module(stream[0])
    except ModuleNotFoundError as missing:
        parser.exit(2, f"{missing}; install it: pip install 'streamtest-testee[{stream[2]}]'\n")
    serve(module.HELLO, getattr(module, stream[1]))


if __name__ == "__main__":
    main()
