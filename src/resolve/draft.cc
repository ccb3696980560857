#include "resolve/draft.h"

#include "base/strings.h"
#include "jinja/scan.h"
#include "resolve/node_config.h"
#include "resolve/relation_names.h"

namespace tidemark::resolve {

using project::Yaml;

const Json& Package::configs(const char* tree) const {
  static const Json kEmpty = Json::object();
  const auto it = project->configs.find(tree);
  return it == project->configs.end() || !it->is_object() ? kEmpty : *it;
}

void complete_constraints(Json& constraints) {
  if (!constraints.is_array()) return;
  for (Json& constraint : constraints) {
    if (!constraint.is_object()) continue;
    for (const char* key : {"warn_unenforced", "warn_unsupported"}) {
      if (!constraint.contains(key)) constraint[key] = true;
    }
  }
}

std::string file_stem(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  return name.substr(0, name.rfind('.'));
}

std::vector<std::string> fqn_of(const std::string& package, const std::string& path, const std::string& name) {
  std::vector<std::string> fqn = split(path, '/');
  fqn.back() = name;
  fqn.insert(fqn.begin(), package);
  return fqn;
}

MergedConfig merge_config(const Workbench& bench, const char* tree, const std::string& package, const std::vector<std::string>& fqn, const Json& property,
                          const Json& config_call) {
  project::ConfigMerge merge;
  MergedConfig out;
  const auto add = [&](const Json& config) {
    merge.add(config);
    for (const auto& [key, value] : config.items()) {
      const size_t plain = key.find_first_not_of("+ ");
      std::string name = plain == std::string::npos ? key : key.substr(plain);
      if (name == "pre_hook" || name == "post_hook") name[name.find('_')] = '-';
      out.unrendered[name] = value;
    }
  };
  const bool is_root = bench.is_root(package);
  for (const Json& level : project::configs_along(bench.package(package).configs(tree), fqn)) add(level);
  add(property);
  add(config_call);
  if (!is_root) {
    for (const Json& level : project::configs_along(bench.package(bench.root()).configs(tree), fqn)) add(level);
  }
  out.rendered = merge.result();
  return out;
}

Json property_config(const Workbench& bench, const Property& property, const Yaml& entry) {
  const project::TextRenderer& renderer = *bench.package(property.package).yaml;
  Json config = Json::object();
  if (const Yaml* written = map_member(entry, "config")) {
    // Hooks are rendered when they run: {{ this }} is not known here.
    config = renderer.render(*written, [](const project::TextRenderer::Path& path) { return !path.empty() && path.front().find("hook") != std::string::npos; });
  }
  for (const char* key : {"meta", "tags", "docs", "group", "access", "enabled"}) {
    const Yaml* beside = entry.find(key);
    if (beside == nullptr || beside->is_null()) continue;
    if (!config.contains(key)) {
      config[key] = renderer.render(*beside);
    } else if (property.section == "sources") {  // both count
      project::ConfigMerge merge;
      merge.add(Json{{key, renderer.render(*beside)}});
      merge.add(Json{{key, config[key]}});
      config[key] = merge.result()[key];
    }
  }
  return config;
}

std::string rendered_description(const Workbench& bench, const std::string& package, const Yaml& entry, std::vector<std::string>& used_docs) {
  const std::string text = text_member(entry, "description");
  if (!jinja::has_template_syntax(text)) return text;
  const SourceSpan span = entry.find("description")->span();
  ParseScope scope(*bench.shared, package, nullptr, bench.docs);
  try {
    const jinja::TemplatePtr parsed = bench.shared->environment.parse(make_source("<description>", text));
    std::string out = jinja::Render(bench.shared->environment, scope, parse_options()).render(*parsed);
    used_docs.insert(used_docs.end(), scope.used_docs.begin(), scope.used_docs.end());
    return out;
  } catch (const Error& error) {
    Error placed(error.code(), error.message());
    placed.at(span).hint(error.hint());
    throw placed;
  }
}

void add_column(const Workbench& bench, Node& node, const Yaml& column) {
  if (!column.is_map()) throw Error("TM1213", fmt::format("a column must be a mapping, and this is {}", column.kind_name())).at(column.span());
  const project::TextRenderer& renderer = *bench.package(node.package_name).yaml;
  ColumnInfo info;
  info.name = text_member(column, "name");
  if (info.name.empty()) throw Error("TM1213", "a column has no name").at(column.span());
  std::vector<std::string> docs;
  info.description = rendered_description(bench, node.package_name, column, docs);
  if (!docs.empty()) node.extra["column_doc_blocks"][info.name] = std::move(docs);
  info.data_type = text_member(column, "data_type");
  if (const Yaml* quote = column.find("quote"); quote != nullptr && quote->is_bool()) info.quote = quote->as_bool();
  if (const Yaml* constraints = column.find("constraints"); constraints != nullptr && constraints->is_list()) {
    info.constraints = renderer.render(*constraints);
    complete_constraints(info.constraints);
  }
  project::ConfigMerge merge;
  const auto add_from = [&](const Yaml& map) {
    for (const char* key : {"meta", "tags"}) {
      if (const Yaml* value = map.find(key); value != nullptr && !value->is_null()) merge.add(Json{{key, renderer.render(*value)}});
    }
  };
  const Yaml* config = map_member(column, "config");
  if (config != nullptr) add_from(*config);
  add_from(column);
  if (config != nullptr) add_from(*config);  // its meta wins
  info.tags = tags_of(merge.result());
  if (merge.result().contains("meta")) info.meta = merge.result()["meta"];
  if (!node.columns.contains(info.name)) node.column_order.push_back(info.name);
  node.columns[info.name] = std::move(info);
}

void apply_columns(const Workbench& bench, Node& node, const Yaml& entry) {
  for (const Yaml& column : list_member(entry, "columns")) add_column(bench, node, column);
}

namespace {

void note_hook_references(Workbench& bench, Draft& draft, const char* key) {
  const Json* hooks = draft.node->config.find(key);
  if (hooks == nullptr || !hooks->is_array()) return;
  for (const Json& hook : *hooks) {
    const std::string sql = hook.value("sql", "");
    if (!jinja::has_template_syntax(sql)) continue;
    ParseScope scope(*bench.shared, draft.node->package_name, draft.node.get(), bench.docs);
    const auto origin = std::make_shared<TemplateOrigin>(draft.node->package_name, draft.node->original_file_path, false);
    const jinja::TemplatePtr parsed = bench.shared->environment.parse(make_source(draft.node->original_file_path + " (" + key + ")", sql), origin);
    jinja::Render(bench.shared->environment, scope, parse_options()).render(*parsed);
    Findings& all = draft.findings;
    const auto append = [](auto& into, const auto& more) { into.insert(into.end(), more.begin(), more.end()); };
    append(all.refs, scope.findings.refs);
    append(all.ref_spans, scope.findings.ref_spans);
    append(all.sources, scope.findings.sources);
    append(all.source_spans, scope.findings.source_spans);
    append(all.macros, scope.findings.macros);
  }
}

// What a template says by ref(), source() and config() with literal arguments alone can be read off without rendering:
// the answers are those of a render, since nothing else in it can have an effect.
bool read_off(const jinja::Template& parsed, const std::string& package, const MacroRegistry& macros, Findings& findings) {
  for (const std::string& name : parsed.global_names()) {
    if (name != "ref" && name != "source" && name != "config") return false;
    if (macros.find(package, name) != nullptr) return false;
  }
  Findings out;
  for (const jinja::StaticCall& call : parsed.static_calls()) {
    if (!call.literal || call.conditional) return false;
    const auto text = [&](size_t i) { return call.positional.size() > i && call.positional[i]->is_string() ? &call.positional[i]->as_string() : nullptr; };
    if (call.name == "ref" && call.keywords.empty() && call.positional.size() == 1 && text(0) != nullptr) {
      out.refs.push_back({*text(0), std::nullopt, std::nullopt});
      out.ref_spans.push_back(call.span);
    } else if (call.name == "source" && call.keywords.empty() && call.positional.size() == 2 && text(0) != nullptr && text(1) != nullptr) {
      out.sources.push_back({*text(0), *text(1)});
      out.source_spans.push_back(call.span);
    } else if (call.name == "config" && call.positional.empty() && !call.keywords.empty()) {
      Json json = Json::object();
      for (const auto& [name, value] : call.keywords) json[name] = config_json(*value);
      const bool both = (json.contains("pre_hook") && json.contains("pre-hook")) || (json.contains("post_hook") && json.contains("post-hook"));
      if (both) return false;
      out.config_call.add(json);
    } else {
      return false;
    }
  }
  findings = std::move(out);
  return true;
}

}  // namespace

void parse_node(Workbench& bench, Draft& draft, const char* tree) {
  Node& node = *draft.node;
  try {
    if (jinja::has_template_syntax(node.raw_code)) {
      const auto origin = std::make_shared<TemplateOrigin>(node.package_name, node.original_file_path, false);
      const jinja::TemplatePtr parsed = bench.shared->environment.parse(node.source, node.code_offset, node.raw_code.size(), origin);
      if (!read_off(*parsed, node.package_name, bench.shared->macros, draft.findings)) {
        ParseScope scope(*bench.shared, node.package_name, &node, bench.docs);
        jinja::Render(bench.shared->environment, scope, parse_options()).render(*parsed);
        draft.findings = std::move(scope.findings);
      }
    }
    configure_node(bench, draft, tree);
  } catch (const Error& error) {
    bench.errors.add(error);
  }
}

void configure_node(Workbench& bench, Draft& draft, const char* tree) {
  Node& node = *draft.node;
  Json property = Json::object();
  if (draft.property != nullptr) {
    property = property_config(bench, *draft.property, draft.property->yaml);
    if (draft.version != nullptr) {
      project::ConfigMerge merge;
      merge.add(property);
      merge.add(property_config(bench, *draft.property, *draft.version));
      property = merge.result();
    }
  }
  MergedConfig merged = merge_config(bench, tree, node.package_name, node.fqn, property, draft.findings.config_call.result());
  try {
    node.config = Config(finish_config(node.type, merged.rendered));
  } catch (Error& error) {
    if (error.spans().empty()) error.at(draft.place);
    throw;
  }
  node.unrendered_config = std::move(merged.unrendered);
  for (const std::string& tag : node.config.list("tags")) {
    if (std::find(node.tags.begin(), node.tags.end(), tag) == node.tags.end()) node.tags.push_back(tag);
  }
  if (const Json* meta = node.config.find("meta")) node.meta = *meta;
  if (node.group.empty()) node.group = node.config.text("group");
  if (node.type == ResourceType::kModel) {
    node.access = node.config.text("access", "protected");
    if (node.access != "private" && node.access != "protected" && node.access != "public") {
      throw Error("TM1212", fmt::format("access '{}' is not known", node.access)).at(draft.place).hint("private, protected or public");
    }
  }
  if (const Json* docs = node.config.find("docs")) node.extra["docs"] = *docs;
  name_relation(bench, node);
  if (node.type != ResourceType::kTest) {
    note_hook_references(bench, draft, "pre-hook");
    note_hook_references(bench, draft, "post-hook");
  }
}

}  // namespace tidemark::resolve
