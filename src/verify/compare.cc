#include "verify/compare.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/strings.h"

namespace tidemark::verify {

namespace {

bool is_floating(const ColumnType& column) { return column.type == "DOUBLE" || column.type == "FLOAT"; }

std::string quoted(const std::vector<std::string>& names, const std::string& prefix = {}) {
  std::vector<std::string> out;
  for (const std::string& name : names) out.push_back(prefix + quote_identifier(name));
  return join(out, ", ");
}

struct Split {
  std::vector<std::string> keys;     // compared by =
  std::vector<std::string> doubles;  // compared by the tolerance
};

Split split_columns(const std::vector<ColumnType>& columns) {
  Split out;
  for (const ColumnType& column : columns) (is_floating(column) ? out.doubles : out.keys).push_back(column.name);
  return out;
}

// Rows numbered among those that agree in all keys, in the order of their doubles: what the n-th of one side is held against.
std::string numbered(const std::string& sql, const Split& split) {
  const std::string over =
      fmt::format("{}{}", split.keys.empty() ? "" : "partition by " + quoted(split.keys), split.doubles.empty() ? "" : " order by " + quoted(split.doubles));
  return fmt::format("select *, row_number() over ({}) as tm_row from ({}) as rows", over, sql);
}

std::string doubles_differ(const Split& split, double tolerance) {
  std::vector<std::string> tests;
  for (const std::string& name : split.doubles) {
    const std::string p = "published." + quote_identifier(name);
    const std::string t = "truth." + quote_identifier(name);
    if (tolerance == 0) {
      // The shortest text that reads back as the same double tells bits apart, the sign of zero too.
      tests.push_back(fmt::format("cast({} as varchar) is distinct from cast({} as varchar)", p, t));
    } else {
      tests.push_back(
          fmt::format("({0} is distinct from {1} and coalesce(not abs({0} - {1}) <= {2:e} * greatest(abs({0}), abs({1})), true))", p, t, tolerance));
    }
  }
  return tests.empty() ? "false" : join(tests, " or ");
}

std::string comparison_sql(const CompareRequest& request) {
  const Split split = split_columns(request.columns);
  std::vector<std::string> on{"published.tm_row = truth.tm_row"};
  for (const std::string& name : split.keys) on.push_back(fmt::format("published.{0} is not distinct from truth.{0}", quote_identifier(name)));
  std::vector<std::string> partition;
  for (const std::string& name : request.partition_columns) {
    partition.push_back(fmt::format("cast(case when truth.tm_row is null then published.{0} else truth.{0} end as varchar)", quote_identifier(name)));
  }
  std::vector<std::string> ordinals;
  for (size_t i = 1; i <= partition.size(); ++i) ordinals.push_back(std::to_string(i));
  return fmt::format(
      "select {}{}count(published.tm_row), count(truth.tm_row), count(*) filter (where published.tm_row is null), "
      "count(*) filter (where truth.tm_row is null), "
      "count(*) filter (where published.tm_row is not null and truth.tm_row is not null and ({}))\n"
      "from ({}) as published\nfull join ({}) as truth on {}\n{}",
      join(partition, ", "), partition.empty() ? "" : ", ", doubles_differ(split, request.relative_tolerance), numbered(request.published, split),
      numbered(request.truth, split), join(on, " and "), partition.empty() ? "" : "group by " + join(ordinals, ", "));
}

}  // namespace

Comparison compare(Session& session, const CompareRequest& request) {
  const Table table = session.query(comparison_sql(request));
  const size_t keys = request.partition_columns.size();
  Comparison out;
  for (const Row& row : table.rows) {
    out.published_rows += row[keys].as_integer();
    out.truth_rows += row[keys + 1].as_integer();
    PartitionDifference difference;
    difference.missing = row[keys + 2].as_integer();
    difference.extra = row[keys + 3].as_integer();
    difference.different = row[keys + 4].as_integer();
    if (difference.missing + difference.extra + difference.different == 0) continue;
    for (size_t i = 0; i < keys; ++i) difference.partition.push_back(row[i].text());
    out.differences.push_back(std::move(difference));
  }
  std::sort(out.differences.begin(), out.differences.end(), [](const auto& a, const auto& b) { return a.partition < b.partition; });
  return out;
}

std::string result_hash(Session& session, const std::string& sql, const std::vector<ColumnType>& columns) {
  std::vector<std::string> texts;
  for (const ColumnType& column : columns) texts.push_back(fmt::format("coalesce(cast({} as varchar), '\\N')", quote_identifier(column.name)));
  const std::string row = texts.empty() ? "''" : "concat_ws(chr(31), " + join(texts, ", ") + ")";
  // Two sums of the halves of each row's MD5: they see how often a row occurs, and no order.
  const Table table = session.query(fmt::format(
      "select count(*), sum(cast(md5_number_lower(r) as hugeint)), sum(cast(md5_number_upper(r) as hugeint)) from (select {} as r from ({}) as rows)", row,
      sql));
  const Row& sums = table.rows.front();
  return xxh128_hex(sums[0].text() + "/" + sums[1].text() + "/" + sums[2].text());
}

}  // namespace tidemark::verify
