#include "gallery.hpp"

#include "../odd/odd.hpp"
#include "find_entry.hpp"
#include "foreign.hpp"
#include "handlers.hpp"
#include "harness.hpp"
#include "monitor.hpp"
#include "persisted_defect.hpp"
#include "remote_defect.hpp"
#include "role.hpp"
#include "stored_defect.hpp"

#include <streamtest/certify/options.hpp>

#include <functional>

namespace mutants {

using streamtest::GalleryEntry;
using streamtest::SubjectFactory;

const std::vector<GalleryEntry>& gallery() {
  static const std::vector<GalleryEntry> list = [] {
    std::vector<GalleryEntry> shown;
    for (const Entry& entry : entries()) shown.push_back(entry.shown);
    for (const auto& entry : persisted::entries()) shown.push_back(entry.shown);
    for (const auto& entry : stored::entries()) shown.push_back(entry.shown);
    for (const auto& entry : remote::entries()) shown.push_back(entry.shown);
    for (const auto& entry : monitor::entries()) shown.push_back(entry.shown);
    for (const auto& entry : handlers::entries()) shown.push_back(entry.shown);
    for (const auto* roles : {&handler_entries(), &consumer_entries()})
      for (const RoleEntry& entry : *roles) shown.push_back(entry.shown);
    for (const odd::Entry& entry : odd::entries())
      shown.push_back({entry.id, entry.base, "", "", entry.sentence, true});
    return shown;
  }();
  return list;
}

namespace {

SubjectFactory make_entry(const std::string& id) {
  if (const Entry* entry = find_entry(entries(), id)) {
    if (entry->foreign) return streamtest::make_factory<Harness<ForeignStream>>(id);
    return streamtest::make_factory<Harness<Stream>>(id);
  }
  if (const auto* entry = find_entry(persisted::entries(), id)) return make(*entry);
  if (const auto* entry = find_entry(stored::entries(), id)) return make(*entry);
  if (const auto* entry = find_entry(remote::entries(), id)) return make(*entry);
  if (const auto* entry = find_entry(monitor::entries(), id)) return make(*entry);
  if (const auto* entry = find_entry(handlers::entries(), id)) return make(*entry);
  for (const auto* roles : {&handler_entries(), &consumer_entries()})
    for (const RoleEntry& entry : *roles)
      if (id == entry.shown.id) return entry.make(id);
  for (const odd::Entry& entry : odd::entries())
    if (id == entry.id) return entry.make(id);
  std::string known;
  for (const GalleryEntry& entry : gallery()) known += " " + entry.id;
  throw streamtest::UsageError("the gallery has no stream '" + id + "'; it has" + known);
}

/// The scenario's arguments say which defect it is.
template <typename Made>
void name_in_scenario(std::function<Made(const streamtest::Scenario&)>& make,
                      const std::string& id) {
  if (!make) return;
  make = [make, id](const streamtest::Scenario& scenario) {
    streamtest::Scenario named = scenario;
    named.arguments = id;
    return make(named);
  };
}

}  // namespace

SubjectFactory make(const std::string& id) {
  SubjectFactory factory = make_entry(id);
  name_in_scenario(factory.make, id);
  name_in_scenario(factory.make_handler, id);
  name_in_scenario(factory.make_consumer, id);
  return factory;
}

}  // namespace mutants
