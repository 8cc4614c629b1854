"""What the measurement says is only worth something if the other pipeline does its work.

`./dev bench delivery` runs this first, where the packages are."""

import pathlib
import unittest

import delivery
import usual


class Usual(unittest.TestCase):
    def test_it_reads_the_made_up_reports(self):
        found = {key: value for key, value, _ in usual.figures(delivery.report(7, 42))}
        # Twenty rows of applicants by seven columns at least, and the tables before and after.
        self.assertGreater(len(found), 140)
        self.assertEqual(found["received.6"], "372")
        self.assertEqual(found["carried_over.6"], "9")

    def test_it_reads_tables_of_pages(self):
        page = "<table><tr><td>规章</td><td>1</td><td>0</td><td>7</td></tr></table>"
        found = usual.figures(page.encode())
        self.assertEqual([value for _, value, _ in found], ["1", "0", "7"])

    def test_a_report_is_the_one_that_is_sent(self):
        text = delivery.report(7, 42).decode()
        self.assertNotIn("{", text)
        self.assertTrue(12_000 < len(text.encode()) < 16_000)
        self.assertTrue(pathlib.Path(delivery.REPORT).is_file())


if __name__ == "__main__":
    unittest.main()
