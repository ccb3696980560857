// Generic data tests out of YAML: one node a test, named as dbt names it.
#include <algorithm>
#include <array>

#include "base/strings.h"
#include "jinja/scan.h"
#include "resolve/draft.h"
#include "resolve/generic_test_names.h"
#include "resolve/test_kwargs.h"

namespace tidemark::resolve {

using project::Yaml;

namespace {

constexpr std::array<std::string_view, 14> kConfigArguments{"severity",  "tags",           "enabled",           "where", "limit",    "warn_if", "error_if",
                                                            "fail_calc", "store_failures", "store_failures_as", "meta",  "database", "schema",  "alias"};

// What is tested: a model (of a version), seed, snapshot or source table.
struct Tested {
  Property* property = nullptr;
  std::string name;        // as it stands in test names: "product_v2", "crm_orders"
  std::string expression;  // ref('product', version='2')
  RefArgs ref;
  SourceArgs source;
  bool is_source = false;
  std::string file_key_name;
  std::string attached_node;
  std::string group;
};

struct Written {
  std::string name;     // "unique"
  std::string package;  // empty: none named
  Json arguments = Json::object();
  Json config = Json::object();
  SourceSpan span;
};

void add_members(Json& into, const Yaml& map) {
  for (const auto& [key, value] : map.entries()) into[key.scalar_text()] = value.to_json();
}

// "unique", {unique: {…}} or {test_name: unique, …}
Written read_test(const Yaml& entry, const std::string& column) {
  Written test;
  test.span = entry.span();
  std::string full_name;
  Json given = Json::object();
  if (entry.is_string()) {
    full_name = entry.as_string();
  } else if (entry.is_map() && entry.find("test_name") != nullptr) {
    full_name = text_member(entry, "test_name");
    add_members(given, entry);
    given.erase("test_name");
  } else if (entry.is_map() && entry.entries().size() == 1) {
    const auto& [key, value] = entry.entries().front();
    full_name = key.scalar_text();
    test.span = key.span();
    if (value.is_map()) {
      add_members(given, value);
    } else if (!value.is_null()) {
      throw Error("TM1213", fmt::format("the arguments of test '{}' must be a mapping, and this is {}", full_name, value.kind_name())).at(value.span());
    }
  } else {
    throw Error("TM1213", "a data test is a name, or a name with its arguments")
        .at(entry.span())
        .hint("- unique\n- accepted_values: {arguments: {values: [a, b]}}");
  }
  const size_t dot = full_name.find('.');
  test.name = dot == std::string::npos ? full_name : full_name.substr(dot + 1);
  if (dot != std::string::npos) test.package = full_name.substr(0, dot);
  if (!column.empty()) given["column_name"] = column;
  if (given.contains("arguments") && given["arguments"].is_object()) {
    const Json nested = given["arguments"];
    given.erase("arguments");
    for (const auto& [key, value] : nested.items()) given[key] = value;
  }
  if (given.contains("model"))
    throw Error("TM1213", fmt::format("test '{}' must not have an argument 'model'", full_name))
        .at(test.span)
        .hint("the model is the one that it stands under");
  test.arguments = std::move(given);
  return test;
}

// Takes configurations out of the arguments, in dbt's order, rendered.
void split_config(const Workbench& bench, const std::string& package, Written& test) {
  const project::TextRenderer& renderer = *bench.package(package).yaml;
  Json nested = test.arguments.value("config", Json::object());
  test.arguments.erase("config");
  if (nested.is_null()) nested = Json::object();
  if (!nested.is_object()) throw Error("TM1213", fmt::format("'config' of test '{}' must be a mapping", test.name)).at(test.span);
  const auto put_rendered = [&](const std::string& key, const Json& value) {
    const Json rendered = value.is_string() ? renderer.render(value.get<std::string>(), test.span) : value;
    if (!rendered.is_null()) test.config[key] = rendered;
  };
  for (const std::string_view view : kConfigArguments) {
    const std::string key(view);
    const bool beside = test.arguments.contains(key) && !test.arguments[key].is_null();
    if (beside && nested.contains(key)) throw Error("TM1213", fmt::format("test '{}' has '{}' twice: beside and in its config", test.name, key)).at(test.span);
    const Json value = beside ? test.arguments[key] : nested.value(key, Json());
    test.arguments.erase(key);
    nested.erase(key);
    put_rendered(key, value);
  }
  for (const auto& [key, value] : nested.items()) put_rendered(key, value);
}

std::string taken_text(Json& arguments, const char* key) {
  if (!arguments.contains(key)) return "";
  const Json value = arguments[key];
  arguments.erase(key);
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
}

const Macro& test_macro(const Workbench& bench, const Tested& tested, const Written& test) {
  const MacroRegistry& macros = bench.shared->macros;
  const std::optional<std::string> space = test.package.empty() ? std::nullopt : std::optional<std::string>(test.package);
  if (const Macro* macro = macros.find_test(tested.property->package, space, test.name)) return *macro;
  std::vector<std::string> known;
  for (const auto& [id, macro] : macros.macros()) {
    if (macro->kind == jinja::Definition::Kind::kTest)
      known.push_back((macro->info.package_name == kBuiltInPackage || macros.root_package() == macro->info.package_name ? "" : macro->info.package_name + ".") +
                      macro->info.name.substr(5));
  }
  const std::string full = (test.package.empty() ? "" : test.package + ".") + test.name;
  Error error("TM1214", fmt::format("there is no generic test '{}'", full));
  error.at(test.span);
  if (const std::string near = nearest_name(full, known); !near.empty()) error.hint("did you mean '" + near + "'?");
  throw error;
}

// Arguments that the test's macro does not have, or lacks.
void check_arguments(const Macro& macro, const Written& test, const Json& kwargs) {
  for (const auto& [name, value] : kwargs.items()) {
    if (std::find(macro.parameters.begin(), macro.parameters.end(), name) != macro.parameters.end() || name == "model") continue;
    const bool takes_any = macro.info.macro_sql.find("kwargs") != std::string::npos;
    if (takes_any) continue;
    Error error("TM2004", fmt::format("test '{}' has no argument '{}'", test.name, name));
    error.at(test.span).at(macro.span);
    if (const std::string near = nearest_name(name, macro.parameters); !near.empty()) error.hint("did you mean '" + near + "'?");
    throw error;
  }
  for (size_t i = 0; i < macro.parameters.size(); ++i) {
    if (macro.parameter_has_default[i] || kwargs.contains(macro.parameters[i])) continue;
    throw Error("TM2004", fmt::format("test '{}' lacks its argument '{}'", test.name, macro.parameters[i])).at(test.span).at(macro.span);
  }
}

// The refs of the test: off hand where its macro is built in and its arguments are plain, else by rendering.
void find_references(Workbench& bench, Draft& draft, const Tested& tested, const Macro& macro) {
  Node& node = *draft.node;
  Findings& findings = draft.findings;
  const Json& kwargs = node.test_metadata->kwargs;
  const auto is_plain = [&] {
    for (const auto& [key, value] : kwargs.items()) {
      if (key == "model" || key == "column_name") continue;
      const std::string text = value.dump();
      if (text.find('(') != std::string::npos || text.find("{{") != std::string::npos || text.find("{%") != std::string::npos) return false;
    }
    return true;
  };
  if (macro.info.package_name == kBuiltInPackage && is_plain()) {
    if (tested.is_source) {
      findings.sources.push_back(tested.source);
      findings.source_spans.push_back(draft.place);
    } else {
      findings.refs.push_back(tested.ref);
      findings.ref_spans.push_back(draft.place);
    }
    if (const Macro* where = bench.shared->macros.find(node.package_name, "get_where_subquery")) findings.macros.push_back(where->info.unique_id);
    return;
  }
  ParseScope scope(*bench.shared, node.package_name, draft.node.get(), bench.docs);
  jinja::Render render(bench.shared->environment, scope, parse_options());
  scope.set("_dbt_generic_test_kwargs", render_test_kwargs(render, node));
  const jinja::TemplatePtr parsed = bench.shared->environment.parse(node.source);
  render.render(*parsed);
  findings = std::move(scope.findings);
  for (SourceSpan& span : findings.ref_spans) span = draft.place;
  for (SourceSpan& span : findings.source_spans) span = draft.place;
}

std::vector<std::string> sorted_unique(std::vector<std::string> tags) {
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  return tags;
}

void build_test(Workbench& bench, const Tested& tested, const Yaml& entry, const std::string& column, std::vector<std::string> tags) {
  const std::string& package = tested.property->package;
  Written test = read_test(entry, column);
  split_config(bench, package, test);
  const std::string description = taken_text(test.arguments, "description");
  const std::string own_name = taken_text(test.arguments, "name");
  const Macro& macro = test_macro(bench, tested, test);

  TestNames names{own_name, own_name};
  if (own_name.empty()) {
    const std::string prefix = (test.package.empty() ? "" : test.package + "_") + (tested.is_source ? "source_" : "") + test.name;
    names = generic_test_names(prefix, tested.name, test.arguments);
    if (names.short_name != names.full_name && !test.config.contains("alias")) test.config["alias"] = names.short_name;
  }
  Json kwargs = test.arguments;
  kwargs["model"] = "{{ get_where_subquery(" + tested.expression + ") }}";
  check_arguments(macro, test, kwargs);

  Draft draft;
  draft.place = test.span;
  draft.node = std::make_shared<Node>();
  Node& node = *draft.node;
  const project::ResourceFile& file = tested.property->file->file;
  node.type = ResourceType::kTest;
  node.name = names.full_name;
  node.alias = names.full_name;
  node.package_name = package;
  node.path = names.short_name + ".sql";
  node.original_file_path = file.original_file_path;
  node.root_path = bench.package(package).project->root;
  node.fqn = fqn_of(package, file.path, names.full_name);
  node.unique_id = "test." + package + "." + names.full_name + "." + generic_test_hash(names.full_name, test.name, test.package, kwargs);
  node.database = bench.shared->target.database;
  node.schema = bench.shared->target.schema;
  node.test_metadata = TestMetadata{test.name, test.package, kwargs};
  node.column_name = column;
  node.file_key_name = tested.file_key_name;
  node.attached_node = tested.attached_node;
  node.description = description;
  node.raw_code = generic_test_code(test.name, test.package, test.config);
  node.source = make_source(node.original_file_path + " (" + names.full_name + ")", node.raw_code);
  node.created_at = bench.now;
  const std::vector<std::string> own_tags = Config(test.config).list("tags");
  tags.insert(tags.end(), own_tags.begin(), own_tags.end());
  node.tags = sorted_unique(std::move(tags));
  try {
    find_references(bench, draft, tested, macro);
    // What the definition says by config() counts where YAML says nothing.
    draft.findings.config_call.add(test.config);
    const std::string& macro_id = macro.info.unique_id;
    std::vector<std::string>& used = draft.findings.macros;
    used.erase(std::remove(used.begin(), used.end(), macro_id), used.end());
    used.insert(used.begin(), macro_id);
    configure_node(bench, draft, "data_tests");
  } catch (Error& error) {
    if (error.spans().empty() || error.spans()[0].source != draft.place.source) error.at(draft.place);
    throw;
  }
  if (!tested.group.empty()) node.group = tested.group;
  bench.drafts.push_back(std::move(draft));
}

const Yaml::List& tests_of(const Yaml& entry) {
  const Yaml::List& tests = list_member(entry, "data_tests");
  return tests.empty() ? list_member(entry, "tests") : tests;
}

// Those of an entry, without its config's.
std::vector<std::string> tags_beside(const Yaml& entry) {
  const Yaml* value = entry.find("tags");
  return value == nullptr || value->is_null() ? std::vector<std::string>() : Config(Json{{"tags", value->to_json()}}).list("tags");
}

std::vector<std::string> column_tags(const Yaml& column) {
  std::vector<std::string> tags = tags_beside(column);
  if (const Yaml* config = map_member(column, "config")) {
    const std::vector<std::string> more = tags_beside(*config);
    tags.insert(tags.end(), more.begin(), more.end());
  }
  return tags;
}

std::string column_as_argument(const Workbench& bench, const Yaml& column) {
  const std::string name = text_member(column, "name");
  const Yaml* quote = column.find("quote");
  const bool quoted = quote != nullptr && quote->is_bool() && quote->as_bool();
  return quoted ? quote_identifier(name, bench.shared->target.quote_character) : name;
}

void build_all(Workbench& bench, const Tested& tested, const Yaml::List& tests, const std::string& column, const std::vector<std::string>& tags) {
  for (const Yaml& entry : tests) {
    try {
      build_test(bench, tested, entry, column, tags);
    } catch (const Error& error) {
      bench.errors.add(error);
    }
  }
}

void build_for_node(Workbench& bench, const Draft& draft, const std::string& section) {
  const Node& node = *draft.node;
  Tested tested;
  tested.property = draft.property;
  tested.name = node.version ? node.name + "_v" + *node.version : node.name;
  tested.expression = "ref('" + node.name + "'" + (node.version ? ", version='" + *node.version + "'" : "") + ")";
  tested.ref = RefArgs{node.name, std::nullopt, node.version};
  tested.file_key_name = section + "." + node.name;
  tested.attached_node = node.unique_id;
  tested.group = node.group;
  const Yaml& yaml = draft.property->yaml;
  const bool own_tests = draft.version != nullptr && (draft.version->find("data_tests") != nullptr || draft.version->find("tests") != nullptr);
  const std::vector<const Yaml*> columns = [&] {
    if (draft.version != nullptr) return version_columns(yaml, *draft.version);
    std::vector<const Yaml*> all;
    for (const Yaml& column : list_member(yaml, "columns")) all.push_back(&column);
    return all;
  }();
  for (const Yaml* column : columns) build_all(bench, tested, tests_of(*column), column_as_argument(bench, *column), column_tags(*column));
  build_all(bench, tested, tests_of(own_tests ? *draft.version : yaml), "", {});
}

void build_for_source(Workbench& bench, Property& property, const Yaml& table) {
  Tested tested;
  tested.property = &property;
  const std::string name = text_member(table, "name");
  tested.is_source = true;
  tested.name = property.name + "_" + name;
  tested.expression = "source('" + property.name + "', '" + name + "')";
  tested.source = {property.name, name};
  tested.file_key_name = "sources." + property.name;
  std::vector<std::string> tags = tags_beside(property.yaml);
  for (const std::string& tag : tags_beside(table)) tags.push_back(tag);
  for (const Yaml& column : list_member(table, "columns")) {
    std::vector<std::string> all = tags;
    for (const std::string& tag : column_tags(column)) all.push_back(tag);
    build_all(bench, tested, tests_of(column), column_as_argument(bench, column), all);
  }
  build_all(bench, tested, tests_of(table), "", tags);
}

}  // namespace

void build_generic_tests(Workbench& bench) {
  const size_t nodes = bench.drafts.size();
  for (size_t i = 0; i < nodes; ++i) {
    const Draft draft = bench.drafts[i];  // a copy: the list grows
    if (draft.property == nullptr || !draft.node->is_refable()) continue;
    try {
      build_for_node(bench, draft, draft.property->section);
    } catch (const Error& error) {
      bench.errors.add(error);
    }
  }
  for (Property* property : bench.properties.all("sources")) {
    try {
      for (const Yaml& table : list_member(property->yaml, "tables")) {
        if (table.is_map()) build_for_source(bench, *property, table);
      }
    } catch (const Error& error) {
      bench.errors.add(error);
    }
  }
}

}  // namespace tidemark::resolve
