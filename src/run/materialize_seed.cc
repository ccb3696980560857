#include <filesystem>

#include <fmt/format.h>

#include "adapter/table.h"
#include "base/strings.h"
#include "compile/table_object.h"
#include "run/node_options.h"
#include "run/publish.h"
#include "run/seed_types.h"
#include "sql/file_scan.h"

namespace tidemark::run {

namespace {

constexpr int64_t kShownRows = 10;

std::string csv_scan(const Node& node) {
  const std::string path = (std::filesystem::path(node.root_path) / node.original_file_path).string();
  const std::string delimiter = replace_all(node.config.text("delimiter", ","), "'", "''");
  return fmt::format("read_csv({}, header = true, all_varchar = true, delim = '{}', quote = '\"', escape = '\"', skip = 0, comment = '')",
                     sql::file_literal(path), delimiter);
}

// column_types by the file's name of the column; names compare without case.
std::string declared_type(const Node& node, const std::string& column) {
  const Json* types = node.config.find("column_types");
  if (types == nullptr || !types->is_object()) return "";
  for (const auto& [name, type] : types->items()) {
    if (equals_ignore_case(name, column)) return type.is_string() ? type.get<std::string>() : dump_json(type);
  }
  return "";
}

std::vector<SeedFacts> read_facts(Session& session, const std::vector<std::string>& names, const std::string& rows) {
  const Row row = session.query(seed_facts_sql(names, rows)).rows.at(0);
  const auto number = [&](size_t i) { return row.at(i).as_integer(); };
  std::vector<SeedFacts> facts;
  for (size_t at = 0; at + kSeedFacts <= row.size(); at += kSeedFacts)
    facts.push_back({number(at), number(at + 1), number(at + 2), number(at + 3), number(at + 4), number(at + 5), number(at + 6)});
  return facts;
}

std::string seed_sql(Session& session, const Node& node) {
  const std::string rows = csv_scan(node);
  std::vector<std::string> names;
  for (const ColumnType& column : session.describe("select * from " + rows)) names.push_back(column.name);
  const std::vector<SeedFacts> facts = read_facts(session, names, rows);
  std::vector<std::string> values;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string declared = declared_type(node, names[i]);
    values.push_back(seed_value_sql(names[i], declared.empty() ? seed_type(facts[i]) : declared));
  }
  return fmt::format("select {}\nfrom {}", join(values, ", "), rows);
}

void show(NodeWork& work) {
  const Table table = work.host.inner().query("select * from " + work.node.relation().render(), kShownRows);
  work.host.print(compile::print_table(*compile::from_engine(table), kShownRows, -1));
}

struct StagedSeed {
  std::unique_ptr<Staged> staged;
  int64_t rows = 0;
};

// An engine that is elsewhere does not see the file: its rows are sent.
StagedSeed stage_seed(NodeWork& work, const Layout& layout) {
  Session& session = work.host.inner();
  const std::unique_ptr<Session> reader = work.run.context.adapter.open_file_reader();
  if (!reader) {
    std::unique_ptr<Staged> staged = session.stage({.sql = seed_sql(session, work.node), .cluster_by = {}, .partition_folders = layout.partition_folders});
    const int64_t rows = staged->rows();
    return {std::move(staged), rows};
  }
  const Table rows = reader->query(seed_sql(*reader, work.node));
  return {session.stage_table(rows), static_cast<int64_t>(rows.rows.size())};
}

}  // namespace

void materialize_seed(NodeWork& work) {
  const Layout layout = layout_of(work.node);
  auto [staged, rows] = stage_seed(work, layout);
  PublishRequest request;
  request.mode = WriteMode::kReplace;
  request.partition_folders = layout.partition_folders;
  publish(work, std::move(staged), std::move(request));
  work.result.message = fmt::format("INSERT {}", rows);
  if (work.run.context.options.show_seed) show(work);
}

}  // namespace tidemark::run
