#include "cli/flags.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <set>

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/hash.h"
#include "base/strings.h"
#include "project/yaml.h"

namespace tidemark::cli {

namespace {

using app::Invocation;

constexpr const char* kVersion = "tidemark " TIDEMARK_VERSION;

bool is_uuid(std::string_view text) { return text.size() == 36 && text.find_first_not_of("0123456789abcdef-") == std::string_view::npos; }

// Options are bound to plain text first; read() turns them into an Invocation once parsing is done.
struct Raw {
  Invocation invocation;
  std::string vars;
  std::string args;
  std::string output = "text";
  std::string output_keys;
  bool use_colors = false;
  bool no_use_colors = false;
  bool debug = false;
  bool ignored = false;
  std::string ignored_text;
};

CLI::Option* with_env(CLI::Option* option, const char* dbt_name) { return option->envname(std::string("DBT_") + dbt_name); }

void add_global_flags(CLI::App& app, Raw& raw) {
  Invocation& in = raw.invocation;
  constexpr const char* kGroup = "Global flags";
  with_env(app.add_option("--project-dir", in.project_dir, "folder that holds dbt_project.yml"), "PROJECT_DIR")->group(kGroup);
  with_env(app.add_option("--profiles-dir", in.profiles_dir, "folder that holds profiles.yml"), "PROFILES_DIR")->group(kGroup);
  with_env(app.add_option("--profile", in.profile, "profile to use instead of the project's"), "PROFILE")->group(kGroup);
  with_env(app.add_option("-t,--target", in.target, "output of the profile to use"), "TARGET")->group(kGroup);
  with_env(app.add_option("--target-path", in.target_path, "folder for artifacts"), "TARGET_PATH")->group(kGroup);
  app.add_option("--vars", raw.vars, "variables as a YAML mapping: '{name: value}'")->group(kGroup);
  with_env(app.add_option("--threads", in.threads, "how many nodes run at once"), "THREADS")->check(CLI::Range(1, 256))->group(kGroup);
  with_env(app.add_option("--log-format", in.log_format, "text or json"), "LOG_FORMAT")
      ->check(CLI::IsMember({"text", "json", "debug", "default"}))
      ->group(kGroup);
  with_env(app.add_option("--log-level", in.log_level, "debug, info, warn, error or none"), "LOG_LEVEL")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "none"}))
      ->group(kGroup);
  with_env(app.add_option("--log-path", in.log_path, "folder for the log file"), "LOG_PATH")->group(kGroup);
  app.add_option("--log-format-file", in.log_format_file, "format of the log file: text or json")->group(kGroup);
  app.add_option("--log-level-file", raw.ignored_text, "accepted for compatibility: the log file holds everything")->group(kGroup);
  app.add_flag("-q,--quiet", in.quiet, "only errors and the output asked for")->group(kGroup);
  app.add_flag("--no-print", in.no_print, "do not show what {{ print() }} says")->group(kGroup);
  app.add_flag("--print", raw.ignored, "show what {{ print() }} says (the default)")->group(kGroup);
  app.add_flag("--use-colors", raw.use_colors, "colours even where the output is no terminal")->group(kGroup);
  app.add_flag("--no-use-colors", raw.no_use_colors, "no colours")->group(kGroup);
  app.add_flag("-d,--debug", raw.debug, "show debug messages")->group(kGroup);
  app.add_flag("--no-debug", raw.ignored, "")->group("");
  with_env(app.add_flag("--warn-error", in.warn_error, "treat warnings as errors"), "WARN_ERROR")->group(kGroup);
  with_env(app.add_flag("-x,--fail-fast", in.fail_fast, "stop at the first failure"), "FAIL_FAST")->group(kGroup);
  with_env(app.add_option("--lock-timeout", in.lock_timeout, "seconds to wait for another run on the same warehouse"), "LOCK_TIMEOUT")
      ->check(CLI::NonNegativeNumber)
      ->group(kGroup);
  for (const char* accepted : {"--partial-parse",
                               "--no-partial-parse",
                               "--static-parser",
                               "--no-static-parser",
                               "--version-check",
                               "--no-version-check",
                               "--send-anonymous-usage-stats",
                               "--no-send-anonymous-usage-stats",
                               "--write-json",
                               "--no-write-json",
                               "--cache-selected-only",
                               "--no-cache-selected-only",
                               "--populate-cache",
                               "--no-populate-cache",
                               "--introspect",
                               "--no-introspect",
                               "--no-fail-fast",
                               "--no-warn-error",
                               "--no-full-refresh",
                               "--no-store-failures",
                               "--no-defer",
                               "--no-favor-state",
                               "--no-quiet",
                               "--show-all-deprecations",
                               "--no-show-all-deprecations"}) {
    app.add_flag(accepted, raw.ignored, "")->group("");
  }
}

