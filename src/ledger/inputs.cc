#include "ledger/inputs.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/strings.h"
#include "sql/tree.h"

namespace tidemark::ledger {

namespace {

using Name = std::vector<std::string>;

// `a."b.c"` as its parts, quotes taken off.
Name parts_of(const std::string& name) {
  Name parts(1);
  bool quoted = false;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '"' && quoted && i + 1 < name.size() && name[i + 1] == '"') {
      parts.back() += name[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == '.' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

bool names_a_file(const Name& name) { return name.size() == 1 && sql::file_scan_of(Json{{"type", "BASE_TABLE"}, {"table_name", name[0]}}).has_value(); }

bool is_remote(const std::string& pattern) { return pattern.find("://") != std::string::npos; }

// Table functions that read nothing.
bool is_pure(const std::string& function) {
  static const std::set<std::string> kPure{"range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree"};
  return kPure.contains(function);
}

// A table function that may read what is not observed; empty: there is none.
std::string unobserved_function(const Json& node) {
  std::string found;
  if (node.is_object() && node.value("type", Json()) == "TABLE_FUNCTION" && node.contains("function") && !sql::file_scan_of(node)) {
    const std::string name = sql::function_name(node["function"]);
    if (!is_pure(name)) return name + "()";
  }
  if (!node.is_structured()) return found;
  for (const auto& [key, child] : node.items()) {
    if (found.empty()) found = unobserved_function(child);
  }
  return found;
}

bool no_tree(const Error& fault) {
  static const std::set<std::string> kCodes{"TM4001", "TM4110", "TM4130", "TM4131"};
  return kCodes.contains(fault.code());
}

class Reader {
 public:
  Reader(const ModelQuery& query, SqlParser& parser) : query_(query), parser_(parser) {}

  QueryInputs read() {
    read_text(query_.sql);
    out_.shape_hash = xxh128_hex(shape_);
    return std::move(out_);
  }

 private:
  void unknown(std::string_view code, const std::string& detail) {
    if (!out_.unknown) out_.unknown = make_reason(code, detail);
  }

  void read_text(const std::string& sql) {
    Json tree;
    try {
      tree = parser_.parse(sql);
      sql::statement_node(tree);
    } catch (const Error& fault) {
      if (!no_tree(fault)) throw;
      shape_ += sql + "\n";
      unknown("unsupported_clause", fault.message());
      return;
    }
    shape_ += canonical_text(tree) + "\n";
    for (sql::FileScan& scan : sql::find_file_scans(tree)) add_scan(std::move(scan));
    if (const std::string function = unobserved_function(tree); !function.empty()) unknown("table_unknown", function);
    for (const std::string& name : table_names_of(tree)) add_name(parts_of(name));
  }

  void add_scan(sql::FileScan scan) {
    if (scan.patterns.empty() || std::any_of(scan.patterns.begin(), scan.patterns.end(), is_remote)) {
      unknown("dynamic_files", scan.patterns.empty() ? scan.function : join(scan.patterns, ", "));
      return;
    }
    if (keys_.insert(scan.key()).second) out_.scans.push_back(std::move(scan));
  }

  void add_name(const Name& name) {
    if (!names_.insert(name).second) return;
    if (const auto view = query_.view_sql(name)) {
      out_.views.push_back({name, xxh128_hex(*view)});
      shape_ += join(name, "\x01") + "\n";
      read_text(*view);
      return;
    }
    if (names_a_file(name)) return;
    const auto state = query_.table_state(name);
    if (!state) {
      unknown("table_unknown", join(name, "."));
      return;
    }
    out_.tables.push_back({name, state->data_version, state->data_committed_at_ms});
  }

  const ModelQuery& query_;
  SqlParser& parser_;
  QueryInputs out_;
  std::string shape_;
  std::set<std::string> keys_;
  std::set<Name> names_;
};

}  // namespace

QueryInputs read_inputs(const ModelQuery& query, SqlParser& parser) { return Reader(query, parser).read(); }

bool same_views(const ModelQuery& query, const std::vector<LedgerView>& views, const std::vector<LedgerTable>& tables) {
  const bool same = std::all_of(views.begin(), views.end(), [&](const LedgerView& view) {
    const auto now = query.view_sql(view.name);
    return now && xxh128_hex(*now) == view.hash;
  });
  return same && std::none_of(tables.begin(), tables.end(), [&](const LedgerTable& table) { return query.view_sql(table.name).has_value(); });
}

Reason table_change(const ModelQuery& query, const std::vector<LedgerTable>& tables) {
  for (const LedgerTable& table : tables) {
    const auto now = query.table_state(table.name);
    if (!now) return make_reason("table_unknown", join(table.name, "."));
    if (LedgerTable{table.name, now->data_version, now->data_committed_at_ms} != table) return make_reason("table_changed", join(table.name, "."));
  }
  return {};
}

}  // namespace tidemark::ledger
