"""The house's rules find what they are for."""
import pathlib
import tempfile
import unittest

import house


class House(unittest.TestCase):
    def includes(self, path, header):
        return list(house.include_breaches(path, f"#include <{header}>\n"))

    def test_arrows(self):
        self.assertTrue(self.includes("reference/eventstream/cursor.cpp", "streamtest/rules/rule.hpp"))
        self.assertTrue(self.includes("reference/eventstream/cursor.cpp", "memorystream/stream.hpp"))
        self.assertTrue(self.includes("streamtest/cases/opening.cpp", "memorystream/stream.hpp"))
        self.assertTrue(self.includes("streamtest/subject/trial.cpp", "streamtest/cases/case.hpp"))
        self.assertTrue(self.includes("streamtest/certify/runner.cpp", "tests/mutants/defect.hpp"))
        self.assertFalse(self.includes("streamtest/certify/main.cpp", "memorystream/stream.hpp"))
        self.assertFalse(self.includes("streamtest/cases/opening.cpp", "streamtest/subject/bench.hpp"))

    def test_foreign_libraries(self):
        self.assertTrue(self.includes("streamtest/cases/opening.cpp", "gtest/gtest.h"))
        self.assertTrue(self.includes("streamtest/subject/bench.cpp", "rapidcheck.h"))
        self.assertFalse(self.includes("streamtest/suite/suite.cpp", "gtest/gtest.h"))

    def test_sizes_and_sleeps(self):
        self.assertTrue(list(house.size_breaches("a.cpp", "\n" * 401)))
        self.assertFalse(list(house.size_breaches("a.cpp", "\n" * 400)))
        self.assertTrue(list(house.sleep_breaches("streamtest/a.cpp", "std::this_thread::sleep_for(x);")))
        self.assertFalse(list(house.sleep_breaches("tests/mutants/a.cpp", "std::this_thread::sleep_for(x);")))

    def test_format(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / ".clang-format").write_text("BasedOnStyle: Google\n")
            (root / "tidy.cpp").write_text("int tidy;\n")
            (root / "untidy.cpp").write_text("int   untidy ;\n")
            found = list(house.format_breaches(root, ["tidy.cpp", "untidy.cpp"]))
        self.assertEqual(len(found), 1, found)
        self.assertIn("untidy.cpp: not formatted", found[0])


if __name__ == "__main__":
    unittest.main()
