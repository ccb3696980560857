#include "jinja/symbols.h"

#include <algorithm>

namespace tidemark::jinja {

uint32_t Symbols::entry(std::string_view name) {
  const auto [found, added] = index_.try_emplace(name, static_cast<uint32_t>(entries_.size()));
  if (added) {
    entries_.emplace_back();
    entries_.back().slot.name = name;
  }
  return found->second;
}

Symbols::Entry& Symbols::change(uint32_t i) {
  undo_.emplace_back(i, entries_[i]);
  return entries_[i];
}

bool Symbols::find_outside(std::string_view name, uint16_t& up, uint32_t& slot) const {
  uint16_t levels = 1;
  for (const Symbols* scope = outer_; scope != nullptr; scope = scope->outer_, ++levels) {
    const auto found = scope->index_.find(name);
    if (found == scope->index_.end() || !scope->entries_[found->second].referred) continue;
    up = levels;
    slot = found->second;
    return true;
  }
  return false;
}

bool Symbols::find(std::string_view name, uint16_t& up, uint32_t& slot) const {
  const auto found = index_.find(name);
  if (found != index_.end() && entries_[found->second].referred) {
    up = 0;
    slot = found->second;
    return true;
  }
  return find_outside(name, up, slot);
}

void Symbols::store(std::string_view name) {
  const uint32_t i = entry(name);
  Entry& e = change(i);
  e.stored = true;
  if (e.referred) return;
  e.referred = true;
  e.slot.load = find_outside(name, e.slot.alias_up, e.slot.alias_slot) ? Load::kAlias : Load::kUndefined;
}

void Symbols::load(std::string_view name) {
  uint16_t up = 0;
  uint32_t slot = 0;
  if (find(name, up, slot)) return;
  Entry& e = change(entry(name));
  e.referred = true;
  e.slot.load = Load::kResolve;
}

uint32_t Symbols::declare_parameter(std::string_view name) {
  const uint32_t i = entry(name);
  Entry& e = change(i);
  e.stored = true;
  e.referred = true;
  e.slot.load = Load::kParameter;
  return i;
}

void Symbols::Branches::begin() { mark_ = symbols_.undo_.size(); }

void Symbols::Branches::end() {
  // What the branch did is kept aside, and the state before it restored. The oldest change of an entry holds that state.
  auto& undo = symbols_.undo_;
  std::vector<uint32_t> changed;
  for (size_t i = mark_; i < undo.size(); ++i) changed.push_back(undo[i].first);
  std::sort(changed.begin(), changed.end());
  changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  for (const uint32_t i : changed) {
    const Entry& e = symbols_.entries_[i];
    if (e.referred) loads_.emplace_back(i, e.slot);
    if (e.stored) stored_.push_back(i);
  }
  for (; undo.size() > mark_; undo.pop_back()) symbols_.entries_[undo.back().first] = undo.back().second;
}

void Symbols::Branches::merge() {
  std::vector<uint32_t> newly_stored;
  for (const uint32_t i : stored_) {
    if (!symbols_.entries_[i].stored) newly_stored.push_back(i);
  }
  for (const auto& [i, slot] : loads_) {
    Entry& e = symbols_.change(i);
    e.referred = true;
    e.slot = slot;
  }
  for (const uint32_t i : stored_) symbols_.change(i).stored = true;
  for (const uint32_t i : newly_stored) {
    Entry& e = symbols_.change(i);
    e.slot.load = symbols_.find_outside(e.slot.name, e.slot.alias_up, e.slot.alias_slot) ? Load::kAlias : Load::kResolve;
  }
}

std::vector<Slot> Symbols::slots() const {
  std::vector<Slot> out;
  out.reserve(entries_.size());
  for (const Entry& e : entries_) out.push_back(e.slot);
  return out;
}

}  // namespace tidemark::jinja
