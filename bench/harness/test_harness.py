"""Tests of the functions behind the bench's verdicts: python3 -m unittest, in the bench's directory."""

import json
import unittest
from dataclasses import replace
from pathlib import Path

from . import equality, imports, report, slices
from .servers import Kind
from .slices import Slice
from .waits import percentile

ONE = Slice("a", "q1", 16, 1000, 100.0, 1.0, 2.0, 500.0, 0, 0, 10.0, 20.0, 0.0)


class Answers:
    """A server of one answer."""

    def __init__(self, dialect: str, answer: dict):
        self.kind = Kind(dialect, dialect, lambda url, port: [])
        self.name = dialect
        self.answer = json.dumps({"data": answer}).encode()


def compare(query: str, dialect: str, ours: dict, theirs: dict) -> None:
    """Compares a server's answer with Folkmoot's."""
    one, other = Answers("folkmoot", ours), Answers(dialect, theirs)
    equality._compare(query, one, other, (one.answer, other.answer))


class Figures(unittest.TestCase):
    def test_dirty_slices_are_dropped(self):
        rates = [replace(ONE, rate=rate) for rate in (90.0, 100.0, 110.0)]
        found = slices.figure([*rates, replace(ONE, rate=10.0, foreign=0.5)])
        self.assertEqual((found.rate, found.slices, found.dirty), (100.0, 3, False))
        self.assertAlmostEqual(found.spread, 0.2)

    def test_too_few_clean_ones_take_the_cleanest_and_are_marked(self):
        pieces = [replace(ONE, rate=float(100 - 10 * step), foreign=0.2 * step) for step in range(5)]
        found = slices.figure(pieces)
        self.assertEqual((found.rate, found.slices, found.dirty), (90.0, 3, True))

    def test_targets_are_held_against_their_ratio(self):
        fast, slow = replace(ONE, server="folkmoot-postgres", rate=79.0), replace(ONE, server="limit-postgres")
        results = report.Results(1, ("q1",), ("folkmoot-postgres", "limit-postgres"), slices=[fast, slow])
        self.assertIn("0.79, ≥ 0.8 **misses**", report.ratios(results))
        results.slices = [replace(fast, rate=81.0), slow]
        self.assertIn("0.81, ≥ 0.8 holds", report.ratios(results))


class Equality(unittest.TestCase):
    OURS = {"event": {"startsAt": "2020-03-26T18:30:00Z", "hosts": [{"role": "LEAD"}, {"role": "CO_HOST"}]}}

    def test_a_limit_must_answer_the_same_json(self):
        compare("q1", "folkmoot", self.OURS, self.OURS)
        other = {"event": self.OURS["event"] | {"startsAt": "2020-03-26T18:30:00+00:00"}}
        with self.assertRaises(equality.Unequal):
            compare("q1", "folkmoot", self.OURS, other)

    def test_postgraphile_may_write_instants_and_lists_its_way(self):
        hosts = {"nodes": self.OURS["event"]["hosts"]}
        theirs = {"event": {"startsAt": "2020-03-26T18:30:00.000000+00:00", "hosts": hosts}}
        compare("q1", "postgraphile", self.OURS, theirs)

    def test_but_not_in_another_order(self):
        hosts = {"nodes": self.OURS["event"]["hosts"][::-1]}
        theirs = {"event": {"startsAt": "2020-03-26T18:30:00Z", "hosts": hosts}}
        with self.assertRaises(equality.Unequal):
            compare("q1", "postgraphile", self.OURS, theirs)

    def test_seaography_filters_lists_down_to_one(self):
        ours = {"events": {"totalCount": 2, "nodes": [{"slug": "a"}, {"slug": "b"}]}}
        events = {"paginationInfo": {"totalCount": 2}, "nodes": [{"slug": "b"}, {"slug": "a"}]}
        compare("q7", "seaography", ours, {"group": {"nodes": [{"events": events}]}})
        with self.assertRaises(equality.Unequal):
            compare("q7", "seaography", ours, {"group": {"nodes": []}})

    def test_nothing_is_no_answer(self):
        with self.assertRaises(equality.Unequal):
            compare("q1", "folkmoot", {"event": None}, {"event": None})


class Imports(unittest.TestCase):
    SUMMARY = """                created  updated  unchanged  removed
Talk                  2        1          7        0
Resource              0        0          0        1
note     a.yml: Talk 9 9 9 9
0 skipped, 1 notes.
"""

    def test_changes_are_what_was_created_updated_and_removed(self):
        self.assertEqual(imports.changes_of(self.SUMMARY), 4)

    def test_percentiles_are_values_that_were_measured(self):
        values = [float(number) for number in range(1, 201)]
        self.assertEqual([percentile(values, share) for share in (0.5, 0.99, 1)], [100.0, 198.0, 200.0])
        self.assertEqual(percentile([], 0.99), 0.0)

    def test_a_dry_run_is_held_to_its_longest_wait_and_an_import_to_most_waits(self):
        waited = {"a dry run": [1.0] * 199 + [60.0], "an import": [1.0] * 199 + [300.0]}
        sides = [imports.Side(name, Path(name), waits=waited) for name in ("before", "after")]
        lines = imports.waits("sqlite", sides).splitlines()
        self.assertIn("1.0 / 1.0 / 60.0 of 200, max ≤ 50 **misses**", lines[-2])
        self.assertIn("1.0 / 1.0 / 300.0 of 200, p99 ≤ 250 holds", lines[-1])


if __name__ == "__main__":
    unittest.main()
