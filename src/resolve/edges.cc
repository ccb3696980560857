#include "resolve/edges.h"

#include <algorithm>

#include "base/strings.h"

namespace tidemark::resolve {

namespace {

void depend_on(Node& node, const std::string& id) {
  if (std::find(node.depends_on_nodes.begin(), node.depends_on_nodes.end(), id) == node.depends_on_nodes.end()) node.depends_on_nodes.push_back(id);
}

void check_access(const Node& from, const Node& to, const SourceSpan& span) {
  if (to.type != ResourceType::kModel || to.access != "private") return;
  const bool same_group = !to.group.empty() && from.group == to.group && from.package_name == to.package_name;
  const bool is_test = from.type == ResourceType::kTest || from.type == ResourceType::kUnitTest;
  if (same_group || is_test) return;
  throw Error("TM3105", fmt::format("model '{}' is private to group '{}'", to.name, to.group)).at(span).hint(from.unique_id + " is not in that group");
}

// Adds the place where the fault has none of its own.
void place(Error& error, const SourceSpan& span, const Node& node) {
  if (error.spans().empty()) error.at(span);
  if (error.hint().empty()) error.hint("in " + node.unique_id);
}

// False: the node tests something that is disabled.
bool connect_one(Workbench& bench, const Lookup& lookup, Draft& draft) {
  Node& node = *draft.node;
  Findings& findings = draft.findings;
  const auto resolve_each = [&](const auto& all, const auto& spans, const auto& find) {
    for (size_t i = 0; i < all.size(); ++i) {
      try {
        const NodePtr target = find(all[i]);
        check_access(node, *target, spans[i]);
        depend_on(node, target->unique_id);
      } catch (Error& error) {
        if (error.code() == "TM3103" && node.type == ResourceType::kTest) return false;
        place(error, spans[i], node);
        bench.errors.add(error);
      }
    }
    return true;
  };
  const std::string& root = bench.root();
  return resolve_each(findings.sources, findings.source_spans, [&](const SourceArgs& args) { return lookup.source(args, root, node.package_name); }) &&
         resolve_each(findings.refs, findings.ref_spans, [&](const RefArgs& args) { return lookup.ref(args, root, node.package_name); });
}

}  // namespace

void connect(Workbench& bench, const Lookup& lookup) {
  std::vector<Draft> kept;
  kept.reserve(bench.drafts.size());
  for (Draft& draft : bench.drafts) {
    Node& node = *draft.node;
    node.refs = draft.findings.refs;
    node.sources = draft.findings.sources;
    node.depends_on_macros = draft.findings.macros;
    if (connect_one(bench, lookup, draft)) {
      kept.push_back(std::move(draft));
    } else {
      bench.disabled.push_back(draft.node);
    }
  }
  bench.drafts = std::move(kept);
}

void check_unique(Workbench& bench) {
  std::map<std::string, const Draft*> ids;
  std::map<std::pair<std::string, std::string>, const Draft*> names;  // of what ref() finds, by package
  std::map<std::string, const Draft*> relations;
  const auto clash = [&](const char* code, const std::string& message, const Draft& a, const Draft& b, const char* hint) {
    bench.errors.add(Error(code, message).at(a.place).at(b.place).hint(hint));
  };
  for (const Draft& draft : bench.drafts) {
    const Node& node = *draft.node;
    if (const auto [it, is_new] = ids.try_emplace(node.unique_id, &draft); !is_new) {
      clash("TM1201",
            fmt::format("two {}s are named '{}' ({} and {})", to_string(node.type), node.name, it->second->node->original_file_path, node.original_file_path),
            draft, *it->second, node.type == ResourceType::kTest ? "take one of them out, or give it a name of its own" : "rename one of them");
      continue;
    }
    if (!node.is_refable()) continue;
    const std::string name = node.version ? node.name + ".v" + *node.version : node.name;
    if (const auto [it, is_new] = names.try_emplace({node.package_name, name}, &draft); !is_new) {
      clash("TM1201", fmt::format("ref('{}') would name two nodes: {} and {}", node.name, it->second->node->unique_id, node.unique_id), draft, *it->second,
            "rename one of them");
      continue;
    }
    if (node.is_ephemeral()) continue;
    const std::string relation = to_lower(node.relation().render());
    if (const auto [it, is_new] = relations.try_emplace(relation, &draft); !is_new) {
      clash("TM1203", fmt::format("{} and {} would both make {}", it->second->node->unique_id, node.unique_id, node.relation().render()), draft, *it->second,
            "give one of them another alias or schema");
    }
  }
}

}  // namespace tidemark::resolve
