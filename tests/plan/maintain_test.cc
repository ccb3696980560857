#include "plan/maintain.h"

#include <cmath>
#include <cstdlib>
#include <set>

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include "random_files.h"
#include "sql/exact.h"

namespace tidemark::plan {
namespace {

struct Shape {
  const char* name;
  const char* sql;
  Strategy strategy;
  const char* partition = "";  // the column
  const char* of_row = "";     // the same over a row of the files; empty: it is not recomputed by partitions
  bool own_ties = false;       // the engine decides ties in another way
  bool zones_change = false;   // contributions must survive that the table `zones` changes
};

#define TRIPS "read_parquet('trips_*.parquet')"
#define DAY "ts::date"

const Shape kShapes[] = {
    {"daily", "select ts::date as d, sum(amount) as total, count(*) as trips from " TRIPS " group by 1", Strategy::kMerge, "d", DAY},
    {"running",
     "with daily as (select ts::date as d, sum(amount) as total, count(*) as trips from " TRIPS
     " where ts is not null group by 1) select d, total, trips, sum(total) over (order by d rows unbounded preceding) as running from daily",
     Strategy::kMerge},
    {"every_aggregate",
     "select zone, count(n) as c, count_if(flag) as cf, sum(n) as sn, sum(fare) as sf, sum(amount) as sa, avg(amount) as aa, avg(fare) as af, avg(n) as an, "
     "min(amount) as mi, "
     "max(amount) as ma, min(s) as ms, max(ts) as mt, bool_and(flag) as ba, bool_or(flag) as bo, bit_and(i) as bia, bit_or(i) as bio, bit_xor(i) as bix "
     "from " TRIPS " group by zone",
     Strategy::kMerge},
    {"moments",
     "select s, var_pop(amount) as vp, var_samp(amount) as vs, stddev_pop(amount) as sp, stddev(n) as ss, covar_pop(amount, n) as cp, covar_samp(amount, fare) "
     "as cs, corr(amount, fare) as co "
     "from " TRIPS " where abs(amount) < 1e6 group by s",
     Strategy::kMerge},
    {"ungrouped", "select count(*) as n, sum(amount) as s, avg(fare) as a, min(ts) as m, bool_or(flag) as b, count_if(flag) as c from " TRIPS,
     Strategy::kMerge},
    {"ungrouped_of_none", "select count(*) as n, sum(amount) as s, sum(n) as sn, count_if(flag) as c, max(i) as m from " TRIPS " where i < 0",
     Strategy::kMerge},
    {"filtered",
     "select ts::date as d, sum(amount) filter (where flag) as f, count(*) filter (where n > 4) as c, count(distinct zone) filter (where false) is null as x "
     "from " TRIPS " group by d",
     Strategy::kMerge, "d", DAY},
    {"filters",
     "select ts::date as d, sum(amount) filter (where flag) as f, count(*) filter (where n > 4) as c, avg(n) filter (where flag) as a from " TRIPS
     " group by d",
     Strategy::kMerge, "d", DAY},
    {"odd_keys", "select odd, zone, count(*) as n, min(odd) as lowest, max(-odd) as highest from " TRIPS " group by odd, zone", Strategy::kMerge, "zone",
     "zone"},
    {"distinct_rows", "select distinct zone, s, odd from " TRIPS, Strategy::kMerge, "s", "s"},
    {"having", "select s, zone, sum(fare) as f from " TRIPS " group by s, zone having count(*) > 3", Strategy::kMerge, "s", "s"},
    {"share_of_total",
     "select s, sum(fare) as f, sum(fare) / sum(sum(fare)) over () as share, rank() over (order by sum(fare) desc) as r from " TRIPS " group by s",
     Strategy::kMerge},
    {"joined",
     "select z.name, t.ts::date as d, sum(t.amount * z.rate) as weighted, count(*) as n from " TRIPS " t join zones z on z.zone = t.zone group by all",
     Strategy::kMerge, "d", DAY},
    {"left_joined",
     "select coalesce(z.name, 'none') as name, sum(t.fare) as f from " TRIPS " t left join zones z on z.zone = t.zone and z.zone <> 3 group by 1",
     Strategy::kMerge},
    {"union_all",
     "select k, sum(v) as v, count(*) as n from (select s as k, amount as v from " TRIPS " where flag union all select 'all' as k, amount * 2 as v from " TRIPS
     ") group by k",
     Strategy::kMerge},
    {"staged",
     "with stg as (select row_number() over () as id, *, ts::date as d from " TRIPS " where ts is not null) select d, sum(amount) as total from stg group by d",
     Strategy::kMerge, "d", DAY},
    {"two_levels",
     "with daily as (select ts::date as d, zone, sum(amount) as total from " TRIPS
     " group by 1, 2) select d, count(*) as zones, max(total) as best, avg(total) as mean from daily "
     "group by d",
     Strategy::kMerge, "d", DAY},
    {"whole_windows",
     "select s, sum(amount order by ts) as a, sum(sum(amount)) over () as t, sum(sum(amount)) over (partition by s range between current row and unbounded "
     "following) as u, "
     "avg(sum(amount)) over (order by s rows between unbounded preceding and unbounded following) as m from " TRIPS " group by s",
     Strategy::kMerge},
    {"top_three", "select s, sum(fare) as f from " TRIPS " group by s order by f desc, s limit 3", Strategy::kMerge},
    {"median", "select ts::date as d, median(fare) as m, quantile_cont(amount, 0.9) as q from " TRIPS " group by d", Strategy::kPartitions, "d", DAY},
    {"listed", "select s, string_agg(i::varchar, ',' order by i, filename, file_row_number) as l, count(distinct zone) as z from " TRIPS " group by s",
     Strategy::kPartitions, "s", "s"},
    {"ranked_rows",
     "select s, i, amount, row_number() over (partition by s order by amount desc, filename, file_row_number) as r, sum(amount) over (partition by s order by "
     "filename, "
     "file_row_number rows between 3 preceding and current row) as moving from " TRIPS,
     Strategy::kPartitions, "s", "s"},
    {"plain_rows", "select ts::date as d, i, amount * 2 as twice, parse_filename(filename) as file from " TRIPS " where flag", Strategy::kPartitions, "d", DAY},
    {"self_joined",
     "select a.s, sum(a.fare) as f, max(b.top) as t from " TRIPS " a join (select s, max(amount) as top from " TRIPS " group by s) b on a.s = b.s group by a.s",
     Strategy::kPartitions, "s", "s"},
    {"text_functions",
     "select upper(left(s, 1)) || '-' || coalesce(zone, -1) as k, sum(length(s) * n) as l, date_trunc('week', max(ts)) as w from " TRIPS " group by 1",
     Strategy::kMerge},
    {"widened", "select n, sum(n) as s, avg(n) as a, max(n) as m, count(*) as c from " TRIPS " group by n", Strategy::kMerge},
    {"sets",
     "select s, count(distinct zone) as z, count(distinct s) as one, sum(distinct i) as d, avg(distinct zone) as a, count(distinct ts::date) filter (where "
     "flag) as days "
     "from " TRIPS " group by s",
     Strategy::kMerge, "s", "s"},
    {"sets_of_all", "select count(distinct s) as n, sum(distinct zone) as d from " TRIPS " where flag", Strategy::kMerge},
    {"picked",
     "select s, arg_min(i, amount) as a, arg_max(fare, ts) as b, max_by(s, zone) filter (where flag) as c, argmin(amount, odd) as d, arg_max(zone, s) as e "
     "from " TRIPS " group by s",
     Strategy::kMerge, "s", "s", true},
    {"rolled_up", "select s, ts::date as d, count(*) as n, sum(amount) as a from " TRIPS " group by rollup (s, d)", Strategy::kMerge},
    {"cubed", "select z.name, t.s, sum(t.fare) as f, avg(t.n) as a from " TRIPS " t join zones z on z.zone = t.zone group by cube (z.name, t.s)",
     Strategy::kMerge, "", "", false, true},
    {"star",
     "select z.name, t.ts::date as d, sum(t.amount) as a, count(*) as n, avg(t.fare) as f, max(t.s) as m from " TRIPS
     " t join zones z on z.zone = t.zone where z.rate > 0.1 or t.n > 3 group by all",
     Strategy::kMerge, "", "", false, true},
    {"star_left",
     "select coalesce(z.name, 'none') as name, sum(t.fare) as f, count(*) as n from " TRIPS
     " t left join zones z on z.zone = t.zone and z.rate < 0.35 where t.flag group by 1",
     Strategy::kMerge, "", "", false, true},
    {"star_semi", "select s, sum(amount) as f, count(n) as n from " TRIPS " where zone in (select zone from zones where rate > 0.15) group by s",
     Strategy::kMerge},
    {"star_twice",
     "select a.name as one, b.name as other, bool_or(t.flag) as f, sum(t.n) as n from " TRIPS
     " t join zones a on a.zone = t.zone left join zones b on b.zone = t.i % 7 and b.name <> a.name group by all",
     Strategy::kMerge, "", "", false, true},
    {"star_distinct_keys", "select z.name, t.s from " TRIPS " t, zones z where z.zone = t.zone group by all", Strategy::kMerge, "", "", false, true},
    {"keyed_join", "select a.s, count(*) as n, sum(a.amount) as x from " TRIPS " a join " TRIPS " b on a.zone = b.zone and b.flag group by a.s",
     Strategy::kMerge},
    {"keyed_commas",
     "select a.s, z.name, count(*) as n, sum(b.fare) as x from " TRIPS " a, zones z, " TRIPS
     " b where a.zone = b.zone and b.flag and z.zone = a.i % 5 and z.rate < b.n group by all",
     Strategy::kMerge},
    {"keyed_days",
     "select a.s, count(*) as n, min(b.amount) as x from " TRIPS " a left join " TRIPS " b on a.ts::date = b.ts::date and a.s <> b.s group by a.s",
     Strategy::kMerge},
    {"keyed_window", "select s, sum(r) as r, count(*) as c from (select s, rank() over (partition by zone order by amount) as r from " TRIPS ") group by s",
     Strategy::kMerge},
    {"keyed_blocks",
     "select t.s, count(*) as n, sum(m.top) as tops from " TRIPS " t join (select zone, max(i) as top, median(fare) as middle from " TRIPS
     " group by zone) m on m.zone = t.zone and t.fare > m.middle group by t.s",
     Strategy::kMerge},
    {"keyed_anti", "select s, count(*) as n from " TRIPS " a anti join (select zone from " TRIPS " where n > 6) b on a.zone = b.zone group by s",
     Strategy::kMerge},
    {"left_of_files",
     "select z.zone, count(t.n) as n, sum(t.fare) as f, avg(t.amount) as a, max(t.s) as m from zones z left join " TRIPS
     " t on t.zone = z.zone group by z.zone",
     Strategy::kMerge, "", "", false, true},
    {"without_files",
     "select z.name, count(*) as n from zones z where not exists (select 1 from " TRIPS " t where t.zone = z.zone and t.n > 4) group by z.name",
     Strategy::kMerge},
    {"above_average",
     "select zone, f from (select zone, sum(fare) as f from " TRIPS " group by zone) where f >= (select max(f) from (select zone, sum(fare) as f from " TRIPS
     " group by zone))",
     Strategy::kMerge},
    {"no_files_left", "select zone, sum(amount) as a from " TRIPS " where s = 'nobody' group by zone", Strategy::kMerge, "zone", "zone"},
};

uint64_t base_seed() {
  const char* given = std::getenv("TIDEMARK_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20240601;
}

int number_from(const char* variable, int otherwise) {
  const char* given = std::getenv(variable);
  return given != nullptr ? std::atoi(given) : otherwise;
}

bool is_whole() { return std::getenv("TIDEMARK_TEST_ALL") != nullptr; }

// Sequences a shape, and steps a sequence: with 46 shapes 230 sequences, and 2,024 where all are asked for.
int sequences() { return std::getenv("TIDEMARK_SEED") != nullptr ? 1 : number_from("TIDEMARK_SEQUENCES", is_whole() ? 44 : 5); }
int steps() { return number_from("TIDEMARK_STEPS", is_whole() ? 6 : 4); }

constexpr int64_t kWidth = 3;

class Maintained {
 public:
  Maintained(testing::Engine& engine, const Shape& shape) : engine_(engine), shape_(shape) {}

  // From now on the query has another column above all that was there.
  void edit() { ++edits_; }

  // A run that ends once the contributions are written.
  void crash(const std::map<std::string, std::string>& hashes) {
    const Maintenance maintenance = analyse(sql(), partition_by(), engine_);
    if (maintenance.cut) add_contributions(maintenance, hashes);
  }

  void check(const std::map<std::string, std::string>& hashes) {
    const Maintenance maintenance = analyse(sql(), partition_by(), engine_);
    ASSERT_TRUE(maintenance.query) << maintenance.not_analysed.text();
    EXPECT_EQ(maintenance.inexact.text(), "");
    EXPECT_EQ(maintenance.strategy(Maintain::kAuto), shape_.strategy) << maintenance.no_merge.text() << "; " << maintenance.no_partitions.text();
    const auto all = [](const sql::Rel& rel) { return testing::Engine::files_of(rel.scan); };
    const std::string truth = truth_sql(maintenance, all, engine_.parser());
    const std::vector<std::string> wanted = engine_.rows(truth);
    if (!shape_.own_ties) same_as_engine(truth);
    if (maintenance.cut) {
      EXPECT_EQ(engine_.rows(merged(maintenance, hashes)), wanted);
      EXPECT_EQ(engine_.describe(merged(maintenance, hashes)), engine_.describe(truth));
    }
    if (shape_.of_row[0] != 0) by_partitions(maintenance, hashes, truth, wanted);
    same_difference(truth);
    before_ = hashes;
  }

 private:
  std::string sql() const { return edits_ == 0 ? std::string(shape_.sql) : fmt::format("select *, {} as edited from ({}) as written", edits_, shape_.sql); }
  std::vector<std::string> partition_by() const { return shape_.partition[0] != 0 ? std::vector<std::string>{shape_.partition} : std::vector<std::string>(); }

  // Columns and rows are those that the engine gives for the text, but for the last digits of doubles.
  void same_as_engine(const std::string& truth) {
    std::string plain = sql();
    plain = replace_all(plain, "read_parquet('trips_*.parquet')", "read_parquet('trips_*.parquet', union_by_name = true)");
    EXPECT_EQ(engine_.describe(plain), engine_.describe(truth));
    const size_t rows = engine_.rows(plain).size();
    EXPECT_EQ(rows, engine_.rows(truth).size());
    const std::string list = rounded_columns(truth);
    near(engine_.rows("select " + list + " from (" + truth + ")"), engine_.rows("select " + list + " from (" + plain + ")"));
  }

  // A plain sum differs in its last digits from run to run, so two roundings of it may lie one unit of the sixth place apart.
  static void near(const std::vector<std::string>& ours, const std::vector<std::string>& engines) {
    ASSERT_EQ(ours.size(), engines.size());
    for (size_t row = 0; row < ours.size(); ++row) {
      const std::vector<std::string> left = split(ours[row], '|');
      const std::vector<std::string> right = split(engines[row], '|');
      ASSERT_EQ(left.size(), right.size()) << ours[row] << "\n" << engines[row];
      for (size_t i = 0; i < left.size(); ++i) EXPECT_TRUE(same_but_for_rounding(left[i], right[i])) << ours[row] << "\n" << engines[row];
    }
  }

  static bool same_but_for_rounding(const std::string& left, const std::string& right) {
    if (left == right) return true;
    char* left_end = nullptr;
    char* right_end = nullptr;
    const double a = std::strtod(left.c_str(), &left_end);
    const double b = std::strtod(right.c_str(), &right_end);
    const bool numbers = !left.empty() && !right.empty() && *left_end == 0 && *right_end == 0 && left.find('.') != std::string::npos;
    return numbers && std::abs(a - b) <= 1.5e-6;
  }

  // Doubles to six decimal places; none where values are so far apart that the engine's own sums lose the small ones.
  std::string rounded_columns(const std::string& truth) {
    const bool far_apart =
        engine_.connection().scalar("select coalesce(max(abs(amount)), 0) > 1e100 from read_parquet('trips_*.parquet', union_by_name = true)").as_bool();
    std::vector<std::string> list{"1"};
    for (const ColumnType& column : engine_.describe(truth)) {
      const std::string name = duckdb::quote_identifier(column.name);
      if (!sql::is_double(column.type)) list.push_back(name);
      if (sql::is_double(column.type) && !far_apart) list.push_back(fmt::format("CASE WHEN isnan({0}) THEN NULL ELSE round({0}, 6) + 0.0 END", name));
    }
    return join(list, ", ");
  }

  // What the table lacks of the files; the ids of theirs.
  std::set<int64_t> add_contributions(const Maintenance& maintenance, const std::map<std::string, std::string>& hashes) {
    const Cut& cut = *maintenance.cut;
    const std::string key = contribution_key(cut, "engine", "UTC", [](const auto&) { return 7; });
    EXPECT_TRUE(!shape_.zones_change || (cut.tables.empty() && cut.eager));
    if (key != key_) {
      key_ = key;
      known_.clear();
      spans_.clear();
      std::vector<std::string> columns;
      for (const ColumnType& column : cut.stored) columns.push_back(column.name + " " + (column.type == "HUGEINT" ? "DECIMAL(38,0)" : column.type));
      engine_.run("create or replace table contributions (" + join(columns, ", ") + ")");
    }
    if (cut.keyed) {
      add_ranges(maintenance, hashes);
      return {};
    }
    ContributingFiles files;
    std::set<int64_t> valid;
    for (const std::string& scan : cut.scans) {
      for (const auto& [path, hash] : hashes) {
        const int64_t id = content_id(scan, path, hash);
        valid.insert(id);
        if (known_.insert(id).second) files[scan].push_back({path, id});
      }
    }
    if (!files.empty()) engine_.run("insert into contributions " + contributions_sql(*maintenance.query, cut, files, engine_.parser()));
    return valid;
  }

  std::string merged(const Maintenance& maintenance, const std::map<std::string, std::string>& hashes) {
    const Cut& cut = *maintenance.cut;
    const std::set<int64_t> valid = add_contributions(maintenance, hashes);
    IdFilter filter;
    if (cut.keyed) return merged_sql(*maintenance.query, cut, "contributions", filter, maintenance.query->names, engine_.parser());
    for (const int64_t id : known_) {
      if (!valid.contains(id)) filter.ids.push_back(id);
    }
    const std::string excluding = merged_sql(*maintenance.query, cut, "contributions", filter, maintenance.query->names, engine_.parser());
    filter = {false, {valid.begin(), valid.end()}};
    const std::string including = merged_sql(*maintenance.query, cut, "contributions", filter, maintenance.query->names, engine_.parser());
    EXPECT_EQ(engine_.rows(excluding), engine_.rows(including));
    return excluding;
  }

  void add_ranges(const Maintenance& maintenance, const std::map<std::string, std::string>& hashes) {
    const Cut& cut = *maintenance.cut;
    std::map<int64_t, KeySpan> spans;
    ContributingFiles all, files;
    KeyRanges ranges;
    for (const std::string& scan : cut.scans) {
      for (const auto& [path, hash] : hashes) {
        const int64_t id = content_id(scan, path, hash);
        all[scan].push_back({path, id});
        spans[id];
        if (spans_.contains(id)) {
          spans[id] = spans_[id];
          continue;
        }
        for (const KeyedScan& keyed : cut.keyed->scans) {
          if (keyed.scan->scan.key() != scan) continue;
          for (const Row& row : engine_.connection().query(spans_sql(*maintenance.query, keyed, {path}, engine_.parser())).rows) {
            KeySpan span;
            if (!row[1].is_null()) span = {row[1].as_integer(), row[2].as_integer(), false};
            span.nulls = row[3].as_bool();
            spans[id].add(span);
          }
        }
        ranges.add(spans[id], kWidth);
      }
    }
    for (const auto& [id, span] : spans_) {
      if (!spans.contains(id)) ranges.add(span, kWidth);
    }
    for (const auto& [scan, list] : all) {
      for (const ContributingFile& file : list) {
        if (ranges.meets(spans.at(file.id), kWidth)) files[scan].push_back(file);
      }
    }
    engine_.run("create or replace table anew as " + keyed_contributions_sql(*maintenance.query, cut, files, kWidth, &ranges, engine_.parser()));
    engine_.run("delete from contributions where " + range_predicate(ranges, "file_id"));
    EXPECT_EQ(engine_.rows("select count(*) from anew where not " + range_predicate(ranges, "file_id")), std::vector<std::string>{"0"});
    engine_.run("insert into contributions select * from anew");
    spans_ = std::move(spans);
  }

  // SQL literals of the partition values of a file's rows.
  std::set<std::string> values_of(const std::string& from) {
    std::set<std::string> out;
    const std::string sql =
        fmt::format("select distinct case when {0} is null then 'NULL' else '''' || ({0})::varchar || '''::' || typeof({0}) end from {1}", shape_.of_row, from);
    for (const std::string& row : engine_.rows(sql)) out.insert(row);
    return out;
  }

  void by_partitions(const Maintenance& maintenance, const std::map<std::string, std::string>& hashes, const std::string& truth,
                     const std::vector<std::string>& wanted) {
    ASSERT_FALSE(maintenance.no_partitions) << maintenance.no_partitions.text();
    std::string schema;
    for (const ColumnType& column : engine_.file_columns({"read_parquet", {"trips_*.parquet"}, {}, "", 0})) schema += column.name + column.type;
    schema += sql();
    const bool first = schema != schema_;
    schema_ = schema;
    std::set<std::string> affected;
    std::map<std::string, std::set<std::string>> values;
    for (const auto& [path, hash] : hashes) {
      const std::string scan =
          "(select * from read_parquet(['" + path + "']) union all by name select * from read_parquet('trips_*.parquet', union_by_name = true) where false)";
      values[path] = values_of(scan);
      const auto old = before_.find(path);
      if (old != before_.end() && old->second == hash) continue;
      affected.insert(values[path].begin(), values[path].end());
    }
    for (const auto& [path, hash] : before_) {
      const auto now = hashes.find(path);
      if (now == hashes.end() || now->second != hash) affected.insert(values_[path].begin(), values_[path].end());
    }
    if (first) {
      engine_.run("create or replace table published as " + truth);
    } else {
      const std::vector<std::string> list(affected.begin(), affected.end());
      const auto holding = [&](const sql::Rel&) {
        std::vector<std::string> paths;
        for (const auto& [path, held] : values) {
          const bool any = std::any_of(held.begin(), held.end(), [&](const std::string& value) { return affected.contains(value); });
          if (any) paths.push_back(path);
        }
        return paths;
      };
      engine_.run("create or replace table recomputed as " + partitions_sql(maintenance, list, holding, engine_.parser()));
      engine_.run("delete from published where " + partition_predicate(maintenance.partition_column, list));
      engine_.run("insert into published select * from recomputed");
    }
    EXPECT_EQ(engine_.rows("select * from published"), wanted);
    values_ = std::move(values);
  }

  // What differs from the last step's result is found by partition.
  void same_difference(const std::string& truth) {
    engine_.run("create or replace table computed as " + truth);
    const std::vector<ColumnType> columns = engine_.describe("select * from computed");
    if (columns == last_columns_) {
      std::set<std::string> differing;
      const std::string partition = shape_.partition[0] != 0 ? shape_.partition : columns[0].name;
      for (const std::string& row : engine_.rows(difference_sql("computed", "last", columns, partition))) differing.insert(row);
      std::set<std::string> wanted;
      const auto by_value = [&](const char* table) {
        std::map<std::string, std::multiset<std::string>> out;
        const Table rows = engine_.connection().query(fmt::format("select * from {}", table));
        size_t at = 0;
        while (rows.columns[at].name != partition) ++at;
        for (const Row& row : rows.rows) {
          std::string line;
          for (const Value& value : row) line += value.text() + "|";
          out[row[at].text()].insert(line);
        }
        return out;
      };
      const auto now = by_value("computed"), then = by_value("last");
      for (const auto& [value, rows] : now) {
        if (!then.contains(value) || then.at(value) != rows) wanted.insert(value);
      }
      for (const auto& [value, rows] : then) {
        if (!now.contains(value)) wanted.insert(value);
      }
      EXPECT_EQ(differing, wanted);
    }
    engine_.run("create or replace table last as select * from computed");
    last_columns_ = columns;
  }

  testing::Engine& engine_;
  const Shape& shape_;
  int edits_ = 0;
  std::map<std::string, std::string> before_;
  std::string key_;
  std::set<int64_t> known_;
  std::map<int64_t, KeySpan> spans_;
  std::string schema_;
  std::map<std::string, std::set<std::string>> values_;
  std::vector<ColumnType> last_columns_;
};

using Steps = std::vector<testing::Step>;

// What fails first; empty: nothing does.
std::string failure_of(const Shape& shape, const Steps& steps) {
  ::testing::TestPartResultArray results;
  std::string thrown;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results);
    try {
      testing::Engine engine;
      engine.run("create table zones as select z::integer as zone, 'zone ' || (z % 4) as name, z * 0.1::double as rate from range(5) r(z)");
      testing::RandomFiles files(engine);
      Maintained maintained(engine, shape);
      int changes = 0;
      for (const testing::Step& step : steps) {
        files.apply(step);
        if (shape.zones_change) engine.run(fmt::format("update zones set rate = (zone + {0}) % 5 * 0.1, name = 'zone ' || (zone * {0} % 4)", ++changes));
        if (step.edits) maintained.edit();
        step.crashes ? maintained.crash(files.hashes()) : maintained.check(files.hashes());
        if (results.size() > 0) break;
      }
    } catch (const std::exception& fault) {
      thrown = fault.what();
    }
  }
  return !thrown.empty() ? thrown : results.size() > 0 ? std::string(results.GetTestPartResult(0).message()) : std::string();
}

// Leaves out steps, then changes, as long as it still fails.
Steps shortened(const Shape& shape, Steps steps) {
  const auto fails = [&](const Steps& fewer) { return !failure_of(shape, fewer).empty(); };
  for (size_t i = steps.size(); i-- > 0;) {
    Steps fewer = steps;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (fails(fewer)) steps = std::move(fewer);
  }
  for (size_t i = steps.size(); i-- > 0;) {
    for (size_t k = steps[i].changes.size(); k-- > 0;) {
      Steps fewer = steps;
      fewer[i].changes.erase(fewer[i].changes.begin() + static_cast<std::ptrdiff_t>(k));
      if (fails(fewer)) steps = std::move(fewer);
    }
  }
  return steps;
}

std::string report(const Shape& shape, uint64_t seed, const Steps& steps) {
  const Steps fewer = shortened(shape, steps);
  std::string out = fmt::format("replay with TIDEMARK_SEED={} TIDEMARK_STEPS={} and --gtest_filter='*/{}'\nthe fewest steps of them that fail:\n", seed,
                                steps.size(), shape.name);
  for (const testing::Step& step : fewer) out += "  " + step.text() + "\n";
  return out + failure_of(shape, fewer);
}

class Shapes : public ::testing::TestWithParam<Shape> {};

TEST_P(Shapes, StayEqualToTheTruth) {
  for (int i = 0; i < sequences(); ++i) {
    const uint64_t seed = base_seed() + static_cast<uint64_t>(i);
    const Steps drawn = testing::StepDrawer(seed).draw(steps());
    if (!failure_of(GetParam(), drawn).empty()) FAIL() << report(GetParam(), seed, drawn);
  }
}

TEST(RandomSequences, AreShortenedToWhatFails) {
  const Shape wrong{"wrong", "select s, count(*) as n from " TRIPS " group by s", Strategy::kMerge, "s", "'all'"};  // its files' partitions are not those
  const Steps drawn = testing::StepDrawer(1).draw(8);
  ASSERT_NE(failure_of(wrong, drawn), "");
  const Steps fewer = shortened(wrong, drawn);
  EXPECT_NE(failure_of(wrong, fewer), "");
  EXPECT_LE(fewer.size(), 2U);
}

TEST(Ties, AreDecidedByTheArgument) {
  testing::Engine engine;
  engine.run("copy (select * from (values (1, 5, 2), (1, 3, 2), (1, null, 1), (1, 9, 7), (1, 8, 7), (1, 4, null)) t(k, x, y)) to 'ties.parquet'");
  const Maintenance found = analyse("select k, arg_min(x, y) as least, max_by(x, y) as most from read_parquet('ties.parquet') group by k", {}, engine);
  EXPECT_EQ(engine.rows(truth_sql(
                found, [](const sql::Rel&) { return std::vector<std::string>{"ties.parquet"}; }, engine.parser())),
            std::vector<std::string>{"1|3|9"});
}

INSTANTIATE_TEST_SUITE_P(All, Shapes, ::testing::ValuesIn(kShapes), [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace tidemark::plan
