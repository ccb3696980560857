#include "app/warehouse.h"

#include <cstdlib>
#include <mutex>

#include <fmt/format.h>

#include "adapter/duckdb/library.h"
#include "adapter/duckdb/native_adapter.h"
#include "adapter/lake/lake_adapter.h"
#include "adapter/spark/spark_adapter.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "base/strings.h"

namespace tidemark::app {

namespace {

Error wrong_kind(const project::Target& target, const std::string& key, const char* wanted) {
  return Error("TM1034", fmt::format("'{}' of the target '{}' must be {}", key, target.name, wanted));
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::string text(const project::Target& target, const std::string& key) {
  const auto found = target.values.find(key);
  if (found == target.values.end() || found->is_null()) return {};
  if (found->is_object() || found->is_array()) throw wrong_kind(target, key, "a text");
  return text_of(*found);
}

std::vector<std::pair<std::string, std::string>> settings(const project::Target& target) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto found = target.values.find("settings");
  if (found == target.values.end() || found->is_null()) return out;
  if (!found->is_object()) throw wrong_kind(target, "settings", "a mapping of DuckDB's settings");
  for (const auto& [name, value] : found->items()) out.emplace_back(name, text_of(value));
  return out;
}

std::vector<std::string> setup(const project::Target& target) {
  std::vector<std::string> out;
  const auto found = target.values.find("setup");
  if (found == target.values.end() || found->is_null()) return out;
  if (found->is_string()) return {found->get<std::string>()};
  if (!found->is_array()) throw wrong_kind(target, "setup", "a list of statements");
  for (const Json& statement : *found) out.push_back(text_of(statement));
  return out;
}

std::string user_path(const std::string& path) {
  const char* home = std::getenv("HOME");
  if (home != nullptr && (path == "~" || path.starts_with("~/"))) return home + path.substr(1);
  return path;
}

// Patterns that runs bind one by one; the adapter wants all of them.
class Bindings {
 public:
  explicit Bindings(LakeAdapter& adapter) : adapter_(adapter) {}

  void add(const run::BoundPatterns& bound) {
    const std::lock_guard lock(mutex_);
    ScanBinding binding{
        .patterns = bound.patterns, .files = bound.files, .columns = bound.columns, .form = bound.form, .has_folder_columns = bound.has_folder_columns};
    for (ScanBinding& known : bindings_) {
      if (known.patterns == binding.patterns) {
        known = std::move(binding);
        adapter_.set_scan_bindings(bindings_);
        return;
      }
    }
    bindings_.push_back(std::move(binding));
    adapter_.set_scan_bindings(bindings_);
  }

