"""What is measured. Each group takes a Bench and gives Rows."""

import json
import os
import shutil

from measure import alternate, run

MONTHS = [f"2024-{month:02}" for month in range(1, 13)]
LATE = "2021-01"

NOTES = """\
*Beside it* is the engine alone in a process of its own (`bench/duck.cc`) on the same files, or a peer. Peak memory is
the kernel's count for the whole process; CPU is what all of its threads took. Limits are of the form `ratio × other + constant`.
"""

TRIPS = """
    select filename || '#' || file_row_number as trip_id, tpep_pickup_datetime as trip_ts, tpep_dropoff_datetime as dropoff_ts,
        cast(tpep_pickup_datetime as date) as trip_date, cast(VendorID as bigint) as vendor_id, cast(total_amount as double) as total_amount,
        cast(fare_amount as double) as fare_amount, cast(tip_amount as double) as tip_amount, cast(tolls_amount as double) as tolls_amount,
        cast(passenger_count as bigint) as passenger_count, cast(trip_distance as double) as trip_distance,
        cast(PULocationID as bigint) as pickup_location_id, cast(DOLocationID as bigint) as dropoff_location_id,
        cast(payment_type as bigint) as payment_type, cast(RatecodeID as bigint) as rate_code_id, filename as source_file
    from read_parquet({files}, union_by_name = true, filename = true, file_row_number = true)
    where tpep_pickup_datetime is not null and total_amount > 0"""

DAILY = """
    select trip_date, sum(total_amount) as daily_revenue, count(*) as daily_trips, sum(passenger_count) as daily_passengers,
        sum(sum(total_amount)) over (order by trip_date rows between unbounded preceding and current row) as running_revenue
    from ({trips}) group by trip_date order by trip_date"""

PARTIAL = "select trip_date, sum(total_amount), count(*), sum(passenger_count) from ({trips}) group by trip_date"


class Row:
    """One figure beside another. `limit` is (ratio, constant): the figure is to be at most ratio × other + constant."""

    def __init__(self, what, ours, other=None, beside="", limit=None, unit="s", cpu=""):
        self.what, self.ours, self.other, self.beside, self.limit, self.unit, self.cpu = what, ours, other, beside, limit, unit, cpu

    @classmethod
    def of_times(cls, what, ours, other=None, beside="", limit=None):
        """A row of two Samples' times."""
        cpu = " : ".join(f"{sample.cpu:.2f}" for sample in (ours, other) if sample is not None)
        return cls(what, ours.seconds, other.seconds if other is not None else None, beside, limit, cpu=cpu)

    def missed(self):
        return self.limit is not None and self.ours > self.limit[0] * (self.other or 0) + self.limit[1]

    def cells(self):
        ratio = f"{self.ours / self.other:.2f}" if self.other else ""
        if self.other and self.ours * 10 < self.other:
            ratio = f"1/{self.other / self.ours:.0f}"
        return [self.what, self.say(self.ours), "" if self.other is None else self.say(self.other), self.beside, ratio, self.cpu, self.limit_text(), "**missed**" if self.missed() else ""]

    def say(self, value):
        if self.unit == "bytes":
            return f"{value / 1e6:.0f} MB"
        return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"

    def limit_text(self):
        if self.limit is None:
            return ""
        factor, constant = self.limit
        parts = []
        if factor:
            parts.append(f"{factor:g} ×" if factor >= 0.1 else f"1/{1 / factor:.0f}")
        if constant:
            parts.append(self.say(constant))
        return " + ".join(parts)


