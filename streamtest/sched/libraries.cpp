#include <streamtest/sched/libraries.hpp>

#include <link.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace streamtest::sched::detail {
namespace {

struct Libraries {
  std::atomic<std::uintptr_t> begin = 0;
  std::atomic<std::uintptr_t> end = 0;
  unsigned long long loaded = 0;  ///< libraries ever, when it was looked for
};
constinit Libraries libraries;

int look(dl_phdr_info* info, std::size_t, void*) {
  constexpr int enough = 1;
  if (libraries.loaded == info->dlpi_adds) return enough;
  if (std::string_view(info->dlpi_name).find("/libsqlite3.so") == std::string_view::npos) return 0;
  std::uintptr_t begin = UINTPTR_MAX;
  std::uintptr_t end = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD) continue;
    begin = std::min<std::uintptr_t>(begin, info->dlpi_addr + part.p_vaddr);
    end = std::max<std::uintptr_t>(end, info->dlpi_addr + part.p_vaddr + part.p_memsz);
  }
  libraries.begin = begin;
  libraries.end = end;
  return 0;
}

int count(dl_phdr_info* info, std::size_t, void*) {
  libraries.loaded = info->dlpi_adds;
  return 1;
}

}  // namespace

void find_libraries() {
  ::dl_iterate_phdr(look, nullptr);
  ::dl_iterate_phdr(count, nullptr);
}

bool is_of_sqlite(const void* address) {
  const auto number = reinterpret_cast<std::uintptr_t>(address);
  return number >= libraries.begin.load(std::memory_order_relaxed) &&
         number < libraries.end.load(std::memory_order_relaxed);
}

}  // namespace streamtest::sched::detail
