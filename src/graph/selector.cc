#include "graph/selector.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "graph/criterion.h"
#include "graph/match.h"

namespace tidemark::graph {

namespace {

bool is_test(const Node& node) { return node.type == ResourceType::kTest || node.type == ResourceType::kUnitTest; }

// Nodes chosen by name, and tests that came along because of what they test. The latter are taken only where the mode
// allows it for the selection as a whole.
struct Chosen {
  std::set<std::string> direct;
  std::set<std::string> indirect;  // waits for its other parents (cautious, buildable)
};

void unite(Chosen& into, const Chosen& other) {
  into.direct.insert(other.direct.begin(), other.direct.end());
  into.indirect.insert(other.indirect.begin(), other.indirect.end());
}

std::set<std::string> intersect(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::set<std::string> out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(out, out.end()));
  return out;
}

class Selector {
 public:
  Selector(const Manifest& manifest, const Dag& dag, const SelectionRequest& request) : manifest_(manifest), dag_(dag), request_(request) {}

  Selection run() {
    Chosen chosen;
    std::string default_name;
    if (!request_.selector.empty()) {
      chosen = by_name(request_.selector);
    } else if (request_.select.empty() && request_.exclude.empty() && !(default_name = default_selector()).empty()) {
      chosen = by_name(default_name);
    } else {
      chosen = request_.select.empty() ? everything() : union_of(request_.select);
      subtract(chosen, request_.exclude);
    }
    settle_tests(chosen, request_.indirect);
    selection_.ids = std::move(chosen.direct);
    return std::move(selection_);
  }

 private:
  Chosen everything() const {
    Chosen out;
    for (const auto* group : {&manifest_.nodes, &manifest_.sources, &manifest_.exposures, &manifest_.unit_tests}) {
      for (const auto& [id, node] : *group) out.direct.insert(id);
    }
    return out;
  }

  // Criteria apart by spaces or list elements are united, those joined by commas intersected.
  Chosen union_of(const std::vector<std::string>& texts) {
    Chosen out;
    for (const std::string& text : texts) {
      for (const std::string& part : split(text, ' ')) {
        if (!part.empty()) unite(out, intersection_of(part));
      }
    }
    return out;
  }

  Chosen intersection_of(const std::string& text) {
    Chosen out;
    bool first = true;
    for (const std::string& part : split(text, ',')) {
      if (part.empty()) continue;
      Chosen one = by_criterion(parse_criterion(part));
      if (first) {
        out = std::move(one);
      } else {
        std::set<std::string> left = out.direct;
        left.insert(out.indirect.begin(), out.indirect.end());
        std::set<std::string> right = one.direct;
        right.insert(one.indirect.begin(), one.indirect.end());
        const std::set<std::string> direct = intersect(out.direct, one.direct);
        out.indirect = intersect(left, right);
        out.direct = direct;
        for (const std::string& id : direct) out.indirect.erase(id);
      }
      first = false;
    }
    return out;
  }

  Chosen by_criterion(const Criterion& criterion) {
    if (criterion.method == "selector") return grow(criterion, by_name(criterion.value).direct);
    std::set<std::string> matched = match(manifest_, request_, criterion);
    if (matched.empty()) selection_.warnings.push_back(fmt::format("The selection criterion '{}' does not match any enabled nodes", criterion.text));
    return grow(criterion, matched);
  }

  Chosen grow(const Criterion& criterion, const std::set<std::string>& matched) const {
    std::set<std::string> ids = matched;
    for (const std::string& id : matched) {
      if (criterion.childrens_parents) {
        for (const std::string& child : dag_.descendants(id)) {
          ids.insert(child);
          ids.merge(dag_.ancestors(child));
        }
        ids.merge(dag_.ancestors(id));
      }
      if (criterion.parents) ids.merge(dag_.ancestors(id, *criterion.parents));
      if (criterion.children) ids.merge(dag_.descendants(id, *criterion.children));
    }
    return with_tests(std::move(ids), criterion.indirect.value_or(request_.indirect));
  }

  // Tests of the chosen nodes, by the mode of indirect selection.
  Chosen with_tests(std::set<std::string> ids, IndirectSelection mode) const {
    Chosen out;
    out.direct = std::move(ids);
    if (mode == IndirectSelection::kEmpty) return out;
    std::set<std::string> candidates;
    for (const std::string& id : out.direct) {
      for (const std::string& child : dag_.children(id)) {
        if (is_test(*manifest_.find(child)) && !out.direct.contains(child)) candidates.insert(child);
      }
    }
    for (const std::string& test : candidates) {
      if (mode == IndirectSelection::kEager) {
        out.direct.insert(test);
      } else {
        out.indirect.insert(test);
      }
    }
    return out;
  }