class Bench:
    def __init__(self, root, folder, tidemark, duck, small, times):
        self.root, self.folder, self.tidemark, self.duck, self.small = root, folder, tidemark, duck, small
        self.times = 1 if small else times
        self.slow_times = min(self.times, 3)
        self.rows = 20_000 if small else 3_000_000
        shutil.rmtree(folder / "projects", ignore_errors=True)

    # -- data

    def month(self, month, rows=None):
        return self.months([month], rows)[0]

    def months(self, months, rows=None):
        """Generated months, one after the other without a gap, made once."""
        rows = rows or self.rows
        data = self.folder / f"data_{rows}"
        paths = [data / f"yellow_tripdata_{month}.parquet" for month in months]
        if not all(path.exists() for path in paths):
            project = self.example("generator")
            making = data / "making"
            making.mkdir(parents=True, exist_ok=True)
            arguments = {"start": months[0], "end": months[-1], "rows": rows, "folder": str(making)}
            run([self.tidemark, "run-operation", "generate_sample", "--args", json.dumps(arguments)], cwd=project)
            for path in paths:
                os.replace(making / path.name, path)
        return paths

    def example(self, name, months=(), rows=None):
        """A copy of the example whose data/raw holds links to these months."""
        project = self.folder / "projects" / name
        if not project.exists():
            skipped = shutil.ignore_patterns("data", "target", "logs", ".tidemark")
            shutil.copytree(self.root / "examples/nyc_taxi", project, ignore=skipped)
        (project / "data/raw").mkdir(parents=True, exist_ok=True)
        if months:
            self.months(months, rows)
        for month in months:
            self.put(project, month, rows)
        return project

    def put(self, project, month, rows=None):
        path = self.month(month, rows)
        link = project / "data/raw" / path.name
        link.unlink(missing_ok=True)
        os.link(path, link)
        return link

    def minimal(self, name, models):
        project = self.folder / "projects" / name
        (project / "models").mkdir(parents=True)
        (project / "dbt_project.yml").write_text(f"name: {name}\nversion: '1.0'\nprofile: bench\n")
        (project / "profiles.yml").write_text(
            f"bench:\n  target: lake\n  outputs:\n    lake: {{type: lake, path: data/warehouse, schema: main}}\n    duckdb: {{type: duckdb, path: ':memory:', schema: main}}\n"
        )
        for model, sql in models.items():
            (project / "models" / f"{model}.sql").write_text(sql)
        return project

    # -- candidates

    def tm(self, project, *arguments):
        return lambda: run([self.tidemark, *arguments], cwd=project)

    def engine(self, *statements):
        return lambda: run([self.duck, *statements])

    def has_version_4(self):
        return (self.root / "examples/nyc_taxi/models/metrics/agg_daily_revenue_v4.sql").exists()

    def sql(self, template, files):
        return template.format(trips=TRIPS.format(files=[str(file) for file in files]))


def journey(bench):
    """Versions 1 and 2 over 12 months."""
    files = bench.months(MONTHS)
    project = bench.example("journey", MONTHS)
    alone = f"create table v1 as {bench.sql(DAILY, files)}"
    best = alternate({"ours": bench.tm(project, "run", "--select", "stg_trips", "agg_daily_revenue_v1"), "other": bench.engine(alone)}, bench.times)
    yield Row.of_times("version 1 over 12 months", best["ours"], best["other"], "the same SQL in the engine alone", (1.15, 0.25))
    yield Row("… peak memory", best["ours"].peak, best["other"].peak, "the same", (1, 100e6), "bytes")

    new = project / "data/raw" / files[-1].name
    new.unlink()
    run([bench.tidemark, "run", "--select", "stg_trips_v2"], cwd=project)

    def ingest():
        new.unlink(missing_ok=True)
        run([bench.tidemark, "run", "--select", "stg_trips_v2"], cwd=project)
        bench.put(project, MONTHS[-1])
        return run([bench.tidemark, "run", "--select", "stg_trips_v2"], cwd=project)

    out = bench.folder / "ingested.parquet"
    alone = f"copy ({bench.sql('{trips}', files[-1:])}) to '{out}' (format parquet)"
    best = alternate({"ours": ingest, "other": bench.engine(alone)}, bench.slow_times)
    out.unlink()
    yield Row.of_times("stg_trips_v2 after one new month", best["ours"], best["other"], "the engine ingesting that month", (2, 0.3))


def generated_models(count):
    """Models in layers, each on up to three of the one before, with a macro call, a config and a loop."""
    models = {}
    width = 50
    for i in range(count):
        layer, place = divmod(i, width)
        if layer == 0:
            models[f"m_{i}"] = f"{{{{ config(materialized='table', tags=['t{place % 7}']) }}}}\nselect {i} as id, '{place}' as name\n"
            continue
        above = [f"m_{(layer - 1) * width + (place + step) % width}" for step in range(3)]
        parts = "\nunion all\n".join(f"select id, name from {{{{ ref('{name}') }}}}" for name in above)
        models[f"m_{i}"] = f"{{{{ config(materialized='view') }}}}\n{{% for n in range(3) %}}\n-- {{{{ n }}}}\n{{% endfor %}}\nwith parts as (\n{parts}\n)\nselect id, name from parts\n"
    return models


