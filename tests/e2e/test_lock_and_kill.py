"""One run at a time on a warehouse, and runs that are killed or interrupted."""

import os
import pathlib
import random
import signal
import subprocess
import time
import unittest

import harness
from harness import ProjectCase

# A model that takes a second or more, so that a run can be caught in it.
SLOW = "{{ config(materialized='table') }}select count(*) as n from range(200000) as a, range(20000) as b where (a.range * b.range) % 7 = 3"


class Lock(ProjectCase):
    def hold(self):
        self.model("slow", SLOW)
        self.model("quick", "{{ config(materialized='table') }}select 1 as n")
        self.tidemark("parse")
        holder = self.start("run", "--select", "slow")
        line = ""
        while "START" not in line:
            line = holder.stdout.readline()
            self.assertTrue(line, "the slow run ended before it was seen to start")
        return holder

    def test_a_second_run_names_the_holder_and_gives_up(self):
        holder = self.hold()
        outcome = self.failing("run", "--select", "quick", "--lock-timeout", "0.3", code=2, saying=str(holder.pid))
        self.assertIn("run --select slow", outcome.all)
        harness.kill(holder)
        self.tidemark("run", "--select", "quick")

    def test_a_second_run_waits(self):
        holder = self.hold()
        waiting = self.start("run", "--select", "quick")
        line = ""
        while str(holder.pid) not in line:
            line = waiting.stdout.readline() or waiting.stderr.readline()
            self.assertTrue(line)
        harness.kill(holder)
        waiting.communicate(timeout=60)
        self.assertEqual(waiting.returncode, 0)
        self.assertEqual(self.table("quick"), [(1,)])

    def test_reading_commands_do_not_wait(self):
        self.model("quick", "{{ config(materialized='table') }}select 1 as n")
        self.tidemark("run", "--select", "quick")
        self.hold()
        self.assertIn("1", self.tidemark("show", "--select", "quick").out)
        self.tidemark("ls")

    def test_interrupt_ends_cleanly(self):
        holder = self.hold()
        holder.send_signal(signal.SIGINT)
        out, err = holder.communicate(timeout=60)
        self.assertEqual(holder.returncode, 1, out + err)
        self.assertIn("cancel", (out + err).lower())
        self.tidemark("run", "--select", "quick", "--lock-timeout", "1")


    def test_interrupt_ends_a_query_that_is_shown(self):
        shown = self.start("show", "--inline", SLOW.split("}}")[1])
        while "libduckdb" not in pathlib.Path(f"/proc/{shown.pid}/maps").read_text():
            self.assertIsNone(shown.poll(), "it ended before it was interrupted")
            time.sleep(0.01)
        time.sleep(0.2)
        shown.send_signal(signal.SIGINT)
        out, err = shown.communicate(timeout=60)
        self.assertEqual(shown.returncode, 1, out + err)
        self.assertIn("interrupted", err)

    def test_a_waiting_run_can_be_interrupted(self):
        self.hold()
        waiting = self.start("run", "--select", "quick")
        line = ""
        while "Waiting" not in line:
            line = waiting.stdout.readline()
            self.assertTrue(line)
        waiting.send_signal(signal.SIGINT)
        out, err = waiting.communicate(timeout=60)
        self.assertEqual(waiting.returncode, 2, out + err)
        self.assertIn("TM6011", err)


class Kill(ProjectCase):
    """kill -9 at every named step of publishing; the next run carries on."""

    def points(self):
        """The crash points that a run really passes, read from the sources."""
        found = set()
        for path in (harness.ROOT / "src").rglob("*.cc"):
            for part in path.read_text().split('crash_point("')[1:]:
                found.add(part.split('"')[0])
        return sorted(found)

    def test_killed_at_every_step(self):
        points = self.points()
        self.assertTrue(points, "no crash points in the sources")
        hit = []
        for point in points:
            with self.subTest(point=point):
                self.setUp()
                self.model("t", "{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partition_by=['day']) }}\nselect day, n from read_parquet('in/*.parquet')")
                self.parquet("in/a.parquet", "select 1 as day, 10 as n")
                self.tidemark("run")
                before = self.table("t")
                self.parquet("in/a.parquet", "select 1 as day, 11 as n union all select 2, 20")
                outcome = self.tidemark("run", code=None, env={"TIDEMARK_CRASH_AT": point})
                if outcome.code == -signal.SIGKILL:
                    hit.append(point)
                after = [(1, 11), (2, 20)]
                self.assertIn(self.table("t"), (before, after))
                self.tidemark("run")
                self.assertEqual(self.table("t"), after)
        self.assertTrue(hit, "no crash point was ever reached")


if __name__ == "__main__":
    unittest.main()