  // Cautious: all that a test depends on is selected. Buildable: or is a source, or an ancestor of something that is selected.
  void settle_tests(Chosen& chosen, IndirectSelection mode) const {
    std::set<std::string> allowed = chosen.direct;
    if (mode == IndirectSelection::kBuildable) {
      for (const std::string& id : chosen.direct) allowed.merge(dag_.ancestors(id));
      for (const auto& [id, source] : manifest_.sources) allowed.insert(id);
    }
    for (const std::string& test : chosen.indirect) {
      const std::vector<std::string>& parents = dag_.parents(test);
      if (std::all_of(parents.begin(), parents.end(), [&](const std::string& parent) { return allowed.contains(parent); })) chosen.direct.insert(test);
    }
  }

  void subtract(Chosen& chosen, const std::vector<std::string>& exclude) {
    if (exclude.empty()) return;
    const Chosen out = union_of(exclude);
    for (const std::string& id : out.direct) {
      chosen.direct.erase(id);
      chosen.indirect.erase(id);
    }
  }

  std::string default_selector() const {
    if (!request_.selectors.is_object() || !request_.selectors.contains("selectors")) return {};
    for (const Json& selector : request_.selectors["selectors"]) {
      if (selector.is_object() && selector.contains("default") && selector["default"] == true) return selector.value("name", "");
    }
    return {};
  }

  Chosen by_name(const std::string& name) {
    std::vector<std::string> names;
    if (request_.selectors.is_object() && request_.selectors.contains("selectors")) {
      for (const Json& selector : request_.selectors["selectors"]) {
        if (selector.value("name", "") == name && selector.contains("definition")) {
          if (++depth_ > 50) throw Error("TM3011", fmt::format("the selector '{}' refers to itself", name));
          Chosen out = by_definition(selector["definition"]);
          --depth_;
          return out;
        }
        names.push_back(selector.value("name", ""));
      }
    }
    Error error("TM3011", fmt::format("there is no selector '{}'", name));
    const std::string near = nearest_name(name, names);
    error.hint(near.empty() ? "selectors stand in selectors.yml" : fmt::format("did you mean '{}'?", near));
    throw error;
  }

  Chosen by_definition(const Json& definition) {
    if (definition.is_string()) return union_of({definition.get<std::string>()});
    if (!definition.is_object()) throw Error("TM3011", "a selector's definition is a text or a mapping");
    if (definition.contains("union") || definition.contains("intersection")) return by_set(definition);
    if (definition.contains("method")) return by_method(definition);
    if (definition.size() == 1) return union_of({definition.begin().key() + ":" + definition.begin().value().get<std::string>()});
    throw Error("TM3011", fmt::format("a selector's definition is not understood: {}", definition.dump()));
  }

  Chosen by_set(const Json& definition) {
    const bool is_union = definition.contains("union");
    Chosen out;
    bool first = true;
    std::vector<const Json*> excludes;
    for (const Json& part : definition[is_union ? "union" : "intersection"]) {
      if (part.is_object() && part.contains("exclude")) {
        excludes.push_back(&part["exclude"]);
        continue;
      }
      Chosen one = by_definition(part);
      if (first || is_union) {
        unite(out, one);
      } else {
        out.direct = intersect(out.direct, one.direct);
        out.indirect = intersect(out.indirect, one.indirect);
      }
      first = false;
    }
    for (const Json* exclude : excludes) subtract_definitions(out, *exclude);
    return out;
  }

  Chosen by_method(const Json& definition) {
    Criterion criterion = parse_criterion(definition.value("method", "fqn") + ":" +
                                          (definition.contains("value") && definition["value"].is_string() ? definition["value"].get<std::string>()
                                                                                                           : definition.value("value", Json("")).dump()));
    if (definition.value("childrens_parents", false)) criterion.childrens_parents = true;
    if (definition.value("parents", false)) criterion.parents = definition.value("parents_depth", -1);
    if (definition.value("children", false)) criterion.children = definition.value("children_depth", -1);
    if (definition.contains("indirect_selection")) criterion.indirect = indirect_selection_from(definition.value("indirect_selection", ""));
    Chosen out = by_criterion(criterion);
    if (criterion.indirect) settle_tests(out, *criterion.indirect);
    if (definition.contains("exclude")) subtract_definitions(out, definition["exclude"]);
    return out;
  }

  void subtract_definitions(Chosen& chosen, const Json& definitions) {
    for (const Json& definition : definitions.is_array() ? definitions : Json::array({definitions})) {
      for (const std::string& id : by_definition(definition).direct) {
        chosen.direct.erase(id);
        chosen.indirect.erase(id);
      }
    }
  }

  const Manifest& manifest_;
  const Dag& dag_;
  const SelectionRequest& request_;
  Selection selection_;
  int depth_ = 0;
};

}  // namespace

IndirectSelection indirect_selection_from(const std::string& text) {
  if (text == "eager" || text.empty()) return IndirectSelection::kEager;
  if (text == "cautious") return IndirectSelection::kCautious;
  if (text == "buildable") return IndirectSelection::kBuildable;
  if (text == "empty") return IndirectSelection::kEmpty;
  throw Error("TM3010", fmt::format("'{}' is no mode of indirect selection", text)).hint("eager, cautious, buildable or empty");
}

Selection select(const Manifest& manifest, const Dag& dag, const SelectionRequest& request) { return Selector(manifest, dag, request).run(); }

}  // namespace tidemark::graph