def parse(bench):
    """Start-up and parsing."""
    example = bench.example("parsed")
    best = alternate({"ours": bench.tm(example, "parse", "--no-partial-parse")}, bench.times)
    yield Row.of_times("parse of the example", best["ours"], limit=(0, 0.05))
    count = 100 if bench.small else 1000
    project = bench.minimal("generated", generated_models(count))
    ours = alternate({"ours": bench.tm(project, "parse", "--no-partial-parse")}, bench.times)["ours"]
    dbt = bench.root / "build/bench/peers/bin/dbt"
    if dbt.exists():
        quiet = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        arguments = [dbt, "parse", "--no-partial-parse", "--target", "duckdb", "--profiles-dir", project, "--target-path", "target_dbt"]
        other = alternate({"other": lambda: run(arguments, cwd=project, env=quiet)}, 1)["other"]
        yield Row.of_times(f"parse of {count:,} models", ours, other, "dbt-core", (1 / 40, 0))
    else:
        yield Row.of_times(f"parse of {count:,} models", ours, beside="(dbt-core: not installed in build/bench/peers)")


def start(bench):
    """The smallest run."""
    project = bench.minimal("one", {"one": "{{ config(materialized='table') }}\nselect 1 as one\n"})
    view = bench.minimal("one_view", {"one": "select 1 as one\n"})
    best = alternate({"ours": bench.tm(project, "run"), "view": bench.tm(view, "run"), "other": bench.engine("select 1")}, bench.times)
    yield Row.of_times("run of one `select 1` table", best["ours"], best["other"], "the engine's process with `select 1`", (1, 0.06))
    yield Row.of_times("run of one `select 1` view", best["view"], best["other"], "the same", (1, 0.06))


def late(bench):
    """Version 4: one late month, and its first build."""
    if not bench.has_version_4():
        return
    maintained = ["run", "--select", "stg_trips", "agg_daily_revenue_v4"]
    late_file = bench.month(LATE)
    scan = bench.engine(bench.sql(PARTIAL, [late_file]))
    small_rows = 2_000 if bench.small else 20_000
    years = [f"{year}-{month:02}" for year in range(2005, 2021) for month in range(1, 13)]
    projects = {"12": bench.example("late_12", MONTHS), "192": bench.example("late_192", years, small_rows)}
    for project in projects.values():
        run([bench.tidemark, *maintained], cwd=project)

    def arrive(project):
        def measured():
            (project / "data/raw" / late_file.name).unlink(missing_ok=True)
            run([bench.tidemark, *maintained], cwd=project)
            bench.put(project, LATE)
            return run([bench.tidemark, *maintained], cwd=project)

        return measured

    best = alternate({"12": arrive(projects["12"]), "192": arrive(projects["192"]), "scan": scan}, bench.times)
    yield Row.of_times("version 4: a late month into 12", best["12"], best["scan"], "the engine aggregating that file", (1.5, 0.1))
    yield Row.of_times("version 4: a late month into 192", best["192"], best["12"], "into 12", (1.3, 0))

    files = bench.months(MONTHS)
    fresh = bench.example("first", MONTHS)

    def build(model):
        def measured():
            shutil.rmtree(fresh / "data/warehouse", ignore_errors=True)
            return run([bench.tidemark, "run", "--select", "stg_trips", model], cwd=fresh)

        return measured

    best = alternate({"v4": build("agg_daily_revenue_v4"), "v1": build("agg_daily_revenue_v1"), "alone": bench.engine(f"create table v1 as {bench.sql(DAILY, files)}")}, bench.slow_times)
    yield Row.of_times("version 4: first build", best["v4"], best["v1"], "version 1, a plain table", (1.25, 0))
    yield Row("version 4: first build, peak memory", best["v4"].peak, best["alone"].peak, "the same SQL in the engine alone", None, "bytes")


def maintained(bench):
    """What replacing and removing one of 192 files reads, as the operating system counts it."""
    if not bench.has_version_4():
        return
    maintained = ["run", "--select", "stg_trips", "agg_daily_revenue_v4"]
    years = [f"{year}-{month:02}" for year in range(2005, 2021) for month in range(1, 13)]
    project = bench.example("replaced", years, 2_000 if bench.small else 20_000)
    raw = project / "data/raw"
    victim = raw / bench.month(years[100], 2_000 if bench.small else 20_000).name
    others = [bench.month("2021-02"), bench.month("2021-03")]
    run([bench.tidemark, *maintained], cwd=project)
    idle = alternate({"idle": bench.tm(project, *maintained)}, bench.times)["idle"]

    def replace():
        others.reverse()  # another content each time
        victim.unlink(missing_ok=True)
        os.link(others[0], victim)
        return run([bench.tidemark, *maintained], cwd=project)

    def remove():
        if not victim.exists():
            os.link(others[0], victim)
        run([bench.tidemark, *maintained], cwd=project)
        victim.unlink()
        return run([bench.tidemark, *maintained], cwd=project)

    size = float(others[0].stat().st_size)
    engine = alternate({"engine": bench.engine("select 1")}, bench.times)["engine"]
    own = idle.read + engine.read  # the project, the ledger; the engine's library
    replaced = alternate({"replaced": replace}, bench.times)["replaced"]
    yield Row("replacing 1 of 192 files, bytes read beyond an idle run", replaced.read - own, size, "that file", (2, 2e6), "bytes")
    removed = alternate({"removed": remove}, bench.times)["removed"]
    yield Row("removing 1 of 192 files, the same", removed.read - own, size, "that file", (0, 2e6), "bytes")


