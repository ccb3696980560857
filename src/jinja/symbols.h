// The names of one scope while it is being analysed.
#pragma once
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "jinja/ast.h"

namespace tidemark::jinja {

class Symbols {
 public:
  explicit Symbols(const Symbols* outer) : outer_(outer) {}

  void store(std::string_view name);
  void load(std::string_view name);
  uint32_t declare_parameter(std::string_view name);

  // Branches of an if: each begins with the state before the first; end_branches() merges what they did.
  class Branches {
   public:
    explicit Branches(Symbols& symbols) : symbols_(symbols) {}
    void begin();
    void end();
    void merge();

   private:
    struct Change;
    Symbols& symbols_;
    size_t mark_ = 0;
    std::vector<std::pair<uint32_t, Slot>> loads_;  // of names that a branch referred to, in order of the branches
    std::vector<uint32_t> stored_;
  };

  // Where `name` lives, seen from this scope; false where it is unknown here and outside.
  bool find(std::string_view name, uint16_t& up, uint32_t& slot) const;
  std::vector<Slot> slots() const;

 private:
  struct Entry {
    Slot slot;
    bool referred = false;  // has a variable in this scope
    bool stored = false;
  };
  uint32_t entry(std::string_view name);
  Entry& change(uint32_t i);  // remembers the entry for the branch in progress
  bool find_outside(std::string_view name, uint16_t& up, uint32_t& slot) const;

  const Symbols* outer_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string_view, uint32_t> index_;
  std::vector<std::pair<uint32_t, Entry>> undo_;
};

}  // namespace tidemark::jinja
