#ifndef STREAMTEST_RULES_CHAPTERS_HPP
#define STREAMTEST_RULES_CHAPTERS_HPP

#include <streamtest/rules/catalogue.hpp>

// Internal to the catalogue: everyone else asks chapters(), which knows the order.

namespace streamtest {

extern const Chapter identity_chapter;
extern const Chapter types_chapter;
extern const Chapter opening_chapter;
extern const Chapter ordering_chapter;
extern const Chapter filtering_chapter;
extern const Chapter blocking_chapter;
extern const Chapter cancelling_chapter;
extern const Chapter closing_chapter;
extern const Chapter lifetime_chapter;
extern const Chapter truncation_chapter;
extern const Chapter concurrency_chapter;
extern const Chapter appending_chapter;
extern const Chapter durability_chapter;
extern const Chapter payload_chapter;
extern const Chapter errors_chapter;
extern const Chapter handler_chapter;
extern const Chapter consumer_chapter;

}  // namespace streamtest

#endif
