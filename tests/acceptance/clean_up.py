"""A run in which every case fails leaves no descriptor, thread or file behind; a hang prints what is pending; each kind
of bad input has its message and exit code."""
import common

common.build()
lines = common.Lines()
doors = [common.ROOT / "tests/doors/doors_test.py", common.STREAMTEST, common.BUILD / "tests/doors/suite_door",
         common.BUILD / "tests/doors/own_binary", common.PLUGINS]
for what, test in (("all cases fail: nothing left behind", "Faults.test_a_run_in_which_all_fails_leaves_nothing_behind"),
                   ("a hang prints each pending operation", "Faults.test_a_hang_prints_each_pending_operation"),
                   ("bad input", "Usage"), ("faulty harnesses and streams", "Faults"), ("the gtest door", "Suite")):
    code, output, _ = common.run("python3", *doors, test)
    lines.say(what, f"exit code {code}", code == 0)
    if code != 0:
        print(output[-4000:])
code, output, _ = common.run(common.BUILD / "bin" / "unit_certify", "--gtest_filter=*CleanUp*")
lines.say("descriptors and threads return to the start", f"exit code {code}", code == 0 and "PASSED" in output)
lines.exit()
