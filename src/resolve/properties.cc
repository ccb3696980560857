#include "resolve/properties.h"

#include <array>

namespace tidemark::resolve {

using project::Yaml;

namespace {

constexpr std::array<std::string_view, 10> kSections{"models",  "seeds",     "snapshots", "analyses",   "macros",
                                                     "sources", "exposures", "groups",    "unit_tests", "data_tests"};

[[noreturn]] void wrong_kind(const Yaml& value, const char* key, const char* wanted) {
  throw Error("TM1213", fmt::format("'{}' must be {}, and this is {}", key, wanted, value.kind_name())).at(value.span());
}

}  // namespace

std::string text_member(const Yaml& map, const char* key) {
  const Yaml* value = map.find(key);
  if (value == nullptr || value->is_null()) return "";
  if (value->is_list() || value->is_map()) wrong_kind(*value, key, "a text");
  return value->scalar_text();
}

const Yaml::List& list_member(const Yaml& map, const char* key) {
  static const Yaml::List kEmpty;
  const Yaml* value = map.find(key);
  if (value == nullptr || value->is_null()) return kEmpty;
  if (!value->is_list()) wrong_kind(*value, key, "a list");
  return value->items();
}

const Yaml* map_member(const Yaml& map, const char* key) {
  const Yaml* value = map.find(key);
  if (value == nullptr || value->is_null()) return nullptr;
  if (!value->is_map()) wrong_kind(*value, key, "a mapping");
  return value;
}

void Properties::add(const project::Project& package, ErrorSink& errors) {
  for (const project::PropertyFile& file : package.properties) {
    for (const std::string_view section : kSections) {
      const Yaml* list = file.content.find(section);
      if (list == nullptr || list->is_null()) continue;
      if (!list->is_list()) {
        errors.add(Error("TM1213", fmt::format("'{}' must be a list, and this is {}", section, list->kind_name()))
                       .at(list->span())
                       .hint("each entry begins with '- name:'"));
        continue;
      }
      for (const Yaml& entry : list->items()) add_entry(package, file, std::string(section), entry, errors);
    }
  }
}

void Properties::add_entry(const project::Project& package, const project::PropertyFile& file, const std::string& section, const Yaml& entry,
                           ErrorSink& errors) {
  if (!entry.is_map()) {
    errors.add(Error("TM1213", fmt::format("an entry of '{}' must be a mapping, and this is {}", section, entry.kind_name())).at(entry.span()));
    return;
  }
  const Yaml* name = entry.find("name");
  if (name == nullptr || name->is_null() || name->is_list() || name->is_map()) {
    errors.add(Error("TM1213", fmt::format("an entry of '{}' has no name", section)).at(entry.span()).hint("add 'name:'"));
    return;
  }
  auto property = std::make_unique<Property>();
  property->section = section;
  property->package = package.name;
  property->name = name->scalar_text();
  property->file = &file;
  property->yaml = entry;
  // Sources of one name may be spread over files, and unit tests are named within their model.
  const bool may_repeat = section == "sources" || section == "unit_tests";
  if (!may_repeat) {
    const auto [it, is_new] = by_name_[{section, package.name}].try_emplace(property->name, property.get());
    if (!is_new) {
      errors.add(Error("TM1210", fmt::format("'{}' is described twice under '{}'", property->name, section))
                     .at(name->span())
                     .at(it->second->yaml.find("name")->span())
                     .hint("put the two together"));
      return;
    }
  }
  entries_.push_back(std::move(property));
}

Property* Properties::find(const std::string& section, const std::string& package, const std::string& name) {
  const auto table = by_name_.find({section, package});
  if (table == by_name_.end()) return nullptr;
  const auto it = table->second.find(name);
  return it == table->second.end() ? nullptr : it->second;
}

std::vector<Property*> Properties::all(const std::string& section) {
  std::vector<Property*> out;
  for (const auto& entry : entries_) {
    if (entry->section == section) out.push_back(entry.get());
  }
  return out;
}

void Properties::report_unused(std::vector<Error>& warnings) const {
  for (const auto& entry : entries_) {
    if (entry->used) continue;
    const std::string& section = entry->section;
    if (section == "sources" || section == "exposures" || section == "groups" || section == "unit_tests" || section == "data_tests") continue;
    std::string one = section == "analyses" ? "analysis" : section.substr(0, section.size() - 1);
    warnings.push_back(
        Error("TM1215", fmt::format("there is no {} '{}'", one, entry->name)).at(entry->yaml.find("name")->span()).hint("this entry has no effect"));
  }
}

}  // namespace tidemark::resolve
