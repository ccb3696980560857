#include "project/yaml.h"

#include <cmath>
#include <limits>
#include <map>
#include <sstream>
#include <unordered_map>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "base/json.h"
#include "project/yaml_scalar.h"

namespace tidemark::project {

namespace {

const Yaml::List kNoItems;
const Yaml::Map kNoEntries;
constexpr size_t kMaxDepth = 200;          // nested lists and mappings
constexpr size_t kMaxJsonNodes = 5000000;  // aliases may multiply

Json to_json_counted(const Yaml& value, size_t& budget) {
  if (budget-- == 0) throw Error("TM1004", "this YAML expands to too many values").at(value.span()).hint("aliases (*name) multiply what they stand for");
  if (value.is_bool()) return value.as_bool();
  if (value.is_int()) return value.as_int();
  if (value.is_float()) return value.as_float();
  if (value.is_string()) return value.as_string();
  if (value.is_list()) {
    Json out = Json::array();
    for (const Yaml& item : value.items()) out.push_back(to_json_counted(item, budget));
    return out;
  }
  if (value.is_map()) {
    Json out = Json::object();
    for (const auto& [key, item] : value.entries()) out[key.scalar_text()] = to_json_counted(item, budget);
    return out;
  }
  return nullptr;
}

}  // namespace

std::string_view Yaml::kind_name() const {
  if (is_null()) return "nothing";
  if (is_bool()) return "true or false";
  if (is_int() || is_float()) return "a number";
  if (is_string()) return "text";
  return is_list() ? "a list" : "a mapping";
}

const Yaml::List& Yaml::items() const { return is_list() ? *std::get<std::shared_ptr<const List>>(data_) : kNoItems; }

const Yaml::Map& Yaml::entries() const { return is_map() ? *std::get<std::shared_ptr<const Map>>(data_) : kNoEntries; }

const Yaml* Yaml::find(std::string_view key) const {
  for (const auto& [name, value] : entries()) {
    if (name.is_string() ? name.as_string() == key : name.scalar_text() == key) return &value;
  }
  return nullptr;
}

std::string Yaml::scalar_text() const {
  if (is_bool()) return as_bool() ? "True" : "False";
  if (is_int()) return std::to_string(as_int());
  if (is_float()) return fmt::format("{}", as_float());
  return is_string() ? as_string() : std::string();
}

Json Yaml::to_json() const {
  size_t budget = kMaxJsonNodes;
  return to_json_counted(*this, budget);
}

// Turns yaml-cpp's events into a tree. One open collection a level of nesting.
class YamlBuilder : public YAML::EventHandler {
 public:
  YamlBuilder(SourceTextPtr source, std::vector<Error>* warnings) : source_(std::move(source)), warnings_(warnings) {
    // yaml-cpp counts characters; offsets into the text are bytes.
    const std::string& text = source_->text;
    ascii_ = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  }

