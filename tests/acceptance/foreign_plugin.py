"""A plug-in outside the project with a missed wake-up in plain std::mutex and std::condition_variable code is caught,
replays and shrinks without a line of its source changed: built by gcc, with the stream by clang, and with a libstdc++ of
its own."""
import pathlib
import sys
import tempfile

import common

sys.path.append(str(common.ROOT / "tests" / "conformance"))
import counterexample
import outside_plugin as outside

common.build()
lines = common.Lines()


def certify(streamtest, plugin, report):
    return outside.run(streamtest, "certify", f"plugin:{plugin}", "--report", report, "--patience", "2s", timeout=600)


def judge(how, streamtest, plugins, report):
    """The whole certification of the broken stream; each counterexample again; and the mended one."""
    code, output = certify(streamtest, plugins / "journal.so", report)
    found = outside.counterexamples(report)
    stuck = [saved for saved in found.values() if saved["anomaly"] == "stuck reader" and saved["way"] == "controlled threads"]
    lines.say(f"{how}: caught, with counterexamples by exploration", f"exit code {code}, {len(found)}",
              code == 1 and 0 < len(found) == len(stuck))
    lines.say(f"{how}: commands at most 8, switches at most 3",
              ", ".join(f"{saved['rule']} {counterexample.commands(saved)}/{counterexample.switches(saved)}" for saved in found.values()),
              all(counterexample.commands(saved) <= 8 and counterexample.switches(saved) <= 3 for saved in found.values()))
    again = mended = 0
    for file, saved in found.items():
        code, told = outside.run(streamtest, "replay", file)
        again += code == 1 and saved["sentence"] in told and "failed 3 of 3 times" in told
        code, told = outside.run(streamtest, "replay", file, f"plugin:{plugins / 'mended.so'}")
        mended += code == 0 and f"{saved['rule']} no longer fails" in told
    lines.say(f"{how}: each fails the same way 3 of 3 times", f"{again} of {len(found)}", 0 < again == len(found))
    lines.say(f"{how}: each no longer fails once it is mended", f"{mended} of {len(found)}", 0 < mended == len(found))
    if not found:
        print(output)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    prefix = folder / "prefix"
    streamtest = outside.install(common.BUILD, prefix)
    gcc = outside.build(prefix, folder / "gcc", "g++")
    judge("gcc -O2", streamtest, gcc, folder / "gcc-report")
    code, output = certify(streamtest, gcc / "mended.so", folder / "mended-report")
    lines.say("mended: conformant", output.splitlines()[-1], code == 0)

    clang = outside.build(prefix, folder / "clang", "clang++-19")
    code, output = outside.run(streamtest, "certify", f"plugin:{clang / 'journal.so'}")
    lines.say("all of it by clang: refused by a binary of gcc", f"exit code {code}",
              code == 2 and "built for another kit or compiler" in output)
    mixed = outside.build(prefix, folder / "mixed", "g++", f"-DJOURNAL_LIBRARIES={clang}")
    judge("clang -O2, harness by gcc", streamtest, mixed, folder / "mixed-report")

    own = outside.build(prefix, folder / "own", "g++", "-DCMAKE_MODULE_LINKER_FLAGS=-static-libstdc++")
    judge("gcc -static-libstdc++", streamtest, own, folder / "own-report")
lines.exit()
