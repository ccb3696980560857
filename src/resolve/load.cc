// Macros and docs blocks of the project, its packages and the program.
#include <array>

#include "base/strings.h"
#include "jinja/scan.h"
#include "resolve/built_in_macros.h"
#include "resolve/draft.h"

namespace tidemark::resolve {

namespace {

std::map<std::string, std::vector<std::string>> dispatch_orders(const project::Project& root) {
  std::map<std::string, std::vector<std::string>> out;
  for (const Json& entry : root.dispatch) {
    if (!entry.is_object() || !entry.contains("macro_namespace") || !entry["macro_namespace"].is_string()) continue;
    out[entry["macro_namespace"].get<std::string>()] = Config(entry).list("search_order");
  }
  return out;
}

void describe_macros(Workbench& bench) {
  for (Property* property : bench.properties.all("macros")) {
    const Macro* found = bench.shared->macros.find_in(property->package, property->name);
    if (found == nullptr) continue;
    property->used = true;
    // The registry is still ours alone: nobody renders yet.
    MacroInfo& info = const_cast<Macro*>(found)->info;
    std::vector<std::string> used_docs;
    try {
      info.description = rendered_description(bench, property->package, property->yaml, used_docs);
      info.patch_path = property->file_id();
      if (const project::Yaml* meta = map_member(property->yaml, "meta")) info.meta = meta->to_json();
      for (const project::Yaml& argument : list_member(property->yaml, "arguments")) {
        info.arguments.push_back({text_member(argument, "name"), text_member(argument, "type"), text_member(argument, "description")});
      }
    } catch (const Error& error) {
      bench.errors.add(error);
    }
  }
}

// A docs block is a template that sees nothing: what it writes in {{ }} is empty, what it needs literally stands in raw.
std::string rendered_alone(const Workbench& bench, const jinja::TextBlock& block) {
  const SourceSpan& span = block.contents;
  if (!jinja::has_template_syntax(span.text())) return std::string(span.text());
  jinja::MapGlobals nothing;
  const jinja::TemplatePtr parsed = bench.shared->environment.parse(span.source, span.offset, span.length);
  const jinja::RenderOptions options{.undefined = jinja::UndefinedKind::kDefault, .limits = {}};
  return jinja::Render(bench.shared->environment, nothing, options).render(*parsed);
}

}  // namespace

void load_macros(Workbench& bench) {
  SharedContext& shared = *bench.shared;
  for (const BuiltInFile& file : built_in_macro_files(bench.input.macros_folder)) {
    shared.macros.add_file(std::string(kBuiltInPackage), file.path, make_source("dbt/" + file.path, file.text), bench.errors);
  }
  for (const auto& [name, package] : bench.packages) {
    for (const auto* files : {&package.project->macros, &package.project->generic_tests}) {
      for (const project::ResourceFile& file : *files) shared.macros.add_file(name, file.original_file_path, file.text, bench.errors);
    }
  }
  shared.macros.finish(bench.input.dispatch_order, dispatch_orders(*bench.input.project));
  install_functions(shared);
  describe_macros(bench);
}

void load_docs(Workbench& bench) {
  constexpr std::array<std::string_view, 1> kKinds{"docs"};
  for (const auto& [name, package] : bench.packages) {
    for (const project::ResourceFile& file : package.project->docs) {
      try {
        for (const jinja::TextBlock& block : jinja::scan_blocks(file.text, kKinds)) {
          DocBlock doc;
          doc.name = std::string(block.name);
          doc.package_name = name;
          doc.unique_id = "doc." + name + "." + doc.name;
          doc.path = file.path;
          doc.original_file_path = file.original_file_path;
          doc.contents = std::string(trim(rendered_alone(bench, block)));
          if (!bench.docs.emplace(doc.unique_id, doc).second) {
            bench.errors.add(Error("TM1201", fmt::format("two docs blocks of package '{}' are named '{}'", name, doc.name)).at(block.span));
          }
        }
      } catch (const Error& error) {
        bench.errors.add(error);
      }
    }
  }
}

}  // namespace tidemark::resolve