void add_selection(CLI::App& app, Raw& raw) {
  app::SelectionFlags& selection = raw.invocation.selection;
  constexpr const char* kGroup = "Selection";
  app.add_option("-s,--select,-m,--models,--model", selection.select, "nodes to include: names, paths, tag:x, +n, n+, @n, …")->expected(1, -1)->group(kGroup);
  app.add_option("--exclude", selection.exclude, "nodes to leave out")->expected(1, -1)->group(kGroup);
  app.add_option("--selector", selection.selector, "a selector of selectors.yml")->group(kGroup);
  with_env(app.add_option("--indirect-selection", selection.indirect_selection, "which tests go with a model: eager, cautious, buildable, empty"),
           "INDIRECT_SELECTION")
      ->check(CLI::IsMember({"eager", "cautious", "buildable", "empty"}))
      ->group(kGroup);
  app.add_option("--resource-type,--resource-types", selection.resource_types, "only resources of these types")->expected(1, -1)->group(kGroup);
  app.add_option("--exclude-resource-type,--exclude-resource-types", selection.exclude_resource_types, "no resources of these types")
      ->expected(1, -1)
      ->group(kGroup);
  with_env(app.add_option("--state", selection.state, "folder with another run's artifacts"), "STATE")->group(kGroup);
  app.add_flag("--defer", selection.defer, "refs to nodes that are not selected go to --state's relations")->group(kGroup);
  app.add_flag("--favor-state", selection.favor_state, "with --defer: --state's relations even where own ones exist")->group(kGroup);
}

void add_build_flags(CLI::App& app, Raw& raw) {
  Invocation& in = raw.invocation;
  with_env(app.add_flag("-f,--full-refresh", in.full_refresh, "rebuild incremental models and seeds from nothing"), "FULL_REFRESH");
  app.add_flag("--empty", in.empty, "run over no rows: checks SQL and columns only");
  app.add_option("--sample", in.sample, "run over a time slice of the sources");
  app.add_option("--event-time-start", in.event_time_start, "microbatch: begin");
  app.add_option("--event-time-end", in.event_time_end, "microbatch: end");
}

// Commands before flags, where there are commands.
class HelpText : public CLI::Formatter {
 public:
  HelpText() { column_width(34); }
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    return make_description(app) + make_usage(app, name) + make_positionals(app) + make_subcommands(app, mode) + make_groups(app, mode);
  }
};

class CommandLine {
 public:
  // Only commands that `arguments` may mean get the flags that all have: there are many of both.
  explicit CommandLine(const std::vector<std::string>& arguments)
      : arguments_(arguments.begin(), arguments.end()),
        app_("tidemark runs dbt projects over files and keeps their aggregates exactly equal to a full rebuild.", "tidemark") {
    app_.require_subcommand(0, 1);
    app_.set_version_flag("-V,--version,-v", kVersion);
    app_.formatter(std::make_shared<HelpText>());
    add_global_flags(app_, raw_);
    add_run_commands();
    add_reading_commands();
    add_other_commands();
  }

