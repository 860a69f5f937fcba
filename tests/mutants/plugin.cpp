#include "gallery.hpp"

#include <streamtest/certify/plugin.hpp>

// The gallery as a plug-in: `plugin:gallery.so?O-18` is the stream with that defect.
STREAMTEST_PLUGIN_FACTORY("gallery", mutants::make);

extern "C" __attribute__((visibility("default"))) const std::vector<streamtest::GalleryEntry>*
streamtest_gallery() {
  return &mutants::gallery();
}