 private:
  LakeAdapter& adapter_;
  std::mutex mutex_;
  std::vector<ScanBinding> bindings_;
};

std::string sql_name(const std::vector<std::string>& parts) {
  std::vector<std::string> quoted;
  for (const std::string& part : parts) quoted.push_back(quote_identifier(part));
  return join(quoted, ".");
}

// The ledger of a commit, the tables' versions that it was made from, and its contributions' version.
VacuumKeep kept_by(const ledger::LedgerStore& ledgers, const Json& commit) {
  VacuumKeep keep;
  const auto reference = ledger::LedgerReference::from_json(commit);
  if (!reference) return keep;
  try {
    keep.ledgers = ledgers.chain(*reference);
    const ledger::Ledger ledger = ledgers.load(*reference);
    for (const ledger::LedgerTable& table : ledger.tables) keep.versions.emplace_back(sql_name(table.name), table.version);
    if (!ledger.contribution.relation.empty()) keep.versions.emplace_back(ledger.contribution.relation, ledger.contribution.version);
  } catch (const Error& error) {
    // a ledger that is gone or damaged is never trusted again: nothing needs what it referred to
    if (!error.code().starts_with("TM52")) throw;
  }
  return keep;
}

Warehouse open_lake(const project::Target& target) {
  LakeOptions options;
  options.warehouse = user_path(text(target, "path"));
  options.database = target.database;
  options.default_schema = target.schema;
  options.memory_limit = text(target, "memory_limit");
  options.temp_directory = user_path(text(target, "temp_directory"));
  options.settings = settings(target);
  options.setup = setup(target);
  Warehouse out;
  out.place = options.warehouse.string();
  out.ledgers = std::make_unique<ledger::LedgerStore>(options.warehouse / "_tidemark" / "ledgers");
  std::unique_ptr<LakeAdapter> adapter = make_lake_adapter(std::move(options));
  auto bindings = std::make_shared<Bindings>(*adapter);
  out.bind_patterns = [bindings](const run::BoundPatterns& bound) { bindings->add(bound); };
  out.vacuum = [adapter = adapter.get(), ledgers = out.ledgers.get()](double retain_hours, bool dry_run) {
    VacuumRequest request;
    request.retain_hours = retain_hours;
    request.dry_run = dry_run;
    request.ledgers = ledgers->folder();
    request.keep_of = [ledgers](const Json& commit) { return kept_by(*ledgers, commit); };
    return adapter->vacuum(request);
  };
  out.adapter = std::move(adapter);
  return out;
}

// For what belongs to a database in memory: like that, it does not outlive the process.
const fs::path& scratch_folder() {
  struct Scratch {
    fs::path path = fs::temp_directory_path() / ("tidemark-" + random_uuid());
    ~Scratch() {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  };
  static const Scratch kScratch;
  return kScratch.path;
}

Warehouse open_native(const project::Target& target) {
  NativeOptions options;
  options.path = user_path(text(target, "path"));
  options.default_schema = target.schema;
  options.memory_limit = text(target, "memory_limit");
  options.temp_directory = user_path(text(target, "temp_directory"));
  options.settings = settings(target);
  options.setup = setup(target);
  Warehouse out;
  out.place = options.path;
  const bool in_memory = options.path.empty() || options.path == ":memory:";
  if (!in_memory && fs::path(options.path).has_parent_path()) make_directories(fs::path(options.path).parent_path());
  out.ledgers = std::make_unique<ledger::LedgerStore>(in_memory ? scratch_folder() : fs::path(options.path + ".tidemark") / "ledgers");
  out.adapter = make_native_adapter(std::move(options));
  return out;
}

int number(const project::Target& target, const std::string& key, int otherwise) {
  const auto found = target.values.find(key);
  if (found == target.values.end() || found->is_null()) return otherwise;
  if (!found->is_number_integer() || *found < 0 || *found > 1'000'000) throw wrong_kind(target, key, "a whole number");
  return found->get<int>();
}

thrift::SignIn sign_in(const project::Target& target) {
  const std::string auth = to_upper(text(target, "auth"));
  if (auth == "NOSASL") return thrift::SignIn::kNoSasl;
  if (auth.empty() || auth == "NONE" || auth == "LDAP" || auth == "CUSTOM" || auth == "PLAIN") return thrift::SignIn::kPlain;
  throw wrong_kind(target, "auth", "NONE, LDAP, CUSTOM or NOSASL; Kerberos is not supported");
}

// The keys of dbt-spark's profiles.
Warehouse open_spark(const project::Target& target) {
  const std::string method = text(target, "method");
  if (!method.empty() && method != "thrift") throw wrong_kind(target, "method", "thrift");
  SparkOptions options;
  options.server.host = text(target, "host").empty() ? "localhost" : text(target, "host");
  options.server.port = number(target, "port", 10000);
  options.server.sign_in = sign_in(target);
  options.server.user = text(target, "user");
  options.server.password = text(target, "password");
  options.server.connect_timeout_ms = 1000 * number(target, "connect_timeout", 10);
  options.server.connect_retries = number(target, "connect_retries", 0);
  const auto parameters = target.values.find("server_side_parameters");
  if (parameters != target.values.end() && parameters->is_object()) {
    for (const auto& [name, value] : parameters->items()) options.server.configuration.emplace_back(name, text_of(value));
  }
  options.default_schema = target.schema;
  options.file_format = to_lower(text(target, "file_format"));
  Warehouse out;
  out.place = fmt::format("{}:{}", options.server.host, options.server.port);
  // Beside the project unless said: several machines that run it share them in a folder that all see.
  const std::string ledgers = user_path(text(target, "ledger_path"));
  out.ledgers = std::make_unique<ledger::LedgerStore>(ledgers.empty() ? fs::path(".tidemark") / "ledgers" / target.name : fs::path(ledgers));
  out.adapter = make_spark_adapter(std::move(options));
  return out;
}

}  // namespace

std::vector<std::string> dispatch_order(const project::Target& target) {
  if (target.type == "duckdb") return {"duckdb"};
  if (target.type == "spark") return {"spark"};
  return {"lake", "duckdb"};
}

void preload_engine(const project::Target& target) {
  if (target.type != "lake" && target.type != "duckdb") return;
  // A library must not be loading while the process ends.
  struct LoadedBeforeExit {
    ~LoadedBeforeExit() {
      try {
        duckdb::api();
      } catch (const Error&) {
        // Nobody needs it any more.
      }
    }
  };
  static const LoadedBeforeExit kLoaded;
  duckdb::preload_async();
}

Warehouse open_warehouse(const project::Target& target) {
  if (target.type == "lake") return open_lake(target);
  if (target.type == "duckdb") return open_native(target);
  if (target.type == "spark") return open_spark(target);
  throw Error("TM1035", fmt::format("the target '{}' is of type '{}', which this program does not have", target.name, target.type))
      .hint("types that it has: lake, duckdb, spark");
}

}  // namespace tidemark::app