  std::variant<Invocation, Answer> read(const std::vector<std::string>& arguments) {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
      app_.parse(reversed);
    } catch (const CLI::ParseError& fault) {
      return answer_to(fault);
    }
    const std::vector<CLI::App*> chosen = app_.get_subcommands();
    if (chosen.empty()) return Answer{app_.help(), app::kExitOk};
    std::string command = chosen.front()->get_name();
    if (!chosen.front()->get_subcommands().empty()) command += " " + chosen.front()->get_subcommands().front()->get_name();
    if (command == "docs" || command == "source") return Answer{chosen.front()->help("tidemark"), app::kExitCommandFailed};
    return finish(command, arguments);
  }

 private:
  CLI::App* command(CLI::App& parent, const std::string& name, const std::string& description) {
    CLI::App* sub = parent.add_subcommand(name, description);
    if (arguments_.contains(name)) add_global_flags(*sub, raw_);
    return sub;
  }
  CLI::App* command(const std::string& name, const std::string& description) { return command(app_, name, description); }

  // A word that only other commands follow.
  CLI::App* group(const std::string& name, const std::string& description) {
    CLI::App* sub = command(name, description);
    sub->require_subcommand(0, 1);
    return sub;
  }

  void add_run_commands() {
    for (const auto& [name, text] :
         {std::pair{"run", "compute the selected models and publish them"}, std::pair{"build", "seeds, models and tests in the order of the graph"}}) {
      CLI::App* sub = command(name, text);
      add_selection(*sub, raw_);
      add_build_flags(*sub, raw_);
      if (std::string(name) == "build") sub->add_flag("--store-failures", raw_.invocation.store_failures, "keep the rows that fail a test");
    }
    CLI::App* snapshot = command("snapshot", "record how the rows of the selected snapshots have changed");
    add_selection(*snapshot, raw_);
    CLI::App* retry = command("retry", "run again what failed or was skipped in the last run");
    with_env(retry->add_option("--state", raw_.invocation.selection.state, "folder with the run's artifacts"), "STATE");
    retry->add_flag("-f,--full-refresh", raw_.invocation.full_refresh, "rebuild incremental models and seeds from nothing");
    CLI::App* clone = command("clone", "views over another run's relations, which --state names");
    add_selection(*clone, raw_);
    clone->add_flag("-f,--full-refresh", raw_.invocation.full_refresh, "replace relations that exist");
    CLI::App* test = command("test", "run the selected data tests");
    add_selection(*test, raw_);
    test->add_flag("--store-failures", raw_.invocation.store_failures, "keep the rows that fail a test");
    CLI::App* seed = command("seed", "load the CSV files of the project");
    add_selection(*seed, raw_);
    seed->add_flag("-f,--full-refresh", raw_.invocation.full_refresh, "drop and load anew");
    seed->add_flag("--show", raw_.invocation.show_seed, "show the first rows of each");
    CLI::App* operation = command("run-operation", "run a macro");
    operation->add_option("macro", raw_.invocation.macro, "the macro's name")->required();
    operation->add_option("--args", raw_.args, "its arguments as a YAML mapping");
  }

  void add_reading_commands() {
    add_selection(*command("parse", "read the project and write manifest.json"), raw_);
    CLI::App* compile = command("compile", "render the selected nodes to SQL");
    add_selection(*compile, raw_);
    add_build_flags(*compile, raw_);
    compile->add_option("--inline", raw_.invocation.inline_sql, "SQL with Jinja to compile instead");
    compile->add_option("--output", raw_.output, "text or json")->check(CLI::IsMember({"text", "json"}));
    for (const char* name : {"ls", "list"}) {
      CLI::App* list = command(name, std::string(name) == "ls" ? "list the selected resources" : "the same as ls");
      add_selection(*list, raw_);
      list->add_option("--output", raw_.output, "json, name, path or selector")->check(CLI::IsMember({"json", "name", "path", "selector"}));
      list->add_option("--output-keys", raw_.output_keys, "with json: the keys to show");
    }
    CLI::App* show = command("show", "show rows of a model, or of SQL with --inline");
    add_selection(*show, raw_);
    show->add_option("--inline", raw_.invocation.inline_sql, "SQL with Jinja to run instead");
    show->add_option("--limit", raw_.invocation.limit, "how many rows; -1: all");
    show->add_option("--at-version", raw_.invocation.at_version, "the selected table's rows as of this version of it")->check(CLI::NonNegativeNumber);
    show->add_option("--at-time", raw_.invocation.at_time, "rows of tables as they were then: 2026-01-31T12:30:00, in UTC");
    show->add_option("--output", raw_.output, "text or json")->check(CLI::IsMember({"text", "json"}));
    CLI::App* plan = command("plan", "what run would do, and why; changes nothing");
    add_selection(*plan, raw_);
    add_build_flags(*plan, raw_);
    plan->add_option("--output", raw_.output, "text or json")->check(CLI::IsMember({"text", "json"}));
    CLI::App* verify = command("verify", "hold published tables against what their queries give, and write a certificate");
    add_selection(*verify, raw_);
    verify->add_option("--partitions", raw_.invocation.partitions, "all, affected, or sample:N");
    verify->add_option("--output", raw_.output, "text or json")->check(CLI::IsMember({"text", "json"}));
    add_table_story("history", "the commits of a model's table");
    add_table_story("ledger", "the source files that a model's table holds")
        ->add_option("--at-version", raw_.invocation.at_version, "of the table; default: the newest");
    CLI::App* explain = command("explain", "how a model would be computed, and why so");
    explain->add_option("model", raw_.invocation.model, "the model's name")->required();
    explain->add_option("--output", raw_.output, "text or json")->check(CLI::IsMember({"text", "json"}));
    CLI::App* partitions = command("partitions", "the partitions of a model: rows, files, versions, and which a run would change");
    partitions->add_option("model", raw_.invocation.model, "the model's name")->required();
    partitions->add_option("--output", raw_.output, "text or json")->check(CLI::IsMember({"text", "json"}));
    CLI::App* docs = group("docs", "documentation of the project");
    CLI::App* generate = command(*docs, "generate", "write catalog.json beside manifest.json");
    add_selection(*generate, raw_);
    generate->add_flag("--no-compile", raw_.invocation.no_compile, "do not compile the nodes");
    CLI::App* source = group("source", "the project's sources");
    add_selection(*command(*source, "freshness", "how old the newest data of the sources are"), raw_);
  }

  CLI::App* add_table_story(const std::string& name, const std::string& description) {
    CLI::App* sub = command(name, description);
    add_selection(*sub, raw_);
    sub->add_option("model", raw_.invocation.model, "the model's name");
    sub->add_option("--limit", raw_.invocation.limit, "how many; -1: all");
    sub->add_option("--output", raw_.output, "text or json")->check(CLI::IsMember({"text", "json"}));
    return sub;
  }

  void add_other_commands() {
    CLI::App* init = command("init", "make a new project");
    init->add_option("name", raw_.invocation.project_name, "the project's name, and its folder's")->required();
    command("debug", "check project, profile, warehouse and engine");
    command("clean", "remove the folders of clean-targets");
    command("deps", "install the packages of packages.yml");
    CLI::App* vacuum = command("vacuum", "remove files that no version of a table within retention needs");
    vacuum->add_option("--retain-hours", raw_.invocation.retain_hours, "how long old versions stay readable; default: 168, a week")
        ->check(CLI::NonNegativeNumber);
    vacuum->add_flag("--dry-run", raw_.invocation.dry_run, "only tell what would go");
    add_download();
    add_spark();
    add_serve();
  }

  void add_spark() {
    app::SparkFlags& flags = raw_.invocation.spark;
    CLI::App* spark = group("spark", "a Spark cluster with its Thrift server on this machine, to try `type: spark`");
    CLI::App* up = command(*spark, "up", "start master, worker and Thrift server, and wait until they are ready");
    CLI::App* status = command(*spark, "status", "what of it runs; exit code 1 where something does not");
    CLI::App* logs = command(*spark, "logs", "the last lines that it wrote");
    CLI::App* down = command(*spark, "down", "stop what `up` started");
    for (CLI::App* sub : {up, status, logs, down})
      sub->add_option("--dir", flags.folder, "folder of pid files, logs and metastore; default: .tidemark/spark of the project");
    for (CLI::App* sub : {up, status}) {
      sub->add_option("--thrift-port", flags.thrift_port, "port of the Thrift server; default: 10000")->check(CLI::Range(1, 65535));
      sub->add_option("--master-port", flags.master_port, "default: 7077")->check(CLI::Range(1, 65535));
      sub->add_option("--master-page-port", flags.master_page_port, "default: 8080")->check(CLI::Range(1, 65535));
      sub->add_option("--worker-page-port", flags.worker_page_port, "default: 8081")->check(CLI::Range(1, 65535));
    }
    up->add_option("--spark-home", flags.spark_home, "where Spark is; default: SPARK_HOME, or Python's pyspark");
    up->add_option("--cores", flags.cores, "of the worker; default: 2")->check(CLI::Range(1, 1024));
    up->add_option("--driver-memory", flags.driver_memory_mb, "MB; default: 1536")->check(CLI::Range(512, 1 << 20));
    up->add_option("--executor-memory", flags.executor_memory_mb, "MB; default: 3072")->check(CLI::Range(512, 1 << 20));
    up->add_option("--timeout", flags.timeout_s, "seconds that each part may take to start; default: 300")->check(CLI::Range(1, 3600));
    logs->add_option("part", flags.part, "master, worker or thrift-server; default: all")->check(CLI::IsMember({"master", "worker", "thrift-server"}));
    logs->add_option("--lines", flags.lines, "how many of each; default: 40")->check(CLI::Range(1, 1 << 20));
  }

  void add_serve() {
    app::ServeFlags& flags = raw_.invocation.serve;
    CLI::App* serve = command("serve", "the workbench in the browser: queries, runs, partitions, proofs");
    serve->add_option("--host", flags.host, "address to listen on; default: 127.0.0.1");
    serve->add_option("--port", flags.port, "default: 3000; 0: any free one")->check(CLI::Range(0, 65535));
    serve->add_option("--thrift-port", flags.thrift_port, "port of the JDBC endpoint (HiveServer2); default: 10000; 0: any free one")->check(CLI::Range(0, 65535));
    serve->add_option("--admin-email", flags.admin_email, "make this administrator where there is none of that address");
    serve->add_option("--admin-password-file", flags.admin_password_file, "file that holds the administrator's password");
    serve->add_option("--tls-cert", flags.tls_cert, "certificate chain (PEM)");
    serve->add_option("--tls-key", flags.tls_key, "its key (PEM)");
    serve->add_option("--allow-host", flags.allow_hosts, "further host names by which the server is called")->expected(1, -1);
    serve->add_option("--web-dir", flags.web_dir, "folder of the front end; default: beside the program");
    serve->add_option("--queries", flags.queries, "queries that run at once; default: 2")->check(CLI::Range(1, 64));
    serve->add_option("--query-threads", flags.query_threads, "threads of each; default: 2")->check(CLI::Range(1, 256));
    serve->add_option("--query-memory", flags.query_memory, "memory of each; default: 2GB");
    serve->add_option("--query-timeout", flags.query_timeout, "seconds that one may take; default: 600")->check(CLI::PositiveNumber);
    serve->add_option("--query-rows", flags.query_rows, "rows that a result may have; default: 20000000")->check(CLI::Range(int64_t{1}, int64_t{1} << 40));
  }

  void add_download() {
    Invocation& in = raw_.invocation;
    CLI::App* download = command("download", "fetch the monthly files of a source");
    download->add_option("source", in.source, "source to fetch for, as source.table; may be left out where only one has a download URL");
    download->add_option("--start", in.start_month, "first month, YYYY-MM")->default_val("2024-01");
    download->add_option("--end", in.end_month, "last month, YYYY-MM")->default_val("2024-12");
    download->add_option("--output-dir", in.output_dir, "folder to write to; default: the source's own");
    download->add_flag("--skip-existing", in.skip_existing, "keep whole files that are there");
    download->add_option("--concurrency", in.concurrency, "files at once")->check(CLI::Range(1, 32));
    download->add_option("--retries", in.retries, "further attempts for a file, each after a longer pause")->check(CLI::Range(0, 100));
  }

  Answer answer_to(const CLI::ParseError& fault) {
    std::ostringstream out;
    std::ostringstream err;
    const int code = app_.exit(fault, out, err);
    if (code == 0) return {out.str(), app::kExitOk};
    const std::string unknown = unknown_word(fault);
    const bool is_command = app_.get_subcommands().empty() && !unknown.empty() && !unknown.starts_with("-");
    Error error("TM1900", is_command ? "there is no command '" + unknown + "'" : std::string(fault.what()));
    const std::string hint = unknown.empty() ? std::string() : near_name(unknown);
    error.hint(hint.empty() ? "tidemark --help lists commands and flags" : "did you mean '" + hint + "'?");
    return {render_error(error), app::kExitCommandFailed};
  }

  // The command or flag that nobody knows, where that is the fault.
  std::string unknown_word(const CLI::ParseError& fault) const {
    if (dynamic_cast<const CLI::ExtrasError*>(&fault) == nullptr) return {};
    const std::string text = fault.what();
    const size_t colon = text.find(": ");
    if (colon == std::string::npos) return {};
    const std::vector<std::string> unexpected = split(text.substr(colon + 2), ' ');
    if (app_.get_subcommands().empty()) return unexpected.back();  // they come in reverse
    const auto flag = std::find_if(unexpected.begin(), unexpected.end(), [](const std::string& word) { return word.starts_with("-"); });
    return flag == unexpected.end() ? unexpected.front() : *flag;
  }

  // The nearest command or flag that is known there.
  std::string near_name(const std::string& unknown) const {
    const std::vector<CLI::App*> chosen = app_.get_subcommands();
    const CLI::App* where = chosen.empty() ? &app_ : chosen.front();
    std::vector<std::string> known;
    if (unknown.starts_with("-")) {
      for (const CLI::Option* option : where->get_options()) {
        for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
      }
    } else {
      for (const CLI::App* sub : where->get_subcommands([](const CLI::App*) { return true; })) known.push_back(sub->get_name());
    }
    return nearest_name(unknown, known);
  }

  std::variant<Invocation, Answer> finish(const std::string& command, const std::vector<std::string>& arguments) {
    Invocation& in = raw_.invocation;
    in.command = command == "list" ? "ls" : command;
    in.arguments = arguments;
    const char* id = std::getenv("TIDEMARK_INVOCATION_ID");  // of whoever started this program and wants to know it again
    in.id = id != nullptr && is_uuid(id) ? id : random_uuid();
    in.started_at = wall_now();
    in.vars = project::parse_cli_mapping(raw_.vars, "--vars");
    in.macro_args = project::parse_cli_mapping(raw_.args, "--args");
    if (raw_.debug) in.log_level = "debug";
    if (raw_.use_colors) in.use_colors = true;
    if (raw_.no_use_colors) in.use_colors = false;
    if (!raw_.output_keys.empty()) {
      for (const std::string& key : split(replace_all(raw_.output_keys, ",", " "), ' ')) {
        if (!key.empty()) in.output_keys.push_back(key);
      }
    }
    static const std::map<std::string, app::OutputFormat> kFormats{
        {"json", app::OutputFormat::kJson}, {"name", app::OutputFormat::kName}, {"path", app::OutputFormat::kPath}, {"selector", app::OutputFormat::kSelector}};
    const auto format = kFormats.find(raw_.output);
    in.output = format == kFormats.end() ? app::OutputFormat::kText : format->second;
    return in;
  }

  std::set<std::string> arguments_;
  Raw raw_;
  CLI::App app_;
};

}  // namespace

std::variant<Invocation, Answer> read_flags(const std::vector<std::string>& arguments) { return CommandLine(arguments).read(arguments); }

}  // namespace tidemark::cli
