#include <streamtest/cases/apart.hpp>

#include <filesystem>

namespace streamtest {

Apart::Apart(Bench& bench) : scenario_(bench.scenario(bench.event_types(3))) {
  scenario_.folder /= scenario_.unique_name;
  std::filesystem::create_directory(scenario_.folder);
}

Apart::~Apart() {
  std::error_code nobody_to_tell;
  std::filesystem::remove_all(scenario_.folder, nobody_to_tell);
}

void Apart::clean_up(const std::function<void()>& open) noexcept {
  try {
    open();
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace streamtest