def sums(bench):
    """Exact sums of doubles by day against the engine's plain ones, over the whole query."""
    files = bench.months(MONTHS)
    by_day = "select cast(tpep_pickup_datetime as date) as trip_date, {sums} from read_parquet('data/raw/yellow_tripdata_*.parquet') group by 1"
    columns = {"one column": ["total_amount"], "three columns": ["total_amount", "fare_amount", "tip_amount"]}
    exact = "{{ config(materialized='materialized_view', maintain='rebuild') }}\n"
    plain = "{{ config(materialized='table') }}\n"
    models = {}
    for i, names in enumerate(columns.values()):
        text = by_day.format(sums=", ".join(f"sum({name}) as {name}" for name in names))
        models.update({f"exact_{i}": exact + text, f"plain_{i}": plain + text})
    project = bench.minimal("sums", models)
    (project / "data/raw").mkdir(parents=True)
    for file in files:
        os.link(file, project / "data/raw" / file.name)
    for i, (name, limit) in enumerate(zip(columns, (1.15, 1.25))):
        rebuild = lambda model: bench.tm(project, "run", "--full-refresh", "--select", model)
        best = alternate({"exact": rebuild(f"exact_{i}"), "plain": rebuild(f"plain_{i}")}, bench.times)
        yield Row.of_times(f"exact sum by day, {name}", best["exact"], best["plain"], "a table with plain sums", (limit, 0))


def unchanged(bench):
    """Nothing changed: the ledger is compared, nothing else."""
    if not bench.has_version_4():
        return
    maintained = ["run", "--select", "stg_trips", "agg_daily_revenue_v4"]
    counts = [(20, 0.03), (100, 0.3)] if bench.small else [(192, 0.03), (10_000, 0.3)]
    month = bench.month("2020-01", 2_000)
    for count, limit in counts:
        project = bench.example(f"unchanged_{count}")
        for i in range(count):
            link = project / "data/raw" / f"yellow_tripdata_{i:05}.parquet"
            if not link.exists():
                os.link(month, link)
        run([bench.tidemark, *maintained], cwd=project)
        best = alternate({"ours": bench.tm(project, *maintained), "parse": bench.tm(project, "parse")}, bench.times)
        yield Row.of_times(f"nothing changed, {count:,} files", best["ours"], best["parse"], "`parse` alone", (1, limit))


def files(bench):
    """Many small files, 10,000 days: what a plan, a late file and the first build cost."""
    count = 2_000 if bench.small else 100_000
    query = "select day, zone, count(*) as trips, sum(amount) as revenue from read_parquet('in/*/*.parquet', hive_partitioning = false) group by day, zone"
    project = bench.minimal("files", {"daily": "{{ config(materialized='materialized_view', partition_by=['day']) }}" + query})
    (project / "in").mkdir()
    row = "select i, date '2000-01-01' + (i % 10000)::int as day, (i + j) % 50 as zone, (i % 97) + j / 4 as amount from range({}, {}) a(i), range(5) b(j) order by i"
    for first in range(0, count, 2_000):
        run([bench.duck, f"copy ({row.format(first, first + 2_000)}) to '{project}/in' (format parquet, partition_by (i), overwrite_or_ignore)"])
    built = bench.tm(project, "run")()
    alone = bench.engine(f"create table t as {query.replace('in/', f'{project}/in/')}")()
    yield Row.of_times(f"first build over {count:,} files", built, alone, "the same SQL in the engine alone")
    yield Row("… peak memory", built.peak, alone.peak, "the same", None, "bytes")
    yield Row.of_times(f"nothing changed, {count:,} files", bench.tm(project, "run")())
    run([bench.duck, f"copy (select date '2003-01-01' as day, 7 as zone, 1.5::double as amount) to '{project}/in/i=0/late.parquet' (format parquet)"])
    yield Row.of_times(f"plan with a late file, {count:,} files", bench.tm(project, "plan")(), None, "", (0, 5))
    late = bench.tm(project, "run")()
    yield Row.of_times(f"a late file into {count:,}", late, None, "", (0, 6))
    yield Row("… peak memory", late.peak, None, "", None, "bytes")


GROUPS = {"start": start, "parse": parse, "journey": journey, "late": late, "maintained": maintained, "sums": sums, "unchanged": unchanged, "files": files}
