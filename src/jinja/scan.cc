#include "jinja/scan.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "jinja/unicode.h"

namespace tidemark::jinja {

namespace {

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_part(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

struct BlockTag {
  std::string_view kind;
  std::string_view name;
  size_t begin = 0;
  size_t end = 0;
};

// Tags of a text one after the other; comments, expressions and raw blocks are skipped.
class Tags {
 public:
  explicit Tags(const SourceTextPtr& source) : source_(source), text_(source->text) {}

  bool next(BlockTag& tag) {
    while (true) {
      const size_t open = text_.find('{', at_);
      if (open == std::string_view::npos || open + 1 >= text_.size()) return false;
      const char c = text_[open + 1];
      at_ = open + 2;
      if (c == '#') {
        skip_behind("#}", open, "this comment is never closed with '#}'");
      } else if (c == '{') {
        skip_expression(open);
      } else if (c == '%') {
        if (take_tag(open, tag)) return true;
      } else {
        at_ = open + 1;
      }
    }
  }

 private:
  [[noreturn]] void fail(std::string message, size_t at) { throw Error("TM2009", std::move(message)).at({source_, at, 2}); }

  size_t after_blanks(size_t at) const {
    while (at < text_.size() && is_space(static_cast<unsigned char>(text_[at]))) ++at;
    return at;
  }

  size_t name_end(size_t at) const {
    if (at >= text_.size() || !is_name_start(text_[at])) return at;
    while (at < text_.size() && is_name_part(text_[at])) ++at;
    return at;
  }

  void skip_behind(std::string_view close, size_t open, std::string message) {
    const size_t end = text_.find(close, at_);
    if (end == std::string_view::npos) fail(std::move(message), open);
    at_ = end + close.size();
  }

  void skip_string(size_t open) {
    const char quote = text_[at_];
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    if (at_ >= text_.size()) fail("a string in this tag is never closed", open);
    ++at_;
  }

  // To behind `close`, which may also stand in strings.
  void skip_to(std::string_view close, size_t open, std::string message) {
    for (; at_ < text_.size();) {
      if (text_.substr(at_, close.size()) == close) {
        at_ += close.size();
        return;
      }
      if (text_[at_] == '\'' || text_[at_] == '"') {
        skip_string(open);
      } else {
        ++at_;
      }
    }
    fail(std::move(message), open);
  }

  void skip_expression(size_t open) { skip_to("}}", open, "this expression is never closed with '}}'"); }

  bool take_tag(size_t open, BlockTag& tag) {
    size_t at = at_;
    if (at < text_.size() && (text_[at] == '-' || text_[at] == '+')) ++at;
    at = after_blanks(at);
    const size_t kind_end = name_end(at);
    if (kind_end == at) return false;
    tag.kind = text_.substr(at, kind_end - at);
    const size_t name = after_blanks(kind_end);
    tag.name = name > kind_end ? text_.substr(name, name_end(name) - name) : std::string_view();
    tag.begin = open;
    at_ = kind_end;
    skip_to("%}", open, fmt::format("the tag '{}' is never closed with '%}}'", tag.kind));
    if (tag.kind == "raw") skip_raw(open);
    tag.end = at_;
    return true;
  }

  void skip_raw(size_t open) {
    while (true) {
      const size_t end = text_.find("{%", at_);
      if (end == std::string_view::npos) fail("this raw block is never closed with '{% endraw %}'", open);
      at_ = end + 2;
      size_t at = at_;
      if (at < text_.size() && (text_[at] == '-' || text_[at] == '+')) ++at;
      at = after_blanks(at);
      if (text_.substr(at, 6) != "endraw") continue;
      at = after_blanks(at + 6);
      if (at < text_.size() && (text_[at] == '-' || text_[at] == '+')) ++at;
      if (text_.substr(at, 2) != "%}") continue;
      at_ = at + 2;
      return;
    }
  }

  const SourceTextPtr& source_;
  std::string_view text_;
  size_t at_ = 0;
};

class BlockScanner {
 public:
  BlockScanner(const SourceTextPtr& source, std::span<const std::string_view> kinds) : source_(source), kinds_(kinds) {}

  std::vector<TextBlock> run() {
    Tags tags(source_);
    for (BlockTag tag; tags.next(tag);) take(tag);
    if (open_.kind.empty()) return std::move(blocks_);
    fail(fmt::format("the block '{}' is never closed: expected 'end{}'", open_.kind, open_.kind), open_);
  }

 private:
  [[noreturn]] void fail(std::string message, const BlockTag& at, const BlockTag* other = nullptr) {
    Error error("TM2009", std::move(message));
    error.at({source_, at.begin, at.end - at.begin});
    if (other != nullptr) error.at({source_, other->begin, other->end - other->begin});
    throw error;
  }

  void take(const BlockTag& tag) {
    control_flow(tag);
    if (std::find(kinds_.begin(), kinds_.end(), tag.kind) != kinds_.end()) {
      if (!flow_.empty()) fail(fmt::format("the block '{}' stands within '{}': it must be at the top level", tag.kind, flow_.back().kind), tag, &flow_.back());
      if (!open_.kind.empty()) fail(fmt::format("the block '{}' stands within a block '{}'", tag.kind, open_.kind), tag, &open_);
      open_ = tag;
    } else if (!open_.kind.empty() && tag.kind.starts_with("end") && tag.kind.substr(3) == open_.kind) {
      blocks_.push_back({open_.kind, open_.name, {source_, open_.begin, tag.end - open_.begin}, {source_, open_.end, tag.begin - open_.end}});
      open_ = {};
    }
  }

  // if and for, everywhere in the text: a block within one of them would depend on it.
  void control_flow(const BlockTag& tag) {
    if (tag.kind == "if" || tag.kind == "for") {
      flow_.push_back(tag);
    } else if (tag.kind == "endif" || tag.kind == "endfor") {
      if (flow_.empty()) fail(fmt::format("unexpected '{}': no '{}' is open", tag.kind, tag.kind.substr(3)), tag);
      if (flow_.back().kind != tag.kind.substr(3)) fail(fmt::format("unexpected '{}': expected 'end{}'", tag.kind, flow_.back().kind), tag, &flow_.back());
      flow_.pop_back();
    }
  }

  const SourceTextPtr& source_;
  std::span<const std::string_view> kinds_;
  BlockTag open_;  // no kind: none is open
  std::vector<BlockTag> flow_;
  std::vector<TextBlock> blocks_;
};

}  // namespace

std::vector<TextBlock> scan_blocks(const SourceTextPtr& source, std::span<const std::string_view> kinds) { return BlockScanner(source, kinds).run(); }

bool has_template_syntax(std::string_view text) {
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const char a = text[i];
    const char b = text[i + 1];
    if (a == '{' && (b == '{' || b == '%' || b == '#')) return true;
    if (b == '}' && (a == '}' || a == '%' || a == '#')) return true;
  }
  return false;
}

}  // namespace tidemark::jinja
