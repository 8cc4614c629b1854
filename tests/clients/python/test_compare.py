"""The comparison finds what is wrong: a check that cannot fail checks nothing."""

import unittest

import compare
from gongkai.v1 import figure_pb2, report_pb2

LABELS = {
    "year": 2021,
    "template": "2021",
    "cells": {"a": 3, "b": "", "c": "/", "d": 15677600},
    "identities": {"sum.x": "not assessable"},
}


def report(**changed):
    figures = {
        "a": figure_pb2.Figure(key="a", state="STATE_NUMBER", value="3"),
        "b": figure_pb2.Figure(key="b", state="STATE_BLANK"),
        "c": figure_pb2.Figure(key="c", state="STATE_NOT_APPLICABLE", raw="/"),
        "d": figure_pb2.Figure(key="d", state="STATE_NUMBER", value="15677600.00"),
        "e": figure_pb2.Figure(key="e", state="STATE_MISSING"),
    }
    for key, figure in changed.items():
        figures[key] = figure_pb2.Figure(key=key, **figure)
    finding = report_pb2.Finding(rule="sum", subject="x", outcome="OUTCOME_NOT_ASSESSABLE")
    return report_pb2.Report(year=2021, form="FORM_2021", figures=figures.values(), findings=[finding])


class Comparison(unittest.TestCase):
    def test_a_right_report_has_no_differences(self):
        self.assertEqual(compare.differences(report(), LABELS), [])

    def test_each_wrong_cell_is_found(self):
        for wrong in [
            {"a": {"state": "STATE_NUMBER", "value": "4"}},
            {"b": {"state": "STATE_NUMBER", "value": "0"}},
            {"c": {"state": "STATE_BLANK"}},
            {"d": {"state": "STATE_UNDETERMINED"}},
            {"e": {"state": "STATE_BLANK"}},
            {"a": {"state": 99}},
        ]:
            self.assertEqual(len(compare.differences(report(**wrong), LABELS)), 1, wrong)

    def test_wrong_metadata_and_identities_are_found(self):
        wrong = report()
        wrong.year = 2020
        wrong.findings[0].outcome = report_pb2.OUTCOME_HOLDS
        self.assertEqual(len(compare.differences(wrong, LABELS)), 2)

    def test_what_has_no_label_is_not_scored(self):
        self.assertEqual(compare.differences(report(), {"cells": LABELS["cells"]}), [])


if __name__ == "__main__":
    unittest.main()