  Yaml take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(make(mark), anchor); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Error("TM1001", "an alias to a value that contains it").at(make(mark).span());
    add(found->second, YAML::NullAnchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& text) override {
    Yaml value = make(mark, static_cast<uint32_t>(text.size()));
    if (tag == "?" || tag.empty()) {
      value.data_ = resolve_plain(text);
    } else if (tag == "tag:yaml.org,2002:int" || tag == "tag:yaml.org,2002:float" || tag == "tag:yaml.org,2002:bool") {
      value.data_ = resolve_plain(text);
    } else {
      value.data_ = text;
    }
    add(std::move(value), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override { open(mark, anchor, false); }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override { open(mark, anchor, true); }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Yaml value;
    YAML::anchor_t anchor;
    bool is_map;
    bool has_key = false;
    Yaml key;
    Yaml::List items;
    Yaml::Map entries;
    std::unordered_map<std::string, size_t> places;  // of keys in `entries`
    std::vector<Yaml> merged;                        // values of <<
  };

  static Yaml::Data resolve_plain(const std::string& text) {
    return std::visit([](auto&& value) -> Yaml::Data { return value; }, resolve_scalar(text));
  }

  Yaml make(const YAML::Mark& mark, uint32_t length = 1) const {
    Yaml value;
    value.source_ = source_;
    value.offset_ = byte_offset(mark);
    value.length_ = length;
    return value;
  }

  uint32_t byte_offset(const YAML::Mark& mark) const {
    if (ascii_) return static_cast<uint32_t>(std::max(mark.pos, 0));
    return static_cast<uint32_t>(span_at(source_, static_cast<size_t>(mark.line) + 1, static_cast<size_t>(mark.column) + 1).offset);
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, bool is_map) {
    Open level;
    level.value = make(mark);
    level.anchor = anchor;
    level.is_map = is_map;
    if (open_.size() >= kMaxDepth) throw Error("TM1004", "lists and mappings are nested too deeply").at(level.value.span());
    open_.push_back(std::move(level));
  }

  void close() {
    Open level = std::move(open_.back());
    open_.pop_back();
    if (level.is_map) {
      merge(level);
      level.value.data_ = std::make_shared<const Yaml::Map>(std::move(level.entries));
    } else {
      level.value.data_ = std::make_shared<const Yaml::List>(std::move(level.items));
    }
    add(std::move(level.value), level.anchor);
  }

  void add(Yaml value, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) anchors_[anchor] = value;
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& level = open_.back();
    if (!level.is_map) {
      level.items.push_back(std::move(value));
    } else if (!level.has_key) {
      if (value.is_list() || value.is_map())
        throw Error("TM1001", "a list or mapping can't be a key").at(value.span()).hint("text with {{ … }} must stand in quotes");
      level.key = std::move(value);
      level.has_key = true;
    } else {
      level.has_key = false;
      put(level, std::move(level.key), std::move(value));
    }
  }

  void put(Open& level, Yaml key, Yaml value) {
    if (key.is_string() && key.as_string() == "<<") {
      level.merged.push_back(std::move(value));
      return;
    }
    const auto [place, fresh] = level.places.emplace(key.scalar_text(), level.entries.size());
    if (fresh) {
      level.entries.emplace_back(std::move(key), std::move(value));
      return;
    }
    if (warnings_ != nullptr) {
      Error warning("TM1002", fmt::format("the key '{}' stands twice in one mapping; the last one counts", key.scalar_text()));
      warning.at(key.span()).at(level.entries[place->second].first.span());
      warnings_->push_back(std::move(warning));
    }
    level.entries[place->second].second = std::move(value);
  }

  // `<<: *base` and `<<: [*a, *b]`: own keys win over merged ones, earlier bases over later ones.
  static void merge(Open& level) {
    const auto take = [&level](const Yaml& base) {
      if (!base.is_map()) throw Error("TM1001", "<< wants a mapping or a list of mappings").at(base.span());
      for (const auto& [key, value] : base.entries()) {
        if (level.places.emplace(key.scalar_text(), level.entries.size()).second) level.entries.emplace_back(key, value);
      }
    };
    for (const Yaml& merged : level.merged) {
      if (!merged.is_list()) {
        take(merged);
        continue;
      }
      for (const Yaml& base : merged.items()) take(base);
    }
  }

  SourceTextPtr source_;
  std::vector<Error>* warnings_;
  bool ascii_ = true;
  Yaml root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Yaml> anchors_;
};

Yaml parse_yaml(const SourceTextPtr& source, std::vector<Error>* warnings) {
  YamlBuilder builder(source, warnings);
  try {
    std::istringstream stream(source->text);
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
  } catch (const YAML::ParserException& fault) {
    Error error("TM1001", "not valid YAML: " + fault.msg);
    error.at(span_at(source, static_cast<size_t>(std::max(fault.mark.line, 0)) + 1, static_cast<size_t>(std::max(fault.mark.column, 0)) + 1));
    throw error;
  }
  return builder.take();
}

Json parse_cli_mapping(const std::string& text, const std::string& flag) {
  if (text.empty()) return Json::object();
  const Yaml value = parse_yaml(make_source(flag, text));
  if (value.is_null()) return Json::object();
  if (!value.is_map())
    throw Error("TM1003", fmt::format("{} wants a mapping, and got {}", flag, value.kind_name()))
        .at(value.span())
        .hint(fmt::format("{} '{{name: value}}'", flag));
  return value.to_json();
}

}  // namespace tidemark::project
