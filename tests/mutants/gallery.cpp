#include "../odd/odd.hpp"
#include "find_entry.hpp"
#include "foreign.hpp"
#include "harness.hpp"
#include "persisted_defect.hpp"
#include "remote_defect.hpp"
#include "role.hpp"
#include "stored_defect.hpp"

#include <streamtest/certify/options.hpp>
#include <streamtest/certify/plugin.hpp>

// The gallery as a plug-in: `plugin:gallery.so?O-18` is the stream with that defect.

namespace {

using streamtest::GalleryEntry;
using streamtest::SubjectFactory;

const std::vector<GalleryEntry>& gallery() {
  static const std::vector<GalleryEntry> list = [] {
    std::vector<GalleryEntry> shown;
    for (const mutants::Entry& entry : mutants::entries()) shown.push_back(entry.shown);
    for (const auto& entry : mutants::persisted::entries()) shown.push_back(entry.shown);
    for (const auto& entry : mutants::stored::entries()) shown.push_back(entry.shown);
    for (const auto& entry : mutants::remote::entries()) shown.push_back(entry.shown);
    for (const auto* roles : {&mutants::handler_entries(), &mutants::consumer_entries()})
      for (const mutants::RoleEntry& entry : *roles) shown.push_back(entry.shown);
    for (const odd::Entry& entry : odd::entries())
      shown.push_back({entry.id, entry.base, "", "", entry.sentence, true});
    return shown;
  }();
  return list;
}

SubjectFactory make(const std::string& id) {
  if (const mutants::Entry* entry = mutants::find_entry(mutants::entries(), id)) {
    if (entry->foreign)
      return streamtest::make_factory<mutants::Harness<mutants::ForeignStream>>(id);
    return streamtest::make_factory<mutants::Harness<mutants::Stream>>(id);
  }
  if (const auto* entry = mutants::find_entry(mutants::persisted::entries(), id))
    return make(*entry);
  if (const auto* entry = mutants::find_entry(mutants::stored::entries(), id)) return make(*entry);
  if (const auto* entry = mutants::find_entry(mutants::remote::entries(), id)) return make(*entry);
  for (const auto* roles : {&mutants::handler_entries(), &mutants::consumer_entries()})
    for (const mutants::RoleEntry& entry : *roles)
      if (id == entry.shown.id) return entry.make(id);
  for (const odd::Entry& entry : odd::entries())
    if (id == entry.id) return entry.make(id);
  std::string known;
  for (const GalleryEntry& entry : gallery()) known += " " + entry.id;
  throw streamtest::UsageError("the gallery has no stream '" + id + "'; it has" + known);
}

}  // namespace

STREAMTEST_PLUGIN_FACTORY("gallery", make);

extern "C" __attribute__((visibility("default"))) const std::vector<GalleryEntry>*
streamtest_gallery() {
  return &gallery();
}
