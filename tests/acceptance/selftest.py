"""Every mutant is killed by its rule, and nothing odd is accused."""
import common

common.build()
lines = common.Lines()
code, result, seconds = common.selftest()
killed = [mutant for mutant in result["mutants"] if mutant["killed"]]
survived = [mutant["id"] for mutant in result["mutants"] if not mutant["killed"]]
accused = [odd["id"] for odd in result["odd"] if odd["accused"]]
lines.say("mutants killed by their rule", f"{len(killed)} of {len(result['mutants'])} {' '.join(survived)}", not survived)
lines.say("odd but correct streams accused", f"{len(accused)} of {len(result['odd'])} {' '.join(accused)}", not accused)
lines.say("exit code", str(code), code == 0)
lines.say("seconds", f"{seconds:.0f}", True)
lines.exit()
