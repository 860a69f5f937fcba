#include <streamtest/sched/interpose.hpp>

#include <cstddef>
#include <cstring>

// What code calls that was compiled with -fsanitize=thread, in place of ThreadSanitizer's library.
// Each operation on an atomic is a point; all of them are sequentially consistent, so orders of
// operations are explored and weak memory isn't. Plain accesses pass.

namespace streamtest::sched::detail {
namespace {

/// Ordinary code has as many atomics as it likes: only who loads the same again and again spins.
void meet(const volatile void* address, std::string_view operation, bool loads,
          const void* caller) {
  Participant* const me = self;
  if (me == nullptr) return;
  const Inside inside(*me);
  Object& object = me->run->object(const_cast<const void*>(address), Object::Kind::atomic);
  const bool again = loads && me->step.object == &object && me->step.operation == operation;
  me->run->set_met_a_point();
  me->run->arrive(
      *me, {.operation = operation, .object = &object, .passive = again, .loads = again}, caller);
}

}  // namespace
}  // namespace streamtest::sched::detail

using namespace streamtest::sched::detail;

#define STREAMTEST_SCHED_MEET(operation, loads) \
  meet(address, operation, loads, STREAMTEST_SCHED_CALLER)

#define STREAMTEST_SCHED_FETCH(bits, Type, name, builtin)                               \
  Type __tsan_atomic##bits##_##name(volatile Type* address, Type value, int) noexcept { \
    STREAMTEST_SCHED_MEET(#name, false);                                                \
    return builtin(address, value, __ATOMIC_SEQ_CST);                                   \
  }

#define STREAMTEST_SCHED_COMPARE(bits, Type, name)                                          \
  int __tsan_atomic##bits##_##name(volatile Type* address, Type* expected, Type value, int, \
                                   int) noexcept {                                          \
    STREAMTEST_SCHED_MEET("compare_exchange", false);                                       \
    return __atomic_compare_exchange_n(address, expected, value, false, __ATOMIC_SEQ_CST,   \
                                       __ATOMIC_SEQ_CST)                                    \
               ? 1                                                                          \
               : 0;                                                                         \
  }

#define STREAMTEST_SCHED_ATOMIC(bits, Type)                                              \
  Type __tsan_atomic##bits##_load(const volatile Type* address, int) noexcept {          \
    STREAMTEST_SCHED_MEET("load", true);                                                 \
    return __atomic_load_n(address, __ATOMIC_SEQ_CST);                                   \
  }                                                                                      \
  void __tsan_atomic##bits##_store(volatile Type* address, Type value, int) noexcept {   \
    STREAMTEST_SCHED_MEET("store", false);                                               \
    __atomic_store_n(address, value, __ATOMIC_SEQ_CST);                                  \
  }                                                                                      \
  STREAMTEST_SCHED_FETCH(bits, Type, exchange, __atomic_exchange_n)                      \
  STREAMTEST_SCHED_FETCH(bits, Type, fetch_add, __atomic_fetch_add)                      \
  STREAMTEST_SCHED_FETCH(bits, Type, fetch_sub, __atomic_fetch_sub)                      \
  STREAMTEST_SCHED_FETCH(bits, Type, fetch_and, __atomic_fetch_and)                      \
  STREAMTEST_SCHED_FETCH(bits, Type, fetch_or, __atomic_fetch_or)                        \
  STREAMTEST_SCHED_FETCH(bits, Type, fetch_xor, __atomic_fetch_xor)                      \
  STREAMTEST_SCHED_FETCH(bits, Type, fetch_nand, __atomic_fetch_nand)                    \
  STREAMTEST_SCHED_COMPARE(bits, Type, compare_exchange_strong)                          \
  STREAMTEST_SCHED_COMPARE(bits, Type, compare_exchange_weak)                            \
  Type __tsan_atomic##bits##_compare_exchange_val(volatile Type* address, Type expected, \
                                                  Type value, int, int) noexcept {       \
    STREAMTEST_SCHED_MEET("compare_exchange", false);                                    \
    __atomic_compare_exchange_n(address, &expected, value, false, __ATOMIC_SEQ_CST,      \
                                __ATOMIC_SEQ_CST);                                       \
    return expected;                                                                     \
  }

#define STREAMTEST_SCHED_ACCESS(size)                          \
  void __tsan_read##size(void*) noexcept {}                    \
  void __tsan_write##size(void*) noexcept {}                   \
  void __tsan_read_write##size(void*) noexcept {}              \
  void __tsan_unaligned_read##size(void*) noexcept {}          \
  void __tsan_unaligned_write##size(void*) noexcept {}         \
  void __tsan_unaligned_read_write##size(void*) noexcept {}    \
  void __tsan_volatile_read##size(void*) noexcept {}           \
  void __tsan_volatile_write##size(void*) noexcept {}          \
  void __tsan_unaligned_volatile_read##size(void*) noexcept {} \
  void __tsan_unaligned_volatile_write##size(void*) noexcept {}

extern "C" {

STREAMTEST_SCHED_ATOMIC(8, std::uint8_t)
STREAMTEST_SCHED_ATOMIC(16, std::uint16_t)
STREAMTEST_SCHED_ATOMIC(32, std::uint32_t)
STREAMTEST_SCHED_ATOMIC(64, std::uint64_t)

void __tsan_atomic_thread_fence(int) noexcept {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
void __tsan_atomic_signal_fence(int) noexcept {
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

STREAMTEST_SCHED_ACCESS(1)
STREAMTEST_SCHED_ACCESS(2)
STREAMTEST_SCHED_ACCESS(4)
STREAMTEST_SCHED_ACCESS(8)
STREAMTEST_SCHED_ACCESS(16)
void __tsan_read_range(void*, std::size_t) noexcept {}
void __tsan_write_range(void*, std::size_t) noexcept {}
void __tsan_vptr_read(void**) noexcept {}
void __tsan_vptr_update(void**, void*) noexcept {}
void __tsan_init() noexcept {}
void __tsan_func_entry(void*) noexcept {}
void __tsan_func_exit() noexcept {}

// clang replaces these by its own.
void* __tsan_memcpy(void* to, const void* from, std::size_t size) noexcept {
  return std::memcpy(to, from, size);
}
void* __tsan_memmove(void* to, const void* from, std::size_t size) noexcept {
  return std::memmove(to, from, size);
}
void* __tsan_memset(void* to, int value, std::size_t size) noexcept {
  return std::memset(to, value, size);
}
}
